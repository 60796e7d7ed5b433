/* The one table of what the server answers: method, path, where it runs, who answers. */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "server/request.h"

typedef enum route_place {
    ROUTE_INLINE, /* computes only: on the thread that read the request; its catalogue is NULL */
    ROUTE_WORKER  /* reads the store: on a worker, with the worker's catalogue */
} route_place;

typedef void route_handler(request *r, catalogue *c);

typedef struct route {
    const char *method;
    const char *path;       /* "{id}" stands for one segment, a film id */
    const char *parameters; /* the query parameters it knows; NULL: any, unread */
    route_place place;
    route_handler *handler;
    const char *summary;
} route;

extern const route routes[];
extern const size_t n_routes;

/* Finds the route and sets r->route and r->film_id. false: the reply says 404, 405 (with Allow), or answers OPTIONS. */
bool routes_match(request *r, const char *method, const char *path);

#endif
