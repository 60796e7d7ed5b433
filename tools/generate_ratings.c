/* generate-ratings: a data set of any size in the format of MovieLens, for measuring speed. Nobody gave these ratings: they say
 * nothing about quality.
 *
 * It has the shape of the real ones: few people rate very much (a Pareto law, at the default size 17 to 4,400 ratings each, half
 * of them below 36), few films are rated very often (tools/generate_films.c), rows are grouped by user with film ids ascending, and
 * times lie between 1995 and 2017.
 *
 * All arithmetic is on integers and each user has a random stream of their own, so the same options give the same bytes on every
 * machine. Films are drawn by Walker's alias method, two memory accesses a draw; what was drawn twice is drawn again, and a bitmap
 * gives a user's films in order. 26 million rows take some two seconds and a few MB of memory.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "tools/generate_films.h"

static const char usage[] =
    "usage: generate-ratings OUTDIR [--rows 26024289] [--users N] [--films 60000] [--seed 1]\n"
    "\n"
    "Writes OUTDIR/ratings.csv, movies.csv and links.csv as MovieLens has them, with generated content: for measuring\n"
    "speed. Without --users there are as many as go with the rows: 270000 for 26024289. The same options give the same\n"
    "bytes.\n"
    "\n"
    "example: generate-ratings build/generated --rows 1000000\n";

static const uint64_t default_rows = 26024289, default_users = 270000, default_films = 60000;

enum {
    SHARE = 8,              /* a user rates at most one film in these many, on average, and half of them at most */
    PARETO_SHIFT = 12,      /* of 20 bits: bounds the largest profile to 46 times the mean */
    FIRST_TIME = 789652009, /* 1995-01-09: MovieLens's first rating */
    LAST_TIME = 1501829870, /* 2017-08-04: the last one of The Movies Dataset */
    MAX_FILMS = 1000000,
    MAX_USERS = 10000000
};

typedef struct plan {
    const char *folder;
    uint64_t rows, users, films, seed;
    bool help;
} plan;

/* --- how many ratings each user has ----------------------------------------------------------------------------------- */

/* c / (u + shift) for a uniform u: a Pareto law that is cut off. 63 to 16,384, on average 355. */
static uint64_t user_weight(uint64_t seed, uint64_t user)
{
    random_stream r = random_make(seed ^ UINT64_C(0x5ca1ab1e), user);
    return (UINT64_C(1) << 26) / (random_below(&r, 1 << 20) + (1 << PARETO_SHIFT));
}

/* Shares the rows out in proportion to the weights, each user at least 1 and at most `most`; the sum is exact. */
static void share_rows(const plan *p, uint32_t *count, uint32_t most)
{
    uint64_t total = 0, before = 0, given = 0;
    for (uint64_t u = 0; u < p->users; u++)
        total += user_weight(p->seed, u);
    const uint64_t rows = p->rows - p->users;
    for (uint64_t u = 0; u < p->users; u++) {
        const uint64_t after = before + user_weight(p->seed, u);
        const uint64_t n = 1 + rows * after / total - rows * before / total; /* below 2^32 times 2^32 */
        count[u] = n < most ? (uint32_t)n : most;
        given += count[u];
        before = after;
    }
    for (uint64_t u = 0; given < p->rows; u = u + 1 < p->users ? u + 1 : 0) { /* what the largest ones had to leave */
        const bool room = count[u] < most;
        count[u] += room;
        given += room;
    }
}

/* --- drawing films ---------------------------------------------------------------------------------------------------- */

/* Walker's alias table in Vose's construction: column i is film i with a chance of threshold / 2^32, else film `other`. */
typedef struct alias_column {
    uint32_t threshold, other;
} alias_column;

/* part / whole as a fraction of 2^32; whole > part, below 2^44. */
static uint32_t fraction(uint64_t part, uint64_t whole)
{
    return (uint32_t)((part << 20) / ((whole >> 12) + 1));
}

static bt_status alias_make(const generated_films *f, alias_column *columns, bt_error *error)
{
    uint64_t total = 0, *rest = memory_array(f->n, sizeof *rest);
    uint32_t *stack = memory_array(f->n, sizeof *stack); /* small columns grow from the front, large ones from the back */
    if (!rest || !stack) {
        bt_free(rest);
        bt_free(stack);
        return error_no_memory(error, "drawing films");
    }
    for (size_t i = 0; i < f->n; i++)
        total += f->weight[i];
    size_t small = 0, large = f->n;
    for (size_t i = 0; i < f->n; i++) {
        rest[i] = f->weight[i] * f->n;
        stack[rest[i] < total ? small++ : --large] = (uint32_t)i;
    }
    while (small > 0 && large < f->n) {
        const uint32_t poor = stack[--small], rich = stack[large];
        columns[poor] = (alias_column){fraction(rest[poor], total), rich};
        rest[rich] -= total - rest[poor];
        if (rest[rich] < total) {
            large++;
            stack[small++] = rich;
        }
    }
    while (small > 0 || large < f->n) {
        const uint32_t last = small > 0 ? stack[--small] : stack[large++];
        columns[last] = (alias_column){UINT32_MAX, last};
    }
    bt_free(rest);
    bt_free(stack);
    return BT_OK;
}

