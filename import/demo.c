/* The demo catalogue: films.jsonl, a film as a JSON object in each line (data/demo/README.md), and ratings.csv.
 *
 * films.jsonl is read whole, at most 64 MiB: its text is what the catalogue will hold.
 */
#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/formats.h"
#include "import/ratings_table.h"

enum { FILMS_BYTES_MAX = 64 << 20 };

#define DEMO "butaca-demo"

/* --- one film ------------------------------------------------------------------------------------------------------- */

/* An optional string: false if it is there and isn't one. */
static bool get_string(const json_t *object, const char *name, const char **out)
{
    const json_t *value = json_object_get(object, name);
    *out = json_string_value(value);
    return !value || json_is_null(value) || *out;
}

static bool get_int(const json_t *object, const char *name, int min, int max, int *out)
{
    const json_t *value = json_object_get(object, name);
    *out = 0;
    if (!value || json_is_null(value))
        return true;
    const json_int_t number = json_integer_value(value);
    *out = (int)number;
    return json_is_integer(value) && number >= min && number <= max;
}

/* An optional array of strings. */
static bool get_names(const json_t *object, const char *name, arena *a, film_names *out)
{
    const json_t *array = json_object_get(object, name);
    const size_t n = json_array_size(array);
    *out = (film_names){0};
    if (!array || json_is_null(array))
        return true;
    const char **items = arena_take(a, (n > 0 ? n : 1) * sizeof *items);
    if (!items || !json_is_array(array))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!(items[i] = json_string_value(json_array_get(array, i))))
            return false;
    *out = (film_names){items, n};
    return true;
}

/* Title and synopsis in English and in Spanish. */
static bool get_texts(const json_t *object, film_text texts[2])
{
    const json_t *synopsis = json_object_get(object, "synopsis");
    texts[0] = (film_text){.language = "en", .source = DEMO};
    texts[1] = (film_text){.language = "es", .source = DEMO};
    return (!synopsis || json_is_object(synopsis)) && get_string(object, "title", &texts[0].title) &&
           get_string(object, "title_es", &texts[1].title) && get_string(synopsis, "en", &texts[0].overview) &&
           get_string(synopsis, "es", &texts[1].overview);
}

static bool parse_film(const json_t *object, arena *a, film *f, uint32_t *source_id, film_text texts[2])
{
    const json_int_t id = json_integer_value(json_object_get(object, "id"));
    *source_id = (uint32_t)id;
    *f = (film){.texts = texts, .n_texts = 2};
    return json_is_object(object) && id > 0 && id <= UINT32_MAX && get_string(object, "title", &f->title) && f->title &&
           get_string(object, "original_title", &f->original_title) && get_int(object, "year", 1870, 2199, &f->year) &&
           get_int(object, "runtime", 1, 10000, &f->runtime) && get_names(object, "genres", a, &f->genres) &&
           get_names(object, "countries", a, &f->countries) && get_names(object, "languages", a, &f->languages) &&
           get_names(object, "directors", a, &f->directors) && get_names(object, "cast", a, &f->cast) &&
           get_names(object, "themes", a, &f->themes) && get_names(object, "writers", a, &f->writers) &&
           get_texts(object, texts);
}

/* --- films.jsonl ---------------------------------------------------------------------------------------------------- */

typedef struct demo_films {
    import_job *job;
    const char *label;
    size_t line, n_refused, first_refused;
    import_reject first_reason;
    arena memory; /* of one film */
} demo_films;

static bt_status refuse_line(demo_films *d, import_reject reason, const char *line, size_t length, bt_error *error)
{
    if (d->n_refused++ == 0) {
        d->first_refused = d->line;
        d->first_reason = reason;
    }
    return job_refuse(d->job, d->label, d->line, reason, (csv_field){line, length < CSV_RAW_MAX ? length : CSV_RAW_MAX}, error);
}

static bool are_short(const film_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (strlen(names->items[i]) > CATALOGUE_TITLE_MAX)
            return false;
    return true;
}

/* Whether all texts fit the catalogue. */
static bool texts_fit(const film *f)
{
    const film_names *const lists[] = {&f->genres, &f->countries, &f->languages, &f->directors,
                                       &f->cast,   &f->themes,    &f->writers};
    bool fit =
        strlen(f->title) <= CATALOGUE_TITLE_MAX && (!f->original_title || strlen(f->original_title) <= CATALOGUE_TITLE_MAX);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        fit = fit && are_short(lists[i]);
    for (size_t i = 0; i < f->n_texts; i++)
        fit = fit && (!f->texts[i].title || strlen(f->texts[i].title) <= CATALOGUE_TITLE_MAX);
    return fit;
}

