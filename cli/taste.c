/* From options to opinions. Facets of one film add up (--like X --seen X); what contradicts itself is refused. */
#include "cli/taste.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/json.h"
#include "cli/progress.h"
#include "cli/terminal.h"

const cli_option taste_options[] = {
    {"user", "ID", "a user of the ratings: 42, or movielens:42"},
    {"like", "TITLE", "a film that you like; as often as you like, as the next three"},
    {"dislike", "TITLE", "a film that you don't like"},
    {"seen", "TITLE", "a film that should not come, whatever you think of it"},
    {"rate", "TITLE=STARS", "a rating of 0.5 to 5: from 4 on a like, up to 2 a dislike"},
    {"weight", "TITLE=N", "how much that film's opinion counts: 0 mutes it, 2 doubles it, up to 10"},
    {"dial", "N", "1 (safe) to 5 (adventurous): how little known films may be (default: 2)"},
    {"no-texts", NULL, "by other people's taste alone: similar descriptions have no say"},
    {NULL, NULL, NULL},
};

/* --- titles ---------------------------------------------------------------------------------------------------------- */

static void list_matches(const title_match *matches, size_t n, arena *memory)
{
    static const table_column columns[] = {{.title = "id", .right = true}, {.title = "title (year)", .flexible = true}};
    table t;
    table_begin(&t, memory, columns, 2);
    for (size_t i = 0; i < n; i++) {
        table_cell(&t, "%u", matches[i].id);
        if (matches[i].year != 0)
            table_cell(&t, "%s (%d)", matches[i].title, matches[i].year);
        else
            table_cell(&t, "%s", matches[i].title);
    }
    table_print(&t, stderr);
}

static int ambiguous(const cli *c, const title_match *matches, size_t n, const char *as, arena *memory, const bt_error *error)
{
    const int code = cli_fail_with(c, error, json_pack("{s:o}", "candidates", app_json_title_matches(matches, n)));
    list_matches(matches, n, memory);
    fprintf(stderr, "Say which by its id: %sid:%u\n", as, matches[0].id);
    return code;
}

static int not_found(const cli *c, catalogue *films, const char *title, arena *memory, const bt_error *error)
{
    title_match *near = NULL;
    size_t n = 0;
    if (strncmp(title, "id:", 3) == 0 || app_near_titles(films, title, memory, &near, &n, NULL) != BT_OK || n == 0)
        return cli_fail(c, error);
    const int code = cli_fail_with(c, error, json_pack("{s:o}", "candidates", app_json_title_matches(near, n)));
    fputs("Spelt nearly so:\n", stderr);
    list_matches(near, n, memory);
    return code;
}

int taste_find_film(const cli *c, catalogue *films, const char *title, const char *as, arena *memory, uint32_t *film_id)
{
    title_match *matches = NULL;
    size_t n = 0;
    bt_error error = {0};
    const bt_status status = app_resolve_title(films, title, memory, film_id, &matches, &n, &error);
    if (status == BT_OK) {
        if (n == 1 && !matches[0].exact && !c->json)
            fprintf(stderr, "Taking \"%s\" as %s (%d).\n", title, matches[0].title, matches[0].year);
        return CLI_DONE;
    }
    if (status == BT_AMBIGUOUS && n > 0)
        return ambiguous(c, matches, n, as, memory, &error);
    return status == BT_NOT_FOUND ? not_found(c, films, title, memory, &error) : cli_fail(c, &error);
}

const char *taste_verb(bt_verdict verdict)
{
    return verdict == BT_LIKE ? "liked" : verdict == BT_DISLIKE ? "disliked" : "rated";
}

const char *taste_film_name(const app *a, uint32_t film_id, arena *memory)
{
    const film_card *card = app_card(a, film_id);
    const char *name = card == NULL     ? arena_format(memory, "film %u", film_id)
                       : card->year > 0 ? arena_format(memory, "%s (%d)", card->title, card->year)
                                        : card->title;
    return name != NULL ? name : "";
}

