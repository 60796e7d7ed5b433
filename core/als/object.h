/* A model as an object: the public description (butaca/model.h) and what it rests on, either a mapped file or columns in
 * memory. */
#ifndef ALS_OBJECT_H
#define ALS_OBJECT_H

#include "als/coarse.h"
#include "base/sections.h"
#include "butaca/model.h"
#include "simd/simd.h"

struct bt_model {
    bt_model_info info;
    const simd_kernels *simd;
    double *norms;       /* n_films: |y_i| */
    coarse_films coarse; /* by which lists are filtered */
    sections_file file;  /* zeroed for columns in memory */
    bool owns_columns;   /* that `info` points to */
};

/* Computes what isn't in the file (norms, the coarse copy). */
bt_status model_finish(bt_model *model, bt_error *error);

/* Takes a model from parsed sections, checking sizes and values but no checksums. `model` is zeroed; its file isn't set. */
bt_status model_read_sections(const sections_file *file, const char *path, bt_model *model, bt_error *error);

#endif
