/* The say of texts: a liked film lifts its neighbours by text, a disliked one lowers them (butaca/recommend.h, 4).
 *
 * A list costs 128 additions for each opinion, and an explained film as many comparisons.
 */
#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "taste/taste.h"

struct bt_text_join {
    const bt_neighbours *table;
    size_t n_films;     /* of the model */
    uint32_t *of_model; /* n_films: position in the table, or BT_NO_NEIGHBOUR */
    uint32_t *to_model; /* the table's n_films: position in the model, or BT_NO_NEIGHBOUR */
};

static uint32_t position(const uint32_t *ids, size_t n, uint32_t id)
{
    const size_t at = sorted_find(ids, n, id);
    return at != SIZE_MAX ? (uint32_t)at : BT_NO_NEIGHBOUR;
}

bt_status bt_text_join_make(const bt_neighbours *table, const bt_model *model, bt_text_join **out, bt_error *error)
{
    const bt_neighbours_info *t = bt_neighbours_describe(table);
    const bt_model_info *m = &model->info;
    bt_text_join *join = memory_zeroed(1, sizeof *join);
    *out = join;
    if (join != NULL) {
        join->table = table;
        join->n_films = m->n_films;
        join->of_model = memory_array(m->n_films, sizeof *join->of_model);
        join->to_model = memory_array(t->n_films, sizeof *join->to_model);
    }
    if (join == NULL || join->of_model == NULL || join->to_model == NULL) {
        bt_text_join_free(join);
        *out = NULL;
        return error_no_memory(error, "joining texts with the model");
    }
    for (size_t i = 0; i < m->n_films; i++)
        join->of_model[i] = position(t->film_ids, t->n_films, m->film_ids[i]);
    for (size_t i = 0; i < t->n_films; i++)
        join->to_model[i] = position(m->film_ids, m->n_films, t->film_ids[i]);
    return BT_OK;
}

void bt_text_join_free(bt_text_join *join)
{
    if (join == NULL)
        return;
    bt_free(join->of_model);
    bt_free(join->to_model);
    bt_free(join);
}

/* What the term's film, at `row` of the table, gives its place-th neighbour. */
static double say_of(const taste *t, size_t term, size_t row, size_t place)
{
    const uint8_t half_stars = t->terms[term].half_stars;
    const double near = bt_neighbours_closeness(t->text->table, row, place), scale = t->text_scale * t->weights[term];
    if (half_stars >= BT_LIKE_HALF_STARS)
        return scale * t->text_like * near;
    return half_stars <= BT_DISLIKE_HALF_STARS ? -scale * t->text_dislike * near * near : 0.0;
}

/* Terms ascend by film. */
static double best_score(const taste *t, const double *scores)
{
    double best = 0.0;
    size_t next = 0;
    for (size_t film = 0; film < t->model->info.n_films; film++) {
        if (next < t->n_terms && t->terms[next].film == film)
            next++;
        else if (scores[film] > best)
            best = scores[film];
    }
    return best;
}

size_t taste_text_says(const taste *t, size_t term, text_say *says)
{
    const uint32_t row = t->text->of_model[t->terms[term].film];
    if (row == BT_NO_NEIGHBOUR)
        return 0;
    const uint32_t *near = bt_neighbours_describe(t->text->table)->neighbours + (size_t)row * BT_NEIGHBOURS;
    size_t n = 0;
    for (size_t place = 0; place < BT_NEIGHBOURS && near[place] != BT_NO_NEIGHBOUR; place++) {
        const uint32_t film = t->text->to_model[near[place]];
        if (film != BT_NO_NEIGHBOUR)
            says[n++] = (text_say){film, say_of(t, term, row, place)};
    }
    return n;
}

void taste_add_text(taste *t, double *scores)
{
    text_say says[BT_NEIGHBOURS];
    t->text_scale = t->text != NULL ? best_score(t, scores) : 0.0;
    for (size_t i = 0; t->text != NULL && i < t->n_terms; i++) {
        const size_t n = taste_text_says(t, i, says);
        for (size_t k = 0; k < n; k++)
            scores[says[k].film] += says[k].value;
    }
}

double taste_text_share(const taste *t, size_t term, size_t film)
{
    const uint32_t row = t->text != NULL ? t->text->of_model[t->terms[term].film] : BT_NO_NEIGHBOUR;
    const uint32_t wanted = t->text != NULL ? t->text->of_model[film] : BT_NO_NEIGHBOUR;
    if (row == BT_NO_NEIGHBOUR || wanted == BT_NO_NEIGHBOUR)
        return 0.0;
    const uint32_t *near = bt_neighbours_describe(t->text->table)->neighbours + (size_t)row * BT_NEIGHBOURS;
    for (size_t place = 0; place < BT_NEIGHBOURS; place++)
        if (near[place] == wanted)
            return say_of(t, term, row, place);
    return 0.0;
}
