/* The data sets that an import knows. Each has a file of its own; a new one is a line in import.c. */
#ifndef IMPORT_FORMATS_H
#define IMPORT_FORMATS_H

#include "import/job.h"
#include "import/source.h"

typedef struct import_format {
    data_source source;
    /* Whether the source is one of these. BT_BAD_FORMAT if it nearly is, with what is missing. */
    bt_status (*detect)(source *s, bool *found, bt_error *error);
    bt_status (*read)(import_job *job, source *s, bt_error *error);
} import_format;

extern const import_format import_format_kaggle, import_format_movielens, import_format_movielens_1m,
    import_format_movielens_10m, import_format_movielens_100k, import_format_demo, import_format_tmdb, import_format_overviews,
    import_format_wikipedia, import_format_mapped; /* the last one is never detected: the caller says so */

#endif
