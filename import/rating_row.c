/* Checking a rating's fields. */
#include "import/rating_row.h"

#include "import/fields.h"

bool rating_row_parse(const import_job *job, const csv_field *const fields[4], uint32_t *user_id, bt_rating *r,
                      import_reject *reason)
{
    uint32_t source_film;
    *r = (bt_rating){0};
    *reason = IMPORT_REJECT_ID;
    if (!field_id(fields[0], user_id) || !field_id(fields[1], &source_film))
        return false;
    *reason = field_is_number(fields[2]) ? IMPORT_REJECT_RATING : IMPORT_REJECT_NUMBER;
    if (!field_half_stars(fields[2], &r->half_stars))
        return false;
    *reason = field_is_number(fields[3]) ? IMPORT_REJECT_TIME : IMPORT_REJECT_NUMBER;
    if (!field_u32(fields[3], &r->time))
        return false;
    *reason = IMPORT_REJECT_UNKNOWN_FILM;
    r->film_id = id_map_get(&job->film_ids, source_film);
    return r->film_id != 0;
}
