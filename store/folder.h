/* The data folder: where things are, who may write, and how an import becomes visible whole.
 *
 *     butaca.db            the catalogue (SQLite)
 *     ratings.bt           the ratings
 *     ratings.bt.next      ratings that an import has written and whose catalogue isn't committed yet, or just was
 *     models/ID.btm        model files; ID is the fingerprint, 16 hex digits
 *     models/ID.btr       the rating model that was trained with it; models of before have none
 *     models/active        the ID of the model in use and, a line each, at most 15 in use before, newest first
 *     models/training.checkpoint  where a training that was cut off goes on (core/als/checkpoint.h)
 *     search.bt            the search index (app/search_index.c); made again when it is stale or gone
 *     text/neighbours.bt   the films with similar texts (app/texts.c); the same, unless an encoder made it (app/embed.h)
 *     search.lock          held (flock) by the one program that writes one of the two
 *     text/vectors.bt      vectors of the films' texts (app/embed.h); made again when they are stale or gone
 *     text/lock            held (flock) by the one program that embeds
 *     weights/             encoders' weights, if the folder has its own, or links to some
 *     rejects/             rows that imports refused
 *     downloads/           what `butaca get` has of data sets that aren't imported yet (import/get.h)
 *     lock                 held (flock) by the one program that writes what is above
 *     events.db            the event log: what people said about films (stream/event_log.h)
 *     profiles.db          what follows from it (store/history.h); can be made again
 *     accounts.db          guests, accounts, sessions (store/accounts.h)
 *     live.lock            held (flock) by the one program that writes those three: a server
 *
 * An import commits at one point, the catalogue's transaction: (1) write and sync ratings.bt.next; (2) commit the films and
 * `ratings.fingerprint` in the catalogue; (3) rename ratings.bt.next to ratings.bt. After a crash between (2) and (3) the
 * catalogue names ratings.bt.next: readers use it, and the next writer finishes the rename. After a crash before (2) it is
 * garbage, which the next writer removes, as it does temporary files.
 */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "butaca/status.h"
#include "store/catalogue.h"

typedef enum folder_mode {
    FOLDER_LOOK, /* names what is or would be there, and touches nothing */
    FOLDER_READ, /* BT_NOT_FOUND if there is no catalogue in it: the message says to import first */
    FOLDER_WRITE /* makes it; takes the lock: BT_BUSY names the process that holds it; finishes or removes what a crash left */
} folder_mode;

typedef struct folder {
    char *path, *catalogue_url, *ratings_path, *models_path, *rejects_path, *texts_path;
    int lock; /* -1: not held */
} folder;

/* A path of more than FOLDER_PATH_MAX bytes: BT_LIMIT; a file in its place: BT_INVALID_ARGUMENT. */
enum { FOLDER_PATH_MAX = 3800 };
bt_status folder_open(const char *path, folder_mode mode, folder *out, bt_error *error);
void folder_close(folder *f); /* zeroed is fine */

/* Takes the lock that is called `name` in the folder; BT_BUSY names the process that holds it. */
bt_status folder_lock(const folder *f, const char *name, int *out, bt_error *error);
void folder_unlock(int lock); /* -1 is fine */

/* $BUTACA_DATA, else ~/.local/share/butaca; new memory (bt_free). */
bt_status folder_default_path(char **out, bt_error *error);

/* The file that holds the ratings now (ratings.bt or ratings.bt.next, by the catalogue's word); BT_NOT_FOUND without ratings;
 * BT_CORRUPT if neither is the one that the catalogue names. */
bt_status folder_ratings(const folder *f, catalogue *c, arena *a, const char **path, bt_error *error);

/* Step (1)'s name, and steps (2) and (3): commits c's open transaction together with the ratings file, whose fingerprint the
 * caller says. fingerprint 0: the import brought no ratings, only (2) without a change of ratings. When (2) fails, the
 * transaction is rolled back and the folder as before. When (3) fails, the import is done and readers see it; the error says that
 * the next writer moves the file, and this folder must be closed: writing another ratings.bt.next would lose it. */
char *folder_ratings_next(const folder *f); /* new memory (bt_free); NULL: no memory */
bt_status folder_commit_import(folder *f, catalogue *c, uint64_t fingerprint, bt_error *error);

/* --- models -------------------------------------------------------------------------------------------------------- */

typedef struct folder_model {
    char id[17];
    bool active;
    int64_t written; /* unix seconds: the file's time */
    uint64_t size;   /* bytes */
} folder_model;

/* Newest first; files of other names are passed over. */
bt_status folder_models(const folder *f, arena *a, folder_model **out, size_t *n, bt_error *error);
/* `id` may be a unique prefix of at least 4 digits: BT_NOT_FOUND, BT_AMBIGUOUS. The folder is open for writing. */
bt_status folder_model_activate(folder *f, const char *id, char full_id[17], bt_error *error);
/* Makes the model active that was before, and forgets the present one, so that rolling back twice goes back two. Models whose files
 * are gone are passed over. BT_NOT_FOUND if there is none. */
bt_status folder_model_rollback(folder *f, char full_id[17], bt_error *error);
/* The path of the active model; BT_NOT_FOUND says to train first, or that the file is gone. */
bt_status folder_model_active(const folder *f, arena *a, const char **path, bt_error *error);
/* The path a model with this fingerprint is stored at. */
bt_status folder_model_path(const folder *f, uint64_t fingerprint, arena *a, const char **path, bt_error *error);
/* The path of the rating model that belongs to it. */
bt_status folder_rating_path(const folder *f, uint64_t fingerprint, arena *a, const char **path, bt_error *error);

#endif
