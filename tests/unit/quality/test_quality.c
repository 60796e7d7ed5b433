/* How good the lists are, with the default parameters: the 20 hand-written tastes of tests/taste/cases.json and the `strong`
 * protocol on real data, the demo's held-out viewers, and a smaller `strong` on made-up people. Runs in the release build: it
 * trains for seconds.
 *
 * Ratings are read here, by a few lines that know these files; import has its own tests.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "butaca/butaca.h"
#include "support/tastes.h"
#include "support/test.h"

enum { MAX_ROWS = 120000, MAX_FILMS = 10000, MAX_USERS = 3000, LINE_SIZE = 4096, KEY_SIZE = 32, MAX_TASTE = 16, LIST = 10 };

/* --- ml-latest-small -------------------------------------------------------------------------------------------------------- */

typedef struct film {
    uint32_t id;
    int year;         /* at the end of the title, 0: none */
    char genres[128]; /* "|Action|Drama|" */
} film;

static film films[MAX_FILMS]; /* ids ascend in the file */
static size_t n_films;

static FILE *open_data(const char *name)
{
    char path[LINE_SIZE];
    snprintf(path, sizeof path, "%s/ml-latest-small/%s", test_data_dir(), name);
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    return file;
}

/* userId,movieId,rating,timestamp, by user. */
static const bt_ratings *read_ratings(FILE *file, size_t expected_rows)
{
    bt_rating *rows = malloc(MAX_ROWS * sizeof *rows);
    static char keys[MAX_USERS][KEY_SIZE];
    static const char *key_of[MAX_USERS];
    char line[LINE_SIZE];
    size_t n = 0, n_users = 0;
    unsigned user, film_id, time, last_user = 0;
    double stars;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%u,%u,%lf,%u", &user, &film_id, &stars, &time) != 4)
            continue; /* the header */
        REQUIRE(n < MAX_ROWS && n_users < MAX_USERS);
        if (user != last_user) {
            snprintf(keys[n_users], KEY_SIZE, "movielens:%u", user);
            key_of[n_users] = keys[n_users];
            n_users++;
        }
        last_user = user;
        rows[n++] = (bt_rating){(uint32_t)(n_users - 1), film_id, time, (uint8_t)(2.0 * stars + 0.5)};
    }
    fclose(file);
    CHECK_INT(n, expected_rows);
    const bt_ratings *ratings = NULL;
    bt_error error = {0};
    CHECK_OK(bt_ratings_build(&(bt_rating_rows){rows, n, key_of, n_users, "[]"}, 2, &ratings, NULL, &error), error);
    free(rows);
    return ratings;
}

static const bt_ratings *read_real_ratings(void)
{
    return read_ratings(open_data("ratings.csv"), 100836);
}

/* movieId,title (year),genres: the title may hold commas and quotes, the genres don't. */
static void read_films(void)
{
    char line[LINE_SIZE];
    FILE *file = open_data("movies.csv");
    while (fgets(line, sizeof line, file) != NULL) {
        film f = {.id = (uint32_t)strtoul(line, NULL, 10)};
        char *genres = strrchr(line, ',');
        if (f.id == 0 || genres == NULL)
            continue;
        *genres++ = '\0';
        genres[strcspn(genres, "\r\n")] = '\0';
        snprintf(f.genres, sizeof f.genres, "|%.120s|", genres);
        const char *year = strrchr(line, '(');
        f.year = year != NULL ? atoi(year + 1) : 0;
        REQUIRE(n_films < MAX_FILMS);
        films[n_films++] = f;
    }
    fclose(file);
    CHECK_INT(n_films, 9742);
}

static const film *find_film(uint32_t id)
{
    for (size_t i = 0; i < n_films; i++)
        if (films[i].id == id)
            return &films[i];
    REQUIRE(!"a film of the list is in movies.csv");
    return NULL;
}

/* --- the cases -------------------------------------------------------------------------------------------------------------- */

/* A file of the project: from where this one lies. */
static const char *project_file(const char *name)
{
    static char path[LINE_SIZE];
    const char *end = strstr(__FILE__, "tests/unit/quality/");
    REQUIRE(end != NULL);
    snprintf(path, sizeof path, "%.*s%s", (int)(end - __FILE__), __FILE__, name);
    return path;
}

static json_t *read_cases(void)
{
    json_t *root = json_load_file(project_file("tests/taste/cases.json"), 0, NULL);
    REQUIRE(root != NULL);
    return root;
}

static bool contains(const json_t *array, uint32_t id)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (json_integer_value(json_array_get(array, i)) == (json_int_t)id)
            return true;
    return false;
}

static bool carries_genre(const film *f, const json_t *genres)
{
    for (size_t i = 0; i < json_array_size(genres); i++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "|%s|", json_string_value(json_array_get(genres, i)));
        if (strstr(f->genres, wanted) != NULL)
            return true;
    }
    return false;
}

