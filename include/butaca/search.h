/* Search in titles, people, genres, tags and overviews.
 *
 * An index is made once from all films and then only read. A query is ranked in two steps.
 *
 *   1. Titles first. A film whose title is the query, or begins with it, or is spelt nearly like it, comes before all others: in
 *      the order of bt_title_match. Case, accents, moved articles, punctuation and roman numerals make no difference ("shining, the",
 *      "rocky II", "rocky 2"), and a year after the title picks among films of one name.
 *   2. All others by BM25F (Robertson, Zaragoza, Taylor 2004, "Simple BM25 extension to multiple weighted fields"): with tf_f a
 *      word's count in field f of the film, l_f the field's length and a_f the mean length over films that have the field,
 *
 *          t = sum over f of  weight_f tf_f / (1 - b_f + b_f l_f / a_f)
 *          score = sum over words of  sqrt(q) idf t / (k1 + t)   +  2 / (1 + words) prior_weight prior  -  year_weight years
 *          idf = ln(1 + (N - n + 0.5) / (n + 0.5)) for a word in n of N films, said q times by the query
 *
 *      A word also stands for its forms in English and Spanish (Snowball stems), the last one for what begins with it (from 3
 *      letters), and one that no film has for those that are spelt nearly so: one slip (a letter put in, left out, changed, or two
 *      swapped) from 4 letters, two from 8. Of a query of 6 different words or more, those that say nothing of a film ("the",
 *      "movie", "recuerdo") are left out, forms of one word are one, and a film is the worse the more years (at most 20) it is away from those
 *      that are named ("late 80s", "around 1994"); and the more is said, the less the prior has to say.
 *
 * Of equal scores the smaller film id comes first. An index takes 4 bytes for each film a word occurs in, each word and title once,
 * and 12 bytes a film; a query 16 bytes a film while it runs.
 */
#ifndef BUTACA_SEARCH_H
#define BUTACA_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bt_search_field {
    BT_FIELD_TITLE,
    BT_FIELD_PEOPLE,
    BT_FIELD_GENRE,
    BT_FIELD_TAG,
    BT_FIELD_OVERVIEW,
    BT_FIELD_COUNT
} bt_search_field;

/* --- making an index ------------------------------------------------------------------------------------------------- */

/* One text of a film; a field may have several. */
typedef struct bt_search_text {
    bt_search_field field;
    const char *language; /* "en" and "es" have stems; NULL: unknown, words are taken as they stand */
    const char *text;     /* any bytes; what isn't UTF-8 parts words */
    size_t length;
} bt_search_text;

enum { BT_SEARCH_FILMS_MAX = 1 << 22 };

typedef struct bt_search_builder bt_search_builder;
typedef struct bt_search_index bt_search_index;

BT_API bt_status bt_search_builder_create(bt_search_builder **out, bt_error *error);
BT_API void bt_search_builder_free(bt_search_builder *builder); /* NULL is fine */

/* Film ids ascend from call to call (BT_INVALID_ARGUMENT); `year` 0: unknown. After a failure there is only free. */
BT_API bt_status bt_search_builder_add(bt_search_builder *builder, uint32_t film_id, int year, const bt_search_text *texts,
                                       size_t n_texts, bt_error *error);

/* Makes the index of all films added; the builder is then empty, and still to be freed. *out: bt_search_index_free. */
BT_API bt_status bt_search_builder_finish(bt_search_builder *builder, bt_search_index **out, bt_error *error);
BT_API void bt_search_index_free(bt_search_index *index); /* NULL is fine */

typedef struct bt_search_info {
    size_t n_films, n_words, n_titles, n_postings, n_bytes; /* n_bytes: memory that the index holds */
    const uint32_t *film_ids;                               /* n_films, ascending; lives as long as the index */
    bool mapped;                                            /* that memory is the file's */
} bt_search_info;

BT_API bt_search_info bt_search_describe(const bt_search_index *index);

/* --- its file -------------------------------------------------------------------------------------------------------- */

/* Writes an index, whole or not at all. `stamp` is the caller's word for what it was made of, to know later if that is still so. */
BT_API bt_status bt_search_index_write(const bt_search_index *index, const char *path, uint64_t stamp, bt_error *error);

/* Maps a file and checks all of it. BT_NOT_FOUND; BT_CORRUPT names what is damaged; BT_VERSION: made by a program that takes words
 * apart in another way. *out: bt_search_index_free. */
