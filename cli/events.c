/* butaca events: the event log to look at, and the profiles made again from it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/live.h"
#include "cli/cli.h"
#include "cli/terminal.h"

enum { LIST_MAX = 100000, LIST_DEFAULT = 20 };

static const cli_option options[] = {
    {"user", "ID", "list: only of this person (the UUID that the log knows them by)"},
    {"after", "N", "list: only events after this position, oldest first"},
    {"limit", "N", "list: at most so many; 20 unless said otherwise"},
    {"verify", NULL, "replay: change nothing, say whether the profiles are what the log says"},
    {NULL, NULL, NULL},
};

/* --- list ------------------------------------------------------------------------------------------------------------ */

static const char *value_text(const event *e, char text[16])
{
    static const char *const verdicts[] = {"none", "like", "dislike"};
    if (e->facet == EVENT_VERDICT && e->value < 3)
        return verdicts[e->value];
    if (e->facet == EVENT_ERASE)
        return "";
    if (e->facet == EVENT_RATING)
        snprintf(text, 16, "%.1f", 0.5 * e->value);
    else
        snprintf(text, 16, "%s", e->value != 0 ? "yes" : "no");
    return e->facet == EVENT_RATING && e->value == 0 ? "none" : text;
}

static json_t *event_json(const event *e)
{
    char id[EVENT_ID_TEXT], user[EVENT_ID_TEXT], undo_of[EVENT_ID_TEXT], at[32], value[16];
    event_id_write(&e->id, id);
    event_id_write(&e->user, user);
    event_id_write(&e->undo_of, undo_of);
    terminal_time(e->at / 1000000, at);
    return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:I, s:s, s:s?}", "event_id", id, "user_id", user, "film_id",
                     (json_int_t)e->film_id, "facet", event_facet_name((event_facet)e->facet), "value", value_text(e, value),
                     "at", at, "version", (json_int_t)e->version, "source", e->source, "undo_of",
                     event_id_is_zero(&e->undo_of) ? NULL : undo_of);
}

static void event_cells(const event *e, table *t)
{
    char user[EVENT_ID_TEXT], when[32], value[16];
    event_id_write(&e->user, user);
    terminal_time((int64_t)(e->version / 1000000), when);
    table_cell(t, "%.10s %.8s", when, when + 11);
    table_cell(t, "%s", user);
    table_cell(t, "%" PRIu32, e->film_id);
    table_cell(t, "%s", event_facet_name((event_facet)e->facet));
    table_cell(t, "%s%s", value_text(e, value), event_id_is_zero(&e->undo_of) ? "" : " (undo)");
    table_cell(t, "%s", e->source);
}

static int show(const cli *c, const event *const *events, size_t n, arena *memory)
{
    static const table_column columns[] = {{.title = "accepted (UTC)"}, {.title = "user"},  {.title = "film", .right = true},
                                           {.title = "facet"},          {.title = "value"}, {.title = "source"}};
    if (c->json) {
        json_t *array = json_array();
        for (size_t i = 0; i < n; i++)
            json_array_append_new(array, event_json(events[i]));
        return cli_json(c, json_pack("{s:o}", "events", array));
    }
    if (n == 0) {
        puts("No events.");
        return CLI_DONE;
    }
    table t;
    table_begin(&t, memory, columns, 6);
    for (size_t i = 0; i < n; i++)
        event_cells(events[i], &t);
    return table_print(&t, stdout) ? CLI_DONE : cli_no_memory(c);
}

static int show_logged(const cli *c, const logged_event *events, size_t n, arena *memory)
{
    const event **pointers = arena_take(memory, (n + 1) * sizeof *pointers);
    if (pointers == NULL)
        return cli_no_memory(c);
    for (size_t i = 0; i < n; i++)
        pointers[i] = &events[i].event;
    return show(c, pointers, n, memory);
}

