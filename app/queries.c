/* Reading queries. A line becomes a `row` of strings, whatever the format; the rest doesn't know where it came from. */
#include "app/queries.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "butaca/text.h"
#include "text/utf8.h"

enum {
    COLUMN_FILM,
    COLUMN_MOVIELENS,
    COLUMN_TMDB,
    COLUMN_IMDB,
    COLUMN_QUERY,
    COLUMN_TITLE,
    COLUMN_TEXT,
    COLUMN_LANGUAGE,
    COLUMNS
};
static const char *const column_names[COLUMNS] = {"film", "movieId", "tmdbId", "imdbId", "query", "title", "text", "language"};
static const char *const column_sources[] = {"butaca-demo", "movielens", "tmdb", "imdb"}; /* of the first four */

typedef struct row {
    const char *values[COLUMNS]; /* NULL: not given */
} row;

typedef struct reader {
    catalogue *films;
    const char *path;
    arena *memory;
    queries *out;
    size_t line;
    int columns[32]; /* of a .tsv: which column stands where; -1: another */
    size_t n_columns;
} reader;

static bt_status fault(const reader *r, const char *what, bt_error *error)
{
    return error_set(error, BT_BAD_FORMAT, "%s:%zu: %s", r->path, r->line, what);
}

/* --- preparing questions ---------------------------------------------------------------------------------------------- */

/* Cuts what stands in brackets out of `text`, in place. */
static void drop_brackets(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        const char *end = *from == '[' ? strchr(from, ']') : NULL;
        if (end != NULL)
            from = end;
        else
            *to++ = *from;
    }
    *to = '\0';
}

/* Ends the text before a line that begins with "edit", behind what emphasizes it ("**EDIT**: found it"). */
static void drop_edits(char *text)
{
    for (char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *word = line + strspn(line, " *_#>-");
        if (strncasecmp(word, "edit", 4) == 0 && strchr(" :*_0123456789\n", word[4]) != NULL) {
            *line = '\0';
            return;
        }
    }
}

/* Whether a sentence has the title's words, one after the other. */
static bool names_title(const char *sentence, size_t length, const char *title)
{
    char *key = NULL;
    if (bt_title_key(sentence, length, &key, NULL) != BT_OK)
        return false;
    const size_t n = strlen(title);
    bool named = false;
    for (const char *at = key; !named && (at = strstr(at, title)) != NULL; at++)
        named = (at == key || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0');
    bt_free(key);
    return named;
}

static void drop_sentences_with_title(char *text, const char *title)
{
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        size_t n = strcspn(from, ".!?\n");
        n += from[n] != '\0';
        if (!names_title(from, n, title)) {
            memmove(to, from, n);
            to += n;
        }
        from += n;
    }
    *to = '\0';
}

static void cut_at_letter(char *text, size_t n_letters)
{
    size_t at = 0;
    for (size_t letters = 0; text[at] != '\0' && letters < n_letters; letters++)
        do
            at++;
        while (((unsigned char)text[at] & 0xC0) == 0x80);
    text[at] = '\0';
}

/* The question for `film`, in the arena. */
static bt_status prepare(const reader *r, const row *line, uint32_t film_id, const char **out, bt_error *error)
{
    char *text = arena_format(r->memory, "%s\n%s", line->values[COLUMN_TITLE], line->values[COLUMN_TEXT]);
    if (text == NULL)
        return error_no_memory(error, "reading queries");
    arena scratch = {0};
    film f;
    char *title = NULL;
    bt_status status = catalogue_get(r->films, film_id, &scratch, &f, error);
    if (status == BT_OK)
        status = bt_title_key(f.title, strlen(f.title), &title, error);
    if (status == BT_OK) {
        drop_brackets(text);
        drop_edits(text);
        if (strlen(bt_title_key_bare(title)) >= 4)
            drop_sentences_with_title(text, bt_title_key_bare(title));
        cut_at_letter(text, QUERIES_TEXT_MAX);
        *out = text;
    }
    bt_free(title);
    arena_free(&scratch);
    return status;
}

/* --- one line ---------------------------------------------------------------------------------------------------------- */

/* *film_id 0: the catalogue has no such film. */
static bt_status find_film(const reader *r, const row *line, uint32_t *film_id, bt_error *error)
{
    for (size_t i = 0; i <= COLUMN_IMDB; i++) {
        if (line->values[i] == NULL)
            continue;
        bt_error inner = {0};
        const bt_status status = catalogue_find_id(r->films, column_sources[i], line->values[i], film_id, &inner);
        if (status == BT_OK)
            return status;
        *film_id = 0;
        if (status != BT_NOT_FOUND)
            return error_set(error, status, "%s", inner.message);
    }
    return BT_OK;
}

static query *query_of(reader *r, const char *text, const char *language)
{
    queries *q = r->out;
    for (size_t i = q->n; i > 0; i--) /* lines of one query mostly stand together */
        if (strcmp(q->items[i - 1].text, text) == 0 && strcmp(q->items[i - 1].language, language) == 0)
            return &q->items[i - 1];
    if (q->n == q->room) {
        const size_t room = q->room > 0 ? 2 * q->room : 64;
        query *items = arena_take(r->memory, room * sizeof *items);
        if (items == NULL)
            return NULL;
        if (q->n > 0)
            memcpy(items, q->items, q->n * sizeof *items);
        q->items = items;
        q->room = room;
    }
    q->items[q->n] = (query){.text = arena_string(r->memory, text, strlen(text)),
                             .language = arena_string(r->memory, language, strlen(language))};
    return q->items[q->n].text != NULL && q->items[q->n].language != NULL ? &q->items[q->n++] : NULL;
}

