/* An import from beginning to end.
 *
 *   1. detect      which data set it is, by its files and their headers
 *   2. read        films into the catalogue's transaction, ratings into rows (9 bytes each)
 *   3. sort        rows into columns (core/ratings); those of sorted data sets are columns already
 *   4. merge       with the ratings that the folder has; if nothing is new they stay as they are, byte for byte
 *   5. commit      rejects file, ratings.bt.next, and the catalogue's transaction, which makes both visible (store/folder.h)
 *
 * Until the last step of 5 nothing that a reader sees has changed.
 */
#include "import/import.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/formats.h"
#include "import/preview.h"
#include "import/sources_json.h"
#include "import/table.h"
#include "import/votes.h"
#include "ratings/build.h"

/* In the order in which they are tried. */
static const import_format *const formats[] = {
    &import_format_kaggle,         &import_format_tmdb,         &import_format_overviews,
    &import_format_movielens,      &import_format_movielens_1m, &import_format_movielens_10m,
    &import_format_movielens_100k, &import_format_demo,         &import_format_wikipedia,
};

enum { N_FORMATS = sizeof formats / sizeof *formats };

const char *import_reject_text(import_reject reason)
{
    static const char *const texts[] = {
#define IMPORT_REJECT_TEXT(name, text) [IMPORT_REJECT_##name] = text,
        IMPORT_REJECT_LIST(IMPORT_REJECT_TEXT)
#undef IMPORT_REJECT_TEXT
    };
    return (size_t)reason < IMPORT_REJECT_COUNT ? texts[reason] : "unknown reason";
}

/* --- 1. detect ------------------------------------------------------------------------------------------------------ */

/* Whether the single file, unpacked, is a zip. */
static bt_status holds_zip(source *s, bool *packed, bt_error *error)
{
    char bytes[4];
    size_t size = 0, n = 1;
    source_stream *stream;
    bt_status status = source_stream_open(s, 0, &stream, error);
    while (status == BT_OK && n > 0 && size < sizeof bytes) {
        status = source_stream_read(stream, bytes + size, sizeof bytes - size, &n, error);
        size += n;
    }
    source_stream_close(stream);
    *packed = status == BT_OK && source_is_zip(bytes, size);
    return status;
}

/* Why a source is no data set that is known: what a single file begins with, or which files there are. */
static bt_status explain(source *s, bt_error *error)
{
    enum { ROW_SHOWN = 100 };
    static const char expected[] =
        "expected MovieLens (ratings.csv, movies.csv; ratings.dat, movies.dat; u.data, u.item), Kaggle's The Movies Dataset "
        "(movies_metadata.csv), Butaca's demo (films.jsonl, ratings.csv), Wikipedia's films (JSON), overviews (CSV with "
        "overview "
        "and movieId, tmdbId or imdbId), or any CSV with --map";
    char row[ROW_SHOWN];
    bool packed = false;
    if (!source_is_single(s))
        return error_set(error, BT_BAD_FORMAT, "%s; %s", source_describe(s), expected);
    bt_status status = holds_zip(s, &packed, error);
    if (status == BT_OK && packed)
        return error_set(error, BT_BAD_FORMAT, "%s: is a zip archive inside another file; unpack it and import it by itself",
                         source_label(s, 0));
    if (status == BT_OK)
        status = table_first_row(s, 0, row, sizeof row, error);
    if (status != BT_OK)
        return status;
    return error_set(error, BT_BAD_FORMAT, "%s:1: no data set begins with \"%s\"; %s", source_label(s, 0), row, expected);
}

static bt_status detect(source *s, const import_format **out, bt_error *error)
{
    for (size_t i = 0; i < N_FORMATS; i++) {
        bool found = false;
        const bt_status status = formats[i]->detect(s, &found, error);
        if (status != BT_OK)
            return status;
        if (found) {
            *out = formats[i];
            return BT_OK;
        }
    }
    return explain(s, error);
}

/* --- 3. sort -------------------------------------------------------------------------------------------------------- */

/* The keys "source:id" of the users that were read, in the arena; NULL: no memory. */
static const char *const *user_keys(const import_job *job, arena *a)
{
    const char **keys = arena_take(a, (job->n_users > 0 ? job->n_users : 1) * sizeof *keys);
    for (size_t i = 0; keys && i < job->n_users; i++) {
        keys[i] = arena_format(a, "%s:%lu", job->source->name, (unsigned long)job->user_ids[i]);
        if (!keys[i])
            return NULL;
    }
    return keys;
}

