/* BERT's tokenizer (Devlin et al. 2019; github.com/google-research/bert tokenization.py; the reference in the tests is Hugging
 * Face's `tokenizers`): the text is cleaned, its case and accents are folded, it is cut into words at blanks and around
 * punctuation and CJK ideographs, and each word is cut into the longest pieces of the vocabulary from left to right. A word that
 * can't be cut whole, or has more than 100 characters, becomes [UNK].
 *
 * Pieces that go on a word begin with "##" in the vocabulary.
 */
#ifndef TEXT_WORDPIECE_H
#define TEXT_WORDPIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"
#include "text/double_array.h"
#include "text/tokens.h"

enum { WORDPIECE_CHARACTERS_MAX = 100 };

typedef struct wordpiece {
    double_array pieces;
    uint32_t inner; /* the node behind "##" */
    uint32_t unknown, begin, end;
} wordpiece;

/* BT_CORRUPT if the vocabulary isn't one of n_pieces, or lacks [UNK], [CLS], [SEP] or pieces with "##". */
bt_status wordpiece_read(double_array pieces, size_t n_pieces, wordpiece *out, bt_error *error);

/* Appends the tokens of a text between [CLS] and [SEP], at most n_max with both: the rest of the text is left out. */
bt_status wordpiece_tokens(const wordpiece *w, const char *text, size_t length, size_t n_max, token_list *out, bt_error *error);

/* Whether a mark, format character or sign of punctuation is younger than BERT's tokenizers (core/text/wordpiece_unicode.c). */
bool wordpiece_is_late(uint32_t point);

/* Only the folding, for tests: words with single blanks between them; *out is NUL-terminated, bt_free. */
bt_status wordpiece_normalize(const char *text, size_t length, char **out, size_t *out_length, bt_error *error);

#endif
