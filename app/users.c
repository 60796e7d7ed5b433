/* The profile of a user of the ratings file. Keys are "source:id"; a bare id works as long as one source has it. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { SOURCES_MAX = 16, KEY_MAX = 256 };

typedef struct user_search {
    const bt_ratings *ratings;
    const char *user;
    size_t found[SOURCES_MAX]; /* indices of users with that id, one a source */
    size_t n_found;
} user_search;

static const char *user_key(const bt_ratings *r, size_t user)
{
    return r->user_keys + r->user_key_at[user];
}

/* Length of a key's source with its colon. */
static size_t source_length(const char *key)
{
    const char *colon = strchr(key, ':');
    return colon != NULL ? (size_t)(colon - key) + 1 : 0;
}

/* Users are sorted by source, so each source is a run: its first user tells its name. O(n_users), 1 ms for 270,000. */
static void search_sources(user_search *s)
{
    const bt_ratings *r = s->ratings;
    const char *previous = "";
    size_t previous_length = SIZE_MAX;
    for (size_t user = 0; user < r->n_users && s->n_found < SOURCES_MAX; user++) {
        const char *key = user_key(r, user);
        const size_t length = source_length(key);
        if (length == previous_length && memcmp(key, previous, length) == 0)
            continue;
        previous = key, previous_length = length;
        char wanted[KEY_MAX];
        const int n = snprintf(wanted, sizeof wanted, "%.*s%s", (int)length, key, s->user);
        if (n < 0 || (size_t)n >= sizeof wanted)
            continue;
        const size_t at = bt_ratings_find_user(r, wanted);
        if (at != SIZE_MAX)
            s->found[s->n_found++] = at;
    }
}

static bt_status one_of(const user_search *s, size_t *user, bt_error *error)
{
    const bt_ratings *r = s->ratings;
    if (s->n_found == 1) {
        *user = s->found[0];
        return BT_OK;
    }
    if (s->n_found == 0)
        return error_set(error, BT_NOT_FOUND, "no user \"%s\" in the ratings; their %zu users run from %s to %s", s->user,
                         r->n_users, r->n_users > 0 ? user_key(r, 0) : "none",
                         r->n_users > 0 ? user_key(r, r->n_users - 1) : "none");
    char list[BT_ERROR_MESSAGE_SIZE];
    size_t used = 0;
    for (size_t i = 0; i < s->n_found && used < sizeof list; i++) {
        const int n = snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", user_key(r, s->found[i]));
        used += n > 0 ? (size_t)n : 0;
    }
    return error_set(error, BT_AMBIGUOUS, "user %s is in more than one data set; which one? %s", s->user, list);
}

static bt_status copy_profile(const bt_ratings *r, size_t user, bt_opinion **out, size_t *n, bt_error *error)
{
    const uint64_t begin = r->user_offsets[user], end = r->user_offsets[user + 1];
    bt_opinion *opinions = memory_zeroed((size_t)(end - begin), sizeof *opinions);
    if (opinions == NULL)
        return error_no_memory(error, "reading a user's ratings");
    for (uint64_t i = begin; i < end; i++) {
        bt_opinion *o = &opinions[i - begin];
        o->film_id = r->film_ids[r->films[i]];
        o->half_stars = r->half_stars[i];
        o->seen = true;
    }
    *out = opinions;
    *n = (size_t)(end - begin);
    return BT_OK;
}

static bt_status profile_of(const bt_ratings *ratings, const char *name, bt_opinion **out, size_t *n, bt_error *error)
{
    user_search search = {.ratings = ratings, .user = name};
    const size_t whole = bt_ratings_find_user(ratings, name); /* "movielens:42" */
    if (whole != SIZE_MAX)
        search.found[search.n_found++] = whole;
    else
        search_sources(&search);
    size_t user = 0;
    const bt_status status = one_of(&search, &user, error);
    return status == BT_OK ? copy_profile(ratings, user, out, n, error) : status;
}

bt_status app_open_ratings(const app *a, const bt_ratings **out, bt_error *error)
{
    *out = NULL;
    catalogue *c = NULL; /* of its own, since any thread may ask */
    arena memory = {0};
    const char *path = NULL;
    bt_status status = app_open_catalogue(a, &c, error);
    if (status == BT_OK)
        status = folder_ratings(app_folder(a), c, &memory, &path, error);
    if (status == BT_OK)
        status = bt_ratings_open(path, out, error);
    arena_free(&memory);
    catalogue_close(c);
    return status;
}

bt_status app_user_profile(const app *a, const char *user, bt_opinion **opinions, size_t *n_opinions, bt_error *error)
{
    *opinions = NULL;
    *n_opinions = 0;
    const bt_ratings *ratings = NULL;
    bt_status status = app_open_ratings(a, &ratings, error);
    if (status == BT_OK)
        status = profile_of(ratings, user, opinions, n_opinions, error);
    bt_ratings_close(ratings);
    return status;
}
