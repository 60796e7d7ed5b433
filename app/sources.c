/* What an app was made of, and whether the folder has something else by now. */
#include "app/state.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

void app_sources_then(const app *a, app_sources *out)
{
    memset(out, 0, sizeof *out);
    snprintf(out->model_id, sizeof out->model_id, "%s", a->model != NULL ? a->model_id : "");
    out->films = a->catalogue_version;
    out->texts = a->neighbours_mark;
}

/* A model's file is named by its id. */
static void read_model_id(const app *a, app_sources *out)
{
    arena memory = {0};
    const char *path = NULL;
    const bool found = folder_model_active(&a->folder, &memory, &path, NULL) == BT_OK && path != NULL;
    const char *name = found ? strrchr(path, '/') : NULL;
    if (name != NULL && strspn(name + 1, "0123456789abcdef") == 16)
        snprintf(out->model_id, sizeof out->model_id, "%.16s", name + 1);
    arena_free(&memory);
}

void app_sources_now(const app *a, app_sources *out)
{
    char *path = texts_path(&a->folder);
    app_sources_then(a, out);
    read_model_id(a, out);
    catalogue_version(a->catalogue, &out->films, NULL);
    if (path != NULL)
        out->texts = file_mark(path);
    bt_free(path);
}
