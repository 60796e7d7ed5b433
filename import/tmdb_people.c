/* Reading people and keywords. */
#include "import/tmdb_people.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/literal.h"
#include "import/table.h"
#include "store/film.h"
#include "text/utf8.h"

enum { NAMES_MAX = 1024 }; /* of one list */

const char *const tmdb_credit_columns[TMDB_CREDIT_COLUMNS] = {"cast", "crew", "id"};
const char *const tmdb_keyword_columns[TMDB_KEYWORD_COLUMNS] = {"id", "keywords"};

/* --- lists of dicts ------------------------------------------------------------------------------------------------- */

typedef struct name_list {
    film_names_builder builder;
    arena *names;
    size_t limit;
} name_list;

/* Adds the string, unless it is empty, repeated, or the list is full. */
static bt_status add_name(name_list *l, const literal *value, bt_error *error)
{
    if (!value || value->kind != LITERAL_STRING || l->builder.n == l->limit)
        return BT_OK;
    if (value->length > TABLE_TEXT_MAX)
        return BT_LIMIT;
    const char *name = literal_string(value, l->names);
    if (!name)
        return error_no_memory(error, "reading names");
    bool known = name[strspn(name, " ")] == '\0';
    for (size_t i = 0; i < l->builder.n && !known; i++)
        known = strcmp(l->builder.items[i], name) == 0;
    return known || film_names_add(&l->builder, l->names, name) ? BT_OK : error_no_memory(error, "reading names");
}

/* The field as a list; NULL for an empty one. */
static bt_status parse_list(const csv_field *f, arena *scratch, const literal **list)
{
    *list = NULL;
    if (f->length == 0)
        return BT_OK;
    if (!utf8_is_valid(f->text, f->length))
        return BT_BAD_FORMAT;
    const bt_status status = literal_parse(f->text, f->length, scratch, list, NULL);
    return status == BT_OK && (*list)->kind != LITERAL_LIST ? BT_BAD_FORMAT : status;
}

bt_status tmdb_names(const csv_field *f, const char *key, size_t limit, arena *scratch, arena *names, film_names *out)
{
    name_list l = {.names = names, .limit = limit < NAMES_MAX ? limit : NAMES_MAX};
    const literal *list;
    bt_status status = parse_list(f, scratch, &list);
    for (const literal *item = status == BT_OK && list ? list->first : NULL; item && status == BT_OK; item = item->next)
        status = add_name(&l, literal_get(item, key), NULL);
    *out = film_names_of(&l.builder);
    return status;
}

/* Directors and writers among the crew. */
static bt_status parse_crew(const csv_field *f, arena *scratch, arena *names, tmdb_film_people *out)
{
    name_list directors = {.names = names, .limit = NAMES_MAX}, writers = {.names = names, .limit = NAMES_MAX};
    const literal *list;
    bt_status status = parse_list(f, scratch, &list);
    for (const literal *item = status == BT_OK && list ? list->first : NULL; item && status == BT_OK; item = item->next) {
        const literal *job = literal_get(item, "job");
        if (literal_is(job, "Director"))
            status = add_name(&directors, literal_get(item, "name"), NULL);
        else if (literal_is(job, "Writer") || literal_is(job, "Screenplay"))
            status = add_name(&writers, literal_get(item, "name"), NULL);
    }
    out->directors = film_names_of(&directors.builder);
    out->writers = film_names_of(&writers.builder);
    return status;
}

/* --- films ---------------------------------------------------------------------------------------------------------- */

/* The place of a film, made if it isn't there; NULL: no memory. */
static tmdb_film_people *place_of(tmdb_people *p, uint32_t tmdb_id)
{
    const uint32_t known = id_map_get(&p->places, tmdb_id);
    if (known > 0)
        return &p->items[known - 1];
    if (p->n == p->capacity) {
        const size_t more = p->capacity + p->capacity / 2 + 1024;
        tmdb_film_people *larger = memory_resized(p->items, more, sizeof *larger);
        if (!larger)
            return NULL;
        p->items = larger;
        p->capacity = more;
    }
    if (!id_map_put(&p->places, tmdb_id, (uint32_t)p->n + 1))
        return NULL;
    p->items[p->n] = (tmdb_film_people){0};
    return &p->items[p->n++];
}

