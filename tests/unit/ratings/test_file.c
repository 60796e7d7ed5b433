/* The ratings file: what is written is read back, and a file that is damaged in any way is refused, never followed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/sections.h"
#include "butaca/ratings.h"
#include "support/test.h"

static const char *const keys[] = {"ml:1", "ml:2", "demo:7"};
static const bt_rating rows[] = {{0, 5, 100, 8}, {0, 9, 200, 3}, {1, 5, 0, 10}, {2, 30, UINT32_MAX, 1}};

static const bt_ratings *sample(void)
{
    bt_error error = {0};
    const bt_ratings *r;
    CHECK_OK(bt_ratings_build(&(bt_rating_rows){rows, 4, keys, 3, "[{\"name\":\"ml\"}]"}, 1, &r, NULL, &error), error);
    return r;
}

static const char *write_sample(uint64_t *fingerprint)
{
    bt_error error = {0};
    const bt_ratings *r = sample();
    CHECK_OK(bt_ratings_write(r, test_path("ratings.bt"), fingerprint, &error), error);
    bt_ratings_close(r);
    return test_path("ratings.bt");
}

TEST(what_is_written_is_read_back)
{
    bt_error error = {0};
    uint64_t fingerprint;
    const char *path = write_sample(&fingerprint);
    const bt_ratings *r, *expected = sample();
    CHECK_OK(bt_ratings_open(path, &r, &error), error);
    CHECK(fingerprint != 0);
    CHECK(r->fingerprint == fingerprint);
    REQUIRE(r->n_users == 3 && r->n_films == 3 && r->n_ratings == 4);
    CHECK_BYTES(r->film_ids, expected->film_ids, 3 * sizeof(uint32_t));
    CHECK_BYTES(r->user_offsets, expected->user_offsets, 4 * sizeof(uint64_t));
    CHECK_BYTES(r->films, expected->films, 4 * sizeof(uint32_t));
    CHECK_BYTES(r->half_stars, expected->half_stars, 4);
    CHECK_BYTES(r->times, expected->times, 4 * sizeof(uint32_t));
    CHECK_STR(r->user_keys + r->user_key_at[0], "demo:7");
    CHECK_STR(r->user_keys + r->user_key_at[2], "ml:2");
    CHECK_STR(r->sources, "[{\"name\":\"ml\"}]");
    bt_ratings_close(expected);

    uint64_t again; /* a mapped file written again has the same bytes */
    CHECK_OK(bt_ratings_write(r, test_path("copy.bt"), &again, &error), error);
    CHECK(again == fingerprint);
    bt_ratings_close(r);
    CHECK_OK(bt_ratings_verify(path, &error), error);
}

TEST(no_ratings_are_a_file_too)
{
    bt_error error = {0};
    const bt_ratings *r;
    CHECK_OK(bt_ratings_build(&(bt_rating_rows){NULL, 0, NULL, 0, NULL}, 1, &r, NULL, &error), error);
    CHECK_OK(bt_ratings_write(r, test_path("none.bt"), NULL, &error), error);
    bt_ratings_close(r);
    CHECK_OK(bt_ratings_open(test_path("none.bt"), &r, &error), error);
    CHECK_INT(r->n_ratings, 0);
    CHECK(bt_ratings_find_user(r, "ml:1") == SIZE_MAX);
    bt_ratings_close(r);
}

TEST(a_file_that_is_not_there_is_not_found)
{
    bt_error error = {0};
    const bt_ratings *r;
    CHECK_STATUS(bt_ratings_open(test_path("nowhere.bt"), &r, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "nowhere.bt");
    CHECK(r == NULL);
}

/* Every byte flipped and every length: refused by verify, and whatever opens can be walked through. */
TEST(every_damaged_byte_is_found)
{
    bt_error error = {0};
    char *bytes;
    size_t size;
    CHECK_OK(file_read_whole(write_sample(NULL), 1 << 20, &bytes, &size, &error), error);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x41;
        const char *path = test_write_file("damaged.bt", bytes, size);
        const bt_status status = bt_ratings_verify(path, &error);
        bytes[i] ^= 0x41;
        /* zeros between sections belong to nothing: they may differ, and nothing reads them */
        const bt_ratings *r;
        if (status == BT_OK) {
            CHECK_OK(bt_ratings_open(path, &r, &error), error);
            CHECK_INT(r->n_ratings, 4);
            bt_ratings_close(r);
            CHECK_INT(bytes[i], 0);
        } else {
            CHECK(status == BT_CORRUPT || status == BT_BAD_FORMAT || status == BT_VERSION);
            CHECK_CONTAINS(error.message, "damaged.bt");
        }
    }
    for (size_t n = 0; n < size; n++)
        CHECK(bt_ratings_verify(test_write_file("short.bt", bytes, n), &error) != BT_OK);
    bt_free(bytes);
}

/* --- values that lie, under checksums that hold ------------------------------------------------------------------------ */