static bool add_film(reader *r, query *q, uint32_t film_id)
{
    for (size_t i = 0; i < q->n_films; i++)
        if (q->films[i] == film_id)
            return true;
    if (q->n_films == q->room) {
        const size_t room = q->room > 0 ? 2 * q->room : 1;
        uint32_t *films = arena_take(r->memory, room * sizeof *films);
        if (films == NULL)
            return false;
        if (q->n_films > 0)
            memcpy(films, q->films, q->n_films * sizeof *films);
        q->films = films;
        q->room = room;
    }
    q->films[q->n_films++] = film_id;
    return true;
}

static bt_status take_row(reader *r, const row *line, bt_error *error)
{
    const char *text = line->values[COLUMN_QUERY];
    const bool question = text == NULL && line->values[COLUMN_TITLE] != NULL && line->values[COLUMN_TEXT] != NULL;
    if (text == NULL && !question)
        return fault(r, "expected query, or title and text", error);
    bool named = false;
    for (size_t i = 0; i <= COLUMN_IMDB; i++)
        named = named || line->values[i] != NULL;
    if (!named)
        return fault(r, "expected film, movieId, tmdbId or imdbId", error);
    uint32_t film_id = 0;
    bt_status status = find_film(r, line, &film_id, error);
    r->out->n_lines++;
    r->out->n_unknown += status == BT_OK && film_id == 0;
    if (status == BT_OK && film_id != 0 && question)
        status = prepare(r, line, film_id, &text, error);
    if (status != BT_OK || film_id == 0)
        return status;
    query *q = query_of(r, text, line->values[COLUMN_LANGUAGE] != NULL ? line->values[COLUMN_LANGUAGE] : "");
    return q != NULL && add_film(r, q, film_id) ? BT_OK : error_no_memory(error, "reading queries");
}

/* --- the two formats --------------------------------------------------------------------------------------------------- */

static bt_status read_object(reader *r, char *line, bt_error *error)
{
    json_t *object = json_loads(line, 0, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return fault(r, "expected a JSON object", error);
    }
    row values = {{NULL}};
    bt_status status = BT_OK;
    for (size_t i = 0; i < COLUMNS && status == BT_OK; i++) {
        const json_t *value = json_object_get(object, column_names[i]);
        values.values[i] = json_string_value(value);
        if (json_is_integer(value) &&
            !(values.values[i] = arena_format(r->memory, "%lld", (long long)json_integer_value(value))))
            status = error_no_memory(error, "reading queries");
    }
    if (status == BT_OK)
        status = take_row(r, &values, error);
    json_decref(object);
    return status;
}

/* Cuts the field at *line off; *line goes on behind it, or is NULL after the last. */
static char *next_field(char **line)
{
    char *field = *line, *tab = strchr(field, '\t');
    *line = tab != NULL ? tab + 1 : NULL;
    if (tab != NULL)
        *tab = '\0';
    return field;
}

static void read_header(reader *r, char *line)
{
    while (line != NULL && r->n_columns < sizeof r->columns / sizeof *r->columns) {
        const char *name = next_field(&line);
        int column = COLUMNS - 1;
        while (column >= 0 && strcmp(column_names[column], name) != 0)
            column--;
        r->columns[r->n_columns++] = column;
    }
}

static bt_status read_fields(reader *r, char *line, bt_error *error)
{
    row values = {{NULL}};
    for (size_t i = 0; i < r->n_columns && line != NULL; i++) {
        const char *value = next_field(&line);
        if (r->columns[i] >= 0)
            values.values[r->columns[i]] = value;
    }
    return take_row(r, &values, error);
}

static bt_status read_line(reader *r, bool tsv, char *line, bt_error *error)
{
    line[strcspn(line, "\r")] = '\0';
    if (line[0] == '\0')
        return BT_OK;
    if (!utf8_is_valid(line, strlen(line)))
        return fault(r, "expected UTF-8 text", error);
    if (tsv && r->n_columns == 0) {
        read_header(r, line);
        return BT_OK;
    }
    return tsv ? read_fields(r, line, error) : read_object(r, line, error);
}

bt_status queries_read(catalogue *c, const char *path, arena *memory, queries *out, bt_error *error)
{
    *out = (queries){0};
    char *text = NULL;
    size_t size = 0;
    bt_status status = file_read_whole(path, QUERIES_FILE_MAX, &text, &size, error);
    if (status != BT_OK)
        return status;
    reader r = {.films = c, .path = path, .memory = memory, .out = out};
    const size_t n = strlen(path);
    const bool tsv = n >= 4 && strcmp(path + n - 4, ".tsv") == 0;
    for (char *line = text; status == BT_OK && line < text + size;) {
        char *end = memchr(line, '\n', (size_t)(text + size - line));
        if (end != NULL)
            *end = '\0';
        r.line++;
        status = read_line(&r, tsv, line, error);
        line = end != NULL ? end + 1 : text + size;
    }
    bt_free(text);
    if (status == BT_OK && out->n == 0)
        return error_set(error, BT_NOT_FOUND, "%s: no query for a film of the catalogue (%zu lines, %zu of other films)", path,
                         out->n_lines, out->n_unknown);
    return status;
}

void queries_keep_half(queries *q, bool odd, uint64_t seed)
{
    size_t n = 0;
    for (size_t i = 0; i < q->n; i++) {
        const uint64_t parts[] = {seed, checksum_of(q->items[i].text, strlen(q->items[i].text))};
        if ((checksum_of(parts, sizeof parts) & 1) == odd)
            q->items[n++] = q->items[i];
    }
    q->n = n;
}
