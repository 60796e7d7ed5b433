/* Events: what a person says about films. POST /api/v1/events answers when the event is durable and visible: the connection sleeps while
 * the log's thread writes it, together with all others that wait (stream/event_log.h).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/json.h"
#include "server/fields.h"
#include "server/handlers.h"
#include "server/kept.h"
#include "server/sessions.h"
#include "server/state.h"
#include "server/times.h"

enum { BATCH_MAX = 500, LIST_MAX = 100, LIST_DEFAULT = 20 };

/* --- reading an event ------------------------------------------------------------------------------------------------- */

static bool bad_field(request *r, const char *at, const char *name, const char *message)
{
    char pointer[FIELDS_POINTER_MAX];
    fields_pointer(pointer, at, name);
    reply_bad_field(r, pointer, "%s", message);
    return false;
}

static bool read_facet(request *r, const json_t *object, const char *at, event *e)
{
    const char *name = json_string_value(json_object_get(object, "facet"));
    event_facet facet;
    if (!name || !event_facet_find(name, &facet))
        return bad_field(r, at, "facet", "expected \"verdict\", \"seen\", \"rating\" or \"want\"");
    e->facet = (uint8_t)facet;
    return true;
}

static bool read_verdict(const json_t *field, uint8_t *value)
{
    const char *word = json_string_value(field);
    if (json_is_null(field))
        *value = BT_NO_VERDICT;
    else if (word && strcmp(word, "like") == 0)
        *value = BT_LIKE;
    else if (word && strcmp(word, "dislike") == 0)
        *value = BT_DISLIKE;
    else
        return false;
    return true;
}

static bool read_rating(const json_t *field, uint8_t *value)
{
    const double halves = json_is_number(field) ? 2.0 * json_number_value(field) : 0.0;
    *value = 0;
    if (json_is_null(field))
        return true;
    if (!(halves >= 1.0 && halves <= 10.0) || halves != floor(halves))
        return false;
    *value = (uint8_t)halves;
    return true;
}

static bool read_value(request *r, const json_t *object, const char *at, event *e)
{
    const json_t *field = json_object_get(object, "value");
    if (!field)
        return bad_field(r, at, "value", "missing; null takes a verdict or a rating back, false the others");
    if (e->facet == EVENT_VERDICT)
        return read_verdict(field, &e->value) || bad_field(r, at, "value", "expected \"like\", \"dislike\" or null");
    if (e->facet == EVENT_RATING)
        return read_rating(field, &e->value) || bad_field(r, at, "value", "expected 0.5 to 5 in steps of 0.5, or null");
    e->value = json_is_true(field);
    return json_is_boolean(field) || bad_field(r, at, "value", "expected true or false");
}

/* An undo names nothing but an event. */
static bool read_what(request *r, const json_t *object, const char *at, event *e)
{
    if (!event_id_is_zero(&e->undo_of)) {
        static const char *const others[] = {"film_id", "facet", "value"};
        for (int i = 0; i < 3; i++)
            if (json_object_get(object, others[i]))
                return bad_field(r, at, others[i], "an undo takes the film and its facet from the event that it names");
        return true;
    }
    if (!fields_whole(r, object, at, "film_id", 1, UINT32_MAX, &e->film_id))
        return false;
    if (!app_card(r->app, e->film_id))
        return bad_field(r, at, "film_id", e->film_id == 0 ? "missing" : "there is no such film");
    return read_facet(r, object, at, e) && read_value(r, object, at, e);
}

static int64_t microseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool read_at(request *r, const json_t *object, const char *at, event *e)
{
    const char *text = NULL;
    if (!fields_text(r, object, at, "at", 1, 64, &text))
        return false;
    e->at = microseconds_now();
    return !text || time_parse(text, &e->at) || bad_field(r, at, "at", "expected a time as in RFC 3339: 2026-01-31T18:00:00Z");
}

static bool read_id(request *r, const json_t *object, const char *at, const char *key, event *e)
{
    if (!fields_id(r, object, at, "event_id", &e->id))
        return false;
    const bool given = json_object_get(object, "event_id") != NULL;
    event_id from_key;
    if (key && (!event_id_parse(key, &from_key) || (given && event_id_compare(&from_key, &e->id) != 0)))
        return bad_field(r, at, "event_id", "the Idempotency-Key is the event's id");
    if (key)
        e->id = from_key;
    else if (!given)
        e->id = people_new_event_id();
    return event_id_is_v7(&e->id) || bad_field(r, at, "event_id", "expected a UUID of version 7");
}

