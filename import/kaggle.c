/* Kaggle's The Movies Dataset: movies_metadata.csv, and where they are there keywords.csv, credits.csv, links.csv and ratings.csv
 * (or the smaller links_small.csv and ratings_small.csv).
 *
 * Films have TMDB's ids, ratings MovieLens's; links.csv joins them, by the id at IMDb where the one at TMDB is missing. People and
 * keywords are read first, films are then stored once and whole. A film of the ratings that has no metadata here is one that
 * the catalogue knows already under its MovieLens id, or the rating is refused.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/fields.h"
#include "import/formats.h"
#include "import/kaggle_links.h"
#include "import/kaggle_row.h"
#include "import/ratings_table.h"
#include "import/tmdb.h"
#include "import/tmdb_people.h"
#include "store/film.h"
#include "text/utf8.h"

#define TMDB "tmdb"

enum { FILM_IDS_MAX = 16 };

enum { ID, IMDB, TITLE, ORIGINAL_TITLE, OVERVIEW, GENRES, COUNTRIES, SPOKEN, LANGUAGE, DATE, RUNTIME, POSTER, N_COLUMNS };
static const char *const metadata_columns[N_COLUMNS] = {
    [ID] = "id",
    [IMDB] = "imdb_id",
    [TITLE] = "title",
    [ORIGINAL_TITLE] = "original_title",
    [OVERVIEW] = "overview",
    [GENRES] = "genres",
    [COUNTRIES] = "production_countries",
    [SPOKEN] = "spoken_languages",
    [LANGUAGE] = "original_language",
    [DATE] = "release_date",
    [RUNTIME] = "runtime",
    [POSTER] = "poster_path",
};

typedef struct kaggle_films {
    import_job *job;
    tmdb_people people;
    kaggle_links links;
    kaggle_row row;
    id_map seen;           /* ids at TMDB that were read */
    arena memory, scratch; /* of one film */
} kaggle_films;

/* --- one film ------------------------------------------------------------------------------------------------------- */

static const csv_field *field(const kaggle_films *k, const table *t, size_t i)
{
    return kaggle_row_field(&k->row, t, i);
}

/* The original language first, then those spoken. */
static bool merge_languages(const char *original, const film_names *spoken, arena *a, film_names *out)
{
    film_names_builder all = {0};
    bool kept = !original || film_names_add(&all, a, original);
    for (size_t i = 0; i < spoken->n && kept; i++)
        if (!original || strcmp(spoken->items[i], original) != 0)
            kept = film_names_add(&all, a, spoken->items[i]);
    *out = film_names_of(&all);
    return kept;
}

/* The lists of a row; the status as tmdb_names has it. */
static bt_status parse_lists(kaggle_films *k, const table *t, const char *language, film *f)
{
    film_names spoken = {0};
    bt_status status = tmdb_names(field(k, t, GENRES), "name", 64, &k->scratch, &k->memory, &f->genres);
    if (status == BT_OK)
        status = tmdb_names(field(k, t, COUNTRIES), "iso_3166_1", 64, &k->scratch, &k->memory, &f->countries);
    if (status == BT_OK)
        status = tmdb_names(field(k, t, SPOKEN), "iso_639_1", 64, &k->scratch, &k->memory, &spoken);
    if (status == BT_OK && !merge_languages(language, &spoken, &k->memory, &f->languages))
        status = BT_NO_MEMORY;
    return status;
}

/* The ids: TMDB's, IMDb's, and those that MovieLens has for the film. */
static bool collect_ids(kaggle_films *k, uint32_t tmdb, uint32_t imdb, const kaggle_link *links, size_t n_links, film *f)
{
    film_id_pair *ids = arena_take(&k->memory, (n_links + 2) * sizeof *ids);
    size_t n = 0;
    if (!ids)
        return false;
    for (size_t i = 0; i < n_links; i++)
        ids[n++] = (film_id_pair){"movielens", arena_format(&k->memory, "%lu", (unsigned long)links[i].movie)};
    if (imdb != 0)
        ids[n++] = (film_id_pair){"imdb", arena_format(&k->memory, "%07lu", (unsigned long)imdb)};
    ids[n++] = (film_id_pair){TMDB, arena_format(&k->memory, "%lu", (unsigned long)tmdb)};
    f->ids = ids;
    f->n_ids = n;
    for (size_t i = 0; i < n; i++)
        if (!ids[i].value)
            return false;
    return true;
}

/* Why the row's texts can't be stored, if they can't. */
static bool check_texts(const kaggle_films *k, const table *t, import_reject *reason)
{
    static const size_t texts[] = {TITLE, ORIGINAL_TITLE, LANGUAGE, POSTER};
    const csv_field *overview = field(k, t, OVERVIEW);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!table_is_text(field(k, t, texts[i]), reason))
            return false;
    *reason = overview->length > TMDB_OVERVIEW_MAX ? IMPORT_REJECT_LENGTH : IMPORT_REJECT_ENCODING;
    return overview->length <= TMDB_OVERVIEW_MAX && utf8_is_valid(overview->text, overview->length);
}

