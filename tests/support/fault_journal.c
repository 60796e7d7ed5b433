/* The undo journal of unsynced changes: an array in the order in which they were made.
 *
 * Files and folders are known by device and inode, so that renames don't matter; a file noted once is held open, which keeps its
 * inode from being given to another. Undoing goes by "cuts": a cut says from which change on the changes of one sector, one length
 * or one folder are undone. Dropping cuts everything before its first change; tearing draws each cut from the seed. Since a cut
 * keeps the earlier and undoes the later changes, what remains is always a state that the disk could have been in.
 */
#define _XOPEN_SOURCE 700 /* nftw */

#include "support/fault_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

enum { SECTOR = 512 };

typedef enum change_kind {
    CHANGED_BYTES,
    CHANGED_NAME_CREATED,
    CHANGED_NAME_REMOVED,
    CHANGED_NAME,
    CHANGED_FOLDER_MADE
} change_kind;

typedef struct change {
    change_kind kind;
    uint64_t number; /* counts all changes of the process */
    size_t place;    /* index in places: of the file whose bytes, or of the folder whose names changed */

    off_t offset, old_size; /* of bytes; a truncation is a change of the bytes that it takes away */
    size_t n_old;
    unsigned char *old;

    char *path, *to; /* of names; `to` of a rename */
    char *kept;      /* where the file that had the name waits; NULL: none had it */
} change;

/* A file or folder that changed. */
typedef struct place {
    dev_t device;
    ino_t inode;
    int fd;       /* of a file */
    off_t undone; /* of a file, while undoing: its length at the end; -1: stays */
} place;

static change *changes;
static size_t n_changes, changes_room;
static uint64_t n_noted;
static place *places;
static size_t n_places;
static const char *kept_folder;

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fault journal: %s: %s\n", what, strerror(errno));
    _exit(3);
}

void journal_begin(const char *folder)
{
    kept_folder = folder;
}

/* --- places -------------------------------------------------------------------------------------------------------- */

static size_t find_place(const struct stat *about)
{
    size_t i = 0;
    while (i < n_places && (places[i].device != about->st_dev || places[i].inode != about->st_ino))
        i++;
    return i;
}

/* A new place, which takes the descriptor over. */
static size_t add_place(const struct stat *about, int fd)
{
    places = realloc(places, (n_places + 1) * sizeof *places);
    require(places != NULL, "places");
    places[n_places] = (place){about->st_dev, about->st_ino, fd, -1};
    return n_places++;
}

