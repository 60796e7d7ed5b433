/* A growing list of token numbers, and of bytes: what tokenizers write into. Zeroed is empty. */
#ifndef TEXT_TOKENS_H
#define TEXT_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct token_list {
    uint32_t *ids; /* bt_free */
    size_t n, room;
} token_list;

bool token_list_reserve(token_list *t, size_t n_more); /* false: no memory */
bool token_list_add(token_list *t, uint32_t id);

typedef struct text_bytes {
    char *bytes; /* bt_free */
    size_t n, room;
} text_bytes;

bool text_bytes_reserve(text_bytes *b, size_t n_more);
bool text_bytes_add(text_bytes *b, const char *bytes, size_t n);

#endif
