/* The doctor's checks of the folder itself: is it there, may we read and write it, who writes now, is there room, what did a crash
 * leave behind? Only looks, so it calls the system directly, not the file door.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "app/doctor.h"

enum { SPACE_LEAST = 64 << 20 }; /* bytes: below, not even a small import or model is sure to fit */

/* --- the folder ------------------------------------------------------------------------------------------------------ */

static void check_rights(doctor *d, const struct stat *s)
{
    const char *take = doctor_text(d, "sudo chown -R %u %s", (unsigned)geteuid(), doctor_quoted(d, d->data_path));
    if (access(d->data_path, R_OK | X_OK) != 0)
        doctor_fault(d, "folder", take, "%s can't be read by you; it belongs to user %u", d->data_path, (unsigned)s->st_uid);
    else if (access(d->data_path, W_OK) == 0)
        doctor_well(d, "folder", "%s", d->data_path);
    else if (s->st_uid == geteuid())
        doctor_fault(d, "folder", doctor_text(d, "chmod u+w %s", doctor_quoted(d, d->data_path)),
                     "%s can be read, but not written: import and train will fail", d->data_path);
    else
        doctor_fault(d, "folder", take, "%s belongs to user %u, you may only read: import and train will fail", d->data_path,
                     (unsigned)s->st_uid);
}

bool doctor_check_folder(doctor *d)
{
    struct stat s;
    if (stat(d->data_path, &s) != 0 && errno == ENOENT) {
        doctor_fault(d, "folder", doctor_command(d, "import PATH"), "no data yet: %s isn't there", d->data_path);
        return false;
    }
    if (stat(d->data_path, &s) != 0) {
        doctor_fault(d, "folder", "see to the folders above it", "%s: %s", d->data_path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(s.st_mode)) {
        doctor_fault(d, "folder", "name a folder with --data DIR", "%s is not a folder", d->data_path);
        return false;
    }
    check_rights(d, &s);
    return access(d->data_path, R_OK | X_OK) == 0;
}

/* --- the writer ------------------------------------------------------------------------------------------------------ */

void doctor_check_writer(doctor *d)
{
    const int fd = open(doctor_text(d, "%s/lock", d->data_path), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return; /* nobody ever wrote */
    if (flock(fd, LOCK_SH | LOCK_NB) == 0) {
        doctor_well(d, "writer", "no other program is writing");
    } else {
        char text[24] = "";
        const ssize_t n = read(fd, text, sizeof text - 1);
        const long pid = n > 0 ? strtol(text, NULL, 10) : 0;
        if (pid > 0)
            doctor_fault(d, "writer", doctor_text(d, "kill %ld", pid),
                         "process %ld is writing into the folder now: wait until it is done, or stop it", pid);
        else
            doctor_fault(d, "writer", "wait until it is done", "another program is writing into the folder now");
    }
    close(fd);
}

/* --- room ------------------------------------------------------------------------------------------------------------ */

void doctor_check_space(doctor *d)
{
    struct statvfs s;
    if (statvfs(d->data_path, &s) != 0)
        return;
    struct stat ratings;
    uint64_t needed = SPACE_LEAST; /* an import writes the ratings anew beside the old ones */
    if (stat(doctor_text(d, "%s/ratings.bt", d->data_path), &ratings) == 0)
        needed += 2 * (uint64_t)ratings.st_size;
    const uint64_t available = (uint64_t)s.f_bavail * s.f_frsize;
    if (available < needed)
        doctor_fault(d, "space", doctor_text(d, "make room on the disk of %s", d->data_path),
                     "%" PRIu64 " MB are free, an import may need %" PRIu64 " MB", available / 1000000, needed / 1000000);
    else
        doctor_well(d, "space", "%.1f GB free", (double)available * 1e-9);
}

/* --- leftovers ------------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static void check_leftovers_in(doctor *d, const char *path, size_t *n_found)
{
    DIR *folder_listing = opendir(path);
    if (folder_listing == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(folder_listing)) != NULL;) {
        if (!ends_with(entry->d_name, ".tmp"))
            continue;
        const char *file = doctor_text(d, "%s/%s", path, entry->d_name);
        doctor_fault(d, "leftovers", doctor_text(d, "rm %s", doctor_quoted(d, file)),
                     "%s is half a file that a program left when it was cut off", file);
        (*n_found)++;
    }
    closedir(folder_listing);
}

/* Half a download is there to go on with; what mends it is to do without. */
static void check_downloads(doctor *d, size_t *n_found)
{
    const char *path = doctor_text(d, "%s/downloads", d->data_path);
    DIR *sets = opendir(path);
    if (sets == NULL)
        return;
    for (const struct dirent *set; (set = readdir(sets)) != NULL;) {
        const char *place = doctor_text(d, "%s/%s", path, set->d_name);
        DIR *files = set->d_name[0] != '.' ? opendir(place) : NULL;
        if (files == NULL)
            continue;
        for (const struct dirent *entry; (entry = readdir(files)) != NULL;) {
            if (!ends_with(entry->d_name, ".part"))
                continue;
            const char *file = doctor_text(d, "%s/%s", place, entry->d_name);
            doctor_fault(d, "leftovers", doctor_text(d, "rm %s", doctor_quoted(d, file)),
                         "%s is half a download; butaca get %s would go on with it", file, set->d_name);
            (*n_found)++;
        }
        closedir(files);
    }
    closedir(sets);
}

void doctor_check_leftovers(doctor *d)
{
    size_t n_found = 0;
    check_leftovers_in(d, d->data_path, &n_found);
    check_leftovers_in(d, doctor_text(d, "%s/models", d->data_path), &n_found);
    check_leftovers_in(d, doctor_text(d, "%s/rejects", d->data_path), &n_found);
    check_leftovers_in(d, doctor_text(d, "%s/text", d->data_path), &n_found);
    check_downloads(d, &n_found);
    if (n_found == 0)
        doctor_well(d, "leftovers", "none");
}
