#include "app/embed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/passages.h"
#include "base/checksum.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "search/vectors.h"

enum { BATCH_TEXTS = APP_EMBED_BATCH_MAX, BATCH_FILMS = 4096 };

/* A film that waits for its vectors. */
typedef struct waiting_film {
    uint32_t id;
    uint64_t key;
    size_t old;            /* its place in the old file, or SIZE_MAX: it is to be encoded */
    size_t first, n_texts; /* in the batch */
} waiting_film;

typedef struct embedding {
    const app_embed_params *params;
    const bt_progress *progress;
    bt_encoder *encoder;
    bt_vectors *old; /* NULL: there is none of this encoder */
    const char *path;
    uint64_t stamp;
    size_t n_catalogue;
    vectors_builder builder;
    uint8_t *is_new; /* one for each film of the builder */
    size_t is_new_room;
    double stored;
    app_embedding *out;

    passages cut; /* of the film at hand */
    arena memory; /* of the batch's texts */
    bt_text texts[BATCH_TEXTS + PASSAGES_MAX];
    bt_passage at[BATCH_TEXTS + PASSAGES_MAX];
    waiting_film films[BATCH_FILMS];
    size_t n_texts, n_films;
    float *vectors; /* of the batch */
} embedding;

app_embed_params app_embed_params_default(void)
{
    return (app_embed_params){.encoder = "muse", .store_seconds = 30, .batch_texts = BATCH_TEXTS};
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* --- weights ---------------------------------------------------------------------------------------------------------- */

bt_status app_weights_path(const char *data_path, const char *encoder, char **out, bt_error *error)
{
    const char *named = getenv("BUTACA_WEIGHTS");
    char file[64];
    *out = NULL;
    if (snprintf(file, sizeof file, "%.32s.btenc", encoder) < 0)
        return error_set(error, BT_INVALID_ARGUMENT, "no encoder has that name");
    char *mine = file_join(data_path, "weights");
    const char *const folders[] = {named, mine};
    bt_status status = mine != NULL ? BT_NOT_FOUND : BT_NO_MEMORY;
    for (size_t i = 0; i < 2 && status == BT_NOT_FOUND; i++) {
        char *path = folders[i] != NULL && folders[i][0] != '\0' ? file_join(folders[i], file) : NULL;
        if (path != NULL && file_exists(path)) {
            *out = path;
            status = BT_OK;
        } else {
            bt_free(path);
        }
    }
    bt_free(mine);
    if (status == BT_NO_MEMORY)
        return error_no_memory(error, "looking for an encoder's weights");
    return status == BT_OK ? BT_OK
                           : error_set(error, status,
                                       "there are no weights of the encoder %s: neither $BUTACA_WEIGHTS nor %s/weights has "
                                       "%s; tools/weights.sh %s gets them",
                                       encoder, data_path, file, encoder);
}

/* --- storing ---------------------------------------------------------------------------------------------------------- */

/* Films of the old file behind those that were looked at, as they were. */
static bt_status keep_rest(embedding *e, bt_error *error)
{
    const uint32_t last = e->builder.n_films > 0 ? e->builder.film_ids[e->builder.n_films - 1] : 0;
    bt_status status = BT_OK;
    for (size_t i = 0; e->old != NULL && i < e->old->info.n_films && status == BT_OK; i++)
        if (e->old->info.film_ids[i] > last)
            status = vectors_builder_copy(&e->builder, e->old, i, error);
    return status;
}

/* What there is so far: stamp 0 is no catalogue's. */
static bt_status store_part(embedding *e, bt_error *error)
{
    const size_t n = e->builder.n_films;
    bt_status status = keep_rest(e, error);
    if (status == BT_OK) {
        const size_t have = e->builder.n_films, missing = e->n_catalogue > have ? e->n_catalogue - have : 0;
        status = vectors_builder_write(&e->builder, e->path, bt_encoder_describe(e->encoder), 0, missing, error);
    }
    vectors_builder_cut(&e->builder, n);
    e->stored = now();
    return status;
}

/* --- a batch ----------------------------------------------------------------------------------------------------------- */

static bt_status note_new(embedding *e, bool is_new, bt_error *error)
{
    const size_t n = e->builder.n_films; /* the film is in it already */
    void *marks = e->is_new;
    if (n > e->is_new_room && !memory_reserve(&marks, n - 1, &e->is_new_room, sizeof *e->is_new))
        return error_no_memory(error, "embedding films");
    e->is_new = marks;
    e->is_new[n - 1] = is_new;
    e->out->n_encoded += is_new;
    return BT_OK;
}

static bt_status add_waiting(embedding *e, const waiting_film *f, bt_error *error)
{
    const size_t d = bt_encoder_describe(e->encoder)->dimensions;
    bt_status status;
    if (f->old != SIZE_MAX)
        status = vectors_builder_copy(&e->builder, e->old, f->old, error);
    else
        status =
            vectors_builder_add(&e->builder, f->id, f->key, e->at + f->first, e->vectors + f->first * d, f->n_texts, error);
    return status == BT_OK ? note_new(e, f->old == SIZE_MAX, error) : status;
}

static bool report(const embedding *e)
{
    const bt_progress *p = e->progress;
    return p == NULL || p->report == NULL ||
           p->report(p->context, "embedding films", "films", e->builder.n_films, e->n_catalogue);
}

static bt_status finish_batch(embedding *e, bt_error *error)
{
    const bt_encode_params params = {.n_threads = e->params->n_threads};
    bt_status status = BT_OK;
    if (e->n_texts > 0)
        status = bt_encode(e->encoder, &params, e->texts, e->n_texts, e->vectors, error);
    for (size_t i = 0; i < e->n_films && status == BT_OK; i++)
        status = add_waiting(e, &e->films[i], error);
    e->out->n_texts += e->n_texts;
    e->n_texts = e->n_films = 0;
    arena_clear(&e->memory);
    if (status == BT_OK && e->out->n_encoded > 0 && now() - e->stored > e->params->store_seconds)
        status = store_part(e, error);
    if (status == BT_OK && !report(e))
        status = error_set(error, BT_CANCELLED, "embedding was stopped");
    return status;
}

/* The batch's texts outlive the film. */
static bt_status take_texts(embedding *e, waiting_film *f, bt_error *error)
{
    f->first = e->n_texts;
    f->n_texts = e->cut.n;
    for (size_t i = 0; i < e->cut.n; i++) {
        const bt_text *t = &e->cut.text[i];
        const char *bytes = arena_string(&e->memory, t->bytes, t->length);
        if (bytes == NULL)
            return error_no_memory(error, "embedding films");
        e->texts[e->n_texts] = (bt_text){bytes, t->length};
        e->at[e->n_texts++] = e->cut.at[i];
    }
    return BT_OK;
}

static bt_status embed_film(void *context, const film *f, bt_error *error)
{
    embedding *e = context;
    bt_status status = passages_of(f, &e->memory, &e->cut, error);
    if (status != BT_OK)
        return status;
    waiting_film *waiting = &e->films[e->n_films++];
    *waiting = (waiting_film){.id = f->id, .key = e->cut.key, .old = SIZE_MAX};
    if (e->old != NULL)
        waiting->old = sorted_find(e->old->info.film_ids, e->old->info.n_films, f->id);
    if (waiting->old != SIZE_MAX && e->old->keys[waiting->old] != e->cut.key)
        waiting->old = SIZE_MAX;
    if (waiting->old == SIZE_MAX)
        status = take_texts(e, waiting, error);
    if (status == BT_OK && (e->n_texts >= BATCH_TEXTS || e->n_texts >= e->params->batch_texts || e->n_films == BATCH_FILMS))
        status = finish_batch(e, error);
    return status;
}

/* --- the neighbours ---------------------------------------------------------------------------------------------------- */

static bool is_of(const bt_neighbours *table, const bt_vectors *v)
{
    const bt_neighbours_info *info = table != NULL ? bt_neighbours_describe(table) : NULL;
    return info != NULL && v != NULL && strcmp(info->method, v->info.encoder) == 0 &&
           info->texts_fingerprint == v->info.texts_fingerprint;
}

/* Brings the table up to date with the file of vectors. */
static bt_status embed_neighbours(const embedding *e, const char *path, bt_error *error)
{
    bt_vectors *v = NULL;
    bt_neighbours *before = NULL, *table = NULL;
    bt_status status = bt_vectors_open(e->path, &v, error);
    if (status == BT_OK && bt_neighbours_open(path, &before, NULL) == BT_NO_MEMORY)
        status = error_no_memory(error, "finding films that are alike");
    if (status == BT_OK && !is_of(before, v)) {
        status = bt_vectors_neighbours(v, is_of(before, e->old) ? before : NULL, e->is_new, e->params->n_threads, e->progress,
                                       &table, error);
        if (status == BT_OK)
            status = bt_neighbours_write(table, path, NULL, error);
    }
    if (v != NULL)
        e->out->n_vectors = v->info.n_vectors;
    bt_neighbours_close(table);
    bt_neighbours_close(before);
    bt_vectors_close(v);
    return status;
}

/* --- the whole --------------------------------------------------------------------------------------------------------- */

static bool is_up_to_date(const embedding *e)
{
    return e->old != NULL && e->old->info.stamp == e->stamp && e->old->info.n_missing == 0;
}

static bt_status embed_films(embedding *e, catalogue *c, bt_error *error)
{
    bt_status status = catalogue_each(c, embed_film, e, error);
    if (status == BT_OK)
        status = finish_batch(e, error);
    bt_error *const none = NULL;
    if (status == BT_CANCELLED && e->out->n_encoded > 0 && store_part(e, none) != BT_OK)
        return error_set(error, BT_CANCELLED, "embedding was stopped, and what was encoded couldn't be stored");
    if (status == BT_OK)
        status = vectors_builder_write(&e->builder, e->path, bt_encoder_describe(e->encoder), e->stamp, 0, error);
    return status;
}

/* Vectors of another encoder, or of other weights, are of no use. */
static bt_status open_old(embedding *e, bt_error *error)
{
    const bt_status status = bt_vectors_open(e->path, &e->old, NULL);
    if (status == BT_NO_MEMORY)
        return error_no_memory(error, "embedding films");
    if (status == BT_OK && e->old->info.encoder_fingerprint != bt_encoder_describe(e->encoder)->fingerprint) {
        bt_vectors_close(e->old);
        e->old = NULL;
    }
    return BT_OK;
}

static bt_status embed(embedding *e, const folder *f, catalogue *c, bt_error *error)
{
    char *weights = NULL, *neighbours = file_join(f->path, EMBED_NEIGHBOURS), *vectors = file_join(f->path, EMBED_VECTORS);
    e->path = vectors;
    bt_status status = vectors != NULL && neighbours != NULL ? BT_OK : error_no_memory(error, "embedding films");
    if (status == BT_OK)
        status = app_weights_path(f->path, e->params->encoder, &weights, error);
    if (status == BT_OK)
        status = bt_encoder_open(weights, &e->encoder, error);
    if (status == BT_OK)
        status = open_old(e, error);
    if (status == BT_OK)
        status = catalogue_version(c, &e->stamp, error);
    if (status == BT_OK)
        status = catalogue_count(c, &e->n_catalogue, error);
    if (status == BT_OK) {
        const size_t d = bt_encoder_describe(e->encoder)->dimensions;
        vectors_builder_begin(&e->builder, d);
        e->stored = now();
        e->vectors = memory_array((BATCH_TEXTS + PASSAGES_MAX) * d, sizeof *e->vectors);
        status = e->vectors != NULL ? BT_OK : error_no_memory(error, "embedding films");
    }
    if (status == BT_OK && !is_up_to_date(e))
        status = embed_films(e, c, error);
    e->out->n_films = is_up_to_date(e) ? e->old->info.n_films : e->builder.n_films;
    if (status == BT_OK)
        status = embed_neighbours(e, neighbours, error);
    bt_free(weights);
    bt_free(vectors);
    bt_free(neighbours);
    return status;
}

static void release(embedding *e)
{
    vectors_builder_free(&e->builder);
    bt_vectors_close(e->old);
    bt_encoder_close(e->encoder);
    arena_free(&e->memory);
    bt_free(e->vectors);
    bt_free(e->is_new);
    bt_free(e);
}

/* The folder is opened for reading: embedding goes on beside a server and beside imports. Two embeddings at once: BT_BUSY. */
bt_status app_embed(const char *data_path, const app_embed_params *params, const bt_progress *progress, app_embedding *out,
                    bt_error *error)
{
    const double began = now();
    *out = (app_embedding){0};
    folder f = {.lock = -1};
    bt_status status = folder_open(data_path, FOLDER_READ, &f, error);
    if (status != BT_OK)
        return status;
    catalogue *c = NULL;
    int lock = -1;
    embedding *e = memory_zeroed(1, sizeof *e);
    char *texts = file_join(f.path, EMBED_FOLDER);
    status = e != NULL && texts != NULL ? file_make_folder(texts, error) : error_no_memory(error, "embedding films");
    if (status == BT_OK)
        status = folder_lock(&f, EMBED_FOLDER "/lock", &lock, error);
    if (status == BT_OK)
        status = catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, error);
    if (status == BT_OK) {
        e->params = params, e->progress = progress, e->out = out;
        status = embed(e, &f, c, error);
    }
    if (e != NULL)
        release(e);
    catalogue_close(c);
    folder_unlock(lock);
    bt_free(texts);
    folder_close(&f);
    out->seconds = now() - began;
    return status;
}
