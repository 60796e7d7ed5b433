/* Butaca's JSON vocabulary (app/json.h). A document is built from the inside out; `give` hangs a part into it and, where memory
 * ran out, frees what there was, so that each function has one way to fail.
 */
#include "app/json.h"

#include <string.h>

/* Hangs `part` (may be NULL: no memory) into *object; on failure *object is freed and NULL, and stays so. */
static void give(json_t **object, const char *key, json_t *part)
{
    if (*object == NULL) {
        json_decref(part);
        return;
    }
    if (part == NULL || json_object_set_new(*object, key, part) != 0) {
        json_decref(*object);
        *object = NULL;
    }
}

static void append(json_t **array, json_t *part)
{
    if (*array == NULL) {
        json_decref(part);
        return;
    }
    if (part == NULL || json_array_append_new(*array, part) != 0) {
        json_decref(*array);
        *array = NULL;
    }
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *number_or_null(int number)
{
    return number != 0 ? json_integer(number) : json_null();
}

static json_t *names(const film_names *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->n; i++)
        append(&array, json_string(list->items[i]));
    return array;
}

static json_t *genres_of(const app *a, uint64_t bits)
{
    const film_names *genres = app_genres(a);
    json_t *array = json_array();
    for (size_t i = 0; i < genres->n && i < 64; i++) {
        if ((bits >> i & 1) != 0)
            append(&array, json_string(genres->items[i]));
    }
    return array;
}

json_t *app_json_card(const app *a, uint32_t film_id)
{
    const film_card *card = app_card(a, film_id);
    json_t *object = json_object();
    give(&object, "id", json_integer(film_id));
    give(&object, "title", text_or_null(card != NULL ? card->title : NULL));
    give(&object, "year", number_or_null(card != NULL ? card->year : 0));
    give(&object, "genres", genres_of(a, card != NULL ? card->genres : 0));
    return object;
}

static json_t *texts(const film *f)
{
    json_t *array = json_array();
    for (size_t i = 0; i < f->n_texts; i++) {
        json_t *text = json_object();
        give(&text, "language", text_or_null(f->texts[i].language));
        give(&text, "title", text_or_null(f->texts[i].title));
        give(&text, "overview", text_or_null(f->texts[i].overview));
        give(&text, "source", text_or_null(f->texts[i].source));
        append(&array, text);
    }
    return array;
}

static json_t *ids(const film *f)
{
    json_t *object = json_object();
    for (size_t i = 0; i < f->n_ids; i++)
        give(&object, f->ids[i].source, text_or_null(f->ids[i].value));
    return object;
}

json_t *app_json_film(const film *f)
{
    json_t *object = json_object();
    give(&object, "id", json_integer(f->id));
    give(&object, "title", text_or_null(f->title));
    give(&object, "year", number_or_null(f->year));
    give(&object, "genres", names(&f->genres));
    give(&object, "original_title", text_or_null(f->original_title));
    give(&object, "other_titles", names(&f->other_titles));
    give(&object, "runtime", number_or_null(f->runtime));
    give(&object, "countries", names(&f->countries));
    give(&object, "languages", names(&f->languages));
    give(&object, "directors", names(&f->directors));
    give(&object, "writers", names(&f->writers));
    give(&object, "cast", names(&f->cast));
    give(&object, "themes", names(&f->themes));
    give(&object, "tags", names(&f->tags));
    give(&object, "votes", json_integer((json_int_t)f->votes));
    give(&object, "rating", f->votes > 0 ? json_real(f->rating) : json_null());
    give(&object, "poster", text_or_null(f->poster));
    give(&object, "texts", texts(f));
    give(&object, "ids", ids(f));
    return object;
}

/* By bt_verdict; without a verdict it was a rating of 2.5 to 3.5. */
static const char *const taste_names[] = {"middling", "like", "dislike"};

/* The reasons of a list name the same films again and again: their cards are made once and counted. A film beyond MEMO_MAX has its own. */
enum { MEMO_MAX = 64 };

typedef struct card_memo {
    size_t n;
    uint32_t ids[MEMO_MAX];
    json_t *cards[MEMO_MAX];
} card_memo;

static json_t *known_card(const app *a, uint32_t film_id, card_memo *memo)
{
    for (size_t i = 0; i < memo->n; i++)
        if (memo->ids[i] == film_id)
            return json_incref(memo->cards[i]);
    json_t *card = app_json_card(a, film_id);
    if (card != NULL && memo->n < MEMO_MAX) {
        memo->ids[memo->n] = film_id;
        memo->cards[memo->n++] = json_incref(card);
    }
    return card;
}

static void forget_cards(card_memo *memo)
{
    for (size_t i = 0; i < memo->n; i++)
        json_decref(memo->cards[i]);
}