const tmdb_film_people *tmdb_people_find(const tmdb_people *p, uint32_t tmdb_id)
{
    const uint32_t known = id_map_get(&p->places, tmdb_id);
    return known > 0 ? &p->items[known - 1] : NULL;
}

void tmdb_people_free(tmdb_people *p)
{
    id_map_free(&p->places);
    bt_free(p->items);
    arena_free(&p->names);
    *p = (tmdb_people){0};
}

/* What reading a row came to: whether it is refused, and why. */
static bt_status end_row(table *t, bt_status status, bt_error *error)
{
    if (status == BT_BAD_FORMAT)
        return table_refuse(t, IMPORT_REJECT_LITERAL, error);
    if (status == BT_LIMIT)
        return table_refuse(t, IMPORT_REJECT_LENGTH, error);
    return status == BT_OK ? BT_OK : error_no_memory(error, "reading people and keywords");
}

static bt_status read_credit(tmdb_people *p, table *t, arena *scratch, bt_error *error)
{
    uint32_t id;
    if (!field_id(table_field(t, 2), &id))
        return table_refuse(t, IMPORT_REJECT_ID, error);
    tmdb_film_people *place = place_of(p, id);
    if (!place)
        return error_no_memory(error, "reading people");
    if (place->has_credits)
        return table_refuse(t, IMPORT_REJECT_DUPLICATE, error);
    tmdb_film_people read = *place;
    arena_clear(scratch);
    bt_status status = tmdb_names(table_field(t, 0), "name", PEOPLE_CAST_MAX, scratch, &p->names, &read.cast);
    if (status == BT_OK)
        status = parse_crew(table_field(t, 1), scratch, &p->names, &read);
    if (status == BT_OK) {
        *place = read;
        place->has_credits = true;
    }
    return end_row(t, status, error);
}

static bt_status read_keywords(tmdb_people *p, table *t, arena *scratch, bt_error *error)
{
    uint32_t id;
    if (!field_id(table_field(t, 0), &id))
        return table_refuse(t, IMPORT_REJECT_ID, error);
    tmdb_film_people *place = place_of(p, id);
    if (!place)
        return error_no_memory(error, "reading keywords");
    if (place->has_keywords)
        return table_refuse(t, IMPORT_REJECT_DUPLICATE, error);
    film_names keywords;
    arena_clear(scratch);
    const bt_status status = tmdb_names(table_field(t, 1), "name", NAMES_MAX, scratch, &p->names, &keywords);
    if (status == BT_OK) {
        place->keywords = keywords;
        place->has_keywords = true;
    }
    return end_row(t, status, error);
}

bt_status tmdb_people_read_credits(tmdb_people *p, import_job *job, source *s, size_t file, bt_error *error)
{
    table t;
    arena scratch = {0};
    bt_status status = table_open(job, s, file, tmdb_credit_columns, TMDB_CREDIT_COLUMNS, &t, error);
    bool more = false;
    while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more)
        status = read_credit(p, &t, &scratch, error);
    arena_free(&scratch);
    return table_finish(&t, status, error);
}

bt_status tmdb_people_read_keywords(tmdb_people *p, import_job *job, source *s, size_t file, bt_error *error)
{
    table t;
    arena scratch = {0};
    bt_status status = table_open(job, s, file, tmdb_keyword_columns, TMDB_KEYWORD_COLUMNS, &t, error);
    bool more = false;
    while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more)
        status = read_keywords(p, &t, &scratch, error);
    arena_free(&scratch);
    return table_finish(&t, status, error);
}
