/* What a file system has not promised to keep yet: an undo journal of every change whose file or folder was not synced since.
 *
 * The changes themselves are made, so that the program under test sees its own writes. A change is noted before it is made and
 * forgotten when it becomes durable: bytes and sizes by a sync of the file, names by a sync of the folder. A power loss is then
 * simulated by undoing what is left, newest first:
 *
 *     drop   all of it
 *     tear   bytes: each 512-byte sector of a file goes back to what it was after some of its writes; the file's length likewise;
 *            names: of each folder's changes the first few are kept
 *
 * One process, under the lock of its caller (faults.c). The files it notes stay open until the process ends.
 */
#ifndef TESTS_SUPPORT_FAULT_JOURNAL_H
#define TESTS_SUPPORT_FAULT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A folder of the same file system, outside of what the program looks at: files that were renamed over or removed wait in it. */
void journal_begin(const char *kept_folder);

/* A descriptor of the journal's own for an existing file, never to be closed: for doors that don't know theirs (SQLite's, whose
 * POSIX locks end when any descriptor of the file is closed). */
int journal_descriptor(const char *path);

/* Before the change. `fd` is open for reading and writing and stays the caller's. */
void journal_write(int fd, off_t offset, size_t size);
void journal_truncate(int fd, off_t size);
void journal_rename(const char *from, const char *to);
void journal_unlink(const char *path);

/* After the change. */
void journal_create(const char *path);
void journal_mkdir(const char *path);

/* The change that was noted last was not made after all. */
void journal_forget_last(void);

void journal_synced(int fd);                 /* a file or a folder was */
void journal_synced_names(const char *path); /* the folder that holds `path` was */

void journal_drop(void);
void journal_tear(uint64_t seed);

void journal_remove_tree(const char *path); /* a folder with all that is in it, if it is there */

#endif