static bool read_source(request *r, const json_t *object, const char *at, event *e)
{
    const char *source = "api";
    if (!fields_text(r, object, at, "source", 1, EVENT_SOURCE_SIZE - 1, &source))
        return false;
    if (source[strspn(source, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
        return bad_field(r, at, "source", "expected a-z, 0-9 and \"-\"");
    snprintf(e->source, sizeof e->source, "%s", source);
    return true;
}

static bool read_event(request *r, const json_t *object, const char *at, const char *key, event *e)
{
    *e = (event){.user = r->who.user};
    return fields_check_object(r, object, at, "event_id film_id facet value undo_of at source") &&
           read_id(r, object, at, key, e) && fields_id(r, object, at, "undo_of", &e->undo_of) && read_what(r, object, at, e) &&
           read_at(r, object, at, e) && read_source(r, object, at, e);
}

/* --- writing one ------------------------------------------------------------------------------------------------------ */

static json_t *value_json(const event *e)
{
    static const char *const verdicts[] = {NULL, "like", "dislike"};
    switch (e->facet) {
    case EVENT_VERDICT:
        return e->value == BT_LIKE || e->value == BT_DISLIKE ? json_string(verdicts[e->value]) : json_null();
    case EVENT_RATING:
        return e->value != 0 ? json_real(0.5 * e->value) : json_null();
    case EVENT_ERASE:
        return json_null();
    default:
        return json_boolean(e->value != 0);
    }
}

json_t *event_json(const event *e)
{
    char id[EVENT_ID_TEXT], undo_of[EVENT_ID_TEXT], at[TIME_TEXT];
    event_id_write(&e->id, id);
    event_id_write(&e->undo_of, undo_of);
    time_write(e->at, at);
    return json_pack("{s:s, s:I, s:s, s:I, s:s, s:o, s:s?, s:s}", "event_id", id, "version", (json_int_t)e->version, "at", at,
                     "film_id", (json_int_t)e->film_id, "facet", event_facet_name((event_facet)e->facet), "value",
                     value_json(e), "undo_of", event_id_is_zero(&e->undo_of) ? NULL : undo_of, "source", e->source);
}

/* --- posting ---------------------------------------------------------------------------------------------------------- */

typedef struct posted {
    event_append append;
    event_outcome *outcomes;
    bool single;
} posted;

static const char *const outcome_names[] = {[EVENT_ACCEPTED] = "accepted",
                                            [EVENT_KNOWN] = "known",
                                            [EVENT_CONFLICT] = "conflict",
                                            [EVENT_NOT_DECIDING] = "not_deciding",
                                            [EVENT_NOTHING_TO_UNDO] = "nothing_to_undo"};

static void answer_one(request *r, const posted *p, uint64_t version)
{
    const event_outcome outcome = p->outcomes[0];
    if (outcome == EVENT_CONFLICT)
        reply_problem(r, MHD_HTTP_CONFLICT, "event-conflict", "this event_id belongs to another event");
    else if (outcome == EVENT_NOTHING_TO_UNDO)
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "there is no event with the id in undo_of");
    else
        reply_json(r, outcome == EVENT_ACCEPTED ? MHD_HTTP_CREATED : MHD_HTTP_OK,
                   json_pack("{s:s, s:o, s:I}", "outcome", outcome_names[outcome], "event", event_json(&p->append.events[0]),
                             "profile_version", (json_int_t)version));
}

static void answer_batch(request *r, const posted *p, uint64_t version)
{
    json_t *items = json_array();
    for (size_t i = 0; i < p->append.n; i++)
        json_array_append_new(items, json_pack("{s:s, s:o}", "outcome", outcome_names[p->outcomes[i]], "event",
                                               event_json(&p->append.events[i])));
    reply_json(r, MHD_HTTP_OK, json_pack("{s:o, s:I}", "items", items, "profile_version", (json_int_t)version));
}

/* After the log's thread woke the connection; again at a worker if the profile isn't in memory. */
static void answer(request *r, catalogue *c)
{
    const posted *p = r->wish;
    if (p->append.status != BT_OK) {
        reply_error(r, &p->append.error);
        return;
    }
    profile_view *v = session_profile(r, c, answer);
    if (!v)
        return;
    if (p->single)
        answer_one(r, p, v->version);
    else
        answer_batch(r, p, v->version);
    profile_view_release(v);
}

static void wake(event_append *a)
{
    request *r = a->context;
    people_submitted(r->server->people);
    request_wake(r);
}

static void post(request *r, posted *p)
{
    bt_error error = {0};
    p->append.done = wake;
    p->append.context = r;
    r->wish = p;
    request_sleep(r, answer);
    if (people_submit(r->server->people, &p->append, &error) == BT_OK)
        return;
    reply_error(r, &error);
    request_wake(r);
}

static posted *posted_new(request *r, size_t n)
{
    posted *p = arena_take(&r->memory, sizeof *p);
    event *events = arena_take(&r->memory, n * sizeof *events);
    event_outcome *outcomes = arena_take(&r->memory, n * sizeof *outcomes);
    if (!p || !events || !outcomes) {
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
        return NULL;
    }
    *p = (posted){.append = {.events = events, .outcomes = outcomes, .n = n}, .outcomes = outcomes};
    return p;
}

void events_post(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    if (!request_json(r, &root))
        return;
    const char *key = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Idempotency-Key");
    posted *p = posted_new(r, 1);
    const bool good = p && read_event(r, root, "", key, &p->append.events[0]);
    json_decref(root);
    if (!good)
        return;
    p->single = true;
    post(r, p);
}

static bool read_batch(request *r, const json_t *root, posted **out)
{
    const json_t *events = NULL;
    if (!fields_check_object(r, root, "", "events") || !fields_array(r, root, "", "events", BATCH_MAX, &events))
        return false;
    const size_t n = json_array_size(events);
    if (n == 0)
        return bad_field(r, "", "events", "expected at least one event");
    posted *p = posted_new(r, n);
    *out = p;
    for (size_t i = 0; p && i < n; i++) {
        char at[32];
        snprintf(at, sizeof at, "/events/%zu", i);
        if (!read_event(r, json_array_get(events, i), at, NULL, &p->append.events[i]))
            return false;
    }
    return p != NULL;
}

void events_post_batch(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    posted *p = NULL;
    if (!request_json(r, &root))
        return;
    const bool good = read_batch(r, root, &p);
    json_decref(root);
    if (good)
        post(r, p);
}

/* --- listing ---------------------------------------------------------------------------------------------------------- */

/* A version in decimal digits. */
static bool read_cursor(request *r, uint64_t *before)
{
    const char *text = request_parameter(r, "cursor");
    *before = 0;
    if (!text)
        return true;
    const size_t n = strlen(text);
    if (n > 0 && n < 19 && text[strspn(text, "0123456789")] == '\0')
        *before = strtoull(text, NULL, 10);
    if (*before > 0)
        return true;
    reply_bad_parameter(r, "cursor", "not a next_cursor of this list");
    return false;
}

void events_list(request *r, catalogue *c)
{
    (void)c;
    uint32_t limit = LIST_DEFAULT;
    uint64_t before;
    event *events = NULL;
    size_t n = 0;
    bt_error error = {0};
    if (!request_number(r, "limit", 1, LIST_MAX, &limit) || !read_cursor(r, &before))
        return;
    event_log *log = live_log(people_live(r->server->people));
    if (event_log_of_user(log, &r->who.user, before, limit + 1, &r->memory, &events, &n, &error) != BT_OK) {
        reply_error(r, &error);
        return;
    }
    json_t *items = json_array();
    const size_t shown = n > limit ? limit : n;
    for (size_t i = 0; i < shown; i++)
        json_array_append_new(items, event_json(&events[i]));
    char cursor[24];
    snprintf(cursor, sizeof cursor, "%llu", n > limit ? (unsigned long long)events[shown - 1].version : 0);
    reply_json(r, MHD_HTTP_OK, json_pack("{s:o, s:s?}", "items", items, "next_cursor", n > limit ? cursor : NULL));
}
