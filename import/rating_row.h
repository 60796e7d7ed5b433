/* A rating of four fields, wherever it stands: user, film, rating, timestamp as the data set writes them. */
#ifndef IMPORT_RATING_ROW_H
#define IMPORT_RATING_ROW_H

#include "import/csv.h"
#include "import/job.h"

/* The row as a rating of a film that the job knows; or false and why it is refused. */
bool rating_row_parse(const import_job *job, const csv_field *const fields[4], uint32_t *user_id, bt_rating *r,
                      import_reject *reason);

#endif
