/* ratings.csv in blocks on all threads: what comes out is what reading row by row says, whatever is in the file, wherever blocks cut
 * it and however many threads there are. The plain reader here takes a row at a time from the CSV reader and a field at a time.
 */
/* run: asan-ubsan tsan */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "import/ratings_table.h"
#include "import/table.h"
#include "support/test.h"

/* --- what a reading came to ------------------------------------------------------------------------------------------- */

typedef struct reading {
    bt_status status;
    bt_error error;
    import_summary summary;
    import_job job;
    char *rejects; /* the file's text, NULL: none */
} reading;

typedef bt_status read_file(import_job *job, source *s, size_t capacity, bt_error *error);

static bt_status read_in_blocks(import_job *job, source *s, size_t capacity, bt_error *error)
{
    return ratings_table_read_sized(job, s, 0, capacity, error);
}

/* By the rules of docs/data.md, in the order in which they are told. */
static bool plain_row(const import_job *job, const table *t, bt_rating *r, uint32_t *user, import_reject *reason)
{
    uint32_t movie;
    *reason = IMPORT_REJECT_ID;
    if (!field_id(table_field(t, 0), user) || !field_id(table_field(t, 1), &movie))
        return false;
    *reason = field_is_number(table_field(t, 2)) ? IMPORT_REJECT_RATING : IMPORT_REJECT_NUMBER;
    if (!field_half_stars(table_field(t, 2), &r->half_stars))
        return false;
    *reason = field_is_number(table_field(t, 3)) ? IMPORT_REJECT_TIME : IMPORT_REJECT_NUMBER;
    if (!field_u32(table_field(t, 3), &r->time))
        return false;
    *reason = IMPORT_REJECT_UNKNOWN_FILM;
    r->film_id = id_map_get(&job->film_ids, movie);
    return r->film_id != 0;
}

static bt_status read_by_rows(import_job *job, source *s, size_t capacity, bt_error *error)
{
    const table_columns columns = {.names = ratings_table_columns, .n = RATINGS_TABLE_COLUMNS};
    table t;
    bool more = false;
    bt_status status = table_open_sized(job, s, 0, &columns, capacity, &t, error);
    while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more) {
        bt_rating r = {0};
        uint32_t user = 0;
        import_reject reason;
        status =
            plain_row(job, &t, &r, &user, &reason) ? job_add_rating(job, user, &r, error) : table_refuse(&t, reason, error);
    }
    job->summary->ratings_read = job->ratings.n;
    return table_finish(&t, status, error);
}

/* Films 1 .. 60 and two with high ids are known, as 1001 .. 1062. */
static void put_films(import_job *job)
{
    for (uint32_t id = 1; id <= 60; id++)
        REQUIRE(id_map_put(&job->film_ids, id, 1000 + id));
    REQUIRE(id_map_put(&job->film_ids, 9999999, 1061) && id_map_put(&job->film_ids, 4294967295u, 1062));
}

/* Rejects files are written by the hundred here: not to the disk. */
static int no_sync(int fd)
{
    (void)fd;
    return 0;
}

/* `out` stays where it is: the job points into it. */
static void read_with(read_file *read, const char *path, size_t capacity, size_t threads, reading *out)
{
    static const data_source from = {.name = "movielens"};
    static file_door door;
    source *s;
    bt_error error = {0};
    door = file_door_posix;
    door.sync = no_sync;
    file_set_door(&door);
    *out = (reading){0};
    out->job = (import_job){
        .summary = &out->summary, .source = &from, .rejects = {.folder = test_path("rejects"), .source = "movielens"}};
    put_films(&out->job);
    CHECK_OK(pool_create(threads, &out->job.threads, &error), error);
    CHECK_OK(source_open(path, &s, &error), error);
    out->status = read(&out->job, s, capacity, &out->error);
    size_t size;
    if (out->job.rejects.path) {
        CHECK_OK(rejects_commit(&out->job.rejects, &error), error);
        CHECK_OK(file_read_whole(out->job.rejects.path, 1 << 26, &out->rejects, &size, &error), error);
    }
    rejects_end(&out->job.rejects, false);
    source_close(s);
}

static void reading_free(reading *r)
{
    bt_free(r->rejects);
    job_free(&r->job);
}

static bool same_bytes(const void *a, const void *b, size_t size)
{
    return size == 0 || memcmp(a, b, size) == 0;
}

