/* MovieLens ml-latest*, 20M, 25M, 32M: ratings.csv and movies.csv, with links.csv and tags.csv where they are there; or one of the
 * four by itself, known by its columns, which without movies.csv is about films that the catalogue has.
 *
 * links.csv is read first, 12 bytes a film are kept of it, so that each film of movies.csv is stored once and whole. Two films
 * that share an outside id stay two films: the first one in links.csv has the id. Of tags each film gets those that most people gave it.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/fields.h"
#include "import/formats.h"
#include "import/genres.h"
#include "import/ratings_table.h"
#include "import/table.h"
#include "import/tags.h"
#include "import/titles.h"

static const char *const movie_columns[] = {"movieId", "title", "genres"};
static const char *const link_columns[] = {"movieId", "imdbId", "tmdbId"};
static const char *const tag_columns[] = {"userId", "movieId", "tag", "timestamp"};

/* Where the four files are; SIZE_MAX: not there. */
typedef struct movielens_files {
    size_t movies, ratings, links, tags;
} movielens_files;

typedef struct movielens_films {
    import_job *job;
    id_map imdb, tmdb;             /* film -> outside id */
    id_map imdb_taken, tmdb_taken; /* outside id -> film */
    arena memory;                  /* of one film */
} movielens_films;

/* --- links.csv ------------------------------------------------------------------------------------------------------ */

/* An outside id: empty is 0, "not there". */
static bool parse_link(const csv_field *f, uint32_t *id)
{
    *id = 0;
    return f->length == 0 || field_id(f, id);
}

/* Gives the outside id to the film unless another film has it. */
static bool keep_link(id_map *links, id_map *taken, uint32_t movie, uint32_t id)
{
    if (id == 0 || id_map_get(taken, id) != 0)
        return true;
    return id_map_put(taken, id, movie) && id_map_put(links, movie, id);
}

static bt_status read_link(movielens_films *m, table *t, id_map *seen, bt_error *error)
{
    uint32_t movie, imdb, tmdb;
    if (!field_id(table_field(t, 0), &movie) || !parse_link(table_field(t, 1), &imdb) || !parse_link(table_field(t, 2), &tmdb))
        return table_refuse(t, IMPORT_REJECT_ID, error);
    if (id_map_get(seen, movie) != 0)
        return table_refuse(t, IMPORT_REJECT_DUPLICATE, error);
    if (!id_map_put(seen, movie, 1) || !keep_link(&m->imdb, &m->imdb_taken, movie, imdb) ||
        !keep_link(&m->tmdb, &m->tmdb_taken, movie, tmdb))
        return error_no_memory(error, "reading links");
    m->job->summary->links++;
    return BT_OK;
}

static bt_status read_links(movielens_films *m, source *s, size_t file, bt_error *error)
{
    table t;
    id_map seen = {0};
    bt_status status = table_open(m->job, s, file, link_columns, 3, &t, error);
    bool more = false;
    while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more)
        status = read_link(m, &t, &seen, error);
    id_map_free(&seen);
    return table_finish(&t, status, error);
}

/* --- movies.csv ----------------------------------------------------------------------------------------------------- */

/* The film's ids: MovieLens's own, and those of links.csv as that file writes them. */
static bool collect_ids(movielens_films *m, uint32_t source_id, film *f)
{
    const uint32_t imdb = id_map_get(&m->imdb, source_id), tmdb = id_map_get(&m->tmdb, source_id);
    film_id_pair *ids = arena_take(&m->memory, 3 * sizeof *ids);
    if (!ids)
        return false;
    f->ids = ids;
    ids[f->n_ids++] = (film_id_pair){"movielens", arena_format(&m->memory, "%lu", (unsigned long)source_id)};
    if (imdb != 0)
        ids[f->n_ids++] = (film_id_pair){"imdb", arena_format(&m->memory, "%07lu", (unsigned long)imdb)};
    if (tmdb != 0)
        ids[f->n_ids++] = (film_id_pair){"tmdb", arena_format(&m->memory, "%lu", (unsigned long)tmdb)};
    for (size_t i = 0; i < f->n_ids; i++)
        if (!ids[i].value)
            return false;
    return true;
}

