/* Reading a JSON body strictly: each call takes one field of an object, checks it, and on a fault leaves a problem in the request
 * that names the field by JSON pointer (RFC 6901). A field that isn't there leaves *value as it was.
 *
 * `at` is the pointer of the object itself ("" for the root, "/profile/3").
 */
#ifndef SERVER_FIELDS_H
#define SERVER_FIELDS_H

#include "server/request.h"

enum { FIELDS_POINTER_MAX = 128 };

/* An object that has no fields but `names` (separated by spaces). */
bool fields_check_object(request *r, const json_t *value, const char *at, const char *names);

bool fields_whole(request *r, const json_t *object, const char *at, const char *name, uint32_t min, uint32_t max,
                  uint32_t *value);
/* Valid UTF-8 without control characters, `min` to `max` characters; *value lives as long as the JSON. */
bool fields_text(request *r, const json_t *object, const char *at, const char *name, size_t min, size_t max,
                 const char **value);
bool fields_id(request *r, const json_t *object, const char *at, const char *name, event_id *value);
bool fields_real(request *r, const json_t *object, const char *at, const char *name, double min, double max, double *value);
bool fields_bool(request *r, const json_t *object, const char *at, const char *name, bool *value);
/* null, or not there: *value = NULL. */
bool fields_array(request *r, const json_t *object, const char *at, const char *name, size_t max, const json_t **value);

/* An element of an array at `at`. */
bool fields_whole_value(request *r, const json_t *value, const char *pointer, uint32_t min, uint32_t max, uint32_t *out);

/* Writes at + "/" + name. Names come from the client too: "~" and "/" are escaped, what is too long is cut. */
void fields_pointer(char pointer[FIELDS_POINTER_MAX], const char *at, const char *name);

#endif
