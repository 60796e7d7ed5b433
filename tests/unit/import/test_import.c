/* Imports that succeed: what is counted, what is stored, what a second one changes, progress and cancelling. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "butaca/ratings.h"
#include "support/import_sample.h"
#include "support/test.h"

static import_summary import_ok(const char *data, const char *path)
{
    bt_error error = {0};
    import_summary summary;
    CHECK_OK(sample_import(data, path, &summary, &error), error);
    return summary;
}

/* Everything of one film of the data folder, in the arena. */
static film get_film(const char *data, const char *source, const char *id, arena *a)
{
    bt_error error = {0};
    folder f;
    catalogue *c;
    uint32_t film_id;
    film out;
    CHECK_OK(folder_open(data, FOLDER_READ, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, &error), error);
    CHECK_OK(catalogue_find_id(c, source, id, &film_id, &error), error);
    CHECK_OK(catalogue_get(c, film_id, a, &out, &error), error);
    catalogue_close(c);
    folder_close(&f);
    return out;
}

/* --- the generated data set ------------------------------------------------------------------------------------------ */

TEST(a_generated_data_set_is_counted)
{
    const sample s = sample_default();
    const char *data = test_path("data");
    const import_summary got = import_ok(data, sample_folder("ml", &s));
    CHECK_STR(got.source, "movielens");
    CHECK_INT(got.films_read, 60);
    CHECK_INT(got.films_new, 60);
    CHECK_INT(got.ratings_read, 480);
    CHECK_INT(got.ratings_new, 480);
    CHECK_INT(got.ratings_same + got.ratings_superseded, 0);
    CHECK_INT(got.users, 40);
    CHECK_INT(got.tags, 40);
    CHECK_INT(got.links, 60);
    CHECK_INT(got.rows_read, 60 + 60 + 480 + 40);
    CHECK_INT(got.n_rejected, 0);
    CHECK_STR(got.rejects_path, "");
    CHECK_INT(got.n_films_total, 60);
    CHECK_INT(got.n_ratings_total, 480);
    CHECK_INT(got.n_users_total, 40);
    const sample_state state = sample_look(data);
    CHECK_INT(state.n_films, 60);
    CHECK_INT(state.n_ratings, 480);
}

TEST(films_have_titles_genres_and_outside_ids)
{
    const sample s = sample_default();
    const char *data = test_path("data");
    import_ok(data, sample_folder("ml", &s));
    arena a = {0};
    film f = get_film(data, "movielens", "3", &a);
    CHECK_STR(f.title, "The Film 3");
    CHECK_INT(f.year, 1953);
    CHECK_INT(f.genres.n, 2);
    f = get_film(data, "imdb", "0000104", &a);
    CHECK_STR(f.title, "Film 4");
    CHECK_INT(f.other_titles.n, 2);
    CHECK_STR(f.genres.items[0], "Drama");
    f = get_film(data, "tmdb", "5005", &a);
    CHECK_STR(f.title, "Say \"5\"");
    CHECK_INT(f.genres.n, 0);
    arena_free(&a);
}

TEST(a_title_is_found_as_the_source_and_as_people_write_it)
{
    const sample s = sample_default();
    const char *data = test_path("data");
    import_ok(data, sample_folder("ml", &s));
    static const char *const typed[] = {"Film 4", "film 4 (1954)", "Película 4", "Film 4 (Película 4) (1954)"};
    bt_error error = {0};
    folder f;
    catalogue *c;
    CHECK_OK(folder_open(data, FOLDER_READ, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, &error), error);
    for (size_t i = 0; i < 4; i++) {
        arena a = {0};
        title_match *matches;
        size_t n;
        CHECK_OK(catalogue_find_title(c, typed[i], 5, &a, &matches, &n, &error), error);
        if (CHECK_INT(n, 1))
            CHECK_STR(matches[0].title, "Film 4");
        arena_free(&a);
    }
    catalogue_close(c);
    folder_close(&f);
}

