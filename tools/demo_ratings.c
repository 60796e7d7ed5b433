/* demo-ratings: simulates the ratings of the demo catalogue (data/demo/README.md describes the simulated tastes).
 *
 * A film is a list of *traits*: its genres, its themes, its directors and its first language. A viewer is drawn around three
 * favourite films: some of their traits become likings, worth more points the fewer films carry them. Era, mood, one genre that
 * the viewer avoids, fame and chance add theirs; the sum is the film's *affinity*. The viewer's films, sorted by affinity,
 * decide which ones get rated (better placed ones far more often) and how high.
 *
 * All arithmetic is on integers, and each viewer has a random stream of their own: the same seed gives the same bytes on every
 * machine, and viewer 17 doesn't change when more viewers follow.
 *
 * Layout: flat arrays, one element a film or a trait; scratch space for one viewer. Costs, for F films, T traits and R ratings
 * a viewer: reading O(F T); a viewer O(T + F log F + F R).
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "butaca/status.h"

enum {
    MIN_FILMS = 60, /* as many as one viewer may rate */
    MAX_FILMS = 10000,
    MAX_FILM_TRAITS = 32,
    MAX_VIEWERS = 1000000,
    MIN_RATINGS = 20, /* of a viewer */
    MAX_RATINGS = 60,

    FAVOURITES = 3,       /* films that a viewer is drawn around */
    LIKING = 1200,        /* points, shared by the films that carry the trait and RARE more */
    RARE = 10,            /* a trait of fewer films than this is hardly worth more */
    TYPICAL_TRAITS = 10,  /* of a film: likings are averaged over its traits and count as these many */
    AVOIDED_GENRE = -60,  /* points of affinity */
    ERA_REACH = 24,       /* points in the loved year, one less for each year away from it */
    MOOD_WEIGHT = 6,      /* times the film's mood, -2..2 */
    FAME_DICE = 6,        /* the product of two dice of 0 to this is a film's fame in points */
    CONTRARIANS = 20,     /* one viewer in these many is one */
    CONTRARIAN_PULL = -1, /* times fame; 1 for everyone else */
    HALVINGS = 14,        /* of the chance to be rated, from the first place to the last */
    CASUAL = 6            /* one film in these many is what was on, not what the viewer would choose */
};

static const size_t max_input = (size_t)64 << 20;
static const int64_t first_day = 1704067200; /* 2024-01-01 00:00 UTC */
static const uint64_t day = 86400;           /* seconds */

static const char usage[] =
    "usage: demo-ratings FILMS.jsonl OUTDIR [--users 2000] [--held-out 400] [--seed 1]\n"
    "\n"
    "Simulates ratings for a catalogue: writes OUTDIR/films.jsonl (a copy), OUTDIR/ratings.csv (viewers 1 to --users)\n"
    "and OUTDIR/held-out.csv (all ratings of --held-out further viewers). The same seed gives the same bytes.\n"
    "\n"
    "example: demo-ratings data/demo/films.jsonl build/demo/source\n";

/* --- the catalogue ------------------------------------------------------------------------------------------------- */

typedef enum trait_kind { TRAIT_GENRE, TRAIT_THEME, TRAIT_DIRECTOR, TRAIT_LANGUAGE } trait_kind;

typedef struct trait {
    trait_kind kind;
    const char *name; /* in the film's JSON */
    int films;        /* how many carry it */
} trait;

typedef struct film {
    json_t *json; /* owned */
    int64_t id;
    int year;
    int mood; /* -2 dark .. 2 light */
    int fame; /* points */
    int n_traits;
    int traits[MAX_FILM_TRAITS];
} film;

typedef struct catalogue {
    char *text; /* the whole file, size bytes */
    size_t size;
    film *films;
    size_t n_films, film_room;
    trait *traits;
    size_t n_traits, trait_room;
} catalogue;

static void catalogue_free(catalogue *c)
{
    for (size_t i = 0; i < c->n_films; i++)
        json_decref(c->films[i].json);
    bt_free(c->films);
    bt_free(c->traits);
    bt_free(c->text);
    *c = (catalogue){0};
}

/* `array` with space for one more element, doubled when it is full; NULL: no memory, array unchanged. */
static void *grown(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    const size_t more = *room ? 2 * *room : 64;
    void *larger = memory_resized(array, more, size);
    if (larger)
        *room = more;
    return larger;
}

