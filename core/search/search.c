/* Ranking. A query runs over its words; for each, the postings of all its variants are summed up film by film into `tf`, the films
 * touched are scored by what came together there, and `tf` is zeroed again for the next word. The best are kept in a sorted array of
 * `limit` hits.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "search/index.h"

bt_search_params bt_search_params_default(void)
{
    return (bt_search_params){
        .limit = 20,
        .prior_weight = 0.8,
        .year_weight = 0.25,
        .titles = true,
        .prefix = true,
        .slips = true,
        .k1 = 1.0,
        .weight =
            {[BT_FIELD_TITLE] = 0.5, [BT_FIELD_PEOPLE] = 1, [BT_FIELD_GENRE] = 1, [BT_FIELD_TAG] = 1, [BT_FIELD_OVERVIEW] = 1},
        .b = {[BT_FIELD_TITLE] = 0.5,
              [BT_FIELD_PEOPLE] = 0.5,
              [BT_FIELD_GENRE] = 0,
              [BT_FIELD_TAG] = 0.5,
              [BT_FIELD_OVERVIEW] = 0.55},
    };
}

bt_search_params bt_suggest_params_default(void)
{
    bt_search_params params = bt_search_params_default();
    params.limit = 8;
    params.weight[BT_FIELD_GENRE] = params.weight[BT_FIELD_TAG] = params.weight[BT_FIELD_OVERVIEW] = 0;
    return params;
}

typedef struct search {
    const bt_search_index *index;
    const bt_search_params *params;
    float *tf, *score; /* n_films */
    uint32_t *touched; /* n_films: films with tf > 0 */
    size_t n_touched;
    double prior_weight; /* for this query */
    query_years years;
    uint8_t *match;                    /* n_films: bt_title_match */
    bt_search_explanation *explained;  /* NULL: nobody asks for the parts of a film's score */
    size_t film;                       /* whose they are */
    float factor[BT_FIELD_COUNT][256]; /* weight / (1 - b + b length / mean), by the length's code */
} search;

/* --- one word -------------------------------------------------------------------------------------------------------- */

static void make_factors(search *s)
{
    for (size_t field = 0; field < BT_FIELD_COUNT; field++) {
        const double b = s->params->b[field], weight = s->params->weight[field];
        for (unsigned code = 0; code < 256; code++) {
            const double length = (double)length_of_code((uint8_t)code);
            s->factor[field][code] = (float)(weight / (1 - b + b * length / s->index->mean[field]));
        }
    }
}

static void add_postings(search *s, const variant *v)
{
    const lookup *words = &s->index->words;
    const float weight = (float)v->weight;
    for (uint32_t i = words->start[v->key]; i < words->start[v->key + 1]; i++) {
        const uint32_t posting = words->values[i], film = posting_film(posting);
        const unsigned field = posting_field(posting);
        const float part =
            weight * (float)posting_count(posting) * s->factor[field][s->index->lengths[(size_t)film * BT_FIELD_COUNT + field]];
        if (part <= 0)
            continue;
        if (s->tf[film] <= 0)
            s->touched[s->n_touched++] = film;
        s->tf[film] += part;
    }
}

/* A word of the query in the films touched, said `count` times. */
static float word_weight(const search *s, size_t count)
{
    const double n = (double)s->n_touched, n_films = (double)s->index->n_films;
    return (float)(sqrt((double)count) * log1p((n_films - n + 0.5) / (n + 0.5)));
}

static void score_touched(search *s, float idf)
{
    const float k1 = (float)s->params->k1;
    for (size_t i = 0; i < s->n_touched; i++) {
        const uint32_t film = s->touched[i];
        s->score[film] += idf * s->tf[film] / (k1 + s->tf[film]);
        s->tf[film] = 0;
    }
    s->n_touched = 0;
}