TEST(a_zip_with_or_without_a_folder_gives_the_same)
{
    const sample s = sample_default();
    const char *folder_path = sample_folder("ml", &s);
    import_ok(test_path("plain"), folder_path);
    import_ok(test_path("flat"), sample_zip("flat.zip", folder_path, ""));
    import_ok(test_path("nested"), sample_zip("nested.zip", folder_path, "ml-latest/"));
    const sample_state plain = sample_look(test_path("plain")), flat = sample_look(test_path("flat")),
                       nested = sample_look(test_path("nested"));
    CHECK(sample_state_equal(&plain, &flat));
    CHECK(sample_state_equal(&plain, &nested));
}

TEST(a_folder_inside_a_folder_is_looked_through)
{
    const sample s = sample_default();
    REQUIRE(mkdir(test_path("outer"), 0700) == 0);
    sample_folder("outer/ml", &s);
    CHECK_INT(import_ok(test_path("data"), test_path("outer")).ratings_new, 480);
}

/* --- twice ----------------------------------------------------------------------------------------------------------- */

static void check_same_bytes(const char *a, const char *b)
{
    bt_error error = {0};
    char *bytes_a, *bytes_b;
    size_t size_a, size_b;
    CHECK_OK(file_read_whole(a, 1 << 24, &bytes_a, &size_a, &error), error);
    CHECK_OK(file_read_whole(b, 1 << 24, &bytes_b, &size_b, &error), error);
    CHECK_INT(size_a, size_b);
    CHECK(memcmp(bytes_a, bytes_b, size_a < size_b ? size_a : size_b) == 0);
    bt_free(bytes_a);
    bt_free(bytes_b);
}

static void copy_file(const char *from, const char *to)
{
    bt_error error = {0};
    char *bytes;
    size_t size;
    CHECK_OK(file_read_whole(from, 1 << 24, &bytes, &size, &error), error);
    FILE *out = fopen(to, "wb");
    REQUIRE(out && fwrite(bytes, 1, size, out) == size && fclose(out) == 0);
    bt_free(bytes);
}

TEST(importing_twice_changes_nothing)
{
    const sample s = sample_default();
    const char *data = test_path("data"), *ml = sample_folder("ml", &s);
    import_ok(data, ml);
    copy_file(test_path("data/ratings.bt"), test_path("before.bt"));
    copy_file(test_path("data/butaca.db"), test_path("before.db"));
    struct stat before, after;
    REQUIRE(stat(test_path("data/ratings.bt"), &before) == 0);

    const import_summary again = import_ok(data, ml);
    CHECK_INT(again.films_new, 0);
    CHECK_INT(again.ratings_new, 0);
    CHECK_INT(again.ratings_same, 480);
    CHECK_INT(again.n_ratings_total, 480);
    check_same_bytes(test_path("data/ratings.bt"), test_path("before.bt"));
    check_same_bytes(test_path("data/butaca.db"), test_path("before.db"));
    REQUIRE(stat(test_path("data/ratings.bt"), &after) == 0);
    CHECK_INT(after.st_ino, before.st_ino); /* not even written again */
    CHECK(!file_exists(test_path("data/ratings.bt.next")));
}

TEST(the_order_of_two_imports_does_not_matter_to_ratings)
{
    sample one = sample_default(), two = sample_default();
    two.time += 500; /* other times and stars for some of the same pairs */
    two.seed = 2;
    two.n_users = 55;
    const char *ml_one = sample_folder("one", &one), *ml_two = sample_folder("two", &two);
    import_ok(test_path("ab"), ml_one);
    const import_summary second = import_ok(test_path("ab"), ml_two);
    import_ok(test_path("ba"), ml_two);
    import_ok(test_path("ba"), ml_one);
    CHECK(second.ratings_superseded > 0);
    CHECK(second.ratings_new > 0 && second.ratings_new < second.ratings_read + 1);
    CHECK_INT(second.n_users_total, 55);
    const sample_state ab = sample_look(test_path("ab")), ba = sample_look(test_path("ba"));
    CHECK(sample_state_equal(&ab, &ba));
    CHECK_INT(ab.n_ratings, 480 + second.ratings_read - second.ratings_superseded - second.ratings_same);
}