/* Everything that a reading leaves behind, if it was whole; else how it failed. */
static bool check_same(const reading *a, const reading *b)
{
    if (!CHECK_INT(a->status, b->status) || !CHECK_STR(a->error.message, b->error.message))
        return false;
    if (a->status != BT_OK)
        return true;
    const ratings_rows *x = &a->job.ratings, *y = &b->job.ratings;
    return CHECK_INT(a->summary.rows_read, b->summary.rows_read) &&
           CHECK_INT(a->summary.ratings_read, b->summary.ratings_read) &&
           CHECK_BYTES(a->summary.rejected, b->summary.rejected, sizeof a->summary.rejected) &&
           CHECK_INT(a->summary.n_rejected, b->summary.n_rejected) && CHECK_INT(a->job.n_users, b->job.n_users) &&
           CHECK(same_bytes(a->job.user_ids, b->job.user_ids, a->job.n_users * sizeof *a->job.user_ids)) &&
           CHECK_INT(x->n, y->n) && CHECK_INT(x->n_runs, y->n_runs) &&
           CHECK(same_bytes(x->film_ids, y->film_ids, x->n * sizeof *x->film_ids)) &&
           CHECK(same_bytes(x->times, y->times, x->n * sizeof *x->times)) &&
           CHECK(same_bytes(x->half_stars, y->half_stars, x->n)) &&
           CHECK(same_bytes(x->runs, y->runs, x->n_runs * sizeof *x->runs)) && CHECK_STR(a->rejects, b->rejects);
}

/* Reads a text both ways with blocks of these sizes and one to three threads. */
static bool check_text(const char *text, size_t size, const size_t *capacities, size_t n_capacities)
{
    const char *path = test_write_file("ratings.csv", text, size);
    static reading plain, fast;
    bool same = true;
    for (size_t i = 0; i < n_capacities && same; i++) {
        read_with(read_by_rows, path, capacities[i], 1, &plain);
        for (size_t threads = 1; threads <= 3 && same; threads++) {
            read_with(read_in_blocks, path, capacities[i], threads, &fast);
            same = check_same(&fast, &plain);
            if (!same)
                printf("blocks of %zu bytes, %zu threads\n", capacities[i], threads);
            reading_free(&fast);
        }
        reading_free(&plain);
    }
    return same;
}

/* --- files that people wrote ------------------------------------------------------------------------------------------- */

#define HEAD "userId,movieId,rating,timestamp\n"

