/* Search: titles first however they are typed, then words and their forms; filters before ranking; any bytes are a query. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/search/films.h"

typedef struct answer {
    bt_search_hit hits[N_SMALL];
    size_t n, n_found;
} answer;

static answer ask_with(const bt_search_index *index, const char *query, bt_search_params params)
{
    answer a = {.n = 0};
    bt_error error = {0};
    const size_t length = strlen(query);
    params.limit = params.limit < N_SMALL ? params.limit : N_SMALL;
    CHECK_OK(bt_search(index, test_guarded_copy(query, length), length, &params, a.hits, &a.n, &a.n_found, &error), error);
    return a;
}

static answer ask(const bt_search_index *index, const char *query)
{
    return ask_with(index, query, bt_search_params_default());
}

/* The first film, and how its title stands. */
static void check_first(const bt_search_index *index, const char *query, uint32_t film_id, bt_title_match match)
{
    const answer a = ask(index, query);
    if (!CHECK(a.n > 0) || !CHECK_INT(a.hits[0].film_id, film_id) || !CHECK_INT(a.hits[0].title, match))
        printf("    (asked \"%s\")\n", query);
}

TEST(titles_come_first_however_they_are_written)
{
    bt_search_index *index = small_index();
    check_first(index, "Alien", 3, BT_TITLE_EXACT);
    check_first(index, "  ALIEN!", 3, BT_TITLE_EXACT);
    check_first(index, "alien el octavo pasajero", 3, BT_TITLE_EXACT);
    check_first(index, "matrix", 8, BT_TITLE_EXACT);
    check_first(index, "the matrix", 8, BT_TITLE_EXACT);
    check_first(index, "matrix, the", 8, BT_TITLE_EXACT);
    check_first(index, "matrix rel", 9, BT_TITLE_NEAR);
    check_first(index, "amelie", 21, BT_TITLE_EXACT);
    check_first(index, "rocky 3", 20, BT_TITLE_EXACT);
    check_first(index, "Rocky III", 20, BT_TITLE_EXACT);
    check_first(index, "m", 31, BT_TITLE_EXACT);
    check_first(index, "$", 40, BT_TITLE_EXACT);
    bt_search_index_free(index);
}

TEST(a_year_picks_among_films_of_one_title)
{
    bt_search_index *index = small_index();
    check_first(index, "sabrina", 11, BT_TITLE_EXACT);
    check_first(index, "sabrina 1995", 12, BT_TITLE_EXACT);
    check_first(index, "Sabrina (1995)", 12, BT_TITLE_EXACT);
    check_first(index, "sabrina (1954)", 11, BT_TITLE_EXACT);
    CHECK_INT(ask(index, "sabrina (1995)").hits[1].film_id, 11); /* may be meant all the same */
    bt_search_index_free(index);
}

TEST(slips_are_forgiven)
{
    bt_search_index *index = small_index();
    check_first(index, "titanc", 30, BT_TITLE_NEAR);   /* left out */
    check_first(index, "titaniic", 30, BT_TITLE_NEAR); /* put in */
    check_first(index, "titamic", 30, BT_TITLE_NEAR);  /* changed */
    check_first(index, "ittanic", 30, BT_TITLE_NEAR);  /* swapped */
    check_first(index, "matrixreloaded", 9, BT_TITLE_NEAR);
    check_first(index, "matrx reloadd", 9, BT_TITLE_FAR);
    check_first(index, "stalone boxing", 20, BT_TITLE_OTHER); /* in a name */
    bt_search_params strict = bt_search_params_default();
    strict.slips = false;
    CHECK_INT(ask_with(index, "titanc", strict).n, 0);
    CHECK_INT(ask(index, "n").n, 0); /* too short for a slip */
    bt_search_index_free(index);
}

TEST(words_stand_for_their_forms)
{
    bt_search_index *index = small_index();
    check_first(index, "icebergs", 30, BT_TITLE_OTHER);
    check_first(index, "hacking simulation", 8, BT_TITLE_OTHER);
    check_first(index, "canci\xC3\xB3n", 21, BT_TITLE_OTHER);
    check_first(index, "cancion", 21, BT_TITLE_OTHER);
    check_first(index, "murder", 31, BT_TITLE_OTHER);
    check_first(index, "icebe", 30, BT_TITLE_OTHER); /* the beginning of a word */
    CHECK_INT(ask(index, "icebe ").n, 0);            /* that was ended */
    bt_search_index_free(index);
}