BT_API bt_status bt_search_index_open(const char *path, bt_search_index **out, uint64_t *stamp, bt_error *error);

/* --- asking ---------------------------------------------------------------------------------------------------------- */

/* Where a film stands by its title, the best last. */
typedef enum bt_title_match {
    BT_TITLE_OTHER,  /* not by its title as a whole */
    BT_TITLE_FAR,    /* spelt with two slips, or begins nearly like the query */
    BT_TITLE_NEAR,   /* spelt with one slip, or begins with the query, which breaks off within a word */
    BT_TITLE_BEGINS, /* begins with the words of the query */
    BT_TITLE_EXACT   /* is the query */
} bt_title_match;

typedef struct bt_search_params {
    size_t limit;           /* films wanted */
    const uint8_t *allowed; /* a byte for each film of the index, 0 leaves it out before ranking; NULL: all may come */
    uint8_t *found;     /* a byte for each film of the index, set to 1 where one matches and may come; NULL: not asked for */
    const float *prior; /* a number >= 0 for each film of the index, such as the logarithm of its likes; NULL: none.
                               It also orders films that the title ranks alike */
    double prior_weight;
    double year_weight;                                   /* what a year away from those that a description names takes off */
    bool titles;                                          /* titles first */
    bool prefix;                                          /* the last word may go on */
    bool slips;                                           /* words may be spelt nearly so */
    double k1, weight[BT_FIELD_COUNT], b[BT_FIELD_COUNT]; /* weight 0 leaves a field out */
} bt_search_params;

BT_API bt_search_params bt_search_params_default(void);  /* for whole queries */
BT_API bt_search_params bt_suggest_params_default(void); /* for each key stroke: titles and people */

typedef struct bt_search_hit {
    uint32_t film_id;
    bt_title_match title;
    double score; /* BM25F, prior and year */
    double prior; /* the part of it that is the prior's */
    double year;  /* and that of the years that a description names: 0 or less */
} bt_search_hit;

enum { BT_SEARCH_QUERY_MAX = 8192, BT_SEARCH_WORDS_MAX = 512 };

/* Writes at most params->limit hits, best first; *n gets how many, *n_found (may be NULL) how many films match at all. Of a query
 * longer than BT_SEARCH_QUERY_MAX bytes or BT_SEARCH_WORDS_MAX words the rest isn't read. Any bytes are a query. Thread-safe on one
 * index. */
BT_API bt_status bt_search(const bt_search_index *index, const char *query, size_t length, const bt_search_params *params,
                           bt_search_hit *out, size_t *n, size_t *n_found, bt_error *error);

/* What a word of a query brings a film through one of its fields. */
typedef struct bt_search_part {
    char word[65]; /* folded, NUL-terminated */
    bt_search_field field;
    double score;
} bt_search_part;

/* A film's score taken apart. */
typedef struct bt_search_explanation {
    bt_search_hit hit;
    bt_search_part *parts; /* room for `limit`; n are written, in the order of the query */
    size_t limit, n;
} bt_search_explanation;

/* Takes a film's score apart as bt_search with these parameters makes it: where all parts had room, they add up with the hit's prior and
 * year to its score. BT_NOT_FOUND: the index lacks the film. */
BT_API bt_status bt_search_explain(const bt_search_index *index, const char *query, size_t length,
                                   const bt_search_params *params, uint32_t film_id, bt_search_explanation *out,
                                   bt_error *error);

/* --- showing ---------------------------------------------------------------------------------------------------------- */

typedef struct bt_search_span {
    size_t begin, end; /* bytes of the text */
} bt_search_span;

/* What a query is about, read once for any number of texts; one thread at a time. The index lives longer. */
typedef struct bt_search_highlighter bt_search_highlighter;
BT_API bt_status bt_search_highlighter_open(const bt_search_index *index, const char *query, bt_search_highlighter **out,
                                            bt_error *error);
BT_API void bt_search_highlighter_close(bt_search_highlighter *highlighter); /* NULL is fine */

/* The words of `text` that the query is about ("the" only if it is all that was asked), in their order, words side by side as one span:
 * at most `limit` into out, *n gets how many. */
BT_API bt_status bt_search_highlight(bt_search_highlighter *highlighter, const char *text, bt_search_span *out, size_t limit,
                                     size_t *n, bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