TEST(duplicates_inside_a_data_set_are_counted)
{
    const sample s = sample_default();
    const char *ml = sample_folder("ml", &s);
    sample_write(ml, "ratings.csv",
                 "userId,movieId,rating,timestamp\n"
                 "1,1,4.0,100\n"
                 "1,1,4.0,100\n" /* alike */
                 "1,1,2.0,90\n"  /* older */
                 "2,1,3.5,100\n"
                 "2,1,5.0,200\n"); /* newer */
    const import_summary got = import_ok(test_path("data"), ml);
    CHECK_INT(got.ratings_read, 5);
    CHECK_INT(got.ratings_new, 2);
    CHECK_INT(got.ratings_same, 1);
    CHECK_INT(got.ratings_superseded, 2);
    CHECK_INT(got.n_ratings_total, 2);
    const import_summary again = import_ok(test_path("data"), ml);
    CHECK_INT(again.ratings_new, 0);
    CHECK_INT(again.ratings_same, 3);
    CHECK_INT(again.ratings_superseded, 2);
}

TEST(two_films_that_share_an_outside_id_stay_two)
{
    const sample s = sample_default();
    const char *ml = sample_folder("ml", &s), *data = test_path("data");
    sample_write(ml, "links.csv", "movieId,imdbId,tmdbId\n1,0000001,700\n2,0000002,700\n");
    CHECK_INT(import_ok(data, ml).films_new, 60);
    arena a = {0};
    const film f = get_film(data, "tmdb", "700", &a);
    CHECK_STR(f.title, "Film 1");
    arena_free(&a);
}

/* --- the demo -------------------------------------------------------------------------------------------------------- */

static const char *demo_folder(const char *name, const char *films)
{
    const char *path = test_path(name);
    REQUIRE(mkdir(path, 0700) == 0);
    sample_write(path, "films.jsonl", films);
    sample_write(path, "ratings.csv", "userId,movieId,rating,timestamp\n42,1,5.0,10\n42,2,1.5,11\n7,1,3.0,12\n");
    sample_write(path, "held-out.csv", "userId,movieId,rating,timestamp\n9,1,5.0,10\n");
    return path;
}

static const char demo_films[] =
    "{\"id\":1,\"title\":\"The Devil's Backbone\",\"original_title\":\"El espinazo del diablo\",\"title_es\":\"El espinazo del "
    "diablo\",\"year\":2001,\"runtime\":106,\"countries\":[\"ES\",\"MX\"],\"languages\":[\"es\"],\"directors\":[\"Guillermo "
    "del "
    "Toro\"],\"cast\":[\"Marisa Paredes\",\"Eduardo "
    "Noriega\"],\"genres\":[\"Horror\",\"Drama\"],\"themes\":[\"war\"],\"writers\":[\"David Muñoz\"],"
    "\"synopsis\":{\"en\":\"A boy, a school, a ghost.\",\"es\":\"Un niño, un colegio, un fantasma.\"}}\n"
    "\n"
    "{\"id\":2,\"title\":\"Untold\"}";

TEST(the_demo_brings_both_languages)
{
    const char *data = test_path("data");
    const import_summary got = import_ok(data, demo_folder("demo", demo_films));
    CHECK_STR(got.source, "butaca-demo");
    CHECK_INT(got.films_new, 2);
    CHECK_INT(got.ratings_new, 3); /* held-out.csv is not read */
    CHECK_INT(got.users, 2);
    arena a = {0};
    const film f = get_film(data, "butaca-demo", "1", &a);
    CHECK_STR(f.title, "The Devil's Backbone");
    CHECK_STR(f.original_title, "El espinazo del diablo");
    CHECK_INT(f.year, 2001);
    CHECK_INT(f.runtime, 106);
    CHECK_INT(f.countries.n, 2);
    CHECK_STR(f.directors.items[0], "Guillermo del Toro");
    CHECK_STR(f.cast.items[1], "Eduardo Noriega");
    CHECK_STR(f.themes.items[0], "war");
    REQUIRE(f.writers.n == 1);
    CHECK_STR(f.writers.items[0], "David Muñoz");
    REQUIRE(f.n_texts == 2);
    const size_t es = strcmp(f.texts[1].language, "es") == 0;
    CHECK_STR(f.texts[es].overview, "Un niño, un colegio, un fantasma.");
    CHECK_STR(f.texts[es].title, "El espinazo del diablo");
    CHECK_STR(f.texts[es].source, "butaca-demo");
    CHECK_STR(f.texts[!es].overview, "A boy, a school, a ghost.");
    arena_free(&a);
    CHECK_INT(import_ok(data, test_path("demo")).ratings_same, 3);
}

