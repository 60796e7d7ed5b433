/* The data folder: its paths, the lock of its one writer, and the import's point of commit with what a crash leaves of it.
 *
 * What the files say after a crash (the catalogue's value "ratings.fingerprint" is what counts; R and N are the fingerprints of
 * ratings.bt and ratings.bt.next, N' one that the crash kept from being committed):
 *
 *     before (1) is done   R is named      N torn, missing or N'       the writer removes ratings.bt.next
 *     between (1) and (2)  R is named      N'                          the writer removes it
 *     between (2) and (3)  N is named      R is the one before         the writer renames N to ratings.bt
 *
 * If neither file is the one that is named, nothing is touched: that is damage, not a crash, and the files are evidence.
 */
#include "store/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sections.h"

static const char fingerprint_name[] = "ratings.fingerprint";

/* --- paths --------------------------------------------------------------------------------------------------------- */

bt_status folder_default_path(char **out, bt_error *error)
{
    const char *chosen = getenv("BUTACA_DATA");
    const char *home = getenv("HOME");
    *out = NULL;
    if (chosen != NULL && chosen[0] != '\0')
        *out = memory_string(chosen, strlen(chosen));
    else if (home != NULL && home[0] != '\0')
        *out = file_join(home, ".local/share/butaca");
    else
        return error_set(error, BT_INVALID_ARGUMENT,
                         "no data folder is known: give one with --data DIR, or set BUTACA_DATA or HOME");
    return *out != NULL ? BT_OK : error_no_memory(error, "choosing the data folder");
}

char *folder_ratings_next(const folder *f)
{
    return file_join(f->path, "ratings.bt.next");
}

/* "sqlite:" + path + "/butaca.db" */
static char *make_catalogue_url(const char *path)
{
    char *file = file_join(path, "butaca.db");
    const size_t n = file != NULL ? strlen(file) + sizeof "sqlite:" : 0;
    char *url = n > 0 ? memory_array(n, 1) : NULL;
    if (url != NULL)
        snprintf(url, n, "sqlite:%s", file);
    bt_free(file);
    return url;
}

static bt_status make_paths(folder *f, const char *path, bt_error *error)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    if (n == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "the data folder's name is empty: give one with --data DIR");
    if (n > FOLDER_PATH_MAX)
        return error_set(error, BT_LIMIT, "the data folder's path has %zu bytes (%.60s…): expected at most %d", n, path,
                         FOLDER_PATH_MAX);
    f->path = memory_string(path, n);
    if (f->path != NULL) {
        f->catalogue_url = make_catalogue_url(f->path);
        f->ratings_path = file_join(f->path, "ratings.bt");
        f->models_path = file_join(f->path, "models");
        f->rejects_path = file_join(f->path, "rejects");
        f->texts_path = file_join(f->path, "text");
    }
    const bool made = f->path && f->catalogue_url && f->ratings_path && f->models_path && f->rejects_path && f->texts_path;
    return made ? BT_OK : error_no_memory(error, "opening the data folder");
}

static const char *catalogue_path(const folder *f)
{
    return f->catalogue_url + strlen("sqlite:");
}

/* --- the lock ------------------------------------------------------------------------------------------------------ */

/* The process that the lock file names, 0 if none. */
static long lock_holder(int lock)
{
    char text[32] = "";
    const ssize_t n = lseek(lock, 0, SEEK_SET) == 0 ? file_get_door()->read(lock, text, sizeof text - 1) : -1;
    return n > 0 ? strtol(text, NULL, 10) : 0;
}

static bt_status lock_taken(const folder *f, int lock, bt_error *error)
{
    const long holder = lock_holder(lock);
    if (holder > 0)
        return error_set(error, BT_BUSY,
                         "the data folder %s is in use by another butaca (process %ld); stop it or use another --data folder",
                         f->path, holder);
    return error_set(error, BT_BUSY, "the data folder %s is in use by another butaca; stop it or use another --data folder",
                     f->path);
}

/* For people: the lock itself is the kernel's and ends with the process, so the text need not be synced. */
static void write_holder(int lock)
{
    char text[32];
    const int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    const file_door *door = file_get_door();
    if (door->truncate(lock, 0) == 0 && door->write_at(lock, text, (size_t)n, 0) != n)
        door->truncate(lock, 0);
}

bt_status folder_lock(const folder *f, const char *name, int *out, bt_error *error)
{
    *out = -1;
    char *path = file_join(f->path, name);
    if (path == NULL)
        return error_no_memory(error, "locking the data folder");
    const file_door *door = file_get_door();
    const int lock = door->open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bt_status status = BT_OK;
    if (lock < 0)
        status = error_system(error, errno,
                              "the data folder can't be written; check its owner or use another --data folder: %s", path);
    else if (flock(lock, LOCK_EX | LOCK_NB) == 0)
        write_holder(lock);
    else
        status = errno == EWOULDBLOCK ? lock_taken(f, lock, error) : error_system(error, errno, "locking %s", path);
    bt_free(path);
    if (status == BT_OK)
        *out = lock;
    else if (lock >= 0)
        door->close(lock);
    return status;
}

