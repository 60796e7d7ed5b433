/* The taste that a command line describes: --user, --like, --dislike, --seen, --rate, shared by `recommend` and `explain`. */
#ifndef CLI_TASTE_H
#define CLI_TASTE_H

#include "app/app.h"
#include "cli/cli.h"

extern const cli_option taste_options[];

typedef struct taste {
    bt_opinion *opinions; /* in the arena */
    size_t n, room;
} taste;

/* CLI_DONE, or the exit code of an error that was reported. */
int taste_read(const cli *c, const app *a, arena *memory, taste *out);

/* The one film that a title means, or the films to choose from are listed: `as` is what to type with one ("--like id:17"). */
int taste_find_film(const cli *c, catalogue *films, const char *title, const char *as, arena *memory, uint32_t *film_id);

/* "Alien (1979)"; "film 17" if the catalogue lacks it. In the arena; "" without memory. */
const char *taste_film_name(const app *a, uint32_t film_id, arena *memory);

#endif
