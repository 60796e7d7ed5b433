/* POST /api/v1/recommendations and its rows: a taste comes with the request, the list goes back, and nothing is kept.
 *
 * It computes only (fold-in, exact scores, reasons), so it runs on the thread that read the request. The request's bounds, 5,000
 * opinions and 256 KiB, bound its cost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/json.h"
#include "base/checksum.h"
#include "base/random.h"
#include "server/fields.h"
#include "server/handlers.h"
#include "server/state.h"
#include "server/wish.h"

enum { REACH_MAX = 1000, ROW_LENGTH = 12 };

static void reply_failure(request *r, const bt_error *error)
{
    if (error->status == BT_NOT_FOUND) /* there is a model, so it is a genre */
        reply_bad_field(r, "/filters/genres", "%s", error->message);
    else if (error->status == BT_INVALID_ARGUMENT)
        reply_bad_field(r, "/profile", "%s", error->message);
    else
        reply_error(r, error);
}

/* The body as JSON, if there is a model to answer it. */
static bool read_body(request *r, json_t **root)
{
    if (!app_model(r->app)) {
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no-model", "there is no model yet; run `butaca train`");
        return false;
    }
    return request_json(r, root);
}

/* --- pages ----------------------------------------------------------------------------------------------------------- */

/* What a profile means for lists, in any order of its opinions and however they were said. */
static uint64_t opinions_hash(const app_wish *w)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < w->n_opinions; i++) {
        const bt_opinion *o = &w->opinions[i];
        const uint64_t meaning = (uint64_t)bt_opinion_taste(o) << 1 | (bt_opinion_known(o) ? 1 : 0);
        sum += meaning != 0 ? random_mix((uint64_t)o->film_id << 8 | meaning) : 0;
    }
    return sum;
}

/* Of model and texts, the profile and everything in the body but `limit` and `cursor`: a cursor belongs to one list. */
static bool fingerprint_of(request *r, const json_t *root, const app_wish *w, uint64_t *fingerprint)
{
    static const char *const left_out[] = {"limit", "cursor", "profile", "what_if"};
    json_t *rest = json_copy((json_t *)(uintptr_t)root);
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        json_object_del(rest, left_out[i]);
    char *text = json_dumps(rest, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(rest);
    if (!text) {
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
        return false;
    }
    *fingerprint = random_mix(checksum_of(text, strlen(text)) ^ app_lists_id(r->app)) ^ opinions_hash(w);
    free(text);
    return true;
}

static bool read_cursor(request *r, const json_t *root, uint64_t fingerprint, app_wish *w)
{
    const json_t *field = json_object_get(root, "cursor");
    if (!field || json_is_null(field))
        return true;
    uint32_t offset = 0;
    if (!json_is_string(field) || !cursor_read(json_string_value(field), fingerprint, &offset)) {
        reply_bad_field(r, "/cursor",
                        "not a next_cursor of this wish, or the model is another one now: begin with the first page");
        return false;
    }
    w->offset = offset < REACH_MAX ? offset : REACH_MAX;
    w->limit = w->limit < REACH_MAX - w->offset ? w->limit : REACH_MAX - w->offset;
    return true;
}

/* The cursor of the page after this one; null on the last. */
static json_t *next_cursor(const app_wish *w, const bt_list *list, uint64_t fingerprint)
{
    char text[CURSOR_SIZE];
    const size_t end = w->offset + list->n_films;
    if (end >= list->n_total || end >= REACH_MAX)
        return json_null();
    cursor_write(text, fingerprint, (uint32_t)end);
    return json_string(text);
}

/* --- answers --------------------------------------------------------------------------------------------------------- */

/* `before`: the wish without what is tried; NULL: nothing is. */
static void answer(request *r, app_wish *w, app_wish *before, uint64_t fingerprint)
{
    bt_error error = {0};
    bt_list *list = NULL;
    size_t *ranks = NULL;
    bt_status status = app_recommend(r->app, w, &list, &error);
    if (status == BT_OK && before) {
        ranks = arena_take(&r->memory, (list->n_films + 1) * sizeof *ranks);
        status = ranks ? app_ranks(r->app, before, list, ranks, &error) : (error.status = BT_NO_MEMORY);
    }
    bt_predicted_rating *predicted = NULL;
    if (status == BT_OK)
        status = app_predict_list(r->app, w, list, &r->memory, &predicted, &error);
    if (status == BT_OK) {
        json_t *body = app_json_list(r->app, list, ranks, predicted);
        json_object_set_new(body, "next_cursor", next_cursor(w, list, fingerprint));
        reply_json(r, MHD_HTTP_OK, body);
    } else {
        reply_failure(r, &error);
    }
    bt_list_free(list);
}

void recommendations_post(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    if (!read_body(r, &root))
        return;
    app_wish w = app_wish_default(), changed;
    uint64_t fingerprint = 0;
    if (fields_check_object(r, root, "",
                            "profile limit explain predict reasons diversity dial texts weights filters what_if cursor") &&
        wish_read(r, root, &w) && wish_read_change(r, root, &w, &changed) && fingerprint_of(r, root, &changed, &fingerprint) &&
        read_cursor(r, root, fingerprint, &changed)) {
        if (changed.limit == 0) /* behind the 1,000th film */
            reply_bad_field(r, "/cursor", "pages reach to film %d", REACH_MAX);
        else
            answer(r, &changed, json_object_get(root, "what_if") ? &w : NULL, fingerprint);
    }
    json_decref(root);
}

void recommendations_rows(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    if (!read_body(r, &root))
        return;
    app_wish w = app_wish_default();
    w.limit = ROW_LENGTH;
    bt_error error = {0};
    app_rows rows = {0};
    if (fields_check_object(r, root, "", "profile limit explain reasons diversity dial texts weights filters") &&
        wish_read(r, root, &w)) {
        if (app_make_rows(r->app, &w, &r->memory, &rows, &error) == BT_OK)
            reply_json(r, MHD_HTTP_OK, app_json_rows(r->app, &rows));
        else
            reply_failure(r, &error);
    }
    app_rows_free(&rows);
    json_decref(root);
}
