/* What one like and one dislike do to films with similar descriptions, over seeded pairs of a person and a film that the person hasn't
 * rated: on MovieLens latest small with the overviews of its films, and on the demo. With the say of texts taken away the same people
 * and films show that it is the cause. Runs in the release build: it makes some 1,200 lists of all films.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/state.h"
#include "base/random.h"
#include "base/sorted.h"
#include "butaca/memory.h"
#include "support/import_sample.h"
#include "support/test.h"

enum { NEAR = 10, NEAREST = 5, TOP = 20, FILMS_MAX = 10000, PATH_SIZE = 4096 };

static bt_error error;

static app *train_and_open(const char *data)
{
    const bt_train_params params = bt_train_params_default();
    app_training result;
    app *a = NULL;
    CHECK_OK(app_train(data, &params, NULL, &result, &error), error);
    CHECK_OK(app_open(data, &a, &error), error);
    CHECK_OK(app_prepare_texts(a, NULL, &error), error);
    return a;
}

/* --- one person and one film ------------------------------------------------------------------------------------------ */

typedef struct pair {
    bt_opinion *opinions; /* n, and room for one more */
    size_t n;
    uint32_t film, near[NEAR], others[NEAR]; /* film ids; nearest first */
} pair;

/* Places of all films in a list for the pair's person with one more verdict on its film; by index in the model. */
static void rank_all(const app *a, const pair *p, bt_verdict verdict, bool texts, size_t ranks[FILMS_MAX])
{
    const bt_model_info *info = bt_model_describe(app_model(a));
    bt_opinion *opinions = malloc((p->n + 1) * sizeof *opinions);
    REQUIRE(opinions != NULL && info->n_films <= FILMS_MAX);
    memcpy(opinions, p->opinions, p->n * sizeof *opinions);
    opinions[p->n] = (bt_opinion){.film_id = p->film, .verdict = verdict, .seen = true}; /* seen: it is in no list */
    app_wish wish = app_wish_default();
    wish.opinions = opinions;
    wish.n_opinions = p->n + 1;
    wish.limit = info->n_films;
    wish.without_texts = !texts;
    bt_list *list = NULL;
    CHECK_OK(app_recommend(a, &wish, &list, &error), error);
    CHECK_INT(list->basis, BT_BASIS_TASTE);
    memset(ranks, 0, FILMS_MAX * sizeof *ranks);
    for (size_t i = 0; i < list->n_films; i++)
        ranks[sorted_find(info->film_ids, info->n_films, list->films[i].film_id)] = i + 1;
    bt_list_free(list);
    free(opinions);
}

static bool is_known(const pair *p, uint32_t film_id)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->opinions[i].film_id == film_id)
            return true;
    return film_id == p->film;
}

/* The film's nearest films by description that the person can be shown; false: it has fewer. */
static bool find_near(const app *a, pair *p)
{
    const bt_neighbours_info *t = bt_neighbours_describe(a->neighbours);
    const bt_model_info *info = bt_model_describe(a->model);
    const size_t row = sorted_find(t->film_ids, t->n_films, p->film);
    size_t n = 0;
    for (size_t i = 0; i < BT_NEIGHBOURS && n < NEAR; i++) {
        const uint32_t at = t->neighbours[row * BT_NEIGHBOURS + i];
        if (at != BT_NO_NEIGHBOUR && !is_known(p, t->film_ids[at]) &&
            sorted_find(info->film_ids, info->n_films, t->film_ids[at]) != SIZE_MAX)
            p->near[n++] = t->film_ids[at];
    }
    return n == NEAR;
}

static void draw_others(const app *a, pair *p, random_stream *random)
{
    const bt_model_info *info = bt_model_describe(a->model);
    for (size_t n = 0; n < NEAR;) {
        const uint32_t film_id = info->film_ids[random_below(random, info->n_films)];
        bool taken = is_known(p, film_id);
        for (size_t i = 0; i < NEAR; i++)
            taken |= film_id == p->near[i] || (i < n && film_id == p->others[i]);
        if (!taken)
            p->others[n++] = film_id;
    }
}

/* A person of the ratings with a like, and a film with a description that the person hasn't rated. */
static pair draw(const app *a, const bt_ratings *ratings, random_stream *random)
{
    const bt_model_info *info = bt_model_describe(a->model);
    for (;;) {
        pair p = {.film = info->film_ids[random_below(random, info->n_films)]};
        const char *user = ratings->user_keys + ratings->user_key_at[random_below(random, ratings->n_users)];
        CHECK_OK(app_user_profile(a, user, &p.opinions, &p.n, &error), error);
        bool likes = false, rated = false;
        for (size_t i = 0; i < p.n; i++) {
            likes |= bt_opinion_taste(&p.opinions[i]) == BT_LIKE;
            rated |= p.opinions[i].film_id == p.film;
        }
        if (likes && !rated && find_near(a, &p)) {
            draw_others(a, &p, random);
            return p;
        }
        bt_free(p.opinions);
    }
}

