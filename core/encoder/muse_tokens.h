/* What mUSE computes for a token alone, whatever stands beside it: the projection with its layer norm, and the token's share in
 * the first convolution at each place of each window. A convolution is a sum over the places, so the first one comes down to
 * adding rows. In running text tokens repeat: a table of the distinct tokens of many texts saves half of all the work.
 *
 * A row has MUSE_ROW floats: 768 of the projection (256 for each order), then 10 x 256 shares (2 + 3 + 5 places).
 */
#ifndef ENCODER_MUSE_TOKENS_H
#define ENCODER_MUSE_TOKENS_H

#include <stdbool.h>

#include "encoder/object.h"

enum { MUSE_PROJECTED = MUSE_ORDERS * MUSE_CONV, MUSE_ROW = MUSE_PROJECTED + MUSE_TAPS * MUSE_CONV };
enum { MUSE_TABLE_MAX = 4096 }; /* distinct tokens in a table, 55 MB, unless one text alone has more */

static const size_t muse_window[MUSE_ORDERS] = {2, 3, 5};    /* tokens */
static const size_t muse_left[MUSE_ORDERS] = {0, 1, 2};      /* of which before the middle */
static const size_t muse_first_tap[MUSE_ORDERS] = {0, 2, 5}; /* among the 10 */

typedef struct muse_tokens {
    uint32_t *slot_of; /* by token: its row + 1, 0: it has none */
    uint32_t *ids;     /* n distinct ones, in the order of their rows */
    size_t n, room;
    float *rows; /* room x MUSE_ROW */
} muse_tokens;

static inline const float *muse_tokens_row(const muse_tokens *t, uint32_t id)
{
    return t->rows + ((size_t)t->slot_of[id] - 1) * MUSE_ROW;
}

bool muse_tokens_begin(muse_tokens *t, size_t n_vocabulary); /* false: no memory */
void muse_tokens_free(muse_tokens *t);                       /* zeroed is fine */

/* Starts anew with the distinct tokens of texts[0 .. *n_taken): as many texts as fit, at least one. False: no memory. */
bool muse_tokens_gather(muse_tokens *t, const encoder_text *texts, size_t n, size_t *n_taken);

/* Computes all rows. False: no memory. */
bool muse_tokens_compute(muse_tokens *t, const bt_encoder *encoder, pool *threads);

#endif