/* --- rows ------------------------------------------------------------------------------------------------------------- */

typedef struct generator {
    const plan *p;
    generated_films films;
    alias_column *columns; /* n_films */
    uint64_t *drawn;       /* a bit for each film: this user's; empty between users */
    uint32_t *count;       /* n_users */
    file_replace out;
} generator;

static void draw_films(generator *g, random_stream *r, uint32_t n)
{
    while (n > 0) {
        const uint64_t random = random_next(r);
        const uint32_t column = (uint32_t)((random >> 32) * g->films.n >> 32);
        const alias_column *c = &g->columns[column];
        const uint32_t film = (uint32_t)random < c->threshold ? column : c->other;
        const uint64_t bit = UINT64_C(1) << film % 64;
        n -= !(g->drawn[film / 64] & bit);
        g->drawn[film / 64] |= bit;
    }
}

static char *write_digits(char *at, uint32_t number)
{
    char digits[10];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

/* Half stars: as often as in MovieLens, moved by the film's quality and the user's generosity. */
static int draw_half_stars(uint64_t random, int moved)
{
    static const uint8_t usual[64] = {1, 2, 2, 3, 4, 4, 4, 4, 5, 5, 5, 6,  6,  6,  6,  6,  6,  6,  6,  6, 6, 6,
                                      6, 7, 7, 7, 7, 7, 7, 7, 7, 8, 8, 8,  8,  8,  8,  8,  8,  8,  8,  8, 8, 8,
                                      8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 10, 10, 10, 10, 10};
    const int half_stars = usual[random % 64] + moved;
    return half_stars < 1 ? 1 : half_stars > 10 ? 10 : half_stars;
}

/* What all rows of one user share. */
typedef struct opinion {
    char id[11]; /* "42," */
    size_t id_length;
    uint32_t start, span; /* seconds */
    int generosity;
} opinion;

static bt_status write_row(generator *g, random_stream *r, const opinion *o, size_t film, bt_error *error)
{
    char row[64], *at = row;
    const uint64_t random = random_next(r);
    const int half_stars = draw_half_stars(random, g->films.quality[film] + o->generosity);
    memcpy(at, o->id, sizeof o->id);
    at = write_digits(at + o->id_length, g->films.ids[film]);
    *at++ = ',';
    *at++ = (char)('0' + half_stars / 2);
    *at++ = '.';
    *at++ = half_stars % 2 ? '5' : '0';
    *at++ = ',';
    at = write_digits(at, o->start + (uint32_t)((random >> 32) * o->span >> 32));
    *at++ = '\n';
    return file_replace_write(&g->out, row, (size_t)(at - row), error);
}

static bt_status write_user(generator *g, uint64_t user, bt_error *error)
{
    random_stream r = random_make(g->p->seed, ((uint64_t)1 << 40) + user);
    opinion o = {.span = 600 + (uint32_t)random_below(&r, 30 * 86400), .generosity = (int)random_below(&r, 3) - 1};
    o.start = FIRST_TIME + (uint32_t)random_below(&r, LAST_TIME - FIRST_TIME - o.span);
    char *end = write_digits(o.id, (uint32_t)user + 1);
    *end++ = ',';
    o.id_length = (size_t)(end - o.id);
    draw_films(g, &r, g->count[user]);
    bt_status status = BT_OK;
    for (size_t word = 0; word * 64 < g->films.n && status == BT_OK; word++) {
        for (uint64_t rest = g->drawn[word]; rest != 0 && status == BT_OK; rest &= rest - 1)
            status = write_row(g, &r, &o, word * 64 + (size_t)__builtin_ctzll(rest), error);
        g->drawn[word] = 0;
    }
    return status;
}

static bt_status write_ratings(generator *g, bt_error *error)
{
    static const char header[] = "userId,movieId,rating,timestamp\n";
    char *path = file_join(g->p->folder, "ratings.csv");
    bt_status status = path ? file_replace_begin(&g->out, path, error) : error_no_memory(error, "writing ratings");
    bt_free(path);
    if (status == BT_OK)
        status = file_replace_write(&g->out, header, sizeof header - 1, error);
    for (uint64_t u = 0; u < g->p->users && status == BT_OK; u++)
        status = write_user(g, u, error);
    if (status == BT_OK)
        return file_replace_commit(&g->out, error);
    file_replace_abort(&g->out);
    return status;
}

static bt_status prepare(generator *g, bt_error *error)
{
    const plan *p = g->p;
    const bt_status status = films_make(p->seed, (size_t)p->films, &g->films, error);
    if (status != BT_OK)
        return status;
    g->columns = memory_array(g->films.n, sizeof *g->columns);
    g->drawn = memory_zeroed(g->films.n / 64 + 1, sizeof *g->drawn);
    g->count = memory_array((size_t)p->users, sizeof *g->count);
    if (!g->columns || !g->drawn || !g->count)
        return error_no_memory(error, "making ratings");
    share_rows(p, g->count, (uint32_t)p->films / 2);
    return alias_make(&g->films, g->columns, error);
}

static bt_status generate(const plan *p, bt_error *error)
{
    generator g = {.p = p};
    bt_status status = prepare(&g, error);
    if (status == BT_OK)
        status = file_make_folder(p->folder, error);
    if (status == BT_OK)
        status = films_write(&g.films, p->folder, error);
    if (status == BT_OK)
        status = write_ratings(&g, error);
    films_free(&g.films);
    bt_free(g.columns);
    bt_free(g.drawn);
    bt_free(g.count);
    return status;
}

/* --- command line ----------------------------------------------------------------------------------------------------- */

static bt_status parse_number(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *value,
                              bt_error *error)
{
    char *end = NULL;
    if (text && *text >= '0' && *text <= '9') {
        *value = strtoull(text, &end, 10);
        if (*end == '\0' && *value >= least && *value <= most)
            return BT_OK;
    }
    return error_set(error, BT_INVALID_ARGUMENT, "%s is %s: expected a whole number from %" PRIu64 " to %" PRIu64, name,
                     text ? text : "missing", least, most);
}

static bt_status parse_option(plan *p, const char *name, const char *value, bt_error *error)
{
    if (strcmp(name, "--rows") == 0)
        return parse_number(name, value, 1, UINT32_MAX - 1, &p->rows, error);
    if (strcmp(name, "--users") == 0)
        return parse_number(name, value, 1, MAX_USERS, &p->users, error);
    if (strcmp(name, "--films") == 0)
        return parse_number(name, value, 2, MAX_FILMS, &p->films, error);
    if (strcmp(name, "--seed") == 0)
        return parse_number(name, value, 0, UINT64_MAX, &p->seed, error);
    return error_set(error, BT_INVALID_ARGUMENT, "no option \"%s\"; see --help", name);
}

static bt_status check_plan(plan *p, bt_error *error)
{
    if (!p->folder)
        return error_set(error, BT_INVALID_ARGUMENT, "OUTDIR is missing; see --help");
    if (p->users == 0)
        p->users = (p->rows * default_users + default_rows - 1) / default_rows;
    if (p->users > p->rows || p->rows > p->users * (p->films / SHARE + 1))
        return error_set(error, BT_INVALID_ARGUMENT,
                         "%" PRIu64 " rows of %" PRIu64 " users and %" PRIu64 " films: expected 1 to %" PRIu64 " rows a user",
                         p->rows, p->users, p->films, p->films / SHARE + 1);
    return BT_OK;
}

static bt_status parse_arguments(plan *p, char **argument, bt_error *error)
{
    *p = (plan){.rows = default_rows, .films = default_films, .seed = 1};
    for (; *argument; argument++) {
        bt_status status = BT_OK;
        if (strcmp(*argument, "--help") == 0) {
            p->help = true;
            return BT_OK;
        }
        if (strncmp(*argument, "--", 2) == 0) {
            status = parse_option(p, argument[0], argument[1], error);
            argument++;
        } else if (!p->folder) {
            p->folder = *argument;
        } else {
            status = error_set(error, BT_INVALID_ARGUMENT, "\"%s\" is one argument too many; see --help", *argument);
        }
        if (status != BT_OK)
            return status;
    }
    return check_plan(p, error);
}

int main(int count, char **arguments)
{
    bt_error error = {0};
    plan p;
    bt_status status = parse_arguments(&p, count > 0 ? arguments + 1 : arguments, &error);
    if (status == BT_OK && p.help)
        return fputs(usage, stdout) < 0 || fflush(stdout) != 0;
    if (status == BT_OK)
        status = generate(&p, &error);
    if (status == BT_OK)
        return 0;
    fprintf(stderr, "generate-ratings: %s\n", error.message);
    return status == BT_INVALID_ARGUMENT ? 2 : 1;
}
