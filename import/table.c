/* Reading CSV files with a header. */
#include "import/table.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "text/utf8.h"

enum { ROWS_PER_REPORT = 4096 };

/* --- headers -------------------------------------------------------------------------------------------------------- */

/* How often a column stands in the current row, and where first. */
static size_t count_column(const csv_reader *csv, const char *name, size_t *at)
{
    const size_t n = csv_n_fields(csv) < CSV_FIELDS_MAX ? csv_n_fields(csv) : CSV_FIELDS_MAX;
    size_t found = 0;
    for (size_t i = n; i-- > 0;)
        if (field_equals(&csv_fields(csv)[i], name)) {
            found++;
            *at = i;
        }
    return found;
}

/* "userId,movieId,rating" */
static void join_names(const char *const *columns, size_t n_columns, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < n_columns && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? "," : "", columns[i]);
}

static bt_status find_columns(table *t, const char *const *columns, size_t n_columns, bt_error *error)
{
    char expected[192];
    join_names(columns, n_columns, expected, sizeof expected);
    bool more;
    const bt_status status = csv_next(t->csv, &more, error);
    if (status != BT_OK)
        return status;
    if (!more)
        return error_set(error, BT_BAD_FORMAT, "%s:1: is empty; expected a header with the columns %s", t->label, expected);
    t->width = csv_n_fields(t->csv);
    for (size_t i = 0; i < n_columns; i++) {
        const size_t found = count_column(t->csv, columns[i], &t->at[i]);
        const csv_field raw = csv_raw(t->csv);
        if (found == 0)
            return error_set(error, BT_BAD_FORMAT, "%s:%zu: has no column %s; expected %s, found %.*s", t->label,
                             csv_line(t->csv), columns[i], expected, (int)raw.length, raw.text);
        if (found > 1)
            return error_set(error, BT_BAD_FORMAT, "%s:%zu: the column %s stands twice; expected %s", t->label,
                             csv_line(t->csv), columns[i], expected);
    }
    return BT_OK;
}

bt_status table_probe(source *s, size_t file, const char *const *columns, size_t n_columns, bool *fits, bt_error *error)
{
    source_stream *stream;
    csv_reader *csv = NULL;
    bool more = false;
    *fits = false;
    bt_status status = source_stream_open(s, file, &stream, error);
    if (status != BT_OK)
        return status;
    bt_error ignored;
    status = csv_open(stream, source_label(s, file), &csv, &ignored);
    if (status == BT_OK)
        status = csv_next(csv, &more, &ignored);
    if (status == BT_OK && more) {
        *fits = true;
        for (size_t i = 0, at; i < n_columns; i++)
            *fits = *fits && count_column(csv, columns[i], &at) > 0;
    }
    csv_close(csv);
    source_stream_close(stream);
    if (status == BT_OK || status == BT_BAD_FORMAT)
        return BT_OK;
    return error_set(error, status, "%s", ignored.message);
}

static bool is_csv(const char *name)
{
    const size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".csv") == 0;
}

bt_status table_find(source *s, const char *name, const char *const *columns, size_t n_columns, size_t *file, bt_error *error)
{
    *file = source_find(s, name);
    if (*file != SIZE_MAX)
        return BT_OK;
    size_t n_found = 0, found = SIZE_MAX;
    for (size_t i = 0; i < source_n_files(s); i++) {
        bool fits = false;
        const bt_status status = is_csv(source_name(s, i)) ? table_probe(s, i, columns, n_columns, &fits, error) : BT_OK;
        if (status != BT_OK)
            return status;
        n_found += fits;
        found = fits ? i : found;
    }
    *file = n_found == 1 ? found : SIZE_MAX;
    return BT_OK;
}

