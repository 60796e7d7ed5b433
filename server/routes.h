/* The one table of what the server answers: method, path, where it runs, who answers. */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "server/request.h"

typedef request_step route_handler;

/* Whom a route answers; the others get 401 or 403. */
typedef enum route_access {
    ROUTE_OPEN,    /* anybody, and it doesn't look who asks */
    ROUTE_ANYBODY, /* anybody, and r->who says who asks */
    ROUTE_PERSON,  /* guests and accounts */
    ROUTE_ACCOUNT, /* people with a name, not their programs' tokens */
    ROUTE_ADMIN
} route_access;

typedef struct route {
    const char *method;
    const char *path;       /* "{id}" stands for one segment: a film's number, a model's id, elsewhere a UUID */
    const char *parameters; /* the query parameters it knows; NULL: any, unread */
    request_place place;
    route_access access;
    route_handler *handler;
    const char *summary;
} route;

extern const route routes[];
extern const size_t n_routes;

/* Finds the route and sets r->route and the id in its path. false: the reply says 404, 405 (with Allow), or answers OPTIONS. */
bool routes_match(request *r, const char *method, const char *path);

#endif
