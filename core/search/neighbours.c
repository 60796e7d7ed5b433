/* The 128 nearest films by the words of their overviews, themes and genres: cosine of TF-IDF vectors (Salton and Buckley 1988, "Term-
 * weighting approaches in automatic text retrieval").
 *
 *     v_iw = (1 + ln c_iw) ln(N / n_w)                     c_iw: how often w stands in film i, n_w: in how many of the N films
 *     s_ij = sum over w of v_iw v_jw / (|v_i| |v_j|)
 *
 * Words are the index's stems; those of an overview in a language without stems are taken as they stand. A word in more than a tenth of
 * the films says too little to be worth its lists, and a film without overview and themes has no neighbours: a genre alone isn't a
 * description. A film of one language is near to none of another, but for themes.
 *
 * The vectors lie twice, by film and by word, 16 bytes a film and word. A film's row is added up word by word, so all rows cost the
 * sum of n_w^2 additions, on all processors; each is added in the same order whoever does it.
 */
#include <math.h>
#include <string.h>

#include "als/topk.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "butaca/neighbours.h"
#include "search/index.h"

enum { COMMON_SHARE = 10, COMMON_MIN = 50, ROWS_AT_ONCE = 512 };

static const char doing[] = "comparing films' texts";

/* What a word says of a film, in a list by word; what a film has of a word, in a list by film. */
typedef struct cell {
    uint32_t other;
    float value;
} cell;

typedef struct matrix {
    const bt_search_index *index;
    uint8_t *described; /* n_films: has an overview or themes */
    size_t n_described;
    cell *by_word, *by_film;
    size_t *word_start, *film_start; /* n_words + 1, n_films + 1 */
    size_t n_words, n_cells, room_cells, room_words;
} matrix;

static void matrix_free(matrix *m)
{
    bt_free(m->described);
    bt_free(m->by_word);
    bt_free(m->by_film);
    bt_free(m->word_start);
    bt_free(m->film_start);
}

/* --- by word --------------------------------------------------------------------------------------------------------- */

static bool describes(unsigned field)
{
    return field == BT_FIELD_OVERVIEW || field == BT_FIELD_TAG;
}

/* Whether a key's postings in a field are words of a description. */
static bool counts(char space, unsigned field)
{
    return space == SPACE_WORD ? field == BT_FIELD_OVERVIEW : describes(field) || field == BT_FIELD_GENRE;
}

static bt_status find_described(matrix *m, bt_error *error)
{
    const lookup *words = &m->index->words;
    m->described = memory_zeroed(m->index->n_films, 1);
    if (m->described == NULL)
        return error_no_memory(error, doing);
    for (size_t i = 0; i < words->start[words->n_keys]; i++)
        if (describes(posting_field(words->values[i])))
            m->described[posting_film(words->values[i])] = 1;
    for (size_t i = 0; i < m->index->n_films; i++)
        m->n_described += m->described[i];
    return BT_OK;
}

static bool room_for_cell(matrix *m, size_t n)
{
    void *cells = m->by_word;
    const bool room = memory_reserve(&cells, n, &m->room_cells, sizeof *m->by_word);
    m->by_word = cells;
    return room;
}

static bool room_for_word(matrix *m)
{
    void *start = m->word_start;
    const bool room = memory_reserve(&start, m->n_words + 1, &m->room_words, sizeof *m->word_start);
    m->word_start = start;
    return room;
}

/* The films that have a word and how often, a cell each, behind the cells that are there; without memory false. */
static bool count_word(matrix *m, size_t key, size_t *n_films)
{
    const lookup *words = &m->index->words;
    const char space = lookup_key(words, key)[0];
    *n_films = 0;
    for (size_t i = words->start[key]; i < words->start[key + 1]; i++) {
        const uint32_t posting = words->values[i], film = posting_film(posting);
        if (!m->described[film] || !counts(space, posting_field(posting)))
            continue;
        cell *last = *n_films > 0 ? &m->by_word[m->n_cells + *n_films - 1] : NULL;
        if (last == NULL || last->other != film) {
            if (!room_for_cell(m, m->n_cells + *n_films))
                return false;
            last = &m->by_word[m->n_cells + (*n_films)++];
            *last = (cell){.other = film};
        }
        last->value += (float)posting_count(posting);
    }
    return true;
}

