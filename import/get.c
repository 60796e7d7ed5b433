/* Getting a data set: download, check, import, tidy up. */
#include "import/get.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "import/download.h"
#include "import/sha256.h"

typedef struct getting {
    folder *target;
    const known_set *set;
    const get_params *p;
    const char *place; /* DATA/downloads/SET */
    arena memory;
} getting;

/* --- addresses ------------------------------------------------------------------------------------------------------ */

/* A path as file URLs have it: all but letters, digits and "/._-~" by number. NULL: no memory. */
static const char *escape(arena *a, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-~";
    char *out = arena_take(a, 3 * strlen(path) + 1), *to = out;
    for (; out != NULL && *path != '\0'; path++) {
        if (strchr(plain, *path) != NULL)
            *to++ = *path;
        else
            to += snprintf(to, 4, "%%%02X", (unsigned)(unsigned char)*path);
    }
    if (out != NULL)
        *to = '\0';
    return out;
}

/* "file:///home/me/mirror" of a folder's path. */
static bt_status url_of_folder(getting *g, const char *path, const char **out, bt_error *error)
{
    char here[FOLDER_PATH_MAX];
    if (!file_is_folder(path))
        return error_set(error, BT_NOT_FOUND, "the mirror %s isn't there: name a folder, or a URL with http, https or file",
                         path);
    if (path[0] != '/' && getcwd(here, sizeof here) == NULL)
        return error_system(error, errno, "cannot tell where the mirror %s is", path);
    const char *whole = path[0] == '/' ? path : arena_format(&g->memory, "%s/%s", here, path);
    const char *escaped = whole != NULL ? escape(&g->memory, whole) : NULL;
    *out = escaped != NULL ? arena_format(&g->memory, "file://%s", escaped) : NULL;
    return *out != NULL ? BT_OK : error_no_memory(error, "naming the mirror");
}

static bt_status address(getting *g, const known_file *file, const char **out, bt_error *error)
{
    const char *mirror = g->p->mirror;
    *out = file->url;
    if (mirror == NULL || mirror[0] == '\0')
        return BT_OK;
    if (strstr(mirror, "://") == NULL) {
        const bt_status status = url_of_folder(g, mirror, &mirror, error);
        if (status != BT_OK)
            return status;
    }
    const char *slash = mirror[strlen(mirror) - 1] == '/' ? "" : "/";
    *out = arena_format(&g->memory, "%s%s%s", mirror, slash, file->name);
    return *out != NULL ? BT_OK : error_no_memory(error, "naming the mirror");
}

/* --- one file ------------------------------------------------------------------------------------------------------- */

static bool has_size(const char *path, uint64_t size)
{
    struct stat about;
    return stat(path, &about) == 0 && (uint64_t)about.st_size == size;
}

static bt_status check(getting *g, const known_file *file, const char *part, const char *url, bt_error *error)
{
    bt_error found = {0};
    const bt_status status = sha256_check(part, file, g->set->contents, g->set->n_contents, &found);
    if (status == BT_OK)
        return BT_OK;
    if (status != BT_CORRUPT)
        return error_set(error, status, "%s", found.message);
    file_remove(part, NULL);
    return error_set(
        error, BT_CORRUPT,
        "%s; it was removed. Try again; if it stays so, its source has another version by now, that you can get from %s "
        "and bring in with butaca import",
        found.message, url);
}

/* Packed anew by a mirror it may be somewhat larger than the table says. */
static uint64_t limit_of(const getting *g, const known_file *file)
{
    return g->set->contents != NULL ? file->size + file->size / 2 + (1 << 20) : file->size;
}

static bt_status download_part(getting *g, const known_file *file, const char *url, const char *part, bt_error *error)
{
    const char *stage = arena_format(&g->memory, "getting %s", file->name);
    const download_params params = {.url = url,
                                    .path = part,
                                    .stage = stage != NULL ? stage : "getting a file",
                                    .expected = file->size,
                                    .limit = limit_of(g, file),
                                    .progress = g->p->progress};
    return has_size(part, file->size) ? BT_OK
                                      : download_file(&params, error); /* all of it may have come before we were stopped */
}

/* What lay there from a call before may be torn, or of another version: with a wrong checksum it is asked for once more. */
static bt_status bring_part(getting *g, const known_file *file, const char *url, const char *part, bt_error *error)
{
    const bool resumed = file_exists(part);
    bt_status status = download_part(g, file, url, part, error);
    if (status == BT_OK)
        status = check(g, file, part, url, error);
    if (status != BT_CORRUPT || !resumed)
        return status;
    status = download_part(g, file, url, part, error);
    return status == BT_OK ? check(g, file, part, url, error) : status;
}

static bt_status get_file(getting *g, const known_file *file, bt_error *error)
{
    const char *url = NULL, *path = arena_format(&g->memory, "%s/%s", g->place, file->name);
    const char *part = arena_format(&g->memory, "%s/%s.part", g->place, file->name);
    if (path == NULL || part == NULL)
        return error_no_memory(error, "getting a data set");
    if (file_exists(path)) /* its name says that it was checked */
        return BT_OK;
    bt_status status = address(g, file, &url, error);
    if (status == BT_OK)
        status = bring_part(g, file, url, part, error);
    return status == BT_OK ? file_rename(part, path, error) : status;
}

/* --- the set -------------------------------------------------------------------------------------------------------- */

/* A set of one file is that file, for messages and rejects; else the folder of all of them. */
static bt_status import_files(getting *g, import_summary *out, bt_error *error)
{
    const char *path = g->place;
    if (g->set->n_files == 1)
        path = arena_format(&g->memory, "%s/%s", g->place, g->set->files[0].name);
    return path != NULL ? import_run(g->target, path, g->p->progress, out, error)
                        : error_no_memory(error, "getting a data set");
}

/* What stays behind is only in the way of room: not worth a failure. */
static void remove_files(getting *g)
{
    for (size_t i = 0; i < g->set->n_files; i++) {
        const char *path = arena_format(&g->memory, "%s/%s", g->place, g->set->files[i].name);
        if (path != NULL)
            file_remove(path, NULL);
    }
    rmdir(g->place);
    const char *above = arena_format(&g->memory, "%s/downloads", g->target->path);
    if (above != NULL)
        rmdir(above); /* stays if another set lies in it */
}

bt_status get_run(folder *target, const known_set *set, const get_params *p, import_summary *out, bt_error *error)
{
    getting g = {.target = target, .set = set, .p = p};
    g.place = arena_format(&g.memory, "%s/downloads/%s", target->path, set->name);
    bt_status status = g.place != NULL ? file_make_folder(g.place, error) : error_no_memory(error, "getting a data set");
    for (size_t i = 0; i < set->n_files && status == BT_OK; i++)
        status = get_file(&g, &set->files[i], error);
    if (status == BT_OK)
        status = import_files(&g, out, error);
    if (status == BT_OK)
        remove_files(&g);
    arena_free(&g.memory);
    return status;
}