TEST(files_of_all_kinds_come_out_as_by_rows)
{
    static const char *const texts[] = {
        "",
        HEAD,
        HEAD "1,1,4.0,1000000000\n",
        HEAD "1,1,4.0,1000000000", /* no line's end */
        HEAD "1,1,4.0,1000000000\r",
        HEAD "1,1,4.0,1000000000\r\n1,2,3.5,999999999\r\n2,1,0.5,4294967295\r\n",
        HEAD "\n\n1,1,4.0,1000000000\n\r\n\n2,2,5.0,1000000000\n\n",
        HEAD "1,1,4,1\n1,2,.5,0\n1,3,4.50,12345678\n1,4,5.0000,123456789\n",
        HEAD "0000001,0060,4.0,0000000001\n",
        HEAD "9999999,9999999,1.0,1000000000\n99999999,9999999,1.0,1000000000\n4294967295,4294967295,1.5,1000000000\n",
        HEAD "1,61,4.0,1000000000\n1,1,4.0,1000000000\n",                    /* an unknown film */
        HEAD "0,1,4.0,1000000000\n1,0,4.0,1000000000\n1,1,4.0,1000000000\n", /* ids of 0 */
        HEAD "1,1,0.0,1000000000\n1,1,5.5,1000000000\n1,1,4.1,1000000000\n1,1,6.0,1000000000\n1,1,4.0,1\n",
        HEAD "1,1,4.4,1000000000\n1,1,:.0,1000000000\n1,1,/.5,1000000000\n1,1,4.0,1\n",
        HEAD "1,1,4.0,4294967296\n1,1,4.0,9999999999\n1,1,4.0,12345678901\n1,1,4.0,1\n",
        HEAD "1,1,4.0,12345678x\n1,1,4.0,12345678\n1\n1,1,4.0,1234567\n12\n1,1,4.0,1\n",
        HEAD "1,1,4.0,100000000x\n1,1,4.0,10000000\n1,1,4.0,1000000000,\n1,1,4.0\n1\n1,1,4.0,-100000000\n",
        HEAD "1,1,4.0,1000000000 \n 1,1,4.0,1000000000\n1 ,1,4.0,1000000000\n1,1,4.0 ,1000000000\n1,1,4.0,1\n",
        HEAD "\"1\",\"1\",\"4.0\",\"1000000000\"\n1,1,4.0,\"1000000000\"\n\"1\"\"\",1,4.0,1\n1,\"1\"0,4.0,7\n",
        HEAD "1,1,4.0,\"10\n00\"\n1,1,4.0,1000000000\n1,\"2\r\n\",4.0,5\n1,3,4.0,1000000000\n",
        HEAD "1,1,4.0,1000000000\n1,1,4.0,\"1000000000\n1,1,4.0,1000000000\n", /* never closes */
        HEAD "1,1,4.0,1000000000\n1,1,4.0,1000000000\r1,1,4.0,1000000000\n",   /* a CR alone */
        HEAD "1,1,x,1000000000\n1,1,NaN,1000000000\n",                         /* all refused */
        "\xEF\xBB\xBF" HEAD "1,1,4.0,1000000000\n",
        "movieId,timestamp,userId,rating\n1,1000000000,7,4.0\n2,1000000001,7,3.0\n",
        "userId,movieId,rating,timestamp,note\n1,1,4.0,1000000000,\n1,2,4.0,1000000000,\"say \"\"hi\"\", "
        "and\nbye\"\n1,3,4.0,5\n",
        "userId,movieId,rating\n1,1,4.0\n",
    };
    static const size_t capacities[] = {4, 7, 16, 33, 64, 200, CSV_CAPACITY};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!check_text(texts[i], strlen(texts[i]), capacities, sizeof capacities / sizeof *capacities))
            printf("text %zu\n", i);
    static const char zero[] = HEAD "1,1,4.0,1000000000\n1,1,4.\0,1000000000\n1,1,4.0,1000000000\n";
    check_text(zero, sizeof zero - 1, capacities, sizeof capacities / sizeof *capacities);
}

/* The same again by hand, so that not both readers are wrong alike. */
TEST(rows_and_refusals_are_these)
{
    static const char text[] = HEAD "7,1,4.0,1000000000\n7,2,0.5,999999999\n7,61,4.0,1000000000\n\n"
                                    "3,60,5.0,4294967295\n3,1,\"4\n\",1\n3,1,4.7,1\n7,9999999,1.5,5\n";
    const char *path = test_write_file("ratings.csv", text, sizeof text - 1);
    static reading r;
    read_with(read_in_blocks, path, 40, 2, &r);
    CHECK_OK(r.status, r.error);
    static const uint32_t films[] = {1001, 1002, 1060, 1061}, times[] = {1000000000, 999999999, 4294967295u, 5};
    REQUIRE(r.job.ratings.n == 4);
    CHECK_BYTES(r.job.ratings.film_ids, films, sizeof films);
    CHECK_BYTES(r.job.ratings.times, times, sizeof times);
    CHECK_BYTES(r.job.ratings.half_stars, "\10\1\12\3", 4);
    CHECK_INT(r.job.n_users, 2);
    CHECK_INT(r.job.user_ids[0], 7);
    CHECK_INT(r.job.ratings.n_runs, 3);
    CHECK_INT(r.summary.rows_read, 7);
    char expected[4096];
    snprintf(expected, sizeof expected,
             "file,line,reason,row\n"
             "\"%s\",4,\"its film is in no film file\",\"7,61,4.0,1000000000\"\n"
             "\"%s\",7,\"not a number\",\"3,1,\"\"4\n\"\",1\"\n"
             "\"%s\",9,\"rating is not 0.5 to 5 in steps of 0.5\",\"3,1,4.7,1\"\n",
             path, path, path);
    CHECK_STR(r.rejects, expected);
    reading_free(&r);
}

/* --- files that nobody wrote ------------------------------------------------------------------------------------------- */

typedef struct text_builder {
    char *text;
    size_t n, capacity;
} text_builder;

static void put(text_builder *t, const char *bytes, size_t n)
{
    REQUIRE(t->n + n <= t->capacity);
    memcpy(t->text + t->n, bytes, n);
    t->n += n;
}

