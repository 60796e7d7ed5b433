/* The catalogue over HTTP: a page of films, one film, films like it, the genres.
 *
 * A page is made in two steps: the ids of everything that matches (numbers only), put into the order that was asked for, then the
 * films of the one page. So the order may be one that the store doesn't know, popularity, which is the model's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/json.h"
#include "base/sorted.h"
#include "server/filters.h"
#include "server/handlers.h"
#include "server/state.h"

enum { PAGE_MAX = 100, PAGE_DEFAULT = 20, TEXT_MAX = 200, EXACT_MAX = 20 };

typedef struct ranked_id {
    uint32_t id, likes;
    bool exact; /* its title is the text, not only a beginning of it */
} ranked_id;

typedef struct page_request {
    film_query query;
    bool popular, facets;
    uint32_t limit, offset;
    uint64_t fingerprint; /* of everything but limit and cursor: a cursor belongs to one query */
} page_request;

/* --- reading the query ----------------------------------------------------------------------------------------------- */

static bool read_order(request *r, page_request *p)
{
    const char *order = request_parameter(r, "order");
    p->popular = !order || strcmp(order, "popular") == 0;
    p->query.order = FILM_ORDER_ID;
    if (p->popular || strcmp(order, "id") == 0)
        return true;
    if (strcmp(order, "title") == 0)
        p->query.order = FILM_ORDER_TITLE;
    else if (strcmp(order, "year") == 0)
        p->query.order = FILM_ORDER_YEAR_DOWN;
    else if (strcmp(order, "votes") == 0)
        p->query.order = FILM_ORDER_VOTES_DOWN;
    else if (strcmp(order, "rating") == 0)
        p->query.order = FILM_ORDER_RATING_DOWN;
    else
        reply_bad_parameter(r, "order", "expected popular, title, year, votes, rating or id");
    return r->reply.status == 0;
}

static bool read_genre(request *r, page_request *p)
{
    const char *genre = request_parameter(r, "genre");
    if (!genre)
        return true;
    const film_names *known = app_genres(r->app);
    for (size_t i = 0; i < known->n; i++)
        if (strcasecmp(known->items[i], genre) == 0)
            p->query.genre = known->items[i];
    if (!p->query.genre)
        reply_bad_parameter(r, "genre", "no such genre; /api/v1/genres lists them");
    return p->query.genre != NULL;
}

static bool read_text(request *r, const char *name, const char **text)
{
    *text = request_parameter(r, name);
    if (*text && strlen(*text) > TEXT_MAX)
        reply_bad_parameter(r, name, "longer than %d bytes", TEXT_MAX);
    return r->reply.status == 0;
}

static bool read_texts(request *r, film_query *q)
{
    return read_text(r, "text", &q->text) && read_text(r, "country", &q->country) && read_text(r, "language", &q->language) &&
           read_text(r, "person", &q->person) && read_text(r, "keyword", &q->keyword);
}

static bool read_bounds(request *r, film_query *q)
{
    return filters_read_years(r, &q->from_year, &q->to_year) && filters_read_runtimes(r, &q->from_runtime, &q->to_runtime) &&
           request_number(r, "from_votes", 1, UINT32_MAX, &q->from_votes) &&
           request_number(r, "to_votes", 1, UINT32_MAX, &q->to_votes);
}

static bool read_facets(request *r, bool *wanted)
{
    const char *text = request_parameter(r, "facets");
    *wanted = text && strcmp(text, "true") == 0;
    if (text && !*wanted && strcmp(text, "false") != 0)
        reply_bad_parameter(r, "facets", "expected true or false");
    return r->reply.status == 0;
}

static bool read_page_request(request *r, page_request *p)
{
    p->limit = PAGE_DEFAULT;
    if (!read_texts(r, &p->query) || !read_order(r, p) || !read_genre(r, p) || !read_bounds(r, &p->query) ||
        !read_facets(r, &p->facets) || !request_number(r, "limit", 1, PAGE_MAX, &p->limit))
        return false;
    p->fingerprint = request_fingerprint(r, "limit cursor facets");
    return request_cursor(r, p->fingerprint, &p->offset);
}

/* --- what matches, in order ------------------------------------------------------------------------------------------ */

static uint32_t likes_of(const app *a, uint32_t film_id)
{
    const bt_model *model = app_model(a);
    if (!model)
        return 0;
    const bt_model_info *info = bt_model_describe(model);
    const size_t at = sorted_find(info->film_ids, info->n_films, film_id);
    return at == SIZE_MAX ? 0 : info->likes[at];
}