static json_t *reasons(const app *a, const bt_recommendation *r, card_memo *memo)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->n_reasons; i++) {
        json_t *reason = json_object();
        give(&reason, "film", known_card(a, r->reasons[i].film_id, memo));
        give(&reason, "taste", json_string(taste_names[r->reasons[i].taste]));
        give(&reason, "share", json_real(r->reasons[i].share));
        give(&reason, "text", json_real(r->reasons[i].text));
        append(&array, reason);
    }
    return array;
}

static json_t *predicted_rating(const bt_predicted_rating *p)
{
    if (!p->known)
        return json_null();
    json_t *object = json_object();
    give(&object, "stars", json_real(p->stars));
    give(&object, "low", json_real(p->low));
    give(&object, "high", json_real(p->high));
    return object;
}

/* `rank_before` and `predicted` may be NULL. */
static json_t *recommended(const app *a, const bt_recommendation *r, const size_t *rank_before,
                           const bt_predicted_rating *predicted, card_memo *memo)
{
    json_t *item = json_object(), *others = json_object();
    give(&others, "opinions", json_integer((json_int_t)r->n_others));
    give(&others, "share", json_real(r->others));
    give(&item, "film", app_json_card(a, r->film_id));
    give(&item, "score", json_real(r->score));
    give(&item, "rank", json_integer((json_int_t)r->rank));
    if (rank_before != NULL)
        give(&item, "rank_before", *rank_before > 0 ? json_integer((json_int_t)*rank_before) : json_null());
    if (predicted != NULL)
        give(&item, "predicted", predicted_rating(predicted));
    give(&item, "reasons", reasons(a, r, memo));
    give(&item, "others", others);
    return item;
}

/* What lists and rows begin with. */
static json_t *list_head(const app *a, const bt_list *list)
{
    json_t *object = json_object();
    give(&object, "model", text_or_null(app_model_id(a)));
    give(&object, "basis", json_string(list->basis == BT_BASIS_POPULARITY ? "popularity" : "taste"));
    give(&object, "unknown_films", json_integer((json_int_t)list->n_unknown));
    return object;
}

json_t *app_json_list(const app *a, const bt_list *list, const size_t *ranks_before, const bt_predicted_rating *predicted)
{
    card_memo memo = {0};
    json_t *items = json_array();
    for (size_t i = 0; i < list->n_films; i++)
        append(&items, recommended(a, &list->films[i], ranks_before != NULL ? &ranks_before[i] : NULL,
                                   predicted != NULL ? &predicted[i] : NULL, &memo));
    forget_cards(&memo);
    json_t *object = list_head(a, list);
    give(&object, "total", json_integer((json_int_t)list->n_total));
    give(&object, "items", items);
    return object;
}

static json_t *row(const app *a, const app_row *r)
{
    static const char *const kinds[] = {"top", "because", "gems", "country", "new"};
    card_memo memo = {0};
    json_t *object = json_object(), *items = json_array();
    for (size_t i = 0; i < r->n_films; i++)
        append(&items, recommended(a, r->films[i], NULL, NULL, &memo));
    forget_cards(&memo);
    give(&object, "kind", json_string(kinds[r->kind]));
    give(&object, "film", r->film_id != 0 ? app_json_card(a, r->film_id) : json_null());
    give(&object, "name", text_or_null(r->name));
    give(&object, "items", items);
    return object;
}

json_t *app_json_rows(const app *a, const app_rows *rows)
{
    json_t *array = json_array();
    for (size_t i = 0; i < rows->n; i++)
        append(&array, row(a, &rows->rows[i]));
    json_t *object = list_head(a, rows->lists[0]);
    give(&object, "rows", array);
    return object;
}

static json_t *scored_films(const app *a, const bt_scored_film *films, size_t n)
{
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *item = json_object();
        give(&item, "film", app_json_card(a, films[i].film_id));
        give(&item, "score", json_real(films[i].score));
        append(&items, item);
    }
    return items;
}

json_t *app_json_similar(const app *a, uint32_t film_id, app_similar_by by, const app_alike *alike)
{
    json_t *object = json_object();
    give(&object, "film", app_json_card(a, film_id));
    give(&object, "by", json_string(app_similar_names[by]));
    give(&object, "items", scored_films(a, alike->films, alike->n));
    return object;
}

json_t *app_json_onboarding(const app *a, const uint32_t *questions, size_t n_questions, const bt_scored_film *films, size_t n)
{
    json_t *asked = json_array();
    for (size_t i = 0; i < n_questions; i++)
        append(&asked, app_json_card(a, questions[i]));
    json_t *object = json_object();
    give(&object, "questions", asked);
    give(&object, "items", scored_films(a, films, n));
    return object;
}

