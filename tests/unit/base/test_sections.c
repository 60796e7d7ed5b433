/* The container: what is written is read, and nothing else is: every truncation and every flipped byte of a file is found. */
#include "base/sections.h"

#include <stdio.h>
#include <string.h>

#include "base/checksum.h"
#include "base/memory.h"
#include "base/sections_layout.h"
#include "support/test.h"

static const uint32_t numbers[] = {1, 2, 3, 5, 8, 13, 21};
static const char text[] = "a text of some length";

/* A file with a section of numbers, an empty one, and one that was written in parts. */
static bt_status write_example(const char *path, uint64_t *fingerprint, bt_error *error)
{
    sections_writer w = {0};
    bt_status status = sections_write_begin(&w, path, "ratings", 2, 3, error);
    if (status == BT_OK)
        status = sections_write(&w, "numbers", numbers, sizeof numbers, error);
    if (status == BT_OK)
        status = sections_write(&w, "empty", NULL, 0, error);
    if (status == BT_OK)
        status = sections_begin(&w, "text", error);
    for (size_t at = 0; at < sizeof text && status == BT_OK; at += 2)
        status = sections_part(&w, text + at, sizeof text - at < 2 ? 1 : 2, error);
    if (status == BT_OK)
        status = sections_end(&w, error);
    if (status == BT_OK)
        return sections_write_commit(&w, fingerprint, error);
    sections_write_abort(&w);
    return status;
}

/* The example's bytes in memory, to be changed; freed with bt_free. */
static file_map example_bytes(void)
{
    bt_error error = {0};
    const char *path = test_path("example.bt");
    CHECK_OK(write_example(path, NULL, &error), error);
    char *bytes;
    size_t size;
    CHECK_OK(file_read_whole(path, 1 << 20, &bytes, &size, &error), error);
    return (file_map){(uint8_t *)bytes, size};
}

static bt_status parse(file_map bytes, bt_error *error)
{
    sections_file f;
    bt_status status = sections_parse(bytes, "x.bt", "ratings", 2, &f, error);
    return status == BT_OK ? sections_verify(&f, "x.bt", error) : status;
}

TEST(what_is_written_is_read)
{
    bt_error error = {0};
    uint64_t fingerprint = 0;
    const char *path = test_path("ratings.bt");
    CHECK_OK(write_example(path, &fingerprint, &error), error);

    sections_file f;
    CHECK_OK(sections_open(path, "ratings", 2, &f, &error), error);
    CHECK_OK(sections_verify(&f, path, &error), error);
    CHECK_INT(f.version, 2);
    CHECK_INT(f.n_sections, 3);
    CHECK(f.fingerprint == fingerprint && fingerprint != 0);

    const void *bytes;
    size_t count;
    CHECK_OK(sections_find(&f, path, "numbers", sizeof numbers[0], &bytes, &count, &error), error);
    CHECK_INT(count, sizeof numbers / sizeof *numbers);
    CHECK_INT((uintptr_t)bytes % SECTIONS_ALIGNMENT, 0);
    CHECK_BYTES(bytes, numbers, sizeof numbers);
    CHECK_OK(sections_find(&f, path, "empty", 8, &bytes, &count, &error), error);
    CHECK_INT(count, 0);
    CHECK_OK(sections_find(&f, path, "text", 1, &bytes, &count, &error), error);
    CHECK_INT(count, sizeof text);
    CHECK_BYTES(bytes, text, sizeof text);
    sections_close(&f);
    CHECK(f.map.bytes == NULL);
    CHECK(!file_exists(test_path("ratings.bt.tmp")));
}

TEST(the_same_content_has_the_same_bytes)
{
    bt_error error = {0};
    uint64_t one = 1, two = 2;
    CHECK_OK(write_example(test_path("one.bt"), &one, &error), error);
    CHECK_OK(write_example(test_path("two.bt"), &two, &error), error);
    CHECK(one == two);
}

