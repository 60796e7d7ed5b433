/* POST /api/v1/recommendations: a taste comes with the request, the list goes back, and nothing is kept.
 *
 * It computes only (fold-in, exact scores, reasons), so it runs on the thread that read the request. The request's bounds, 5,000
 * opinions and 256 KiB, bound its cost.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/json.h"
#include "server/fields.h"
#include "server/handlers.h"
#include "server/state.h"

enum { OPINIONS_MAX = 5000, GENRES_MAX = 64, LIST_MAX = 100, LIST_DEFAULT = 20, YEAR_MIN = 1870, YEAR_MAX = 2200 };

typedef struct wish {
    bt_opinion *opinions;
    size_t n_opinions;
    app_filter filter;
    uint32_t limit;
    bool explain;
} wish;

static bool no_memory(request *r)
{
    reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
    return false;
}

/* --- reading the wish ------------------------------------------------------------------------------------------------ */

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

static bool read_opinion(request *r, const json_t *value, size_t index, bt_opinion *opinion)
{
    char at[32];
    snprintf(at, sizeof at, "/profile/%zu", index);
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

static bool read_profile(request *r, const json_t *root, wish *w)
{
    const json_t *profile;
    if (!fields_array(r, root, "", "profile", OPINIONS_MAX, &profile))
        return false;
    if (!profile) {
        reply_bad_field(r, "", "the field \"profile\" is missing; [] asks for what most people like");
        return false;
    }
    w->n_opinions = json_array_size(profile);
    w->opinions = arena_take(&r->memory, (w->n_opinions + 1) * sizeof *w->opinions);
    if (!w->opinions)
        return no_memory(r);
    memset(w->opinions, 0, w->n_opinions * sizeof *w->opinions);
    for (size_t i = 0; i < w->n_opinions; i++)
        if (!read_opinion(r, json_array_get(profile, i), i, &w->opinions[i]))
            return false;
    return true;
}

static bool read_genres(request *r, const json_t *filters, app_filter *filter)
{
    const json_t *names;
    if (!fields_array(r, filters, "/filters", "genres", GENRES_MAX, &names) || !names)
        return r->reply.status == 0;
    filter->n_genres = json_array_size(names);
    const char **genres = arena_take(&r->memory, (filter->n_genres + 1) * sizeof *genres);
    if (!genres)
        return no_memory(r);
    for (size_t i = 0; i < filter->n_genres; i++) {
        genres[i] = json_string_value(json_array_get(names, i));
        if (!genres[i]) {
            char pointer[FIELDS_POINTER_MAX];
            snprintf(pointer, sizeof pointer, "/filters/genres/%zu", i);
            reply_bad_field(r, pointer, "expected the name of a genre");
            return false;
        }
    }
    filter->genres = genres;
    return true;
}

static bool read_without(request *r, const json_t *filters, app_filter *filter)
{
    const json_t *ids;
    if (!fields_array(r, filters, "/filters", "without", OPINIONS_MAX, &ids) || !ids)
        return r->reply.status == 0;
    filter->n_without = json_array_size(ids);
    uint32_t *without = arena_take(&r->memory, (filter->n_without + 1) * sizeof *without);
    if (!without)
        return no_memory(r);
    for (size_t i = 0; i < filter->n_without; i++) {
        char pointer[FIELDS_POINTER_MAX];
        snprintf(pointer, sizeof pointer, "/filters/without/%zu", i);
        if (!fields_whole_value(r, json_array_get(ids, i), pointer, 1, UINT32_MAX, &without[i]))
            return false;
    }
    filter->without = without;
    return true;
}

static bool read_year(request *r, const json_t *filters, const char *name, int *year)
{
    uint32_t value = 0;
    if (!json_is_null(json_object_get(filters, name)) &&
        !fields_whole(r, filters, "/filters", name, YEAR_MIN, YEAR_MAX, &value))
        return false;
    *year = (int)value;
    return true;
}

static bool read_filters(request *r, const json_t *root, app_filter *filter)
{
    const json_t *filters = json_object_get(root, "filters");
    if (!filters)
        return true;
    return fields_check_object(r, filters, "/filters", "genres from_year to_year without") && read_genres(r, filters, filter) &&
           read_year(r, filters, "from_year", &filter->from_year) && read_year(r, filters, "to_year", &filter->to_year) &&
           read_without(r, filters, filter);
}

static bool read_wish(request *r, const json_t *root, wish *w)
{
    return fields_check_object(r, root, "", "profile limit explain filters") && read_profile(r, root, w) &&
           fields_whole(r, root, "", "limit", 1, LIST_MAX, &w->limit) && fields_bool(r, root, "", "explain", &w->explain) &&
           read_filters(r, root, &w->filter);
}

/* --- answering it ---------------------------------------------------------------------------------------------------- */

static void answer(request *r, wish *w)
{
    bt_error error = {0};
    bt_list *list;
    const bt_status status = app_recommend(r->app, w->opinions, w->n_opinions, &w->filter, w->limit, w->explain, &list, &error);
    if (status == BT_OK)
        reply_json(r, MHD_HTTP_OK, app_json_list(r->app, list));
    else if (status == BT_NOT_FOUND) /* there is a model, so it is a genre */
        reply_bad_field(r, "/filters/genres", "%s", error.message);
    else if (status == BT_INVALID_ARGUMENT)
        reply_bad_field(r, "/profile", "%s", error.message);
    else
        reply_error(r, &error);
    bt_list_free(list);
}

void recommendations_post(request *r, catalogue *c)
{
    (void)c;
    if (!app_model(r->app)) {
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no-model", "there is no model yet; run `butaca train`");
        return;
    }
    json_t *root;
    if (!request_json(r, &root))
        return;
    wish w = {.limit = LIST_DEFAULT};
    if (read_wish(r, root, &w))
        answer(r, &w);
    json_decref(root);
}
