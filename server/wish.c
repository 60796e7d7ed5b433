/* Reading a wish from a JSON body, a field after the other. */
#include "server/wish.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "server/fields.h"
#include "server/filters.h"

enum { LIST_MAX = 100, OPINIONS_MAX = 5000 };

static bool no_memory(request *r)
{
    reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
    return false;
}

/* --- opinions -------------------------------------------------------------------------------------------------------- */

static bool read_verdict(request *r, const json_t *object, const char *at, uint8_t *verdict)
{
    const json_t *field = json_object_get(object, "verdict");
    const char *word = json_string_value(field);
    if (!field || json_is_null(field)) {
        *verdict = BT_NO_VERDICT;
    } else if (word && strcmp(word, "like") == 0) {
        *verdict = BT_LIKE;
    } else if (word && strcmp(word, "dislike") == 0) {
        *verdict = BT_DISLIKE;
    } else {
        char pointer[FIELDS_POINTER_MAX];
        fields_pointer(pointer, at, "verdict");
        reply_bad_field(r, pointer, "expected \"like\", \"dislike\" or null");
        return false;
    }
    return true;
}

static bool read_rating(request *r, const json_t *object, const char *at, uint8_t *half_stars)
{
    const json_t *field = json_object_get(object, "rating");
    *half_stars = 0;
    if (!field || json_is_null(field))
        return true;
    const double halves = json_is_number(field) ? 2.0 * json_number_value(field) : 0.0;
    if (!(halves >= 1.0 && halves <= 10.0) || halves != floor(halves)) {
        char pointer[FIELDS_POINTER_MAX];
        fields_pointer(pointer, at, "rating");
        reply_bad_field(r, pointer, "expected 0.5 to 5 in steps of 0.5, or null");
        return false;
    }
    *half_stars = (uint8_t)halves;
    return true;
}

static bool read_opinion(request *r, const json_t *value, const char *at, bt_opinion *opinion)
{
    if (!fields_check_object(r, value, at, "film_id verdict seen rating want") ||
        !fields_whole(r, value, at, "film_id", 1, UINT32_MAX, &opinion->film_id) ||
        !read_verdict(r, value, at, &opinion->verdict) || !read_rating(r, value, at, &opinion->half_stars) ||
        !fields_bool(r, value, at, "seen", &opinion->seen) || !fields_bool(r, value, at, "want", &opinion->want))
        return false;
    if (opinion->film_id == 0) {
        reply_bad_field(r, at, "an opinion needs a film_id");
        return false;
    }
    return true;
}

/* The opinions of root[name], an array; *opinions NULL: it isn't there. */
static bool read_opinions(request *r, const json_t *root, const char *name, bt_opinion **opinions, size_t *n)
{
    const json_t *array;
    *opinions = NULL;
    if (!fields_array(r, root, "", name, OPINIONS_MAX, &array) || !array)
        return r->reply.status == 0;
    *n = json_array_size(array);
    *opinions = arena_take(&r->memory, (*n + 1) * sizeof **opinions);
    if (!*opinions)
        return no_memory(r);
    memset(*opinions, 0, *n * sizeof **opinions);
    for (size_t i = 0; i < *n; i++) {
        char at[32];
        snprintf(at, sizeof at, "/%s/%zu", name, i);
        if (!read_opinion(r, json_array_get(array, i), at, &(*opinions)[i]))
            return false;
    }
    return true;
}

static bool read_profile(request *r, const json_t *root, app_wish *w)
{
    if (!read_opinions(r, root, "profile", &w->opinions, &w->n_opinions))
        return false;
    if (!w->opinions)
        reply_bad_field(r, "", "the field \"profile\" is missing; [] asks for what most people like");
    return w->opinions != NULL;
}

static bool read_weight(request *r, const json_t *value, const char *at, bt_opinion_weight *weight)
{
    weight->weight = -1;
    if (!fields_check_object(r, value, at, "film_id weight") ||
        !fields_whole(r, value, at, "film_id", 1, UINT32_MAX, &weight->film_id) ||
        !fields_real(r, value, at, "weight", 0, BT_WEIGHT_MAX, &weight->weight))
        return false;
    if (weight->film_id == 0 || weight->weight < 0)
        reply_bad_field(r, at, "expected a film_id and a weight");
    return r->reply.status == 0;
}

static bool read_weights(request *r, const json_t *root, app_wish *w)
{
    const json_t *array;
    if (!fields_array(r, root, "", "weights", OPINIONS_MAX, &array) || !array)
        return r->reply.status == 0;
    w->n_weights = json_array_size(array);
    w->weights = arena_take(&r->memory, (w->n_weights + 1) * sizeof *w->weights);
    if (!w->weights)
        return no_memory(r);
    memset(w->weights, 0, w->n_weights * sizeof *w->weights);
    for (size_t i = 0; i < w->n_weights; i++) {
        char at[32];
        snprintf(at, sizeof at, "/weights/%zu", i);
        if (!read_weight(r, json_array_get(array, i), at, &w->weights[i]))
            return false;
    }
    return true;
}

/* --- filters --------------------------------------------------------------------------------------------------------- */

/* An array of names; `what` each of them is. */
static bool read_names(request *r, const json_t *filters, const char *name, const char *what, const char *const **names,
                       size_t *n)
{
    const json_t *array;
    if (!fields_array(r, filters, "/filters", name, FILTERS_NAMES_MAX, &array) || !array)
        return r->reply.status == 0;
    *n = json_array_size(array);
    const char **items = arena_take(&r->memory, (*n + 1) * sizeof *items);
    if (!items)
        return no_memory(r);
    for (size_t i = 0; i < *n; i++) {
        items[i] = json_string_value(json_array_get(array, i));
        if (!items[i]) {
            char pointer[FIELDS_POINTER_MAX];
            snprintf(pointer, sizeof pointer, "/filters/%s/%zu", name, i);
            reply_bad_field(r, pointer, "expected the %s", what);
            return false;
        }
    }
    *names = items;
    return true;
}

