/* The vector index against scores in float64 of the vectors as they were before they were packed. */
#include <stdio.h>
#include <stdlib.h>

#include "unit/search/vectors.h"

static bt_error error;

/* The score of a film by its definition (butaca/vectors.h). */
static double exact_score(const sample *s, size_t film, const float *query, double share)
{
    double best = -2;
    for (size_t row = s->starts[film]; row < s->starts[film + 1];) {
        const double whole = sample_dot(query, s->vectors + row * SAMPLE_D);
        double sentence = -2;
        for (row++; row < s->starts[film + 1] && s->passages[row].end != 0; row++) {
            const double one = sample_dot(query, s->vectors + row * SAMPLE_D);
            sentence = one > sentence ? one : sentence;
        }
        const double score = sentence > -2 ? share * whole + (1 - share) * sentence : whole;
        best = score > best ? score : best;
    }
    return best;
}

static int falling(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return a > b ? -1 : a < b;
}

/* All hits have their exact score within 1e-4, and none that is missing is better than the last by more. */
static void check_search(const sample *s, const bt_vectors *v, const float *query, const bt_vectors_params *params)
{
    bt_vectors_hit *hits = memory_array(params->limit + 1, sizeof *hits);
    double *exact = memory_array(s->n_films, sizeof *exact);
    size_t n = 0, n_allowed = 0;
    REQUIRE(hits != NULL && exact != NULL);
    CHECK_OK(bt_vectors_search(v, query, params, hits, &n, &error), error);
    for (size_t film = 0; film < s->n_films; film++)
        if (params->allowed == NULL || params->allowed[film])
            exact[n_allowed++] = exact_score(s, film, query, (double)params->whole);
    qsort(exact, n_allowed, sizeof *exact, falling);
    CHECK_INT(n, params->limit < n_allowed ? params->limit : n_allowed);
    for (size_t i = 0; i < n; i++) {
        const size_t film = (hits[i].film_id - 2) / 3;
        CHECK(params->allowed == NULL || params->allowed[film]);
        CHECK(i == 0 || hits[i - 1].score >= hits[i].score);
        if (!CHECK_NEAR(hits[i].score, exact_score(s, film, query, (double)params->whole), 1e-4) ||
            !CHECK_NEAR(hits[i].score, exact[i], 1e-4))
            break;
    }
    bt_free(hits);
    bt_free(exact);
}

TEST(search_finds_what_float64_finds)
{
    sample s = sample_make(3000, 1);
    bt_vectors *v = sample_open(&s, NULL);
    const bt_vectors_info *info = bt_vectors_describe(v);
    CHECK_INT(info->n_films, s.n_films);
    CHECK_INT(info->n_vectors, s.n_rows);
    CHECK_INT(info->stamp, 5);
    CHECK_INT(info->encoder_fingerprint, 77);
    CHECK_STR(info->encoder, "muse");
    CHECK_BYTES(info->film_ids, s.film_ids, s.n_films * sizeof *s.film_ids);
    static const float wholes[] = {0.5f, 0, 1, 0.3f};
    for (uint64_t i = 0; i < 20; i++) {
        random_stream random = random_make(2, i);
        float query[SAMPLE_D];
        sample_vector(&random, s.vectors + (i * 97 % s.n_rows) * SAMPLE_D, query);
        check_search(&s, v, query, &(bt_vectors_params){.limit = 20, .whole = wholes[i % 4]});
    }
    bt_vectors_close(v);
    sample_free(&s);
}

TEST(films_that_are_not_allowed_leave_before_ranking)
{
    sample s = sample_make(500, 3);
    bt_vectors *v = sample_open(&s, NULL);
    uint8_t *allowed = memory_zeroed(s.n_films, 1);
    REQUIRE(allowed != NULL);
    const size_t limits[] = {1, 20, 499, 500, 10000};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        check_search(&s, v, s.vectors, &(bt_vectors_params){.limit = limits[i], .whole = 0.5f, .allowed = allowed});
        for (size_t film = i; film < s.n_films; film += 3)
            allowed[film] = 1;
        check_search(&s, v, s.vectors, &(bt_vectors_params){.limit = limits[i], .whole = 0.5f, .allowed = allowed});
        check_search(&s, v, s.vectors, &(bt_vectors_params){.limit = limits[i], .whole = 0.5f});
    }
    bt_free(allowed);
    bt_vectors_close(v);
    sample_free(&s);
}