/* --- opinions -------------------------------------------------------------------------------------------------------- */

/* The film's opinion, a new one if there is none; NULL: no memory. */
static bt_opinion *opinion_of(taste *t, uint32_t film_id, arena *memory)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->opinions[i].film_id == film_id)
            return &t->opinions[i];
    }
    if (t->n == t->room) {
        const size_t room = t->room > 0 ? 2 * t->room : 16;
        bt_opinion *more = arena_take(memory, room * sizeof *more);
        if (more == NULL)
            return NULL;
        if (t->n > 0)
            memcpy(more, t->opinions, t->n * sizeof *more);
        t->opinions = more;
        t->room = room;
    }
    t->opinions[t->n] = (bt_opinion){.film_id = film_id};
    return &t->opinions[t->n++];
}

static int read_user(const cli *c, const app *a, const char *user, arena *memory, taste *t)
{
    bt_error error = {0};
    bt_opinion *opinions = NULL;
    size_t n = 0;
    if (app_user_profile(a, user, &opinions, &n, &error) != BT_OK)
        return cli_fail(c, &error);
    t->opinions = arena_take(memory, n * sizeof *opinions);
    if (t->opinions != NULL && n > 0)
        memcpy(t->opinions, opinions, n * sizeof *opinions);
    bt_free(opinions);
    t->n = t->room = t->opinions != NULL ? n : 0;
    return t->opinions != NULL ? CLI_DONE : cli_no_memory(c);
}

/* "Alien (1979)=4.5" -> "Alien (1979)", 9. */
static int split_rating(const cli *c, const char *text, arena *memory, const char **title, uint8_t *half_stars)
{
    const char *equals = strrchr(text, '=');
    char *end = NULL;
    const double stars = equals != NULL ? strtod(equals + 1, &end) : 0;
    const int halves = stars >= 0.5 && stars <= 5 ? (int)(2 * stars) : 0;
    if (equals == NULL || equals == text || end == equals + 1 || *end != '\0' || halves == 0 || 2 * stars > halves)
        return cli_usage(c, "--rate: expected TITLE=STARS with 0.5 to 5 stars in steps of 0.5, found \"%s\"", text);
    *title = arena_string(memory, text, (size_t)(equals - text));
    *half_stars = (uint8_t)halves;
    return *title != NULL ? CLI_DONE : cli_no_memory(c);
}

/* "Alien (1979)=2" for --weight. */
static int add_weight(const cli *c, const app *a, const char *text, arena *memory, taste *t)
{
    const char *equals = strrchr(text, '=');
    char *end = NULL;
    const double weight = equals != NULL ? strtod(equals + 1, &end) : -1;
    if (equals == NULL || equals == text || end == equals + 1 || *end != '\0' || !(weight >= 0 && weight <= BT_WEIGHT_MAX))
        return cli_usage(c, "--weight: expected TITLE=N with N from 0 to %d, found \"%s\"", BT_WEIGHT_MAX, text);
    const char *title = arena_string(memory, text, (size_t)(equals - text));
    if (t->weights == NULL)
        t->weights = arena_take(memory, c->n_given * sizeof *t->weights);
    if (title == NULL || t->weights == NULL)
        return cli_no_memory(c);
    uint32_t film_id = 0;
    const int code = taste_find_film(c, app_catalogue(a), title, "--weight ", memory, &film_id);
    if (code != CLI_DONE)
        return code;
    for (size_t i = 0; i < t->n_weights; i++)
        if (t->weights[i].film_id == film_id)
            return cli_usage(c, "%s has two weights", taste_film_name(a, film_id, memory));
    t->weights[t->n_weights++] = (bt_opinion_weight){film_id, weight};
    return CLI_DONE;
}

