#include "app/meaning.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "app/embed.h"
#include "app/state.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

struct meaning_place {
    pthread_mutex_t lock;    /* guards what is below */
    meaning *present;        /* NULL: none; counts as one of its users */
    bt_error why;            /* then */
    pthread_mutex_t looking; /* one look at a time; guards `seen` */
    uint64_t seen;           /* its file_mark; 0: no file */
};

bt_status meaning_place_new(meaning_place **out, bt_error *error)
{
    *out = NULL;
    meaning_place *p = memory_zeroed(1, sizeof *p);
    if (p == NULL || pthread_mutex_init(&p->lock, NULL) != 0 || pthread_mutex_init(&p->looking, NULL) != 0) {
        bt_free(p);
        return error_no_memory(error, "opening the data folder");
    }
    error_set(&p->why, BT_NOT_FOUND, "films aren't embedded yet; run: butaca embed");
    *out = p;
    return BT_OK;
}

static void close_meaning(meaning *m)
{
    if (m == NULL)
        return;
    bt_vectors_close(m->vectors);
    bt_encoder_close(m->encoder);
    bt_free(m->cards);
    bt_free(m);
}

void meaning_place_free(meaning_place *p)
{
    if (p == NULL)
        return;
    close_meaning(p->present);
    pthread_mutex_destroy(&p->lock);
    pthread_mutex_destroy(&p->looking);
    bt_free(p);
}

/* --- taking and giving ------------------------------------------------------------------------------------------------ */

meaning *meaning_take(const app *a)
{
    meaning_place *p = a->meaning;
    pthread_mutex_lock(&p->lock);
    meaning *m = p->present;
    if (m != NULL)
        m->n_users++;
    pthread_mutex_unlock(&p->lock);
    return m;
}

void meaning_give(const app *a, meaning *m)
{
    if (m == NULL)
        return;
    pthread_mutex_lock(&a->meaning->lock);
    const bool is_last = --m->n_users == 0;
    pthread_mutex_unlock(&a->meaning->lock);
    if (is_last)
        close_meaning(m);
}

void meaning_why(const app *a, char *out, size_t size)
{
    pthread_mutex_lock(&a->meaning->lock);
    snprintf(out, size, "%s", a->meaning->why.message);
    pthread_mutex_unlock(&a->meaning->lock);
}

/* Puts `next` (or NULL, because of `why`) in the place of the present one. */
static void put(const app *a, meaning *next, const bt_error *why)
{
    meaning_place *p = a->meaning;
    pthread_mutex_lock(&p->lock);
    meaning *before = p->present;
    p->present = next;
    if (next != NULL)
        next->n_users = 1;
    p->why = *why;
    pthread_mutex_unlock(&p->lock);
    meaning_give(a, before);
}

/* --- opening ---------------------------------------------------------------------------------------------------------- */

static bt_status open_encoder(const app *a, meaning *m, bt_error *error)
{
    char *path = NULL;
    const bt_vectors_info *info = bt_vectors_describe(m->vectors);
    bt_status status = app_weights_path(a->folder.path, info->encoder, &path, error);
    if (status == BT_OK)
        status = bt_encoder_open(path, &m->encoder, error);
    if (status == BT_OK && bt_encoder_describe(m->encoder)->fingerprint != info->encoder_fingerprint)
        status =
            error_set(error, BT_VERSION, "the films' vectors were made with other weights than %s; run: butaca embed", path);
    bt_free(path);
    return status;
}

static bt_status join_cards(const app *a, meaning *m, bt_error *error)
{
    const bt_vectors_info *info = bt_vectors_describe(m->vectors);
    m->cards = memory_array(info->n_films, sizeof *m->cards);
    if (m->cards == NULL)
        return error_no_memory(error, "joining vectors with the catalogue");
    for (size_t i = 0; i < info->n_films; i++)
        m->cards[i] = app_card(a, info->film_ids[i]);
    return BT_OK;
}

static bt_status open_meaning(const app *a, const char *path, meaning **out, bt_error *error)
{
    meaning *m = memory_zeroed(1, sizeof *m);
    *out = NULL;
    if (m == NULL)
        return error_no_memory(error, "opening vectors");
    bt_status status = bt_vectors_open(path, &m->vectors, error);
    if (status == BT_OK)
        status = open_encoder(a, m, error);
    if (status == BT_OK)
        status = join_cards(a, m, error);
    if (status == BT_OK)
        *out = m;
    else
        close_meaning(m);
    return status;
}

/* A file that can't be used is not tried again until it is another one; its encoder's weights may come later, and are looked for. */
static bt_status look(const app *a, const char *path, bt_error *error)
{
    meaning_place *p = a->meaning;
    const uint64_t found = file_mark(path);
    if (found == p->seen)
        return BT_OK;
    meaning *next = NULL;
    bt_error why = {0};
    const bt_status status = open_meaning(a, path, &next, &why);
    if (status == BT_NO_MEMORY)
        return error_set(error, status, "%s", why.message);
    put(a, next, &why);
    if (status != BT_NOT_FOUND)
        p->seen = found;
    return BT_OK;
}

bt_status app_prepare_meaning(const app *a, bt_error *error)
{
    char *path = file_join(a->folder.path, EMBED_VECTORS);
    if (path == NULL)
        return error_no_memory(error, "opening vectors");
    pthread_mutex_lock(&a->meaning->looking);
    const bt_status status = look(a, path, error);
    pthread_mutex_unlock(&a->meaning->looking);
    bt_free(path);
    return status;
}

bt_status meaning_encode(const meaning *m, const char *text, float **out, bt_error *error)
{
    const bt_text query = {text, strnlen(text, BT_SEARCH_QUERY_MAX)};
    *out = memory_array(bt_encoder_describe(m->encoder)->dimensions, sizeof **out);
    if (*out == NULL)
        return error_no_memory(error, "encoding a query");
    const bt_status status = bt_encode(m->encoder, NULL, &query, 1, *out, error);
    if (status != BT_OK) {
        bt_free(*out);
        *out = NULL;
    }
    return status;
}
