/* ratings.csv as MovieLens and the demo write it. */
#ifndef IMPORT_RATINGS_TABLE_H
#define IMPORT_RATINGS_TABLE_H

#include "import/job.h"
#include "import/ratings_block.h"
#include "import/source.h"

extern const char *const ratings_table_columns[RATINGS_TABLE_COLUMNS];

/* Adds the file's ratings to the job. Films must have been put before. */
bt_status ratings_table_read(import_job *job, source *s, size_t file, bt_error *error);

/* The same in blocks that begin with `capacity` bytes: tests cut the file with it. */
bt_status ratings_table_read_sized(import_job *job, source *s, size_t file, size_t capacity, bt_error *error);

#endif