void folder_unlock(int lock)
{
    if (lock >= 0)
        file_get_door()->close(lock); /* which gives the lock back */
}

/* --- what a crash left --------------------------------------------------------------------------------------------- */

/* The fingerprint of a ratings file by its header, 0 if there is no file or none that is whole. A file that can't be read now may
 * be a good one: that is a failure. */
static bt_status read_fingerprint(const char *path, uint64_t *out, bt_error *error)
{
    sections_file file;
    bt_error reason = {0};
    *out = 0;
    const bt_status status = sections_open(path, "ratings", UINT32_MAX, &file, &reason);
    switch (status) {
    case BT_OK:
        *out = file.fingerprint;
        sections_close(&file);
        return BT_OK;
    case BT_NOT_FOUND:
    case BT_BAD_FORMAT:
    case BT_CORRUPT:
        return BT_OK;
    default:
        return error_set(error, status, "%s", reason.message);
    }
}

/* What the catalogue names; 0: it names none. */
static bt_status named_fingerprint(catalogue *c, uint64_t *out, bt_error *error)
{
    arena a = {0};
    const char *value = NULL;
    *out = 0;
    bt_status status = catalogue_get_value(c, fingerprint_name, &a, &value, error);
    if (status == BT_OK && value != NULL) {
        char *end = NULL;
        *out = strtoull(value, &end, 16);
        if (*out == 0 || *end != '\0')
            status = error_set(error, BT_CORRUPT, "the catalogue's value %s is '%.40s': expected 16 hexadecimal digits",
                               fingerprint_name, value);
    }
    arena_free(&a);
    return status;
}

/* The same of the folder's catalogue, which may not be there yet. It is opened for writing, since an older one has to be upgraded
 * before it can be asked: only a catalogue that surely names nothing may make us remove ratings. */
static bt_status named_in_folder(const folder *f, uint64_t *out, bt_error *error)
{
    catalogue *c = NULL;
    *out = 0;
    if (!file_exists(catalogue_path(f)))
        return BT_OK;
    bt_status status = catalogue_open(f->catalogue_url, CATALOGUE_WRITE, &c, error);
    if (status == BT_OK)
        status = named_fingerprint(c, out, error);
    catalogue_close(c);
    return status;
}

static bt_status finish_ratings(const folder *f, const char *next, bt_error *error)
{
    uint64_t named = 0, of_next = 0, of_ratings = 0;
    bt_status status = named_in_folder(f, &named, error);
    if (status == BT_OK)
        status = read_fingerprint(next, &of_next, error);
    if (status == BT_OK)
        status = read_fingerprint(f->ratings_path, &of_ratings, error);
    if (status != BT_OK)
        return status;
    if (named != 0 && of_next == named)
        return file_rename(next, f->ratings_path, error);
    if (named == 0 || of_ratings == named)
        return file_remove(next, error);
    return BT_OK; /* folder_ratings says what is wrong */
}

static bool is_temporary(const char *name)
{
    const size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".tmp") == 0;
}

/* Files that were being written. Those of the lock's holder are none: there is nobody else. */
static bt_status remove_temporaries(const char *path, bt_error *error)
{
    DIR *entries = opendir(path);
    if (entries == NULL)
        return errno == ENOENT ? BT_OK : error_system(error, errno, "looking for what a crash left in %s", path);
    bt_status status = BT_OK;
    for (struct dirent *entry = readdir(entries); entry != NULL && status == BT_OK; entry = readdir(entries)) {
        if (!is_temporary(entry->d_name))
            continue;
        char *file = file_join(path, entry->d_name);
        status = file != NULL ? file_remove(file, error) : error_no_memory(error, "opening the data folder");
        bt_free(file);
    }
    closedir(entries);
    return status;
}

