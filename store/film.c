/* Films as values. All lists of a film are short (a cast of 100 is a long one), so uniting two of them by comparing all pairs is
 * the fastest way as well as the shortest.
 */
#include "store/film.h"

#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "text/utf8.h"

enum { YEAR_MAX = 9999, RUNTIME_MAX = 100000, TEXT_MAX = 1 << 20 };

/* --- lists --------------------------------------------------------------------------------------------------------- */

void *list_room(arena *a, void *items, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return items;
    const size_t larger = *capacity == 0 ? 4 : *capacity * 2;
    void *moved = arena_take(a, larger * size);
    if (moved == NULL)
        return NULL;
    if (n > 0)
        memcpy(moved, items, n * size);
    *capacity = larger;
    return moved;
}

bool film_names_add(film_names_builder *b, arena *a, const char *name)
{
    const char **items = list_room(a, b->items, b->n, &b->capacity, sizeof *items);
    if (items == NULL)
        return false;
    b->items = items;
    items[b->n++] = name;
    return true;
}

film_names film_names_of(const film_names_builder *b)
{
    return (film_names){b->items, b->n};
}

/* --- checks -------------------------------------------------------------------------------------------------------- */

static bt_status check_length(const char *what, const char *text, size_t limit, bt_error *error)
{
    if (text == NULL)
        return BT_OK;
    const size_t n = strnlen(text, limit + 1);
    if (n > limit)
        return error_set(error, BT_LIMIT, "%s has more than %zu bytes ('%.40s…'): shorten it", what, limit, text);
    if (!utf8_is_valid(text, n))
        return error_set(error, BT_BAD_FORMAT, "%s is not UTF-8: convert the file to UTF-8", what);
    return BT_OK;
}

bt_status film_check_text(const char *what, const char *text, bt_error *error)
{
    return check_length(what, text, CATALOGUE_TITLE_MAX, error);
}

static bt_status check_given(const char *what, const char *text, bt_error *error)
{
    if (text == NULL || text[0] == '\0')
        return error_set(error, BT_INVALID_ARGUMENT, "%s is missing: expected text", what);
    return film_check_text(what, text, error);
}

static bt_status check_name(const char *what, const char *name, bt_error *error)
{
    if (name == NULL)
        return error_set(error, BT_INVALID_ARGUMENT, "a %s is NULL", what);
    if (strchr(name, FILM_UNIT_SEPARATOR) != NULL)
        return error_set(error, BT_BAD_FORMAT, "a %s has a control character (U+001F) in it: take it out", what);
    return film_check_text(what, name, error);
}

bt_status film_check_names(const char *what, const film_names *names, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t i = 0; i < names->n && status == BT_OK; i++)
        status = check_name(what, names->items[i], error);
    return status;
}

static bt_status check_text(const film_text *t, bt_error *error)
{
    bt_status status = check_given("the language of a film's text", t->language, error);
    if (status == BT_OK)
        status = check_given("the source of a film's text", t->source, error);
    if (status == BT_OK)
        status = film_check_text("a film's title in another language", t->title, error);
    return status == BT_OK ? check_length("a film's overview", t->overview, TEXT_MAX, error) : status;
}

static bt_status check_id(const film_id_pair *id, bt_error *error)
{
    const bt_status status = check_given("the source of a film's id", id->source, error);
    return status == BT_OK ? check_given("a film's id", id->value, error) : status;
}

static bt_status check_scalars(const film *f, bt_error *error)
{
    if (f->title != NULL && f->title[0] == '\0')
        return error_set(error, BT_INVALID_ARGUMENT, "a film's title is empty: give it one, or NULL to keep the stored one");
    if (f->year < 0 || f->year > YEAR_MAX)
        return error_set(error, BT_INVALID_ARGUMENT, "year %d of '%.80s': expected 0 to %d", f->year,
                         f->title != NULL ? f->title : "a film", YEAR_MAX);
    if (f->runtime < 0 || f->runtime > RUNTIME_MAX)
        return error_set(error, BT_INVALID_ARGUMENT, "runtime %d of '%.80s': expected 0 to %d minutes", f->runtime,
                         f->title != NULL ? f->title : "a film", RUNTIME_MAX);
    bt_status status = film_check_text("a film's title", f->title, error);
    if (status == BT_OK)
        status = film_check_text("a film's original title", f->original_title, error);
    return status == BT_OK ? film_check_text("the address of a film's poster", f->poster, error) : status;
}

