/* The file of a search index: sections of the container (core/base/sections.h), kind "search". docs/formats.md has its layout. It is
 * mapped; opening reads it once, to check checksums and values, so that nothing behind it has to.
 *
 * What an index holds follows from the films and from how this program takes words apart. SEARCH_VERSION goes up with every change of
 * the latter; the tables of Unicode, which another release of utf8proc changes, are noted in the file.
 */
#include <math.h>
#include <string.h>
#include <utf8proc.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"
#include "search/index.h"

enum { SEARCH_SECTIONS = 14, LOOKUP_SECTIONS = 5 };

static const char search_kind[] = "search", advice[] = "remove it; the next search makes it again";

/* Section "about". */
typedef struct stored_about {
    uint64_t stamp, unicode;
    double mean[BT_FIELD_COUNT];
} stored_about;

_Static_assert(sizeof(stored_about) == 56, "the file's layout has no padding");

static uint64_t unicode_tables(void)
{
    const char *version = utf8proc_version();
    return checksum_of(version, strlen(version));
}

/* --- writing --------------------------------------------------------------------------------------------------------- */

static bt_status write_lookup(sections_writer *w, const lookup *t, const char *const names[LOOKUP_SECTIONS], bt_error *error)
{
    const size_t n = t->n_keys;
    bt_status status = sections_write(w, names[0], t->text, t->offset[n], error);
    if (status == BT_OK)
        status = sections_write(w, names[1], t->offset, (n + 1) * sizeof *t->offset, error);
    if (status == BT_OK)
        status = sections_write(w, names[2], t->letters, n * sizeof *t->letters, error);
    if (status == BT_OK)
        status = sections_write(w, names[3], t->start, (n + 1) * sizeof *t->start, error);
    if (status == BT_OK)
        status = sections_write(w, names[4], t->values, t->start[n] * sizeof *t->values, error);
    return status;
}

static const char *const word_sections[LOOKUP_SECTIONS] = {"word_text", "word_offset", "word_letters", "word_start",
                                                           "postings"};
static const char *const title_sections[LOOKUP_SECTIONS] = {"title_text", "title_offset", "title_letters", "title_start",
                                                            "title_films"};

bt_status bt_search_index_write(const bt_search_index *index, const char *path, uint64_t stamp, bt_error *error)
{
    stored_about about = {.stamp = stamp, .unicode = unicode_tables()};
    memcpy(about.mean, index->mean, sizeof about.mean);
    const size_t n = index->n_films;
    sections_writer w;
    bt_status status = sections_write_begin(&w, path, search_kind, SEARCH_VERSION, SEARCH_SECTIONS, error);
    if (status != BT_OK)
        return status;
    status = sections_write(&w, "about", &about, sizeof about, error);
    if (status == BT_OK)
        status = sections_write(&w, "film_ids", index->film_ids, n * sizeof *index->film_ids, error);
    if (status == BT_OK)
        status = sections_write(&w, "years", index->years, n * sizeof *index->years, error);
    if (status == BT_OK)
        status = sections_write(&w, "lengths", index->lengths, n * BT_FIELD_COUNT, error);
    if (status == BT_OK)
        status = write_lookup(&w, &index->words, word_sections, error);
    if (status == BT_OK)
        status = write_lookup(&w, &index->titles, title_sections, error);
    if (status == BT_OK)
        return sections_write_commit(&w, NULL, error);
    sections_write_abort(&w);
    return status;
}

/* --- reading --------------------------------------------------------------------------------------------------------- */

/* A section with exactly `expected` entries of `unit` bytes. */
static bt_status find_column(const sections_file *f, const char *path, const char *name, size_t unit, size_t expected,
                             const void **bytes, bt_error *error)
{
    return sections_find_exactly(f, path, name, unit, expected, advice, bytes, error);
}

static bt_status read_about(const sections_file *f, const char *path, bt_search_index *index, uint64_t *stamp, bt_error *error)
{
    const void *bytes = NULL;
    stored_about about;
    const bt_status status = find_column(f, path, "about", sizeof about, 1, &bytes, error);
    if (status != BT_OK)
        return status;
    memcpy(&about, bytes, sizeof about);
    if (f->version != SEARCH_VERSION || about.unicode != unicode_tables())
        return error_set(error, BT_VERSION, "%s: made by a Butaca that takes words apart in another way; %s", path, advice);
    for (size_t i = 0; i < BT_FIELD_COUNT; i++)
        if (!(about.mean[i] > 0) || !isfinite(about.mean[i]))
            return error_set(error, BT_CORRUPT, "%s: section about: a mean length is not above 0; %s", path, advice);
    memcpy(index->mean, about.mean, sizeof index->mean);
    *stamp = about.stamp;
    return BT_OK;
}

