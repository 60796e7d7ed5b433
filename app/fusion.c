/* The joined list: candidates of both ways, each scored by both, ordered by the sum. */
#include "app/fusion.h"

#include <stdlib.h>
#include <string.h>

#include "app/meaning.h"
#include "app/question.h"
#include "app/state.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"

enum { REACH = 1000, FEW_WORDS = 5 }; /* REACH: candidates of each way, and all pages */

/* What a byte for each film of the index says. */
enum { NOT_FOUND, FOUND, CANDIDATE };

/* A film that no word finds has to be this near, else any text would find something; vectors that were turned are further apart. */
static const float NEAR_TO_FEW = 0.3f, NEAR_TO_MANY = 0.15f;
static const double WEIGHT_OF_FEW = 0.2, WEIGHT_OF_MANY = 0.5;

double fusion_weight(size_t n_words)
{
    return n_words <= FEW_WORDS ? WEIGHT_OF_FEW : WEIGHT_OF_MANY;
}

static size_t count_words(const char *text)
{
    size_t n = 0;
    for (const char *p = text; *p != '\0'; p++)
        n += *p != ' ' && (p[1] == ' ' || p[1] == '\0');
    return n;
}

typedef struct candidate {
    bt_search_hit hit;
    float cosine;
    double fused;
} candidate;

typedef struct fusion {
    const app *app;
    bool many; /* words: a question */
    const meaning *meaning;
    float *query;     /* its vector */
    candidate *found; /* n */
    size_t n;
} fusion;

/* --- by meaning -------------------------------------------------------------------------------------------------------- */

static bt_status nearest(const fusion *f, const app_filter *filter, size_t limit, bt_vectors_hit *out, size_t *n,
                         bt_error *error)
{
    const size_t n_films = bt_vectors_describe(f->meaning->vectors)->n_films;
    bt_vectors_params params = bt_vectors_params_default();
    uint8_t *mask = NULL;
    bt_status status = app_pass_cards(f->app, filter, f->meaning->cards, n_films, &mask, error);
    params.limit = limit;
    params.allowed = mask;
    if (status == BT_OK)
        status = bt_vectors_search(f->meaning->vectors, f->query, &params, out, n, error);
    bt_free(mask);
    return status;
}

/* The cosines of the candidates that words found. */
static bt_status score_words(const fusion *f, bt_error *error)
{
    uint32_t *ids = memory_array(f->n + 1, sizeof *ids);
    bt_vectors_hit *hits = memory_array(f->n + 1, sizeof *hits);
    bt_status status = ids != NULL && hits != NULL ? BT_OK : error_no_memory(error, "searching by meaning");
    for (size_t i = 0; i < f->n && status == BT_OK; i++)
        ids[i] = f->found[i].hit.film_id;
    if (status == BT_OK)
        status = bt_vectors_score(f->meaning->vectors, f->query, NULL, ids, f->n, hits, error);
    for (size_t i = 0; i < f->n && status == BT_OK; i++)
        f->found[i].cosine = hits[i].score;
    bt_free(ids);
    bt_free(hits);
    return status;
}

/* Adds the nearest films to those that words brought; `marks` are all that words find. */
static void join(fusion *f, const bt_vectors_hit *near, size_t n_near, uint8_t *marks, app_found *out)
{
    const bt_search_info index = bt_search_describe(f->app->search);
    for (size_t i = 0; i < f->n; i++)
        marks[sorted_find(index.film_ids, index.n_films, f->found[i].hit.film_id)] = CANDIDATE;
    for (size_t i = 0; i < n_near; i++) {
        const size_t at = sorted_find(index.film_ids, index.n_films, near[i].film_id);
        if (at == SIZE_MAX || marks[at] == CANDIDATE ||
            (marks[at] == NOT_FOUND && near[i].score < (f->many ? NEAR_TO_MANY : NEAR_TO_FEW)))
            continue;
        out->n_total += marks[at] == NOT_FOUND;
        marks[at] = CANDIDATE;
        f->found[f->n++] = (candidate){.hit = {.film_id = near[i].film_id}, .cosine = near[i].score};
    }
}

/* --- the order --------------------------------------------------------------------------------------------------------- */

static int by_fused(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->hit.title != y->hit.title)
        return x->hit.title < y->hit.title ? 1 : -1;
    if (x->fused < y->fused || x->fused > y->fused)
        return x->fused < y->fused ? 1 : -1;
    return (x->hit.film_id > y->hit.film_id) - (x->hit.film_id < y->hit.film_id);
}

/* Films that titles bring keep the order in which the words' search put them. */
static void order(fusion *f, double weight, float far, float near)
{
    double best = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->found[i].hit.title == BT_TITLE_OTHER && f->found[i].hit.score > best)
            best = f->found[i].hit.score;
    for (size_t i = 0; i < f->n; i++) {
        candidate *c = &f->found[i];
        const double cosine = near > far && c->cosine > far ? (double)(c->cosine - far) / (double)(near - far) : 0;
        const double words = best > 0 && c->hit.score > 0 ? c->hit.score / best : 0;
        c->fused = c->hit.title != BT_TITLE_OTHER ? -(double)i : (1 - weight) * words + weight * cosine;
    }
    qsort(f->found, f->n, sizeof *f->found, by_fused);
}