static bool read_ids(request *r, const json_t *filters, const char *name, const uint32_t **ids, size_t *n)
{
    const json_t *array;
    if (!fields_array(r, filters, "/filters", name, FILTERS_IDS_MAX, &array) || !array)
        return r->reply.status == 0;
    *n = json_array_size(array);
    uint32_t *items = arena_take(&r->memory, (*n + 1) * sizeof *items);
    if (!items)
        return no_memory(r);
    for (size_t i = 0; i < *n; i++) {
        char pointer[FIELDS_POINTER_MAX];
        snprintf(pointer, sizeof pointer, "/filters/%s/%zu", name, i);
        if (!fields_whole_value(r, json_array_get(array, i), pointer, 1, UINT32_MAX, &items[i]))
            return false;
    }
    *ids = items;
    return true;
}

/* A bound; null: open. */
static bool read_bound(request *r, const json_t *filters, const char *name, uint32_t min, uint32_t max, uint32_t *value)
{
    return json_is_null(json_object_get(filters, name)) || fields_whole(r, filters, "/filters", name, min, max, value);
}

static bool read_bounds(request *r, const json_t *filters, app_filter *f)
{
    uint32_t from_year = 0, to_year = 0, from_runtime = 0, to_runtime = 0;
    if (!read_bound(r, filters, "from_year", FILTERS_YEAR_MIN, FILTERS_YEAR_MAX, &from_year) ||
        !read_bound(r, filters, "to_year", FILTERS_YEAR_MIN, FILTERS_YEAR_MAX, &to_year) ||
        !read_bound(r, filters, "from_runtime", 1, FILTERS_RUNTIME_MAX, &from_runtime) ||
        !read_bound(r, filters, "to_runtime", 1, FILTERS_RUNTIME_MAX, &to_runtime) ||
        !read_bound(r, filters, "from_likes", 1, UINT32_MAX, &f->from_likes) ||
        !read_bound(r, filters, "to_likes", 1, UINT32_MAX, &f->to_likes))
        return false;
    f->from_year = (int)from_year;
    f->to_year = (int)to_year;
    f->from_runtime = (int)from_runtime;
    f->to_runtime = (int)to_runtime;
    return true;
}

static bool read_text(request *r, const json_t *filters, app_filter *f)
{
    const json_t *text = json_object_get(filters, "text");
    if (!text || json_is_null(text))
        return true;
    f->text = json_string_value(text);
    if (!f->text || json_string_length(text) > BT_SEARCH_QUERY_MAX)
        reply_bad_field(r, "/filters/text", "expected a text of at most %d bytes", BT_SEARCH_QUERY_MAX);
    return r->reply.status == 0;
}

static bool read_filters(request *r, const json_t *root, app_filter *f)
{
    const json_t *filters = json_object_get(root, "filters");
    if (!filters)
        return true;
    return fields_check_object(r, filters, "/filters",
                               "genres languages countries from_year to_year from_runtime to_runtime from_likes to_likes text "
                               "only without") &&
           read_names(r, filters, "genres", "name of a genre", &f->genres, &f->n_genres) &&
           read_names(r, filters, "languages", "code of a language", &f->languages, &f->n_languages) &&
           read_names(r, filters, "countries", "code of a country", &f->countries, &f->n_countries) &&
           read_bounds(r, filters, f) && read_text(r, filters, f) && read_ids(r, filters, "only", &f->only, &f->n_only) &&
           read_ids(r, filters, "without", &f->without, &f->n_without);
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

bool wish_read(request *r, const json_t *root, app_wish *w)
{
    bool texts = true;
    uint32_t limit = (uint32_t)w->limit, reasons = (uint32_t)w->reasons_max, dial = (uint32_t)w->dial;
    const bool read = read_profile(r, root, w) && fields_whole(r, root, "", "limit", 1, LIST_MAX, &limit) &&
                      fields_bool(r, root, "", "explain", &w->explain) &&
                      fields_whole(r, root, "", "reasons", 1, OPINIONS_MAX, &reasons) &&
                      fields_real(r, root, "", "diversity", 0, 1, &w->diversity) &&
                      fields_whole(r, root, "", "dial", BT_DIAL_SAFE, BT_DIAL_ADVENTUROUS, &dial) &&
                      fields_bool(r, root, "", "texts", &texts) && fields_bool(r, root, "", "predict", &w->predict) &&
                      read_weights(r, root, w) && read_filters(r, root, &w->filter);
    w->limit = limit;
    w->reasons_max = reasons;
    w->dial = (int)dial;
    w->without_texts = !texts;
    return read;
}

bool wish_read_change(request *r, const json_t *root, const app_wish *w, app_wish *changed)
{
    bt_opinion *changes, *opinions;
    size_t n = 0;
    *changed = *w;
    if (!read_opinions(r, root, "what_if", &changes, &n) || !changes)
        return r->reply.status == 0;
    opinions = arena_take(&r->memory, (w->n_opinions + n + 1) * sizeof *opinions);
    if (!opinions)
        return no_memory(r);
    memcpy(opinions, changes, n * sizeof *opinions);
    changed->n_opinions = n;
    for (size_t i = 0; i < w->n_opinions; i++) {
        size_t at = 0;
        while (at < n && changes[at].film_id != w->opinions[i].film_id)
            at++;
        if (at == n)
            opinions[changed->n_opinions++] = w->opinions[i];
    }
    changed->opinions = opinions;
    return true;
}
