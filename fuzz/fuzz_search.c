/* Queries: any bytes have an answer, the same each time; hits are in order, each film comes once, and highlights lie in the text. The
 * first byte of the input picks what is allowed.
 */
#include <stdlib.h>
#include <string.h>

#include "butaca/butaca.h"

static void require(int holds)
{
    if (!holds)
        abort();
}

enum { N_FILMS = 5, N_HITS = 4 };

static bt_search_index *make_index(void)
{
    static const char *const titles[N_FILMS] = {"Alien", "Matrix, The", "Rocky III", "Am\xC3\xA9lie", "$"};
    static const char *const overviews[N_FILMS] = {"A crew answers a call.", "A hacker wakes.", "A boxer trains.",
                                                   "Una camarera cambia vidas.", "A bank is robbed."};
    bt_search_builder *b = NULL;
    bt_search_index *index = NULL;
    require(bt_search_builder_create(&b, NULL) == BT_OK);
    for (uint32_t i = 0; i < N_FILMS; i++) {
        const bt_search_text texts[] = {{BT_FIELD_TITLE, "en", titles[i], strlen(titles[i])},
                                        {BT_FIELD_OVERVIEW, i == 3 ? "es" : "en", overviews[i], strlen(overviews[i])}};
        require(bt_search_builder_add(b, i + 1, 1980 + (int)i, texts, 2, NULL) == BT_OK);
    }
    require(bt_search_builder_finish(b, &index, NULL) == BT_OK);
    bt_search_builder_free(b);
    return index;
}

static void check_hits(const bt_search_hit *hits, size_t n, size_t n_found)
{
    require(n <= N_HITS && n <= n_found && n_found <= N_FILMS);
    for (size_t i = 0; i < n; i++) {
        require(hits[i].film_id >= 1 && hits[i].film_id <= N_FILMS && hits[i].score >= hits[i].year);
        require(i == 0 || hits[i].title <= hits[i - 1].title);
        for (size_t j = 0; j < i; j++)
            require(hits[j].film_id != hits[i].film_id);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bt_search_index *index; /* kept: making it costs more than a query */
    if (index == NULL)
        index = make_index();
    if (size == 0)
        return 0;
    char *query = malloc(size); /* its end is watched */
    require(query != NULL);
    memcpy(query, data + 1, size - 1);
    query[size - 1] = '\0';

    bt_search_params params = data[0] & 1 ? bt_suggest_params_default() : bt_search_params_default();
    params.limit = N_HITS;
    params.prefix = data[0] & 2;
    params.slips = data[0] & 4;
    params.titles = data[0] & 8;
    bt_search_hit hits[N_HITS], again[N_HITS];
    bt_search_span spans[8];
    size_t n = 0, n_again = 0, n_found = 0, n_spans = 0;
    require(bt_search(index, query, size - 1, &params, hits, &n, &n_found, NULL) == BT_OK);
    require(bt_search(index, query, size - 1, &params, again, &n_again, NULL, NULL) == BT_OK);
    require(n == n_again);
    for (size_t i = 0; i < n; i++)
        require(hits[i].film_id == again[i].film_id);
    check_hits(hits, n, n_found);
    bt_search_highlighter *h = NULL;
    require(bt_search_highlighter_open(index, "alien crew", &h, NULL) == BT_OK);
    require(bt_search_highlight(h, query, spans, 8, &n_spans, NULL) == BT_OK);
    bt_search_highlighter_close(h);
    for (size_t i = 0; i < n_spans; i++)
        require(spans[i].begin < spans[i].end && spans[i].end <= strlen(query) &&
                (i == 0 || spans[i].begin > spans[i - 1].end));
#ifdef FUZZ_PLANTED_BUG
    static volatile char copy[4]; /* too short for a fifth film's title */
    if (n > 0 && hits[0].title == BT_TITLE_EXACT)
        for (size_t i = 0; i < size - 1; i++)
            copy[i] = query[i];
#endif
    free(query);
    return 0;
}
