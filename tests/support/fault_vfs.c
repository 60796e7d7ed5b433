/* A shim between SQLite and its unix VFS. A file of it is the real file with a descriptor of the journal's in front:
 *
 *     [ fault_file | the real VFS's sqlite3_file ]
 *
 * Everything that changes something goes through one step of faults.h first; the rest is handed on. Syncs are not: the disk is a
 * simulated one, and the real one would only cost time. What they make durable is what SQLite's os_unix.c makes durable: the file,
 * with the first sync of a journal or WAL that it created also the names of its folder, and with xDelete those if it is asked to.
 */
#include "support/fault_vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stddef.h>

#include "base/file.h"
#include "support/fault_journal.h"
#include "support/faults.h"

typedef struct fault_file {
    sqlite3_file base;
    int fd;                    /* the journal's; -1: a temporary file, or nothing is noted */
    const char *unsynced_name; /* path of a new journal until its first sync; SQLite keeps it as long as the file is open */
} fault_file;

static sqlite3_vfs *unix_vfs;
static sqlite3_vfs fault_vfs;

_Static_assert(sizeof(fault_file) % sizeof(void *) == 0, "the real file behind it is aligned");

/* Behind the fault_file. */
static sqlite3_file *real(sqlite3_file *file)
{
    return (sqlite3_file *)(void *)((char *)file + sizeof(fault_file));
}

/* Begins a change: SQLITE_OK with the lock held, or the error without. */
static int begin(faults_change change, int io_error)
{
    faults_lock();
    const int reason = faults_step(change);
    if (reason == 0)
        return SQLITE_OK;
    faults_unlock();
    return reason == ENOSPC ? SQLITE_FULL : io_error;
}

static int end(int result)
{
    faults_unlock();
    return result;
}

/* --- files --------------------------------------------------------------------------------------------------------- */

static int file_close(sqlite3_file *file)
{
    return real(file)->pMethods->xClose(real(file));
}

static int file_read(sqlite3_file *file, void *buffer, int size, sqlite3_int64 offset)
{
    return real(file)->pMethods->xRead(real(file), buffer, size, offset);
}

static int file_write(sqlite3_file *file, const void *buffer, int size, sqlite3_int64 offset)
{
    const int refused = begin(FAULTS_WRITES, SQLITE_IOERR_WRITE);
    if (refused != SQLITE_OK)
        return refused;
    const int fd = ((fault_file *)file)->fd;
    if (fd >= 0)
        journal_write(fd, offset, (size_t)size);
    return end(real(file)->pMethods->xWrite(real(file), buffer, size, offset));
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    const int refused = begin(FAULTS_TRUNCATES, SQLITE_IOERR_TRUNCATE);
    if (refused != SQLITE_OK)
        return refused;
    const int fd = ((fault_file *)file)->fd;
    if (fd >= 0)
        journal_truncate(fd, size);
    return end(real(file)->pMethods->xTruncate(real(file), size));
}

static int file_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    const int refused = begin(FAULTS_SYNCS, SQLITE_IOERR_FSYNC);
    if (refused != SQLITE_OK)
        return refused;
    fault_file *self = (fault_file *)file;
    if (self->fd >= 0)
        journal_synced(self->fd);
    if (self->fd >= 0 && self->unsynced_name != NULL)
        journal_synced_names(self->unsynced_name);
    self->unsynced_name = NULL;
    return end(SQLITE_OK);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int file_is_reserved(sqlite3_file *file, int *result)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

/* Version 2: WAL, but no memory mapping of the database, whose writes would not be seen. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* --- the VFS ------------------------------------------------------------------------------------------------------- */

/* Opens the real file; one that wasn't there is a name that is noted. */
static int open_real(const char *path, sqlite3_file *file, int flags, int *out_flags)
{
    const bool creates = path != NULL && (flags & SQLITE_OPEN_CREATE) && !file_exists(path);
    if (!creates)
        return unix_vfs->xOpen(unix_vfs, path, real(file), flags, out_flags);

    const int refused = begin(FAULTS_CREATES, SQLITE_CANTOPEN);
    if (refused != SQLITE_OK)
        return refused;
    const int result = unix_vfs->xOpen(unix_vfs, path, real(file), flags, out_flags);
    if (result == SQLITE_OK && faults_journaled())
        journal_create(path);
    if (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL))
        ((fault_file *)file)->unsynced_name = path;
    return end(result);
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs;
    fault_file *self = (fault_file *)file;
    self->base.pMethods = NULL; /* no xClose after a failure */
    self->fd = -1;
    self->unsynced_name = NULL;
    real(file)->pMethods = NULL;
    const int result = open_real(path, file, flags, out_flags);
    if (result != SQLITE_OK) {
        if (real(file)->pMethods != NULL)
            real(file)->pMethods->xClose(real(file));
        return result;
    }
    if (path != NULL && !(flags & SQLITE_OPEN_READONLY) && faults_journaled()) {
        faults_lock();
        self->fd = journal_descriptor(path);
        faults_unlock();
    }
    self->base.pMethods = &methods;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs;
    const int refused = begin(FAULTS_NAMES, SQLITE_IOERR_DELETE);
    if (refused != SQLITE_OK)
        return refused;
    const bool noted = faults_journaled() && file_exists(path);
    if (noted)
        journal_unlink(path);
    const int result = unix_vfs->xDelete(unix_vfs, path, 0);
    if (result != SQLITE_OK && noted)
        journal_forget_last();
    if (result == SQLITE_OK && noted && sync_folder)
        journal_synced_names(path);
    return end(result);
}

bool fault_vfs_install(void)
{
    if (unix_vfs != NULL)
        return true;
    unix_vfs = sqlite3_vfs_find(NULL);
    if (unix_vfs == NULL)
        return false;
    fault_vfs = *unix_vfs; /* what only asks is the real one's, which looks at nothing of its own in the structure */
    fault_vfs.pNext = NULL;
    fault_vfs.zName = "faults";
    fault_vfs.szOsFile = (int)sizeof(fault_file) + unix_vfs->szOsFile;
    fault_vfs.xOpen = vfs_open;
    fault_vfs.xDelete = vfs_delete;
    return sqlite3_vfs_register(&fault_vfs, 1) == SQLITE_OK;
}
