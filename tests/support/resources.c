/* What tests borrow: a folder, strings and guarded memory, all freed after each test, and the allocator whose n-th call fails.
 *
 * The allocator is in place from the start of the program, since libbutaca's must not change while memory is held. It is
 * malloc with two counters; it is safe for threads, and which thread gets the failing call is then a matter of chance.
 */
#define _DEFAULT_SOURCE   /* MAP_ANONYMOUS */
#define _XOPEN_SOURCE 700 /* nftw */

#include "support/resources.h"

#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "butaca/memory.h"
#include "support/test.h"

enum { NOBODY = 65534 }; /* Linux's user without rights */

/* --- what is freed at the end of a test ------------------------------------------------------------------------------- */

typedef struct borrowed {
    struct borrowed *next;
    void *block;
    size_t mapped; /* size of the mapping; 0: a block of malloc */
} borrowed;

static borrowed *held;
static char *folder;
static bool gave_up_root;

static void give_up(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void *remember(void *block, size_t mapped)
{
    borrowed *entry = malloc(sizeof *entry);
    if (!block || !entry)
        give_up("the test harness needs memory");
    *entry = (borrowed){held, block, mapped};
    held = entry;
    return block;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *position)
{
    (void)info, (void)kind, (void)position;
    return remove(path);
}

static int make_writable(const char *path, const struct stat *info, int kind, struct FTW *position)
{
    (void)info, (void)position;
    return kind == FTW_D || kind == FTW_DNR ? chmod(path, 0700) : 0;
}

static void remove_folder(void)
{
    if (!folder)
        return;
    nftw(folder, make_writable, 16, FTW_PHYS);
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
    folder = NULL;
}

void test_resources_release(void)
{
    test_fail_alloc_at(0);
    if (gave_up_root && seteuid(0) != 0)
        give_up("becoming root again");
    gave_up_root = false;
    remove_folder();
    while (held) {
        borrowed *entry = held;
        held = entry->next;
        if (entry->mapped > 0)
            munmap(entry->block, entry->mapped);
        else
            free(entry->block);
        free(entry);
    }
}

/* --- folders and files ------------------------------------------------------------------------------------------------ */

static char *joined(const char *base, const char *name)
{
    const size_t size = strlen(base) + strlen(name) + 2;
    char *path = remember(malloc(size), 0);
    snprintf(path, size, "%s/%s", base, name);
    return path;
}

const char *test_tmpdir(void)
{
    if (folder)
        return folder;
    const char *base = getenv("TMPDIR");
    folder = strdup(joined(base && *base ? base : "/tmp", "butaca-test-XXXXXX"));
    if (!folder || !mkdtemp(folder))
        give_up("a folder for the test");
    return folder;
}

const char *test_path(const char *name)
{
    return joined(test_tmpdir(), name);
}

const char *test_write_file(const char *name, const void *bytes, size_t size)
{
    const char *path = test_path(name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        give_up(path);
    return path;
}

bool test_file_holds(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    enum { MOST = 64 << 20 };
    char *content = malloc(MOST);
    REQUIRE(content != NULL);
    const size_t n = fread(content, 1, MOST, file);
    REQUIRE(feof(file) && fclose(file) == 0);
    bool found = false;
    for (size_t i = 0; i + size <= n && !found; i++)
        found = memcmp(content + i, bytes, size) == 0;
    free(content);
    return found;
}

static int hand_over(const char *path, const struct stat *info, int kind, struct FTW *position)
{
    (void)info, (void)kind, (void)position;
    return lchown(path, NOBODY, (gid_t)-1);
}

void test_give_up_root(void)
{
    if (geteuid() != 0)
        return;
    if (nftw(test_tmpdir(), hand_over, 16, FTW_PHYS) != 0 || seteuid(NOBODY) != 0)
        give_up("giving up root");
    gave_up_root = true;
}

const char *test_data_dir(void)
{
    const char *data = getenv("BUTACA_TEST_DATA");
    if (!data || !*data)
        SKIP("BUTACA_TEST_DATA is not set");
    return data;
}

/* --- guarded memory --------------------------------------------------------------------------------------------------- */

void *test_guarded(size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t usable = (size + page - 1) / page * page;
    unsigned char *map = mmap(NULL, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + usable, page, PROT_NONE) != 0)
        give_up("guarded memory");
    remember(map, usable + page);
    memset(map, 0xA5, usable - size);
    return map + usable - size;
}

void *test_guarded_copy(const void *bytes, size_t size)
{
    void *copy = test_guarded(size);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

/* --- memory that runs out --------------------------------------------------------------------------------------------- */

static atomic_size_t countdown; /* allocations until the one that fails; 0: none will */
static atomic_bool failed;
static atomic_size_t live;

static bool must_fail(void)
{
    size_t left = atomic_load(&countdown);
    while (left > 0)
        if (atomic_compare_exchange_weak(&countdown, &left, left - 1)) {
            if (left == 1)
                atomic_store(&failed, true);
            return left == 1;
        }
    return false;
}

static void *counted_allocate(void *context, size_t size, size_t alignment)
{
    (void)context;
    if (must_fail())
        return NULL;
    void *block = NULL;
    if (alignment <= _Alignof(max_align_t))
        block = malloc(size);
    else if (posix_memalign(&block, alignment, size) != 0)
        block = NULL;
    if (block)
        atomic_fetch_add(&live, 1);
    return block;
}

static void *counted_resize(void *context, void *block, size_t size)
{
    (void)context;
    if (must_fail())
        return NULL;
    void *moved = realloc(block, size);
    if (moved && !block)
        atomic_fetch_add(&live, 1);
    return moved;
}

static void counted_release(void *context, void *block)
{
    (void)context;
    if (block)
        atomic_fetch_sub(&live, 1);
    free(block);
}

void test_resources_install(void)
{
    static const bt_allocator counting = {counted_allocate, counted_resize, counted_release, NULL};
    bt_set_allocator(&counting);
}

void test_fail_alloc_at(size_t n)
{
    atomic_store(&failed, false);
    atomic_store(&countdown, n);
}

bool test_alloc_failed(void)
{
    return atomic_load(&failed);
}

size_t test_live_blocks(void)
{
    return atomic_load(&live);
}

bool test_next_failure(const char *file, int line, size_t *run)
{
    enum { RUNS_MAX = 100000 }; /* a body that fails in every run would never end */
    static size_t live_before;
    const bool more = *run == 0 || test_alloc_failed();
    if (*run == 0)
        live_before = test_live_blocks();
    test_fail_alloc_at(0);
    if (test_live_blocks() != live_before) {
        test_check_int(file, line, "blocks held after a failed allocation", "before", (intmax_t)test_live_blocks(),
                       (intmax_t)live_before);
        return false;
    }
    if (!more)
        return false;
    if (*run == RUNS_MAX)
        return test_check(file, line, "the body passes after 100000 failed allocations", false);
    test_fail_alloc_at(++*run);
    return true;
}
