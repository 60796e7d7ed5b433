/* Wikipedia's lists of films as JSON: arrays of {title, year, cast, genres, href, extract, thumbnail}, a file a decade.
 *
 * The lists have no ids but the address of the article. Films join those that the catalogue has by that address, if they were
 * imported before, else by title and year (import/title_join.h); what matches none is a new film. To a film that is there they
 * bring the text, the address, and what it lacks.
 *
 * Each file is read twice: for the titles, which have to be known together before any is joined, and for the films.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/formats.h"
#include "import/json_items.h"
#include "import/title_join.h"
#include "store/film.h"

#define WIKIPEDIA "wikipedia"

enum { FILE_BYTES_MAX = 256 << 20, HEAD_BYTES = 4096, NAMES_MAX = 256 };

typedef struct list_film {
    const char *title, *href, *extract, *thumbnail;
    int year;
    film_names cast, genres;
} list_film;

typedef struct wikipedia_films {
    import_job *job;
    title_join join;
    size_t n;               /* films so far, of either reading */
    const char **addresses; /* of the first reading, by number; NULL: none */
    size_t capacity;
    bool *repeated;     /* by number: an earlier film has the address */
    arena memory, kept; /* of one film; addresses */
    import_reject first_reason;
    size_t n_refused;
} wikipedia_films;

/* --- one film ------------------------------------------------------------------------------------------------------- */

/* A string, or nothing where it may be missing. */
static bool get_text(const json_t *object, const char *name, size_t limit, const char **out)
{
    const json_t *value = json_object_get(object, name);
    *out = json_string_value(value);
    if (*out && (*out)[0] == '\0')
        *out = NULL;
    return !value || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) <= limit &&
            !strchr(json_string_value(value), FILM_UNIT_SEPARATOR));
}

static bool get_names(const json_t *object, const char *name, arena *a, film_names *out)
{
    const json_t *array = json_object_get(object, name);
    const size_t n = json_array_size(array);
    *out = (film_names){0};
    if (!array || json_is_null(array))
        return true;
    const char **items = arena_take(a, (n > 0 ? n : 1) * sizeof *items);
    if (!items || !json_is_array(array) || n > NAMES_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(array, i);
        items[i] = json_string_value(value);
        if (!items[i] || json_string_length(value) > CATALOGUE_TITLE_MAX || strchr(items[i], FILM_UNIT_SEPARATOR))
            return false;
    }
    *out = (film_names){items, n};
    return true;
}

static bool parse_film(const json_t *object, arena *a, list_film *out)
{
    const json_t *year = json_object_get(object, "year");
    const json_int_t number = json_integer_value(year);
    *out = (list_film){.year = (int)number};
    return json_is_integer(year) && number >= 1870 && number <= 2199 &&
           get_text(object, "title", CATALOGUE_TITLE_MAX, &out->title) && out->title &&
           get_text(object, "href", CATALOGUE_TITLE_MAX, &out->href) && get_text(object, "extract", 1 << 16, &out->extract) &&
           get_text(object, "thumbnail", CATALOGUE_TITLE_MAX, &out->thumbnail) && get_names(object, "cast", a, &out->cast) &&
           get_names(object, "genres", a, &out->genres);
}

/* --- the first reading ---------------------------------------------------------------------------------------------- */

static bt_status known_film(wikipedia_films *w, const char *href, uint32_t *id, bt_error *error)
{
    *id = 0;
    const bt_status status = href ? catalogue_find_id(w->job->films, WIKIPEDIA, href, id, NULL) : BT_NOT_FOUND;
    if (status == BT_OK || status == BT_NOT_FOUND)
        return BT_OK;
    return error_set(error, status, "%s", "looking for a film of Wikipedia in the catalogue failed");
}