static int by_popularity(const void *left, const void *right)
{
    const ranked_id *a = left, *b = right;
    if (a->exact != b->exact)
        return a->exact ? -1 : 1;
    if (a->likes != b->likes)
        return a->likes > b->likes ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static bt_status rank(request *r, catalogue *c, const page_request *p, uint32_t *ids, size_t n, bt_error *error)
{
    title_match *exact = NULL;
    size_t n_exact = 0;
    if (p->query.text && *p->query.text) {
        const bt_status status = catalogue_find_title(c, p->query.text, EXACT_MAX, &r->memory, &exact, &n_exact, error);
        if (status != BT_OK)
            return status;
    }
    ranked_id *ranked = arena_take(&r->memory, (n + 1) * sizeof *ranked);
    if (!ranked)
        return BT_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        ranked[i] = (ranked_id){.id = ids[i], .likes = likes_of(r->app, ids[i])};
        for (size_t j = 0; j < n_exact; j++)
            ranked[i].exact = ranked[i].exact || (exact[j].exact && exact[j].id == ids[i]);
    }
    qsort(ranked, n, sizeof *ranked, by_popularity);
    for (size_t i = 0; i < n; i++)
        ids[i] = ranked[i].id;
    return BT_OK;
}

/* --- films as JSON --------------------------------------------------------------------------------------------------- */

