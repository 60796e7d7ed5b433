/* Parsing a map: key=COLUMN, cut by commas. */
#include "import/map.h"

#include <string.h>

#include "base/error.h"

typedef struct map_key {
    const char *name;
    char *value;
    size_t size;
} map_key;

static const char expected[] = "expected user=COLUMN,item=COLUMN,rating=COLUMN,timestamp=COLUMN; for item= also movielens=, "
                               "tmdb= or imdb=; title= and source=";

/* One "key=COLUMN". */
static bt_status take_pair(const char *pair, size_t length, const map_key *keys, size_t n_keys, bt_error *error)
{
    const char *equals = memchr(pair, '=', length);
    const size_t name = equals ? (size_t)(equals - pair) : length;
    for (size_t i = 0; i < n_keys; i++) {
        const map_key *key = &keys[i];
        if (strlen(key->name) != name || memcmp(key->name, pair, name) != 0)
            continue;
        const size_t value = equals ? length - name - 1 : 0;
        if (key->value[0] != '\0')
            return error_set(error, BT_INVALID_ARGUMENT, "--map: %s= stands twice", key->name);
        if (value == 0 || value >= key->size)
            return error_set(error, BT_INVALID_ARGUMENT, "--map: %s= needs a name of 1 to %zu bytes", key->name, key->size - 1);
        memcpy(key->value, equals + 1, value);
        return BT_OK;
    }
    return error_set(error, BT_INVALID_ARGUMENT, "--map: \"%.*s\" is no key; %s", (int)name, pair, expected);
}

/* Letters, digits and "-": it becomes a part of user keys and of a file's name. */
static bool is_source(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* What the keys need of each other. */
static bt_status check(const import_map *m, bt_error *error)
{
    const int n_films = (m->item[0] != '\0') + (m->movielens[0] != '\0') + (m->tmdb[0] != '\0') + (m->imdb[0] != '\0');
    if (m->user[0] == '\0' || m->rating[0] == '\0' || n_films != 1)
        return error_set(error, BT_INVALID_ARGUMENT,
                         "--map needs user=, rating= and one of item=, movielens=, tmdb=, imdb=; %s", expected);
    if (m->title[0] != '\0' && m->item[0] == '\0')
        return error_set(error, BT_INVALID_ARGUMENT, "--map: title= goes with item=, whose films are new");
    if (!is_source(m->source))
        return error_set(error, BT_INVALID_ARGUMENT, "--map: source=%s: expected small letters, digits and -", m->source);
    return BT_OK;
}

bt_status import_map_parse(const char *text, import_map *out, bt_error *error)
{
    *out = (import_map){0};
    const map_key keys[] = {
#define IMPORT_MAP_KEY(key) {#key, out->key, sizeof out->key},
        IMPORT_MAP_LIST(IMPORT_MAP_KEY)
#undef IMPORT_MAP_KEY
            {"source", out->source, sizeof out->source},
    };
    bt_status status = BT_OK;
    for (bool more = true; more && status == BT_OK;) {
        const size_t length = strcspn(text, ",");
        status = take_pair(text, length, keys, sizeof keys / sizeof *keys, error);
        more = text[length] == ',';
        text += length + more;
    }
    if (status == BT_OK && out->source[0] == '\0')
        memcpy(out->source, "csv", sizeof "csv");
    return status == BT_OK ? check(out, error) : status;
}
