/* A profile: what one person said about films, four independent facets for each film.
 *
 * A rating of 4 or more acts as a like, of 2 or less as a dislike; an explicit verdict overrides it. Seen says nothing about
 * taste, it only takes the film out of lists.
 */
#ifndef BUTACA_PROFILE_H
#define BUTACA_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bt_verdict { BT_NO_VERDICT, BT_LIKE, BT_DISLIKE } bt_verdict;

typedef struct bt_opinion {
    uint32_t film_id;
    uint8_t verdict;    /* bt_verdict */
    uint8_t half_stars; /* 1 .. 10, 0: no rating */
    bool seen;
    bool want; /* on the watchlist */
} bt_opinion;

/* Opinions in ascending order of film id, each film once. */
typedef struct bt_profile {
    const bt_opinion *opinions;
    size_t n_opinions;
} bt_profile;

enum { BT_LIKE_HALF_STARS = 8, BT_DISLIKE_HALF_STARS = 4 };

/* What an opinion means for taste: BT_LIKE, BT_DISLIKE or BT_NO_VERDICT. */
BT_API bt_verdict bt_opinion_taste(const bt_opinion *opinion);

/* Whether the film leaves the person's lists: it has a verdict, a rating, or was seen. */
BT_API bool bt_opinion_known(const bt_opinion *opinion);

/* Sorts opinions by film id and checks them: BT_INVALID_ARGUMENT for a film that stands twice or a value out of range. */
BT_API bt_status bt_profile_sort(bt_opinion *opinions, size_t n_opinions, bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
