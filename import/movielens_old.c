/* MovieLens as it was released until 2009: 1M and 10M (ratings.dat and movies.dat, "::" between fields) and 100k (u.data with tabs,
 * u.item with "|"). No file has a header, and the texts of 100k and 1M are ISO 8859-1.
 *
 * People have numbers of their own in each of these sets, so each is a source of its own. Film ids of 1M and 10M are those of
 * all later sets; 100k numbers its films itself. Who the people were (users.dat, u.user) is not read.
 *
 * A single file is known by its first line, whatever it is called; one of ratings or tags is about films that the catalogue has.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "import/fields.h"
#include "import/formats.h"
#include "import/genres.h"
#include "import/lines.h"
#include "import/rating_row.h"
#include "import/table.h"
#include "import/tags.h"
#include "import/titles.h"

/* What such a set is made of. */
typedef struct old_set {
    const char *ratings, *films, *tags; /* names of its files; tags NULL: it has none */
    const char *ratings_separator, *films_separator;
    size_t films_width;
    const char *id_source; /* of its film ids */
} old_set;

/* Where a source has them; SIZE_MAX: not there. */
typedef struct old_files {
    size_t ratings, films, tags;
} old_files;

/* Fields that are numbers, a bit each. */
enum { RATING_NUMBERS = 0xF, TAG_NUMBERS = 0xB, FILM_NUMBERS = 0x1 };

/* --- ratings -------------------------------------------------------------------------------------------------------- */

static bt_status read_ratings(import_job *job, source *s, size_t file, const char *separator, bt_error *error)
{
    lines l;
    bt_status status = lines_open(job, s, file, separator, 4, &l, error);
    bool more = false;
    while (status == BT_OK && (status = lines_next(&l, &more, error)) == BT_OK && more) {
        const csv_field *const fields[] = {lines_field(&l, 0), lines_field(&l, 1), lines_field(&l, 2), lines_field(&l, 3)};
        bt_rating r;
        uint32_t user_id;
        import_reject reason;
        if (rating_row_parse(job, fields, &user_id, &r, &reason))
            status = job_add_rating(job, user_id, &r, error);
        else
            status = lines_refuse(&l, reason, error);
    }
    job->summary->ratings_read = job->ratings.n;
    return lines_finish(&l, status, error);
}

/* --- tags.dat of 10M ------------------------------------------------------------------------------------------------- */

static bt_status read_tag(film_tags *tags, lines *l, arena *a, bt_error *error)
{
    const csv_field *tag = lines_field(l, 2);
    uint32_t film_id;
    import_reject reason = IMPORT_REJECT_LENGTH;
    if (tag->length > TABLE_TEXT_MAX ||
        !film_tags_parse(l->job, lines_field(l, 0), lines_field(l, 1), lines_field(l, 3), &film_id, &reason))
        return lines_refuse(l, reason, error);
    const char *text = lines_text(tag, a);
    if (!text)
        return error_no_memory(error, "reading tags");
    l->job->summary->tags++;
    return film_tags_add(tags, film_id, text, strlen(text), error);
}

static bt_status read_tags(import_job *job, source *s, size_t file, bt_error *error)
{
    lines l;
    arena a = {0};
    film_tags tags = {0};
    bt_status status = lines_open(job, s, file, "::", 4, &l, error);
    bool more = false;
    while (status == BT_OK && (status = lines_next(&l, &more, error)) == BT_OK && more) {
        status = read_tag(&tags, &l, &a, error);
        arena_clear(&a);
    }
    status = lines_finish(&l, status, error);
    if (status == BT_OK)
        status = film_tags_store(&tags, job->films, error);
    film_tags_free(&tags);
    arena_free(&a);
    return status;
}

/* --- films ---------------------------------------------------------------------------------------------------------- */