/* A film that is refused later, wants nothing: its place stays empty. */
static bt_status want_film(wikipedia_films *w, const json_t *object, bt_error *error)
{
    list_film f;
    uint32_t known = 0;
    arena_clear(&w->memory);
    const bool fits = parse_film(object, &w->memory, &f);
    if (w->n == w->capacity) {
        const size_t more = w->capacity + w->capacity / 2 + 1024;
        const char **larger = memory_resized(w->addresses, more, sizeof *larger);
        if (!larger)
            return error_no_memory(error, "reading Wikipedia's films");
        w->addresses = larger;
        w->capacity = more;
    }
    w->addresses[w->n] = fits && f.href ? arena_string(&w->kept, f.href, strlen(f.href)) : NULL;
    if (fits && f.href && !w->addresses[w->n])
        return error_no_memory(error, "reading Wikipedia's films");
    w->n++;
    bt_status status = fits ? known_film(w, f.href, &known, error) : BT_OK;
    if (status == BT_OK)
        status = title_join_want(&w->join, fits ? f.title : "", fits ? f.year : 0, known, error);
    return status;
}

typedef struct numbered_address {
    const char *address;
    size_t number;
} numbered_address;

static int compare_addresses(const void *x, const void *y)
{
    const numbered_address *a = x, *b = y;
    const int order = strcmp(a->address, b->address);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

/* Marks films whose address an earlier one has. */
static bt_status find_repeated(wikipedia_films *w, bt_error *error)
{
    numbered_address *sorted = memory_array(w->n, sizeof *sorted);
    w->repeated = memory_zeroed(w->n, sizeof *w->repeated);
    if (!sorted || !w->repeated) {
        bt_free(sorted);
        return error_no_memory(error, "reading Wikipedia's films");
    }
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        if (w->addresses[i])
            sorted[n++] = (numbered_address){w->addresses[i], i};
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, compare_addresses);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i].address, sorted[i - 1].address) == 0) {
            w->repeated[sorted[i].number] = true;
            w->join.wanted[sorted[i].number].year = 0; /* takes no film from another */
        }
    bt_free(sorted);
    return BT_OK;
}

/* --- the second reading --------------------------------------------------------------------------------------------- */

/* What the film that is there lacks; its own fields stay. */
static bt_status keep_stored(wikipedia_films *w, uint32_t id, film *f, bt_error *error)
{
    film stored;
    const bt_status status = catalogue_get(w->job->films, id, &w->memory, &stored, error);
    if (status != BT_OK)
        return status;
    f->id = id;
    f->title = NULL;
    f->year = stored.year != 0 ? 0 : f->year;
    f->poster = stored.poster ? NULL : f->poster;
    if (stored.cast.n > 0)
        f->cast = (film_names){0};
    if (stored.genres.n > 0)
        f->genres = (film_names){0};
    return BT_OK;
}

static bt_status put_film(wikipedia_films *w, const list_film *l, uint32_t id, bt_error *error)
{
    const film_text text = {.language = "en", .overview = l->extract, .source = WIKIPEDIA};
    const film_id_pair address = {WIKIPEDIA, l->href};
    film f = {.title = l->title,
              .year = l->year,
              .cast = l->cast,
              .genres = l->genres,
              .poster = l->thumbnail,
              .texts = &text,
              .n_texts = l->extract != NULL,
              .ids = &address,
              .n_ids = l->href != NULL};
    bt_status status = id != 0 ? keep_stored(w, id, &f, error) : BT_OK;
    if (status == BT_OK)
        status = catalogue_put(w->job->films, &f, error);
    return status == BT_OK ? job_note_film(w->job, &f, error) : status;
}

static bt_status refuse(wikipedia_films *w, const json_items *i, import_reject reason, bt_error *error)
{
    const size_t length = i->at - i->began_at;
    w->n_refused++;
    return job_refuse(w->job, i->label, i->began, reason,
                      (csv_field){i->text + i->began_at, length < CSV_RAW_MAX ? length : CSV_RAW_MAX}, error);
}

static bt_status read_film(wikipedia_films *w, const json_items *i, const json_t *object, bt_error *error)
{
    list_film f;
    const size_t number = w->n++;
    w->job->summary->rows_read++;
    arena_clear(&w->memory);
    if (!parse_film(object, &w->memory, &f))
        return refuse(w, i, IMPORT_REJECT_JSON, error);
    if (w->repeated[number])
        return refuse(w, i, IMPORT_REJECT_DUPLICATE, error);
    if (w->join.wanted[number].film == TITLE_JOIN_AMBIGUOUS)
        return refuse(w, i, IMPORT_REJECT_AMBIGUOUS, error);
    return put_film(w, &f, w->join.wanted[number].film, error);
}

