/* Search over the catalogue: the index is joined with the cards for filters and with the model's likes, which order films that a query
 * means alike.
 */
#include "app/fusion.h"
#include "app/state.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "text/sentence.h"

/* --- the joins ------------------------------------------------------------------------------------------------------- */

static float prior_of(const app *a, uint32_t film_id)
{
    if (a->model == NULL)
        return 0;
    const bt_model_info *info = bt_model_describe(a->model);
    const size_t at = sorted_find(info->film_ids, info->n_films, film_id);
    return at != SIZE_MAX ? (float)log1p((double)info->likes[at]) : 0;
}

bt_status app_prepare_search(app *a, bt_error *error)
{
    if (a->search != NULL)
        return BT_OK;
    const bt_status status = search_index_open(a, error);
    if (status != BT_OK)
        return status;
    const bt_search_info info = bt_search_describe(a->search);
    a->search_cards = arena_take(&a->memory, info.n_films * sizeof *a->search_cards);
    a->search_prior = arena_take(&a->memory, info.n_films * sizeof *a->search_prior);
    if (a->search_cards == NULL || a->search_prior == NULL) {
        bt_search_index_free(a->search);
        a->search = NULL;
        return error_no_memory(error, "joining the search index with the catalogue");
    }
    for (size_t i = 0; i < info.n_films; i++) {
        a->search_cards[i] = app_card(a, info.film_ids[i]);
        a->search_prior[i] = prior_of(a, info.film_ids[i]);
    }
    return BT_OK;
}

/* --- asking ---------------------------------------------------------------------------------------------------------- */

bt_status app_search_words(const app *a, const char *text, const app_filter *filter, bt_search_params *params, arena *memory,
                           app_found *out, bt_error *error)
{
    *out = (app_found){0};
    if (a->search == NULL)
        return error_set(error, BT_UNSUPPORTED, "the search index wasn't made");
    const size_t n_films = bt_search_describe(a->search).n_films;
    uint8_t *mask = NULL;
    bt_status status = app_pass_cards(a, filter, a->search_cards, n_films, &mask, error);
    if (status != BT_OK)
        return status;
    params->limit = params->limit < n_films ? params->limit : n_films;
    params->allowed = mask;
    params->prior = a->search_prior;
    out->hits = arena_take(memory, params->limit * sizeof *out->hits);
    if (out->hits == NULL)
        status = error_no_memory(error, "searching");
    else
        status = bt_search(a->search, text, strlen(text), params, out->hits, &out->n, &out->n_total, error);
    bt_free(mask);
    return status;
}

bt_status app_search(const app *a, const char *text, const app_filter *filter, size_t limit, arena *memory, app_found *out,
                     bt_error *error)
{
    bt_search_params params = bt_search_params_default();
    params.limit = limit;
    return app_search_words(a, text, filter, &params, memory, out, error);
}

bt_status app_search_by(const app *a, const char *text, const app_search_params *how, arena *memory, app_found *out,
                        bt_error *error)
{
    bt_search_params words = bt_search_params_default();
    return fusion_search(a, text, how, &words, memory, out, error);
}

enum { PARTS_MAX = 1024 }; /* of a film's score that are looked at */

static bt_status explain_one(const app *a, const char *text, const bt_search_params *params, uint32_t film_id, arena *memory,
                             bt_search_explanation *out, bt_error *error)
{
    bt_search_part *scratch = memory_array(PARTS_MAX, sizeof *scratch);
    bt_status status = BT_OK;
    *out = (bt_search_explanation){.parts = scratch, .limit = PARTS_MAX};
    if (scratch == NULL)
        return error_no_memory(error, "explaining");
    status = bt_search_explain(a->search, text, strlen(text), params, film_id, out, error);
    if (status == BT_OK) {
        out->parts = arena_take(memory, (out->n + 1) * sizeof *out->parts);
        if (out->parts == NULL)
            status = error_no_memory(error, "explaining");
        else
            memcpy(out->parts, scratch, out->n * sizeof *scratch);
    }
    bt_free(scratch);
    return status;
}

bt_status app_explain_found(const app *a, const char *text, arena *memory, app_found *found, bt_error *error)
{
    bt_search_params params = bt_search_params_default();
    params.prior = a->search_prior;
    bt_search_explanation *explained = arena_take(memory, (found->n + 1) * sizeof *explained);
    if (explained == NULL)
        return error_no_memory(error, "explaining");
    bt_status status = BT_OK;
    for (size_t i = 0; i < found->n && status == BT_OK; i++)
        status = explain_one(a, text, &params, found->hits[i].film_id, memory, &explained[i], error);
    found->explained = explained;
    return status;
}

bt_status app_suggest(const app *a, const char *text, const app_filter *filter, size_t limit, arena *memory, app_found *out,
                      bt_error *error)
{
    bt_search_params params = bt_suggest_params_default();
    params.limit = limit;
    return app_search_words(a, text, filter, &params, memory, out, error);
}

/* --- the sentence that matched ---------------------------------------------------------------------------------------- */

enum { SPANS_MAX = 64 }; /* of one overview that are looked at */

/* How much of a query the spans of a sentence are: their letters. */
static size_t said(const bt_search_span *spans, size_t n)
{
    size_t letters = 0;
    for (size_t i = 0; i < n; i++)
        letters += spans[i].end - spans[i].begin;
    return letters;
}

/* Puts the sentence text[begin, end) into *out. */
static bt_status take_sentence(const char *text, size_t begin, size_t end, const bt_search_span *spans, size_t n, arena *memory,
                               app_passage *out, bt_error *error)
{
    end = sentence_trim(text, begin, end);
    out->text = arena_string(memory, text + begin, end - begin);
    out->words = arena_take(memory, n * sizeof *out->words);
    if (out->text == NULL || out->words == NULL)
        return error_no_memory(error, "looking for the sentence that matched");
    for (size_t i = 0; i < n; i++)
        out->words[i] = (bt_search_span){spans[i].begin - begin, spans[i].end - begin};
    out->n_words = n;
    return BT_OK;
}

/* The best sentence of one overview, if it says more than `*best` letters of the query. */
static bt_status look_at_overview(bt_search_highlighter *query, const film_text *t, size_t *best, arena *memory,
                                  app_passage *out, bt_error *error)
{
    bt_search_span spans[SPANS_MAX];
    size_t n = 0;
    bt_status status = bt_search_highlight(query, t->overview, spans, SPANS_MAX, &n, error);
    for (size_t begin = 0, first = 0; status == BT_OK && first < n;) {
        const size_t end = sentence_end(t->overview, begin);
        size_t last = first;
        while (last < n && spans[last].begin < end)
            last++;
        if (last > first && spans[last - 1].end > end) /* a span over the sentence's end */
            spans[last - 1].end = end;
        if (said(spans + first, last - first) > *best) {
            *best = said(spans + first, last - first);
            out->language = t->language;
            status = take_sentence(t->overview, begin, end, spans + first, last - first, memory, out, error);
        }
        begin = end;
        first = last;
    }
    return status;
}

bt_status app_highlighter(const app *a, const char *query, bt_search_highlighter **out, bt_error *error)
{
    return bt_search_highlighter_open(a->search, query, out, error);
}

bt_status app_find_passage(bt_search_highlighter *query, const film *f, arena *memory, app_passage *out, bt_error *error)
{
    *out = (app_passage){0};
    size_t best = 0;
    bt_status status = BT_OK;
    for (size_t i = 0; i < f->n_texts && status == BT_OK; i++)
        if (f->texts[i].overview != NULL)
            status = look_at_overview(query, &f->texts[i], &best, memory, out, error);
    return status;
}