static json_t *match_name(bt_title_match match)
{
    static const char *const names_of[] = {NULL, "far", "near", "begins", "exact"};
    return text_or_null(names_of[match]);
}

json_t *app_json_suggested(const app *a, const app_found *found)
{
    json_t *items = json_array();
    for (size_t i = 0; i < found->n; i++) {
        json_t *item = json_object();
        give(&item, "film", app_json_card(a, found->hits[i].film_id));
        give(&item, "title_match", match_name(found->hits[i].title));
        append(&items, item);
    }
    json_t *object = json_object();
    give(&object, "total", json_integer((json_int_t)found->n_total));
    give(&object, "items", items);
    return object;
}

static void append_part(json_t **parts, const char *text, size_t length, bool match)
{
    if (length == 0)
        return;
    json_t *part = json_object();
    give(&part, "text", json_stringn(text, length));
    give(&part, "match", json_boolean(match));
    append(parts, part);
}

static json_t *passage(const app_passage *p)
{
    if (p->text == NULL)
        return json_null();
    json_t *parts = json_array();
    size_t at = 0;
    for (size_t i = 0; i < p->n_words; i++) {
        append_part(&parts, p->text + at, p->words[i].begin - at, false);
        append_part(&parts, p->text + p->words[i].begin, p->words[i].end - p->words[i].begin, true);
        at = p->words[i].end;
    }
    append_part(&parts, p->text + at, strlen(p->text + at), false);
    json_t *object = json_object();
    give(&object, "language", text_or_null(p->language));
    give(&object, "parts", parts);
    return object;
}

static json_t *counts(const app_count *c, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *count = json_object();
        give(&count, "name", text_or_null(c[i].name));
        give(&count, "films", json_integer((json_int_t)c[i].n));
        append(&array, count);
    }
    return array;
}

static json_t *facets(const app_facets *f)
{
    json_t *object = json_object();
    give(&object, "genres", counts(f->genres, f->n_genres));
    give(&object, "languages", counts(f->languages, f->n_languages));
    give(&object, "decades", counts(f->decades, f->n_decades));
    return object;
}

static json_t *explanation(const bt_search_explanation *e)
{
    static const char *const fields[BT_FIELD_COUNT] = {"title", "people", "genre", "theme", "overview"};
    json_t *words = json_array();
    for (size_t i = 0; i < e->n; i++) {
        json_t *word = json_object();
        give(&word, "word", text_or_null(e->parts[i].word));
        give(&word, "field", json_string(fields[e->parts[i].field]));
        give(&word, "score", json_real(e->parts[i].score));
        append(&words, word);
    }
    json_t *object = json_object();
    give(&object, "words", words);
    give(&object, "popularity", json_real(e->hit.prior));
    give(&object, "years", json_real(e->hit.year));
    return object;
}

static json_t *found_item(const app *a, const bt_search_hit *hit, const app_passage *p)
{
    json_t *item = json_object();
    give(&item, "film", app_json_card(a, hit->film_id));
    give(&item, "title_match", match_name(hit->title));
    give(&item, "score", json_real(hit->score));
    give(&item, "popularity", json_real(hit->prior));
    give(&item, "passage", passage(p));
    return item;
}

bt_status app_json_found(const app *a, catalogue *c, const char *query, const app_found *found, arena *memory, json_t **out,
                         bt_error *error)
{
    json_t *items = json_array();
    bt_search_highlighter *highlighter = NULL;
    *out = NULL;
    bt_status status = app_highlighter(a, query, &highlighter, error);
    for (size_t i = 0; i < found->n && status == BT_OK; i++) {
        film f = {0};
        app_passage p = {0};
        status = catalogue_get_texts(c, found->hits[i].film_id, memory, &f, error);
        if (status == BT_OK)
            status = app_find_passage(highlighter, &f, memory, &p, error);
        if (status == BT_OK) {
            json_t *item = found_item(a, &found->hits[i], &p);
            if (found->meaning != NULL)
                give(&item, "meaning", json_real((double)found->meaning[i]));
            if (found->explained != NULL)
                give(&item, "explanation", explanation(&found->explained[i]));
            append(&items, item);
        }
    }
    bt_search_highlighter_close(highlighter);
    if (status != BT_OK) {
        json_decref(items);
        return status;
    }
    *out = json_object();
    give(out, "total", json_integer((json_int_t)found->n_total));
    if (found->facets != NULL)
        give(out, "facets", facets(found->facets));
    give(out, "items", items);
    return BT_OK;
}

json_t *app_json_title_matches(const title_match *matches, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *match = json_object();
        give(&match, "id", json_integer(matches[i].id));
        give(&match, "title", text_or_null(matches[i].title));
        give(&match, "year", number_or_null(matches[i].year));
        append(&array, match);
    }
    return array;
}
