/* The ratings file: bt_ratings as sections of the container, kind "ratings", version 1 (docs/formats.md). */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "ratings/object.h"

enum { RATINGS_SECTIONS = 8 };

static const char ratings_kind[] = "ratings";

/* --- writing -------------------------------------------------------------------------------------------------------- */

typedef struct ratings_section {
    const char *name;
    const void *bytes;
    size_t size;
} ratings_section;

static size_t key_bytes_of(const bt_ratings *r)
{
    size_t end = 0;
    for (size_t u = 0; u < r->n_users; u++) {
        const size_t key_end = (size_t)r->user_key_at[u] + strlen(r->user_keys + r->user_key_at[u]) + 1;
        end = key_end > end ? key_end : end;
    }
    return end;
}

bt_status bt_ratings_write(const bt_ratings *ratings, const char *path, uint64_t *fingerprint, bt_error *error)
{
    const bt_ratings *r = ratings;
    const ratings_section sections[RATINGS_SECTIONS] = {
        {"film_ids", r->film_ids, r->n_films * sizeof *r->film_ids},
        {"user_offsets", r->user_offsets, (r->n_users + 1) * sizeof *r->user_offsets},
        {"films", r->films, r->n_ratings * sizeof *r->films},
        {"half_stars", r->half_stars, r->n_ratings * sizeof *r->half_stars},
        {"times", r->times, r->n_ratings * sizeof *r->times},
        {"user_keys", r->user_keys, key_bytes_of(r)},
        {"user_key_at", r->user_key_at, r->n_users * sizeof *r->user_key_at},
        {"sources", r->sources, strlen(r->sources) + 1},
    };
    sections_writer w;
    bt_status status = sections_write_begin(&w, path, ratings_kind, RATINGS_VERSION, RATINGS_SECTIONS, error);
    if (status != BT_OK)
        return status;
    for (size_t i = 0; status == BT_OK && i < RATINGS_SECTIONS; i++)
        status = sections_write(&w, sections[i].name, sections[i].bytes, sections[i].size, error);
    if (status == BT_OK)
        return sections_write_commit(&w, fingerprint, error);
    sections_write_abort(&w);
    return status;
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

static const char advice[] = "restore the file from a backup, or import into a new folder";

/* A column that must have as many entries as another one said. */
static bt_status find_column(const sections_file *f, const char *path, const char *name, size_t unit, size_t expected,
                             const void **bytes, bt_error *error)
{
    return sections_find_exactly(f, path, name, unit, expected, advice, bytes, error);
}

/* Bytes that end with a NUL. */
static bt_status find_text(const sections_file *f, const char *path, const char *name, const char **text, size_t *size,
                           bt_error *error)
{
    const void *bytes;
    const bt_status status = sections_find(f, path, name, 1, &bytes, size, error);
    if (status != BT_OK)
        return status;
    *text = bytes;
    if (*size > 0 && (*text)[*size - 1] != '\0')
        return error_set(error, BT_CORRUPT, "%s: section %s does not end with a zero byte; %s", path, name, advice);
    return BT_OK;
}

static bt_status find_columns(const sections_file *f, const char *path, bt_ratings *r, bt_error *error)
{
    const void *film_ids, *offsets, *films, *stars, *times, *key_at;
    size_t n_offsets;
    bt_status status = sections_find(f, path, "film_ids", sizeof(uint32_t), &film_ids, &r->n_films, error);
    if (status == BT_OK)
        status = sections_find(f, path, "user_offsets", sizeof(uint64_t), &offsets, &n_offsets, error);
    if (status == BT_OK && n_offsets == 0)
        status = error_set(error, BT_CORRUPT, "%s: section user_offsets is empty; %s", path, advice);
    if (status == BT_OK)
        status = sections_find(f, path, "films", sizeof(uint32_t), &films, &r->n_ratings, error);
    if (status == BT_OK)
        status = find_column(f, path, "half_stars", sizeof(uint8_t), r->n_ratings, &stars, error);
    if (status == BT_OK)
        status = find_column(f, path, "times", sizeof(uint32_t), r->n_ratings, &times, error);
    if (status == BT_OK)
        status = find_column(f, path, "user_key_at", sizeof(uint64_t), n_offsets - 1, &key_at, error);
    if (status != BT_OK)
        return status;
    r->n_users = n_offsets - 1;
    r->film_ids = film_ids;
    r->user_offsets = offsets;
    r->films = films;
    r->half_stars = stars;
    r->times = times;
    r->user_key_at = key_at;
    return BT_OK;
}

bt_status ratings_from_sections(const sections_file *f, const char *path, bt_ratings *out, bt_error *error)
{
    size_t key_bytes = 0, source_bytes = 0;
    bt_status status = find_columns(f, path, out, error);
    if (status == BT_OK)
        status = find_text(f, path, "user_keys", &out->user_keys, &key_bytes, error);
    if (status == BT_OK)
        status = find_text(f, path, "sources", &out->sources, &source_bytes, error);
    if (status == BT_OK && source_bytes == 0)
        status = error_set(error, BT_CORRUPT, "%s: section sources is empty; %s", path, advice);
    if (status == BT_OK)
        status = ratings_check(out, key_bytes, path, error);
    out->fingerprint = f->fingerprint;
    return status;
}

bt_status bt_ratings_open(const char *path, const bt_ratings **out, bt_error *error)
{
    *out = NULL;
    ratings_object *object = memory_zeroed(1, sizeof *object);
    if (!object)
        return error_no_memory(error, "opening ratings");
    bt_status status = sections_open(path, ratings_kind, RATINGS_VERSION, &object->file, error);
    if (status == BT_OK)
        status = ratings_from_sections(&object->file, path, &object->view, error);
    if (status == BT_OK)
        *out = &object->view;
    else
        bt_ratings_close(&object->view);
    return status;
}

bt_status bt_ratings_verify(const char *path, bt_error *error)
{
    const bt_ratings *ratings;
    bt_status status = bt_ratings_open(path, &ratings, error);
    if (status != BT_OK)
        return status;
    status = sections_verify(&((const ratings_object *)ratings)->file, path, error);
    bt_ratings_close(ratings);
    return status;
}
