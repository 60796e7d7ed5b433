/* bench_ratings FOLDER [THREADS]: ratings.csv of a data set into ratings.bt, timed without the catalogue, as one line of JSON.
 *
 * Every check is on, and the result is the file that `butaca import` writes. Syncing is timed apart: what a disk does is not what
 * we measure. The file goes to FOLDER/bench.bt and is removed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "import/ratings_table.h"
#include "import/table.h"
#include "ratings/build.h"

static double seconds(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* --- the file door, with a clock at its syncs ------------------------------------------------------------------------- */

static double sync_seconds;

static int timed_sync(int fd)
{
    const double begin = seconds();
    const int result = file_door_posix.sync(fd);
    sync_seconds += seconds() - begin;
    return result;
}

/* --- what an import does ---------------------------------------------------------------------------------------------- */

/* The films' own ids in place of Butaca's. */
static bt_status read_films(import_job *job, source *s, bt_error *error)
{
    static const char *const columns[] = {"movieId"};
    table t;
    bool more = false;
    uint32_t id;
    bt_status status = table_open(job, s, source_find(s, "movies.csv"), columns, 1, &t, error);
    while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more)
        if (field_id(table_field(&t, 0), &id) && !id_map_put(&job->film_ids, id, id))
            status = error_no_memory(error, "reading films");
    return table_finish(&t, status, error);
}

static bt_status sort(import_job *job, const bt_ratings **out, bt_error *error)
{
    char **keys = memory_array(job->n_users + 1, sizeof *keys);
    char *text = memory_array(job->n_users + 1, 24);
    ratings_counts counts;
    if (!keys || !text)
        return error_no_memory(error, "naming users");
    for (size_t i = 0; i < job->n_users; i++) {
        keys[i] = text + 24 * i;
        snprintf(keys[i], 24, "movielens:%lu", (unsigned long)job->user_ids[i]);
    }
    const ratings_names names = {(const char *const *)keys, job->n_users, NULL};
    const bt_status status = ratings_sort(&job->ratings, &names, job->threads, out, &counts, error);
    bt_free(keys);
    bt_free(text);
    return status;
}

static bt_status run(import_job *job, const char *data, bt_error *error)
{
    source *s;
    const bt_ratings *ratings = NULL;
    char *path = file_join(data, "bench.bt");
    double at[4];
    bt_status status = path ? source_open(data, &s, error) : error_no_memory(error, "starting");
    if (status != BT_OK)
        return status;
    status = read_films(job, s, error);
    const double cpu = cpu_seconds();
    at[0] = seconds();
    if (status == BT_OK)
        status = ratings_table_read(job, s, source_find(s, "ratings.csv"), error);
    at[1] = seconds();
    if (status == BT_OK)
        status = sort(job, &ratings, error);
    at[2] = seconds();
    if (status == BT_OK)
        status = bt_ratings_write(ratings, path, NULL, error);
    at[3] = seconds();
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    if (status == BT_OK)
        printf("{\"rows\": %zu, \"bytes\": %llu, \"read\": %.4f, \"sort\": %.4f, \"write\": %.4f, \"total\": %.4f, \"sync\": "
               "%.4f, "
               "\"cpu\": %.4f, \"peak_kib\": %ld}\n",
               ratings->n_ratings, (unsigned long long)source_size(s, source_find(s, "ratings.csv")), at[1] - at[0],
               at[2] - at[1], at[3] - at[2] - sync_seconds, at[3] - at[0] - sync_seconds, sync_seconds, cpu_seconds() - cpu,
               u.ru_maxrss);
    unlink(path);
    bt_free(path);
    bt_ratings_close(ratings);
    source_close(s);
    return status;
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: bench_ratings FOLDER [THREADS]\n");
        return 2;
    }
    file_door door = file_door_posix;
    door.sync = timed_sync;
    file_set_door(&door);
    bt_error error = {0};
    import_summary summary = {0};
    static const data_source from = {.name = "movielens"};
    import_job job = {.summary = &summary, .source = &from, .rejects = {.folder = arguments[1], .source = "bench"}};
    bt_status status = pool_create(count > 2 ? (size_t)strtoul(arguments[2], NULL, 10) : 0, &job.threads, &error);
    if (status == BT_OK)
        status = run(&job, arguments[1], &error);
    rejects_end(&job.rejects, false);
    job_free(&job);
    if (status == BT_OK)
        return 0;
    fprintf(stderr, "bench_ratings: %s\n", error.message);
    return 1;
}