/* The index of a trait, added if it is new; -1: no memory. */
static int trait_index(catalogue *c, trait_kind kind, const char *name)
{
    for (size_t t = 0; t < c->n_traits; t++)
        if (c->traits[t].kind == kind && strcmp(c->traits[t].name, name) == 0)
            return (int)t;
    trait *traits = grown(c->traits, c->n_traits, &c->trait_room, sizeof *traits);
    if (!traits)
        return -1;
    c->traits = traits;
    traits[c->n_traits] = (trait){.kind = kind, .name = name};
    return (int)c->n_traits++;
}

/* Adds the first `limit` strings of the list `key` to the film's traits. */
static bt_status film_add_traits(catalogue *c, film *f, trait_kind kind, const char *key, size_t limit, bt_error *error)
{
    const json_t *list = json_object_get(f->json, key);
    if (json_array_size(list) == 0)
        return error_set(error, BT_BAD_FORMAT, "`%s` must be a list of strings and not empty", key);
    for (size_t i = 0; i < json_array_size(list) && i < limit; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name)
            return error_set(error, BT_BAD_FORMAT, "`%s` must hold strings alone", key);
        if (f->n_traits == MAX_FILM_TRAITS)
            return error_set(error, BT_LIMIT, "more than %d genres, themes and directors", MAX_FILM_TRAITS);
        const int t = trait_index(c, kind, name);
        if (t < 0)
            return error_no_memory(error, "reading or simulating");
        c->traits[t].films++;
        f->traits[f->n_traits++] = t;
    }
    return BT_OK;
}

/* Light genres count 1, dark ones -1. */
static int film_mood(const catalogue *c, const film *f)
{
    static const char *const light[] = {"Animation", "Children", "Comedy", "Musical", "Romance"};
    static const char *const dark[] = {"Crime", "Drama", "Film-Noir", "Horror", "Thriller", "War"};
    int mood = 0;
    for (int i = 0; i < f->n_traits; i++) {
        const trait *t = &c->traits[f->traits[i]];
        if (t->kind != TRAIT_GENRE)
            continue;
        for (size_t k = 0; k < sizeof light / sizeof *light; k++)
            mood += strcmp(t->name, light[k]) == 0;
        for (size_t k = 0; k < sizeof dark / sizeof *dark; k++)
            mood -= strcmp(t->name, dark[k]) == 0;
    }
    return mood > 2 ? 2 : mood < -2 ? -2 : mood;
}

static bt_status film_read(catalogue *c, film *f, bt_error *error)
{
    const json_t *id = json_object_get(f->json, "id"), *year = json_object_get(f->json, "year");
    if (!json_is_integer(id) || json_integer_value(id) < 1)
        return error_set(error, BT_BAD_FORMAT, "`id` must be a whole number above 0");
    if (!json_is_integer(year) || json_integer_value(year) < 1870 || json_integer_value(year) > 2100)
        return error_set(error, BT_BAD_FORMAT, "`year` must be a whole number from 1870 to 2100");
    f->id = json_integer_value(id);
    f->year = (int)json_integer_value(year);
    for (size_t i = 0; i + 1 < c->n_films; i++)
        if (c->films[i].id == f->id)
            return error_set(error, BT_BAD_FORMAT, "`id` %" PRId64 " is already that of film %zu", f->id, i + 1);
    bt_status status = film_add_traits(c, f, TRAIT_GENRE, "genres", SIZE_MAX, error);
    if (status == BT_OK)
        status = film_add_traits(c, f, TRAIT_THEME, "themes", SIZE_MAX, error);
    if (status == BT_OK)
        status = film_add_traits(c, f, TRAIT_DIRECTOR, "directors", SIZE_MAX, error);
    if (status == BT_OK)
        status = film_add_traits(c, f, TRAIT_LANGUAGE, "languages", 1, error);
    f->mood = film_mood(c, f);
    return status;
}

static bt_status catalogue_add_line(catalogue *c, const char *line, size_t length, bt_error *error)
{
    if (c->n_films == MAX_FILMS)
        return error_set(error, BT_LIMIT, "more than %d films", MAX_FILMS);
    film *films = grown(c->films, c->n_films, &c->film_room, sizeof *films);
    if (!films)
        return error_no_memory(error, "reading or simulating");
    c->films = films;
    json_error_t wrong;
    json_t *json = json_loadb(line, length, JSON_REJECT_DUPLICATES, &wrong);
    if (!json)
        return error_set(error, BT_BAD_FORMAT, "not JSON: %s (column %d)", wrong.text, wrong.column);
    films[c->n_films] = (film){.json = json};
    return film_read(c, &films[c->n_films++], error);
}

