/* Getting a data set on a disk that fails, and without memory: afterwards the folder holds what it held before or all of the set,
 * and getting it again brings the whole. Servers are in tests/get/test_get.py.
 */
#include "import/get.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "support/fault_vfs.h"
#include "support/faults.h"
#include "support/import_sample.h"
#include "support/test.h"

enum { N_FILES = 4 };

static const char *const names[N_FILES] = {"links.csv", "movies.csv", "ratings.csv", "tags.csv"};

/* A set of a sample's four files, from a folder as the mirror. */
typedef struct sample_set {
    known_set set;
    known_file files[N_FILES];
    char digests[N_FILES][65];
    const char *mirror;
    sample_state whole;
    size_t n_before, n_after;
} sample_set;

static void describe_file(sample_set *s, size_t i)
{
    char path[4096], *bytes;
    size_t size;
    unsigned char digest[crypto_hash_sha256_BYTES];
    bt_error error = {0};
    snprintf(path, sizeof path, "%s/%s", s->mirror, names[i]);
    CHECK_OK(file_read_whole(path, 1 << 24, &bytes, &size, &error), error);
    crypto_hash_sha256(digest, (const unsigned char *)bytes, size);
    sodium_bin2hex(s->digests[i], sizeof s->digests[i], digest, sizeof digest);
    s->files[i] = (known_file){names[i], "https://example.org/never", size, s->digests[i]};
    bt_free(bytes);
}

static bt_status get_into(const char *data, const sample_set *s, bt_error *error)
{
    folder target;
    import_summary summary;
    const get_params params = {.mirror = s->mirror};
    bt_status status = folder_open(data, FOLDER_WRITE, &target, error);
    if (status != BT_OK)
        return status;
    status = get_run(&target, &s->set, &params, &summary, error);
    folder_close(&target);
    return status;
}

static void prepare(sample_set *s)
{
    const sample small = sample_default();
    bt_error error = {0};
    *s = (sample_set){.mirror = sample_folder("mirror", &small)};
    for (size_t i = 0; i < N_FILES; i++)
        describe_file(s, i);
    s->set = (known_set){.name = "sample", .files = s->files, .n_files = N_FILES};
    CHECK_OK(get_into(test_path("whole"), s, &error), error);
    s->whole = sample_look(test_path("whole"));
    REQUIRE(s->whole.n_ratings > 0);
}

static bool has_downloads(const char *data)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/downloads", data);
    return file_exists(path);
}

static bt_status act(const char *data, void *context, bt_error *error)
{
    return fault_vfs_install() ? get_into(data, context, error) : BT_UNSUPPORTED;
}

static void look(const char *data, const faults_outcome *outcome, void *context)
{
    sample_set *s = context;
    const sample_state found = sample_look(data), nothing = {0};
    const bool is_before = sample_state_equal(&found, &nothing), is_after = sample_state_equal(&found, &s->whole);
    bool holds = CHECK(is_before || is_after);
    if (outcome->finished && outcome->error.status == BT_OK)
        holds = CHECK(is_after) && holds;
    else if (outcome->finished)
        holds = CHECK(outcome->error.status == BT_NO_SPACE || outcome->error.status == BT_IO) && holds;
    s->n_before += is_before;
    s->n_after += is_after;

    bt_error error = {0};
    CHECK_OK(get_into(data, s, &error), error);
    const sample_state again = sample_look(data);
    holds = CHECK(sample_state_equal(&again, &s->whole)) && CHECK(!has_downloads(data)) && holds;
    if (!holds)
        printf("%s at change %lu: %s\n", faults_mode_name(outcome->mode), (unsigned long)outcome->point,
               outcome->error.message);
}

static void run_with(faults_mode mode)
{
    sample_set s;
    prepare(&s);
    faults_run(&(faults_case){.action = act, .verify = look, .context = &s}, mode, 25);
    CHECK(s.n_before > 0 && s.n_after > 0);
}

TEST(killed)
{
    run_with(FAULTS_KILL);
}

TEST(power_gone_with_torn_writes)
{
    run_with(FAULTS_TEAR);
}

TEST(disk_full)
{
    run_with(FAULTS_NO_SPACE);
}

TEST(broken_operation)
{
    run_with(FAULTS_IO_ERROR);
}

TEST(short_writes_do_no_harm)
{
    sample_set s;
    prepare(&s);
    faults_run(&(faults_case){.action = act, .verify = look, .context = &s}, FAULTS_SHORT, 8);
    CHECK(s.n_after > 0);
}

TEST(memory_runs_out)
{
    sample_set s;
    int run = 0;
    prepare(&s);
    EACH_FAILED_ALLOCATION
    {
        char data[64];
        snprintf(data, sizeof data, "data-%d", run++);
        const bt_status status = get_into(test_path(data), &s, NULL);
        CHECK(status == BT_OK || (status == BT_NO_MEMORY && test_alloc_failed()));
    }
}

static bool stop_at_half(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    (void)unit, (void)total;
    uint64_t *seen = context;
    *seen = strncmp(stage, "getting", 7) == 0 && done > 0 ? done : *seen;
    return *seen == 0;
}

TEST(a_person_stops_it_and_it_goes_on)
{
    sample_set s;
    folder target;
    uint64_t seen = 0;
    bt_error error = {0};
    import_summary summary;
    prepare(&s);
    const bt_progress progress = {.report = stop_at_half, .context = &seen};
    const get_params params = {.mirror = s.mirror, .progress = &progress};
    CHECK_OK(folder_open(test_path("data"), FOLDER_WRITE, &target, &error), error);
    CHECK_STATUS(get_run(&target, &s.set, &params, &summary, &error), BT_CANCELLED);
    CHECK(seen > 0);
    folder_close(&target);
    CHECK_OK(get_into(test_path("data"), &s, &error), error);
    const sample_state found = sample_look(test_path("data"));
    CHECK(sample_state_equal(&found, &s.whole));
}
