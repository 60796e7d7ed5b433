/* A wish for a list, as a JSON body says it (docs/openapi.yaml, RecommendationRequest). */
#ifndef SERVER_WISH_H
#define SERVER_WISH_H

#include "server/request.h"

/* Reads everything but `cursor` and `what_if` into *w, which holds the defaults. False: the reply says what is wrong. What comes back
 * lives in the request's memory and in `root`. */
bool wish_read(request *r, const json_t *root, app_wish *w);

/* The same wish with the opinions of `what_if` in place of those about the same films; without `what_if` it is *w. */
bool wish_read_change(request *r, const json_t *root, const app_wish *w, app_wish *changed);

#endif