/* Reads a film from each line that isn't empty. On failure *c is to be freed all the same. */
static bt_status catalogue_read(catalogue *c, const char *path, bt_error *error)
{
    bt_status status = file_read_whole(path, max_input, &c->text, &c->size, error);
    size_t number = 0;
    for (const char *line = c->text, *end = line + c->size; status == BT_OK && line < end; number++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline ? newline : end;
        bt_error wrong;
        if (stop > line && catalogue_add_line(c, line, (size_t)(stop - line), &wrong) != BT_OK)
            status = error_set(error, wrong.status, "%s:%zu: %.400s; expected a film's JSON object on a line", path, number + 1,
                               wrong.message);
        line = stop + 1;
    }
    if (status == BT_OK && c->n_films < MIN_FILMS)
        status = error_set(error, BT_BAD_FORMAT, "%s: %zu films, expected at least %d (the most that a viewer rates)", path,
                           c->n_films, MIN_FILMS);
    return status;
}

/* --- viewers ------------------------------------------------------------------------------------------------------- */

typedef struct viewer {
    random_stream random;
    int *points;    /* one a trait */
    bool has_era;   /* a loved year, `era` */
    int era;        /* year */
    int mood;       /* -1 dark, 0 any, 1 light */
    int fame_pull;  /* times a film's fame */
    int generosity; /* half stars added to every rating, -1..1 */
} viewer;

typedef struct ranked {
    int affinity;
    size_t film;
} ranked;

static bool chance(random_stream *r, uint64_t of, uint64_t in)
{
    return random_below(r, in) < of;
}

/* A liking is worth more the fewer films carry the trait: a director of five films says more than "Drama". */
static int trait_worth(const trait *t)
{
    return LIKING / (RARE + t->films);
}

static void viewer_take_likings(viewer *v, const catalogue *c, const film *favourite)
{
    for (int i = 0; i < favourite->n_traits; i++) {
        const int t = favourite->traits[i];
        const uint64_t quarters = c->traits[t].kind == TRAIT_LANGUAGE ? 2 : 3;
        if (chance(&v->random, quarters, 4))
            v->points[t] += trait_worth(&c->traits[t]);
    }
}

static void viewer_take_aversion(viewer *v, const catalogue *c)
{
    for (int tries = 0; tries < 32; tries++) {
        const size_t t = (size_t)random_below(&v->random, c->n_traits);
        if (c->traits[t].kind == TRAIT_GENRE && v->points[t] == 0) {
            v->points[t] = AVOIDED_GENRE;
            return;
        }
    }
}

static void viewer_draw(viewer *v, const catalogue *c, uint64_t seed, uint64_t id)
{
    int *points = v->points, mood = 0;
    memset(points, 0, c->n_traits * sizeof *points);
    *v = (viewer){.random = random_make(seed, id), .points = points};
    for (int i = 0; i < FAVOURITES; i++) {
        const film *favourite = &c->films[random_below(&v->random, c->n_films)];
        viewer_take_likings(v, c, favourite);
        mood += favourite->mood;
        v->era = favourite->year;
    }
    viewer_take_aversion(v, c);
    v->has_era = chance(&v->random, 1, 2);
    if (chance(&v->random, 1, 2))
        v->mood = (mood > 0) - (mood < 0);
    v->fame_pull = chance(&v->random, 1, CONTRARIANS) ? CONTRARIAN_PULL : 1;
    v->generosity = (int)random_below(&v->random, 3) - 1;
}

/* The sum of four dice: -20..20, mostly within 6 of 0. */
static int noise(random_stream *r)
{
    int sum = -20;
    for (int i = 0; i < 4; i++)
        sum += (int)random_below(r, 11);
    return sum;
}

static int viewer_affinity(viewer *v, const film *f)
{
    int liked = 0;
    for (int i = 0; i < f->n_traits; i++)
        liked += v->points[f->traits[i]];
    int affinity = TYPICAL_TRAITS * liked / f->n_traits; /* the mean, or long lists of themes would please everyone */
    affinity += noise(&v->random) + v->fame_pull * f->fame + MOOD_WEIGHT * v->mood * f->mood;
    const int away = abs(f->year - v->era);
    if (v->has_era && away < ERA_REACH)
        affinity += ERA_REACH - away;
    return affinity;
}

static int compare_ranked(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    if (a->affinity != b->affinity)
        return a->affinity < b->affinity ? 1 : -1;
    return (a->film > b->film) - (a->film < b->film);
}

/* All films, the best liked first. */
static void viewer_rank(viewer *v, const catalogue *c, ranked *order)
{
    for (size_t i = 0; i < c->n_films; i++)
        order[i] = (ranked){viewer_affinity(v, &c->films[i]), i};
    qsort(order, c->n_films, sizeof *order, compare_ranked);
}