/* --- what is counted --------------------------------------------------------------------------------------------------- */

typedef struct counts {
    size_t pairs, improved, worsened, kept_away, like_is_local, dislike_is_local, undone;
} counts;

/* The mean place of ten films. */
static double mean_rank(const app *a, const uint32_t films[NEAR], const size_t ranks[FILMS_MAX])
{
    const bt_model_info *info = bt_model_describe(a->model);
    double sum = 0.0;
    for (size_t i = 0; i < NEAR; i++)
        sum += (double)ranks[sorted_find(info->film_ids, info->n_films, films[i])];
    return sum / NEAR;
}

static double moved(const app *a, const uint32_t films[NEAR], const size_t before[FILMS_MAX], const size_t after[FILMS_MAX])
{
    const double by = mean_rank(a, films, after) - mean_rank(a, films, before);
    return by < 0.0 ? -by : by;
}

static void count(const app *a, const pair *p, bool texts, counts *c)
{
    static size_t before[FILMS_MAX], liked[FILMS_MAX], disliked[FILMS_MAX], undone[FILMS_MAX];
    const bt_model_info *info = bt_model_describe(a->model);
    rank_all(a, p, BT_NO_VERDICT, texts, before);
    rank_all(a, p, BT_LIKE, texts, liked);
    rank_all(a, p, BT_DISLIKE, texts, disliked);
    rank_all(a, p, BT_NO_VERDICT, texts, undone);
    bool away = true;
    for (size_t i = 0; i < NEAREST; i++)
        away &= disliked[sorted_find(info->film_ids, info->n_films, p->near[i])] > TOP;
    c->pairs++;
    c->improved += mean_rank(a, p->near, liked) < mean_rank(a, p->near, before);
    c->worsened += mean_rank(a, p->near, disliked) > mean_rank(a, p->near, before);
    c->kept_away += away;
    c->like_is_local += moved(a, p->others, before, liked) < moved(a, p->near, before, liked);
    c->dislike_is_local += moved(a, p->others, before, disliked) < moved(a, p->near, before, disliked);
    c->undone += memcmp(before, undone, sizeof before) == 0;
}

static void print_counts(const char *what, const counts *c)
{
    printf("    %s: of %zu likes %zu improve the 10 nearest, %zu move 10 others less; of as many dislikes %zu worsen them, "
           "%zu keep the 5 nearest out of the first 20, %zu move the others less\n",
           what, c->pairs, c->improved, c->like_is_local, c->worsened, c->kept_away, c->dislike_is_local);
}

static void count_pairs(const app *a, size_t n_pairs, counts *with, counts *without)
{
    const bt_ratings *ratings = NULL;
    random_stream random = random_make(20, 1);
    CHECK_OK(app_open_ratings(a, &ratings, &error), error);
    for (size_t i = 0; i < n_pairs; i++) {
        const pair p = draw(a, ratings, &random);
        count(a, &p, true, with);
        count(a, &p, false, without);
        bt_free(p.opinions);
    }
    bt_ratings_close(ratings);
    print_counts("with texts", with);
    print_counts("without", without);
}

static void check_counts(const counts *with, const counts *without)
{
    const size_t most = with->pairs * 95 / 100;
    CHECK(with->improved >= most);
    CHECK(with->worsened >= most);
    CHECK(with->kept_away >= most);
    CHECK(with->like_is_local >= most);
    CHECK(with->dislike_is_local >= most);
    CHECK_INT(with->undone, with->pairs);
    CHECK_INT(without->undone, without->pairs);
    CHECK(without->improved < most); /* so it is the texts */
    CHECK(without->worsened < most);
}

/* --- data -------------------------------------------------------------------------------------------------------------- */

static void import_real(const char *data, const char *name)
{
    static char path[PATH_SIZE];
    import_summary summary;
    snprintf(path, sizeof path, "%s/%s", test_data_dir(), name);
    CHECK_OK(sample_import(data, path, &summary, &error), error);
}

TEST(similar_descriptions_follow_a_verdict)
{
    const char *data = test_path("data");
    import_real(data, "ml-latest-small");
    import_real(data, "tmdb-overviews/movies_enriched.csv");
    app *a = train_and_open(data);
    counts with = {0}, without = {0};
    count_pairs(a, 200, &with, &without);
    check_counts(&with, &without);
    app_close(a);
}

/* What comes next in time: each setting of the dial has more novelty than the one before and costs some NDCG; the whole
 * foresees better than ALS alone, by the bootstrap's interval. */
