/* The k best against sorting everything. */
#include "als/topk.h"

#include <stdlib.h>

#include "base/random.h"
#include "support/test.h"

static int best_first(const void *left, const void *right)
{
    const topk_entry *a = left, *b = right;
    if (a->score < b->score || a->score > b->score)
        return a->score < b->score ? 1 : -1;
    return (a->film > b->film) - (a->film < b->film);
}

TEST(it_is_the_head_of_the_sorted_list)
{
    random_stream random = random_make(7, 7);
    for (size_t n = 0; n < 60; n++) {
        for (size_t limit = 0; limit <= n + 2; limit++) {
            topk_entry all[60];
            topk best;
            REQUIRE(topk_make(&best, limit));
            for (size_t i = 0; i < n; i++) {
                all[i] = (topk_entry){(double)random_below(&random, 8) - 4.0, (uint32_t)i}; /* many ties */
                topk_offer(&best, all[i].score, all[i].film);
            }
            qsort(all, n, sizeof *all, best_first);
            CHECK_INT(topk_sort(&best), n < limit ? n : limit);
            for (size_t i = 0; i < best.n; i++) {
                CHECK_INT(best.entries[i].film, all[i].film);
                CHECK_NEAR(best.entries[i].score, all[i].score, 0.0);
            }
            topk_free(&best);
        }
    }
}