/* How often a place is drawn: half as often every n / HALVINGS places, in a straight line between. */
static uint64_t place_weight(size_t place, size_t n)
{
    const size_t steps = place * HALVINGS;
    const uint64_t whole = ((uint64_t)1 << 32) >> (steps / n);
    return whole - whole / 2 * (steps % n) / n;
}

/* Draws a place that isn't taken yet: now and then any, mostly one of the better. */
static size_t viewer_choose(viewer *v, const uint64_t *weights, const bool *taken, size_t n)
{
    const bool any = chance(&v->random, 1, CASUAL);
    uint64_t total = 0;
    for (size_t p = 0; p < n; p++)
        total += taken[p] ? 0 : any ? 1 : weights[p];
    uint64_t left = random_below(&v->random, total);
    for (size_t p = 0;; p++) {
        const uint64_t weight = taken[p] ? 0 : any ? 1 : weights[p];
        if (left < weight)
            return p;
        left -= weight;
    }
}

/* In half stars, 1..10: from 10 for the first places down to 2 for the last, give or take generosity and one half star. */
static int viewer_rating(viewer *v, size_t place, size_t n)
{
    static const size_t ends[] = {20, 50, 120, 200, 300, 450, 600, 800}; /* of 1000 places: where 10, 9, … end */
    int halves = 10;
    for (size_t i = 0; i < sizeof ends / sizeof *ends && 1000 * place >= ends[i] * n; i++)
        halves--;
    halves += v->generosity + (int)random_below(&v->random, 3) - 1;
    return halves < 1 ? 1 : halves > 10 ? 10 : halves;
}

/* --- output -------------------------------------------------------------------------------------------------------- */

typedef struct plan {
    const char *films, *folder;
    uint64_t users, held_out, seed;
    bool help;
} plan;

typedef struct scratch { /* one viewer's */
    viewer viewer;
    ranked *order;     /* n_films */
    bool *taken;       /* n_films */
    uint64_t *weights; /* n_films, the same for every viewer */
} scratch;

static bt_status write_viewer(file_replace *out, const catalogue *c, scratch *s, uint64_t seed, uint64_t id, bt_error *error)
{
    viewer *v = &s->viewer;
    viewer_draw(v, c, seed, id);
    viewer_rank(v, c, s->order);
    memset(s->taken, 0, c->n_films * sizeof *s->taken);
    const uint64_t count = MIN_RATINGS + random_below(&v->random, MAX_RATINGS - MIN_RATINGS + 1);
    int64_t time = first_day + (int64_t)random_below(&v->random, 300 * day);
    for (uint64_t i = 0; i < count; i++) {
        const size_t place = viewer_choose(v, s->weights, s->taken, c->n_films);
        s->taken[place] = true;
        const int halves = viewer_rating(v, place, c->n_films);
        time += 60 + (int64_t)random_below(&v->random, 2 * day);
        char row[96];
        const int length = snprintf(row, sizeof row, "%" PRIu64 ",%" PRId64 ",%d.%d,%" PRId64 "\n", id,
                                    c->films[s->order[place].film].id, halves / 2, halves % 2 * 5, time);
        const bt_status status = file_replace_write(out, row, (size_t)length, error);
        if (status != BT_OK)
            return status;
    }
    return BT_OK;
}

/* The ratings of viewers first .. first + count - 1. */
static bt_status write_ratings(file_replace *out, const catalogue *c, scratch *s, uint64_t seed, uint64_t first, uint64_t count,
                               bt_error *error)
{
    static const char header[] = "userId,movieId,rating,timestamp\n";
    bt_status status = file_replace_write(out, header, sizeof header - 1, error);
    for (uint64_t id = first; status == BT_OK && id < first + count; id++)
        status = write_viewer(out, c, s, seed, id, error);
    return status;
}

enum { OUT_FILMS, OUT_RATINGS, OUT_HELD_OUT, OUTPUTS };

/* Begins all files before the first is written and renames them when all are whole. */
static bt_status write_all(const plan *p, const catalogue *c, scratch *s, bt_error *error)
{
    static const char *const names[OUTPUTS] = {"films.jsonl", "ratings.csv", "held-out.csv"};
    file_replace out[OUTPUTS] = {0};
    bt_status status = file_make_folder(p->folder, error);
    for (int i = 0; status == BT_OK && i < OUTPUTS; i++) {
        char *path = file_join(p->folder, names[i]);
        status = path ? file_replace_begin(&out[i], path, error) : error_no_memory(error, "reading or simulating");
        bt_free(path);
    }
    if (status == BT_OK)
        status = file_replace_write(&out[OUT_FILMS], c->text, c->size, error);
    if (status == BT_OK)
        status = write_ratings(&out[OUT_RATINGS], c, s, p->seed, 1, p->users, error);
    if (status == BT_OK)
        status = write_ratings(&out[OUT_HELD_OUT], c, s, p->seed, p->users + 1, p->held_out, error);
    for (int i = 0; status == BT_OK && i < OUTPUTS; i++)
        status = file_replace_commit(&out[i], error);
    for (int i = 0; i < OUTPUTS; i++)
        file_replace_abort(&out[i]); /* those that were not committed */
    return status;
}

