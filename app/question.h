/* How a film is asked for is not how it is told: "I saw this as a kid, there was a man who …". Some directions of an encoder's space hold
 * little but this difference, and a question is nearer to its film without most of what it has in them:
 *
 *     q' = q - sum over k of  share_k (u_k.q) u_k,   at unit length
 *
 * with u_k the first directions of the differences between questions and the texts of their films (bench/search_directions.py, which
 * made question_directions.c for mUSE; docs/search.md has what it brings). u_k is step_k times a row of whole numbers.
 */
#ifndef APP_QUESTION_H
#define APP_QUESTION_H

#include <stddef.h>
#include <stdint.h>

enum { QUESTION_DIRECTIONS = 8, QUESTION_DIMENSIONS = 512 };

extern const float question_share[QUESTION_DIRECTIONS], question_step[QUESTION_DIRECTIONS];
extern const int8_t question_directions[QUESTION_DIRECTIONS][QUESTION_DIMENSIONS];

/* Turns a question's vector of this encoder, in place; those of other encoders than mUSE stay as they are. */
void question_turn(const char *encoder, size_t n_dimensions, float *query);

#endif