/* Rows into columns; the rows are released. */
static bt_status sort_ratings(import_job *job, const bt_ratings **out, bt_error *error)
{
    arena memory = {0};
    char *sources = NULL;
    ratings_counts counts = {0};
    const char *const *keys = user_keys(job, &memory);
    bt_status status = keys ? sources_json_add(NULL, job->source, &sources, error) : error_no_memory(error, "naming users");
    if (status == BT_OK) {
        const ratings_names names = {keys, job->n_users, sources};
        status = ratings_sort(&job->ratings, &names, job->threads, out, &counts, error);
    }
    if (status == BT_OK) {
        job->summary->users = (*out)->n_users;
        job->summary->ratings_new = counts.n_new;
        job->summary->ratings_superseded = counts.n_superseded;
        job->summary->ratings_same = counts.n_same;
    }
    arena_free(&memory);
    bt_free(sources);
    return status;
}

/* --- 4. merge ------------------------------------------------------------------------------------------------------- */

/* The folder's ratings; *out is NULL if it has none. */
static bt_status open_present(import_job *job, const bt_ratings **out, bt_error *error)
{
    arena memory = {0};
    const char *path;
    bt_status status = folder_ratings(job->target, job->films, &memory, &path, error);
    if (status == BT_OK)
        status = bt_ratings_open(path, out, error);
    else if (status == BT_NOT_FOUND)
        status = BT_OK;
    arena_free(&memory);
    return status;
}

/* Replaces *ratings (those just read) by their union with `present`; *changed tells whether that differs from `present`. */
static bt_status merge_ratings(import_job *job, const bt_ratings *present, const bt_ratings **ratings, bool *changed,
                               bt_error *error)
{
    char *sources = NULL;
    const bt_ratings *merged = NULL;
    ratings_counts counts = {0};
    bt_status status = sources_json_add(present->sources, job->source, &sources, error);
    if (status == BT_OK)
        status = ratings_merge(present, *ratings, sources, &merged, &counts, error);
    bt_free(sources);
    if (status != BT_OK)
        return status;
    job->summary->ratings_new = counts.n_new;
    job->summary->ratings_superseded += counts.n_superseded;
    job->summary->ratings_same += counts.n_same;
    *changed = merged != NULL;
    if (merged) {
        bt_ratings_close(*ratings);
        *ratings = merged;
    }
    return BT_OK;
}

/* --- 5. commit ------------------------------------------------------------------------------------------------------ */

/* Writes ratings.bt.next and commits it with the catalogue. */
static bt_status commit_ratings(import_job *job, const bt_ratings *ratings, bt_error *error)
{
    char *next = folder_ratings_next(job->target);
    if (!next)
        return error_no_memory(error, "naming the new ratings file");
    uint64_t fingerprint;
    bt_status status = bt_ratings_write(ratings, next, &fingerprint, error);
    bt_free(next);
    if (status == BT_OK)
        status = folder_commit_import(job->target, job->films, fingerprint, error);
    return status;
}

static bt_status commit(import_job *job, const bt_ratings *ratings, bool changed, bt_error *error)
{
    bt_status status = job_report(job, "storing", 0, 0, true, error);
    if (status == BT_OK)
        status = catalogue_put_source(job->films, job->source, error);
    if (status == BT_OK)
        status = rejects_commit(&job->rejects, error);
    if (status == BT_OK)
        status = changed ? commit_ratings(job, ratings, error) : folder_commit_import(job->target, job->films, 0, error);
    return status;
}

/* Columns of what was read, united with those that the folder has; *changed tells whether that differs from `present`. */
static bt_status make_ratings(import_job *job, const bt_ratings *present, const bt_ratings **ratings, bool *changed,
                              bt_error *error)
{
    bt_status status = job_report(job, "sorting ratings", 0, 0, true, error);
    if (status == BT_OK)
        status = sort_ratings(job, ratings, error);
    if (status == BT_OK && job->preview)
        status = preview_ratings(job->preview, *ratings, job->films, error);
    *changed = true;
    if (status == BT_OK && present)
        status = merge_ratings(job, present, ratings, changed, error);
    return status;
}

