/* Generating and importing data sets. */
#include "support/import_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "butaca/ratings.h"
#include "support/test.h"

sample sample_default(void)
{
    return (sample){
        .n_users = 40, .n_films = 60, .per_user = 12, .first_film = 1, .first_user = 1, .time = 900000000, .seed = 1};
}

static FILE *open_file(const char *path, const char *name)
{
    char file_path[4096];
    snprintf(file_path, sizeof file_path, "%s/%s", path, name);
    FILE *file = fopen(file_path, "wb");
    REQUIRE(file != NULL);
    return file;
}

static void write_films(const char *path, const sample *s)
{
    static const char *const genres[] = {"Drama|Comedy", "(no genres listed)", "Sci-Fi", "Horror|Thriller"};
    FILE *movies = open_file(path, "movies.csv"), *links = open_file(path, "links.csv");
    fputs("movieId,title,genres\r\n", movies);
    fputs("movieId,imdbId,tmdbId\r\n", links);
    for (uint32_t i = 0; i < s->n_films; i++) {
        const unsigned long id = s->first_film + i;
        const int year = 1950 + (int)(id % 60);
        fprintf(movies, "%lu,", id);
        if (id % 3 == 0)
            fprintf(movies, "\"Film %lu, The (%d)\"", id, year);
        else if (id % 3 == 1)
            fprintf(movies, "Film %lu (Película %lu) (%d)", id, id, year);
        else
            fprintf(movies, "\"Say \"\"%lu\"\" (%d)\"", id, year);
        fprintf(movies, ",%s\r\n", genres[id % 4]);
        fprintf(links, "%lu,%07lu,", id, 100 + id);
        fprintf(links, id % 10 == 0 ? "\r\n" : "%lu\r\n", 5000 + id);
    }
    fclose(movies);
    fclose(links);
}

static void write_opinions(const char *path, const sample *s)
{
    FILE *ratings = open_file(path, "ratings.csv"), *tags = open_file(path, "tags.csv");
    random_stream random = random_make(s->seed, 0);
    fputs("userId,movieId,rating,timestamp\r\n", ratings);
    fputs("userId,movieId,tag,timestamp\r\n", tags);
    for (uint32_t u = 0; u < s->n_users; u++) {
        const uint32_t start = (uint32_t)random_below(&random, s->n_films);
        for (uint32_t i = 0; i < s->per_user; i++) {
            const unsigned long user = s->first_user + u, movie = s->first_film + (start + i) % s->n_films;
            const unsigned half_stars = 1 + (unsigned)random_below(&random, 10);
            fprintf(ratings, "%lu,%lu,%u.%u,%lu\r\n", user, movie, half_stars / 2, half_stars % 2 * 5,
                    (unsigned long)s->time + u * 1000ul + i);
            if (i == 0)
                fprintf(tags, "%lu,%lu,\"tag, %lu\",%lu\r\n", user, movie, user, (unsigned long)s->time);
        }
    }
    fclose(ratings);
    fclose(tags);
}

const char *sample_folder(const char *name, const sample *s)
{
    const char *path = test_path(name);
    REQUIRE(mkdir(path, 0700) == 0);
    write_films(path, s);
    write_opinions(path, s);
    return path;
}

void sample_write(const char *path, const char *file, const char *text)
{
    FILE *out = open_file(path, file);
    REQUIRE(fputs(text, out) >= 0);
    REQUIRE(fclose(out) == 0);
}

const char *sample_zip(const char *name, const char *from_folder, const char *inner)
{
    static const char *const files[] = {"ratings.csv", "movies.csv", "links.csv", "tags.csv"};
    const char *path = test_path(name);
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    REQUIRE(zip != NULL);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char from[4096], to[256];
        snprintf(from, sizeof from, "%s/%s", from_folder, files[i]);
        snprintf(to, sizeof to, "%s%s", inner, files[i]);
        zip_source_t *content = zip_source_file(zip, from, 0, -1);
        REQUIRE(content != NULL && zip_file_add(zip, to, content, ZIP_FL_ENC_UTF_8) >= 0);
    }
    REQUIRE(zip_close(zip) == 0);
    return path;
}