/* The bytes that docs/formats.md describes, read without the reader. */
TEST(the_layout_is_as_documented)
{
    file_map map = example_bytes();
    const uint8_t *b = map.bytes;
    uint64_t signature, size;
    uint32_t version, n;
    CHECK_BYTES(b, "BUTACA\r\nratings\0", 16);
    memcpy(&version, b + 16, 4);
    memcpy(&n, b + 20, 4);
    memcpy(&size, b + 24, 8);
    memcpy(&signature, b + 32, 8);
    CHECK_INT(version, 2);
    CHECK_INT(n, 3);
    CHECK_INT(size, map.size);
    uint8_t covered[32 + 3 * 48];
    memcpy(covered, b, 32);
    memcpy(covered + 32, b + 64, 3 * 48);
    CHECK(signature == checksum_of(covered, sizeof covered));
    CHECK_STR((const char *)b + 64, "numbers");
    CHECK_BYTES(b + 256, numbers, sizeof numbers); /* 64 + 3 * 48 = 208, rounded up */
    bt_free((void *)map.bytes);
}

TEST(a_file_cut_anywhere_is_refused)
{
    file_map whole = example_bytes();
    for (size_t size = 0; size < whole.size; size++) {
        /* At the end of a page, so that a read past the cut ends the test; the start has to be aligned. */
        uint8_t *copy = test_guarded((size + 63) / 64 * 64);
        memcpy(copy, whole.bytes, size);
        bt_error error = {0};
        const bt_status status = parse((file_map){copy, size}, &error);
        CHECK_STATUS(status, size < 8 ? BT_BAD_FORMAT : BT_CORRUPT);
        if (size >= 8)
            CHECK_CONTAINS(error.message, "x.bt: cut off");
    }
    bt_free((void *)whole.bytes);
}

TEST(a_cut_file_on_disk_says_how_long_it_should_be)
{
    file_map whole = example_bytes();
    bt_error error = {0};
    sections_file f;
    CHECK_STATUS(sections_open(test_write_file("cut.bt", whole.bytes, 200), "ratings", 2, &f, &error), BT_CORRUPT);
    char expected[100];
    snprintf(expected, sizeof expected, "cut.bt: cut off: the header says %zu bytes, the file has 200", whole.size);
    CHECK_CONTAINS(error.message, expected);
    CHECK(f.map.bytes == NULL);
    bt_free((void *)whole.bytes);
}