/* Everything but the lists and ids; texts->overview may come out NULL. False: no memory. */
static bool parse_scalars(kaggle_films *k, const table *t, film *f, film_text *text, const char **language)
{
    if (!tmdb_text(field(k, t, TITLE), &k->memory, &f->title) ||
        !tmdb_text(field(k, t, ORIGINAL_TITLE), &k->memory, &f->original_title) ||
        !tmdb_text(field(k, t, OVERVIEW), &k->memory, &text->overview) ||
        !tmdb_text(field(k, t, LANGUAGE), &k->memory, language) || !tmdb_poster(field(k, t, POSTER), &k->memory, &f->poster))
        return false;
    if (!f->title)
        f->title = f->original_title;
    if (f->title && f->original_title && strcmp(f->title, f->original_title) == 0)
        f->original_title = NULL;
    if (text->overview && tmdb_is_placeholder(text->overview))
        text->overview = NULL;
    f->year = tmdb_year(field(k, t, DATE));
    f->runtime = tmdb_runtime(field(k, t, RUNTIME));
    return true;
}

static void add_people(const kaggle_films *k, uint32_t tmdb, film *f)
{
    const tmdb_film_people *people = tmdb_people_find(&k->people, tmdb);
    if (!people)
        return;
    f->directors = people->directors;
    f->writers = people->writers;
    f->cast = people->cast;
    f->themes = people->keywords;
}

/* Stores the film; its ratings come under each of its MovieLens ids, unless the catalogue has that id at another film. */
static bt_status put_film(kaggle_films *k, film *f, const kaggle_link *links, size_t n_links, bt_error *error)
{
    import_job *job = k->job;
    bt_status status = catalogue_put(job->films, f, error);
    for (size_t i = 0; i < n_links && status == BT_OK; i++) {
        uint32_t owner = f->id;
        if (n_links > 1)
            status = catalogue_find_id(job->films, "movielens", f->ids[i].value, &owner, error);
        if (status == BT_OK && !id_map_put(&job->film_ids, links[i].movie, owner))
            status = error_no_memory(error, "remembering the ids of films");
    }
    return status == BT_OK ? job_note_film(job, f, error) : status;
}

static bt_status read_film(kaggle_films *k, table *t, bt_error *error)
{
    film f = {0};
    film_text text = {.language = "en", .source = TMDB};
    const char *language;
    uint32_t tmdb;
    import_reject reason;
    if (!field_id(field(k, t, ID), &tmdb))
        return table_refuse(t, IMPORT_REJECT_ID, error);
    if (id_map_get(&k->seen, tmdb) != 0)
        return table_refuse(t, IMPORT_REJECT_DUPLICATE, error);
    if (!check_texts(k, t, &reason))
        return table_refuse(t, reason, error);
    arena_clear(&k->memory);
    arena_clear(&k->scratch);
    if (!parse_scalars(k, t, &f, &text, &language))
        return error_no_memory(error, "reading films");
    if (!f.title)
        return table_refuse(t, IMPORT_REJECT_TITLE, error);
    const bt_status status = parse_lists(k, t, language, &f);
    if (status == BT_BAD_FORMAT || status == BT_LIMIT)
        return table_refuse(t, status == BT_LIMIT ? IMPORT_REJECT_LENGTH : IMPORT_REJECT_LITERAL, error);

    uint32_t imdb;
    if (!tmdb_imdb_id(field(k, t, IMDB), &imdb))
        imdb = 0;
    size_t n_links;
    const kaggle_link *links = kaggle_links_find(&k->links, tmdb, imdb, &n_links);
    n_links = n_links < FILM_IDS_MAX ? n_links : FILM_IDS_MAX;
    if (status != BT_OK || !collect_ids(k, tmdb, imdb, links, n_links, &f) || !id_map_put(&k->seen, tmdb, 1))
        return error_no_memory(error, "reading films");
    f.texts = &text;
    f.n_texts = text.overview != NULL;
    add_people(k, tmdb, &f);
    return put_film(k, &f, links, n_links, error);
}

static bt_status read_metadata(kaggle_films *k, source *s, size_t file, bt_error *error)
{
    table t;
    const table_columns columns = {.names = metadata_columns, .n = N_COLUMNS, .torn = true};
    bt_status status = table_open_sized(k->job, s, file, &columns, CSV_CAPACITY, &t, error);
    bool more = false;
    while (status == BT_OK && (status = kaggle_row_next(&k->row, &t, &more, error)) == BT_OK && more)
        status = read_film(k, &t, error);
    return table_finish(&t, status, error);
}

