/* libbutaca from beginning to end: ratings in memory, a model, a list for somebody, and why each film is in it.
 *
 *     cc -std=c17 docs/example.c -o example $(pkg-config --cflags --libs butaca) && ./example
 */
#include <butaca/butaca.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILMS = 8, PEOPLE = 6, SHORT_LIST = 3 };

/* A film's id is its place here plus 1: any 32-bit numbers would do. */
static const char *const titles[FILMS] = {
    "Alien",
    "Aliens",
    "The Thing",
    "Blade Runner", /* dark futures */
    "Singin' in the Rain",
    "My Fair Lady",
    "Top Hat",
    "Mary Poppins", /* songs */
};

/* Half stars, 1 to 10; 0: not rated. */
static const uint8_t table[PEOPLE][FILMS] = {
    {10, 9, 8, 0, 2, 0, 0, 0}, {9, 10, 0, 9, 0, 3, 0, 0}, {10, 0, 9, 8, 0, 0, 0, 4},
    {2, 0, 0, 0, 10, 9, 8, 0}, {0, 3, 0, 0, 9, 10, 0, 9}, {0, 0, 1, 5, 8, 0, 9, 10},
};

static const char *const people[PEOPLE] = {"example:ann", "example:bob", "example:cleo",
                                           "example:dan", "example:eva", "example:fay"};

/* Every call says what went wrong in the caller's bt_error. */
static void require(bt_status status, const bt_error *error)
{
    if (status == BT_OK)
        return;
    fprintf(stderr, "%s: %s\n", bt_status_name(status), error->message);
    exit(1);
}

static const bt_ratings *make_ratings(bt_error *error)
{
    bt_rating rows[PEOPLE * FILMS];
    size_t n = 0;
    for (uint32_t person = 0; person < PEOPLE; person++)
        for (uint32_t film = 0; film < FILMS; film++)
            if (table[person][film] != 0)
                rows[n++] =
                    (bt_rating){.user = person, .film_id = film + 1, .time = 1700000000, .half_stars = table[person][film]};
    const bt_ratings *ratings;
    require(bt_ratings_build(&(bt_rating_rows){rows, n, people, PEOPLE, "[]"}, 1, &ratings, NULL, error), error);
    return ratings;
}

static void print_list(const bt_list *list)
{
    for (size_t i = 0; i < list->n_films; i++) {
        const bt_recommendation *film = &list->films[i];
        printf("%zu. %-22s %.3f\n", i + 1, titles[film->film_id - 1], film->score);
        for (size_t r = 0; r < film->n_reasons; r++) {
            const bt_reason *reason = &film->reasons[r];
            printf("     %+.3f because you %s %s\n", reason->share, reason->taste == BT_LIKE ? "like" : "dislike",
                   titles[reason->film_id - 1]);
        }
    }
}

int main(void)
{
    bt_error error = {BT_OK, ""};
    const bt_ratings *ratings = make_ratings(&error);

    bt_train_params params = bt_train_params_default();
    params.rank = 2; /* two tastes */
    bt_model *model;
    require(bt_model_train(ratings, &params, NULL, NULL, &model, &error), &error);
    bt_ratings_close(ratings); /* the model doesn't need them any more */

    /* Somebody new: two 👍, one 👎, one film already seen. */
    bt_opinion opinions[] = {
        {.film_id = 6, .verdict = BT_LIKE},
        {.film_id = 1, .verdict = BT_LIKE},
        {.film_id = 2, .verdict = BT_DISLIKE},
        {.film_id = 8, .seen = true},
    };
    require(bt_profile_sort(opinions, 4, &error), &error);
    const bt_profile profile = {opinions, 4};

    bt_recommend_params wanted = bt_recommend_params_default();
    wanted.limit = SHORT_LIST;
    wanted.explain = true;
    bt_list *list;
    require(bt_recommend(model, &profile, &wanted, &list, &error), &error);
    print_list(list);
    bt_list_free(list);

    bt_scored_film similar[SHORT_LIST];
    size_t n_similar;
    require(bt_model_similar(model, 6, SHORT_LIST, similar, &n_similar, &error), &error);
    printf("Like %s:", titles[5]);
    for (size_t i = 0; i < n_similar; i++)
        printf("%s %s (%.2f)", i > 0 ? "," : "", titles[similar[i].film_id - 1], similar[i].score);
    printf("\n");

    require(bt_model_write(model, "example-model.bt", NULL, &error), &error); /* whole or not at all; bt_model_open maps it */
    bt_model_close(model);
    return 0;
}