static bt_status store(import_job *job, bt_error *error)
{
    import_summary *summary = job->summary;
    const bt_ratings *present = NULL, *ratings = NULL;
    bool changed = false;
    bt_status status = open_present(job, &present, error);
    if (status == BT_OK && job->ratings.n > 0)
        status = make_ratings(job, present, &ratings, &changed, error);
    const bt_ratings *result = changed ? ratings : present;
    if (status == BT_OK && result) {
        summary->n_ratings_total = result->n_ratings;
        summary->n_users_total = result->n_users;
    }
    if (status == BT_OK && !job->preview && result)
        status = votes_store(result, job->films, error);
    if (status == BT_OK && !job->preview)
        status = commit(job, ratings, changed, error);
    bt_ratings_close(present);
    bt_ratings_close(ratings);
    return status;
}

/* --- all of it ------------------------------------------------------------------------------------------------------ */

/* Steps 2 to 5, in the catalogue's transaction. */
static bt_status read_and_store(import_job *job, source *s, const import_format *format, bt_error *error)
{
    size_t n_before, n_after;
    bt_status status = catalogue_begin(job->films, error);
    if (status == BT_OK)
        status = catalogue_count(job->films, &n_before, error);
    if (status == BT_OK && job->preview)
        job->preview->n_counted = n_before;
    if (status == BT_OK)
        status = format->read(job, s, error);
    if (status == BT_OK)
        status = catalogue_count(job->films, &n_after, error);
    if (status != BT_OK)
        return status;
    job->summary->films_new = n_after - n_before;
    job->summary->n_films_total = n_after;
    return store(job, error);
}

static bool is_known_source(const char *name)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i]->source.name, name) == 0)
            return true;
    return false;
}

/* What the source is: by its content, or what the caller says. */
static bt_status find_format(import_job *job, source *s, const import_format **out, bt_error *error)
{
    if (!job->map) {
        const bt_status status = detect(s, out, error);
        job->source = status == BT_OK ? &(*out)->source : NULL;
        return status;
    }
    if (is_known_source(job->map->source))
        return error_set(error, BT_INVALID_ARGUMENT, "source=%s: a data set of that name is known; choose another one",
                         job->map->source);
    *out = &import_format_mapped;
    job->own_source = import_format_mapped.source;
    job->own_source.name = job->map->source;
    job->source = &job->own_source;
    return BT_OK;
}

static bt_status run(import_job *job, source *s, bt_error *error)
{
    const import_format *format = NULL;
    bt_status status = find_format(job, s, &format, error);
    if (status != BT_OK)
        return status;
    job->rejects.source = job->source->name;
    snprintf(job->summary->source, sizeof job->summary->source, "%s", job->source->name);
    const catalogue_mode mode = job->preview ? CATALOGUE_COPY : CATALOGUE_WRITE;
    status = catalogue_open(job->target->catalogue_url, mode, &job->films, error);
    if (status == BT_OK)
        status = read_and_store(job, s, format, error);
    if (status == BT_OK && job->preview)
        status = preview_name_films(job->preview, job->films, error);
    if (status == BT_OK && job->rejects.path)
        snprintf(job->summary->rejects_path, sizeof job->summary->rejects_path, "%s", job->rejects.path);
    catalogue_close(job->films);
    rejects_end(&job->rejects, status == BT_OK);
    return status;
}

bt_status import_run(folder *target, const char *path, const bt_progress *progress, import_summary *out, bt_error *error)
{
    return import_run_params(target, &(import_params){.path = path, .progress = progress}, out, error);
}

bt_status import_run_params(folder *target, const import_params *p, import_summary *out, bt_error *error)
{
    struct timespec begin = {0}, end = {0};
    source *s;
    *out = (import_summary){0};
    if (p->preview)
        *p->preview = (import_preview){0};
    clock_gettime(CLOCK_MONOTONIC, &begin);
    import_job job = {.target = target, .progress = p->progress, .summary = out, .map = p->map, .preview = p->preview};
    job.rejects.folder = p->preview ? NULL : target->rejects_path;
    bt_status status = source_open(p->path, &s, error);
    if (status == BT_OK)
        status = pool_create(0, &job.threads, error);
    if (status == BT_OK)
        status = run(&job, s, error);
    job_free(&job);
    source_close(s);
    clock_gettime(CLOCK_MONOTONIC, &end);
    out->seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    return status;
}