/* One time in `chance` something odd, else what is usual. */
static void put_either(text_builder *t, random_stream *r, uint64_t chance, const char *usual, const char *const *odd,
                       size_t n_odd)
{
    const char *piece = random_below(r, chance) == 0 ? odd[random_below(r, n_odd)] : usual;
    put(t, piece, strlen(piece));
}

#define EITHER(t, r, chance, usual, odd) put_either(t, r, chance, usual, odd, sizeof odd / sizeof *odd)

static void put_row(text_builder *t, random_stream *r, uint64_t chance, bool fatal)
{
    static const char *const ids[] = {
        "",          "0",  "-1",  "x",      "00000012", "4294967296", "\"3\"",
        "\"3\"\"\"", " 5", "5\t", "\"4\"4", "\"\n\"",   "12345678",   "123456789012345678901234567890"};
    static const char *const ratings[] = {"4",   ".5",      "4.50", "5.5", "0.0",     "4.2", "4.",
                                          "NaN", "\"4.0\"", "4,0",  "",    "\"4.\"0", "1e1"};
    static const char *const times[] = {
        "0", "12", "99999999", "4294967296", "9999999999", "", "1e9", "\"1000000000\"", "1.5", "\"1\r\n2\"", "10000000000"};
    static const char *const ends[] = {"\r\n", "\n\n", "\r\n\r\n", ",\n", ",extra\n", "\n\"\"\n", "\n,\n", " \n"};
    static const char *const fatal_ends[] = {"\r", "\"", "\n\""};
    char number[24];
    snprintf(number, sizeof number, "%u", 1 + (unsigned)random_below(r, random_below(r, 3) == 0 ? 30000000 : 3));
    EITHER(t, r, chance, number, ids);
    put(t, ",", 1);
    snprintf(number, sizeof number, "%u", 1 + (unsigned)random_below(r, 62));
    EITHER(t, r, chance, number, ids);
    put(t, ",", 1);
    snprintf(number, sizeof number, "%u.%u", (unsigned)random_below(r, 6), (unsigned)random_below(r, 2) * 5);
    EITHER(t, r, chance, number, ratings);
    put(t, ",", 1);
    snprintf(number, sizeof number, "%u", (unsigned)random_next(r));
    EITHER(t, r, chance, number, times);
    if (fatal)
        EITHER(t, r, chance, "\n", fatal_ends);
    else
        EITHER(t, r, chance, "\n", ends);
    if (fatal && random_below(r, chance * 4) == 0)
        put(t, "\0", 1);
}

TEST(random_files_come_out_as_by_rows)
{
    text_builder t = {.capacity = 1 << 16};
    t.text = malloc(t.capacity);
    REQUIRE(t.text != NULL);
    for (uint64_t seed = 0; seed < 120; seed++) {
        random_stream r = random_make(seed, 7);
        const uint64_t chance = 2 + random_below(&r, 40);
        const size_t n = random_below(&r, 120);
        t.n = 0;
        put(&t, HEAD, sizeof HEAD - 1);
        for (size_t i = 0; i < n; i++)
            put_row(&t, &r, chance, seed % 5 == 4 && random_below(&r, 20) == 0);
        t.n -= t.n > sizeof HEAD - 1 && random_below(&r, 3) == 0; /* the last line's end */
        const size_t capacities[] = {4 + random_below(&r, 60), 64 + random_below(&r, 2000)};
        if (!check_text(t.text, t.n, capacities, 2)) {
            printf("seed %llu\n", (unsigned long long)seed);
            break;
        }
    }
    free(t.text);
}

/* Rounds follow each other: more text than one takes, in blocks of the usual size. */
TEST(a_file_of_many_rounds_comes_out_as_by_rows)
{
    text_builder t = {.capacity = 7 << 20};
    t.text = malloc(t.capacity);
    REQUIRE(t.text != NULL);
    random_stream r = random_make(1, 8);
    put(&t, HEAD, sizeof HEAD - 1);
    for (unsigned user = 1; t.n < (5 << 20); user++)
        for (unsigned i = 0; i < 500; i++) {
            char row[64];
            const int n = snprintf(row, sizeof row, "%u,%u,%u.%u,%u%s", user, 1 + (unsigned)random_below(&r, 60), 1 + i % 4,
                                   i % 2 * 5, 900000000 + i * 977777, user % 3 == 0 ? "\r\n" : "\n");
            put(&t, row, (size_t)n);
            if (random_below(&r, 5000) == 0)
                put_row(&t, &r, 2, false);
        }
    const size_t capacity = CSV_CAPACITY;
    check_text(t.text, t.n, &capacity, 1);
    free(t.text);
}