TEST(a_description_is_freed_of_what_says_nothing)
{
    bt_search_index *index = small_index();
    check_first(index, "I saw this movie years ago, there is a liner and it sinks", 30, BT_TITLE_OTHER);
    const answer a = ask(index, "what is the movie where they are on an ocean liner that sinks");
    CHECK_INT(a.n, 1);                                           /* nothing by "the" */
    CHECK_INT(ask(index, "is it that the what there").n > 1, 1); /* unless there is nothing else */
    bt_search_index_free(index);
}

TEST(filters_go_before_ranking)
{
    bt_search_index *index = small_index();
    uint8_t allowed[N_SMALL];
    memset(allowed, 1, sizeof allowed);
    allowed[0] = 0; /* Alien */
    bt_search_params params = bt_search_params_default();
    params.allowed = allowed;
    params.limit = 1;
    const answer a = ask_with(index, "alien", params);
    CHECK_INT(a.n, 1);
    CHECK_INT(a.hits[0].film_id, 5);
    CHECK_INT(a.n_found, 1);
    params.limit = 0;
    CHECK_INT(ask_with(index, "alien", params).n, 0);
    bt_search_index_free(index);
}

TEST(the_prior_orders_what_the_title_ranks_alike)
{
    bt_search_index *index = small_index();
    float prior[N_SMALL] = {0};
    prior[5] = 3; /* Sabrina of 1995 */
    bt_search_params params = bt_search_params_default();
    params.prior = prior;
    const answer a = ask_with(index, "sabrina", params);
    CHECK_INT(a.hits[0].film_id, 12);
    CHECK_NEAR(a.hits[0].prior, 3 * params.prior_weight, 1e-9);
    CHECK(a.hits[0].score > a.hits[1].score);
    bt_search_index_free(index);
}

/* By hand: of 11 films one has "iceberg", in its overview of 8 words. */
TEST(the_score_is_bm25f)
{
    bt_search_index *index = small_index();
    const bt_search_params p = bt_search_params_default();
    size_t n_words = 0;
    for (size_t i = 0; i < N_SMALL; i++) {
        const small_film *f = &small_films[i];
        size_t longest = 0;
        for (int k = 0; k < 2; k++) {
            size_t n = 0;
            bool inside = false;
            for (const char *c = k == 0 ? f->overview : f->overview_es; c != NULL && *c != '\0'; c++) {
                const bool letter = strchr(" .,'", *c) == NULL;
                n += letter && !inside;
                inside = letter;
            }
            longest = n > longest ? n : longest;
        }
        n_words += longest;
    }
    const double mean = (double)n_words / N_SMALL, t = 1 / (1 - p.b[BT_FIELD_OVERVIEW] + p.b[BT_FIELD_OVERVIEW] * 8 / mean);
    const answer a = ask(index, "iceberg ");
    CHECK_INT(a.n, 1);
    CHECK_NEAR(a.hits[0].score, 2.079441542 * t / (p.k1 + t), 1e-5); /* ln(1 + 10.5 / 1.5) = ln 8 */
    bt_search_index_free(index);
}

TEST(what_is_said_often_weighs_more_and_forms_are_one_word)
{
    bt_search_index *index = small_index();
    const double one = ask(index, "iceberg ").hits[0].score, two = ask(index, "iceberg iceberg ").hits[0].score;
    CHECK_NEAR(two, 1.414213562 * one, 1e-5);
    const answer a = ask(index, "iceberg xxxx yyyy zzzz wwww icebergs vvvv"); /* a description: six words and more */
    REQUIRE(a.n > 0);
    CHECK_NEAR(a.hits[0].score, two, 1e-5);
    bt_search_index_free(index);
}