static int show_own(const cli *c, const event *events, size_t n, arena *memory)
{
    const event **pointers = arena_take(memory, (n + 1) * sizeof *pointers);
    if (pointers == NULL)
        return cli_no_memory(c);
    for (size_t i = 0; i < n; i++)
        pointers[i] = &events[i];
    return show(c, pointers, n, memory);
}

static int list(const cli *c, const folder *f, arena *memory)
{
    uint64_t limit = LIST_DEFAULT, after = 0;
    event_id user;
    const char *person = cli_value(c, "user");
    if (!cli_whole(c, "limit", 1, LIST_MAX, &limit) || !cli_whole(c, "after", 0, INT64_MAX, &after))
        return CLI_USAGE;
    if (person != NULL && !event_id_parse(person, &user))
        return cli_usage(c, "--user: expected a UUID as events list shows it, found \"%s\"", person);
    bt_error error = {0};
    const char *log_url = NULL, *profiles_url = NULL;
    event_log *log = NULL;
    logged_event *all = NULL;
    event *own = NULL;
    size_t n = 0;
    bt_status status = live_urls(f, memory, &log_url, &profiles_url, &error);
    if (status == BT_OK)
        status = event_log_open_reading(log_url, &log, &error);
    if (status == BT_OK)
        status = person != NULL ? event_log_of_user(log, &user, 0, (size_t)limit, memory, &own, &n, &error)
                                : event_log_read(log, after, (size_t)limit, memory, &all, &n, &error);
    event_log_close(log);
    if (status != BT_OK)
        return cli_fail(c, &error);
    return person != NULL ? show_own(c, own, n, memory) : show_logged(c, all, n, memory);
}

/* --- replay ---------------------------------------------------------------------------------------------------------- */

static int replay(const cli *c, const folder *f)
{
    const bool verify = cli_value(c, "verify") != NULL;
    bt_error error = {0};
    live_replayed done;
    if ((verify ? live_verify(f, &done, &error) : live_replay(f, &done, &error)) != BT_OK)
        return cli_fail(c, &error);
    if (c->json)
        return cli_json(c, json_pack("{s:b, s:I, s:I, s:I}", "verified", verify, "events", (json_int_t)done.n_events, "films",
                                     (json_int_t)done.n_films, "position", (json_int_t)done.position));
    char events[TERMINAL_COUNT_SIZE], films[TERMINAL_COUNT_SIZE];
    printf(verify ? "The profiles are what the log says: %s events, %s films in profiles.\n"
                  : "Made again from %s events: %s films in profiles.\n",
           terminal_count(done.n_events, events), terminal_count(done.n_films, films));
    return CLI_DONE;
}

static int run(const cli *c)
{
    const bool listing = strcmp(c->arguments[0], "list") == 0;
    if (!listing && strcmp(c->arguments[0], "replay") != 0)
        return cli_usage(c, "events list, or events replay; found \"%s\"", c->arguments[0]);
    if (listing && cli_value(c, "verify") != NULL)
        return cli_usage(c, "--verify belongs to events replay");
    arena memory = {0};
    folder f = {.lock = -1};
    bt_error error = {0};
    if (folder_open(c->data, FOLDER_READ, &f, &error) != BT_OK)
        return cli_fail(c, &error);
    const int code = listing ? list(c, &f, &memory) : replay(c, &f);
    folder_close(&f);
    arena_free(&memory);
    return code;
}

static const char *notes(void)
{
    return "list    what people said about films, in the order it was accepted; of one person newest first\n"
           "replay  makes the profiles again from the log; no server may be running on the folder";
}

const cli_verb verb_events = {
    .name = "events",
    .arguments = "list | replay",
    .min_arguments = 1,
    .max_arguments = 1,
    .purpose = "Shows the event log, or makes the profiles again from it.",
    .options = {options},
    .notes = notes,
    .examples = "  butaca events list --limit 5\n"
                "  butaca events replay --verify\n",
    .run = run,
};
