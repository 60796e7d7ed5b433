/* What is kept of a person, as JSON. */
#ifndef SERVER_KEPT_H
#define SERVER_KEPT_H

#include <jansson.h>

#include "app/app.h"
#include "event/event.h"

json_t *event_json(const event *e);
json_t *opinion_json(const app *a, const bt_opinion *o); /* the film must be in the catalogue */

#endif
