/* Small vocabularies for tests of tokenizers and encoders, made the way the converters make the real ones. */
#ifndef TESTS_SUPPORT_VOCABULARY_H
#define TESTS_SUPPORT_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

#include "text/double_array.h"

/* A vocabulary of the strings, numbered as they stand; release units with bt_free. Ends the test if it can't be made. */
double_array vocabulary_of(const char *const *strings, size_t n);

/* A character map in the layout of SentencePiece: `from` is one byte, `to` what it becomes. */
typedef struct vocabulary_rule {
    uint8_t from;
    const char *to;
} vocabulary_rule;

/* The map's bytes, in test memory that ends at a guard page. */
const uint8_t *vocabulary_map(const vocabulary_rule *rules, size_t n, size_t *size);

#endif
