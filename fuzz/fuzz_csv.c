/* CSV from any bytes: rows come back or the file is refused, and it makes no difference how the bytes arrive or where the buffer
 * cuts them.
 *
 * The first byte of an input is the size of the pieces in which the stream gives the rest, the second one the buffer's first
 * capacity.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/csv.h"
#include "import/fields.h"
#include "import/source_internal.h"

static void require(int holds)
{
    if (!holds)
        abort();
}

/* --- a stream over memory ------------------------------------------------------------------------------------------- */

typedef struct memory_stream {
    source_stream stream; /* first: the kind's functions get its address */
    const uint8_t *bytes;
    size_t size, piece;
} memory_stream;

static bt_status memory_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    (void)error;
    const memory_stream *m = (const memory_stream *)s;
    const size_t left = m->size - (size_t)s->read;
    *n = left < size ? left : size;
    *n = *n < m->piece ? *n : m->piece;
    memcpy(buffer, m->bytes + s->read, *n);
    return BT_OK;
}

static const source_kind memory_kind = {.what = "memory", .stream_read = memory_read};

/* --- reading -------------------------------------------------------------------------------------------------------- */

/* What came out: a hash of all rows, and how it ended. */
typedef struct outcome {
    bt_status status;
    size_t n_rows, last_line;
    unsigned long long bytes;
    uint64_t hash;
    char message[BT_ERROR_MESSAGE_SIZE];
} outcome;

/* FNV-1a */
static void hash_field(outcome *o, const csv_field *f)
{
    for (size_t i = 0; i < f->length; i++)
        o->hash = (o->hash ^ (uint8_t)f->text[i]) * UINT64_C(0x100000001b3);
    o->hash = (o->hash ^ 0x1ff) * UINT64_C(0x100000001b3);
}

static void take_row(outcome *o, const csv_reader *r)
{
    const size_t n = csv_n_fields(r) < CSV_FIELDS_MAX ? csv_n_fields(r) : CSV_FIELDS_MAX;
    const csv_field raw = csv_raw(r);
    require(csv_line(r) > o->last_line && csv_bytes(r) > o->bytes);
    require(n > 0 && raw.length <= CSV_RAW_MAX);
    o->last_line = csv_line(r);
    o->bytes = csv_bytes(r);
    o->n_rows++;
    hash_field(o, &raw);
    for (size_t i = 0; i < n; i++) {
        const csv_field *f = &csv_fields(r)[i];
        uint32_t number;
        uint8_t half_stars;
        hash_field(o, f);
        require(!field_u32(f, &number) || field_is_number(f));
        require(!field_half_stars(f, &half_stars) || (half_stars >= 1 && half_stars <= 10 && field_is_number(f)));
#ifdef FUZZ_PLANTED_BUG
        static volatile char copy[32]; /* too short for a longer field */
        for (size_t j = 0; j < f->length; j++)
            copy[j] = f->text[j];
#endif
    }
}

static outcome read_all(const uint8_t *bytes, size_t size, size_t piece, size_t capacity)
{
    memory_stream m = {.stream = {.kind = &memory_kind}, .bytes = bytes, .size = size, .piece = piece};
    outcome o = {0};
    bt_error error = {0};
    csv_reader *r = NULL;
    bool more = true;
    o.status = csv_open_sized(&m.stream, "input", capacity, &r, &error);
    while (o.status == BT_OK && (o.status = csv_next(r, &more, &error)) == BT_OK && more)
        take_row(&o, r);
    if (o.status == BT_OK)
        o.bytes = csv_bytes(r);
    else
        memcpy(o.message, error.message, sizeof o.message);
    csv_close(r);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const size_t n = size - 2;
    uint8_t *bytes = malloc(n > 0 ? n : 1); /* its end is watched */
    require(bytes != NULL);
    memcpy(bytes, data + 2, n);

    const outcome whole = read_all(bytes, n, SIZE_MAX, 1 << 12);
    const outcome pieces = read_all(bytes, n, 1 + data[0] % 16u, 4 + data[1] % 64u);
    require(whole.status == BT_OK || whole.status == BT_BAD_FORMAT);
    require(whole.status == pieces.status && whole.n_rows == pieces.n_rows && whole.hash == pieces.hash);
    require(strcmp(whole.message, pieces.message) == 0);
    require(whole.status == BT_OK ? whole.bytes == n : strstr(whole.message, "input:") != NULL);
    free(bytes);
    return 0;
}
