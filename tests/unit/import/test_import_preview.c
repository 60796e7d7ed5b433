/* Dry runs: they count as the import does, show examples, and leave everything as it is. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "import/preview.h"
#include "support/import_sample.h"
#include "support/test.h"

static import_summary look(const char *path, import_preview *preview)
{
    bt_error error = {0};
    import_summary got;
    CHECK_OK(sample_import_params(test_path("data"), &(import_params){.path = path, .preview = preview}, &got, &error), error);
    CHECK_STR(got.rejects_path, "");
    return got;
}

/* But for the time that it took and the file of refused rows. */
static void check_alike(const import_summary *a, const import_summary *b)
{
    CHECK_STR(a->source, b->source);
    CHECK_INT(a->rows_read, b->rows_read);
    CHECK_INT(a->films_read, b->films_read);
    CHECK_INT(a->films_new, b->films_new);
    CHECK_INT(a->ratings_read, b->ratings_read);
    CHECK_INT(a->ratings_new, b->ratings_new);
    CHECK_INT(a->ratings_same, b->ratings_same);
    CHECK_INT(a->ratings_superseded, b->ratings_superseded);
    CHECK_INT(a->users, b->users);
    CHECK_INT(a->tags, b->tags);
    CHECK_INT(a->links, b->links);
    for (size_t i = 0; i < IMPORT_REJECT_COUNT; i++)
        CHECK_INT(a->rejected[i], b->rejected[i]);
    CHECK_INT(a->n_rejected, b->n_rejected);
    CHECK_INT(a->n_films_total, b->n_films_total);
    CHECK_INT(a->n_ratings_total, b->n_ratings_total);
    CHECK_INT(a->n_users_total, b->n_users_total);
}

static const char *sample_with_refused_rows(const char *name, uint32_t first_film)
{
    sample s = sample_default();
    s.first_film = first_film;
    const char *path = sample_folder(name, &s);
    sample_write(path, "tags.csv", "userId,movieId,tag,timestamp\n1,1,good,1\n1,60,good,1\nx,1,bad,1\n1,31,b\xE9,1\n");
    return path;
}

TEST(a_dry_run_counts_as_the_import_does)
{
    import_preview preview;
    bt_error error = {0};
    import_summary got;
    const char *paths[] = {sample_with_refused_rows("first", 1), sample_with_refused_rows("second", 30), test_path("first")};
    for (size_t i = 0; i < 3; i++) {
        const sample_state before = sample_look(test_path("data"));
        const import_summary dry = look(paths[i], &preview);
        const sample_state after = sample_look(test_path("data"));
        CHECK(sample_state_equal(&before, &after));
        CHECK(i > 0 || !file_exists(test_path("data")));
        CHECK_OK(sample_import(test_path("data"), paths[i], &got, &error), error);
        check_alike(&dry, &got);
    }
    CHECK_INT(got.ratings_same, 480);
}

TEST(a_dry_run_leaves_what_a_crash_left)
{
    import_preview preview;
    bt_error error = {0};
    const char *path = sample_with_refused_rows("first", 1);
    CHECK_OK(sample_import(test_path("data"), path, NULL, &error), error);
    test_write_file("data/ratings.bt.next", "half", 4);
    CHECK_INT(look(path, &preview).ratings_same, 480);
    CHECK(test_file_holds(test_path("data/ratings.bt.next"), "half", 4));
}

TEST(a_dry_run_shows_examples)
{
    import_preview p;
    const char *first = sample_with_refused_rows("first", 1), *second = sample_with_refused_rows("second", 58);
    look(first, &p);
    REQUIRE(p.n_films == IMPORT_PREVIEW_MAX && p.n_ratings == IMPORT_PREVIEW_MAX);
    CHECK_STR(p.films[0].title, "Film 1");
    CHECK_INT(p.films[0].year, 1951);
    CHECK(p.films[0].is_new);
    CHECK_STR(p.films[2].title, "The Film 3");
    CHECK_STR(p.ratings[0].user, "movielens:1");
    CHECK(p.ratings[0].half_stars >= 1 && p.ratings[0].half_stars <= 10 && p.ratings[0].time >= 900000000);
    CHECK_CONTAINS(p.ratings[0].title, "Film");
    REQUIRE(p.n_rejects == 2);
    CHECK_STR(p.rejects[0].file, "tags.csv");
    CHECK_INT(p.rejects[0].line, 4);
    CHECK_STR(p.rejects[0].row, "x,1,bad,1");
    CHECK_STR(p.rejects[1].reason, "not UTF-8");
    CHECK_STR(p.rejects[1].row, "1,31,b?,1");

    bt_error error = {0};
    CHECK_OK(sample_import(test_path("data"), first, NULL, &error), error);
    look(second, &p);
    REQUIRE(p.n_films == IMPORT_PREVIEW_MAX);
    for (size_t i = 0; i < IMPORT_PREVIEW_MAX; i++)
        CHECK(p.films[i].is_new == (i >= 3)); /* 58, 59, 60 are there */
}

TEST(examples_are_cut_at_a_letter)
{
    char text[200];
    import_preview p = {0};
    memset(text, 'x', sizeof text);
    memcpy(text + sizeof p.rejects->row - 2, "\xC3\xA9\n", 3);
    preview_reject(&p, "a/b/c.csv", 7, "why", (csv_field){text, sizeof text});
    CHECK_INT(strlen(p.rejects[0].row), sizeof p.rejects->row - 2);
    CHECK_STR(p.rejects[0].file, "c.csv");
    preview_reject(&p, "c.csv", 8, "why", (csv_field){"a\x7F\tb", 4});
    CHECK_STR(p.rejects[1].row, "a??b");
    for (size_t i = 0; i < 9; i++)
        preview_reject(&p, "c.csv", 9, "why", (csv_field){"", 0});
    CHECK_INT(p.n_rejects, IMPORT_PREVIEW_MAX);
}

TEST(what_can_not_be_imported_fails_in_a_dry_run_too)
{
    import_preview p = {0};
    bt_error error = {0};
    const char *path = sample_with_refused_rows("ml", 1);
    sample_write(path, "ratings.csv", "userId,movieId,rating\n1,1,4\n");
    CHECK_STATUS(sample_import_params(test_path("data"), &(import_params){.path = path, .preview = &p}, NULL, &error),
                 BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "ratings.csv:1: has no column timestamp");
    CHECK(!file_exists(test_path("data")));
}

TEST(dry_runs_survive_any_failed_allocation)
{
    sample s = sample_default();
    s.n_users = 3, s.n_films = 6, s.per_user = 2;
    const char *path = sample_folder("ml", &s);
    import_preview p = {0};
    sample_params_without_memory(&(import_params){.path = path, .preview = &p});
    bt_error error = {0};
    CHECK_OK(sample_import(test_path("data"), path, NULL, &error), error);
    EACH_FAILED_ALLOCATION /* fewer threads than wanted are fine */
    {
        const import_params params = {.path = path, .preview = &p};
        const bt_status status = sample_import_params(test_path("data"), &params, NULL, NULL);
        CHECK(status == BT_OK || (test_alloc_failed() && status == BT_NO_MEMORY));
    }
}
