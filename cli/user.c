/* butaca user: the accounts of the data folder, as the administrator's page shows them, for who has no page or no administrator. They are
 * the server's while it runs: then the page changes them, and this verb says who holds the folder.
 */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/error.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "server/people.h"
#include "text/utf8.h"

enum { PAGE = 100 };

static const cli_option options[] = {
    {"yes", NULL, "erase: don't ask, erase"},
    {NULL, NULL, NULL},
};

/* --- list -------------------------------------------------------------------------------------------------------------- */

static json_t *user_json(const account *a)
{
    char id[EVENT_ID_TEXT], created[TERMINAL_TIME_SIZE];
    event_id_write(&a->user, id);
    terminal_time(a->created, created);
    return json_pack("{s:s, s:s, s:b, s:s}", "id", id, "name", a->name, "admin", a->admin, "created", created);
}

static void user_cells(const account *a, table *t)
{
    char id[EVENT_ID_TEXT], created[TERMINAL_TIME_SIZE];
    event_id_write(&a->user, id);
    terminal_time(a->created, created);
    table_cell(t, "%s", a->name);
    table_cell(t, "%s", a->admin ? "administrator" : "");
    table_cell(t, "%.10s", created);
    table_cell(t, "%s", id);
}

/* One page after the other, into the table or, where it isn't NULL, the array. */
static bt_status read_all(people *p, table *t, json_t *array, size_t *n_all, bt_error *error)
{
    const char *after = "";
    size_t n = PAGE;
    bt_status status = BT_OK;
    while (status == BT_OK && n == PAGE) {
        account *found = NULL;
        const char **keys = NULL;
        status = accounts_list(people_lock(p), after, PAGE, t->memory, &found, &keys, &n, error);
        people_unlock(p);
        for (size_t i = 0; status == BT_OK && i < n; i++) {
            if (array != NULL)
                json_array_append_new(array, user_json(&found[i]));
            else
                user_cells(&found[i], t);
        }
        if (status == BT_OK && n > 0)
            after = keys[n - 1];
        *n_all += status == BT_OK ? n : 0;
    }
    return status;
}

static int list(const cli *c, people *p, arena *memory)
{
    static const table_column columns[] = {{.title = "name"}, {.title = ""}, {.title = "since (UTC)"}, {.title = "id"}};
    table t;
    size_t n = 0;
    bt_error error = {0};
    json_t *array = c->json ? json_array() : NULL;
    table_begin(&t, memory, columns, 4);
    if (read_all(p, &t, array, &n, &error) != BT_OK) {
        json_decref(array);
        return cli_fail(c, &error);
    }
    if (c->json)
        return cli_json(c, json_pack("{s:o}", "users", array));
    if (n == 0) {
        puts("Nobody has an account yet.");
        return CLI_DONE;
    }
    return table_print(&t, stdout) ? CLI_DONE : cli_no_memory(c);
}

/* --- one of them ------------------------------------------------------------------------------------------------------- */

static bt_status find(people *p, const char *name, account *out, bt_error *error)
{
    bool found = false;
    char *key = utf8_folded(name);
    if (key == NULL)
        return error_no_memory(error, "looking for an account");
    const bt_status status = accounts_find_name(people_lock(p), key, out, &found, error);
    people_unlock(p);
    bt_free(key);
    return status != BT_OK || found ? status
                                    : error_set(error, BT_NOT_FOUND, "no account is called \"%s\"; butaca user list", name);
}

static int set_role(const cli *c, people *p, bool admin)
{
    account a;
    bt_error error = {0};
    bt_status status = find(p, c->arguments[1], &a, &error);
    if (status == BT_OK) {
        status = accounts_set_admin(people_lock(p), &a.user, admin, &error);
        people_unlock(p);
    }
    if (status != BT_OK)
        return cli_fail(c, &error);
    a.admin = admin;
    if (c->json)
        return cli_json(c, user_json(&a));
    printf(admin ? "%s administers.\n" : "%s doesn't administer any more.\n", a.name);
    return CLI_DONE;
}

static void appended(event_append *a)
{
    people *p = a->context;
    people_submitted(p);
}

/* The event first, durable, as by the server; then the account. */
static bt_status erase_all(people *p, const event_id *user, bt_error *error)
{
    event_outcome outcome;
    event e = people_erase_event(user);
    event_append append = {.events = &e, .outcomes = &outcome, .n = 1, .done = appended, .context = p};
    bt_status status = people_submit(p, &append, error);
    if (status != BT_OK)
        return status;
    people_finish(p);
    if (append.status != BT_OK) {
        if (error != NULL)
            *error = append.error;
        return append.status;
    }
    status = accounts_erase(people_lock(p), user, error);
    people_unlock(p);
    return status;
}

static int erase(const cli *c, people *p)
{
    account a;
    bt_error error = {0};
    bt_status status = find(p, c->arguments[1], &a, &error);
    if (status == BT_OK && cli_value(c, "yes") == NULL)
        return cli_usage(c, "erasing %s and everything they said can't be undone: add --yes", a.name);
    if (status == BT_OK)
        status = erase_all(p, &a.user, &error);
    if (status != BT_OK)
        return cli_fail(c, &error);
    if (c->json)
        return cli_json(c, json_pack("{s:s}", "erased", a.name));
    printf("%s is erased, with everything they said.\n", a.name);
    return CLI_DONE;
}

/* --- the verb ---------------------------------------------------------------------------------------------------------- */

static int act(const cli *c, people *p, arena *memory)
{
    const char *what = c->arguments[0];
    if (strcmp(what, "list") == 0)
        return list(c, p, memory);
    return strcmp(what, "erase") == 0 ? erase(c, p) : set_role(c, p, strcmp(what, "promote") == 0);
}

static int run(const cli *c)
{
    static const char *const known[] = {"list", "promote", "demote", "erase"};
    size_t which = 0;
    while (which < 4 && strcmp(c->arguments[0], known[which]) != 0)
        which++;
    if (which == 4)
        return cli_usage(c, "user list, user promote NAME, user demote NAME, or user erase NAME; found \"%s\"",
                         c->arguments[0]);
    if (c->n_arguments != (which == 0 ? 1u : 2u))
        return cli_usage(c, which == 0 ? "user list takes no argument" : "user %s needs the NAME of an account", known[which]);
    arena memory = {0};
    folder f = {.lock = -1};
    people *p = NULL;
    bt_error error = {0};
    bt_status status = folder_open(c->data, FOLDER_READ, &f, &error);
    if (status == BT_OK)
        status = people_open(&f, &p, &error);
    const int code = status == BT_OK ? act(c, p, &memory) : cli_fail(c, &error);
    people_close(p);
    folder_close(&f);
    arena_free(&memory);
    return code;
}

static const char *notes(void)
{
    return "list     who has an account, by name\n"
           "promote  makes an account an administrator of the server\n"
           "demote   takes that back; the last administrator stays one\n"
           "erase    everything of a person: events, profile, sessions, the account\n"
           "\n"
           "While a server runs on the folder, its page /admin does this.";
}

const cli_verb verb_user = {
    .name = "user",
    .arguments = "list | promote NAME | demote NAME | erase NAME",
    .min_arguments = 1,
    .max_arguments = 2,
    .purpose = "Lists the accounts, says who administers, or erases somebody.",
    .options = {options},
    .notes = notes,
    .examples = "  butaca user list\n"
                "  butaca user promote ana\n"
                "  butaca user erase ana --yes\n",
    .run = run,
};