static bt_status read_movie(movielens_films *m, table *t, bt_error *error)
{
    const csv_field *title = table_field(t, 1), *genres = table_field(t, 2);
    uint32_t source_id;
    import_reject reason;
    if (!field_id(table_field(t, 0), &source_id))
        return table_refuse(t, IMPORT_REJECT_ID, error);
    if (!table_is_text(title, &reason) || !table_is_text(genres, &reason))
        return table_refuse(t, reason, error);
    if (id_map_get(&m->job->film_ids, source_id) != 0)
        return table_refuse(t, IMPORT_REJECT_DUPLICATE, error);

    film f = {0};
    arena_clear(&m->memory);
    bt_status status = titles_parse(title->text, title->length, &m->memory, &f, error);
    if (status != BT_OK)
        return status;
    if (!f.title)
        return table_refuse(t, IMPORT_REJECT_TITLE, error);
    if (!genres_parse(genres, &m->memory, &f.genres) || !collect_ids(m, source_id, &f))
        return error_no_memory(error, "reading films");
    return job_put_film(m->job, source_id, &f, error);
}

static bt_status read_movies(movielens_films *m, source *s, size_t file, bt_error *error)
{
    table t;
    bt_status status = table_open(m->job, s, file, movie_columns, 3, &t, error);
    bool more = false;
    while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more)
        status = read_movie(m, &t, error);
    return table_finish(&t, status, error);
}

/* Without movies.csv: the ids of links.csv go to the films that the catalogue has. */
static bt_status link_known_films(movielens_films *m, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t i = 0; i < m->job->film_ids.capacity && status == BT_OK; i++) {
        const id_map_slot *known = &m->job->film_ids.slots[i];
        if (id_map_get(&m->imdb, known->key) == 0 && id_map_get(&m->tmdb, known->key) == 0)
            continue;
        film f = {.id = known->value};
        arena_clear(&m->memory);
        status =
            collect_ids(m, known->key, &f) ? catalogue_put(m->job->films, &f, error) : error_no_memory(error, "reading links");
    }
    return status;
}

static bt_status read_films(import_job *job, source *s, const movielens_files *files, bt_error *error)
{
    movielens_films m = {.job = job};
    bt_status status = files->links != SIZE_MAX ? read_links(&m, s, files->links, error) : BT_OK;
    if (status == BT_OK)
        status = files->movies != SIZE_MAX ? read_movies(&m, s, files->movies, error) : link_known_films(&m, error);
    id_map_free(&m.imdb);
    id_map_free(&m.tmdb);
    id_map_free(&m.imdb_taken);
    id_map_free(&m.tmdb_taken);
    arena_free(&m.memory);
    return status;
}

/* --- tags.csv ------------------------------------------------------------------------------------------------------- */

static bt_status read_tag(film_tags *tags, table *t, bt_error *error)
{
    const csv_field *tag = table_field(t, 2);
    uint32_t film_id;
    import_reject reason;
    if (!table_is_text(tag, &reason) ||
        !film_tags_parse(t->job, table_field(t, 0), table_field(t, 1), table_field(t, 3), &film_id, &reason))
        return table_refuse(t, reason, error);
    t->job->summary->tags++;
    return film_tags_add(tags, film_id, tag->text, tag->length, error);
}

static bt_status read_tags(import_job *job, source *s, size_t file, bt_error *error)
{
    table t;
    film_tags tags = {0};
    bt_status status = table_open(job, s, file, tag_columns, 4, &t, error);
    bool more = false;
    while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more)
        status = read_tag(&tags, &t, error);
    status = table_finish(&t, status, error);
    if (status == BT_OK)
        status = film_tags_store(&tags, job->films, error);
    film_tags_free(&tags);
    return status;
}

/* --- the format ----------------------------------------------------------------------------------------------------- */

