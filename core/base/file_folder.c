/* Folders, names in them, and making changes to them durable: a created, renamed or removed name is only as safe as the last
 * sync of the folder that holds it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

char *file_join(const char *folder, const char *name)
{
    const size_t n_folder = strlen(folder), n_name = strlen(name);
    char *path = memory_array(n_folder + n_name + 2, 1);
    if (path == NULL)
        return NULL;
    memcpy(path, folder, n_folder);
    path[n_folder] = '/';
    memcpy(path + n_folder + 1, name, n_name + 1);
    return path;
}

/* The folder that holds `path`, in new memory: "." for a bare name. Trailing slashes don't count. */
static char *folder_of(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    if (n == 0)
        return memory_string(".", 1);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return memory_string(path, n);
}

bt_status file_sync_folder(const char *path, bt_error *error)
{
    const file_door *door = file_get_door();
    const int fd = door->open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0)
        return error_system(error, errno, "cannot open the folder %s", path);

    /* EINVAL: a file system (some network ones) that knows no sync of folders and does without. */
    bt_status status = BT_OK;
    if (door->sync(fd) != 0 && errno != EINVAL)
        status = error_system(error, errno, "cannot sync the folder %s", path);
    door->close(fd);
    return status;
}

bt_status file_sync_parent(const char *path, bt_error *error)
{
    char *folder = folder_of(path);
    if (folder == NULL)
        return error_no_memory(error, "syncing a folder");
    const bt_status status = file_sync_folder(folder, error);
    bt_free(folder);
    return status;
}

/* One folder whose parent is there; one that exists already was made, and synced, by somebody else. */
static bt_status make_one(const char *path, bt_error *error)
{
    if (file_get_door()->mkdir(path, 0700) == 0)
        return file_sync_parent(path, error);
    const int reason = errno;
    if (file_is_folder(path))
        return BT_OK;
    if (reason == EEXIST)
        return error_set(error, BT_BAD_FORMAT, "%s: is a file, expected a folder", path);
    return error_system(error, reason, "cannot make the folder %s", path);
}

bt_status file_make_folder(const char *path, bt_error *error)
{
    char *partial = memory_string(path, strlen(path));
    if (partial == NULL)
        return error_no_memory(error, "making a folder");

    bt_status status = BT_OK;
    for (char *slash = strchr(partial + (partial[0] == '/'), '/'); slash != NULL && status == BT_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (!file_is_folder(partial))
            status = make_one(partial, error);
        *slash = '/';
    }
    if (status == BT_OK && !file_is_folder(path))
        status = make_one(path, error);
    bt_free(partial);
    return status;
}

bt_status file_rename(const char *from, const char *to, bt_error *error)
{
    if (file_get_door()->rename(from, to) != 0)
        return error_system(error, errno, "cannot rename %s to %s", from, to);
    return file_sync_parent(to, error);
}

bt_status file_remove(const char *path, bt_error *error)
{
    if (file_get_door()->unlink(path) != 0 && errno != ENOENT)
        return error_system(error, errno, "cannot remove %s", path);
    return BT_OK;
}
