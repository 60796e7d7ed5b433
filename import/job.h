/* An import while it runs: what all readers of data sets share.
 *
 * A reader puts films into the catalogue's open transaction, says which of the data set's ids became which film, and adds
 * ratings as rows; import.c does the rest.
 */
#ifndef IMPORT_JOB_H
#define IMPORT_JOB_H

#include <time.h>

#include "base/pool.h"
#include "import/id_map.h"
#include "import/import.h"
#include "import/rejects.h"
#include "ratings/rows.h"
#include "store/catalogue.h"

typedef struct import_job {
    folder *target;
    catalogue *films; /* in a transaction */
    const bt_progress *progress;
    import_summary *summary;
    const data_source *source;
    data_source own_source;  /* of a mapped file */
    const import_map *map;   /* NULL: what it is shows from its content */
    import_preview *preview; /* NULL: this is no dry run */
    rejects rejects;
    struct timespec reported; /* when progress was last told */

    id_map film_ids;    /* the data set's film id -> Butaca's */
    id_map user_places; /* the data set's user id -> 1 + its place in user_ids */
    uint32_t *user_ids;
    size_t n_users, user_capacity;
    ratings_rows ratings; /* user: place in user_ids */
    pool *threads;
} import_job;

/* Tells progress, at most some times a second unless `always`; BT_CANCELLED if the caller wants to stop. */
bt_status job_report(import_job *job, const char *stage, uint64_t done, uint64_t total, bool always, bt_error *error);

/* Counts a refused row and writes it to the rejects file. */
bt_status job_refuse(import_job *job, const char *label, size_t line, import_reject reason, csv_field raw, bt_error *error);

/* A film was stored: it counts as read, and may be an example. */
bt_status job_note_film(import_job *job, const film *f, bt_error *error);

/* Stores a film and remembers the data set's id for it. */
bt_status job_put_film(import_job *job, uint32_t source_id, film *f, bt_error *error);

/* Makes the films that the catalogue has under ids of `id_source` known, as job_put_film does. BT_BAD_FORMAT if there is none: the
 * message names the `film_list` that has to be imported first. */
bt_status job_load_film_ids(import_job *job, const char *id_source, const char *film_list, bt_error *error);

/* The same beside films that were put: those stay as they are. */
bt_status job_add_film_ids(import_job *job, const char *id_source, bt_error *error);

/* Adds a rating of a film that job_put_film knows (as Butaca's id). */
bt_status job_add_rating(import_job *job, uint32_t user_id, const bt_rating *rating, bt_error *error);

/* The user's place in user_ids, a new one if need be: for readers that add to `ratings` themselves. */
bt_status job_place_user(import_job *job, uint32_t user_id, uint32_t *place, bt_error *error);

void job_free(import_job *job);

#endif
