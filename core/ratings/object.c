/* Making and closing ratings: columns in memory become an object, and an object gives back its memory or its mapping. */
#include "ratings/object.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

void ratings_columns_free(ratings_columns *c)
{
    bt_free(c->film_ids);
    bt_free(c->user_offsets);
    bt_free(c->films);
    bt_free(c->half_stars);
    bt_free(c->times);
    bt_free(c->user_keys);
    bt_free(c->user_key_at);
    bt_free(c->sources);
    *c = (ratings_columns){0};
}

bt_status ratings_columns_make_lists(ratings_columns *c, const ratings_sizes *sizes, const char *sources, bt_error *error)
{
    const char *text = sources ? sources : "[]";
    c->film_ids = memory_array(sizes->n_films, sizeof *c->film_ids);
    c->user_offsets = memory_zeroed(sizes->n_users + 1, sizeof *c->user_offsets);
    c->user_keys = memory_array(sizes->key_bytes, 1);
    c->user_key_at = memory_array(sizes->n_users, sizeof *c->user_key_at);
    c->sources = memory_string(text, strlen(text));
    if (c->film_ids && c->user_offsets && c->user_keys && c->user_key_at && c->sources)
        return BT_OK;
    return error_no_memory(error, "making room for ratings");
}

bt_status ratings_columns_make_rows(ratings_columns *c, size_t n_ratings, bt_error *error)
{
    c->films = memory_array(n_ratings, sizeof *c->films);
    c->half_stars = memory_array(n_ratings, sizeof *c->half_stars);
    c->times = memory_array(n_ratings, sizeof *c->times);
    if (c->films && c->half_stars && c->times)
        return BT_OK;
    return error_no_memory(error, "making room for ratings");
}

bt_status ratings_columns_make(ratings_columns *c, const ratings_sizes *sizes, const char *sources, bt_error *error)
{
    *c = (ratings_columns){0};
    bt_status status = ratings_columns_make_lists(c, sizes, sources, error);
    if (status == BT_OK)
        status = ratings_columns_make_rows(c, sizes->n_ratings, error);
    if (status != BT_OK)
        ratings_columns_free(c);
    return status;
}

bt_status ratings_from_columns(ratings_columns *c, const ratings_sizes *sizes, const bt_ratings **out, bt_error *error)
{
    ratings_object *object = memory_zeroed(1, sizeof *object);
    if (!object) {
        ratings_columns_free(c);
        return error_no_memory(error, "making ratings");
    }
    object->columns = *c;
    object->view = (bt_ratings){
        .n_users = sizes->n_users,
        .n_films = sizes->n_films,
        .n_ratings = sizes->n_ratings,
        .film_ids = c->film_ids,
        .user_offsets = c->user_offsets,
        .films = c->films,
        .half_stars = c->half_stars,
        .times = c->times,
        .user_keys = c->user_keys,
        .user_key_at = c->user_key_at,
        .sources = c->sources,
    };
    *c = (ratings_columns){0};
    *out = &object->view;
    return BT_OK;
}

void bt_ratings_close(const bt_ratings *ratings)
{
    if (!ratings)
        return;
    ratings_object *object = (ratings_object *)(uintptr_t)ratings;
    ratings_columns_free(&object->columns);
    sections_close(&object->file);
    bt_free(object);
}
