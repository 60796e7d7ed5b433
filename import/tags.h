/* The tags of films while a file of tags is read: how many people gave each. A tag is the same in any spelling (bt_title_key); the first
 * spelling is kept. Some 60 bytes for each tag of a film: 90 MB for the 2 million of ml-32m.
 */
#ifndef IMPORT_TAGS_H
#define IMPORT_TAGS_H

#include "base/arena.h"
#include "import/job.h"

enum { TAGS_A_FILM = 30 }; /* the most used ones are stored */

typedef struct film_tag {
    uint32_t film_id, n; /* film_id 0: the slot is empty */
    const char *key, *text;
} film_tag;

typedef struct film_tags {
    film_tag *slots; /* n_slots, a power of two; n are taken */
    size_t n_slots, n;
    arena texts;
} film_tags;

/* The film that a row of a file of tags is about; false: why the row is refused. */
bool film_tags_parse(const import_job *job, const csv_field *user, const csv_field *movie, const csv_field *timestamp,
                     uint32_t *film_id, import_reject *reason);

bt_status film_tags_add(film_tags *t, uint32_t film_id, const char *tag, size_t length, bt_error *error);

/* Each film's tags, the most used ones first, into the catalogue; t is empty afterwards. */
bt_status film_tags_store(film_tags *t, catalogue *c, bt_error *error);
void film_tags_free(film_tags *t); /* zeroed is fine */

#endif
