/* The file door: every file that libbutaca and the importers write or read goes through this table of operations, so that tests
 * can fail, kill, drop or tear any of them (tests/support/faults.h).
 *
 * Writing a file whole is `file_replace_begin … file_replace_write … file_replace_commit`: a temporary name in the same folder,
 * written, synced, renamed, the folder synced. Until commit returns BT_OK the old file is untouched, and a reader sees either
 * the old file or the new one.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "butaca/status.h"

/* POSIX calls with their POSIX results (-1 and errno). */
typedef struct file_door {
    int (*open)(const char *path, int flags, mode_t mode);
    ssize_t (*read)(int fd, void *buffer, size_t size);
    ssize_t (*write)(int fd, const void *buffer, size_t size); /* appends: at the descriptor's position */
    ssize_t (*write_at)(int fd, const void *buffer, size_t size, off_t offset);
    int (*sync)(int fd); /* fsync: also for folders */
    int (*truncate)(int fd, off_t size);
    int (*close)(int fd);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    int (*mkdir)(const char *path, mode_t mode);
} file_door;

extern const file_door file_door_posix;

/* Replaces the door; NULL brings back POSIX. Once, before anything else, by tests. */
void file_set_door(const file_door *door);
const file_door *file_get_door(void);

/* --- reading ------------------------------------------------------------------------------------------------------- */

typedef struct file_map {
    const uint8_t *bytes; /* NULL if size is 0 */
    size_t size;
} file_map;

/* Maps a whole regular file for reading. A file that shrinks while it is mapped ends the process (SIGBUS), so only for files
 * that are replaced by renaming, as all of ours are. Release with file_unmap. */
bt_status file_map_open(const char *path, file_map *out, bt_error *error);
void file_unmap(file_map *map); /* zeroed is fine; leaves it zeroed */

/* Reads a regular file of at most `limit` bytes (more: BT_LIMIT) into memory: *out is NUL-terminated beyond *size; free with
 * bt_free. */
bt_status file_read_whole(const char *path, size_t limit, char **out, size_t *size, bt_error *error);

bool file_exists(const char *path);
uint64_t file_mark(const char *path); /* another one if another file, or other content, is at the path; 0: there is none */
bool file_is_folder(const char *path);

/* --- writing whole files ------------------------------------------------------------------------------------------- */

typedef struct file_replace {
    char *path;
    char *temporary; /* path + ".tmp" */
    int fd;
    uint64_t size;   /* bytes written so far, buffered ones included */
    uint8_t *buffer; /* 1 MiB */
    size_t buffered;
} file_replace;

bt_status file_replace_begin(file_replace *f, const char *path, bt_error *error);
/* After a failed write, align or patch there is only abort. */
bt_status file_replace_write(file_replace *f, const void *bytes, size_t size, bt_error *error);
/* Zeros up to the next multiple of `alignment` (a power of two). */
bt_status file_replace_align(file_replace *f, size_t alignment, bt_error *error);
/* Overwrites bytes written before (a header whose checksums are known at the end). */
bt_status file_replace_patch(file_replace *f, uint64_t offset, const void *bytes, size_t size, bt_error *error);
/* Syncs, renames, syncs the folder. On failure the temporary file is removed. Ends f either way. If only the sync of the folder
 * failed, the new file is in place, but a crash may still bring back the old one. */
bt_status file_replace_commit(file_replace *f, bt_error *error);
void file_replace_abort(file_replace *f); /* removes the temporary file; a zeroed or ended f is fine */

/* --- folders ------------------------------------------------------------------------------------------------------- */

/* Makes a folder and its parents (0700); existing ones are fine. */
bt_status file_make_folder(const char *path, bt_error *error);
bt_status file_sync_folder(const char *path, bt_error *error);
bt_status file_sync_parent(const char *path, bt_error *error);            /* the folder that holds `path` */
bt_status file_rename(const char *from, const char *to, bt_error *error); /* and syncs the folder of `to` */
bt_status file_remove(const char *path, bt_error *error); /* one that is not there is fine; durable when the folder is synced */

/* folder + "/" + name in new memory (bt_free), NULL: no memory. */
char *file_join(const char *folder, const char *name);

#endif