/* --- files ---------------------------------------------------------------------------------------------------------- */

static bt_status read_file(wikipedia_films *w, source *s, size_t file, bool first, bt_error *error)
{
    char *text = NULL;
    size_t size = 0;
    json_items items;
    json_t *object = NULL;
    bt_status status = source_read_whole(s, file, FILE_BYTES_MAX, &text, &size, error);
    if (status == BT_OK)
        status = json_items_begin(&items, source_label(s, file), text, size, error);
    while (status == BT_OK && (status = json_items_next(&items, &object, error)) == BT_OK && object) {
        status = first ? want_film(w, object, error) : read_film(w, &items, object, error);
        json_decref(object);
    }
    bt_free(text);
    return status == BT_OK ? job_report(w->job, "reading films of Wikipedia", w->n, 0, false, error) : status;
}

/* Whether the file is an array of objects with the keys of such lists. */
static bt_status probe(source *s, size_t file, bool *fits, bt_error *error)
{
    char head[HEAD_BYTES + 1];
    size_t size = 0, n = 1;
    source_stream *stream;
    bt_status status = source_stream_open(s, file, &stream, error);
    *fits = false;
    if (status != BT_OK)
        return status;
    for (; status == BT_OK && n > 0 && size < HEAD_BYTES; size += n)
        status = source_stream_read(stream, head + size, HEAD_BYTES - size, &n, error);
    source_stream_close(stream);
    if (status != BT_OK)
        return status;
    head[size] = '\0';
    const char *begin = head + strspn(head, "\xEF\xBB\xBF \t\r\n");
    *fits = begin[0] == '[' && strstr(begin, "\"title\"") && strstr(begin, "\"year\"") && strstr(begin, "\"href\"");
    return BT_OK;
}

static bool is_json(const char *name)
{
    const size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static bt_status read_files(wikipedia_films *w, source *s, bool first, bt_error *error)
{
    bt_status status = BT_OK;
    w->n = 0;
    for (size_t file = 0; file < source_n_files(s) && status == BT_OK; file++)
        if (source_is_single(s) || is_json(source_name(s, file)))
            status = read_file(w, s, file, first, error);
    return status;
}

static bt_status wikipedia_detect(source *s, bool *found, bt_error *error)
{
    bt_status status = BT_OK;
    *found = false;
    for (size_t file = 0; file < source_n_files(s) && status == BT_OK && !*found; file++)
        if (source_is_single(s) || is_json(source_name(s, file)))
            status = probe(s, file, found, error);
    return status;
}

static bt_status join_and_read(wikipedia_films *w, source *s, bt_error *error)
{
    bt_status status = read_files(w, s, true, error);
    if (status == BT_OK && w->n == 0)
        status = error_set(error, BT_BAD_FORMAT, "%s: the lists of films are empty", source_describe(s));
    if (status == BT_OK)
        status = find_repeated(w, error);
    if (status == BT_OK)
        status = title_join_resolve(&w->join, error);
    if (status == BT_OK)
        status = read_files(w, s, false, error);
    if (status == BT_OK && w->n_refused == w->n)
        status =
            error_set(error, BT_BAD_FORMAT, "%s: all %zu films were refused, nothing was imported", source_describe(s), w->n);
    return status;
}

static bt_status wikipedia_read(import_job *job, source *s, bt_error *error)
{
    wikipedia_films w = {.job = job};
    bt_status status = title_join_open(&w.join, job->films, error);
    if (status == BT_OK)
        status = join_and_read(&w, s, error);
    title_join_free(&w.join);
    bt_free(w.addresses);
    bt_free(w.repeated);
    arena_free(&w.memory);
    arena_free(&w.kept);
    return status;
}

const import_format import_format_wikipedia = {
    .source =
        {
            .name = WIKIPEDIA,
            .title = "Wikipedia's lists of films",
            .licence = "extracts: CC BY-SA 4.0, changed texts stay under it; the list: MIT",
            .url = "https://github.com/prust/wikipedia-movie-data",
            .attribution =
                "Texts from Wikipedia, https://en.wikipedia.org/, by its authors, under CC BY-SA 4.0; each film's article "
                "names them.",
        },
    .detect = wikipedia_detect,
    .read = wikipedia_read,
};
