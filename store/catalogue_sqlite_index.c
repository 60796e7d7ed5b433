/* What films are found by in SQLite: what a title is looked up by (title_key), the words that lists by words walk through
 * (title_words), countries and languages to filter by (film_code).
 *
 * The first films of a catalogue don't go into title_key and film_code one by one: their keys come in any order, so that each would be a search
 * in a tree that no cache holds. They wait in memory, some 40 bytes a title, and go in sorted, many in a statement: a fifth of the
 * work. Nobody can look for them before.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "butaca/text.h"
#include "store/catalogue_sqlite.h"
#include "store/film.h"

static const char doing[] = "storing a film";

bool sqlite_join_names(const film_names *names, char separator, arena *a, const char **out)
{
    size_t size = 0;
    for (size_t i = 0; i < names->n; i++)
        size += strlen(names->items[i]) + 1;
    *out = NULL;
    if (size == 0)
        return true;
    char *text = arena_take(a, size), *end = text;
    if (text == NULL)
        return false;
    for (size_t i = 0; i < names->n; i++) {
        const size_t n = strlen(names->items[i]);
        memcpy(end, names->items[i], n);
        end += n;
        *end++ = separator;
    }
    end[-1] = '\0';
    *out = text;
    return true;
}

/* --- keys that wait ------------------------------------------------------------------------------------------------- */

#define KEY_ROWS_8 "(?,?),(?,?),(?,?),(?,?),(?,?),(?,?),(?,?),(?,?)"
#define KEY_ROWS KEY_ROWS_8 "," KEY_ROWS_8 "," KEY_ROWS_8 "," KEY_ROWS_8

enum { KEYS_A_STATEMENT = 32, KEYS_WAITING_MAX = 1 << 20 };

static const struct {
    const char *add, *add_many, *remove;
} key_sql[N_KEY_TABLES] = {
    [KEYS_OF_TITLES] = {"INSERT OR IGNORE INTO title_key (key, film_id) VALUES (?,?)",
                        "INSERT OR IGNORE INTO title_key (key, film_id) VALUES " KEY_ROWS,
                        "DELETE FROM title_key WHERE key = ? AND film_id = ?"},
    [KEYS_OF_CODES] = {"INSERT OR IGNORE INTO film_code (code, film_id) VALUES (?,?)",
                       "INSERT OR IGNORE INTO film_code (code, film_id) VALUES " KEY_ROWS,
                       "DELETE FROM film_code WHERE code = ? AND film_id = ?"},
};
static const char add_words_sql[] = "INSERT INTO title_words (words, film_id) VALUES (' ' || ? || ' ', ?)";

static int compare_keys(const void *left, const void *right)
{
    const sqlite_key *a = left, *b = right;
    const int order = strcmp(a->key, b->key);
    return order != 0 ? order : (a->film_id > b->film_id) - (a->film_id < b->film_id);
}

static bt_status write_some_keys(sqlite_catalogue *c, const char *sql, const sqlite_key *keys, size_t n, bt_error *error)
{
    sqlite_call call = call_begin(&c->db, sql);
    for (size_t i = 0; i < n; i++) {
        call_bind_text(&call, keys[i].key);
        call_bind_int(&call, keys[i].film_id);
    }
    return call_run(&call, doing, error);
}

static void forget_keys(sqlite_catalogue *c, sqlite_key_table t)
{
    bt_free(c->waiting[t].items);
    arena_free(&c->waiting[t].texts);
    c->waiting[t].items = NULL;
    c->waiting[t].n = c->waiting[t].capacity = 0;
}

static bt_status write_keys(sqlite_catalogue *c, sqlite_key_table t, bt_error *error)
{
    bt_status status = BT_OK;
    sqlite_key *keys = c->waiting[t].items;
    const size_t total = c->waiting[t].n;
    if (total > 0)
        qsort(keys, total, sizeof *keys, compare_keys);
    for (size_t i = 0, n; i < total && status == BT_OK; i += n) {
        const bool many = total - i >= KEYS_A_STATEMENT;
        n = many ? KEYS_A_STATEMENT : 1;
        status = write_some_keys(c, many ? key_sql[t].add_many : key_sql[t].add, keys + i, n, error);
    }
    forget_keys(c, t);
    return status;
}

bt_status sqlite_write_keys(sqlite_catalogue *c, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t t = 0; t < N_KEY_TABLES && status == BT_OK; t++)
        status = write_keys(c, (sqlite_key_table)t, error);
    return status;
}

void sqlite_forget_keys(sqlite_catalogue *c)
{
    for (size_t t = 0; t < N_KEY_TABLES; t++)
        forget_keys(c, (sqlite_key_table)t);
}

static bt_status let_wait(sqlite_catalogue *c, sqlite_key_table t, const char *key, uint32_t film_id, bt_error *error)
{
    if (c->waiting[t].n == KEYS_WAITING_MAX) {
        const bt_status status = write_keys(c, t, error);
        if (status != BT_OK)
            return status;
    }
    const char *kept = arena_string(&c->waiting[t].texts, key, strlen(key));
    void *items = c->waiting[t].items;
    const bool fits = memory_reserve(&items, c->waiting[t].n, &c->waiting[t].capacity, sizeof(sqlite_key));
    c->waiting[t].items = items;
    if (kept == NULL || !fits)
        return error_no_memory(error, doing);
    c->waiting[t].items[c->waiting[t].n++] = (sqlite_key){kept, film_id};
    return BT_OK;
}