bt_status film_check(const film *f, bt_error *error)
{
    const struct {
        const char *what;
        const film_names *names;
    } lists[] = {
        {"other title", &f->other_titles}, {"genre", &f->genres},       {"country", &f->countries},
        {"language", &f->languages},       {"director", &f->directors}, {"cast member", &f->cast},
        {"writer", &f->writers},           {"theme", &f->themes},       {"tag", &f->tags},
    };
    bt_status status = check_scalars(f, error);
    for (size_t i = 0; i < sizeof lists / sizeof *lists && status == BT_OK; i++)
        status = film_check_names(lists[i].what, lists[i].names, error);
    for (size_t i = 0; i < f->n_texts && status == BT_OK; i++)
        status = check_text(&f->texts[i], error);
    for (size_t i = 0; i < f->n_ids && status == BT_OK; i++)
        status = check_id(&f->ids[i], error);
    return status;
}

/* --- merging ------------------------------------------------------------------------------------------------------- */

const char *film_outside_value(const char *source, const char *value)
{
    return strcmp(source, "imdb") == 0 && strncmp(value, "tt", 2) == 0 ? value + 2 : value;
}

static bool contains(const film_names_builder *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->items[i], name) == 0)
            return true;
    return false;
}

/* The names of x and then those of y that x lacks. Names that are empty are left out. */
static bool unite_names(const film_names *x, const film_names *y, arena *a, film_names *out)
{
    film_names_builder b = {0};
    for (size_t i = 0; i < x->n + y->n; i++) {
        const char *name = i < x->n ? x->items[i] : y->items[i - x->n];
        if (name[0] != '\0' && !contains(&b, name) && !film_names_add(&b, a, name))
            return false;
    }
    *out = film_names_of(&b);
    return true;
}

/* Newer's names if it has any. */
static bool choose_names(const film_names *stored, const film_names *newer, arena *a, film_names *out)
{
    const film_names none = {0};
    if (!unite_names(newer, &none, a, out))
        return false;
    if (out->n == 0)
        *out = *stored;
    return true;
}

static int compare_texts(const void *x, const void *y)
{
    const film_text *s = x, *t = y;
    const int order = strcmp(s->language, t->language);
    return order != 0 ? order : strcmp(s->source, t->source);
}

static int compare_ids(const void *x, const void *y)
{
    const film_id_pair *s = x, *t = y;
    const int order = strcmp(s->source, t->source);
    return order != 0 ? order : strcmp(s->value, t->value);
}

static bool unite_texts(const film *stored, const film *newer, arena *a, film *out)
{
    film_text *texts = arena_take(a, (stored->n_texts + newer->n_texts) * sizeof *texts);
    if (texts == NULL)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < stored->n_texts + newer->n_texts; i++) {
        const film_text *t = i < stored->n_texts ? &stored->texts[i] : &newer->texts[i - stored->n_texts];
        size_t at = 0;
        while (at < n && compare_texts(&texts[at], t) != 0)
            at++;
        texts[at] = *t;
        n += at == n;
    }
    if (n > 0)
        qsort(texts, n, sizeof *texts, compare_texts);
    out->texts = texts;
    out->n_texts = n;
    return true;
}

static bool unite_ids(const film *stored, const film *newer, arena *a, film *out)
{
    film_id_pair *ids = arena_take(a, (stored->n_ids + newer->n_ids) * sizeof *ids);
    if (ids == NULL)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < stored->n_ids + newer->n_ids; i++) {
        film_id_pair id = i < stored->n_ids ? stored->ids[i] : newer->ids[i - stored->n_ids];
        id.value = film_outside_value(id.source, id.value);
        size_t at = 0;
        while (at < n && compare_ids(&ids[at], &id) != 0)
            at++;
        ids[at] = id;
        n += at == n;
    }
    if (n > 0)
        qsort(ids, n, sizeof *ids, compare_ids);
    out->ids = ids;
    out->n_ids = n;
    return true;
}