bt_status table_first_row(source *s, size_t file, char *out, size_t size, bt_error *error)
{
    source_stream *stream;
    csv_reader *csv = NULL;
    bool more = false;
    out[0] = '\0';
    bt_status status = source_stream_open(s, file, &stream, error);
    if (status != BT_OK)
        return status;
    status = csv_open(stream, source_label(s, file), &csv, error);
    if (status == BT_OK)
        status = csv_next(csv, &more, error);
    if (status == BT_OK && more)
        snprintf(out, size, "%.*s", (int)csv_raw(csv).length, csv_raw(csv).text);
    csv_close(csv);
    source_stream_close(stream);
    return status;
}

/* --- opening and rows ----------------------------------------------------------------------------------------------- */

static void table_close(table *t)
{
    csv_close(t->csv);
    source_stream_close(t->stream);
    *t = (table){0};
}

bt_status table_open(import_job *job, source *s, size_t file, const char *const *columns, size_t n_columns, table *t,
                     bt_error *error)
{
    return table_open_sized(job, s, file, &(table_columns){.names = columns, .n = n_columns}, CSV_CAPACITY, t, error);
}

bt_status table_open_sized(import_job *job, source *s, size_t file, const table_columns *columns, size_t capacity, table *t,
                           bt_error *error)
{
    *t = (table){.job = job, .label = source_label(s, file), .size = source_size(s, file), .torn = columns->torn};
    snprintf(t->stage, sizeof t->stage, "reading %s", source_name(s, file));
    bt_status status = source_stream_open(s, file, &t->stream, error);
    if (status == BT_OK && t->torn)
        source_stream_mend_breaks(t->stream);
    if (status == BT_OK)
        status = csv_open_sized(t->stream, t->label, capacity, &t->csv, error);
    if (status == BT_OK)
        status = find_columns(t, columns->names, columns->n, error);
    if (status == BT_OK)
        status = job_report(job, t->stage, csv_bytes(t->csv), t->size, true, error);
    if (status != BT_OK)
        table_close(t);
    return status;
}

bt_status table_next(table *t, bool *more, bt_error *error)
{
    for (;;) {
        bt_status status = csv_next(t->csv, more, error);
        if (status != BT_OK || !*more)
            return status;
        t->n_rows++;
        t->job->summary->rows_read++;
        if (t->n_rows % ROWS_PER_REPORT == 0) {
            status = job_report(t->job, t->stage, csv_bytes(t->csv), t->size, false, error);
            if (status != BT_OK)
                return status;
        }
        if (csv_n_fields(t->csv) == t->width || t->torn)
            return BT_OK;
        status = table_refuse(t, IMPORT_REJECT_COLUMNS, error);
        if (status != BT_OK)
            return status;
    }
}

bt_status table_refuse(table *t, import_reject reason, bt_error *error)
{
    return table_refuse_row(t, reason, csv_line(t->csv), csv_raw(t->csv), error);
}

bt_status table_refuse_row(table *t, import_reject reason, size_t line, csv_field raw, bt_error *error)
{
    if (t->n_refused++ == 0) {
        t->first_refused = line;
        t->first_reason = reason;
    }
    return job_refuse(t->job, t->label, line, reason, raw, error);
}

bool table_is_text(const csv_field *f, import_reject *reason)
{
    *reason = f->length > TABLE_TEXT_MAX ? IMPORT_REJECT_LENGTH : IMPORT_REJECT_ENCODING;
    return f->length <= TABLE_TEXT_MAX && utf8_is_valid(f->text, f->length);
}

static bt_status check_accepted(const table *t, bt_error *error)
{
    if (t->n_rows == 0)
        return error_set(error, BT_BAD_FORMAT, "%s:1: has a header and no row after it", t->label);
    if (t->n_refused < t->n_rows)
        return BT_OK;
    return error_set(error, BT_BAD_FORMAT, "%s:%zu: %s; all %zu rows of the file were refused, nothing was imported", t->label,
                     t->first_refused, import_reject_text(t->first_reason), t->n_rows);
}

bt_status table_finish(table *t, bt_status status, bt_error *error)
{
    if (status == BT_OK && t->csv)
        status = check_accepted(t, error);
    if (status == BT_OK && t->csv)
        status = job_report(t->job, t->stage, csv_bytes(t->csv), t->size, true, error);
    table_close(t);
    return status;
}
