/* Who a request comes from, as far as brakes need to know: an IPv4 address, or the network (/64) of an IPv6 one. It is never logged. */
#ifndef SERVER_REMOTE_H
#define SERVER_REMOTE_H

#include "server/request.h"

enum { REMOTE_TEXT = 64 };

void remote_network(const request *r, char text[REMOTE_TEXT]); /* "" when it isn't known */

#endif
