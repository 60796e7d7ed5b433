/* Overviews for films that the catalogue has: a CSV file with the column `overview` and at least one of `movieId`, `tmdbId` and
 * `imdbId`, by which its rows find their film, in this order. `poster_path` (or `poster`), `runtime` and `language` (of the overview;
 * else it is English) are taken along where they are there.
 */
#include <string.h>

#include "base/error.h"
#include "import/fields.h"
#include "import/formats.h"
#include "import/table.h"
#include "import/tmdb.h"
#include "text/utf8.h"

enum { MOVIE, TMDB, IMDB, POSTER_PATH, POSTER, RUNTIME, LANGUAGE, OVERVIEW, N_COLUMNS };
static const char *const names[N_COLUMNS] = {"movieId", "tmdbId",  "imdbId",   "poster_path",
                                             "poster",  "runtime", "language", "overview"};
static const char *const id_sources[] = {[MOVIE] = "movielens", [TMDB] = "tmdb", [IMDB] = "imdb"};

/* The columns that a file has. */
typedef struct overview_columns {
    const char *present[N_COLUMNS];
    size_t n, at[N_COLUMNS]; /* at: of table_field; SIZE_MAX: the file lacks it */
} overview_columns;

static bt_status find_columns(source *s, overview_columns *out, bt_error *error)
{
    bt_status status = BT_OK;
    *out = (overview_columns){0};
    for (size_t i = 0; i < N_COLUMNS && status == BT_OK; i++) {
        bool fits = false;
        status = table_probe(s, 0, &names[i], 1, &fits, error);
        out->at[i] = fits ? out->n : SIZE_MAX;
        if (fits)
            out->present[out->n++] = names[i];
    }
    return status;
}

typedef struct overview_reader {
    import_job *job;
    overview_columns columns;
    table t;
    arena memory; /* of one row */
} overview_reader;

/* The row's field; empty if the file lacks the column. */
static csv_field field(const overview_reader *r, size_t column)
{
    return r->columns.at[column] != SIZE_MAX ? *table_field(&r->t, r->columns.at[column]) : (csv_field){"", 0};
}

/* The film that the row names; 0: none, *given tells whether it has an id at all. */
static bt_status find_film(overview_reader *r, uint32_t *id, bool *given, bt_error *error)
{
    *id = 0;
    *given = false;
    for (size_t i = MOVIE; i <= IMDB && *id == 0; i++) {
        const csv_field f = field(r, i);
        uint32_t number;
        if (!(i == IMDB ? tmdb_imdb_id(&f, &number) : tmdb_whole_id(&f, &number)) || number == 0)
            continue;
        *given = true;
        const char *value = arena_format(&r->memory, i == IMDB ? "%07lu" : "%lu", (unsigned long)number);
        if (!value)
            return error_no_memory(error, "reading overviews");
        const bt_status status = catalogue_find_id(r->job->films, id_sources[i], value, id, error);
        if (status != BT_OK && status != BT_NOT_FOUND)
            return status;
    }
    return BT_OK;
}

static bool check_texts(const overview_reader *r, import_reject *reason)
{
    const csv_field overview = field(r, OVERVIEW), path = field(r, POSTER_PATH), poster = field(r, POSTER),
                    language = field(r, LANGUAGE);
    *reason = overview.length > TMDB_OVERVIEW_MAX ? IMPORT_REJECT_LENGTH : IMPORT_REJECT_ENCODING;
    return overview.length <= TMDB_OVERVIEW_MAX && utf8_is_valid(overview.text, overview.length) &&
           table_is_text(&path, reason) && table_is_text(&poster, reason) && table_is_text(&language, reason);
}

static bt_status put_overview(overview_reader *r, uint32_t id, bt_error *error)
{
    const csv_field overview = field(r, OVERVIEW), path = field(r, POSTER_PATH), poster = field(r, POSTER),
                    runtime = field(r, RUNTIME), language = field(r, LANGUAGE);
    film_text text = {.language = "en", .source = r->job->source->name};
    film f = {.id = id, .runtime = tmdb_runtime(&runtime), .texts = &text};
    const char *given_language;
    if (!tmdb_text(&overview, &r->memory, &text.overview) || !tmdb_text(&language, &r->memory, &given_language) ||
        !tmdb_text(&poster, &r->memory, &f.poster) || (!f.poster && !tmdb_poster(&path, &r->memory, &f.poster)))
        return error_no_memory(error, "reading overviews");
    if (given_language)
        text.language = given_language;
    f.n_texts = text.overview && !tmdb_is_placeholder(text.overview);
    const bt_status status = catalogue_put(r->job->films, &f, error);
    return status == BT_OK ? job_note_film(r->job, &f, error) : status;
}

static bt_status read_row(overview_reader *r, bt_error *error)
{
    uint32_t id;
    bool given;
    import_reject reason;
    arena_clear(&r->memory);
    if (!check_texts(r, &reason))
        return table_refuse(&r->t, reason, error);
    const bt_status status = find_film(r, &id, &given, error);
    if (status != BT_OK)
        return status;
    if (id == 0)
        return table_refuse(&r->t, given ? IMPORT_REJECT_UNKNOWN_FILM : IMPORT_REJECT_ID, error);
    return put_overview(r, id, error);
}

static bt_status overviews_read(import_job *job, source *s, bt_error *error)
{
    overview_reader r = {.job = job};
    bt_status status = find_columns(s, &r.columns, error);
    if (status == BT_OK)
        status = table_open(job, s, 0, r.columns.present, r.columns.n, &r.t, error);
    bool more = false;
    while (status == BT_OK && (status = table_next(&r.t, &more, error)) == BT_OK && more)
        status = read_row(&r, error);
    arena_free(&r.memory);
    return table_finish(&r.t, status, error);
}

/* A single file, or the only one of a folder. */
static bt_status detect(source *s, bool of_tmdb, bool *found, bt_error *error)
{
    overview_columns c;
    *found = false;
    if (source_n_files(s) != 1)
        return BT_OK;
    const bt_status status = find_columns(s, &c, error);
    const bool has_id = c.at[MOVIE] != SIZE_MAX || c.at[TMDB] != SIZE_MAX || c.at[IMDB] != SIZE_MAX;
    const bool has_tmdb = c.at[TMDB] != SIZE_MAX || c.at[POSTER_PATH] != SIZE_MAX;
    *found = status == BT_OK && c.at[OVERVIEW] != SIZE_MAX && has_id && has_tmdb == of_tmdb;
    return status;
}

static bt_status tmdb_detect(source *s, bool *found, bt_error *error)
{
    return detect(s, true, found, error);
}

static bt_status other_detect(source *s, bool *found, bt_error *error)
{
    return detect(s, false, found, error);
}

const import_format import_format_tmdb = {
    .source =
        {
            .name = "tmdb",
            .title = "Overviews of TMDB",
            .licence = "non-commercial use with attribution",
            .url = "https://www.themoviedb.org/",
            .attribution = "This product uses the TMDB API but is not endorsed or certified by TMDB.",
        },
    .detect = tmdb_detect,
    .read = overviews_read,
};

const import_format import_format_overviews = {
    .source = {.name = "overviews", .title = "Overviews of a file", .licence = "not known: ask who gave you the file"},
    .detect = other_detect,
    .read = overviews_read,
};
