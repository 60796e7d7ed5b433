/* Making an index: each text's words go into the table under what they are (search/index.h), and the tables are sorted at the end.
 * Takes 8 bytes a posting beside the words while films come in.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "butaca/text.h"
#include "search/index.h"

static const char doing[] = "making the search index";

struct bt_search_builder {
    lookup_builder words, titles;
    stemmers snowball;
    uint32_t *film_ids;
    uint16_t *years;
    uint8_t *lengths;
    size_t n_films, room;
    double total[BT_FIELD_COUNT]; /* words */
    size_t n_with[BT_FIELD_COUNT];
};

bt_status bt_search_builder_create(bt_search_builder **out, bt_error *error)
{
    *out = NULL;
    bt_search_builder *b = memory_zeroed(1, sizeof *b);
    if (b == NULL)
        return error_no_memory(error, doing);
    const bt_status status = stemmers_open(&b->snowball, error);
    if (status == BT_OK)
        *out = b;
    else
        bt_free(b);
    return status;
}

void bt_search_builder_free(bt_search_builder *b)
{
    if (b == NULL)
        return;
    lookup_builder_free(&b->words);
    lookup_builder_free(&b->titles);
    stemmers_close(&b->snowball);
    bt_free(b->film_ids);
    bt_free(b->years);
    bt_free(b->lengths);
    bt_free(b);
}

/* --- one text -------------------------------------------------------------------------------------------------------- */

typedef struct text_reader {
    bt_search_builder *builder;
    bt_search_field field;
    word_language language;
    size_t n_words;
} text_reader;

static bt_status add_posting(bt_search_builder *b, char space, const char *text, size_t length, bt_search_field field,
                             bt_error *error)
{
    char key[WORD_MAX + 2];
    key[0] = space;
    memcpy(key + 1, text, length);
    const uint32_t posting = (uint32_t)(b->n_films << POSTING_FILM_SHIFT) | (uint32_t)field << POSTING_FIELD_SHIFT | 1;
    return lookup_add(&b->words, key, length + 1, posting, POSTING_COUNT_MASK, error);
}

static bt_status add_stem(bt_search_builder *b, word_language language, const word *w, bt_search_field field, bt_error *error)
{
    size_t n = 0;
    const char *text = stem(&b->snowball, language, w->text, w->length, &n);
    if (text == NULL)
        return error_no_memory(error, doing);
    return add_posting(b, space_of_language[language], text, n, field, error);
}

static bt_status add_word(void *context, const word *w, bt_error *error)
{
    text_reader *r = context;
    bt_status status = BT_OK;
    r->n_words++;
    if (r->field != BT_FIELD_OVERVIEW || r->language == WORD_NO_LANGUAGE)
        status = add_posting(r->builder, SPACE_WORD, w->text, w->length, r->field, error);
    if (status == BT_OK && r->language != WORD_NO_LANGUAGE)
        status = add_stem(r->builder, r->language, w, r->field, error);
    return status;
}

static bt_status add_title(bt_search_builder *b, const bt_search_text *t, bt_error *error)
{
    char *key = NULL;
    const uint32_t film = (uint32_t)b->n_films;
    bt_status status = words_title_key(t->text, t->length, &key, error);
    if (status != BT_OK)
        return status;
    const char *bare = bt_title_key_bare(key);
    if (key[0] != '\0')
        status = lookup_add(&b->titles, key, strlen(key), film, 0, error);
    if (status == BT_OK && bare != key)
        status = lookup_add(&b->titles, bare, strlen(bare), film, 0, error);
    bt_free(key);
    return status;
}

/* --- one film -------------------------------------------------------------------------------------------------------- */

static bool room_for_film(bt_search_builder *b)
{
    if (b->n_films < b->room)
        return true;
    const size_t room = b->room > 0 ? 2 * b->room : 256;
    uint32_t *ids = memory_resized(b->film_ids, room, sizeof *ids);
    b->film_ids = ids != NULL ? ids : b->film_ids;
    uint16_t *years = ids != NULL ? memory_resized(b->years, room, sizeof *years) : NULL;
    b->years = years != NULL ? years : b->years;
    uint8_t *lengths = years != NULL ? memory_resized(b->lengths, room, BT_FIELD_COUNT) : NULL;
    b->lengths = lengths != NULL ? lengths : b->lengths;
    b->room = lengths != NULL ? room : b->room;
    return lengths != NULL;
}

