/* What a client's headers say of the reply it can use: lists of entity tags, and encodings it takes (RFC 9110, sections 8.8.3, 12.5.3 and
 * 13.1.2). Texts from outside of any form; what can't be read is as if it weren't there.
 */
#ifndef SERVER_CONDITIONS_H
#define SERVER_CONDITIONS_H

#include <stdbool.h>

/* Whether If-None-Match has this entity tag (with its quotes), or is "*". Weak tags match too, as section 13.1.2 says. */
bool conditions_match(const char *if_none_match, const char *etag);

/* Whether Accept-Encoding takes gzip. NULL: it doesn't. */
bool conditions_gzip(const char *accept_encoding);

#endif