static bt_status generate(const plan *p, catalogue *c, bt_error *error)
{
    bt_status status = catalogue_read(c, p->films, error);
    if (status != BT_OK)
        return status;
    random_stream fame = random_make(p->seed, 0); /* viewers' streams begin at 1 */
    for (size_t i = 0; i < c->n_films; i++) {
        const uint64_t one = random_below(&fame, FAME_DICE + 1), other = random_below(&fame, FAME_DICE + 1);
        c->films[i].fame = (int)(one * other);
    }
    scratch s = {.viewer.points = memory_array(c->n_traits, sizeof *s.viewer.points),
                 .order = memory_array(c->n_films, sizeof *s.order),
                 .taken = memory_array(c->n_films, sizeof *s.taken),
                 .weights = memory_array(c->n_films, sizeof *s.weights)};
    if (s.viewer.points && s.order && s.taken && s.weights) {
        for (size_t i = 0; i < c->n_films; i++)
            s.weights[i] = place_weight(i, c->n_films);
        status = write_all(p, c, &s, error);
    } else {
        status = error_no_memory(error, "reading or simulating");
    }
    bt_free(s.viewer.points);
    bt_free(s.order);
    bt_free(s.taken);
    bt_free(s.weights);
    return status;
}

/* --- command line -------------------------------------------------------------------------------------------------- */

/* A plain decimal number up to `most`. */
static bt_status parse_number(const char *name, const char *text, uint64_t most, uint64_t *out, bt_error *error)
{
    uint64_t value = 0;
    bool good = text && *text;
    for (const char *s = text; good && *s; s++) {
        const uint64_t digit = (uint64_t)(unsigned char)*s - '0';
        good = digit <= 9 && value <= (most - digit) / 10;
        value = good ? 10 * value + digit : value;
    }
    if (!good)
        return error_set(error, BT_INVALID_ARGUMENT, "%s needs a whole number from 0 to %" PRIu64 ", not \"%s\"", name, most,
                         text ? text : "");
    *out = value;
    return BT_OK;
}

static bt_status parse_arguments(plan *p, char **argument, bt_error *error)
{
    *p = (plan){.users = 2000, .held_out = 400, .seed = 1};
    for (bt_status status = BT_OK; *argument; argument++) {
        const char *name = *argument;
        if (strcmp(name, "--help") == 0) {
            p->help = true;
            return BT_OK;
        }
        if (name[0] == '-') {
            const bool seed = strcmp(name, "--seed") == 0;
            uint64_t *value = strcmp(name, "--users") == 0      ? &p->users
                              : strcmp(name, "--held-out") == 0 ? &p->held_out
                              : seed                            ? &p->seed
                                                                : NULL;
            if (!value)
                return error_set(error, BT_INVALID_ARGUMENT, "no option \"%s\"; see --help", name);
            status = parse_number(name, argument[1], seed ? UINT64_MAX : MAX_VIEWERS, value, error);
            if (status != BT_OK)
                return status;
            argument++;
        } else if (!p->films) {
            p->films = name;
        } else if (!p->folder) {
            p->folder = name;
        } else {
            return error_set(error, BT_INVALID_ARGUMENT, "\"%s\" is one argument too many; see --help", name);
        }
    }
    if (!p->folder)
        return error_set(error, BT_INVALID_ARGUMENT, "%s is missing; see --help", p->films ? "OUTDIR" : "FILMS.jsonl");
    return BT_OK;
}

int main(int count, char **arguments)
{
    bt_error error = {0};
    plan p;
    bt_status status = parse_arguments(&p, count > 0 ? arguments + 1 : arguments, &error);
    if (status == BT_OK && p.help)
        return fputs(usage, stdout) < 0 || fflush(stdout) != 0;
    catalogue c = {0};
    if (status == BT_OK)
        status = generate(&p, &c, &error);
    catalogue_free(&c);
    if (status == BT_OK)
        return 0;
    fprintf(stderr, "demo-ratings: %s\n", error.message);
    return status == BT_INVALID_ARGUMENT ? 2 : 1;
}