static bt_status read_films(const sections_file *f, const char *path, bt_search_index *index, bt_error *error)
{
    const void *ids = NULL, *years = NULL, *lengths = NULL;
    bt_status status = sections_find(f, path, "film_ids", sizeof *index->film_ids, &ids, &index->n_films, error);
    if (status == BT_OK)
        status = find_column(f, path, "years", sizeof *index->years, index->n_films, &years, error);
    if (status == BT_OK)
        status = find_column(f, path, "lengths", BT_FIELD_COUNT, index->n_films, &lengths, error);
    if (status != BT_OK)
        return status;
    index->film_ids = ids;
    index->years = years;
    index->lengths = lengths;
    bool valid = index->n_films <= BT_SEARCH_FILMS_MAX;
    for (size_t i = 1; i < index->n_films && valid; i++)
        valid = index->film_ids[i - 1] < index->film_ids[i];
    return valid ? BT_OK : error_set(error, BT_CORRUPT, "%s: section film_ids doesn't ascend; %s", path, advice);
}

static bt_status read_lookup(const sections_file *f, const char *path, const char *const names[LOOKUP_SECTIONS], unsigned shift,
                             size_t n_films, lookup *t, bt_error *error)
{
    const void *text = NULL, *offset = NULL, *letters = NULL, *start = NULL, *values = NULL;
    size_t n_text = 0, n_values = 0;
    bt_status status = sections_find(f, path, names[0], 1, &text, &n_text, error);
    if (status == BT_OK)
        status = sections_find(f, path, names[2], sizeof *t->letters, &letters, &t->n_keys, error);
    if (status == BT_OK)
        status = find_column(f, path, names[1], sizeof *t->offset, t->n_keys + 1, &offset, error);
    if (status == BT_OK)
        status = find_column(f, path, names[3], sizeof *t->start, t->n_keys + 1, &start, error);
    if (status == BT_OK)
        status = sections_find(f, path, names[4], sizeof *t->values, &values, &n_values, error);
    if (status != BT_OK)
        return status;
    *t = (lookup){text, offset, start, values, letters, t->n_keys};
    if (!lookup_is_valid(t, n_text, n_values, shift, (uint32_t)n_films))
        return error_set(error, BT_CORRUPT, "%s: sections %s to %s aren't a table of films; %s", path, names[0], names[4],
                         advice);
    return BT_OK;
}

static bt_status check_fields(const char *path, const bt_search_index *index, bt_error *error)
{
    const lookup *words = &index->words;
    for (uint32_t i = 0; i < words->start[words->n_keys]; i++)
        if (posting_field(words->values[i]) >= BT_FIELD_COUNT)
            return error_set(error, BT_CORRUPT, "%s: section postings: %u is of no field; %s", path, i, advice);
    return BT_OK;
}

bt_status search_read_sections(const sections_file *file, const char *path, bt_search_index *index, uint64_t *stamp,
                               bt_error *error)
{
    bt_status status = read_about(file, path, index, stamp, error);
    if (status == BT_OK)
        status = read_films(file, path, index, error);
    if (status == BT_OK)
        status = read_lookup(file, path, word_sections, POSTING_FILM_SHIFT, index->n_films, &index->words, error);
    if (status == BT_OK)
        status = check_fields(path, index, error);
    if (status == BT_OK)
        status = read_lookup(file, path, title_sections, 0, index->n_films, &index->titles, error);
    return status;
}

bt_status bt_search_index_open(const char *path, bt_search_index **out, uint64_t *stamp, bt_error *error)
{
    *out = NULL;
    *stamp = 0;
    bt_search_index *index = memory_zeroed(1, sizeof *index);
    if (index == NULL)
        return error_no_memory(error, "opening the search index");
    bt_status status = sections_open(path, search_kind, SEARCH_VERSION, &index->file, error);
    if (status == BT_OK)
        status = sections_verify(&index->file, path, error);
    if (status == BT_OK)
        status = search_read_sections(&index->file, path, index, stamp, error);
    if (status == BT_OK) {
        *out = index;
        return BT_OK;
    }
    sections_close(&index->file);
    bt_free(index);
    return status;
}