/* What a word brings the explained film, parted by what each field has of it. */
static void explain_word(search *s, const query_word *w, const variants *v, float idf)
{
    bt_search_explanation *e = s->explained;
    const lookup *words = &s->index->words;
    double tf[BT_FIELD_COUNT] = {0};
    for (size_t j = 0; j < v->n; j++)
        for (uint32_t i = words->start[v->items[j].key]; i < words->start[v->items[j].key + 1]; i++) {
            const uint32_t posting = words->values[i];
            const unsigned field = posting_field(posting);
            const uint8_t length = s->index->lengths[s->film * BT_FIELD_COUNT + field];
            if (posting_film(posting) == s->film)
                tf[field] += v->items[j].weight * posting_count(posting) * (double)s->factor[field][length];
        }
    double all = 0;
    for (size_t field = 0; field < BT_FIELD_COUNT; field++)
        all += tf[field];
    for (size_t field = 0; field < BT_FIELD_COUNT && e->n < e->limit; field++) {
        if (tf[field] <= 0)
            continue;
        bt_search_part *part = &e->parts[e->n++];
        *part = (bt_search_part){.field = (bt_search_field)field, .score = (double)idf * tf[field] / (s->params->k1 + all)};
        memcpy(part->word, w->word.text, w->word.length);
    }
}

static bt_status score_words(search *s, const query_words *words, bt_error *error)
{
    const variant_rules rules = {s->params->prefix, s->params->slips};
    stemmers snowball;
    bt_status status = stemmers_open(&snowball, error);
    if (status != BT_OK)
        return status;
    variants *v = memory_array(1, sizeof *v);
    if (v == NULL)
        status = error_no_memory(error, "searching");
    for (size_t i = 0; i < words->n && status == BT_OK; i++) {
        status = variants_of(s->index, &snowball, &words->items[i], rules, v, error);
        for (size_t j = 0; j < v->n && status == BT_OK; j++)
            add_postings(s, &v->items[j]);
        const float idf = word_weight(s, words->items[i].count);
        if (s->explained != NULL && status == BT_OK)
            explain_word(s, &words->items[i], v, idf);
        score_touched(s, idf);
    }
    bt_free(v);
    stemmers_close(&snowball);
    return status;
}

/* --- the best -------------------------------------------------------------------------------------------------------- */

/* Titles first, then the score; what the title ranks alike, by the prior. */
static bool is_better(const bt_search_hit *a, const bt_search_hit *b)
{
    if (a->title != b->title)
        return a->title > b->title;
    if (a->title != BT_TITLE_OTHER && (a->prior > b->prior || a->prior < b->prior))
        return a->prior > b->prior;
    if (a->score > b->score || a->score < b->score)
        return a->score > b->score;
    return a->film_id < b->film_id;
}

