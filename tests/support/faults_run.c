/* The driver of fault tests: counts, then for each point a fresh folder, a child that runs into the fault, and a look at what it
 * left. Parent and child share one page for what the child has to say, which survives its end whatever that is.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "support/faults.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "support/fault_journal.h"
#include "support/test.h"

typedef struct report {
    uint64_t count, acknowledged;
    bool finished, leaked;
    bt_error error;
} report;

static report *shared;

void faults_acknowledge(uint64_t number)
{
    if (shared != NULL)
        shared->acknowledged = number;
}

const char *faults_mode_name(faults_mode mode)
{
    static const char *const names[] = {"COUNT", "KILL", "DROP", "TEAR", "NO_SPACE", "IO_ERROR", "SHORT"};
    return names[mode];
}

static bool crashes(faults_mode mode)
{
    return mode == FAULTS_KILL || mode == FAULTS_DROP || mode == FAULTS_TEAR;
}

static _Noreturn void run_child(const faults_case *c, const faults_plan *plan, const char *folder)
{
    faults_install(plan);
    const size_t held = test_live_blocks();
    bt_error error = {0};
    error.status = c->action(folder, c->context, &error);
    shared->count = faults_count();
    shared->error = error;
    shared->leaked = test_live_blocks() > held;
    shared->finished = true;
    if (crashes(plan->mode))
        faults_crash(); /* right after the last change */
    faults_leave(0);
}

/* Runs the action in a child and says whether it ended as it may. */
static bool child_ends_well(const faults_case *c, const faults_plan *plan, const char *folder)
{
    *shared = (report){0};
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0)
        run_child(c, plan, folder);
    int result = -1;
    REQUIRE(child > 0 && waitpid(child, &result, 0) == child);

    const int expected = crashes(plan->mode) ? FAULTS_EXIT : 0;
    const bool well = WIFEXITED(result) && WEXITSTATUS(result) == expected && !shared->leaked;
    if (!well)
        printf("%s at change %llu: the child ended with status 0x%x%s\n", faults_mode_name(plan->mode),
               (unsigned long long)plan->point, (unsigned)result, shared->leaked ? " and holds memory" : "");
    return well;
}

static int no_sync(int fd)
{
    (void)fd;
    return 0;
}

/* With a healthy door whose syncs cost nothing: nobody pulls the plug. */
static void set_up(const faults_case *c, const char *folder)
{
    file_door door = file_door_posix;
    door.sync = no_sync;
    file_set_door(&door);
    c->setup(folder, c->context);
    file_set_door(NULL);
}

/* One run in folders of its own; verify may be NULL. Checks that fail in it are followed by where they did. */
static bool run_at(const faults_case *c, faults_mode mode, uint64_t point, uint64_t seed)
{
    const char *root = test_path("faults"), *folder = test_path("faults/data"), *kept = test_path("faults/kept");
    REQUIRE(mkdir(root, 0700) == 0 && mkdir(folder, 0700) == 0 && mkdir(kept, 0700) == 0);
    if (c->setup != NULL)
        set_up(c, folder);

    const faults_plan plan = {.mode = mode, .point = point, .seed = seed, .kept_folder = kept};
    bool well = CHECK(child_ends_well(c, &plan, folder));
    if (well && mode == FAULTS_COUNT)
        CHECK_OK(shared->error.status, shared->error);
    if (well && c->verify != NULL) {
        const faults_outcome outcome = {mode, point, shared->finished, shared->error, shared->acknowledged};
        const size_t failures = test_failures();
        c->verify(folder, &outcome, c->context);
        well = test_failures() == failures;
        if (!well)
            printf("    … after %s at change %llu\n", faults_mode_name(mode), (unsigned long long)point);
    }
    journal_remove_tree(root);
    return well;
}

/* The i-th of n points in 1 … last: with the first and the last, or all of them equally often. */
static uint64_t spread(uint64_t i, uint64_t n, uint64_t last)
{
    if (n == 1)
        return last;
    return n < last ? 1 + i * (last - 1) / (n - 1) : 1 + i * last / n;
}

uint64_t faults_run(const faults_case *c, faults_mode mode, uint64_t n_points)
{
    if (shared == NULL) {
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        REQUIRE(shared != MAP_FAILED);
    }
    if (!run_at(c, FAULTS_COUNT, 0, 0))
        return 0;
    const uint64_t n_changes = shared->count;
    if (!CHECK(n_changes > 0))
        return 0; /* nothing goes through the door: there is nothing to test */

    const uint64_t last = crashes(mode) ? n_changes + 1 : n_changes;
    const bool seeded = mode == FAULTS_TEAR || mode == FAULTS_SHORT;
    const uint64_t n = n_points > last && !seeded ? last : n_points;
    for (uint64_t i = 0; i < n; i++) {
        if (!run_at(c, mode, spread(i, n, last), i + 1))
            break;
    }
    return n_changes;
}

void faults_run_all(const faults_case *c, uint64_t n_points)
{
    for (faults_mode mode = FAULTS_KILL; mode <= FAULTS_SHORT; mode++)
        faults_run(c, mode, n_points);
}
