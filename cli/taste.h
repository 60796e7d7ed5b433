/* The taste that a command line describes: --user, --like, --dislike, --seen, --rate, --weight, --dial and --no-texts, shared by
 * `recommend` and `explain`. */
#ifndef CLI_TASTE_H
#define CLI_TASTE_H

#include "app/app.h"
#include "cli/cli.h"

extern const cli_option taste_options[];

typedef struct taste {
    bt_opinion *opinions; /* in the arena */
    size_t n, room;
    bt_opinion_weight *weights; /* the same */
    size_t n_weights;
} taste;

/* CLI_DONE, or the exit code of an error that was reported. */
int taste_read(const cli *c, const app *a, arena *memory, taste *out);

/* The default wish, with this taste. Code as above. */
int taste_wish(const cli *c, const taste *t, app_wish *out);

/* Opens what --no-texts leaves out; a progress bar shows where it has to be made. Code as above. */
int taste_prepare_texts(const cli *c, app *a);

/* Changes the taste by --if-like and --if-dislike; *changed: there is one of them. */
int taste_try(const cli *c, const app *a, taste *t, arena *memory, bool *changed);

/* The one film that a title means, or the films to choose from are listed: `as` is what to type with one ("--like id:17"). */
int taste_find_film(const cli *c, catalogue *films, const char *title, const char *as, arena *memory, uint32_t *film_id);

/* What a reason's opinion was: "liked", "disliked", "rated" (2.5 to 3.5). */
const char *taste_verb(bt_verdict verdict);

/* "Alien (1979)"; "film 17" if the catalogue lacks it. In the arena; "" without memory. */
const char *taste_film_name(const app *a, uint32_t film_id, arena *memory);

#endif