TEST(two_data_sets_live_side_by_side)
{
    const sample s = sample_default();
    const char *data = test_path("data");
    import_ok(data, sample_folder("ml", &s));
    const import_summary got = import_ok(data, demo_folder("demo", demo_films));
    CHECK_INT(got.n_users_total, 42);
    CHECK_INT(got.n_ratings_total, 483);
    CHECK_INT(got.n_films_total, 62);
    bt_error error = {0};
    const bt_ratings *r;
    CHECK_OK(bt_ratings_open(test_path("data/ratings.bt"), &r, &error), error);
    CHECK_INT(bt_ratings_find_user(r, "butaca-demo:7"), 0);
    CHECK_INT(bt_ratings_find_user(r, "butaca-demo:42"), 1);
    CHECK_INT(bt_ratings_find_user(r, "movielens:40"), 41);
    CHECK_CONTAINS(r->sources, "\"name\":\"butaca-demo\"");
    CHECK_CONTAINS(r->sources, "\"name\":\"movielens\"");
    CHECK_CONTAINS(r->sources, "Harper");
    bt_ratings_close(r);
}

/* --- progress -------------------------------------------------------------------------------------------------------- */

typedef struct watcher {
    size_t n_reports, stop_at;
    char stages[2048];
    bool overran;
    uint64_t ratings_total, ratings_done;
} watcher;

static bool watch(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    watcher *w = context;
    (void)unit;
    w->n_reports++;
    w->overran = w->overran || (total > 0 && done > total);
    if (strlen(w->stages) + strlen(stage) + 2 < sizeof w->stages && !strstr(w->stages, stage)) {
        strcat(w->stages, stage);
        strcat(w->stages, "|");
    }
    if (strcmp(stage, "reading ratings.csv") == 0) {
        w->ratings_total = total;
        w->ratings_done = done;
    }
    return w->n_reports != w->stop_at;
}

static bt_status import_watched(const char *data, const char *path, watcher *w, bt_error *error)
{
    folder f;
    import_summary summary;
    const bt_progress progress = {watch, w};
    CHECK_OK(folder_open(data, FOLDER_WRITE, &f, error), *error);
    const bt_status status = import_run(&f, path, &progress, &summary, error);
    folder_close(&f);
    return status;
}

TEST(progress_tells_stages_and_bytes)
{
    const sample s = sample_default();
    watcher w = {0};
    bt_error error = {0};
    CHECK_OK(import_watched(test_path("data"), sample_folder("ml", &s), &w, &error), error);
    CHECK_STR(w.stages, "reading links.csv|reading movies.csv|reading ratings.csv|reading tags.csv|sorting ratings|storing|");
    CHECK(!w.overran);
    struct stat info;
    REQUIRE(stat(test_path("ml/ratings.csv"), &info) == 0);
    CHECK_INT(w.ratings_total, info.st_size);
    CHECK_INT(w.ratings_done, info.st_size);
}

TEST(cancelling_at_any_report_leaves_the_previous_state)
{
    const sample old = sample_default();
    sample next = sample_default();
    next.n_users = 70;
    next.n_films = 80;
    next.time += 9;
    const char *data = test_path("data"), *ml = sample_folder("next", &next);
    import_ok(data, sample_folder("old", &old));
    const sample_state before = sample_look(data);
    watcher w = {0};
    bt_error error = {0};
    size_t stop = 1;
    for (;; stop++) {
        w = (watcher){.stop_at = stop};
        const bt_status status = import_watched(data, ml, &w, &error);
        if (status == BT_OK)
            break;
        CHECK_STATUS(status, BT_CANCELLED);
        const sample_state after = sample_look(data);
        CHECK(sample_state_equal(&after, &before));
    }
    CHECK(stop > 5);
    CHECK_INT(sample_look(data).n_users, 70);
}
