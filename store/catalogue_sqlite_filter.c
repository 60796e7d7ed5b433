/* The filters of a list as SQL: a WHERE clause over film, and what is bound to it. Genre, country, language and numbers go by indexes;
 * words, people and keywords by a walk through the rows of one table (60,000 films: see docs/benchmarks.md), which costs less than a
 * row a name and film would cost each import.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "butaca/text.h"
#include "store/catalogue_sqlite.h"
#include "store/film.h"

static const char doing[] = "listing films";

/* --- names_have(list, key): whether a list of names has one with this key ------------------------------------------------ */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Most names begin with another letter, which is seen without making their key; one with a comma may begin with its last word. */
static bool may_be(const char *name, size_t length, const char *key)
{
    const char first = length > 0 ? lower(name[0]) : '\0';
    return !(first >= 'a' && first <= 'z') || first == key[0] || memchr(name, ',', length) != NULL;
}

static bt_status is_name(const char *name, size_t length, const char *key, bool *is)
{
    char *own = NULL;
    *is = false;
    if (!may_be(name, length, key))
        return BT_OK;
    const bt_status status = bt_title_key(name, length, &own, NULL);
    *is = status == BT_OK && strcmp(own, key) == 0;
    bt_free(own);
    return status == BT_NO_MEMORY ? status : BT_OK;
}

static void names_have(sqlite3_context *context, int n, sqlite3_value **values)
{
    static const char separator[] = {FILM_UNIT_SEPARATOR, '\0'};
    (void)n;
    bool has = false;
    const char *list = (const char *)sqlite3_value_text(values[0]), *key = (const char *)sqlite3_value_text(values[1]);
    while (list != NULL && key != NULL && !has) {
        const size_t length = strcspn(list, separator);
        if (is_name(list, length, key, &has) != BT_OK) {
            sqlite3_result_error_nomem(context);
            return;
        }
        list = list[length] != '\0' ? list + length + 1 : NULL;
    }
    sqlite3_result_int(context, has);
}

bt_status sqlite_add_functions(sqlite_catalogue *c, bt_error *error)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    const int result = sqlite3_create_function_v2(c->db.handle, "names_have", 2, flags, NULL, names_have, NULL, NULL, NULL);
    return result == SQLITE_OK ? BT_OK : database_failure(&c->db, result, "opening", error);
}

/* --- conditions -------------------------------------------------------------------------------------------------------- */

static void add_condition(sqlite_filter *f, const char *condition)
{
    const size_t used = strlen(f->where);
    snprintf(f->where + used, sizeof f->where - used, "%s%s", used == 0 ? " WHERE " : " AND ", condition);
}

/* A condition of one parameter. `text` comes to belong to the filter; NULL: there was no memory for it. */
static bt_status add_text(sqlite_filter *f, const char *condition, char *text, bt_error *error)
{
    if (text == NULL)
        return error_no_memory(error, doing);
    add_condition(f, condition);
    f->parameters[f->n++].text = text;
    return BT_OK;
}

static void add_number(sqlite_filter *f, const char *condition, int64_t number)
{
    if (number == 0)
        return;
    add_condition(f, condition);
    f->parameters[f->n++].number = number;
}

/* --- words of titles ----------------------------------------------------------------------------------------------------- */

/* A word of the query as title_words has it, " city "; of the last one only the beginning, " lo". `rest` is what follows it. */
static bt_status add_word(sqlite_filter *f, size_t i, const char *word, const char *rest, bt_error *error)
{
    if (i == SQLITE_WORDS_MAX)
        return error_set(error, BT_LIMIT, "the text to list films by has more than %d words: shorten it", SQLITE_WORDS_MAX);
    const size_t size = strlen(word) + sizeof "  ";
    char *spaced = memory_array(size, 1);
    if (spaced != NULL)
        snprintf(spaced, size, " %s%s", word, rest[0] != '\0' ? " " : "");
    return add_text(f, i == 0 ? "id IN (SELECT film_id FROM title_words WHERE instr(words, ?)" : "instr(words, ?)", spaced,
                    error);
}

static bt_status add_words(sqlite_filter *f, const char *text, bt_error *error)
{
    char *key = NULL, *rest = NULL;
    size_t n = 0;
    if (text == NULL || text[0] == '\0')
        return BT_OK;
    bt_status status = bt_title_key(text, strlen(text), &key, error);
    for (char *word = status == BT_OK ? strtok_r(key, " ", &rest) : NULL; word != NULL && status == BT_OK;
         word = strtok_r(NULL, " ", &rest))
        status = add_word(f, n++, word, rest, error);
    if (n > 0)
        strcat(f->where, ")");
    bt_free(key);
    return status;
}

/* --- genres, codes, names -------------------------------------------------------------------------------------------------- */

static bt_status add_key(sqlite_filter *f, const char *condition, const char *name, bt_error *error)
{
    char *key = NULL;
    if (name == NULL || name[0] == '\0')
        return BT_OK;
    const bt_status status = bt_title_key(name, strlen(name), &key, error);
    return status == BT_OK ? add_text(f, condition, key, error) : status;
}

static bt_status add_code(sqlite_filter *f, char kind, const char *code, bt_error *error)
{
    arena a = {0};
    if (code == NULL || code[0] == '\0')
        return BT_OK;
    const char *text = sqlite_code(kind, code, &a);
    const bt_status status = add_text(f, "id IN (SELECT film_id FROM film_code WHERE code = ?)",
                                      text != NULL ? memory_string(text, strlen(text)) : NULL, error);
    arena_free(&a);
    return status;
}

static bt_status add_names(sqlite_filter *f, const film_query *q, bt_error *error)
{
    bt_status status =
        add_key(f, "id IN (SELECT film_id FROM film_genre JOIN genre ON genre.id = genre_id WHERE key = ?)", q->genre, error);
    if (status == BT_OK)
        status = add_code(f, SQLITE_COUNTRY, q->country, error);
    if (status == BT_OK)
        status = add_code(f, SQLITE_LANGUAGE, q->language, error);
    if (status == BT_OK)
        status = add_key(f,
                         "id IN (SELECT film_id FROM film_list, (SELECT ? AS name) WHERE names_have(directors, name)"
                         " OR names_have(actors, name) OR names_have(writers, name))",
                         q->person, error);
    if (status == BT_OK)
        status = add_key(f,
                         "id IN (SELECT film_id FROM film_list, (SELECT ? AS name) WHERE names_have(themes, name)"
                         " OR names_have(tags, name))",
                         q->keyword, error);
    return status;
}

/* --- all of them --------------------------------------------------------------------------------------------------------- */

bt_status sqlite_make_filter(sqlite_filter *f, const film_query *q, bt_error *error)
{
    *f = (sqlite_filter){0};
    bt_status status = add_words(f, q->text, error);
    if (status == BT_OK)
        status = add_names(f, q, error);
    add_number(f, "year >= ?", q->from_year);
    add_number(f, "year BETWEEN 1 AND ?", q->to_year);
    add_number(f, "runtime >= ?", q->from_runtime);
    add_number(f, "runtime BETWEEN 1 AND ?", q->to_runtime);
    add_number(f, "votes >= ?", q->from_votes);
    add_number(f, "votes <= ?", q->to_votes);
    return status;
}

void sqlite_free_filter(sqlite_filter *f)
{
    for (size_t i = 0; i < f->n; i++)
        bt_free(f->parameters[i].text);
}

void sqlite_bind_filter(sqlite_call *call, const sqlite_filter *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->parameters[i].text != NULL)
            call_bind_text(call, f->parameters[i].text);
        else
            call_bind_int(call, f->parameters[i].number);
}
