/* The neighbours by text of a data folder: its file `text/neighbours.bt`. One that an encoder made is taken as it is; one made of words is
 * taken if it is of the catalogue as it is now. Else it is made of the search index's words, and stored for the next program. Where it
 * can't be stored (a folder that may only be read, a full disk, another program that stores one now) it lives in memory, and lists are
 * the same.
 */
#include "app/state.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

char *texts_path(const folder *f)
{
    return file_join(f->texts_path, NEIGHBOURS_NAME);
}

bool texts_are_current(const bt_neighbours *table, uint64_t version)
{
    const bt_neighbours_info *info = bt_neighbours_describe(table);
    return strcmp(info->method, BT_NEIGHBOURS_BY_WORDS) != 0 || info->texts_fingerprint == version;
}

static bt_status write_table(const app *a, const char *path)
{
    const bt_status status = file_make_folder(a->folder.texts_path, NULL);
    return status == BT_OK ? bt_neighbours_write(a->neighbours, path, NULL, NULL) : status;
}

/* Stores the table and takes the file's place in memory: it is mapped, so that programs share it. */
static bt_status store_table(app *a, const char *path)
{
    int lock = -1;
    bt_neighbours *mapped = NULL;
    bt_status status = folder_lock(&a->folder, "search.lock", &lock, NULL);
    if (status == BT_OK)
        status = write_table(a, path);
    if (status == BT_OK)
        a->neighbours_mark = file_mark(path);
    if (status == BT_OK)
        status = bt_neighbours_open(path, &mapped, NULL);
    if (status == BT_OK) {
        bt_neighbours_close(a->neighbours);
        a->neighbours = mapped;
    }
    folder_unlock(lock);
    return status;
}

static bt_status make_table(app *a, const char *path, uint64_t version, const bt_progress *progress, bt_error *error)
{
    bt_status status = app_prepare_search(a, error);
    if (status == BT_OK)
        status = bt_neighbours_from_words(a->search, version, progress, &a->neighbours, error);
    if (status == BT_OK && store_table(a, path) == BT_NO_MEMORY)
        status = error_no_memory(error, "storing the neighbours by text");
    return status;
}

static bt_status open_table(app *a, const bt_progress *progress, bt_error *error)
{
    uint64_t version = 0;
    char *path = texts_path(&a->folder);
    bt_status status = path != NULL ? catalogue_version(a->catalogue, &version, error)
                                    : error_no_memory(error, "opening the neighbours by text");
    if (status == BT_OK) {
        a->neighbours_mark = file_mark(path);
        const bt_status opened = bt_neighbours_open(path, &a->neighbours, NULL);
        if (opened == BT_NO_MEMORY)
            status = error_no_memory(error, "opening the neighbours by text");
        else if (opened != BT_OK || !texts_are_current(a->neighbours, version)) {
            bt_neighbours_close(a->neighbours);
            a->neighbours = NULL;
            status = make_table(a, path, version, progress, error);
        }
    }
    bt_free(path);
    return status;
}

bt_status app_prepare_texts(app *a, const bt_progress *progress, bt_error *error)
{
    bt_status status = a->neighbours == NULL ? open_table(a, progress, error) : BT_OK;
    if (status == BT_OK && a->model != NULL && a->texts == NULL)
        status = bt_text_join_make(a->neighbours, a->model, &a->texts, error);
    return status;
}

const bt_neighbours *app_neighbours(const app *a)
{
    return a->neighbours;
}