/* Each bit, so also each wrong length, offset, name, version and gap. */
TEST(every_flipped_bit_is_found)
{
    file_map whole = example_bytes();
    uint8_t *bytes = (uint8_t *)whole.bytes;
    const size_t n_table = sections_start(3);
    CHECK_STATUS(parse(whole, NULL), BT_OK);
    for (size_t bit = 0; bit < whole.size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        sections_file f;
        const bt_status opened = sections_parse(whole, "x.bt", "ratings", 2, &f, NULL);
        if (bit / 8 < n_table)
            CHECK(opened != BT_OK);
        else if (CHECK_STATUS(opened, BT_OK))
            CHECK_STATUS(sections_verify(&f, "x.bt", NULL), BT_CORRUPT);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK_STATUS(parse(whole, NULL), BT_OK);
    bt_free(bytes);
}

TEST(bytes_behind_the_end_are_refused)
{
    file_map whole = example_bytes();
    uint8_t *longer = memory_zeroed(whole.size + 64, 1);
    REQUIRE(longer != NULL);
    memcpy(longer, whole.bytes, whole.size);
    bt_error error = {0};
    CHECK_STATUS(parse((file_map){longer, whole.size + 64}, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "damaged");
    bt_free(longer);
    bt_free((void *)whole.bytes);
}

/* --- files that were made to deceive: their checksum is right ------------------------------------------------------------ */

static sections_entry *table_of(file_map map)
{
    return (sections_entry *)(void *)((uint8_t *)map.bytes + SECTIONS_HEADER_SIZE);
}

static sections_header *header_of(file_map map)
{
    return (sections_header *)(void *)map.bytes;
}

static void sign(file_map map)
{
    sections_header *header = header_of(map);
    REQUIRE(sections_header_checksum(header, table_of(map), &header->checksum) == BT_OK);
}

/* Applies one change to the example, signs it, and expects a refusal with this text. */
#define REFUSED(change, expected_status, expected_text)    \
    do {                                                   \
        file_map map = example_bytes();                    \
        sections_entry *table = table_of(map);             \
        sections_header *header = header_of(map);          \
        (void)table, (void)header;                         \
        change;                                            \
        sign(map);                                         \
        bt_error error = {0};                              \
        CHECK_STATUS(parse(map, &error), expected_status); \
        CHECK_CONTAINS(error.message, expected_text);      \
        bt_free((void *)map.bytes);                        \
    } while (0)

TEST(tables_that_point_elsewhere_are_refused)
{
    REFUSED(table[0].offset = 0, BT_CORRUPT, "entry 1");
    REFUSED(table[0].offset += 64, BT_CORRUPT, "entry 1");
    REFUSED(table[0].offset += 1, BT_CORRUPT, "entry 1");
    REFUSED(table[1].offset = UINT64_MAX - 63, BT_CORRUPT, "entry 2");
    REFUSED(table[2].offset = table[0].offset, BT_CORRUPT, "entry 3");
    REFUSED(table[2].size = UINT64_MAX, BT_CORRUPT, "entry 3");
    REFUSED(table[2].size = UINT64_MAX - table[2].offset + 1, BT_CORRUPT, "entry 3");
    REFUSED(table[2].size += 1, BT_CORRUPT, "entry 3");
    REFUSED(table[2].size -= 1, BT_CORRUPT, "the sections end at byte");
    REFUSED(table[1].zero = 1, BT_CORRUPT, "entry 2");
}

TEST(names_that_are_none_are_refused)
{
    REFUSED(memset(table[0].name, 'x', 16), BT_CORRUPT, "entry 1");
    REFUSED(memset(table[0].name, 0, 16), BT_CORRUPT, "entry 1");
    REFUSED(table[0].name[15] = 'x', BT_CORRUPT, "entry 1");
    REFUSED(memcpy(table[1].name, table[0].name, 16), BT_CORRUPT, "entry 2");
}

TEST(headers_of_other_files_are_refused)
{
    REFUSED(header->version = 3, BT_VERSION,
            "x.bt: written by a newer Butaca (format 3, this program reads up to 2); update Butaca");
    REFUSED(memcpy(header->kind, "model\0\0", 8), BT_BAD_FORMAT, "x.bt: not a Butaca ratings file, but a Butaca model file");
    REFUSED(header->zero[23] = 1, BT_CORRUPT, "header");
    REFUSED(header->n_sections = 2, BT_CORRUPT, "entry 1");

    file_map map = example_bytes();
    bt_error error = {0};
    header_of(map)->n_sections = SECTIONS_MAX + 1;
    CHECK_STATUS(parse(map, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "a table of 33 sections doesn't fit");
    header_of(map)->n_sections = SECTIONS_MAX;
    CHECK_STATUS(parse(map, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "a table of 32 sections doesn't fit");
    bt_free((void *)map.bytes);
}

TEST(other_things_than_files_of_ours_are_refused)
{
    bt_error error = {0};
    sections_file f;
    CHECK_STATUS(sections_open(test_path("nowhere.bt"), "ratings", 1, &f, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "nowhere.bt");
    CHECK_STATUS(sections_open(test_tmpdir(), "ratings", 1, &f, &error), BT_BAD_FORMAT);
    CHECK_STATUS(sections_open(test_write_file("empty", "", 0), "ratings", 1, &f, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "empty: not a Butaca ratings file");
    CHECK_STATUS(sections_open(test_write_file("text", "userId,movieId,rating\n", 22), "ratings", 1, &f, &error),
                 BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "text: not a Butaca ratings file");
}

TEST(sections_of_another_size_or_name_are_not_found)
{
    file_map map = example_bytes();
    sections_file f;
    bt_error error = {0};
    CHECK_OK(sections_parse(map, "x.bt", "ratings", 2, &f, &error), error);
    const void *bytes = NULL;
    size_t count = 0;
    CHECK_STATUS(sections_find(&f, "x.bt", "number", 4, &bytes, &count, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "x.bt: damaged: section 'number' is missing");
    CHECK_STATUS(sections_find(&f, "x.bt", "numbers", 8, &bytes, &count, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "section 'numbers' has 28 bytes, expected a multiple of 8");
    CHECK(bytes == NULL && count == 0);
    bt_free((void *)map.bytes);
}

/* --- writing ------------------------------------------------------------------------------------------------------- */

TEST(a_writer_used_wrongly_says_so)
{
    bt_error error = {0};
    sections_writer w = {0};
    sections_write_abort(&w);
    const char *path = test_path("w.bt");
    CHECK_STATUS(sections_write_begin(&w, path, "toolongakind", 1, 1, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(sections_write_begin(&w, path, "", 1, 1, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(sections_write_begin(&w, path, "ratings", 1, SECTIONS_MAX + 1, &error), BT_INVALID_ARGUMENT);

    CHECK_OK(sections_write_begin(&w, path, "ratings", 1, 2, &error), error);
    CHECK_STATUS(sections_part(&w, "x", 1, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(sections_end(&w, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(sections_begin(&w, "", &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(sections_begin(&w, "sixteen bytes ..", &error), BT_INVALID_ARGUMENT);
    CHECK_OK(sections_begin(&w, "fifteen bytes .", &error), error);
    CHECK_STATUS(sections_begin(&w, "another", &error), BT_INVALID_ARGUMENT);
    CHECK_OK(sections_end(&w, &error), error);
    CHECK_STATUS(sections_begin(&w, "fifteen bytes .", &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(sections_write_commit(&w, NULL, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "after 1 of 2 sections");
    CHECK(!file_exists(path));
    CHECK(!file_exists(test_path("w.bt.tmp")));
}

TEST(a_file_of_no_sections_and_one_of_32)
{
    bt_error error = {0};
    sections_writer w;
    sections_file f;
    CHECK_OK(sections_write_begin(&w, test_path("none.bt"), "eightlet", 0, 0, &error), error);
    CHECK_STATUS(sections_begin(&w, "one", NULL), BT_INVALID_ARGUMENT);
    CHECK_OK(sections_write_commit(&w, NULL, &error), error);
    CHECK_OK(sections_open(test_path("none.bt"), "eightlet", 0, &f, &error), error);
    CHECK_OK(sections_verify(&f, "none.bt", &error), error);
    CHECK_INT(f.map.size, 64);
    sections_close(&f);

    const char *path = test_path("many.bt");
    CHECK_OK(sections_write_begin(&w, path, "ratings", 1, SECTIONS_MAX, &error), error);
    for (unsigned i = 0; i < SECTIONS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "section %u", i);
        CHECK_OK(sections_write(&w, name, &i, i % (sizeof i + 1), &error), error);
    }
    CHECK_OK(sections_write_commit(&w, NULL, &error), error);
    CHECK_OK(sections_open(path, "ratings", 1, &f, &error), error);
    CHECK_OK(sections_verify(&f, path, &error), error);
    sections_close(&f);
}

TEST(failed_allocations_leave_the_old_file)
{
    bt_error error = {0};
    const char *path = test_path("ratings.bt");
    CHECK_OK(write_example(path, NULL, &error), error);
    EACH_FAILED_ALLOCATION
    {
        const bt_status status = write_example(path, NULL, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        CHECK(!file_exists(test_path("ratings.bt.tmp")));
    }
    EACH_FAILED_ALLOCATION
    {
        sections_file f;
        const bt_status status = sections_open(path, "ratings", 2, &f, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        sections_close(&f);
    }
}
