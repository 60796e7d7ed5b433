/* The import job: progress, refusals, films, users and ratings. */
#include "import/job.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/fields.h"
#include "import/preview.h"

enum { REPORT_MS = 200 };

static int64_t ms_between(const struct timespec *from, const struct timespec *to)
{
    return (int64_t)(to->tv_sec - from->tv_sec) * 1000 + (to->tv_nsec - from->tv_nsec) / 1000000;
}

bt_status job_report(import_job *job, const char *stage, uint64_t done, uint64_t total, bool always, bt_error *error)
{
    if (!job->progress || !job->progress->report)
        return BT_OK;
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!always && ms_between(&job->reported, &now) < REPORT_MS)
        return BT_OK;
    job->reported = now;
    if (job->progress->report(job->progress->context, stage, "bytes", done, total))
        return BT_OK;
    return error_set(error, BT_CANCELLED, "import cancelled; nothing was changed");
}

bt_status job_refuse(import_job *job, const char *label, size_t line, import_reject reason, csv_field raw, bt_error *error)
{
    job->summary->rejected[reason]++;
    job->summary->n_rejected++;
    if (job->preview)
        preview_reject(job->preview, label, line, import_reject_text(reason), raw);
    return rejects_add(&job->rejects, label, line, import_reject_text(reason), raw, error);
}

bt_status job_put_film(import_job *job, uint32_t source_id, film *f, bt_error *error)
{
    const bt_status status = catalogue_put(job->films, f, error);
    if (status != BT_OK)
        return status;
    if (!id_map_put(&job->film_ids, source_id, f->id))
        return error_no_memory(error, "remembering the ids of films");
    return job_note_film(job, f, error);
}

bt_status job_note_film(import_job *job, const film *f, bt_error *error)
{
    job->summary->films_read++;
    return job->preview ? preview_film(job->preview, f->id, job->films, error) : BT_OK;
}

static bool remember_film(void *context, const char *value, uint32_t id)
{
    import_job *job = context;
    const csv_field field = {value, strlen(value)};
    uint32_t source_id;
    if (!field_id(&field, &source_id) || id_map_get(&job->film_ids, source_id) != 0)
        return true;
    return id_map_put(&job->film_ids, source_id, id);
}

bt_status job_add_film_ids(import_job *job, const char *id_source, bt_error *error)
{
    return catalogue_all_ids(job->films, id_source, remember_film, job, error);
}

bt_status job_load_film_ids(import_job *job, const char *id_source, const char *film_list, bt_error *error)
{
    const bt_status status = job_add_film_ids(job, id_source, error);
    if (status != BT_OK || job->film_ids.n > 0)
        return status;
    return error_set(error, BT_BAD_FORMAT, "there is no file %s, and the data folder has no film of %s yet: import %s first",
                     film_list, id_source, film_list);
}

bt_status job_place_user(import_job *job, uint32_t user_id, uint32_t *place, bt_error *error)
{
    if (job->n_users > 0 && job->user_ids[job->n_users - 1] == user_id) { /* data sets come user by user */
        *place = (uint32_t)(job->n_users - 1);
        return BT_OK;
    }
    const uint32_t known = id_map_get(&job->user_places, user_id);
    if (known > 0) {
        *place = known - 1;
        return BT_OK;
    }
    void *ids = job->user_ids;
    const bool room = memory_reserve(&ids, job->n_users, &job->user_capacity, sizeof *job->user_ids);
    job->user_ids = ids;
    if (!room || !id_map_put(&job->user_places, user_id, (uint32_t)job->n_users + 1))
        return error_no_memory(error, "remembering users");
    *place = (uint32_t)job->n_users;
    job->user_ids[job->n_users++] = user_id;
    return BT_OK;
}

bt_status job_add_rating(import_job *job, uint32_t user_id, const bt_rating *rating, bt_error *error)
{
    bt_rating placed = *rating;
    const bt_status status = job_place_user(job, user_id, &placed.user, error);
    return status == BT_OK ? ratings_rows_add(&job->ratings, &placed, error) : status;
}

void job_free(import_job *job)
{
    id_map_free(&job->film_ids);
    id_map_free(&job->user_places);
    bt_free(job->user_ids);
    ratings_rows_free(&job->ratings);
    pool_free(job->threads);
}
