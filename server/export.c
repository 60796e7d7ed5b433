/* What is kept of the person who asks: all of it as a file, and its end. Erasing is an event: once it is durable the log, the profiles
 * and whoever replays the log have forgotten what came before; the account and its sessions go after it. Where a crash comes in between,
 * an account without events is left, and erasing again takes that, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/json.h"
#include "server/accounts.h"
#include "server/fields.h"
#include "server/handlers.h"
#include "server/kept.h"
#include "server/sessions.h"
#include "server/state.h"
#include "server/times.h"

enum { PAGE = 500 };

/* --- export ------------------------------------------------------------------------------------------------------------ */

static bool add_events(request *r, json_t *items)
{
    event_log *log = live_log(people_live(r->server->people));
    bt_error error = {0};
    uint64_t before = 0;
    for (size_t n = PAGE; n == PAGE;) {
        arena page = {0};
        event *events = NULL;
        n = 0;
        const bt_status status = event_log_of_user(log, &r->who.user, before, PAGE, &page, &events, &n, &error);
        for (size_t i = 0; status == BT_OK && i < n; i++)
            json_array_append_new(items, event_json(&events[i]));
        if (n > 0)
            before = events[n - 1].version;
        arena_free(&page);
        if (status != BT_OK) {
            reply_error(r, &error);
            return false;
        }
    }
    return true;
}

static json_t *account_json(const account *a)
{
    char created[TIME_TEXT];
    if (!a->named)
        return json_null();
    time_write(a->created * 1000000, created);
    return json_pack("{s:s, s:s, s:b}", "name", a->name, "created", created, "admin", a->admin);
}

static void export_json(request *r, const profile_view *v, const account *a)
{
    json_t *events = json_array(), *profile = json_array();
    if (!add_events(r, events)) {
        json_decref(events);
        json_decref(profile);
        return;
    }
    for (size_t i = 0; i < v->n_opinions; i++)
        if (app_card(r->app, v->opinions[i].film_id))
            json_array_append_new(profile, opinion_json(r->app, &v->opinions[i]));
    reply_json(r, MHD_HTTP_OK,
               json_pack("{s:o, s:I, s:o, s:o}", "account", account_json(a), "profile_version", (json_int_t)v->version,
                         "profile", profile, "events", events));
    r->reply.file_name = "butaca.json";
}

/* After RFC 4180. A title that a table would take for a formula gets an apostrophe before it. */
static void write_cell(FILE *out, const char *text)
{
    fputc('"', out);
    if (strchr("=+-@\t\r", text[0]) != NULL && text[0] != '\0')
        fputc('\'', out);
    for (; *text; text++)
        fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', out);
}

static void write_row(FILE *out, const film_card *card, const bt_opinion *o)
{
    static const char *const verdicts[] = {"", "like", "dislike"};
    fprintf(out, "%u,", o->film_id);
    write_cell(out, card->title);
    if (card->year != 0)
        fprintf(out, ",%d,", card->year);
    else
        fputs(",,", out);
    fprintf(out, "%s,%s,", verdicts[o->verdict], o->seen ? "true" : "false");
    if (o->half_stars != 0)
        fprintf(out, "%u.%u", (unsigned)o->half_stars / 2, (unsigned)o->half_stars % 2 * 5);
    fprintf(out, ",%s\r\n", o->want ? "true" : "false");
}

static void export_csv(request *r, const profile_view *v)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out) {
        fputs("film_id,title,year,verdict,seen,rating,want\r\n", out);
        for (size_t i = 0; i < v->n_opinions; i++) {
            const film_card *card = app_card(r->app, v->opinions[i].film_id);
            if (card)
                write_row(out, card, &v->opinions[i]);
        }
        fclose(out);
    }
    if (text)
        reply_text(r, MHD_HTTP_OK, "text/csv; charset=utf-8", text);
    else
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
    free(text);
    r->reply.file_name = "butaca.csv";
}

void me_export(request *r, catalogue *c)
{
    const char *format = request_parameter(r, "format");
    account a = {0};
    bool found = false;
    bt_error error = {0};
    if (format && strcmp(format, "json") != 0 && strcmp(format, "csv") != 0) {
        reply_bad_parameter(r, "format", "expected json or csv");
        return;
    }
    profile_view *v = session_profile(r, c, me_export);
    if (!v)
        return;
    const bt_status status = accounts_find(people_lock(r->server->people), &r->who.user, &a, &found, &error);
    people_unlock(r->server->people);
    if (status != BT_OK)
        reply_error(r, &error);
    else if (format && strcmp(format, "csv") == 0)
        export_csv(r, v);
    else
        export_json(r, v, &a);
    profile_view_release(v);
}

/* --- erasing ----------------------------------------------------------------------------------------------------------- */

typedef struct erasure {
    event_append append;
    event event;
    event_outcome outcome;
    event_id user;
} erasure;

/* On a worker, after the event is durable. */
static void finish(request *r, catalogue *c)
{
    (void)c;
    const erasure *e = r->wish;
    bt_error error = {0};
    const bt_status status = accounts_erase(people_lock(r->server->people), &e->user, &error);
    people_forget_sessions(r->server->people);
    people_unlock(r->server->people);
    streams_end(r->server->streams, &e->user, NULL);
    if (status != BT_OK) {
        reply_error(r, &error);
        return;
    }
    reply_nothing(r, MHD_HTTP_NO_CONTENT);
    if (event_id_compare(&e->user, &r->who.user) == 0)
        r->reply.cookie = SESSION_COOKIE_GONE;
}

static void erased(request *r, catalogue *c)
{
    (void)c;
    const erasure *e = r->wish;
    if (e->append.status != BT_OK)
        reply_error(r, &e->append.error);
    else
        request_next(r, REQUEST_WORKER, finish);
}

static void wake(event_append *a)
{
    request *r = a->context;
    people_submitted(r->server->people);
    request_wake(r);
}

static void submit(request *r, catalogue *c)
{
    (void)c;
    erasure *e = r->wish;
    bt_error error = {0};
    request_sleep(r, erased);
    if (people_submit(r->server->people, &e->append, &error) == BT_OK)
        return;
    reply_error(r, &error);
    request_wake(r);
}

void person_erase(request *r, const event_id *user)
{
    erasure *e = arena_take(&r->memory, sizeof *e);
    if (!e) {
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
        return;
    }
    *e = (erasure){.user = *user, .event = people_erase_event(user)};
    e->append = (event_append){.events = &e->event, .outcomes = &e->outcome, .n = 1, .done = wake, .context = r};
    r->wish = e;
    request_next(r, REQUEST_INLINE, submit);
}

/* The password that an erasure of an account has to name. */
static bool read_erasure(request *r, const char **password)
{
    json_t *root;
    const char *text = NULL;
    if (r->n_body == 0)
        return true;
    if (!request_json(r, &root))
        return false;
    bool good = fields_check_object(r, root, "", "password") && fields_text(r, root, "", "password", 0, 200, &text);
    if (good && text)
        good = (*password = arena_format(&r->memory, "%s", text)) != NULL;
    json_decref(root);
    return good;
}

void me_delete(request *r, catalogue *c)
{
    (void)c;
    const char *password = NULL;
    if (!read_erasure(r, &password))
        return;
    if (r->who.kind == PERSON_ACCOUNT && !password)
        reply_problem(r, MHD_HTTP_FORBIDDEN, "wrong-password", "erasing an account takes its password");
    else if (r->who.kind != PERSON_ACCOUNT || account_confirm(r, password))
        person_erase(r, &r->who.user);
}
