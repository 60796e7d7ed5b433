/* Films like a film: by who likes them, by what their texts say, or by both.
 *
 * Both is the mean of two measures, each 1 for the film's nearest: its share of the nearest's cosine (taste), and the closeness of
 * butaca/neighbours.h (texts). Each has at most BT_NEIGHBOURS films, so a film that is near in one way alone has half of what it could.
 */
#include "app/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/sorted.h"

const char *const app_similar_names[] = {"taste", "text", "both"};

bool app_similar_by_named(const char *name, app_similar_by *out)
{
    for (app_similar_by by = APP_SIMILAR_TASTE; by <= APP_SIMILAR_BOTH; by++)
        if (strcmp(name, app_similar_names[by]) == 0) {
            *out = by;
            return true;
        }
    return false;
}

static bt_status make_room(size_t n, arena *memory, app_alike *out, bt_error *error)
{
    *out = (app_alike){.films = arena_take(memory, (n > 0 ? n : 1) * sizeof *out->films)};
    return out->films != NULL ? BT_OK : error_no_memory(error, "looking for similar films");
}

static bt_status by_taste(const app *a, uint32_t film_id, size_t limit, arena *memory, app_alike *out, bt_error *error)
{
    bt_status status = app_need_film(a, film_id, error);
    if (status != BT_OK)
        return status;
    const size_t n_films = bt_model_describe(a->model)->n_films, room = limit < n_films ? limit : n_films;
    status = make_room(room, memory, out, error);
    return status == BT_OK ? bt_model_similar(a->model, film_id, room, out->films, &out->n, error) : status;
}

/* The film's row in the table of neighbours. */
static bt_status find_row(const app *a, uint32_t film_id, size_t *row, bt_error *error)
{
    if (a->neighbours == NULL)
        return error_set(error, BT_UNSUPPORTED, "the films' neighbours by text weren't opened");
    const bt_neighbours_info *info = bt_neighbours_describe(a->neighbours);
    *row = sorted_find(info->film_ids, info->n_films, film_id);
    if (*row != SIZE_MAX)
        return BT_OK;
    const film_card *card = app_card(a, film_id);
    return error_set(error, BT_NOT_FOUND, "%s came after the films' texts were compared; run: butaca embed",
                     card != NULL ? card->title : "a film with this id");
}

/* `closeness`: the score is that, else the similarity itself. */
static bt_status by_text(const app *a, uint32_t film_id, bool closeness, arena *memory, app_alike *out, bt_error *error)
{
    size_t row = 0;
    bt_status status = find_row(a, film_id, &row, error);
    if (status == BT_OK)
        status = make_room(BT_NEIGHBOURS, memory, out, error);
    if (status != BT_OK)
        return status;
    const bt_neighbours_info *info = bt_neighbours_describe(a->neighbours);
    const uint32_t *near = info->neighbours + row * BT_NEIGHBOURS;
    for (size_t i = 0; i < BT_NEIGHBOURS && near[i] != BT_NO_NEIGHBOUR; i++)
        if (app_card(a, info->film_ids[near[i]]) != NULL)
            out->films[out->n++] =
                (bt_scored_film){info->film_ids[near[i]], closeness ? bt_neighbours_closeness(a->neighbours, row, i)
                                                                    : (double)info->similarities[row * BT_NEIGHBOURS + i]};
    return BT_OK;
}

static int best_first(const void *left, const void *right)
{
    const bt_scored_film *x = left, *y = right;
    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    return (x->film_id > y->film_id) - (x->film_id < y->film_id);
}

static void add_half(app_alike *sum, bt_scored_film one)
{
    size_t at = 0;
    while (at < sum->n && sum->films[at].film_id != one.film_id)
        at++;
    if (at == sum->n)
        sum->films[sum->n++] = (bt_scored_film){one.film_id, 0};
    sum->films[at].score += 0.5 * one.score;
}

static bt_status mix(const app_alike *taste, const app_alike *text, arena *memory, app_alike *out, bt_error *error)
{
    const bt_status status = make_room(taste->n + text->n, memory, out, error);
    if (status != BT_OK)
        return status;
    for (size_t i = 0; i < taste->n && taste->films[i].score > 0; i++)
        add_half(out, (bt_scored_film){taste->films[i].film_id, taste->films[i].score / taste->films[0].score});
    for (size_t i = 0; i < text->n; i++)
        add_half(out, text->films[i]);
    if (out->n > 0)
        qsort(out->films, out->n, sizeof *out->films, best_first);
    return BT_OK;
}

static bt_status by_both(const app *a, uint32_t film_id, arena *memory, app_alike *out, bt_error *error)
{
    app_alike taste = {0}, text = {0};
    const bt_status tasted = by_taste(a, film_id, BT_NEIGHBOURS, memory, &taste, error);
    if (tasted != BT_OK && tasted != BT_NOT_FOUND)
        return tasted;
    const bt_status read = by_text(a, film_id, true, memory, &text, error);
    if (read != BT_OK && (read != BT_NOT_FOUND || tasted != BT_OK))
        return read;
    return mix(&taste, &text, memory, out, error);
}

bt_status app_similar(const app *a, uint32_t film_id, app_similar_by by, size_t limit, arena *memory, app_alike *out,
                      bt_error *error)
{
    bt_status status;
    *out = (app_alike){0};
    if (by == APP_SIMILAR_TASTE)
        status = by_taste(a, film_id, limit, memory, out, error);
    else if (by == APP_SIMILAR_TEXT)
        status = by_text(a, film_id, false, memory, out, error);
    else
        status = by_both(a, film_id, memory, out, error);
    out->n = status != BT_OK ? 0 : out->n < limit ? out->n : limit;
    return status;
}