/* The length of a field is that of its longest language, so that a translation doesn't make a film's text look long. */
static void note_lengths(bt_search_builder *b, size_t words[BT_FIELD_COUNT][WORD_LANGUAGES + 1])
{
    for (size_t field = 0; field < BT_FIELD_COUNT; field++) {
        size_t longest = 0;
        for (size_t i = 0; i <= WORD_LANGUAGES; i++)
            longest = words[field][i] > longest ? words[field][i] : longest;
        b->lengths[b->n_films * BT_FIELD_COUNT + field] = length_code(longest);
        b->total[field] += (double)longest;
        b->n_with[field] += longest > 0;
    }
}

bt_status bt_search_builder_add(bt_search_builder *b, uint32_t film_id, int year, const bt_search_text *texts, size_t n_texts,
                                bt_error *error)
{
    if (b->n_films > 0 && film_id <= b->film_ids[b->n_films - 1])
        return error_set(error, BT_INVALID_ARGUMENT, "film %u comes after film %u: film ids must ascend", film_id,
                         b->film_ids[b->n_films - 1]);
    if (b->n_films == BT_SEARCH_FILMS_MAX)
        return error_set(error, BT_LIMIT, "a search index holds at most %d films", BT_SEARCH_FILMS_MAX);
    if (!room_for_film(b))
        return error_no_memory(error, doing);
    size_t words[BT_FIELD_COUNT][WORD_LANGUAGES + 1] = {{0}};
    bt_status status = BT_OK;
    for (size_t i = 0; i < n_texts && status == BT_OK; i++) {
        if ((unsigned)texts[i].field >= BT_FIELD_COUNT)
            return error_set(error, BT_INVALID_ARGUMENT, "there is no search field %d", (int)texts[i].field);
        text_reader r = {b, texts[i].field, word_language_of(texts[i].language), 0};
        status = words_each(texts[i].text, texts[i].length, add_word, &r, error);
        if (status == BT_OK && texts[i].field == BT_FIELD_TITLE)
            status = add_title(b, &texts[i], error);
        words[texts[i].field][r.language] += r.n_words;
    }
    if (status != BT_OK)
        return status;
    note_lengths(b, words);
    b->film_ids[b->n_films] = film_id;
    b->years[b->n_films++] = (uint16_t)(year > 0 && year <= UINT16_MAX ? year : 0);
    return BT_OK;
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

bt_status bt_search_builder_finish(bt_search_builder *b, bt_search_index **out, bt_error *error)
{
    *out = NULL;
    bt_search_index *index = memory_zeroed(1, sizeof *index);
    if (index == NULL)
        return error_no_memory(error, doing);
    bt_status status = lookup_finish(&b->words, &index->words, error);
    if (status == BT_OK)
        status = lookup_finish(&b->titles, &index->titles, error);
    if (status != BT_OK) {
        bt_search_index_free(index);
        return status;
    }
    for (size_t field = 0; field < BT_FIELD_COUNT; field++)
        index->mean[field] = b->n_with[field] > 0 ? b->total[field] / (double)b->n_with[field] : 1;
    index->film_ids = b->film_ids;
    index->years = b->years;
    index->lengths = b->lengths;
    index->n_films = b->n_films;
    lookup_builder_free(&b->words);
    lookup_builder_free(&b->titles);
    const stemmers kept = b->snowball;
    *b = (bt_search_builder){.snowball = kept};
    *out = index;
    return BT_OK;
}

void bt_search_index_free(bt_search_index *index)
{
    if (index == NULL)
        return;
    if (index->file.map.bytes != NULL) {
        sections_close(&index->file);
    } else {
        lookup_free(&index->words);
        lookup_free(&index->titles);
        bt_free((void *)(uintptr_t)index->film_ids);
        bt_free((void *)(uintptr_t)index->years);
        bt_free((void *)(uintptr_t)index->lengths);
    }
    bt_free(index);
}

bt_search_info bt_search_describe(const bt_search_index *index)
{
    return (bt_search_info){
        .n_films = index->n_films,
        .n_words = index->words.n_keys,
        .n_titles = index->titles.n_keys,
        .n_postings = index->words.start[index->words.n_keys],
        .n_bytes = lookup_bytes(&index->words) + lookup_bytes(&index->titles) + sizeof *index +
                   index->n_films * (sizeof(uint32_t) + sizeof(uint16_t) + BT_FIELD_COUNT),
        .mapped = index->file.map.bytes != NULL,
        .film_ids = index->film_ids,
    };
}