static bt_status put_film(demo_films *d, const json_t *object, const char *line, size_t length, bt_error *error)
{
    film f;
    film_text texts[2];
    uint32_t source_id;
    arena_clear(&d->memory);
    if (!parse_film(object, &d->memory, &f, &source_id, texts))
        return refuse_line(d, IMPORT_REJECT_JSON, line, length, error);
    if (f.title[0] == '\0')
        return refuse_line(d, IMPORT_REJECT_TITLE, line, length, error);
    if (!texts_fit(&f))
        return refuse_line(d, IMPORT_REJECT_LENGTH, line, length, error);
    if (id_map_get(&d->job->film_ids, source_id) != 0)
        return refuse_line(d, IMPORT_REJECT_DUPLICATE, line, length, error);
    const film_id_pair id = {DEMO, arena_format(&d->memory, "%lu", (unsigned long)source_id)};
    if (!id.value)
        return error_no_memory(error, "reading films");
    f.ids = &id;
    f.n_ids = 1;
    return job_put_film(d->job, source_id, &f, error);
}

static bt_status read_line(demo_films *d, const char *line, size_t length, bt_error *error)
{
    while (length > 0 && strchr(" \t\r", line[length - 1]))
        length--;
    if (length == 0)
        return BT_OK;
    d->job->summary->rows_read++;
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    bt_status status;
    if (object)
        status = put_film(d, object, line, length, error);
    else
        status = refuse_line(d, IMPORT_REJECT_JSON, line, length, error);
    json_decref(object);
    return status;
}

static bt_status read_lines(demo_films *d, const char *text, size_t size, bt_error *error)
{
    bt_status status = BT_OK;
    const char *end = text + size;
    if (size >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return error_set(error, BT_BAD_FORMAT, "%s:1: is UTF-16; save it as UTF-8", d->label);
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    while (status == BT_OK && text < end) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        const char *next = feed ? feed + 1 : end;
        d->line++;
        status = read_line(d, text, (size_t)(next - text) - (feed != NULL), error);
        text = next;
    }
    if (status != BT_OK || d->job->summary->films_read > 0)
        return status;
    if (d->n_refused == 0)
        return error_set(error, BT_BAD_FORMAT, "%s:1: is empty; expected a film as a JSON object in each line", d->label);
    return error_set(error, BT_BAD_FORMAT, "%s:%zu: %s; all %zu lines were refused, nothing was imported", d->label,
                     d->first_refused, import_reject_text(d->first_reason), d->n_refused);
}

static bt_status read_films(import_job *job, source *s, size_t file, bt_error *error)
{
    demo_films d = {.job = job, .label = source_label(s, file)};
    char *text = NULL;
    size_t size = 0;
    bt_status status = source_read_whole(s, file, FILMS_BYTES_MAX, &text, &size, error);
    if (status == BT_OK)
        status = read_lines(&d, text, size, error);
    bt_free(text);
    arena_free(&d.memory);
    return status == BT_OK ? job_report(job, "reading films.jsonl", size, size, true, error) : status;
}

/* --- the format ----------------------------------------------------------------------------------------------------- */

static bt_status demo_detect(source *s, bool *found, bt_error *error)
{
    const size_t films = source_find(s, "films.jsonl");
    *found = films != SIZE_MAX;
    if (*found && source_find(s, "ratings.csv") == SIZE_MAX)
        return error_set(error, BT_BAD_FORMAT, "%s is the demo's film list, but there is no file ratings.csv: %s",
                         source_label(s, films), source_describe(s));
    return BT_OK;
}

static bt_status demo_read(import_job *job, source *s, bt_error *error)
{
    const bt_status status = read_films(job, s, source_find(s, "films.jsonl"), error);
    return status == BT_OK ? ratings_table_read(job, s, source_find(s, "ratings.csv"), error) : status;
}

const import_format import_format_demo = {
    .source =
        {
            .name = DEMO,
            .title = "Butaca's demo catalogue, with simulated ratings",
            .licence = "CC0 1.0",
            .url = NULL,
            .attribution = NULL,
        },
    .detect = demo_detect,
    .read = demo_read,
};
