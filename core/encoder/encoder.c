/* Opening, tokens, and texts into groups: a group's texts are cut into tokens, sorted by length and given to the architecture,
 * which works on texts of about one length side by side. A group bounds the memory, not the result.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "encoder/object.h"

enum { GROUP_TEXTS = 1024, GROUP_BYTES = 4 << 20 };

bt_status bt_encoder_open(const char *path, bt_encoder **out, bt_error *error)
{
    static const char advice[] = "tools/weights.sh makes it again";
    *out = NULL;
    bt_encoder *e = memory_zeroed(1, sizeof *e);
    if (e == NULL)
        return error_no_memory(error, "opening an encoder");
    bt_error why = {0};
    bt_status status = sections_open(path, encoder_kind, ENCODER_VERSION, &e->file, &why);
    if (status == BT_OK)
        status = sections_verify(&e->file, path, &why);
    if (status == BT_OK)
        status = encoder_read_sections(&e->file, path, e, &why);
    if (status == BT_OK) {
        *out = e;
        return BT_OK;
    }
    bt_encoder_close(e);
    if (status == BT_NOT_FOUND)
        return error_set(error, status, "%s: there are no encoder weights; tools/weights.sh gets them", path);
    const bool is_about_file = status == BT_CORRUPT || status == BT_BAD_FORMAT;
    return error_set(error, status, is_about_file ? "%s; %s" : "%s", why.message, advice);
}

void bt_encoder_close(bt_encoder *encoder)
{
    if (encoder == NULL)
        return;
    sections_close(&encoder->file);
    bt_free(encoder);
}

const bt_encoder_info *bt_encoder_describe(const bt_encoder *encoder)
{
    return &encoder->info;
}

bt_encode_params bt_encode_params_default(void)
{
    return (bt_encode_params){0};
}

/* --- tokens ------------------------------------------------------------------------------------------------------------- */

static bt_status add_tokens(const bt_encoder *e, bt_text text, token_list *out, bt_error *error)
{
    if (text.length > BT_TEXT_MAX)
        return error_set(error, BT_LIMIT, "a text of %zu bytes, at most %d can be encoded", text.length, BT_TEXT_MAX);
    const char *bytes = text.length > 0 ? text.bytes : "";
    if (e->architecture == ENCODER_MUSE)
        return unigram_tokens(&e->unigram, bytes, text.length, out, error);
    return wordpiece_tokens(&e->wordpiece, bytes, text.length, e->info.max_tokens, out, error);
}

bt_status bt_encoder_tokens(const bt_encoder *encoder, bt_text text, uint32_t **ids, size_t *n, bt_error *error)
{
    token_list list = {0};
    *ids = NULL;
    *n = 0;
    const bt_status status = add_tokens(encoder, text, &list, error);
    if (status != BT_OK) {
        bt_free(list.ids);
        return status;
    }
    *ids = list.ids;
    *n = list.n;
    return BT_OK;
}

/* --- groups ------------------------------------------------------------------------------------------------------------- */

typedef struct group {
    const bt_encoder *encoder;
    const bt_text *texts;
    token_list *tokens; /* one a text */
    bt_status *statuses;
    bt_error *errors;
    float *vectors;
    size_t n;
} group;

/* The texts from the first of texts[n] on that make a group. */
static size_t group_length(const bt_text *texts, size_t n)
{
    size_t bytes = 0, i = 0;
    while (i < n && i < GROUP_TEXTS && (i == 0 || bytes + texts[i].length <= GROUP_BYTES))
        bytes += texts[i++].length;
    return i;
}

static void tokenize_one(void *context, size_t piece, size_t lane)
{
    (void)lane;
    const group *g = context;
    g->tokens[piece].n = 0;
    g->statuses[piece] = add_tokens(g->encoder, g->texts[piece], &g->tokens[piece], &g->errors[piece]);
}

static int shorter_first(const void *x, const void *y)
{
    const encoder_text *a = x, *b = y;
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return (a->vector > b->vector) - (a->vector < b->vector);
}

static bt_status encode_group(const group *g, pool *threads, encoder_text *sorted, bt_error *error)
{
    const bt_encoder *e = g->encoder;
    pool_run(threads, g->n, tokenize_one, (void *)(uintptr_t)g);
    for (size_t i = 0; i < g->n; i++) {
        if (g->statuses[i] != BT_OK)
            return error_set(error, g->statuses[i], "%s", g->errors[i].message);
        sorted[i] = (encoder_text){g->tokens[i].ids, g->tokens[i].n, g->vectors + i * e->info.dimensions};
    }
    qsort(sorted, g->n, sizeof *sorted, shorter_first);
    return e->architecture == ENCODER_MUSE ? muse_encode(e, threads, sorted, g->n, error)
                                           : minilm_encode(e, threads, sorted, g->n, error);
}

static bool report(const bt_progress *p, size_t done, size_t n)
{
    return p == NULL || p->report == NULL || p->report(p->context, "encoding texts", "texts", done, n);
}

static bt_status encode_all(group *g, pool *threads, const bt_progress *progress, const bt_text *texts, size_t n,
                            encoder_text *sorted, float *vectors, bt_error *error)
{
    for (size_t done = 0; done < n; done += g->n) {
        if (!report(progress, done, n))
            return error_set(error, BT_CANCELLED, "encoding was stopped");
        g->texts = texts + done;
        g->n = group_length(g->texts, n - done);
        g->vectors = vectors + done * g->encoder->info.dimensions;
        const bt_status status = encode_group(g, threads, sorted, error);
        if (status != BT_OK)
            return status;
    }
    report(progress, n, n);
    return BT_OK;
}

bt_status bt_encode(const bt_encoder *encoder, const bt_encode_params *params, const bt_text *texts, size_t n, float *vectors,
                    bt_error *error)
{
    const bt_encode_params used = params != NULL ? *params : bt_encode_params_default();
    const size_t n_group = n < GROUP_TEXTS ? n : GROUP_TEXTS;
    pool *threads = NULL;
    bt_status status = pool_create(n == 1 ? 1 : used.n_threads, &threads, error);
    if (status != BT_OK)
        return status;
    group g = {
        .encoder = encoder,
        .tokens = memory_zeroed(n_group, sizeof *g.tokens),
        .statuses = memory_zeroed(n_group, sizeof *g.statuses),
        .errors = memory_zeroed(n_group, sizeof *g.errors),
    };
    encoder_text *sorted = memory_array(n_group, sizeof *sorted);
    if (g.tokens == NULL || g.statuses == NULL || g.errors == NULL || sorted == NULL)
        status = error_no_memory(error, "encoding texts");
    else
        status = encode_all(&g, threads, used.progress, texts, n, sorted, vectors, error);
    for (size_t i = 0; g.tokens != NULL && i < n_group; i++)
        bt_free(g.tokens[i].ids);
    bt_free(g.tokens);
    bt_free(g.statuses);
    bt_free(g.errors);
    bt_free(sorted);
    pool_free(threads);
    return status;
}
