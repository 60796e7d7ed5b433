/* The table of distinct tokens: gathered in the order of their first use, computed TILE tokens at a time. */
#include "encoder/muse_tokens.h"

#include <string.h>

#include "base/memory.h"

enum { TILE = 96 };

bool muse_tokens_begin(muse_tokens *t, size_t n_vocabulary)
{
    *t = (muse_tokens){.slot_of = memory_zeroed(n_vocabulary, sizeof *t->slot_of)};
    return t->slot_of != NULL;
}

void muse_tokens_free(muse_tokens *t)
{
    bt_free(t->slot_of);
    bt_free(t->ids);
    bt_free(t->rows);
    *t = (muse_tokens){0};
}

/* --- gathering ---------------------------------------------------------------------------------------------------------- */

static void forget_from(muse_tokens *t, size_t n)
{
    while (t->n > n)
        t->slot_of[t->ids[--t->n]] = 0;
}

/* Adds what is new in a text; false: t->ids has no room for it. */
static bool add_text(muse_tokens *t, const encoder_text *text, size_t room)
{
    for (size_t i = 0; i < text->n; i++) {
        const uint32_t id = text->ids[i];
        if (t->slot_of[id] != 0)
            continue;
        if (t->n == room)
            return false;
        t->ids[t->n++] = id;
        t->slot_of[id] = (uint32_t)t->n;
    }
    return true;
}

static bool make_room(muse_tokens *t, size_t room)
{
    if (room <= t->room)
        return true;
    bt_free(t->rows);
    t->rows = NULL;
    t->room = 0;
    uint32_t *ids = memory_resized(t->ids, room, sizeof *ids);
    if (ids == NULL)
        return false;
    t->ids = ids;
    t->rows = memory_aligned(room * MUSE_ROW, sizeof *t->rows);
    if (t->rows != NULL)
        t->room = room;
    return t->rows != NULL;
}

bool muse_tokens_gather(muse_tokens *t, const encoder_text *texts, size_t n, size_t *n_taken)
{
    forget_from(t, 0);
    size_t n_tokens = 0; /* a bound of the distinct ones */
    for (size_t i = 0; i < n && n_tokens < MUSE_TABLE_MAX; i++)
        n_tokens += texts[i].n;
    const size_t least = texts[0].n > MUSE_TABLE_MAX ? texts[0].n : MUSE_TABLE_MAX;
    const size_t room = n_tokens < least ? n_tokens : least;
    if (!make_room(t, room))
        return false;
    size_t taken = 0;
    while (taken < n) {
        const size_t before = t->n;
        if (!add_text(t, &texts[taken], room)) {
            forget_from(t, before);
            break;
        }
        taken++;
    }
    *n_taken = taken;
    return true;
}

/* --- computing ---------------------------------------------------------------------------------------------------------- */

typedef struct work {
    muse_tokens *table;
    const bt_encoder *encoder;
    float *embeddings; /* lanes x TILE x MUSE_EMBEDDING */
} work;

static void dequantize(const bt_encoder *e, uint32_t id, float *out)
{
    const muse_weights *w = &e->weights.muse;
    const float *scale = w->token_scale + 2 * (id % MUSE_CHUNKS);
    e->kernels->dequantize(w->tokens + (size_t)id * MUSE_EMBEDDING, MUSE_EMBEDDING, scale[0], scale[1], out);
}

static void compute_tile(void *context, size_t piece, size_t lane)
{
    const work *w = context;
    const muse_weights *weights = &w->encoder->weights.muse;
    const layer_kernels *kernels = w->encoder->kernels;
    const size_t from = piece * TILE, n = w->table->n - from < TILE ? w->table->n - from : TILE;
    float *embeddings = w->embeddings + lane * TILE * MUSE_EMBEDDING, *rows = w->table->rows + from * MUSE_ROW;
    const float *pointers[TILE] = {0};
    for (size_t i = 0; i < n; i++) {
        pointers[i] = embeddings + i * MUSE_EMBEDDING;
        dequantize(w->encoder, w->table->ids[from + i], embeddings + i * MUSE_EMBEDDING);
    }
    kernels->product(pointers, n, MUSE_EMBEDDING, weights->project, MUSE_PROJECTED, rows, MUSE_ROW);
    for (size_t i = 0; i < n; i++) {
        float *row = rows + i * MUSE_ROW;
        kernels->add(row, weights->project_bias, MUSE_PROJECTED);
        kernels->layer_norm(row, weights->project_norm, weights->project_norm + MUSE_PROJECTED, w->encoder->epsilon,
                            MUSE_PROJECTED);
    }
    for (size_t order = 0; order < MUSE_ORDERS; order++) {
        const size_t first = muse_first_tap[order] * MUSE_CONV;
        for (size_t i = 0; i < n; i++)
            pointers[i] = rows + i * MUSE_ROW + order * MUSE_CONV;
        kernels->product(pointers, n, MUSE_CONV, weights->conv1 + first * MUSE_CONV, muse_window[order] * MUSE_CONV,
                         rows + MUSE_PROJECTED + first, MUSE_ROW);
    }
}

bool muse_tokens_compute(muse_tokens *t, const bt_encoder *encoder, pool *threads)
{
    work w = {t, encoder, memory_aligned(pool_lanes(threads) * TILE * MUSE_EMBEDDING, sizeof(float))};
    if (w.embeddings == NULL)
        return false;
    pool_run(threads, (t->n + TILE - 1) / TILE, compute_tile, &w);
    bt_free(w.embeddings);
    return true;
}
