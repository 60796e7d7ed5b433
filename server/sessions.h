/* The cookie that a browser shows, and the profile of who shows it. */
#ifndef SERVER_SESSIONS_H
#define SERVER_SESSIONS_H

#include "server/request.h"

#define SESSION_COOKIE "butaca"
#define SESSION_COOKIE_RULES "Path=/; HttpOnly; SameSite=Strict"
#define SESSION_COOKIE_GONE SESSION_COOKIE "=; " SESSION_COOKIE_RULES "; Max-Age=0"

/* The reply sets the cookie to a new session. */
void session_set_cookie(request *r, const char *secret, int64_t seconds);

/* {"kind": "guest", …} of r->who. */
void session_reply(request *r, unsigned status, const char *name, uint64_t profile_version);

/* The profile of r->who, to be released. Inline it looks only into memory: NULL without a reply means that `again` runs next, at a worker,
 * where it waits for the store. NULL with a reply: it failed. */
profile_view *session_profile(request *r, const catalogue *c, request_step *again);

#endif
