/* Making the small data folder through store/ and libbutaca alone. */
#include "support/small_folder.h"

#include <stdio.h>

#include "base/memory.h"
#include "butaca/ratings.h"
#include "store/folder.h"
#include "support/test.h"

static const char sources[] = "[{\"name\": \"small\", \"title\": \"A small test set\", \"licence\": \"CC0\"}]";

static void put_films(catalogue *c, uint32_t *ids)
{
    static const char *const genres[] = {"Sci-Fi", "Romance"};
    bt_error error = {0};
    for (int i = 0; i < SMALL_FILMS; i++) {
        char title[32], value[16];
        snprintf(title, sizeof title, "%s Film %d", i % 2 == 0 ? "Space" : "Love", i);
        snprintf(value, sizeof value, "%d", i + 1);
        const film_id_pair id = {"small", value};
        const bool both = i == SMALL_FILMS - 1;
        film f = {.title = title, .year = 1960 + i, .ids = &id, .n_ids = 1};
        f.genres = both ? (film_names){genres, 2} : (film_names){&genres[i % 2], 1};
        CHECK_OK(catalogue_put(c, &f, &error), error);
        ids[i] = f.id;
    }
    CHECK_OK(catalogue_put_source(c, &(data_source){"small", "A small test set", "CC0", NULL, NULL}, &error), error);
}

/* User u likes most films of one camp and dislikes a few of the other. */
static size_t make_ratings(bt_rating *ratings, size_t n_users, const uint32_t *ids)
{
    size_t n = 0;
    for (uint32_t u = 0; u < n_users; u++) {
        for (uint32_t i = 0; i < SMALL_FILMS; i++) {
            const bool own = i % 2 == u % 2;
            const uint32_t draw = (u * 7 + i * 13) % 10;
            if (own ? draw < 6 : draw == 0)
                ratings[n++] = (bt_rating){.user = u,
                                           .film_id = ids[i],
                                           .time = 1000000000 + u * 100 + i,
                                           .half_stars = own ? (uint8_t)(8 + draw % 3) : 2};
        }
    }
    return n;
}

static uint64_t write_ratings(const folder *f, size_t n_users, const uint32_t *ids)
{
    static bt_rating ratings[(SMALL_USERS + 1) * SMALL_FILMS];
    char keys[SMALL_USERS + 1][32];
    const char *pointers[SMALL_USERS + 1];
    for (size_t u = 0; u < n_users; u++) {
        snprintf(keys[u], sizeof keys[u], "small:%zu", u + 1);
        pointers[u] = keys[u];
    }
    bt_error error = {0};
    const bt_ratings *built = NULL;
    uint64_t fingerprint = 0;
    CHECK_OK(bt_ratings_build(&(bt_rating_rows){ratings, make_ratings(ratings, n_users, ids), pointers, n_users, sources}, 1,
                              &built, NULL, &error),
             error);
    char *next = folder_ratings_next(f);
    REQUIRE(next != NULL);
    CHECK_OK(bt_ratings_write(built, next, &fingerprint, &error), error);
    bt_free(next);
    bt_ratings_close(built);
    return fingerprint;
}

static void fill(const char *path, size_t n_users, uint32_t *new_ids, const uint32_t *ids)
{
    folder f = {.lock = -1};
    catalogue *c = NULL;
    bt_error error = {0};
    CHECK_OK(folder_open(path, FOLDER_WRITE, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    if (new_ids != NULL)
        put_films(c, new_ids);
    const uint64_t fingerprint = write_ratings(&f, n_users, ids);
    CHECK_OK(folder_commit_import(&f, c, fingerprint, &error), error);
    catalogue_close(c);
    folder_close(&f);
}

void small_folder_make(const char *path, uint32_t ids[SMALL_FILMS])
{
    fill(path, SMALL_USERS, ids, ids);
}

void small_folder_add_user(const char *path, const uint32_t ids[SMALL_FILMS])
{
    fill(path, SMALL_USERS + 1, NULL, ids);
}