static bt_status recover(const folder *f, bt_error *error)
{
    const char *const places[] = {f->path, f->models_path, f->rejects_path, f->texts_path};
    bt_status status = BT_OK;
    for (size_t i = 0; i < sizeof places / sizeof *places && status == BT_OK; i++)
        status = remove_temporaries(places[i], error);
    if (status != BT_OK)
        return status;

    char *next = folder_ratings_next(f);
    if (next == NULL)
        return error_no_memory(error, "opening the data folder");
    if (file_exists(next))
        status = finish_ratings(f, next, error);
    bt_free(next);
    return status;
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

static bt_status open_for_reading(const folder *f, bt_error *error)
{
    if (!file_exists(f->path))
        return error_set(error, BT_NOT_FOUND, "there is no data folder at %s: import something first (butaca import PATH)",
                         f->path);
    if (!file_exists(catalogue_path(f)))
        return error_set(error, BT_NOT_FOUND, "the data folder %s holds no films: import something first (butaca import PATH)",
                         f->path);
    return BT_OK;
}

static bt_status open_for_writing(folder *f, bt_error *error)
{
    bt_status status = file_make_folder(f->path, error);
    if (status == BT_OK)
        status = folder_lock(f, "lock", &f->lock, error);
    if (status == BT_OK)
        status = recover(f, error);
    if (status == BT_OK)
        status = file_make_folder(f->models_path, error);
    return status == BT_OK ? file_make_folder(f->rejects_path, error) : status;
}

bt_status folder_open(const char *path, folder_mode mode, folder *out, bt_error *error)
{
    *out = (folder){.lock = -1};
    bt_status status = make_paths(out, path, error);
    if (status == BT_OK && file_exists(out->path) && !file_is_folder(out->path))
        status = error_set(error, BT_INVALID_ARGUMENT, "%s is a file: expected a data folder; name another with --data DIR",
                           out->path);
    if (status == BT_OK && mode != FOLDER_LOOK)
        status = mode == FOLDER_WRITE ? open_for_writing(out, error) : open_for_reading(out, error);
    if (status != BT_OK)
        folder_close(out);
    return status;
}

void folder_close(folder *f)
{
    if (f->path != NULL)
        folder_unlock(f->lock);
    bt_free(f->path);
    bt_free(f->catalogue_url);
    bt_free(f->ratings_path);
    bt_free(f->models_path);
    bt_free(f->rejects_path);
    bt_free(f->texts_path);
    *f = (folder){.lock = -1};
}

/* --- ratings ------------------------------------------------------------------------------------------------------- */

/* *path: the file with this fingerprint, NULL if there is none; *found: that of ratings.bt. */
static bt_status find_ratings(const folder *f, uint64_t fingerprint, arena *a, const char **path, uint64_t *found,
                              bt_error *error)
{
    uint64_t of_next = 0;
    const char *next = arena_format(a, "%s/ratings.bt.next", f->path);
    const char *ratings = arena_format(a, "%s", f->ratings_path);
    if (next == NULL || ratings == NULL)
        return error_no_memory(error, "looking for the ratings");
    bt_status status = read_fingerprint(ratings, found, error);
    if (status == BT_OK && *found != fingerprint)
        status = read_fingerprint(next, &of_next, error);
    *path = NULL;
    if (status == BT_OK && *found == fingerprint)
        *path = ratings;
    else if (status == BT_OK && of_next == fingerprint)
        *path = next;
    return status;
}

bt_status folder_ratings(const folder *f, catalogue *c, arena *a, const char **path, bt_error *error)
{
    enum { TRIES = 3 }; /* an import may commit and rename between our question to the catalogue and the look at the files */
    uint64_t named = 0, found = 0;
    *path = NULL;
    for (int i = 0; i < TRIES && *path == NULL; i++) {
        bt_status status = named_fingerprint(c, &named, error);
        if (status == BT_OK && named == 0)
            status = error_set(error, BT_NOT_FOUND, "the data folder %s holds no ratings: import some (butaca import PATH)",
                               f->path);
        if (status == BT_OK)
            status = find_ratings(f, named, a, path, &found, error);
        if (status != BT_OK)
            return status;
    }
    if (*path != NULL)
        return BT_OK;
    return error_set(error, BT_CORRUPT,
                     "%s is missing or damaged: its fingerprint is %016" PRIx64 ", the catalogue names %016" PRIx64
                     "; restore the data folder from a backup, or import into a new one",
                     f->ratings_path, found, named);
}

static bt_status name_ratings(folder *f, catalogue *c, const char *next, uint64_t fingerprint, bt_error *error)
{
    uint64_t found = 0;
    const bt_status status = read_fingerprint(next, &found, error);
    if (status != BT_OK)
        return status;
    if (found != fingerprint)
        return error_set(error, BT_INVALID_ARGUMENT,
                         "%s has the fingerprint %016" PRIx64 ", the import says %016" PRIx64 ": nothing was committed to %s",
                         next, found, fingerprint, f->path);
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, fingerprint);
    return catalogue_set_value(c, fingerprint_name, text, error);
}

/* Step (3). */
static bt_status show_ratings(folder *f, const char *next, bt_error *error)
{
    bt_error reason = {0};
    const bt_status status = file_rename(next, f->ratings_path, &reason);
    if (status == BT_OK)
        return BT_OK;
    return error_set(error, status,
                     "the import is stored, but its ratings couldn't be moved into place (the next import does it): %s",
                     reason.message);
}

bt_status folder_commit_import(folder *f, catalogue *c, uint64_t fingerprint, bt_error *error)
{
    if (fingerprint == 0)
        return catalogue_commit(c, error);
    char *next = folder_ratings_next(f);
    bt_status status =
        next != NULL ? name_ratings(f, c, next, fingerprint, error) : error_no_memory(error, "committing an import");
    if (status == BT_OK)
        status = catalogue_commit(c, error);
    else
        catalogue_rollback(c);
    if (status == BT_OK)
        status = show_ratings(f, next, error);
    bt_free(next);
    return status;
}