typedef struct column {
    const char *name;
    const void *bytes;
    size_t size;
} column;

static const uint32_t film_ids[] = {5, 9, 30};
static const uint64_t offsets[] = {0, 1, 3, 4};
static const uint32_t films[] = {2, 0, 1, 0};
static const uint8_t stars[] = {1, 8, 3, 10};
static const uint32_t times[] = {1, 2, 3, 4};
static const char user_keys[] = "demo:7\0ml:1\0ml:2";
static const uint64_t key_at[] = {0, 7, 12};

/* Writes the sample with one column replaced, and opens it. */
static bt_status open_with(const column *replaced, bt_error *error)
{
    column columns[] = {
        {"film_ids", film_ids, sizeof film_ids}, {"user_offsets", offsets, sizeof offsets},
        {"films", films, sizeof films},          {"half_stars", stars, sizeof stars},
        {"times", times, sizeof times},          {"user_keys", user_keys, sizeof user_keys},
        {"user_key_at", key_at, sizeof key_at},  {"sources", "[]", 3},
    };
    const size_t n = sizeof columns / sizeof *columns;
    sections_writer w;
    CHECK_OK(sections_write_begin(&w, test_path("lies.bt"), "ratings", 1, (uint32_t)n, error), *error);
    for (size_t i = 0; i < n; i++) {
        const column *c = replaced && strcmp(replaced->name, columns[i].name) == 0 ? replaced : &columns[i];
        CHECK_OK(sections_write(&w, c->name, c->bytes, c->size, error), *error);
    }
    CHECK_OK(sections_write_commit(&w, NULL, error), *error);
    const bt_ratings *r;
    const bt_status status = bt_ratings_open(test_path("lies.bt"), &r, error);
    CHECK((r != NULL) == (status == BT_OK));
    bt_ratings_close(r);
    return status;
}

#define U32(...) (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__})
#define U64(...) (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__})
#define U8(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

TEST(values_that_lie_are_refused_by_section)
{
    const column lies[] = {
        {"film_ids", U32(0, 9, 30)},
        {"film_ids", U32(5, 5, 30)},
        {"film_ids", U32(9, 5, 30)},
        {"film_ids", U32(5, 9)},
        {"user_offsets", U64(1, 1, 3, 4)},
        {"user_offsets", U64(0, 3, 1, 4)},
        {"user_offsets", U64(0, 1, 1, 4)},
        {"user_offsets", U64(0, 1, 3, 3)},
        {"user_offsets", U64(0, 1, 3, UINT64_MAX)},
        {"user_offsets", U64(0, 1, 1000, 4)},
        {"user_offsets", NULL, 0},
        {"films", U32(3, 0, 1, 0)},
        {"films", U32(2, 1, 0, 0)},
        {"films", U32(2, 1, 1, 0)},
        {"films", U32(UINT32_MAX, 0, 1, 0)},
        {"half_stars", U8(0, 8, 3, 10)},
        {"half_stars", U8(1, 8, 3, 11)},
        {"half_stars", U8(1, 8, 3)},
        {"times", U32(1, 2, 3)},
        {"user_keys", "demo:7\0ml:1\0ml:22", 17},
        {"user_keys", "demo:7\0ml:3\0ml:2", sizeof user_keys},
        {"user_keys", NULL, 0},
        {"user_key_at", U64(0, 7, 17)},
        {"user_key_at", U64(0, 7, 7)},
        {"user_key_at", U64(0, 7, UINT64_MAX)},
        {"user_key_at", U64(0, 7)},
        {"sources", "[]", 2},
        {"sources", NULL, 0},
    };
    bt_error error = {0};
    CHECK_OK(open_with(NULL, &error), error);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        CHECK_STATUS(open_with(&lies[i], &error), BT_CORRUPT);
        CHECK_CONTAINS(error.message, "lies.bt");
        CHECK_CONTAINS(error.message, "section");
    }
}

TEST(another_kind_of_file_is_refused)
{
    bt_error error = {0};
    const bt_ratings *r;
    static const char csv[] = "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,3,4.0,964981247\n";
    const char *text = test_write_file("ratings.csv", csv, sizeof csv - 1);
    CHECK(bt_ratings_open(text, &r, &error) != BT_OK);
    CHECK_CONTAINS(error.message, "ratings.csv");
    CHECK(bt_ratings_open(test_tmpdir(), &r, &error) != BT_OK);
}

TEST(writing_and_opening_survive_any_failed_allocation)
{
    const bt_ratings *r = sample();
    EACH_FAILED_ALLOCATION
    {
        const bt_status status = bt_ratings_write(r, test_path("ratings.bt"), NULL, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
    }
    EACH_FAILED_ALLOCATION
    {
        const bt_ratings *opened;
        const bt_status status = bt_ratings_open(test_path("ratings.bt"), &opened, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_ratings_close(opened);
    }
    bt_ratings_close(r);
}