bt_status sample_import_params(const char *data, const import_params *p, import_summary *summary, bt_error *error)
{
    folder f;
    import_summary own;
    bt_status status = folder_open(data, p->preview ? FOLDER_LOOK : FOLDER_WRITE, &f, error);
    if (status != BT_OK)
        return status;
    status = import_run_params(&f, p, summary ? summary : &own, error);
    folder_close(&f);
    return status;
}

bt_status sample_import(const char *data, const char *path, import_summary *summary, bt_error *error)
{
    return sample_import_params(data, &(import_params){.path = path}, summary, error);
}

void sample_import_without_memory(const char *path)
{
    sample_params_without_memory(&(import_params){.path = path});
}

void sample_params_without_memory(const import_params *p)
{
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        char data[32];
        snprintf(data, sizeof data, "short%zu", n);
        const size_t held = test_live_blocks();
        bt_error error = {0};
        test_fail_alloc_at(n);
        const bt_status status = sample_import_params(test_path(data), p, NULL, &error);
        failed = test_alloc_failed();
        test_fail_alloc_at(0);
        if (!CHECK(status == BT_OK || (failed && status == BT_NO_MEMORY)))
            printf("allocation %zu: %s: %s\n", n, bt_status_name(status), error.message);
        CHECK_INT(test_live_blocks(), held);
    }
}

/* --- looking --------------------------------------------------------------------------------------------------------- */

static void hash_text(checksum *c, const char *text)
{
    checksum_add(c, text, strlen(text) + 1);
}

static uint64_t hash_films(catalogue *c, size_t *n)
{
    bt_error error = {0};
    arena a = {0};
    film_card *cards;
    film_names genres;
    checksum *sum = checksum_new();
    REQUIRE(sum != NULL);
    CHECK_OK(catalogue_cards(c, &a, &cards, n, &error), error);
    CHECK_OK(catalogue_genres(c, &a, &genres, &error), error);
    for (size_t i = 0; i < genres.n; i++)
        hash_text(sum, genres.items[i]);
    for (size_t i = 0; i < *n; i++) {
        char line[512];
        snprintf(line, sizeof line, "%lu %d %llx %s", (unsigned long)cards[i].id, cards[i].year,
                 (unsigned long long)cards[i].genres, cards[i].title);
        hash_text(sum, line);
    }
    const uint64_t hash = checksum_value(sum);
    bt_free(sum);
    arena_free(&a);
    return *n > 0 ? hash : 0;
}

static void look_at_ratings(const folder *f, catalogue *c, sample_state *out)
{
    bt_error error = {0};
    arena a = {0};
    const char *path;
    const bt_status status = folder_ratings(f, c, &a, &path, &error);
    if (status != BT_NOT_FOUND) {
        const bt_ratings *r;
        CHECK_OK(status, error);
        CHECK_OK(bt_ratings_verify(path, &error), error);
        CHECK_OK(bt_ratings_open(path, &r, &error), error);
        out->ratings = r->fingerprint;
        out->n_ratings = r->n_ratings;
        out->n_users = r->n_users;
        bt_ratings_close(r);
    }
    arena_free(&a);
}

sample_state sample_look(const char *data)
{
    sample_state state = {0};
    bt_error error = {0};
    folder f;
    catalogue *c;
    bt_status status = folder_open(data, FOLDER_READ, &f, &error);
    if (status == BT_NOT_FOUND)
        return state;
    CHECK_OK(status, error);
    status = catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, &error);
    if (status != BT_NOT_FOUND) { /* a catalogue that was made and never committed anything */
        CHECK_OK(status, error);
        CHECK_OK(catalogue_check(c, &error), error);
        state.films = hash_films(c, &state.n_films);
        look_at_ratings(&f, c, &state);
        catalogue_close(c);
    }
    folder_close(&f);
    return state;
}

bool sample_state_equal(const sample_state *a, const sample_state *b)
{
    return a->ratings == b->ratings && a->films == b->films && a->n_films == b->n_films && a->n_ratings == b->n_ratings &&
           a->n_users == b->n_users;
}