/* --- all of it ------------------------------------------------------------------------------------------------------ */

/* Where the files are; SIZE_MAX: not there. */
typedef struct kaggle_files {
    size_t metadata, keywords, credits, links, ratings;
} kaggle_files;

/* The larger of two files, else what has the columns. */
static bt_status find_either(source *s, const char *name, const char *smaller, const table_columns *columns, size_t *file,
                             bt_error *error)
{
    *file = source_find(s, name);
    return *file != SIZE_MAX ? BT_OK : table_find(s, smaller, columns->names, columns->n, file, error);
}

static bt_status find_others(source *s, kaggle_files *out, bt_error *error)
{
    static const table_columns links = {.names = kaggle_links_columns, .n = KAGGLE_LINKS_COLUMNS},
                               ratings = {.names = ratings_table_columns, .n = RATINGS_TABLE_COLUMNS};
    bt_status status = table_find(s, "keywords.csv", tmdb_keyword_columns, TMDB_KEYWORD_COLUMNS, &out->keywords, error);
    if (status == BT_OK)
        status = table_find(s, "credits.csv", tmdb_credit_columns, TMDB_CREDIT_COLUMNS, &out->credits, error);
    if (status == BT_OK)
        status = find_either(s, "links.csv", "links_small.csv", &links, &out->links, error);
    return status == BT_OK ? find_either(s, "ratings.csv", "ratings_small.csv", &ratings, &out->ratings, error) : status;
}

static bt_status find_files(source *s, kaggle_files *out, bt_error *error)
{
    *out = (kaggle_files){SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    if (!source_is_single(s)) {
        const bt_status status = table_find(s, "movies_metadata.csv", metadata_columns, N_COLUMNS, &out->metadata, error);
        return status == BT_OK && out->metadata != SIZE_MAX ? find_others(s, out, error) : status;
    }
    bool fits = false;
    const bt_status status = table_probe(s, 0, metadata_columns, N_COLUMNS, &fits, error);
    out->metadata = fits ? 0 : SIZE_MAX;
    return status;
}

static bt_status kaggle_detect(source *s, bool *found, bt_error *error)
{
    kaggle_files f;
    const bt_status status = find_files(s, &f, error);
    *found = status == BT_OK && f.metadata != SIZE_MAX;
    if (*found && f.ratings != SIZE_MAX && f.links == SIZE_MAX)
        return error_set(error, BT_BAD_FORMAT,
                         "%s: has ratings and films of The Movies Dataset, but there is no file links.csv, which joins them",
                         source_describe(s));
    return status;
}

static bt_status read_films(kaggle_films *k, source *s, const kaggle_files *f, bt_error *error)
{
    bt_status status = f->links != SIZE_MAX ? kaggle_links_read(&k->links, k->job, s, f->links, error) : BT_OK;
    if (status == BT_OK && f->keywords != SIZE_MAX)
        status = tmdb_people_read_keywords(&k->people, k->job, s, f->keywords, error);
    if (status == BT_OK && f->credits != SIZE_MAX)
        status = tmdb_people_read_credits(&k->people, k->job, s, f->credits, error);
    return status == BT_OK ? read_metadata(k, s, f->metadata, error) : status;
}

static bt_status kaggle_read(import_job *job, source *s, bt_error *error)
{
    kaggle_films k = {.job = job};
    kaggle_files f;
    bt_status status = find_files(s, &f, error);
    if (status == BT_OK)
        status = read_films(&k, s, &f, error);
    tmdb_people_free(&k.people);
    kaggle_links_free(&k.links);
    kaggle_row_free(&k.row);
    id_map_free(&k.seen);
    arena_free(&k.memory);
    arena_free(&k.scratch);
    if (status == BT_OK && f.ratings != SIZE_MAX)
        status = job_add_film_ids(job, "movielens", error);
    if (status == BT_OK && f.ratings != SIZE_MAX)
        status = ratings_table_read(job, s, f.ratings, error);
    return status;
}

const import_format import_format_kaggle = {
    .source =
        {
            .name = "the-movies-dataset",
            .title = "The Movies Dataset (Kaggle)",
            .licence = "ratings: research use, no commercial use without permission of GroupLens; films: TMDB, non-commercial "
                       "use with attribution",
            .url = "https://www.kaggle.com/datasets/rounakbanik/the-movies-dataset",
            .attribution =
                "This product uses the TMDB API but is not endorsed or certified by TMDB. Ratings: F. Maxwell Harper "
                "and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on "
                "Interactive Intelligent Systems 5, 4: 19:1-19:19. https://doi.org/10.1145/2827872",
        },
    .detect = kaggle_detect,
    .read = kaggle_read,
};