/* A card, its directors and its titles by language. */
static json_t *summary(const film *f)
{
    json_t *whole = app_json_film(f), *part = json_object(), *titles = json_object();
    static const char *const fields[] = {"id", "title", "year", "genres", "original_title", "directors"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        json_object_set(part, fields[i], json_object_get(whole, fields[i]));
    for (size_t i = 0; i < f->n_texts; i++)
        if (f->texts[i].title)
            json_object_set_new(titles, f->texts[i].language, json_string(f->texts[i].title));
    json_object_set_new(part, "titles", titles);
    json_decref(whole);
    return part;
}

/* Films that are gone are left out. */
static bt_status summaries(request *r, catalogue *c, const uint32_t *ids, size_t n, json_t *items, bt_error *error)
{
    for (size_t i = 0; i < n; i++) {
        film f = {0};
        const bt_status status = catalogue_get(c, ids[i], &r->memory, &f, error);
        if (status == BT_NOT_FOUND)
            continue;
        if (status != BT_OK)
            return status;
        json_array_append_new(items, summary(&f));
    }
    return BT_OK;
}

/* A page of `total` films; `next` and `facets` (which it takes) may be NULL. */
static void reply_page(request *r, catalogue *c, const uint32_t *ids, size_t n, size_t total, const char *next, json_t *facets)
{
    bt_error error = {0};
    json_t *items = json_array();
    if (summaries(r, c, ids, n, items, &error) == BT_OK) {
        json_t *page = json_pack("{s:o, s:I, s:s?}", "items", items, "total", (json_int_t)total, "next_cursor", next);
        if (facets)
            json_object_set_new(page, "facets", facets);
        reply_json(r, MHD_HTTP_OK, page);
    } else {
        json_decref(items);
        json_decref(facets);
        reply_error(r, &error);
    }
}

/* --- facets ---------------------------------------------------------------------------------------------------------- */

static json_t *facet_list(const film_facet_list *list)
{
    json_t *items = json_array();
    for (size_t i = 0; i < list->n; i++)
        json_array_append_new(
            items, json_pack("{s:s, s:I}", "name", list->items[i].name, "films", (json_int_t)list->items[i].n_films));
    return items;
}

/* *facets stays NULL where they aren't wanted. */
static bt_status count_facets(request *r, catalogue *c, const page_request *p, json_t **facets, bt_error *error)
{
    film_facets f;
    if (!p->facets)
        return BT_OK;
    const bt_status status = catalogue_facets(c, &p->query, &r->memory, &f, error);
    if (status == BT_OK)
        *facets = json_pack("{s:o, s:o, s:o, s:o}", "genres", facet_list(&f.genres), "countries", facet_list(&f.countries),
                            "languages", facet_list(&f.languages), "decades", facet_list(&f.decades));
    return status;
}

/* --- handlers -------------------------------------------------------------------------------------------------------- */

/* `ids=3,1,2`: these films, in this order. */
static void list_given(request *r, catalogue *c, const char *given)
{
    static const char *const others[] = {"text",      "genre",   "country",      "language",   "person",     "keyword",
                                         "from_year", "to_year", "from_runtime", "to_runtime", "from_votes", "to_votes",
                                         "facets",    "order",   "limit",        "cursor"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (request_parameter(r, others[i])) {
            reply_bad_parameter(r, "ids", "can't be combined with %s", others[i]);
            return;
        }
    uint32_t ids[PAGE_MAX];
    size_t n = 0;
    for (const char *at = given;; at++) {
        char digits[16];
        const size_t length = strcspn(at, ",");
        snprintf(digits, sizeof digits, "%.*s", length < sizeof digits ? (int)length : 0, at);
        if (n == PAGE_MAX || !parse_number(digits, UINT32_MAX, &ids[n]) || ids[n++] == 0) {
            reply_bad_parameter(r, "ids", "expected at most %d film ids, separated by commas", PAGE_MAX);
            return;
        }
        at += length;
        if (!*at)
            break;
    }
    reply_page(r, c, ids, n, n, NULL, NULL);
}

void films_list(request *r, catalogue *c)
{
    const char *given = request_parameter(r, "ids");
    page_request p = {0};
    if (given) {
        list_given(r, c, given);
        return;
    }
    if (!read_page_request(r, &p))
        return;
    bt_error error = {0};
    uint32_t *ids = NULL;
    json_t *facets = NULL;
    size_t n = 0;
    bt_status status = catalogue_list_ids(c, &p.query, &r->memory, &ids, &n, &error);
    if (status == BT_OK && p.popular)
        status = rank(r, c, &p, ids, n, &error);
    if (status == BT_OK)
        status = count_facets(r, c, &p, &facets, &error);
    if (status == BT_LIMIT) {
        reply_bad_parameter(r, "text", "%s", error.message);
        return;
    }
    if (status != BT_OK) {
        reply_error(r, &error);
        return;
    }
    const size_t begin = p.offset < n ? p.offset : n, end = n - begin < p.limit ? n : begin + p.limit;
    char next[CURSOR_SIZE];
    cursor_write(next, p.fingerprint, (uint32_t)end);
    reply_page(r, c, ids + begin, end - begin, n, end < n ? next : NULL, facets);
}

void films_get(request *r, catalogue *c)
{
    bt_error error = {0};
    film f = {0};
    const bt_status status = catalogue_get(c, r->film_id, &r->memory, &f, &error);
    if (status == BT_OK)
        reply_json(r, MHD_HTTP_OK, app_json_film(&f));
    else if (status == BT_NOT_FOUND)
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "there is no film with the id %u", r->film_id);
    else
        reply_error(r, &error);
}

void films_similar(request *r, catalogue *c)
{
    (void)c;
    uint32_t limit = PAGE_DEFAULT;
    app_similar_by by = APP_SIMILAR_TASTE;
    const char *name = request_parameter(r, "by");
    if (!request_number(r, "limit", 1, PAGE_MAX, &limit))
        return;
    if (name && !app_similar_by_named(name, &by)) {
        reply_bad_parameter(r, "by", "expected taste, text or both");
        return;
    }
    if (!app_card(r->app, r->film_id)) {
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "there is no film with the id %u", r->film_id);
        return;
    }
    if (by == APP_SIMILAR_TASTE && !app_model(r->app)) {
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no-model", "there is no model yet; run `butaca train`");
        return;
    }
    bt_error error = {0};
    app_alike alike;
    const bt_status status = app_similar(r->app, r->film_id, by, limit, &r->memory, &alike, &error);
    if (status == BT_OK)
        reply_json(r, MHD_HTTP_OK, app_json_similar(r->app, r->film_id, by, &alike));
    else if (status == BT_NOT_FOUND)
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "%s", error.message);
    else
        reply_error(r, &error);
}

void films_genres(request *r, catalogue *c)
{
    (void)c;
    json_t *items = json_array();
    const film_names *genres = app_genres(r->app);
    const size_t *n_films = app_genre_films(r->app);
    for (size_t i = 0; i < genres->n; i++)
        json_array_append_new(items, json_pack("{s:s, s:I}", "name", genres->items[i], "films", (json_int_t)n_films[i]));
    reply_json(r, MHD_HTTP_OK, json_pack("{s:o}", "items", items));
}
