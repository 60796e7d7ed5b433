/* Joining a data set that has no ids to the films that the catalogue has: by title and year.
 *
 * Titles are compared as keys (butaca/text.h), each of a film's titles counts. Either the leading article or the year may differ, not
 * both ("Oscar" of 1967 is not "The Oscar" of 1966): the year by one, since one source has a film's first showing and another its
 * release. Twins stay apart:
 *
 *   - the film's own title in the very year wins over another of its titles, and that over the year before or after
 *   - a film is joined once: who matches it worse finds it taken
 *   - if a title may be several films, or several titles one film, none is taken: TITLE_JOIN_AMBIGUOUS
 *
 * Memory: 40 bytes and the key for each title of the catalogue, 24 and the key for each wanted one. O((n + m) log n).
 */
#ifndef IMPORT_TITLE_JOIN_H
#define IMPORT_TITLE_JOIN_H

#include "import/id_map.h"
#include "store/catalogue.h"

#define TITLE_JOIN_AMBIGUOUS UINT32_MAX

typedef struct title_entry {
    const char *key, *bare; /* bare: without the leading article, in key */
    uint32_t film;
    int year;
    bool own; /* the film's title or original title, not one of its others */
} title_entry;

typedef struct title_wanted {
    const char *key, *bare;
    int year;
    uint32_t film; /* what it came to: 0: none, TITLE_JOIN_AMBIGUOUS, or the film */
} title_wanted;

typedef struct title_join {
    title_entry *entries; /* of the catalogue, by key */
    size_t n_entries, entry_capacity;
    title_wanted *wanted;
    size_t n_wanted, wanted_capacity;
    id_map taken; /* film -> 1 + the wanted title that has it; contested: UINT32_MAX */
    arena keys;
} title_join;

/* Takes in the titles of all films that have a year. On failure j is freed. */
bt_status title_join_open(title_join *j, catalogue *c, bt_error *error);
void title_join_free(title_join *j); /* zeroed is fine */

/* Wants a title; it gets the next number from 0 on. known: the film that an id names already, else 0. */
bt_status title_join_want(title_join *j, const char *title, int year, uint32_t known, bt_error *error);

/* Decides all of them: j->wanted[i].film. */
bt_status title_join_resolve(title_join *j, bt_error *error);

#endif
