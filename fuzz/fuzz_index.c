/* The file of a search index from any bytes: it is refused, or it can be searched. */
#include <stdio.h>

#include "fuzz/signed.h"
#include "search/index.h"

/* Odd weights may make odd ranks, never a film that isn't there. */
static void ask(const bt_search_index *index, const char *query)
{
    enum { N_HITS = 4 };
    bt_search_hit hits[N_HITS];
    bt_search_span spans[2];
    bt_search_params params = bt_search_params_default();
    size_t n = 0;
    params.limit = N_HITS;
    require(bt_search(index, query, strlen(query), &params, hits, &n, NULL, NULL) == BT_OK);
    const bt_search_info info = bt_search_describe(index);
    require(n <= N_HITS && n <= info.n_films);
    for (size_t i = 0; i < n; i++) {
        size_t film = 0;
        while (film < info.n_films && info.film_ids[film] != hits[i].film_id)
            film++;
        require(film < info.n_films);
    }
    bt_search_highlighter *h = NULL;
    require(bt_search_highlighter_open(index, query, &h, NULL) == BT_OK);
    require(bt_search_highlight(h, "alien and the crew of m", spans, 2, &n, NULL) == BT_OK);
    bt_search_highlighter_close(h);
}

static void use(const bt_search_index *index)
{
    static const char *const queries[] = {"alien", "alein", "crew answers cal", "m", "rocky III", "the", "amelie 2001"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        ask(index, queries[i]);
#ifdef FUZZ_PLANTED_BUG
    char years[sizeof "1979 to 2001"]; /* no film is of the year 10000 */
    if (index->n_films > 0) {
        sprintf(years, "%u to %u", (unsigned)index->years[0], (unsigned)index->years[index->n_films - 1]);
        require(years[0] != '\0');
    }
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const file_map input = signed_copy(data, size);
    sections_file f;
    bt_search_index index = {.n_films = 0};
    bt_error error = {0};
    uint64_t stamp = 0;
    bt_status status = sections_parse(input, "input", "search", SEARCH_VERSION, &f, &error);
    if (status == BT_OK)
        status = search_read_sections(&f, "input", &index, &stamp, &error);
    if (status == BT_OK)
        use(&index);
    else
        require(error.status == status && error.message[0] != '\0');
    free((void *)(uintptr_t)input.bytes);
    return 0;
}
