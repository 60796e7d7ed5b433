/* butaca recommend --all: a line for each film of each list, or one JSON document, written as the lists come so that no more than a
 * block of them is in memory.
 */
#include "cli/recommend_all.h"

#include <stdio.h>

#include "cli/progress.h"

typedef struct writer {
    const app *a;
    bool json;
    size_t n_users;
} writer;

static void write_lines(const writer *w, const char *user, const bt_list *list)
{
    for (size_t i = 0; i < list->n_films; i++) {
        const film_card *card = app_card(w->a, list->films[i].film_id);
        printf("%s\t%zu\t%u\t%.*f\t", user, i + 1, (unsigned)list->films[i].film_id, list->basis == BT_BASIS_TASTE ? 6 : 0,
               list->films[i].score);
        puts(card != NULL ? card->title : "");
    }
}

/* False: no memory. */
static bool write_object(const writer *w, const char *user, const bt_list *list)
{
    json_t *items = json_array(), *object = NULL;
    for (size_t i = 0; i < list->n_films; i++)
        json_array_append_new(items,
                              json_pack("{s:I, s:f}", "id", (json_int_t)list->films[i].film_id, "score", list->films[i].score));
    if (json_array_size(items) == list->n_films)
        object = json_pack("{s:s, s:s, s:O}", "user", user, "basis", list->basis == BT_BASIS_TASTE ? "taste" : "popularity",
                           "items", items);
    json_decref(items);
    if (object == NULL)
        return false;
    if (w->n_users == 0)
        printf("{\"model\": \"%s\", \"lists\": [", app_model_id(w->a));
    fputs(w->n_users > 0 ? ",\n" : "\n", stdout);
    const bool written = json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0;
    json_decref(object);
    return written;
}

static bool take(void *context, const char *user, const bt_list *list)
{
    writer *w = context;
    if (!w->json)
        write_lines(w, user, list);
    else if (!write_object(w, user, list))
        return false;
    w->n_users++;
    return ferror(stdout) == 0;
}

/* The document's end; with an error's code and message where lists are missing. */
static void finish(const writer *w, const bt_error *error)
{
    if (w->n_users == 0)
        printf("{\"model\": \"%s\", \"lists\": [", app_model_id(w->a));
    if (error == NULL) {
        puts("]}");
        return;
    }
    json_t *object = json_pack("{s:s, s:s}", "code", bt_status_name(error->status), "message", error->message);
    fputs("], \"error\": ", stdout);
    if (object == NULL || json_dumpf(object, stdout, 0) != 0)
        fputs("null", stdout);
    puts("}");
    json_decref(object);
}

int recommend_all(const cli *c, const app *a, const app_filter *filter, size_t limit)
{
    writer w = {.a = a, .json = c->json};
    const app_list_sink sink = {take, &w};
    progress_bar bar = {0};
    const bt_progress progress = progress_begin(&bar);
    bt_error error = {0};
    const bt_status status = app_recommend_all(a, filter, limit, &progress, &sink, &error);
    progress_end(&bar);
    if (status != BT_OK && w.n_users == 0)
        return cli_fail(c, &error);
    if (c->json)
        finish(&w, status == BT_OK ? NULL : &error);
    if (status == BT_OK)
        return CLI_DONE;
    fprintf(stderr, "butaca: %s\n", error.message);
    return status == BT_CANCELLED ? CLI_CANCELLED : CLI_FAILED;
}