TEST(given_films_are_scored_as_search_scores_them)
{
    sample s = sample_make(300, 4);
    bt_vectors *v = sample_open(&s, NULL);
    bt_vectors_hit hits[40], again[41];
    uint32_t ids[41];
    size_t n = 0;
    const bt_vectors_params params = {.limit = 40, .whole = 0.4f};
    CHECK_OK(bt_vectors_search(v, s.vectors + SAMPLE_D, &params, hits, &n, &error), error);
    CHECK_INT(n, 40);
    for (size_t i = 0; i < n; i++)
        ids[i] = hits[n - 1 - i].film_id;
    ids[n] = 1; /* there is none */
    CHECK_OK(bt_vectors_score(v, s.vectors + SAMPLE_D, &params, ids, n + 1, again, &error), error);
    for (size_t i = 0; i < n; i++)
        CHECK_BYTES(&again[i], &hits[n - 1 - i], sizeof *hits);
    CHECK(again[n].film_id == 1 && again[n].score == 0 && again[n].at.end == 0);
    bt_vectors_close(v);
    sample_free(&s);
}

/* The sentence that a hit names is the one that is nearest. */
TEST(the_best_sentence_is_named)
{
    sample s = sample_make(200, 5);
    bt_vectors *v = sample_open(&s, NULL);
    for (size_t row = 0; row < s.n_rows; row += 7) {
        if (s.passages[row].end == 0)
            continue;
        bt_vectors_hit hit;
        size_t n = 0;
        CHECK_OK(bt_vectors_search(v, s.vectors + row * SAMPLE_D, &(bt_vectors_params){.limit = 1}, &hit, &n, &error), error);
        CHECK_INT(n, 1);
        CHECK_BYTES(&hit.at, &s.passages[row], sizeof hit.at);
        CHECK_NEAR(hit.score, 1, 1e-4);
    }
    bt_vectors_close(v);
    sample_free(&s);
}

TEST(what_is_no_query_is_refused)
{
    sample s = sample_make(3, 6);
    bt_vectors *v = sample_open(&s, NULL);
    float query[SAMPLE_D] = {0};
    bt_vectors_hit hits[20];
    size_t n = 7;
    CHECK_OK(bt_vectors_search(v, query, NULL, hits, &n, &error), error);
    CHECK_INT(n, 3); /* nothing is like it: all by id */
    CHECK(hits[0].film_id == 2 && hits[2].film_id == 8 && hits[0].score == 0);
    query[5] = NAN;
    CHECK_STATUS(bt_vectors_search(v, query, NULL, hits, &n, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "value 5");
    CHECK_INT(n, 0);
    query[5] = INFINITY;
    CHECK_STATUS(bt_vectors_score(v, query, NULL, s.film_ids, 3, hits, &error), BT_INVALID_ARGUMENT);
    query[5] = 0;
    CHECK_STATUS(bt_vectors_search(v, query, &(bt_vectors_params){.limit = 1, .whole = 1.5f}, hits, &n, &error),
                 BT_INVALID_ARGUMENT);
    CHECK_STATUS(bt_vectors_search(v, query, &(bt_vectors_params){.limit = 1, .whole = NAN}, hits, &n, &error),
                 BT_INVALID_ARGUMENT);
    CHECK_OK(bt_vectors_search(v, query, &(bt_vectors_params){.limit = 0}, hits, &n, &error), error);
    CHECK_INT(n, 0);
    bt_vectors_close(v);
    sample_free(&s);
}

TEST(a_vector_of_tiny_or_huge_values_keeps_its_direction)
{
    float x[SAMPLE_D];
    int8_t high[SAMPLE_D], low[SAMPLE_D];
    static const float sizes[] = {1e-30f, 1e-12f, 1e-3f, 1, 1e6f, 1e30f};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const float size = sizes[k];
        for (size_t i = 0; i < SAMPLE_D; i++)
            x[i] = size * (float)((int)(i * 37 % 101) - 50) / 50;
        const float scale = vectors_pack(x, SAMPLE_D, high, low);
        for (size_t i = 0; i < SAMPLE_D; i++)
            CHECK_NEAR(scale * (float)(256 * high[i] + low[i]) / size, x[i] / size, 2e-5);
    }
    memset(x, 0, sizeof x);
    CHECK(vectors_pack(x, SAMPLE_D, high, low) == 0);
}

