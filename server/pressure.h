/* When a server is asked more than it can answer, requests wait in their sockets, all of them longer and longer. Then the ones that have
 * waited too long are refused at once (503 with Retry-After), which costs a twentieth of an answer, and the others are answered in time.
 *
 * How long one has waited is the system's to say: since when its last byte lies in the socket (TCP_INFO). A single client that comes
 * late, or a machine that slept for a moment, is no crowd: below PRESSURE_CROWD connections nobody is refused.
 */
#ifndef SERVER_PRESSURE_H
#define SERVER_PRESSURE_H

#include <stdbool.h>

enum { PRESSURE_WAIT_MS = 20, PRESSURE_CROWD = 256 };

/* Whether the last byte that came on this socket has waited too long. false also where that can't be told. */
bool pressure_waited(int socket);

#endif