static bt_status run_on(sqlite_catalogue *c, const char *sql, const char *text, uint32_t id, bt_error *error)
{
    sqlite_call call = call_begin(&c->db, sql);
    call_bind_text(&call, text);
    call_bind_int(&call, id);
    return call_run(&call, doing, error);
}

static bt_status change_index(sqlite_catalogue *c, sqlite_key_table t, bool add, const char *key, uint32_t id, bt_error *error)
{
    if (add && c->without_indexes)
        return let_wait(c, t, key, id, error);
    return run_on(c, add ? key_sql[t].add : key_sql[t].remove, key, id, error);
}

/* --- titles --------------------------------------------------------------------------------------------------------- */

/* Puts the title's key into the index, or takes it out, and adds it to `keys`, in the arena. */
static bt_status index_key(sqlite_catalogue *c, bool add, const char *title, uint32_t id, film_names_builder *keys,
                           bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(title, strlen(title), &key, error);
    if (status == BT_OK && key[0] != '\0') {
        const char *copy = arena_string(&c->base.scratch, key, strlen(key));
        status = change_index(c, KEYS_OF_TITLES, add, key, id, error);
        if (status == BT_OK && (!copy || !film_names_add(keys, &c->base.scratch, copy)))
            status = error_no_memory(error, doing);
    }
    bt_free(key);
    return status;
}

/* Title number i of a film, of all that find it; NULL: it lacks that one. */
static const char *title_of(const film *f, size_t i)
{
    if (i < 2)
        return i == 0 ? f->title : f->original_title;
    i -= 2;
    return i < f->other_titles.n ? f->other_titles.items[i] : f->texts[i - f->other_titles.n].title;
}

static bool is_repeated(const film *f, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (title_of(f, j) != NULL && strcmp(title_of(f, j), title_of(f, i)) == 0)
            return true;
    return false;
}

static bt_status index_keys(sqlite_catalogue *c, bool add, const film *f, uint32_t id, film_names_builder *keys,
                            bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t i = 0; i < 2 + f->other_titles.n + f->n_texts && status == BT_OK; i++)
        if (title_of(f, i) != NULL && !is_repeated(f, i))
            status = index_key(c, add, title_of(f, i), id, keys, error);
    return status;
}

static bt_status index_titles(sqlite_catalogue *c, const film *f, uint32_t id, bt_error *error)
{
    film_names_builder keys = {0};
    const char *words = NULL;
    const bt_status status = index_keys(c, true, f, id, &keys, error);
    if (status != BT_OK || keys.n == 0)
        return status;
    const film_names all = film_names_of(&keys);
    if (!sqlite_join_names(&all, ' ', &c->base.scratch, &words))
        return error_no_memory(error, doing);
    return run_on(c, add_words_sql, words, id, error);
}

static bt_status unindex_titles(sqlite_catalogue *c, const film *f, uint32_t id, bt_error *error)
{
    film_names_builder keys = {0};
    const bt_status status = index_keys(c, false, f, id, &keys, error);
    if (status != BT_OK)
        return status;
    sqlite_call call = call_begin(&c->db, "DELETE FROM title_words WHERE film_id = ?");
    call_bind_int(&call, id);
    return call_run(&call, doing, error);
}

/* --- countries and languages ----------------------------------------------------------------------------------------- */

const char *sqlite_code(char kind, const char *code, arena *a)
{
    char *text = arena_format(a, "%c:%s", kind, code);
    for (char *at = text; at != NULL && *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return text;
}

static bt_status index_codes(sqlite_catalogue *c, bool add, char kind, const film_names *codes, uint32_t id, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t i = 0; i < codes->n && status == BT_OK; i++) {
        const char *code = sqlite_code(kind, codes->items[i], &c->base.scratch);
        status = code != NULL ? change_index(c, KEYS_OF_CODES, add, code, id, error) : error_no_memory(error, doing);
    }
    return status;
}

/* --- a film ---------------------------------------------------------------------------------------------------------- */

bt_status sqlite_index_film(sqlite_catalogue *c, const film *f, uint32_t id, bt_error *error)
{
    bt_status status = index_titles(c, f, id, error);
    if (status == BT_OK)
        status = index_codes(c, true, SQLITE_COUNTRY, &f->countries, id, error);
    return status == BT_OK ? index_codes(c, true, SQLITE_LANGUAGE, &f->languages, id, error) : status;
}

bt_status sqlite_unindex_film(sqlite_catalogue *c, const film *f, uint32_t id, bt_error *error)
{
    bt_status status = unindex_titles(c, f, id, error);
    if (status == BT_OK)
        status = index_codes(c, false, SQLITE_COUNTRY, &f->countries, id, error);
    return status == BT_OK ? index_codes(c, false, SQLITE_LANGUAGE, &f->languages, id, error) : status;
}
