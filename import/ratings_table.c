/* Reading ratings: four numbers a row, each checked, no allocation per row. */
#include "import/ratings_table.h"

#include "import/fields.h"
#include "import/table.h"

const char *const ratings_table_columns[RATINGS_TABLE_COLUMNS] = {"userId", "movieId", "rating", "timestamp"};

/* The row as a rating; or why it is refused. */
static bool parse_row(const table *t, uint32_t *user_id, bt_rating *r, import_reject *reason)
{
    const csv_field *rating = table_field(t, 2), *timestamp = table_field(t, 3);
    uint32_t source_film;
    *reason = IMPORT_REJECT_ID;
    if (!field_id(table_field(t, 0), user_id) || !field_id(table_field(t, 1), &source_film))
        return false;
    *reason = field_is_number(rating) ? IMPORT_REJECT_RATING : IMPORT_REJECT_NUMBER;
    if (!field_half_stars(rating, &r->half_stars))
        return false;
    *reason = field_is_number(timestamp) ? IMPORT_REJECT_TIME : IMPORT_REJECT_NUMBER;
    if (!field_u32(timestamp, &r->time))
        return false;
    *reason = IMPORT_REJECT_UNKNOWN_FILM;
    r->film_id = id_map_get(&t->job->film_ids, source_film);
    return r->film_id != 0;
}

bt_status ratings_table_read(import_job *job, source *s, size_t file, bt_error *error)
{
    table t;
    bt_status status = table_open(job, s, file, ratings_table_columns, RATINGS_TABLE_COLUMNS, &t, error);
    bool more = false;
    while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more) {
        bt_rating r = {0};
        uint32_t user_id;
        import_reject reason;
        if (parse_row(&t, &user_id, &r, &reason))
            status = job_add_rating(job, user_id, &r, error);
        else
            status = table_refuse(&t, reason, error);
    }
    job->summary->ratings_read = job->n_ratings;
    return table_finish(&t, status, error);
}