/* Stores a film of this title and these genres under the id that the file's first field has in `id_source`. */
static bt_status put_film(lines *l, const char *id_source, arena *a, const film_names *genres, bt_error *error)
{
    const csv_field *title = lines_field(l, 1);
    uint32_t source_id;
    if (!field_id(lines_field(l, 0), &source_id))
        return lines_refuse(l, IMPORT_REJECT_ID, error);
    if (title->length > TABLE_TEXT_MAX)
        return lines_refuse(l, IMPORT_REJECT_LENGTH, error);
    if (id_map_get(&l->job->film_ids, source_id) != 0)
        return lines_refuse(l, IMPORT_REJECT_DUPLICATE, error);
    film f = {.genres = *genres};
    const char *text = lines_text(title, a);
    const film_id_pair id = {id_source, arena_format(a, "%lu", (unsigned long)source_id)};
    if (!text || !id.value)
        return error_no_memory(error, "reading films");
    const bt_status status = titles_parse(text, strlen(text), a, &f, error);
    if (status != BT_OK)
        return status;
    if (!f.title)
        return lines_refuse(l, IMPORT_REJECT_TITLE, error);
    f.ids = &id;
    f.n_ids = 1;
    return job_put_film(l->job, source_id, &f, error);
}

static bt_status read_movies_dat(import_job *job, source *s, size_t file, bt_error *error)
{
    lines l;
    arena a = {0};
    bt_status status = lines_open(job, s, file, "::", 3, &l, error);
    bool more = false;
    while (status == BT_OK && (status = lines_next(&l, &more, error)) == BT_OK && more) {
        arena_clear(&a);
        film_names genres;
        const char *text = lines_text(lines_field(&l, 2), &a);
        const csv_field field = {text, text ? strlen(text) : 0};
        if (!text || !genres_parse(&field, &a, &genres))
            status = error_no_memory(error, "reading films");
        else
            status = put_film(&l, "movielens", &a, &genres, error);
    }
    arena_free(&a);
    return lines_finish(&l, status, error);
}

/* The genres of u.genre; u.item has a column of 0 or 1 for each. The first one says that none is known. */
static const char *const item_genres[] = {NULL,          "Action", "Adventure", "Animation", "Children's", "Comedy",  "Crime",
                                          "Documentary", "Drama",  "Fantasy",   "Film-Noir", "Horror",     "Musical", "Mystery",
                                          "Romance",     "Sci-Fi", "Thriller",  "War",       "Western"};

enum { N_ITEM_GENRES = sizeof item_genres / sizeof *item_genres, ITEM_BEFORE_GENRES = 5 };

static bt_status read_items(import_job *job, source *s, size_t file, bt_error *error)
{
    lines l;
    arena a = {0};
    bt_status status = lines_open(job, s, file, "|", (size_t)ITEM_BEFORE_GENRES + N_ITEM_GENRES, &l, error);
    bool more = false;
    while (status == BT_OK && (status = lines_next(&l, &more, error)) == BT_OK && more) {
        arena_clear(&a);
        const char *names[N_ITEM_GENRES];
        film_names genres = {names, 0};
        for (size_t i = 1; i < N_ITEM_GENRES; i++)
            if (field_equals(lines_field(&l, ITEM_BEFORE_GENRES + i), "1"))
                names[genres.n++] = item_genres[i];
        status = put_film(&l, "movielens-100k", &a, &genres, error);
    }
    arena_free(&a);
    return lines_finish(&l, status, error);
}

/* --- the formats ---------------------------------------------------------------------------------------------------- */

static const old_set dat_set = {"ratings.dat", "movies.dat", "tags.dat", "::", "::", 3, "movielens"};
static const old_set item_set = {"u.data",        "u.item", NULL, "\t", "|", (size_t)ITEM_BEFORE_GENRES + N_ITEM_GENRES,
                                 "movielens-100k"};

/* What a single file is, by its first line. */
static bt_status find_single(source *s, const old_set *set, old_files *out, bt_error *error)
{
    const struct {
        size_t *file, width;
        const char *separator;
        unsigned numbers;
    } kinds[] = {{&out->films, set->films_width, set->films_separator, FILM_NUMBERS},
                 {&out->ratings, 4, set->ratings_separator, RATING_NUMBERS},
                 {&out->tags, 4, set->ratings_separator, TAG_NUMBERS}};
    bool fits = false;
    bt_status status = BT_OK;
    for (size_t i = 0; i < (set->tags ? 3 : 2) && status == BT_OK && !fits; i++) {
        status = lines_probe(s, 0, kinds[i].separator, kinds[i].width, kinds[i].numbers, &fits, error);
        *kinds[i].file = fits ? 0 : SIZE_MAX;
    }
    return status;
}

