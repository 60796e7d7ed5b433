/* Putting torn records together. */
#include "import/kaggle_row.h"

#include <string.h>

#include "base/error.h"

/* A copy of the field in the arena. */
static bool keep_field(const csv_field *f, arena *a, csv_field *out)
{
    *out = (csv_field){arena_string(a, f->text, f->length), f->length};
    return out->text != NULL;
}

static bt_status hold_row(kaggle_row *r, const table *t, bt_error *error)
{
    const csv_field raw = csv_raw(t->csv);
    arena_clear(&r->memory);
    r->n_waiting = csv_n_fields(t->csv);
    r->line = csv_line(t->csv);
    bool kept = keep_field(&raw, &r->memory, &r->raw);
    for (size_t i = 0; i < r->n_waiting && kept; i++)
        kept = keep_field(&csv_fields(t->csv)[i], &r->memory, &r->held[i]);
    r->waiting = kept;
    return kept ? BT_OK : error_no_memory(error, "reading a torn row");
}

static bt_status refuse_held(kaggle_row *r, table *t, bt_error *error)
{
    if (!r->waiting)
        return BT_OK;
    r->waiting = false;
    return table_refuse_row(t, IMPORT_REJECT_COLUMNS, r->line, r->raw, error);
}

/* The waiting row and the current one as one record: its last field and the first one here are two lines of one text. */
static bt_status join(kaggle_row *r, const table *t, bt_error *error)
{
    const csv_field *rest = csv_fields(t->csv), *begin = &r->held[r->n_waiting - 1];
    const char *text =
        arena_format(&r->memory, "%.*s\n%.*s", (int)begin->length, begin->text, (int)rest[0].length, rest[0].text);
    if (!text)
        return error_no_memory(error, "reading a torn row");
    memcpy(r->fields, r->held, r->n_waiting * sizeof *r->fields);
    r->fields[r->n_waiting - 1] = (csv_field){text, strlen(text)};
    memcpy(r->fields + r->n_waiting, rest + 1, (csv_n_fields(t->csv) - 1) * sizeof *r->fields);
    r->waiting = false;
    return BT_OK;
}

bt_status kaggle_row_next(kaggle_row *r, table *t, bool *more, bt_error *error)
{
    bt_status status;
    while ((status = table_next(t, more, error)) == BT_OK && *more) {
        const size_t n = csv_n_fields(t->csv);
        if (r->waiting && r->n_waiting + n == t->width + 1) {
            t->n_rows--; /* the two count as one */
            t->job->summary->rows_read--;
            return join(r, t, error);
        }
        status = refuse_held(r, t, error);
        if (status == BT_OK && n == t->width) {
            memcpy(r->fields, csv_fields(t->csv), n * sizeof *r->fields);
            return BT_OK;
        }
        if (status == BT_OK)
            status = n < t->width ? hold_row(r, t, error) : table_refuse(t, IMPORT_REJECT_COLUMNS, error);
        if (status != BT_OK)
            return status;
    }
    return status == BT_OK ? refuse_held(r, t, error) : status;
}

void kaggle_row_free(kaggle_row *r)
{
    arena_free(&r->memory);
}
