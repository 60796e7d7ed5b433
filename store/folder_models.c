/* Models in the data folder. A model file is written whole by training and never changed, and so is the file of the rating model
 * that is trained with it and goes by its id: who activates the one has the other. `models/active` is a small text file,
 * replaced whole, whose first line decides. Its other lines are the models that decided before, so that a rollback knows where
 * to go.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "store/film.h"
#include "store/folder.h"

enum { ID_DIGITS = 16, PREFIX_MIN = 4, HISTORY_MAX = 16, ACTIVE_SIZE_MAX = 64 * 1024 };

static const char extension[] = ".btm";

/* Whether text begins with n lower-case hexadecimal digits. */
static bool is_hex(const char *text, size_t n)
{
    return strspn(text, "0123456789abcdef") >= n;
}

static bool is_model_name(const char *name)
{
    return strlen(name) == ID_DIGITS + sizeof extension - 1 && is_hex(name, ID_DIGITS) &&
           strcmp(name + ID_DIGITS, extension) == 0;
}

/* --- the active file ----------------------------------------------------------------------------------------------- */

typedef struct history {
    char ids[HISTORY_MAX][ID_DIGITS + 1]; /* newest first */
    size_t n;
} history;

static char *active_path(const folder *f)
{
    return file_join(f->models_path, "active");
}

static bt_status parse_history(const char *path, char *text, history *out, bt_error *error)
{
    char *rest = NULL;
    size_t line = 0;
    for (char *id = strtok_r(text, "\n", &rest); id != NULL; id = strtok_r(NULL, "\n", &rest)) {
        line++;
        if (strlen(id) != ID_DIGITS || !is_hex(id, ID_DIGITS))
            return error_set(
                error, BT_CORRUPT,
                "%s:%zu: expected a model's 16 hexadecimal digits, found '%.20s'; remove the file and activate a model", path,
                line, id);
        if (out->n < HISTORY_MAX)
            memcpy(out->ids[out->n++], id, ID_DIGITS + 1);
    }
    return BT_OK;
}

/* No file is an empty history. */
static bt_status read_history(const char *path, history *out, bt_error *error)
{
    char *text = NULL;
    size_t size = 0;
    *out = (history){0};
    if (!file_exists(path))
        return BT_OK;
    bt_status status = file_read_whole(path, ACTIVE_SIZE_MAX, &text, &size, error);
    if (status == BT_OK)
        status = parse_history(path, text, out, error);
    bt_free(text);
    return status;
}

static bt_status read_active(const folder *f, history *out, bt_error *error)
{
    char *path = active_path(f);
    const bt_status status = path != NULL ? read_history(path, out, error) : error_no_memory(error, "reading the active model");
    bt_free(path);
    return status;
}

static bt_status write_history(const char *path, const history *h, bt_error *error)
{
    file_replace file = {0};
    bt_status status = file_replace_begin(&file, path, error);
    for (size_t i = 0; i < h->n && status == BT_OK; i++) {
        char line[ID_DIGITS + 2];
        const int n = snprintf(line, sizeof line, "%s\n", h->ids[i]);
        status = file_replace_write(&file, line, (size_t)n, error);
    }
    if (status == BT_OK)
        return file_replace_commit(&file, error);
    file_replace_abort(&file);
    return status;
}

/* `id` in front of the others. */
static history put_first(const history *h, const char *id)
{
    history out = {.n = 1};
    memcpy(out.ids[0], id, ID_DIGITS + 1);
    for (size_t i = 0; i < h->n && out.n < HISTORY_MAX; i++)
        if (strcmp(h->ids[i], id) != 0)
            memcpy(out.ids[out.n++], h->ids[i], ID_DIGITS + 1);
    return out;
}

/* --- the list ------------------------------------------------------------------------------------------------------ */

static int compare_models(const void *x, const void *y)
{
    const folder_model *s = x, *t = y;
    if (s->written != t->written)
        return s->written > t->written ? -1 : 1;
    return strcmp(s->id, t->id);
}

/* False if the file is gone meanwhile. */
static bool describe(const folder *f, const char *name, const history *h, folder_model *out)
{
    char path[FOLDER_PATH_MAX + 64];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", f->models_path, name);
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    *out = (folder_model){.written = (int64_t)info.st_mtime, .size = (uint64_t)info.st_size};
    memcpy(out->id, name, ID_DIGITS);
    out->active = h->n > 0 && strcmp(h->ids[0], out->id) == 0;
    return true;
}

static bt_status read_list(const folder *f, DIR *entries, const history *h, arena *a, folder_model **out, size_t *n,
                           bt_error *error)
{
    size_t capacity = 0;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (!is_model_name(entry->d_name))
            continue;
        folder_model *items = list_room(a, *out, *n, &capacity, sizeof *items);
        if (items == NULL)
            return error_no_memory(error, "listing the models");
        *out = items;
        *n += describe(f, entry->d_name, h, &items[*n]);
    }
    if (*n > 0)
        qsort(*out, *n, sizeof **out, compare_models);
    return BT_OK;
}

bt_status folder_models(const folder *f, arena *a, folder_model **out, size_t *n, bt_error *error)
{
    history h;
    *out = NULL;
    *n = 0;
    bt_status status = read_active(f, &h, error);
    if (status != BT_OK || !file_exists(f->models_path))
        return status;
    DIR *entries = opendir(f->models_path);
    if (entries == NULL)
        return error_system(error, errno, "listing the models in %s", f->models_path);
    status = read_list(f, entries, &h, a, out, n, error);
    closedir(entries);
    return status;
}