static bt_status find_files(source *s, const old_set *set, old_files *out, bt_error *error)
{
    *out = (old_files){SIZE_MAX, SIZE_MAX, SIZE_MAX};
    if (source_is_single(s))
        return find_single(s, set, out, error);
    *out =
        (old_files){source_find(s, set->ratings), source_find(s, set->films), set->tags ? source_find(s, set->tags) : SIZE_MAX};
    return BT_OK;
}

/* Whether the set is there; in a folder or zip ratings without films, or films without ratings, are a near miss. */
static bt_status detect(source *s, const old_set *set, bool *found, bt_error *error)
{
    old_files f;
    const bt_status status = find_files(s, set, &f, error);
    *found = status == BT_OK && f.ratings != SIZE_MAX && f.films != SIZE_MAX;
    if (status != BT_OK || *found)
        return status;
    if (source_is_single(s)) {
        *found = f.ratings == 0 || f.films == 0 || f.tags == 0;
        return BT_OK;
    }
    if (f.ratings != SIZE_MAX)
        return error_set(error, BT_BAD_FORMAT, "%s has ratings of MovieLens, but there is no file %s: %s",
                         source_label(s, f.ratings), set->films, source_describe(s));
    if (f.films != SIZE_MAX)
        return error_set(error, BT_BAD_FORMAT, "%s is a film list of MovieLens, but there is no file %s: %s",
                         source_label(s, f.films), set->ratings, source_describe(s));
    return BT_OK;
}

static bt_status detect_1m(source *s, bool *found, bt_error *error)
{
    const bt_status status = detect(s, &dat_set, found, error);
    *found = *found && source_find(s, "users.dat") != SIZE_MAX;
    return status;
}

static bt_status detect_10m(source *s, bool *found, bt_error *error)
{
    return detect(s, &dat_set, found, error);
}

static bt_status detect_100k(source *s, bool *found, bt_error *error)
{
    return detect(s, &item_set, found, error);
}

typedef bt_status film_reader(import_job *job, source *s, size_t file, bt_error *error);

static bt_status read_set(import_job *job, source *s, const old_set *set, film_reader *read_films, bt_error *error)
{
    old_files f;
    bt_status status = find_files(s, set, &f, error);
    if (status == BT_OK && f.films == SIZE_MAX)
        status = job_load_film_ids(job, set->id_source, set->films, error);
    else if (status == BT_OK)
        status = read_films(job, s, f.films, error);
    if (status == BT_OK && f.ratings != SIZE_MAX)
        status = read_ratings(job, s, f.ratings, set->ratings_separator, error);
    return status == BT_OK && f.tags != SIZE_MAX ? read_tags(job, s, f.tags, error) : status;
}

static bt_status read_dat(import_job *job, source *s, bt_error *error)
{
    return read_set(job, s, &dat_set, read_movies_dat, error);
}

static bt_status read_100k(import_job *job, source *s, bt_error *error)
{
    return read_set(job, s, &item_set, read_items, error);
}

#define MOVIELENS_LICENCE "research use; no commercial use without permission of GroupLens; redistribution under the same terms"
#define MOVIELENS_CITATION                                                                                             \
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on " \
    "Interactive Intelligent Systems 5, 4: 19:1-19:19. https://doi.org/10.1145/2827872"

const import_format import_format_movielens_1m = {
    .source = {.name = "movielens-1m",
               .title = "MovieLens 1M",
               .licence = MOVIELENS_LICENCE,
               .url = "https://grouplens.org/datasets/movielens/1m/",
               .attribution = MOVIELENS_CITATION},
    .detect = detect_1m,
    .read = read_dat,
};

const import_format import_format_movielens_10m = {
    .source = {.name = "movielens-10m",
               .title = "MovieLens 10M",
               .licence = MOVIELENS_LICENCE,
               .url = "https://grouplens.org/datasets/movielens/10m/",
               .attribution = MOVIELENS_CITATION},
    .detect = detect_10m,
    .read = read_dat,
};

const import_format import_format_movielens_100k = {
    .source = {.name = "movielens-100k",
               .title = "MovieLens 100K",
               .licence = MOVIELENS_LICENCE,
               .url = "https://grouplens.org/datasets/movielens/100k/",
               .attribution = MOVIELENS_CITATION},
    .detect = detect_100k,
    .read = read_100k,
};