TEST(a_row_longer_than_a_round_is_read_and_one_beyond_the_limit_is_not)
{
    const size_t long_field = 5 << 20;
    const size_t capacity = CSV_CAPACITY;
    text_builder t = {.capacity = CSV_ROW_MAX + (8 << 20)};
    t.text = malloc(t.capacity);
    REQUIRE(t.text != NULL);
    static const char head[] = "userId,movieId,rating,timestamp,note\n1,1,4.0,1000000000,\"a\"\n1,2,4.0,1000000000,\"";
    static const char tail[] = "\"\"x\"\n1,3,4.0,1000000000,\n1,4,4.0,1,,\n";
    put(&t, head, sizeof head - 1);
    memset(t.text + t.n, 'y', long_field);
    for (size_t i = 0; i < long_field; i += 1000)
        t.text[t.n + i] = '\n';
    t.n += long_field;
    put(&t, tail, sizeof tail - 1);
    check_text(t.text, t.n, &capacity, 1);
    memset(t.text + sizeof head - 1, 'y', CSV_ROW_MAX);
    check_text(t.text, CSV_ROW_MAX + (1 << 20), &capacity, 1);
    free(t.text);
}

/* --- failures ---------------------------------------------------------------------------------------------------------- */

TEST(reading_survives_any_failed_allocation)
{
    static char text[30000];
    size_t n = (size_t)snprintf(text, sizeof text, HEAD);
    for (unsigned i = 0; i < 800; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, i % 100 == 99 ? "%u,x,4.0,1000000000\n" : "%u,7,4.0,1000000000\n",
                              i + 1);
    const char *path = test_write_file("ratings.csv", text, n);
    EACH_FAILED_ALLOCATION
    {
        static reading r;
        source *s = NULL;
        r = (reading){0};
        r.job = (import_job){.summary = &r.summary, .rejects = {.folder = test_path("rejects"), .source = "movielens"}};
        bt_status status = id_map_put(&r.job.film_ids, 7, 1) ? pool_create(2, &r.job.threads, NULL) : BT_NO_MEMORY;
        if (status == BT_OK)
            status = source_open(path, &s, NULL);
        if (status == BT_OK)
            status = ratings_table_read_sized(&r.job, s, 0, 4000, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        CHECK(status != BT_OK || r.job.ratings.n == 792);
        rejects_end(&r.job.rejects, false);
        source_close(s);
        job_free(&r.job);
    }
}

typedef struct watcher {
    size_t n_calls, stop_at;
    uint64_t last, total;
} watcher;

static bool watch(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    watcher *w = context;
    CHECK_STR(stage, "reading ratings.csv");
    CHECK_STR(unit, "bytes");
    CHECK(done >= w->last && done <= total);
    w->last = done;
    w->total = total;
    return ++w->n_calls != w->stop_at;
}

TEST(progress_goes_to_the_end_and_can_stop_it)
{
    static char text[30000];
    size_t n = (size_t)snprintf(text, sizeof text, HEAD);
    while (n < sizeof text - 40)
        n += (size_t)snprintf(text + n, sizeof text - n, "1,7,4.0,1000000000\n");
    const char *path = test_write_file("ratings.csv", text, n);
    for (size_t stop_at = 0; stop_at < 2; stop_at++) {
        watcher w = {.stop_at = stop_at};
        const bt_progress progress = {watch, &w};
        static reading r;
        bt_error error = {0};
        source *s;
        r = (reading){0};
        r.job = (import_job){.summary = &r.summary, .progress = &progress};
        REQUIRE(id_map_put(&r.job.film_ids, 7, 1));
        CHECK_OK(pool_create(2, &r.job.threads, &error), error);
        CHECK_OK(source_open(path, &s, &error), error);
        CHECK_STATUS(ratings_table_read(&r.job, s, 0, &error), stop_at == 1 ? BT_CANCELLED : BT_OK);
        CHECK_INT(w.total, n);
        CHECK(stop_at == 1 || w.last == n);
        source_close(s);
        job_free(&r.job);
    }
}