static void keep_best(bt_search_hit *hits, size_t *n, size_t limit, const bt_search_hit *hit)
{
    if (limit == 0 || (*n == limit && !is_better(hit, &hits[limit - 1])))
        return;
    size_t low = 0, high = *n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (is_better(hit, &hits[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    const size_t moved = (*n < limit ? *n : limit - 1) - low;
    memmove(&hits[low + 1], &hits[low], moved * sizeof *hits);
    hits[low] = *hit;
    *n += *n < limit;
}

/* What a film loses for its distance to the years that a description names; one of an unknown year as much as five years away. */
static double year_loss(const search *s, size_t film)
{
    enum { FAR = 20, UNKNOWN = 5 };
    const int year = s->index->years[film];
    if (s->years.from == 0)
        return 0;
    int distance = year == 0 ? UNKNOWN : 0;
    if (year != 0 && year < s->years.from)
        distance = s->years.from - year;
    if (year > s->years.to)
        distance = year - s->years.to;
    return s->params->year_weight * (distance < FAR ? distance : FAR);
}

static bt_search_hit hit_of(const search *s, size_t film)
{
    const bt_search_params *p = s->params;
    const double prior = p->prior != NULL ? s->prior_weight * (double)p->prior[film] : 0, year = -year_loss(s, film);
    return (bt_search_hit){s->index->film_ids[film], (bt_title_match)s->match[film], (double)s->score[film] + prior + year,
                           prior, year};
}

static void rank(const search *s, bt_search_hit *hits, size_t *n, size_t *n_found)
{
    const bt_search_params *p = s->params;
    for (size_t film = 0; film < s->index->n_films; film++) {
        const bool found = s->score[film] > 0 || s->match[film] != BT_TITLE_OTHER;
        if (!found || (p->allowed != NULL && p->allowed[film] == 0))
            continue;
        const bt_search_hit hit = hit_of(s, film);
        if (p->found != NULL)
            p->found[film] = 1;
        keep_best(hits, n, p->limit, &hit);
        ++*n_found;
    }
}

/* --- a query --------------------------------------------------------------------------------------------------------- */

static bt_status check(const bt_search_params *p, bt_error *error)
{
    bool fine = p->k1 > 0 && p->prior_weight >= 0 && p->year_weight >= 0;
    for (size_t i = 0; i < BT_FIELD_COUNT; i++)
        fine = fine && p->weight[i] >= 0 && p->b[i] >= 0 && p->b[i] < 1;
    return fine ? BT_OK
                : error_set(error, BT_INVALID_ARGUMENT,
                            "search parameters: expected k1 above 0, weights of 0 or more, and b from 0 to below 1");
}

static bool take_memory(search *s)
{
    const size_t n = s->index->n_films;
    s->tf = memory_zeroed(n, sizeof *s->tf);
    s->score = memory_zeroed(n, sizeof *s->score);
    s->touched = memory_array(n, sizeof *s->touched);
    s->match = memory_zeroed(n, 1);
    return s->tf != NULL && s->score != NULL && s->touched != NULL && s->match != NULL;
}

static bt_status run(search *s, const char *query, size_t length, bt_error *error)
{
    query_words words;
    bt_status status = query_words_read(query, length, &words, error);
    if (status != BT_OK)
        return status;
    make_factors(s);
    if (words.n_different >= LONG_FROM)
        s->years = query_years_read(query, length);
    s->prior_weight = s->params->prior_weight * 2 / (1 + (double)words.n);
    status = score_words(s, &words, error);
    if (status == BT_OK && s->params->titles)
        status = titles_match(s->index, query, length, s->params->prefix, s->params->slips, s->match, error);
    bt_free(words.items);
    return status;
}

/* Scores all films; end() afterwards, whatever comes back. */
static bt_status begin(search *s, const char *query, size_t length, bt_error *error)
{
    bt_status status = check(s->params, error);
    if (status == BT_OK && !take_memory(s))
        status = error_no_memory(error, "searching");
    if (status == BT_OK)
        status = run(s, query, length < BT_SEARCH_QUERY_MAX ? length : BT_SEARCH_QUERY_MAX, error);
    return status;
}

static void end(search *s)
{
    bt_free(s->tf);
    bt_free(s->score);
    bt_free(s->touched);
    bt_free(s->match);
}

bt_status bt_search(const bt_search_index *index, const char *query, size_t length, const bt_search_params *params,
                    bt_search_hit *out, size_t *n, size_t *n_found, bt_error *error)
{
    size_t found = 0;
    *n = 0;
    search s = {.index = index, .params = params};
    const bt_status status = begin(&s, query, length, error);
    if (status == BT_OK)
        rank(&s, out, n, &found);
    end(&s);
    if (n_found != NULL)
        *n_found = found;
    return status;
}

bt_status bt_search_explain(const bt_search_index *index, const char *query, size_t length, const bt_search_params *params,
                            uint32_t film_id, bt_search_explanation *out, bt_error *error)
{
    const size_t at = sorted_find(index->film_ids, index->n_films, film_id);
    out->n = 0;
    if (at == SIZE_MAX)
        return error_set(error, BT_NOT_FOUND, "film %u isn't in the search index", film_id);
    search s = {.index = index, .params = params, .explained = out, .film = at};
    const bt_status status = begin(&s, query, length, error);
    if (status == BT_OK)
        out->hit = hit_of(&s, at);
    end(&s);
    return status;
}
