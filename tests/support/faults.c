/* The failing file door: counts changes, notes them in the journal, and lets happen what the plan says.
 *
 * One lock is held over the step, the note and the change itself, so that the journal has the order of the disk whatever threads
 * there are.
 */
#include "support/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef BUTACA_COVERAGE
#include <gcov.h>
#endif

#include "base/file.h"
#include "base/random.h"
#include "support/fault_journal.h"

static faults_plan plan;
static uint64_t n_steps;
static random_stream parts; /* of short writes */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void faults_lock(void)
{
    pthread_mutex_lock(&mutex);
}

void faults_unlock(void)
{
    pthread_mutex_unlock(&mutex);
}

bool faults_journaled(void)
{
    return plan.mode == FAULTS_DROP || plan.mode == FAULTS_TEAR;
}

_Noreturn void faults_leave(int status)
{
#ifdef BUTACA_COVERAGE
    __gcov_dump(); /* _exit doesn't */
#endif
    _exit(status);
}

/* With the lock held, which is never given back: no other thread changes anything any more. */
static _Noreturn void crash(void)
{
    if (plan.mode == FAULTS_DROP)
        journal_drop();
    if (plan.mode == FAULTS_TEAR)
        journal_tear(plan.seed);
    faults_leave(FAULTS_EXIT);
}

_Noreturn void faults_crash(void)
{
    faults_lock();
    crash();
}

int faults_step(faults_change change)
{
    n_steps++;
    const bool reached = plan.point > 0 && n_steps >= plan.point;
    switch (plan.mode) {
    case FAULTS_KILL:
    case FAULTS_DROP:
    case FAULTS_TEAR:
        if (reached)
            crash();
        return 0;
    case FAULTS_NO_SPACE:
        return reached && (change == FAULTS_CREATES || change == FAULTS_WRITES) ? ENOSPC : 0;
    case FAULTS_IO_ERROR:
        return n_steps == plan.point ? EIO : 0;
    case FAULTS_COUNT:
    case FAULTS_SHORT:
        break;
    }
    return 0;
}

uint64_t faults_count(void)
{
    faults_lock();
    const uint64_t n = n_steps;
    faults_unlock();
    return n;
}

/* Begins a change: with the lock held, or -1 and errno. */
static int begin(faults_change change)
{
    faults_lock();
    const int reason = faults_step(change);
    if (reason == 0)
        return 0;
    faults_unlock();
    errno = reason;
    return -1;
}

/* Ends it: a change that failed is forgotten if it was noted. */
static int end(int result, bool noted)
{
    const int reason = errno;
    if (result != 0 && noted)
        journal_forget_last();
    faults_unlock();
    errno = reason;
    return result;
}

/* --- the door's operations ------------------------------------------------------------------------------------------- */

/* A file opened for writing is opened for reading too, which the journal needs. Emptying it is a change of its own in the journal,
 * but one step with the opening. */
static int open_for_change(const char *path, int flags, mode_t mode)
{
    const bool existed = file_exists(path);
    const int both = (flags & ~(O_ACCMODE | O_TRUNC)) | O_RDWR;
    if (existed && !(flags & O_TRUNC))
        return file_door_posix.open(path, both, mode);

    if (begin(FAULTS_CREATES) != 0)
        return -1;
    const int fd = file_door_posix.open(path, both, mode);
    if (fd >= 0 && !existed && faults_journaled())
        journal_create(path);
    if (fd >= 0 && existed && (flags & O_TRUNC)) {
        if (faults_journaled())
            journal_truncate(fd, 0);
        file_door_posix.truncate(fd, 0);
    }
    return end(fd < 0 ? -1 : 0, false) == 0 ? fd : -1;
}

static int fault_open(const char *path, int flags, mode_t mode)
{
    const bool changes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    return changes ? open_for_change(path, flags, mode) : file_door_posix.open(path, flags, mode);
}

/* How many bytes of a write are taken. */
static size_t part_of(size_t size)
{
    return plan.mode == FAULTS_SHORT && size > 1 ? 1 + (size_t)random_below(&parts, size) : size;
}

static ssize_t write_part(int fd, const void *buffer, size_t size, off_t offset)
{
    if (faults_journaled())
        journal_write(fd, offset, size);
    return file_door_posix.write_at(fd, buffer, size, offset);
}

static ssize_t fault_write_at(int fd, const void *buffer, size_t size, off_t offset)
{
    faults_lock();
    const int reason = faults_step(FAULTS_WRITES);
    size_t part = part_of(size);
    if (reason == ENOSPC && n_steps == plan.point && size > 1)
        part = size / 2; /* the disk is full in the middle of it */
    else if (reason != 0)
        part = 0;
    ssize_t written = -1;
    if (reason == 0 || part > 0)
        written = write_part(fd, buffer, part, offset);
    else
        errno = reason;
    faults_unlock();
    return written;
}

/* At the descriptor's position, which moves on. */
static ssize_t fault_write(int fd, const void *buffer, size_t size)
{
    const off_t position = lseek(fd, 0, SEEK_CUR);
    const ssize_t written = fault_write_at(fd, buffer, size, position);
    if (written > 0)
        lseek(fd, position + written, SEEK_SET);
    return written;
}

/* The disk is a simulated one: the real one needs no sync, which would only cost time. */
static int fault_sync(int fd)
{
    if (begin(FAULTS_SYNCS) != 0)
        return -1;
    if (faults_journaled())
        journal_synced(fd);
    return end(0, false);
}

static int fault_truncate(int fd, off_t size)
{
    if (begin(FAULTS_TRUNCATES) != 0)
        return -1;
    if (faults_journaled())
        journal_truncate(fd, size);
    return end(file_door_posix.truncate(fd, size), faults_journaled());
}

static int fault_rename(const char *from, const char *to)
{
    if (begin(FAULTS_NAMES) != 0)
        return -1;
    const bool noted = faults_journaled() && file_exists(from);
    if (noted)
        journal_rename(from, to);
    return end(file_door_posix.rename(from, to), noted);
}

static int fault_unlink(const char *path)
{
    if (begin(FAULTS_NAMES) != 0)
        return -1;
    const bool noted = faults_journaled() && file_exists(path);
    if (noted)
        journal_unlink(path);
    return end(file_door_posix.unlink(path), noted);
}

static int fault_mkdir(const char *path, mode_t mode)
{
    if (begin(FAULTS_CREATES) != 0)
        return -1;
    const int result = file_door_posix.mkdir(path, mode);
    if (result == 0 && faults_journaled())
        journal_mkdir(path);
    return end(result, false);
}

void faults_install(const faults_plan *chosen)
{
    static file_door door;
    plan = *chosen;
    n_steps = 0;
    parts = random_make(plan.seed, 0);
    if (faults_journaled())
        journal_begin(plan.kept_folder);

    door = file_door_posix;
    door.open = fault_open;
    door.write = fault_write;
    door.write_at = fault_write_at;
    door.sync = fault_sync;
    door.truncate = fault_truncate;
    door.rename = fault_rename;
    door.unlink = fault_unlink;
    door.mkdir = fault_mkdir;
    file_set_door(&door);
}