/* --- one model ----------------------------------------------------------------------------------------------------- */

bt_status folder_model_path(const folder *f, uint64_t fingerprint, arena *a, const char **path, bt_error *error)
{
    *path = arena_format(a, "%s/%016" PRIx64 "%s", f->models_path, fingerprint, extension);
    return *path != NULL ? BT_OK : error_no_memory(error, "naming a model");
}

bt_status folder_rating_path(const folder *f, uint64_t fingerprint, arena *a, const char **path, bt_error *error)
{
    *path = arena_format(a, "%s/%016" PRIx64 ".btr", f->models_path, fingerprint);
    return *path != NULL ? BT_OK : error_no_memory(error, "naming a rating model");
}

bt_status folder_model_active(const folder *f, arena *a, const char **path, bt_error *error)
{
    history h;
    *path = NULL;
    bt_status status = read_active(f, &h, error);
    if (status != BT_OK)
        return status;
    if (h.n == 0)
        return error_set(error, BT_NOT_FOUND, "the data folder %s has no model: train one first (butaca train)", f->path);
    const char *file = arena_format(a, "%s/%s%s", f->models_path, h.ids[0], extension);
    if (file == NULL)
        return error_no_memory(error, "reading the active model");
    if (!file_exists(file))
        return error_set(
            error, BT_NOT_FOUND,
            "the active model %s is gone from %s: train again (butaca train) or activate another (butaca model list)", h.ids[0],
            f->models_path);
    *path = file;
    return BT_OK;
}

/* The one model whose id begins with `prefix`. */
static bt_status find_model(const folder_model *models, size_t n, const char *prefix, char full_id[17], bt_error *error)
{
    const size_t length = strlen(prefix);
    size_t n_found = 0;
    for (size_t i = 0; i < n; i++) {
        if (strncmp(models[i].id, prefix, length) == 0 && n_found++ == 0)
            memcpy(full_id, models[i].id, ID_DIGITS + 1);
    }
    if (n_found == 0)
        return error_set(error, BT_NOT_FOUND, "no model's id begins with '%s': butaca model list shows them", prefix);
    if (n_found > 1)
        return error_set(error, BT_AMBIGUOUS, "%zu models' ids begin with '%s': give more digits", n_found, prefix);
    return BT_OK;
}

static bt_status resolve_model(const folder *f, const char *prefix, char full_id[17], bt_error *error)
{
    const size_t length = strlen(prefix);
    if (length < PREFIX_MIN || length > ID_DIGITS || !is_hex(prefix, length))
        return error_set(error, BT_INVALID_ARGUMENT, "'%.40s' is no model's id: expected 4 to 16 hexadecimal digits", prefix);
    arena a = {0};
    folder_model *models = NULL;
    size_t n = 0;
    bt_status status = folder_models(f, &a, &models, &n, error);
    if (status == BT_OK)
        status = find_model(models, n, prefix, full_id, error);
    arena_free(&a);
    return status;
}

/* The number of the first model after the first whose file is there; h->n if there is none. */
static size_t first_before(const folder *f, const history *h)
{
    char path[FOLDER_PATH_MAX + 64];
    for (size_t i = 1; i < h->n; i++) {
        snprintf(path, sizeof path, "%s/%s%s", f->models_path, h->ids[i], extension);
        if (file_exists(path))
            return i;
    }
    return h->n;
}

bt_status folder_model_rollback(folder *f, char full_id[17], bt_error *error)
{
    full_id[0] = '\0';
    if (f->lock < 0)
        return error_set(error, BT_INVALID_ARGUMENT, "the data folder %s is open for reading: a model can't be activated",
                         f->path);
    history h;
    bt_status status = read_active(f, &h, error);
    if (status != BT_OK)
        return status;
    const size_t first = first_before(f, &h);
    if (first >= h.n)
        return error_set(error, BT_NOT_FOUND, "no other model was in use before in %s: butaca model list shows what there is",
                         f->path);
    h.n -= first;
    memmove(h.ids, h.ids + first, h.n * sizeof h.ids[0]);
    char *path = active_path(f);
    status = path != NULL ? write_history(path, &h, error) : error_no_memory(error, "rolling back a model");
    bt_free(path);
    if (status == BT_OK)
        memcpy(full_id, h.ids[0], ID_DIGITS + 1);
    return status;
}

bt_status folder_model_activate(folder *f, const char *id, char full_id[17], bt_error *error)
{
    full_id[0] = '\0';
    if (f->lock < 0)
        return error_set(error, BT_INVALID_ARGUMENT, "the data folder %s is open for reading: a model can't be activated",
                         f->path);
    history before;
    bt_status status = resolve_model(f, id, full_id, error);
    if (status == BT_OK)
        status = read_active(f, &before, error);
    if (status != BT_OK || (before.n > 0 && strcmp(before.ids[0], full_id) == 0))
        return status;
    char *path = active_path(f);
    const history after = put_first(&before, full_id);
    status = path != NULL ? write_history(path, &after, error) : error_no_memory(error, "activating a model");
    bt_free(path);
    return status;
}