static long long number(const json_t *check, const char *name)
{
    return json_integer_value(json_object_get(check, name));
}

/* The genres of the case's `genres` check, NULL if it has none. */
static const json_t *genres_of_case(const json_t *checks)
{
    const json_t *genres = NULL;
    for (size_t i = 0; genres == NULL && i < json_array_size(checks); i++)
        genres = json_object_get(json_object_get(json_array_get(checks, i), "genres"), "any_of");
    return genres;
}

/* Whether one check holds on the list: tests/taste/README.md. */
static bool check_holds(const json_t *check, const json_t *case_genres, const bt_list *list, const bt_list *popular)
{
    const json_t *in_top = json_object_get(check, "in_top"), *genres = json_object_get(check, "genres"),
                 *years = json_object_get(check, "years");
    const long long no_popular = number(check, "no_popular");
    const json_t *rule = in_top ? in_top : genres ? genres : years;
    const size_t k = rule ? (size_t)number(rule, "k") : LIST;
    REQUIRE((rule != NULL) != (no_popular > 0) && k <= list->n_films);
    long long n = 0;
    for (size_t i = 0; i < k; i++) {
        const uint32_t id = list->films[i].film_id;
        const film *f = find_film(id);
        if (in_top)
            n += contains(json_object_get(in_top, "any_of"), id);
        else if (genres)
            n += carries_genre(f, json_object_get(genres, "any_of"));
        else if (years)
            n += f->year >= number(years, "from") && f->year <= number(years, "to");
        for (long long p = 0; p < no_popular; p++)
            n += popular->films[p].film_id == id && !carries_genre(f, case_genres);
    }
    return rule ? n >= number(rule, "at_least") : n == 0;
}

static size_t add_opinions(const json_t *array, bt_verdict verdict, bt_opinion *opinions, size_t n)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        REQUIRE(n < MAX_TASTE);
        const uint32_t id = (uint32_t)json_integer_value(json_object_get(json_array_get(array, i), "movieId"));
        opinions[n++] = (bt_opinion){.film_id = id, .verdict = (uint8_t)verdict};
    }
    return n;
}

static bt_list *recommend(const bt_model *model, bt_opinion *opinions, size_t n)
{
    bt_error error = {0};
    CHECK_OK(bt_profile_sort(opinions, n, &error), error);
    const bt_profile profile = {opinions, n};
    bt_recommend_params params = bt_recommend_params_default();
    params.limit = LIST;
    bt_list *list = NULL;
    CHECK_OK(bt_recommend(model, &profile, &params, &list, &error), error);
    return list;
}

static bool case_holds(const bt_model *model, const json_t *one, const bt_list *popular)
{
    bt_opinion opinions[MAX_TASTE];
    size_t n = add_opinions(json_object_get(one, "likes"), BT_LIKE, opinions, 0);
    n = add_opinions(json_object_get(one, "dislikes"), BT_DISLIKE, opinions, n);
    bt_list *list = recommend(model, opinions, n);
    const json_t *checks = json_object_get(one, "checks");
    bool holds = json_array_size(checks) > 0;
    for (size_t i = 0; i < json_array_size(checks); i++)
        holds &= check_holds(json_array_get(checks, i), genres_of_case(checks), list, popular);
    printf("%s %s\n", holds ? "holds" : "FAILS", json_string_value(json_object_get(one, "name")));
    bt_list_free(list);
    return holds;
}

TEST(eighteen_of_twenty_tastes_hold)
{
    const bt_ratings *ratings = read_real_ratings();
    read_films();
    const bt_train_params params = bt_train_params_default();
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &params, NULL, NULL, &model, &error), error);
    bt_list *popular = recommend(model, NULL, 0);
    json_t *root = read_cases();
    const json_t *cases = json_object_get(root, "cases");
    REQUIRE(json_array_size(cases) == 20);
    size_t n_holding = 0;
    for (size_t i = 0; i < 20; i++) {
        const bool holds = case_holds(model, json_array_get(cases, i), popular);
        CHECK(holds || i > 0); /* the first one always */
        n_holding += holds;
    }
    printf("%zu of 20\n", n_holding);
    CHECK(n_holding >= 18);
    json_decref(root);
    bt_list_free(popular);
    bt_model_close(model);
    bt_ratings_close(ratings);
}

/* --- the strong protocol ------------------------------------------------------------------------------------------------------ */