static int add_given(const cli *c, const app *a, const cli_given *given, arena *memory, taste *t)
{
    const char *title = given->value;
    uint8_t half_stars = 0;
    int code = CLI_DONE;
    if (strcmp(given->name, "rate") == 0)
        code = split_rating(c, given->value, memory, &title, &half_stars);
    uint32_t film_id = 0;
    const char *as = arena_format(memory, "--%s ", given->name);
    if (code == CLI_DONE)
        code = taste_find_film(c, app_catalogue(a), title, as != NULL ? as : "", memory, &film_id);
    if (code != CLI_DONE)
        return code;
    bt_opinion *o = opinion_of(t, film_id, memory);
    if (o == NULL)
        return cli_no_memory(c);
    if (half_stars > 0) {
        o->half_stars = half_stars;
    } else if (strcmp(given->name, "seen") == 0) {
        o->seen = true;
    } else {
        const uint8_t verdict = strcmp(given->name, "like") == 0 ? BT_LIKE : BT_DISLIKE;
        if (o->verdict != BT_NO_VERDICT && o->verdict != verdict)
            return cli_usage(c, "%s is both liked and disliked", taste_film_name(a, film_id, memory));
        o->verdict = verdict;
    }
    return CLI_DONE;
}

static bool is_opinion(const char *option)
{
    return strcmp(option, "like") == 0 || strcmp(option, "dislike") == 0 || strcmp(option, "seen") == 0 ||
           strcmp(option, "rate") == 0;
}

int taste_read(const cli *c, const app *a, arena *memory, taste *out)
{
    *out = (taste){0};
    const char *user = cli_value(c, "user");
    int code = user != NULL ? read_user(c, a, user, memory, out) : CLI_DONE;
    for (size_t i = 0; i < c->n_given && code == CLI_DONE; i++) {
        if (is_opinion(c->given[i].name))
            code = add_given(c, a, &c->given[i], memory, out);
        else if (strcmp(c->given[i].name, "weight") == 0)
            code = add_weight(c, a, c->given[i].value, memory, out);
    }
    return code;
}

int taste_wish(const cli *c, const taste *t, app_wish *out)
{
    uint64_t dial = BT_DIAL_DEFAULT;
    *out = app_wish_default();
    if (!cli_whole(c, "dial", BT_DIAL_SAFE, BT_DIAL_ADVENTUROUS, &dial))
        return CLI_USAGE;
    out->opinions = t->opinions;
    out->n_opinions = t->n;
    out->weights = t->weights;
    out->n_weights = t->n_weights;
    out->dial = (int)dial;
    out->without_texts = cli_value(c, "no-texts") != NULL;
    return CLI_DONE;
}

int taste_prepare_texts(const cli *c, app *a)
{
    progress_bar bar = {0};
    bt_error error = {0};
    const bt_progress progress = progress_begin(&bar);
    const bt_status status = cli_value(c, "no-texts") == NULL ? app_prepare_texts(a, &progress, &error) : BT_OK;
    progress_end(&bar);
    return status == BT_OK ? CLI_DONE : cli_fail(c, &error);
}

int taste_try(const cli *c, const app *a, taste *t, arena *memory, bool *changed)
{
    int code = CLI_DONE;
    for (size_t i = 0; i < c->n_given && code == CLI_DONE; i++) {
        const bool like = strcmp(c->given[i].name, "if-like") == 0;
        if (!like && strcmp(c->given[i].name, "if-dislike") != 0)
            continue;
        uint32_t film_id = 0;
        code = taste_find_film(c, app_catalogue(a), c->given[i].value, like ? "--if-like " : "--if-dislike ", memory, &film_id);
        bt_opinion *o = code == CLI_DONE ? opinion_of(t, film_id, memory) : NULL;
        if (code == CLI_DONE && o == NULL)
            return cli_no_memory(c);
        if (o != NULL)
            o->verdict = like ? BT_LIKE : BT_DISLIKE;
        *changed = true;
    }
    return code;
}
