/* Standard input as a source: one file without a name, which is known by its content.
 *
 * Detection looks at the beginning and reading begins anew, so the first INPUT_HEAD_MAX bytes are kept. Whoever reads past them
 * goes through the rest once.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "import/source_internal.h"

enum { INPUT_HEAD_MAX = 1 << 20 };

typedef struct input {
    size_t n_head;
    bool at_end; /* of standard input */
    bool past;   /* the head: what was read then is gone */
    char head[INPUT_HEAD_MAX];
} input;

static bt_status read_input(void *buffer, size_t size, size_t *n, bt_error *error)
{
    ssize_t got;
    do
        got = file_get_door()->read(STDIN_FILENO, buffer, size);
    while (got < 0 && errno == EINTR);
    *n = got > 0 ? (size_t)got : 0;
    return got >= 0 ? BT_OK : error_system(error, errno, "cannot read standard input");
}

/* Fills the head as far as a read of it goes. */
static bt_status read_head(input *in, size_t wanted, bt_error *error)
{
    bt_status status = BT_OK;
    while (status == BT_OK && in->n_head < wanted && !in->at_end) {
        size_t n;
        status = read_input(in->head + in->n_head, INPUT_HEAD_MAX - in->n_head, &n, error);
        in->n_head += n;
        in->at_end = status == BT_OK && n == 0;
    }
    return status;
}

static bt_status input_list(source *s, bt_error *error)
{
    input *in = memory_zeroed(1, sizeof *in);
    s->handle = in;
    if (!in)
        return error_no_memory(error, "reading standard input");
    const bt_status status = read_head(in, 4, error);
    if (status != BT_OK)
        return status;
    if (in->n_head == 0)
        return error_set(error, BT_BAD_FORMAT, "standard input is empty; expected a file of a data set");
    if (source_is_zip(in->head, in->n_head))
        return error_set(error, BT_UNSUPPORTED,
                         "standard input is a zip archive, which has its list of files at its end; name "
                         "the file instead of \"-\"");
    return source_add_entry(s, (source_entry){.path = "standard input"}, error);
}

static void input_close(source *s)
{
    bt_free(s->handle);
}

static bt_status input_stream_open(source *s, const source_file *file, source_stream *out, bt_error *error)
{
    (void)file;
    const input *in = s->handle;
    out->entry = s->handle;
    return in->past ? error_set(error, BT_INVALID_ARGUMENT, "standard input can be read only once") : BT_OK;
}

static bt_status input_stream_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    input *in = s->entry;
    if (s->read < INPUT_HEAD_MAX) {
        const bt_status status = read_head(in, (size_t)s->read + 1, error);
        const size_t left = in->n_head - (size_t)s->read;
        *n = left < size ? left : size;
        memcpy(buffer, in->head + s->read, *n);
        return status;
    }
    in->past = true;
    return read_input(buffer, size, n, error);
}

static void input_stream_close(source_stream *s)
{
    (void)s;
}

const source_kind source_kind_input = {
    .what = "the file",
    .list = input_list,
    .close = input_close,
    .stream_open = input_stream_open,
    .stream_read = input_stream_read,
    .stream_close = input_stream_close,
};