/* Keeps the word that count_word has put behind the others, if it tells films apart. */
static bool keep_word(matrix *m, size_t n_films)
{
    const size_t share = m->n_described / COMMON_SHARE, bound = share > COMMON_MIN ? share : COMMON_MIN;
    if (n_films < 2 || n_films > bound || n_films == m->n_described)
        return true;
    if (!room_for_word(m))
        return false;
    const double idf = log((double)m->n_described / (double)n_films);
    for (size_t i = m->n_cells; i < m->n_cells + n_films; i++)
        m->by_word[i].value = (float)((1.0 + log((double)m->by_word[i].value)) * idf);
    m->n_cells += n_films;
    m->word_start[++m->n_words] = m->n_cells;
    return true;
}

static bt_status fill_by_word(matrix *m, bt_error *error)
{
    bt_status status = find_described(m, error);
    if (status == BT_OK && !room_for_word(m))
        status = error_no_memory(error, doing);
    if (status != BT_OK)
        return status;
    m->word_start[0] = 0;
    for (size_t key = 0; key < m->index->words.n_keys; key++) {
        size_t n = 0;
        if (!count_word(m, key, &n) || !keep_word(m, n))
            return error_no_memory(error, doing);
    }
    return BT_OK;
}

/* --- by film --------------------------------------------------------------------------------------------------------- */

/* Values over the length of their film's vector. */
static bt_status normalize(matrix *m, bt_error *error)
{
    double *lengths = memory_zeroed(m->index->n_films, sizeof *lengths);
    if (lengths == NULL)
        return error_no_memory(error, doing);
    for (size_t i = 0; i < m->n_cells; i++)
        lengths[m->by_word[i].other] += (double)m->by_word[i].value * (double)m->by_word[i].value;
    for (size_t i = 0; i < m->n_cells; i++)
        m->by_word[i].value = (float)((double)m->by_word[i].value / sqrt(lengths[m->by_word[i].other]));
    bt_free(lengths);
    return BT_OK;
}

static bt_status fill_by_film(matrix *m, bt_error *error)
{
    const size_t n_films = m->index->n_films;
    m->by_film = memory_array(m->n_cells, sizeof *m->by_film);
    m->film_start = memory_zeroed(n_films + 2, sizeof *m->film_start); /* one more while it is filled */
    if (m->by_film == NULL || m->film_start == NULL)
        return error_no_memory(error, doing);
    size_t *next = m->film_start + 1;
    for (size_t i = 0; i < m->n_cells; i++)
        m->film_start[m->by_word[i].other + 2]++;
    for (size_t i = 0; i < n_films; i++)
        next[i + 1] += next[i];
    for (size_t at = 0; at < m->n_words; at++)
        for (size_t i = m->word_start[at]; i < m->word_start[at + 1]; i++)
            m->by_film[next[m->by_word[i].other]++] = (cell){(uint32_t)at, m->by_word[i].value};
    return BT_OK;
}

/* --- rows ------------------------------------------------------------------------------------------------------------ */

typedef struct comparing {
    const matrix *m;
    double **sums; /* a lane: n_films */
    topk *nearest; /* a lane */
    uint32_t *neighbours;
    float *similarities;
    size_t first; /* film of the block */
} comparing;

static void compare_film(void *context, size_t piece, size_t lane)
{
    const comparing *c = context;
    const matrix *m = c->m;
    const size_t film = c->first + piece, n_films = m->index->n_films;
    double *sums = c->sums[lane];
    memset(sums, 0, n_films * sizeof *sums);
    for (size_t i = m->film_start[film]; i < m->film_start[film + 1]; i++) {
        const size_t at = m->by_film[i].other;
        const double value = (double)m->by_film[i].value;
        for (size_t k = m->word_start[at]; k < m->word_start[at + 1]; k++)
            sums[m->by_word[k].other] += value * (double)m->by_word[k].value;
    }
    topk *nearest = &c->nearest[lane];
    topk_clear(nearest);
    for (size_t i = 0; i < n_films; i++)
        if ((float)sums[i] > 0.0F && i != film)
            topk_offer(nearest, (double)(float)sums[i], (uint32_t)i); /* ties as the table's own numbers have them */
    const size_t n = topk_sort(nearest);
    for (size_t i = 0; i < BT_NEIGHBOURS; i++) {
        c->neighbours[film * BT_NEIGHBOURS + i] = i < n ? nearest->entries[i].film : BT_NO_NEIGHBOUR;
        c->similarities[film * BT_NEIGHBOURS + i] = i < n ? (float)nearest->entries[i].score : 0.0F;
    }
}

