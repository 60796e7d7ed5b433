/* Bodies packed by gzip (RFC 1952), for clients that take it.
 *
 * Level 1 for what is made for one request: JSON of lists shrinks to a fifth at some 10 us a kilobyte. What is served again and again is packed
 * once, at level 9. Below COMPRESS_MIN the headers would cost more than it saves; above COMPRESS_MAX the thread that others wait on would
 * be busy for too long.
 */
#ifndef SERVER_COMPRESS_H
#define SERVER_COMPRESS_H

#include <stddef.h>

enum { COMPRESS_MIN = 1024, COMPRESS_MAX = 1 << 20, COMPRESS_FAST = 1, COMPRESS_SMALL = 9 };

/* A malloc'ed copy of `bytes`, packed; NULL: no memory, or it got no smaller. */
char *compress_gzip(const char *bytes, size_t size, int level, size_t *n);

#endif