bt_status film_merge(const film *stored, const film *newer, arena *a, film *out, bt_error *error)
{
    *out = (film){
        .id = stored->id,
        .title = newer->title != NULL ? newer->title : stored->title,
        .original_title = newer->original_title != NULL ? newer->original_title : stored->original_title,
        .year = newer->year != 0 ? newer->year : stored->year,
        .runtime = newer->runtime != 0 ? newer->runtime : stored->runtime,
        .poster = newer->poster != NULL ? newer->poster : stored->poster,
        .votes = stored->votes,
        .rating = stored->rating,
    };
    const bool fits = unite_names(&stored->other_titles, &newer->other_titles, a, &out->other_titles) &&
                      choose_names(&stored->genres, &newer->genres, a, &out->genres) &&
                      choose_names(&stored->countries, &newer->countries, a, &out->countries) &&
                      choose_names(&stored->languages, &newer->languages, a, &out->languages) &&
                      choose_names(&stored->directors, &newer->directors, a, &out->directors) &&
                      choose_names(&stored->cast, &newer->cast, a, &out->cast) &&
                      choose_names(&stored->writers, &newer->writers, a, &out->writers) &&
                      choose_names(&stored->themes, &newer->themes, a, &out->themes) &&
                      choose_names(&stored->tags, &newer->tags, a, &out->tags) && unite_texts(stored, newer, a, out) &&
                      unite_ids(stored, newer, a, out);
    return fits ? BT_OK : error_no_memory(error, "merging what is known of a film");
}

/* --- comparing ----------------------------------------------------------------------------------------------------- */

static bool same_string(const char *x, const char *y)
{
    return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

static bool same_names(const film_names *x, const film_names *y)
{
    bool same = x->n == y->n;
    for (size_t i = 0; same && i < x->n; i++)
        same = strcmp(x->items[i], y->items[i]) == 0;
    return same;
}

static bool same_texts(const film *x, const film *y)
{
    bool same = x->n_texts == y->n_texts;
    for (size_t i = 0; same && i < x->n_texts; i++)
        same = compare_texts(&x->texts[i], &y->texts[i]) == 0 && same_string(x->texts[i].title, y->texts[i].title) &&
               same_string(x->texts[i].overview, y->texts[i].overview);
    return same;
}

static bool same_ids(const film *x, const film *y)
{
    bool same = x->n_ids == y->n_ids;
    for (size_t i = 0; same && i < x->n_ids; i++)
        same = compare_ids(&x->ids[i], &y->ids[i]) == 0;
    return same;
}

bool film_same(const film *x, const film *y)
{
    return x->id == y->id && x->year == y->year && x->runtime == y->runtime && same_string(x->title, y->title) &&
           same_string(x->original_title, y->original_title) && same_names(&x->other_titles, &y->other_titles) &&
           same_names(&x->genres, &y->genres) && same_names(&x->countries, &y->countries) &&
           same_names(&x->languages, &y->languages) && same_names(&x->directors, &y->directors) &&
           same_string(x->poster, y->poster) && same_names(&x->writers, &y->writers) && same_names(&x->cast, &y->cast) &&
           same_names(&x->themes, &y->themes) && same_names(&x->tags, &y->tags) && same_texts(x, y) && same_ids(x, y);
}

/* --- the checksum -------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t sum, uint64_t value)
{
    const uint64_t parts[] = {sum, value};
    return checksum_of(parts, sizeof parts);
}

static uint64_t mix_string(uint64_t sum, const char *text)
{
    return mix(sum, text != NULL ? checksum_of(text, strlen(text)) : 0);
}

static uint64_t mix_names(uint64_t sum, const film_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        sum = mix_string(sum, names->items[i]);
    return mix(sum, names->n);
}

uint64_t film_names_checksum(const film_names *names)
{
    return mix_names(0, names);
}

uint64_t film_checksum(const film *f)
{
    const film_names *lists[] = {&f->other_titles, &f->genres,  &f->countries, &f->languages, &f->directors,
                                 &f->cast,         &f->writers, &f->themes,    &f->tags};
    uint64_t sum = mix(mix(f->id, (uint64_t)f->year), (uint64_t)f->runtime);
    sum = mix_string(mix_string(mix_string(sum, f->title), f->original_title), f->poster);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        sum = mix_names(sum, lists[i]);
    for (size_t i = 0; i < f->n_texts; i++) {
        const film_text *t = &f->texts[i];
        sum = mix_string(mix_string(mix_string(mix_string(sum, t->language), t->source), t->title), t->overview);
    }
    for (size_t i = 0; i < f->n_ids; i++)
        sum = mix_string(mix_string(sum, f->ids[i].source), f->ids[i].value);
    return sum != 0 ? sum : 1;
}