/* A single file may have any name: its columns tell which of the four it is. */
static bt_status find_single(source *s, movielens_files *out, bt_error *error)
{
    const struct {
        const char *const *columns;
        size_t n_columns, *file;
    } kinds[] = {{movie_columns, 3, &out->movies},
                 {ratings_table_columns, RATINGS_TABLE_COLUMNS, &out->ratings},
                 {link_columns, 3, &out->links},
                 {tag_columns, 4, &out->tags}};
    bool fits = false;
    bt_status status = BT_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == BT_OK && !fits; i++) {
        status = table_probe(s, 0, kinds[i].columns, kinds[i].n_columns, &fits, error);
        *kinds[i].file = fits ? 0 : SIZE_MAX;
    }
    return status;
}

static bt_status find_files(source *s, movielens_files *out, bt_error *error)
{
    *out = (movielens_files){SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    if (source_is_single(s))
        return find_single(s, out, error);
    bt_status status = table_find(s, "movies.csv", movie_columns, 3, &out->movies, error);
    if (status == BT_OK)
        status = table_find(s, "ratings.csv", ratings_table_columns, RATINGS_TABLE_COLUMNS, &out->ratings, error);
    if (status == BT_OK)
        status = table_find(s, "links.csv", link_columns, 3, &out->links, error);
    return status == BT_OK ? table_find(s, "tags.csv", tag_columns, 4, &out->tags, error) : status;
}

/* A folder or zip that has one of the two files with its right columns, and lacks the other, is a near miss. */
static bt_status explain_missing(source *s, const movielens_files *f, bt_error *error)
{
    bool has_movies = false, has_ratings = false;
    bt_status status = BT_OK;
    if (f->movies != SIZE_MAX)
        status = table_probe(s, f->movies, movie_columns, 3, &has_movies, error);
    if (status == BT_OK && f->ratings != SIZE_MAX)
        status = table_probe(s, f->ratings, ratings_table_columns, RATINGS_TABLE_COLUMNS, &has_ratings, error);
    if (status == BT_OK && has_movies)
        return error_set(error, BT_BAD_FORMAT, "%s is a film list of MovieLens, but there is no file ratings.csv: %s",
                         source_label(s, f->movies), source_describe(s));
    if (status == BT_OK && has_ratings && source_find(s, "films.jsonl") == SIZE_MAX)
        return error_set(error, BT_BAD_FORMAT, "%s has ratings of MovieLens, but there is no file movies.csv: %s",
                         source_label(s, f->ratings), source_describe(s));
    return status;
}

/* MovieLens by two of its files. One that has the right name and lacks a column is a near miss: reading says which one. */
static bt_status movielens_detect(source *s, bool *found, bt_error *error)
{
    movielens_files f;
    const bt_status status = find_files(s, &f, error);
    *found = false;
    if (status != BT_OK)
        return status;
    if (source_is_single(s))
        *found = f.movies == 0 || f.ratings == 0 || f.links == 0 || f.tags == 0;
    else
        *found = f.movies != SIZE_MAX && f.ratings != SIZE_MAX;
    return *found || source_is_single(s) ? BT_OK : explain_missing(s, &f, error);
}

static bt_status movielens_read(import_job *job, source *s, bt_error *error)
{
    movielens_files f;
    bt_status status = find_files(s, &f, error);
    if (status == BT_OK && f.movies == SIZE_MAX)
        status = job_load_film_ids(job, "movielens", "movies.csv", error);
    if (status == BT_OK && (f.movies != SIZE_MAX || f.links != SIZE_MAX))
        status = read_films(job, s, &f, error);
    if (status == BT_OK && f.ratings != SIZE_MAX)
        status = ratings_table_read(job, s, f.ratings, error);
    if (status == BT_OK && f.tags != SIZE_MAX)
        status = read_tags(job, s, f.tags, error);
    return status;
}

const import_format import_format_movielens = {
    .source =
        {
            .name = "movielens",
            .title = "MovieLens",
            .licence = "research use; no commercial use without permission of GroupLens; redistribution under the same terms",
            .url = "https://grouplens.org/datasets/movielens/",
            .attribution = "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM "
                           "Transactions on Interactive Intelligent Systems 5, 4: 19:1-19:19. "
                           "https://doi.org/10.1145/2827872",
        },
    .detect = movielens_detect,
    .read = movielens_read,
};
