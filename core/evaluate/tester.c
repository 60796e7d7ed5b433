/* Fold in what the tested say of themselves, rank everything else, look for what was held out.
 *
 * Users are independent: each writes its own values, which others average in their order, so that the result doesn't depend on
 * the number of threads. Memory: 10 bytes a film for each thread, and 10 for each rating of the longest user.
 */
#include "evaluate/tester.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "als/topk.h"
#include "base/error.h"
#include "base/memory.h"

enum { LIST_LENGTH = 100 };

/* What a film is for the user being tested. */
enum { FILM_OTHER, FILM_EXCLUDED, FILM_WANTED, FILM_UNWANTED };

/* What one thread needs. */
typedef struct lane_space {
    double *scores;   /* n_films of the ranker */
    uint8_t *is;      /* the same; FILM_OTHER between users */
    uint8_t *listed;  /* the same: stood in somebody's first 20 */
    fold_term *terms; /* longest user's ratings */
    topk best;
} lane_space;

typedef struct testing {
    const tester *t;
    tester_values *values;
    lane_space *lanes;
    atomic_int status; /* the first failure's bt_status */
} testing;

/* --- measures ----------------------------------------------------------------------------------------------------------- */

static double recall(size_t hits, size_t k, size_t n_wanted)
{
    return (double)hits / (double)(n_wanted < k ? n_wanted : k);
}

static double gain(size_t place)
{
    return 1.0 / log2((double)place + 2.0);
}

static double ideal_gain(size_t k, size_t n_wanted)
{
    double sum = 0.0;
    for (size_t place = 0; place < k && place < n_wanted; place++)
        sum += gain(place);
    return sum;
}

/* n_wanted counts also the films that the ranker doesn't know: they are missed. */
static void measure_hits(const lane_space *s, size_t n_wanted, double *values)
{
    size_t hits = 0, hits_20 = 0, hits_50 = 0;
    double sum = 0.0, sum_10 = 0.0;
    for (size_t at = 0; at < s->best.n; at++) {
        const bool hit = s->is[s->best.entries[at].film] == FILM_WANTED;
        hits += hit;
        sum += hit ? gain(at) : 0.0;
        sum_10 = at < 10 ? sum : sum_10;
        hits_20 = at < 20 ? hits : hits_20;
        hits_50 = at < 50 ? hits : hits_50;
    }
    values[BT_RECALL_20] = recall(hits_20, 20, n_wanted);
    values[BT_RECALL_50] = recall(hits_50, 50, n_wanted);
    values[BT_NDCG_10] = sum_10 / ideal_gain(10, n_wanted);
    values[BT_NDCG_100] = sum / ideal_gain(100, n_wanted);
}

/* mean_likes: of the films that the person says to like. */
static void measure_kind(const tester *t, lane_space *s, double mean_likes, double *values)
{
    const size_t n = s->best.n < 20 ? s->best.n : 20;
    double unwanted = 0.0, novelty = 0.0, popularity = 0.0;
    for (size_t at = 0; at < n; at++) {
        const uint32_t film = s->best.entries[at].film;
        const double likes = t->ranker->likes[film];
        s->listed[film] = 1;
        unwanted += s->is[film] == FILM_UNWANTED;
        novelty += log2((double)t->n_people / fmax(likes, 1.0));
        popularity += likes;
    }
    const double count = n > 0 ? (double)n : 1.0;
    values[BT_UNWANTED_20] = unwanted / count;
    values[BT_NOVELTY_20] = novelty / count;
    values[BT_POPULARITY_20] = popularity / count / fmax(mean_likes, 1.0);
}

/* --- one user ----------------------------------------------------------------------------------------------------------- */

typedef struct user_case {
    size_t n_terms, n_wanted, n_likes;
    double likes; /* how many like the n_likes films, summed */
} user_case;

static int64_t film_of(const tester *t, uint64_t rating)
{
    const uint32_t film = t->ratings->films[rating];
    return t->film_of != NULL ? t->film_of[film] : (int64_t)film;
}

