/* A JSON document as text, byte for byte what jansson writes with JSON_COMPACT and JSON_REAL_PRECISION(7), in less than half of the time: lists have
 * some 2,000 containers, and jansson asks of each whether it holds itself, which ours never do.
 */
#ifndef SERVER_JSON_TEXT_H
#define SERVER_JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>

/* malloc'ed, with a zero byte behind its end; NULL: no memory. */
char *json_text(const json_t *document, size_t *size);

#endif