static bt_status compare_all(comparing *c, pool *threads, const bt_progress *progress, bt_error *error)
{
    const size_t n_films = c->m->index->n_films;
    for (c->first = 0; c->first < n_films; c->first += ROWS_AT_ONCE) {
        const size_t n = n_films - c->first < ROWS_AT_ONCE ? n_films - c->first : ROWS_AT_ONCE;
        pool_run(threads, n, compare_film, c);
        if (progress != NULL && progress->report != NULL &&
            !progress->report(progress->context, doing, "films", c->first + n, n_films))
            return error_set(error, BT_CANCELLED, "stopped after %zu of %zu films", c->first + n, n_films);
    }
    return BT_OK;
}

static void comparing_free(comparing *c, size_t n_lanes)
{
    for (size_t i = 0; i < n_lanes; i++) {
        if (c->sums != NULL)
            bt_free(c->sums[i]);
        if (c->nearest != NULL)
            topk_free(&c->nearest[i]);
    }
    bt_free(c->sums);
    bt_free(c->nearest);
    bt_free(c->neighbours);
    bt_free(c->similarities);
}

static bool comparing_make(comparing *c, size_t n_lanes)
{
    const size_t n_films = c->m->index->n_films;
    c->sums = memory_zeroed(n_lanes, sizeof *c->sums);
    c->nearest = memory_zeroed(n_lanes, sizeof *c->nearest);
    c->neighbours = memory_array(n_films * BT_NEIGHBOURS, sizeof *c->neighbours);
    c->similarities = memory_array(n_films * BT_NEIGHBOURS, sizeof *c->similarities);
    bool made = c->sums != NULL && c->nearest != NULL && c->neighbours != NULL && c->similarities != NULL;
    for (size_t i = 0; i < n_lanes && made; i++) {
        c->sums[i] = memory_array(n_films, sizeof **c->sums);
        made = c->sums[i] != NULL && topk_make(&c->nearest[i], BT_NEIGHBOURS);
    }
    return made;
}

static bt_status make_table(const matrix *m, uint64_t texts_fingerprint, const bt_progress *progress, bt_neighbours **out,
                            bt_error *error)
{
    pool *threads = NULL;
    bt_status status = pool_create(0, &threads, error);
    if (status != BT_OK)
        return status;
    comparing c = {.m = m};
    status = comparing_make(&c, pool_lanes(threads)) ? BT_OK : error_no_memory(error, doing);
    if (status == BT_OK)
        status = compare_all(&c, threads, progress, error);
    if (status == BT_OK) {
        const bt_neighbours_info columns = {.n_films = m->index->n_films,
                                            .film_ids = m->index->film_ids,
                                            .neighbours = c.neighbours,
                                            .similarities = c.similarities,
                                            .method = BT_NEIGHBOURS_BY_WORDS,
                                            .texts_fingerprint = texts_fingerprint};
        status = bt_neighbours_make(&columns, out, error);
    }
    comparing_free(&c, pool_lanes(threads));
    pool_free(threads);
    return status;
}

bt_status bt_neighbours_from_words(const bt_search_index *index, uint64_t texts_fingerprint, const bt_progress *progress,
                                   bt_neighbours **out, bt_error *error)
{
    *out = NULL;
    matrix m = {.index = index};
    bt_status status = fill_by_word(&m, error);
    if (status == BT_OK)
        status = normalize(&m, error);
    if (status == BT_OK)
        status = fill_by_film(&m, error);
    if (status == BT_OK)
        status = make_table(&m, texts_fingerprint, progress, out, error);
    matrix_free(&m);
    return status;
}