static bt_evaluation evaluate(const bt_ratings *ratings, const bt_train_params *params, uint64_t seed)
{
    bt_evaluation result;
    bt_error error = {0};
    const bt_evaluate_params request = {.als = params, .first_seed = seed, .n_seeds = 1, .rankers = 1u << BT_RANKER_POPULARITY};
    CHECK_OK(bt_evaluate_strong(ratings, &request, NULL, &result, &error), error);
    for (int kind = 0; kind < BT_N_RANKERS; kind++)
        printf("%-16s Recall@20 %.4f  Recall@50 %.4f  NDCG@100 %.4f\n", bt_ranker_name((bt_ranker)kind),
               result.of[kind].mean[BT_RECALL_20], result.of[kind].mean[BT_RECALL_50], result.of[kind].mean[BT_NDCG_100]);
    return result;
}

TEST(strangers_on_real_data)
{
    const bt_ratings *ratings = read_real_ratings();
    const bt_train_params params = bt_train_params_default();
    const bt_evaluation result = evaluate(ratings, &params, 1);
    /* Seeds spread by .01; a change that costs more than that is a change of kind. */
    CHECK(result.of[BT_RANKER_ALS].mean[BT_RECALL_20] > 0.31);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_RECALL_50] > 0.42);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_NDCG_100] > 0.335);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_RECALL_20] > 1.6 * result.of[BT_RANKER_POPULARITY].mean[BT_RECALL_20]);
    bt_ratings_close(ratings);
}

/* Seeds on which nothing was chosen (docs/als.md). */
TEST(four_of_five_real_ratings_lie_in_their_intervals)
{
    const bt_ratings *ratings = read_real_ratings();
    const bt_rating_params params = bt_rating_params_default();
    double covered = 0.0, few = 0.0, many = 0.0, first = 0.0, ratio = 0.0;
    for (uint64_t seed = 301; seed <= 302; seed++) {
        bt_rating_evaluation e;
        bt_error error = {0};
        CHECK_OK(bt_evaluate_rmse(ratings, &params, seed, NULL, &e, &error), error);
        covered += 0.5 * e.intervals[BT_SHOWN_ALL].coverage;
        few += 0.5 * e.intervals[BT_SHOWN_FEW].coverage;
        many += 0.5 * e.intervals[BT_SHOWN_MANY].coverage;
        first += 0.5 * e.intervals[BT_SHOWN_1].coverage;
        ratio += 0.5 * e.als.rmse / e.biases.rmse;
    }
    CHECK(covered > 0.78 && covered < 0.82);
    CHECK(few > 0.77 && few < 0.83);
    CHECK(many > 0.77 && many < 0.83);
    CHECK(first > 0.77 && first < 0.84);
    CHECK(ratio < 0.985);
    bt_ratings_close(ratings);
}

TEST(strangers_on_generated_data)
{
    const tastes_params shape = {.seed = 9, .n_users = 400, .n_films = 200, .n_groups = 8, .ratings_per_user = 25};
    const bt_ratings *ratings = tastes_ratings(&shape);
    const bt_train_params params = bt_train_params_default();
    const bt_evaluation result = evaluate(ratings, &params, 1);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_RECALL_20] > 0.6);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_NDCG_10] > 2.0 * result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_10]);
    bt_ratings_close(ratings);
}

/* --- the demo ------------------------------------------------------------------------------------------------------------------- */

/* The generator lies in the root of the build folder: BUILD/tests/unit/quality/test_quality -> BUILD/demo-ratings. */
static void generate_demo(const char *folder)
{
    char self[LINE_SIZE] = "", command[3 * LINE_SIZE];
    REQUIRE(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    for (int up = 0; up < 4; up++)
        *strrchr(self, '/') = '\0';
    snprintf(command, sizeof command, "'%s/demo-ratings' '%s' '%s'", self, project_file("data/demo/films.jsonl"), folder);
    REQUIRE(system(command) == 0);
}

static const bt_ratings *read_demo(const char *name, size_t expected_rows)
{
    FILE *file = fopen(test_path(name), "r");
    REQUIRE(file != NULL);
    return read_ratings(file, expected_rows);
}

TEST(the_demo_beats_popularity_by_half)
{
    generate_demo(test_tmpdir());
    const bt_ratings *ratings = read_demo("ratings.csv", 79939), *held_out = read_demo("held-out.csv", 16220);
    const bt_train_params params = bt_train_params_default();
    bt_model *model = NULL;
    bt_evaluation result;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &params, NULL, NULL, &model, &error), error);
    CHECK_OK(bt_evaluate_held_out(model, held_out, 1, &result, &error), error);
    printf("NDCG@10 %.4f, popularity %.4f, %zu viewers\n", result.of[BT_RANKER_ALS].mean[BT_NDCG_10],
           result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_10], result.n_users);
    CHECK_INT(result.n_users, 400);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_NDCG_10] > 1.5 * result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_10]);
    bt_model_close(model);
    bt_ratings_close(ratings);
    bt_ratings_close(held_out);
}
