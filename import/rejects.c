/* Writing the rejects file. */
#include "import/rejects.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* The first name that isn't taken, in new memory; NULL: no memory. */
static char *free_path(const rejects *r)
{
    for (size_t n = 1;; n++) {
        char name[64];
        snprintf(name, sizeof name, "%s-%zu.csv", r->source, n);
        char *path = file_join(r->folder, name);
        if (!path || !file_exists(path))
            return path;
        bt_free(path);
    }
}

static bt_status begin(rejects *r, bt_error *error)
{
    static const char header[] = "file,line,reason,row\n";
    bt_status status = file_make_folder(r->folder, error);
    if (status != BT_OK)
        return status;
    char *path = free_path(r);
    if (!path)
        return error_no_memory(error, "naming the rejects file");
    status = file_replace_begin(&r->file, path, error);
    if (status != BT_OK) {
        bt_free(path);
        return status;
    }
    r->path = path;
    return file_replace_write(&r->file, header, sizeof header - 1, error);
}

static bt_status write_quoted(rejects *r, const char *text, size_t length, bt_error *error)
{
    bt_status status = file_replace_write(&r->file, "\"", 1, error);
    for (size_t i = 0; status == BT_OK && i < length; i++)
        status = file_replace_write(&r->file, text[i] == '"' ? "\"\"" : &text[i], text[i] == '"' ? 2 : 1, error);
    return status == BT_OK ? file_replace_write(&r->file, "\"", 1, error) : status;
}

bt_status rejects_add(rejects *r, const char *label, size_t line, const char *reason, csv_field raw, bt_error *error)
{
    if (!r->folder)
        return BT_OK;
    char number[32];
    const int digits = snprintf(number, sizeof number, ",%zu,", line);
    bt_status status = r->path ? BT_OK : begin(r, error);
    if (status == BT_OK)
        status = write_quoted(r, label, strlen(label), error);
    if (status == BT_OK)
        status = file_replace_write(&r->file, number, (size_t)digits, error);
    if (status == BT_OK)
        status = write_quoted(r, reason, strlen(reason), error);
    if (status == BT_OK)
        status = file_replace_write(&r->file, ",", 1, error);
    if (status == BT_OK)
        status = write_quoted(r, raw.text, raw.length, error);
    return status == BT_OK ? file_replace_write(&r->file, "\n", 1, error) : status;
}

bt_status rejects_commit(rejects *r, bt_error *error)
{
    if (!r->path)
        return BT_OK;
    return file_replace_commit(&r->file, error);
}

void rejects_end(rejects *r, bool keep)
{
    if (r->path && !keep) {
        file_replace_abort(&r->file);
        file_remove(r->path, NULL); /* the name was free: committed, or renamed and not synced, the file is ours */
    }
    bt_free(r->path);
    *r = (rejects){0};
}