/* --- making the file --------------------------------------------------------------------------------------------------- */

TEST(films_that_do_not_fit_are_refused)
{
    sample s = sample_make(3, 7);
    vectors_builder b;
    vectors_builder_begin(&b, SAMPLE_D);
    const bt_passage sentence = {0, 0, 5}, whole = {0, 0, 0};
    CHECK_STATUS(vectors_builder_add(&b, 4, 1, &sentence, s.vectors, 1, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(vectors_builder_add(&b, 4, 1, &whole, s.vectors, 0, &error), BT_INVALID_ARGUMENT);
    CHECK_OK(vectors_builder_add(&b, 4, 1, &whole, s.vectors, 1, &error), error);
    CHECK_STATUS(vectors_builder_add(&b, 4, 1, &whole, s.vectors, 1, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "film 4 comes after film 4");
    CHECK_INT(b.n_vectors, 1);
    vectors_builder_free(&b);
    sample_free(&s);
}

TEST(films_are_copied_and_cut)
{
    sample s = sample_make(40, 8);
    bt_vectors *v = sample_open(&s, NULL), *copy = NULL;
    vectors_builder b;
    vectors_builder_begin(&b, SAMPLE_D);
    for (size_t i = 0; i < s.n_films; i++)
        CHECK_OK(vectors_builder_copy(&b, v, i, &error), error);
    vectors_builder_cut(&b, 12);
    for (size_t i = 12; i < s.n_films; i++)
        CHECK_OK(vectors_builder_copy(&b, v, i, &error), error);
    CHECK_OK(vectors_builder_write(&b, test_path("copy.bt"), &sample_encoder, 5, 0, &error), error);
    CHECK_OK(bt_vectors_open(test_path("copy.bt"), &copy, &error), error);
    CHECK(copy->info.fingerprint == v->info.fingerprint); /* the same bytes */
    vectors_builder_free(&b);
    bt_vectors_close(copy);
    bt_vectors_close(v);
    sample_free(&s);
}

TEST(no_films_are_a_file_too)
{
    sample s = sample_make(0, 9);
    bt_vectors *v = sample_open(&s, NULL);
    bt_vectors_hit hits[20];
    bt_neighbours *table = NULL;
    const float query[SAMPLE_D] = {1};
    size_t n = 7;
    CHECK_OK(bt_vectors_search(v, query, NULL, hits, &n, &error), error);
    CHECK_INT(n, 0);
    CHECK_OK(bt_vectors_neighbours(v, NULL, NULL, 1, NULL, &table, &error), error);
    CHECK_INT(bt_neighbours_describe(table)->n_films, 0);
    bt_neighbours_close(table);
    bt_vectors_close(v);
    sample_free(&s);
}

/* --- neighbours -------------------------------------------------------------------------------------------------------- */

static bt_neighbours *neighbours_of(const bt_vectors *v, const bt_neighbours *before, const uint8_t *is_new, size_t n_threads)
{
    bt_neighbours *table = NULL;
    CHECK_OK(bt_vectors_neighbours(v, before, is_new, n_threads, NULL, &table, &error), error);
    return table;
}

static void check_same_table(const bt_neighbours *a, const bt_neighbours *b)
{
    const bt_neighbours_info *x = bt_neighbours_describe(a), *y = bt_neighbours_describe(b);
    const size_t cells = x->n_films * BT_NEIGHBOURS;
    CHECK_INT(x->n_films, y->n_films);
    CHECK_BYTES(x->neighbours, y->neighbours, cells * sizeof *x->neighbours);
    CHECK_BYTES(x->similarities, y->similarities, cells * sizeof *x->similarities);
}

TEST(neighbours_are_those_of_float64)
{
    sample s = sample_make(700, 10);
    bt_vectors *v = sample_open(&s, NULL);
    bt_neighbours *table = neighbours_of(v, NULL, NULL, 2);
    const bt_neighbours_info *info = bt_neighbours_describe(table);
    CHECK_STR(info->method, "muse");
    CHECK(info->texts_fingerprint == v->info.texts_fingerprint);
    double exact[700];
    for (size_t film = 0; film < s.n_films; film += 13) {
        const float *x = s.vectors + s.starts[film] * SAMPLE_D;
        for (size_t other = 0; other < s.n_films; other++)
            exact[other] = other == film ? -2 : sample_dot(x, s.vectors + s.starts[other] * SAMPLE_D);
        for (size_t i = 0; i < BT_NEIGHBOURS; i++) {
            const uint32_t neighbour = info->neighbours[film * BT_NEIGHBOURS + i];
            if (neighbour != BT_NO_NEIGHBOUR)
                CHECK_NEAR(info->similarities[film * BT_NEIGHBOURS + i], exact[neighbour], 1e-4);
        }
        qsort(exact, s.n_films, sizeof *exact, falling);
        for (size_t i = 0; i < BT_NEIGHBOURS; i++)
            if (!CHECK_NEAR(info->similarities[film * BT_NEIGHBOURS + i], exact[i] > 0 ? exact[i] : 0, 1e-4))
                break;
    }
    bt_neighbours *alone = neighbours_of(v, NULL, NULL, 1);
    check_same_table(alone, table);
    bt_neighbours_close(alone);
    bt_neighbours_close(table);
    bt_vectors_close(v);
    sample_free(&s);
}

/* Films come, change and go: the table is as if it were made anew. */
TEST(neighbours_follow_films_that_come_change_and_go)
{
    sample s = sample_make(600, 11);
    uint8_t *skip = memory_zeroed(s.n_films, 1), *is_new = memory_zeroed(s.n_films, 1);
    REQUIRE(skip != NULL && is_new != NULL);
    skip[17] = skip[599] = 1;
    bt_vectors *v = sample_open(&s, skip);
    bt_neighbours *before = neighbours_of(v, NULL, NULL, 2);
    bt_vectors_close(v);

    skip[17] = skip[599] = 0; /* these come, at the places 17 and 598 */
    skip[300] = 1;            /* this goes */
    is_new[17] = is_new[598] = 1;
    random_stream random = random_make(12, 0);
    sample_vector(&random, NULL, s.vectors + s.starts[42] * SAMPLE_D); /* this changes */
    is_new[42] = 1;
    v = sample_open(&s, skip);
    bt_neighbours *followed = neighbours_of(v, before, is_new, 2), *anew = neighbours_of(v, NULL, NULL, 2);
    check_same_table(followed, anew);
    bt_neighbours_close(followed);
    bt_neighbours_close(anew);
    bt_neighbours_close(before);
    bt_vectors_close(v);
    bt_free(skip);
    bt_free(is_new);
    sample_free(&s);
}

static bool stop(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    (void)stage, (void)unit, (void)done, (void)total;
    ++*(int *)context;
    return false;
}

TEST(finding_neighbours_can_be_stopped)
{
    sample s = sample_make(100, 13);
    bt_vectors *v = sample_open(&s, NULL);
    bt_neighbours *table = NULL;
    int calls = 0;
    const bt_progress progress = {stop, &calls};
    CHECK_STATUS(bt_vectors_neighbours(v, NULL, NULL, 1, &progress, &table, &error), BT_CANCELLED);
    CHECK(calls == 1 && table == NULL);
    bt_vectors_close(v);
    sample_free(&s);
}

TEST(memory_that_runs_out)
{
    sample s = sample_make(30, 14);
    EACH_FAILED_ALLOCATION
    {
        bt_vectors *v = NULL;
        bt_vectors_hit hits[20];
        bt_neighbours *table = NULL;
        size_t n = 0;
        bt_status status = sample_write(&s, NULL, test_path("v.bt"), 1, NULL);
        if (status == BT_OK)
            status = bt_vectors_open(test_path("v.bt"), &v, NULL);
        if (status == BT_OK)
            status = bt_vectors_search(v, s.vectors, NULL, hits, &n, NULL);
        if (status == BT_OK)
            status = bt_vectors_score(v, s.vectors, NULL, s.film_ids, 2, hits, NULL);
        if (status == BT_OK)
            status = bt_vectors_neighbours(v, NULL, NULL, 1, NULL, &table, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_neighbours_close(table);
        bt_vectors_close(v);
    }
    sample_free(&s);
}