TEST(a_description_may_say_when_its_film_was_made)
{
    bt_search_index *index = small_index();
    static const struct {
        const char *when;
        uint32_t first;
        double loss; /* how many years more the other Sabrina is away */
    } cases[] = {
        {"from the 90s", 12, 20},  {"late 1990's", 12, 20},           {"around 1954", 11, 20}, {"in the early '50s", 11, 20},
        {"de los 50", 11, 20},     {"1990 or 1960s", 12, 2},          {"in 1980", 12, 6},      {"with 12 monkeys", 12, 0},
        {"from the 1800s", 12, 0}, {"b90s 90sb 123 90 12345", 12, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char query[128];
        snprintf(query, sizeof query, "chauffeur qqqq rrrr tttt vvvv %s xxxx", cases[i].when);
        const answer a = ask(index, query);
        REQUIRE(a.n == 2);
        if (!CHECK_INT(a.hits[0].film_id, cases[i].first) ||
            !CHECK_NEAR(a.hits[1].year - a.hits[0].year, -bt_search_params_default().year_weight * cases[i].loss, 1e-9))
            printf("    (asked \"%s\")\n", query);
    }
    CHECK_NEAR(ask(index, "sabrina 1995").hits[0].year, 0, 0); /* a title isn't a description */
    bt_search_index_free(index);
}

TEST(the_parts_of_a_score_add_up)
{
    bt_search_index *index = small_index();
    bt_search_params params = bt_search_params_default();
    float prior[N_SMALL];
    uint8_t found[N_SMALL] = {0};
    for (size_t i = 0; i < N_SMALL; i++)
        prior[i] = (float)i;
    params.prior = prior;
    params.found = found;
    static const char query[] = "sinking titanic of james cameron with some icebrg in the 50s";
    const answer a = ask_with(index, query, params);
    bt_error error = {0};
    REQUIRE(a.n > 1);
    for (size_t i = 0; i < a.n; i++) {
        bt_search_part parts[16];
        bt_search_explanation e = {.parts = parts, .limit = 16};
        CHECK_OK(bt_search_explain(index, query, strlen(query), &params, a.hits[i].film_id, &e, &error), error);
        double sum = e.hit.prior + e.hit.year;
        for (size_t k = 0; k < e.n; k++)
            sum += parts[k].score;
        CHECK(e.n > 0 && parts[0].score > 0 && parts[0].word[0] != '\0');
        CHECK_NEAR(sum, a.hits[i].score, 1e-4);
        CHECK_NEAR(e.hit.score, a.hits[i].score, 0);
    }
    size_t n_found = 0;
    for (size_t i = 0; i < N_SMALL; i++)
        n_found += found[i];
    CHECK_INT(n_found, a.n_found);
    bt_search_part part;
    bt_search_explanation one = {.parts = &part, .limit = 1};
    CHECK_STATUS(bt_search_explain(index, "x", 1, &params, 4, &one, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "film 4");
    CHECK_OK(bt_search_explain(index, query, strlen(query), &params, 30, &one, &error), error);
    CHECK_INT(one.n, 1);
    CHECK_STR(part.word, "sinking");
    CHECK_INT(part.field, BT_FIELD_OVERVIEW);
    bt_search_index_free(index);
}

TEST(suggestions_are_titles_and_people)
{
    bt_search_index *index = small_index();
    const bt_search_params params = bt_suggest_params_default();
    const answer cameron = ask_with(index, "camer", params);
    CHECK_INT(cameron.n, 2);
    CHECK_INT(ask_with(index, "iceberg", params).n, 0);
    CHECK_INT(ask_with(index, "tit", params).hits[0].film_id, 30);
    bt_search_index_free(index);
}

TEST(highlights_are_the_words_asked_for)
{
    bt_search_index *index = small_index();
    static const char text[] = "An ocean liner sinks after hitting an iceberg.";
    static const char query[] = "liners sunk by the icebrg sink";
    bt_search_span spans[4];
    bt_error error = {0};
    size_t n = 0;
    bt_search_highlighter *h = NULL;
    CHECK_OK(bt_search_highlighter_open(index, query, &h, &error), error);
    CHECK_OK(bt_search_highlight(h, text, spans, 4, &n, &error), error);
    REQUIRE(n == 2);
    CHECK_INT(spans[0].begin, 9); /* "liner sinks" */
    CHECK_INT(spans[0].end, 20);
    CHECK_INT(spans[1].begin, 38);
    CHECK_INT(spans[1].end, 45);
    CHECK_OK(bt_search_highlight(h, text, spans, 1, &n, &error), error);
    CHECK_INT(n, 1);
    CHECK_OK(bt_search_highlight(h, "Nothing of it.", spans, 4, &n, &error), error);
    CHECK_INT(n, 0);
    CHECK_OK(bt_search_highlight(h, "LINER", spans, 4, &n, &error), error);
    CHECK_INT(n, 1);
    bt_search_highlighter_close(h);
    bt_search_index_free(index);
}

TEST(an_index_of_nothing_finds_nothing)
{
    bt_error error = {0};
    bt_search_builder *b = NULL;
    bt_search_index *index = NULL;
    CHECK_OK(bt_search_builder_create(&b, &error), error);
    CHECK_OK(bt_search_builder_finish(b, &index, &error), error);
    bt_search_builder_free(b);
    CHECK_INT(ask(index, "alien").n, 0);
    CHECK_INT(bt_search_describe(index).n_films, 0);
    bt_search_index_free(index);
}

TEST(wrong_calls_are_refused)
{
    bt_error error = {0};
    bt_search_builder *b = NULL;
    CHECK_OK(bt_search_builder_create(&b, &error), error);
    CHECK_OK(bt_search_builder_add(b, 7, 0, NULL, 0, &error), error);
    CHECK_STATUS(bt_search_builder_add(b, 7, 0, NULL, 0, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "film 7");
    const bt_search_text text = {BT_FIELD_COUNT, NULL, "x", 1};
    CHECK_STATUS(bt_search_builder_add(b, 8, 0, &text, 1, &error), BT_INVALID_ARGUMENT);
    bt_search_builder_free(b);

    bt_search_index *index = small_index();
    bt_search_params params = bt_search_params_default();
    size_t n = 1;
    params.b[0] = 1;
    CHECK_STATUS(bt_search(index, "x", 1, &params, NULL, &n, NULL, &error), BT_INVALID_ARGUMENT);
    CHECK_INT(n, 0);
    bt_search_index_free(index);
}

TEST(long_and_hostile_queries_have_an_answer)
{
    bt_search_index *index = small_index();
    char *query = malloc(100001);
    REQUIRE(query != NULL);
    for (size_t i = 0; i < 100000; i++)
        query[i] = (char)(1 + (i * 7919 + i / 97) % 255); /* all bytes but NUL, mostly no UTF-8 */
    query[100000] = '\0';
    CHECK(ask(index, query).n <= N_SMALL);
    memset(query, 'a', 100000);
    CHECK_INT(ask(index, query).n, 0);
    for (size_t i = 0; i < 100000; i += 2)
        query[i] = ' ';
    CHECK(ask(index, query).n <= N_SMALL);
    free(query);
    CHECK_INT(ask(index, "").n, 0);
    CHECK_INT(ask(index, " \xF0\x9F\x8E\xAC \x01").n, 0); /* emoji, control character */
    bt_search_index_free(index);
}

TEST(no_memory_is_an_error)
{
    EACH_FAILED_ALLOCATION
    {
        bt_search_builder *b = NULL;
        bt_search_index *index = NULL;
        bt_search_text texts[8];
        const size_t n_texts = small_texts(&small_films[0], texts);
        bt_status status = bt_search_builder_create(&b, NULL);
        if (status == BT_OK)
            status = bt_search_builder_add(b, 1, 1979, texts, n_texts, NULL);
        if (status == BT_OK)
            status = bt_search_builder_finish(b, &index, NULL);
        bt_search_hit hits[2];
        bt_search_span spans[2];
        bt_search_highlighter *h = NULL;
        bt_search_params params = bt_search_params_default();
        bt_search_part part;
        bt_search_explanation e = {.parts = &part, .limit = 1};
        size_t n = 0;
        params.limit = 2;
        if (status == BT_OK)
            status = bt_search(index, "alien \xC3\xA9", 8, &params, hits, &n, NULL, NULL);
        if (status == BT_OK)
            status = bt_search(index, "aa bb cc dd alien aliens", 24, &params, hits, &n, NULL, NULL); /* a description */
        if (status == BT_OK)
            status = bt_search_explain(index, "alien", 5, &params, 1, &e, NULL);
        if (status == BT_OK)
            status = bt_search_highlighter_open(index, "alien", &h, NULL);
        if (status == BT_OK)
            status = bt_search_highlight(h, "alien \xC3\xA9", spans, 2, &n, NULL);
        bt_search_highlighter_close(h);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_search_index_free(index);
        bt_search_builder_free(b);
    }
}