static bt_status take(const fusion *f, size_t limit, arena *memory, app_found *out, bt_error *error)
{
    out->n = f->n < limit ? f->n : limit;
    out->hits = arena_take(memory, (out->n + 1) * sizeof *out->hits);
    float *cosines = arena_take(memory, (out->n + 1) * sizeof *cosines);
    if (out->hits == NULL || cosines == NULL)
        return error_no_memory(error, "searching by meaning");
    for (size_t i = 0; i < out->n; i++) {
        out->hits[i] = f->found[i].hit;
        cosines[i] = f->found[i].cosine;
    }
    out->meaning = cosines;
    return BT_OK;
}

/* Puts the nearest films into the list of those that words brought. */
static bt_status fuse(fusion *f, const char *text, const app_search_params *how, size_t reach, uint8_t *marks, arena *memory,
                      app_found *out, bt_error *error)
{
    size_t n_near = 0;
    bt_vectors_hit *near = memory_array(reach, sizeof *near);
    f->found = memory_array(2 * reach, sizeof *f->found);
    bt_status status = near != NULL && f->found != NULL ? BT_OK : error_no_memory(error, "searching by meaning");
    if (status == BT_OK)
        status = nearest(f, how->filter, reach, near, &n_near, error);
    if (status == BT_OK) {
        for (f->n = 0; f->n < out->n; f->n++)
            f->found[f->n] = (candidate){.hit = out->hits[f->n]};
        status = score_words(f, error);
    }
    if (status == BT_OK) {
        join(f, near, n_near, marks, out);
        order(f, how->mode == APP_SEARCH_SEMANTIC ? 1 : fusion_weight(count_words(text)),
              n_near > 0 ? near[n_near - 1].score : 0, n_near > 0 ? near[0].score : 0);
        status = take(f, how->limit, memory, out, error);
    }
    bt_free(near);
    bt_free(f->found);
    return status;
}

/* The query's vector; few words ask for nothing that they don't name. */
static bt_status encode(fusion *f, const char *text, bt_error *error)
{
    const bt_status status = meaning_encode(f->meaning, text, &f->query, error);
    if (status == BT_OK && f->many) {
        const bt_vectors_info *info = bt_vectors_describe(f->meaning->vectors);
        question_turn(info->encoder, info->dimensions, f->query);
    }
    return status;
}

static bt_status search_both(const app *a, const meaning *m, const char *text, const app_search_params *how,
                             bt_search_params *words, arena *memory, app_found *out, bt_error *error)
{
    fusion f = {.app = a, .meaning = m, .many = count_words(text) > FEW_WORDS};
    const size_t reach = how->limit > REACH ? how->limit : REACH;
    bt_status status = BT_OK;
    words->limit = m != NULL ? reach : how->limit;
    if (how->mode != APP_SEARCH_SEMANTIC)
        status = app_search_words(a, text, how->filter, words, memory, out, error);
    if (status != BT_OK || m == NULL || count_words(text) == 0)
        return status;
    status = encode(&f, text, error);
    if (status == BT_OK)
        status = fuse(&f, text, how, reach, words->found, memory, out, error);
    bt_free(f.query);
    return status;
}

static bt_status count(const app *a, const uint8_t *marks, size_t n_films, arena *memory, app_found *out, bt_error *error)
{
    app_facets *facets = arena_take(memory, sizeof *facets);
    if (facets == NULL || !facets_count(a, marks, n_films, memory, facets))
        return error_no_memory(error, "counting films");
    out->facets = facets;
    return BT_OK;
}

static bt_status no_meaning(const app *a, bt_error *error)
{
    char why[256];
    meaning_why(a, why, sizeof why);
    return error_set(error, BT_UNSUPPORTED, "no search by meaning here: %s", why);
}

bt_status fusion_search(const app *a, const char *text, const app_search_params *how, bt_search_params *words, arena *memory,
                        app_found *out, bt_error *error)
{
    *out = (app_found){0};
    if (a->search == NULL)
        return error_set(error, BT_UNSUPPORTED, "the search index wasn't made");
    meaning *m = how->mode != APP_SEARCH_LEXICAL ? meaning_take(a) : NULL;
    if (m == NULL && how->mode == APP_SEARCH_SEMANTIC)
        return no_meaning(a, error);
    const size_t n_films = bt_search_describe(a->search).n_films;
    uint8_t *marks = memory_zeroed(n_films + 1, 1);
    words->found = marks;
    bt_status status = marks != NULL ? BT_OK : error_no_memory(error, "searching");
    if (status == BT_OK)
        status = search_both(a, m, text, how, words, memory, out, error);
    if (status == BT_OK && how->facets)
        status = count(a, marks, n_films, memory, out, error);
    bt_free(marks);
    meaning_give(a, m);
    return status;
}