static user_case read_user(const tester *t, size_t user, lane_space *s)
{
    user_case c = {0};
    for (uint64_t i = t->ratings->user_offsets[user]; i < t->ratings->user_offsets[user + 1]; i++) {
        const int64_t film = film_of(t, i);
        const uint8_t role = t->split->role[i], half_stars = t->ratings->half_stars[i];
        c.n_wanted += role == BT_SPLIT_WANTED;
        if (film == TESTER_NO_FILM)
            continue;
        if (role == BT_SPLIT_FOLDS_IN) {
            s->terms[c.n_terms++] = (fold_term){(uint32_t)film, half_stars};
            if (half_stars < BT_LIKE_HALF_STARS)
                continue;
            s->is[film] = FILM_EXCLUDED;
            c.likes += t->ranker->likes[film];
            c.n_likes++;
        } else if (role == BT_SPLIT_WANTED || role == BT_SPLIT_UNWANTED) {
            s->is[film] = role == BT_SPLIT_WANTED ? FILM_WANTED : FILM_UNWANTED;
        }
    }
    return c;
}

static void forget_user(const tester *t, size_t user, lane_space *s)
{
    for (uint64_t i = t->ratings->user_offsets[user]; i < t->ratings->user_offsets[user + 1]; i++)
        if (film_of(t, i) != TESTER_NO_FILM)
            s->is[film_of(t, i)] = FILM_OTHER;
}

static void test_user(void *context, size_t user, size_t lane)
{
    testing *w = context;
    const tester *t = w->t;
    lane_space *s = &w->lanes[lane];
    if (!t->split->tested[user])
        return;
    const user_case c = read_user(t, user, s);
    const bt_status status = t->ranker->score(t->ranker, s->terms, c.n_terms, s->scores, NULL);
    if (status == BT_OK) {
        topk_clear(&s->best);
        for (size_t i = 0; i < t->ranker->n_films; i++)
            if (s->is[i] != FILM_EXCLUDED)
                topk_offer(&s->best, s->scores[i], (uint32_t)i);
        topk_sort(&s->best);
        measure_hits(s, c.n_wanted, w->values[user]);
        measure_kind(t, s, c.n_likes > 0 ? c.likes / (double)c.n_likes : 0.0, w->values[user]);
    } else {
        int none = BT_OK;
        atomic_compare_exchange_strong(&w->status, &none, (int)status);
    }
    forget_user(t, user, s);
}

/* --- all of them -------------------------------------------------------------------------------------------------------- */

static void free_lanes(lane_space *lanes, size_t n_lanes)
{
    for (size_t lane = 0; lanes != NULL && lane < n_lanes; lane++) {
        bt_free(lanes[lane].scores);
        bt_free(lanes[lane].is);
        bt_free(lanes[lane].listed);
        bt_free(lanes[lane].terms);
        topk_free(&lanes[lane].best);
    }
    bt_free(lanes);
}

static bool make_lanes(const tester *t, lane_space *lanes, size_t n_lanes)
{
    size_t longest = 0;
    for (size_t u = 0; u < t->ratings->n_users; u++) {
        const size_t n = (size_t)(t->ratings->user_offsets[u + 1] - t->ratings->user_offsets[u]);
        longest = n > longest ? n : longest;
    }
    for (size_t lane = 0; lanes != NULL && lane < n_lanes; lane++) {
        lane_space *s = &lanes[lane];
        s->scores = memory_array(t->ranker->n_films, sizeof *s->scores);
        s->is = memory_zeroed(t->ranker->n_films, 1);
        s->listed = memory_zeroed(t->ranker->n_films, 1);
        s->terms = memory_array(longest, sizeof *s->terms);
        if (!topk_make(&s->best, LIST_LENGTH) || !s->scores || !s->is || !s->listed || !s->terms)
            return false;
    }
    return lanes != NULL;
}

static double coverage(const lane_space *lanes, size_t n_lanes, size_t n_films)
{
    size_t n = 0;
    for (size_t i = 0; i < n_films; i++) {
        bool listed = false;
        for (size_t lane = 0; lane < n_lanes; lane++)
            listed |= lanes[lane].listed[i] != 0;
        n += listed;
    }
    return (double)n / (double)n_films;
}

bt_status tester_run(const tester *t, tester_values *values, double *coverage_20, bt_error *error)
{
    const size_t n_lanes = pool_lanes(t->threads);
    testing w = {.t = t, .values = values, .lanes = memory_zeroed(n_lanes, sizeof *w.lanes), .status = BT_OK};
    bt_status status = make_lanes(t, w.lanes, n_lanes) ? BT_OK : BT_NO_MEMORY;
    if (status == BT_OK) {
        pool_run(t->threads, t->ratings->n_users, test_user, &w);
        status = (bt_status)atomic_load(&w.status);
        *coverage_20 = coverage(w.lanes, n_lanes, t->ranker->n_films);
    }
    if (status != BT_OK)
        error_set(error, status, "%s while testing users", bt_status_text(status));
    free_lanes(w.lanes, n_lanes);
    return status;
}
