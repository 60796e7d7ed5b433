/* Any CSV file with a header whose columns the caller names (import/map.h).
 *
 * People and items are whole numbers, ratings 0.5 to 5, times unix seconds; without `timestamp` the time is unknown (0). Items of the
 * file's own become films of the file's source, with `title` as their title, else with their number.
 */
#include "base/error.h"
#include "import/fields.h"
#include "import/formats.h"
#include "import/table.h"
#include "import/titles.h"
#include "import/tmdb.h"

enum { USER, FILM, RATING, TIME, TITLE, N_COLUMNS };

typedef struct mapped_reader {
    import_job *job;
    const import_map *map;
    const char *names[N_COLUMNS]; /* those that are mapped, in the order of `at` */
    size_t n, at[N_COLUMNS];      /* at: of table_field; SIZE_MAX: not mapped */
    table t;
    arena memory; /* of one row */
} mapped_reader;

/* --- films ---------------------------------------------------------------------------------------------------------- */

static bt_status make_film(mapped_reader *r, uint32_t item, bt_error *error)
{
    const csv_field *title = r->at[TITLE] != SIZE_MAX ? table_field(&r->t, r->at[TITLE]) : NULL;
    film_id_pair id = {r->map->source, arena_format(&r->memory, "%lu", (unsigned long)item)};
    film f = {.ids = &id, .n_ids = 1};
    import_reject reason;
    if (title && !table_is_text(title, &reason))
        return table_refuse(&r->t, reason, error);
    bt_status status = title ? titles_parse(title->text, title->length, &r->memory, &f, error) : BT_OK;
    if (status == BT_OK && !f.title)
        f.title = arena_format(&r->memory, "%s %lu", r->map->source, (unsigned long)item);
    if (status == BT_OK && (!f.title || !id.value))
        status = error_no_memory(error, "making films");
    return status == BT_OK ? job_put_film(r->job, item, &f, error) : status;
}

/* The number in the film's column; false: none. */
static bool film_number(const mapped_reader *r, uint32_t *number)
{
    const csv_field *f = table_field(&r->t, r->at[FILM]);
    const bool is_number = r->map->imdb[0] != '\0' ? tmdb_imdb_id(f, number) : tmdb_whole_id(f, number);
    return is_number && *number > 0;
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

/* What the row says but for its film; false: *reason says why not. */
static bool parse(const mapped_reader *r, uint32_t *user, bt_rating *rating, import_reject *reason)
{
    const csv_field *stars = table_field(&r->t, r->at[RATING]);
    const csv_field *time = r->at[TIME] != SIZE_MAX ? table_field(&r->t, r->at[TIME]) : NULL;
    *rating = (bt_rating){0};
    *reason = IMPORT_REJECT_ID;
    if (!field_id(table_field(&r->t, r->at[USER]), user))
        return false;
    *reason = field_is_number(stars) ? IMPORT_REJECT_RATING : IMPORT_REJECT_NUMBER;
    if (!field_half_stars(stars, &rating->half_stars))
        return false;
    *reason = time && field_is_number(time) ? IMPORT_REJECT_TIME : IMPORT_REJECT_NUMBER;
    return !time || field_u32(time, &rating->time);
}

static bt_status read_row(mapped_reader *r, bt_error *error)
{
    uint32_t user, number;
    bt_rating rating;
    import_reject reason;
    arena_clear(&r->memory);
    if (!film_number(r, &number))
        return table_refuse(&r->t, IMPORT_REJECT_ID, error);
    if (!parse(r, &user, &rating, &reason))
        return table_refuse(&r->t, reason, error);
    if (r->map->item[0] != '\0' && id_map_get(&r->job->film_ids, number) == 0) {
        const size_t refused = r->t.n_refused;
        const bt_status status = make_film(r, number, error);
        if (status != BT_OK || r->t.n_refused > refused)
            return status;
    }
    rating.film_id = id_map_get(&r->job->film_ids, number);
    if (rating.film_id == 0)
        return table_refuse(&r->t, IMPORT_REJECT_UNKNOWN_FILM, error);
    return job_add_rating(r->job, user, &rating, error);
}

/* --- the file ------------------------------------------------------------------------------------------------------- */

static void choose_columns(mapped_reader *r)
{
    const import_map *m = r->map;
    const char *film_column = m->item[0] ? m->item : m->movielens[0] ? m->movielens : m->tmdb[0] ? m->tmdb : m->imdb;
    const char *const wanted[N_COLUMNS] = {
        [USER] = m->user, [FILM] = film_column, [RATING] = m->rating, [TIME] = m->timestamp, [TITLE] = m->title};
    for (size_t i = 0; i < N_COLUMNS; i++) {
        r->at[i] = wanted[i][0] != '\0' ? r->n : SIZE_MAX;
        if (wanted[i][0] != '\0')
            r->names[r->n++] = wanted[i];
    }
}

/* Films of these ids that are there; where the map wants none but those, having none is the caller's mistake. */
static bt_status load_films(mapped_reader *r, bt_error *error)
{
    const import_map *m = r->map;
    const char *of = m->item[0] ? m->source : m->movielens[0] ? "movielens" : m->tmdb[0] ? "tmdb" : "imdb";
    const bt_status status = job_add_film_ids(r->job, of, error);
    if (status != BT_OK || m->item[0] != '\0' || r->job->film_ids.n > 0)
        return status;
    return error_set(error, BT_BAD_FORMAT, "--map %s=: the data folder has no film with such an id yet; import films first",
                     of);
}

static bt_status mapped_read(import_job *job, source *s, bt_error *error)
{
    mapped_reader r = {.job = job, .map = job->map};
    if (source_n_files(s) != 1)
        return error_set(error, BT_BAD_FORMAT, "--map reads one file, and %s", source_describe(s));
    choose_columns(&r);
    bt_status status = load_films(&r, error);
    if (status == BT_OK)
        status = table_open(job, s, 0, r.names, r.n, &r.t, error);
    bool more = false;
    while (status == BT_OK && (status = table_next(&r.t, &more, error)) == BT_OK && more)
        status = read_row(&r, error);
    job->summary->ratings_read = job->ratings.n;
    arena_free(&r.memory);
    return table_finish(&r.t, status, error);
}

static bt_status mapped_detect(source *s, bool *found, bt_error *error)
{
    (void)s, (void)error;
    *found = false;
    return BT_OK;
}

const import_format import_format_mapped = {
    .source = {.name = "csv", .title = "Ratings of a CSV file", .licence = "not known: ask who gave you the file"},
    .detect = mapped_detect,
    .read = mapped_read,
};
