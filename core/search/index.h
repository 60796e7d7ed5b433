/* The inside of a search index.
 *
 * `words` maps a word to its postings. A key is the word behind a letter that says what it is:
 *
 *     w   a word as it stands (titles, people, genres, tags)
 *     e   an English stem, s a Spanish one (titles, genres, tags and overviews)
 *
 * and a posting is a film, a field and how often the word stands there, in 32 bits: film << 10 | field << 7 | count, films counted
 * from 0 in ascending order of id, counts up to 127. A list is in the order of films.
 *
 * `titles` maps the key of each title, and the same without its leading article, to films. Lengths of fields are kept in a byte:
 * exact up to 127 words, then in steps of 16, up to 2,160.
 */
#ifndef SEARCH_INDEX_H
#define SEARCH_INDEX_H

#include "base/sections.h"
#include "butaca/search.h"
#include "search/lookup.h"
#include "search/words.h"

enum {
    SEARCH_VERSION = 2, /* of its file: goes up with every change of how words are taken apart */
    SPACE_WORD = 'w',
    POSTING_FIELD_SHIFT = 7,
    POSTING_FILM_SHIFT = 10,
    POSTING_COUNT_MASK = (1 << POSTING_FIELD_SHIFT) - 1
};

static const char space_of_language[WORD_LANGUAGES] = {'e', 's'};

struct bt_search_index {
    lookup words, titles;
    const uint32_t *film_ids;    /* n_films, ascending */
    const uint16_t *years;       /* n_films; 0: unknown */
    const uint8_t *lengths;      /* n_films x BT_FIELD_COUNT: codes of length_code */
    double mean[BT_FIELD_COUNT]; /* length over films that have the field; 1 if none has */
    size_t n_films;
    sections_file file; /* that all of it lies in; zeroed: it lies in memory of its own */
};

static inline uint32_t posting_film(uint32_t posting)
{
    return posting >> POSTING_FILM_SHIFT;
}

static inline unsigned posting_field(uint32_t posting)
{
    return posting >> POSTING_FIELD_SHIFT & 7;
}

static inline unsigned posting_count(uint32_t posting)
{
    return posting & POSTING_COUNT_MASK;
}

static inline uint8_t length_code(size_t length)
{
    return (uint8_t)(length < 128 ? length : length < 2160 ? 128 + (length - 128) / 16 : 255);
}

static inline size_t length_of_code(uint8_t code)
{
    return code < 128 ? code : 128 + (size_t)(code - 128) * 16;
}

/* The index that lies in a container's sections, all of it checked (search/file.c). */
bt_status search_read_sections(const sections_file *file, const char *path, bt_search_index *index, uint64_t *stamp,
                               bt_error *error);

/* --- titles (search/titles.c) ---------------------------------------------------------------------------------------- */

/* How films stand by their titles: match[film] (n_films, zeroed by the caller) goes up to the bt_title_match of the query. */
bt_status titles_match(const bt_search_index *index, const char *query, size_t length, bool prefix, bool slips, uint8_t *match,
                       bt_error *error);

/* --- words of a query (search/query.c) -------------------------------------------------------------------------------- */

/* A word of a query; `open`: it may go on (the last one, with nothing typed after it). */
typedef struct query_word {
    word word;
    size_t count; /* how often it is said */
    bool open;
} query_word;

typedef struct query_words {
    query_word *items;          /* bt_free */
    size_t n;                   /* words that count */
    size_t n_different, n_read; /* different ones that were said, and all */
} query_words;

/* A query of LONG_FROM different words and more is a description: words that say nothing of a film are left out of it, unless fewer
 * than two others would stay; forms of one word are the same word; and years in it are when the film was made. */
enum { LONG_FROM = 6 };
bt_status query_words_read(const char *query, size_t length, query_words *out, bt_error *error);

/* When a description says that its film was made ("late 80s", "the 1990s", "around 1994"): the first and the last year, of all that it
 * says; 0 and 0 if it says nothing (search/years.c). */
typedef struct query_years {
    int from, to;
} query_years;

query_years query_years_read(const char *query, size_t length);

/* What a word is called in the words' table: as it stands, and by its stems. */
typedef struct space_key {
    char text[WORD_MAX + 2]; /* NUL-terminated */
    size_t length;
} space_key;

enum { SPACES = 1 + WORD_LANGUAGES };
bt_status word_keys(stemmers *s, const word *w, space_key keys[SPACES], bt_error *error);

/* Keys of the index that a query's word stands for. */
typedef struct variant {
    uint32_t key;
    double weight; /* 1: the word or its stem; less: what begins with it, or is spelt nearly so */
} variant;

enum { VARIANTS_MAX = 1024 };

typedef struct variants {
    variant items[VARIANTS_MAX];
    size_t n;
} variants;

typedef struct variant_rules {
    bool prefix, slips;
} variant_rules;

bt_status variants_of(const bt_search_index *index, stemmers *s, const query_word *w, variant_rules rules, variants *out,
                      bt_error *error);

#endif
