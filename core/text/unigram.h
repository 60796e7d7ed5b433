/* SentencePiece's unigram tokenizer (Kudo 2018, "Subword regularization"; github.com/google/sentencepiece): of all ways to cut a
 * text into pieces of the vocabulary the one whose pieces' log probabilities have the highest sum.
 *
 * First the text is normalized by the model's own character map, a double array in the layout of darts-clone with a table of
 * replacements behind it; runs of blanks become one, and blanks become U+2581. Then the best cut is found from left to right, in
 * float64, an earlier start winning ties. A character that begins no piece costs 10 more than the rarest piece, and becomes the
 * unknown token, one for each character.
 */
#ifndef TEXT_UNIGRAM_H
#define TEXT_UNIGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"
#include "text/double_array.h"
#include "text/tokens.h"

enum { UNIGRAM_UNKNOWN = 0, UNIGRAM_BEGIN = 1, UNIGRAM_END = 2 };

/* Everything points into the encoder's file. */
typedef struct unigram {
    double_array pieces;
    const float *scores; /* n_pieces log probabilities */
    size_t n_pieces;
    float unknown_score;
    const uint32_t *map_units; /* the character map: n_map_units, then map_size bytes of replacements, each ending with 0 */
    size_t n_map_units;
    const char *replacements;
    size_t replacements_size;
} unigram;

/* From the sections of a file: `map` is SentencePiece's precompiled_charsmap. BT_CORRUPT says which part is wrong. */
bt_status unigram_read(double_array pieces, const float *scores, size_t n_pieces, const uint8_t *map, size_t map_size,
                       unigram *out, bt_error *error);

/* Appends the tokens of a text between UNIGRAM_BEGIN and UNIGRAM_END; an empty one has UNIGRAM_UNKNOWN between them. */
bt_status unigram_tokens(const unigram *u, const char *text, size_t length, token_list *out, bt_error *error);

/* Only the first step, for tests: *out is NUL-terminated, bt_free. */
bt_status unigram_normalize(const unigram *u, const char *text, size_t length, char **out, size_t *out_length, bt_error *error);

#endif