static size_t place_of(const struct stat *about, int fd)
{
    const size_t found = find_place(about);
    return found < n_places ? found : add_place(about, fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

int journal_descriptor(const char *path)
{
    struct stat about;
    require(stat(path, &about) == 0, path);
    size_t found = find_place(&about);
    if (found == n_places) {
        const int fd = open(path, O_RDWR | O_CLOEXEC);
        require(fd >= 0, path);
        found = add_place(&about, fd);
    }
    return places[found].fd;
}

static size_t place_of_folder(const char *path)
{
    char *folder = strdup(path);
    require(folder != NULL, "a path");
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder] = '\0';
    struct stat about;
    require(stat(slash != NULL ? folder : ".", &about) == 0, path);
    free(folder);
    return place_of(&about, -1);
}

/* --- noting -------------------------------------------------------------------------------------------------------- */

static change *note(change_kind kind, size_t where)
{
    if (n_changes == changes_room) {
        changes_room = changes_room * 2 + 64;
        changes = realloc(changes, changes_room * sizeof *changes);
        require(changes != NULL, "changes");
    }
    change *c = &changes[n_changes++];
    *c = (change){.kind = kind, .number = n_noted++, .place = where};
    return c;
}

/* The n bytes from offset on as they are, zeros where the file has none. */
static unsigned char *bytes_at(int fd, off_t offset, size_t n)
{
    unsigned char *bytes = calloc(n + 1, 1);
    require(bytes != NULL, "old bytes");
    for (size_t have = 0; have < n;) {
        const ssize_t got = pread(fd, bytes + have, n - have, offset + (off_t)have);
        require(got >= 0, "reading old bytes");
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return bytes;
}

static void note_bytes(int fd, off_t offset, size_t size, const struct stat *about)
{
    change *c = note(CHANGED_BYTES, place_of(about, fd));
    c->offset = offset;
    c->old_size = about->st_size;
    c->n_old = size;
    c->old = bytes_at(fd, offset, size);
}

void journal_write(int fd, off_t offset, size_t size)
{
    struct stat about;
    require(fstat(fd, &about) == 0, "a file to write");
    note_bytes(fd, offset, size, &about);
}

void journal_truncate(int fd, off_t size)
{
    struct stat about;
    require(fstat(fd, &about) == 0, "a file to truncate");
    note_bytes(fd, size, about.st_size > size ? (size_t)(about.st_size - size) : 0, &about);
}

static char *copy_of(const char *path)
{
    char *copy = strdup(path);
    require(copy != NULL, "a path");
    return copy;
}

/* A second name for a file that is about to lose this one; NULL if there is none. */
static char *keep(const char *path, uint64_t number)
{
    struct stat about;
    if (lstat(path, &about) != 0)
        return NULL;
    const size_t size = strlen(kept_folder) + 32;
    char *kept = malloc(size);
    require(kept != NULL, "a path");
    snprintf(kept, size, "%s/%llu", kept_folder, (unsigned long long)number);
    require(link(path, kept) == 0, path);
    return kept;
}

void journal_create(const char *path)
{
    note(CHANGED_NAME_CREATED, place_of_folder(path))->path = copy_of(path);
}

void journal_mkdir(const char *path)
{
    note(CHANGED_FOLDER_MADE, place_of_folder(path))->path = copy_of(path);
}

void journal_unlink(const char *path)
{
    change *c = note(CHANGED_NAME_REMOVED, place_of_folder(path));
    c->path = copy_of(path);
    c->kept = keep(path, c->number);
}

void journal_rename(const char *from, const char *to)
{
    change *c = note(CHANGED_NAME, place_of_folder(to));
    c->path = copy_of(from);
    c->to = copy_of(to);
    c->kept = keep(to, c->number);
}

/* --- forgetting ---------------------------------------------------------------------------------------------------- */

static void release(change *c)
{
    if (c->kept != NULL)
        unlink(c->kept);
    free(c->old);
    free(c->path);
    free(c->to);
    free(c->kept);
}

void journal_forget_last(void)
{
    release(&changes[--n_changes]);
}

static void forget(size_t synced)
{
    size_t n_left = 0;
    for (size_t i = 0; i < n_changes; i++) {
        if (changes[i].place == synced)
            release(&changes[i]);
        else
            changes[n_left++] = changes[i];
    }
    n_changes = n_left;
}

void journal_synced(int fd)
{
    struct stat about;
    require(fstat(fd, &about) == 0, "a synced file");
    forget(find_place(&about));
}

void journal_synced_names(const char *path)
{
    forget(place_of_folder(path));
}

/* --- undoing ------------------------------------------------------------------------------------------------------- */

typedef struct tear {
    bool drop; /* cut before everything */
    uint64_t seed;
} tear;

/* The number of the first change that is undone of what `key` names; key 0 is a folder's names, 1 a file's length, others a sector. */
static uint64_t cut(const tear *t, size_t where, uint64_t key)
{
    if (t->drop)
        return 0;
    const uint64_t first = changes[0].number;
    random_stream r = random_make(t->seed, random_mix(where + 1) ^ key);
    return first + random_below(&r, n_noted - first + 1);
}

static void write_back(int fd, const unsigned char *bytes, size_t size, off_t offset)
{
    while (size > 0) {
        const ssize_t n = pwrite(fd, bytes, size, offset);
        require(n > 0, "writing old bytes");
        bytes += n;
        size -= (size_t)n;
        offset += n;
    }
}

/* Each sector that the change touched, by its own cut. */
static void undo_bytes(const change *c, const tear *t)
{
    const int fd = places[c->place].fd;
    for (size_t done = 0; done < c->n_old;) {
        const uint64_t at = (uint64_t)c->offset + done, sector = at / SECTOR;
        size_t n = (size_t)((sector + 1) * SECTOR - at);
        if (n > c->n_old - done)
            n = c->n_old - done;
        if (c->number >= cut(t, c->place, sector + 2))
            write_back(fd, c->old + done, n, c->offset + (off_t)done);
        done += n;
    }
    if (c->number >= cut(t, c->place, 1))
        places[c->place].undone = c->old_size;
}

/* A name that is not there any more (its folder's making was undone, say) leaves nothing to undo. */
static void undo_name(const change *c)
{
    switch (c->kind) {
    case CHANGED_NAME_CREATED:
        unlink(c->path);
        break;
    case CHANGED_FOLDER_MADE:
        journal_remove_tree(c->path);
        break;
    case CHANGED_NAME:
        rename(c->to, c->path);
        if (c->kept != NULL)
            rename(c->kept, c->to);
        break;
    case CHANGED_NAME_REMOVED:
        if (c->kept != NULL)
            rename(c->kept, c->path);
        break;
    case CHANGED_BYTES:
        break;
    }
}

/* Lengths come last: writing old bytes back may have made a file longer. */
static void set_lengths(const off_t *lengths_now)
{
    for (size_t i = 0; i < n_places; i++) {
        if (places[i].fd < 0)
            continue;
        const off_t length = places[i].undone >= 0 ? places[i].undone : lengths_now[i];
        require(ftruncate(places[i].fd, length) == 0, "an old length");
    }
}

static void undo(const tear *t)
{
    if (n_changes == 0)
        return;
    off_t *lengths_now = calloc(n_places, sizeof *lengths_now);
    require(lengths_now != NULL, "lengths");
    for (size_t i = 0; i < n_places; i++) {
        struct stat about;
        if (places[i].fd >= 0 && fstat(places[i].fd, &about) == 0)
            lengths_now[i] = about.st_size;
    }
    for (size_t i = n_changes; i-- > 0;) {
        const change *c = &changes[i];
        if (c->kind == CHANGED_BYTES)
            undo_bytes(c, t);
        else if (c->number >= cut(t, c->place, 0))
            undo_name(c);
    }
    set_lengths(lengths_now);
    free(lengths_now);
}

void journal_drop(void)
{
    undo(&(tear){.drop = true});
}

void journal_tear(uint64_t seed)
{
    undo(&(tear){.seed = seed});
}

/* --- folders ------------------------------------------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *position)
{
    (void)about, (void)kind, (void)position;
    return remove(path);
}

void journal_remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