TEST(each_setting_of_the_dial_brings_newer_films)
{
    const char *data = test_path("data");
    import_real(data, "ml-latest-small");
    import_real(data, "tmdb-overviews/movies_enriched.csv");
    app *a = NULL;
    const bt_ratings *ratings = NULL;
    CHECK_OK(app_open(data, &a, &error), error);
    CHECK_OK(app_prepare_texts(a, NULL, &error), error);
    CHECK_OK(app_open_ratings(a, &ratings, &error), error);
    const bt_train_params train = bt_train_params_default();
    static const int dial[] = {BT_RANKER_DIAL_1, BT_RANKER_LISTS, BT_RANKER_DIAL_3, BT_RANKER_DIAL_4, BT_RANKER_DIAL_5};
    bt_evaluate_params params = {.als = &train, .first_seed = 1, .n_seeds = 1, .texts = a->neighbours};
    for (size_t i = 0; i < 5; i++)
        params.rankers |= 1u << dial[i];
    static bt_evaluation result;
    CHECK_OK(bt_evaluate_temporal(ratings, &params, NULL, &result, &error), error);
    const bt_ranker_result *lists = &result.of[BT_RANKER_LISTS];
    printf("    lists lead by %.4f NDCG@100, bootstrap %.4f to %.4f\n", -lists->lead[BT_NDCG_100],
           -lists->lead_high[BT_NDCG_100], -lists->lead_low[BT_NDCG_100]);
    CHECK(lists->lead_low[BT_NDCG_100] < lists->lead[BT_NDCG_100] && lists->lead[BT_NDCG_100] < lists->lead_high[BT_NDCG_100]);
    CHECK(lists->lead_high[BT_NDCG_100] < 0.0); /* the lead is ALS's */
    for (size_t i = 1; i < 5; i++) {
        CHECK(result.of[dial[i]].mean[BT_NOVELTY_20] > result.of[dial[i - 1]].mean[BT_NOVELTY_20]);
        CHECK(result.of[dial[i]].mean[BT_NDCG_100] < result.of[dial[i - 1]].mean[BT_NDCG_100]);
    }
    bt_ratings_close(ratings);
    app_close(a);
}

/* Of the ratings of 2 or less half are held out: fewer of those films stand in lists that were told of the other half. On three of the
 * seeds of docs/als.md. */
TEST(dislikes_keep_unwanted_films_out_of_lists)
{
    const char *data = test_path("data");
    import_real(data, "ml-latest-small");
    import_real(data, "tmdb-overviews/movies_enriched.csv");
    app *a = NULL;
    const bt_ratings *ratings = NULL;
    CHECK_OK(app_open(data, &a, &error), error);
    CHECK_OK(app_prepare_texts(a, NULL, &error), error);
    CHECK_OK(app_open_ratings(a, &ratings, &error), error);
    const bt_train_params train = bt_train_params_default();
    const bt_evaluate_params params = {.als = &train,
                                       .first_seed = 401,
                                       .n_seeds = 3,
                                       .rankers = 1u << BT_RANKER_LISTS | 1u << BT_RANKER_NO_DISLIKES,
                                       .leader = BT_RANKER_LISTS,
                                       .texts = a->neighbours,
                                       .hold_dislikes = true};
    static bt_evaluation result;
    CHECK_OK(bt_evaluate_strong(ratings, &params, NULL, &result, &error), error);
    const bt_ranker_result *without = &result.of[BT_RANKER_NO_DISLIKES];
    printf("    unwanted %.5f, with dislikes %+.5f ± %.5f; Recall@20 %.4f, %+.4f\n", without->mean[BT_UNWANTED_20],
           without->lead[BT_UNWANTED_20], without->lead_half[BT_UNWANTED_20], without->mean[BT_RECALL_20],
           without->lead[BT_RECALL_20]);
    CHECK(without->lead_high[BT_UNWANTED_20] < 0.0);
    CHECK(without->lead[BT_RECALL_20] > -0.01 * without->mean[BT_RECALL_20]);
    bt_ratings_close(ratings);
    app_close(a);
}

/* The generator lies in the root of the build folder: BUILD/tests/unit/quality/test_texts -> BUILD/demo-ratings. */
static void generate_demo(const char *into)
{
    char self[PATH_SIZE], command[3 * PATH_SIZE];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    REQUIRE(n > 0);
    self[n] = '\0';
    *strstr(self, "/tests/unit/quality/") = '\0';
    const char *end = strstr(__FILE__, "tests/unit/quality/");
    snprintf(command, sizeof command, "'%s/demo-ratings' '%.*sdata/demo/films.jsonl' '%s'", self, (int)(end - __FILE__),
             __FILE__, into);
    REQUIRE(system(command) == 0);
}

TEST(similar_descriptions_follow_a_verdict_on_the_demo)
{
    char source[PATH_SIZE];
    import_summary summary;
    snprintf(source, sizeof source, "%s", test_path("source"));
    generate_demo(source);
    CHECK_OK(sample_import(test_path("data"), source, &summary, &error), error);
    app *a = train_and_open(test_path("data"));
    counts with = {0}, without = {0};
    count_pairs(a, 60, &with, &without);
    check_counts(&with, &without);
    app_close(a);
}
