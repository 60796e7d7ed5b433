/* Who a request comes from, as far as brakes need to know: an IPv4 address, or the network (/64) of an IPv6 one. What a
 * log may say is less: the network /24, or /48. */
#ifndef SERVER_REMOTE_H
#define SERVER_REMOTE_H

#include "server/request.h"

enum { REMOTE_TEXT = 64, REMOTE_KEY = 16 };

void remote_network(const request *r, char text[REMOTE_TEXT]); /* "" when it isn't known */
/* The same as bytes; 0: not known, or this machine, as which a proxy before us comes, too. */
size_t remote_key(const request *r, uint8_t key[REMOTE_KEY]);
void remote_area(const request *r, char text[REMOTE_TEXT]); /* "203.0.113.0/24", "2001:db8:7::/48"; "" when it isn't known */

#endif
