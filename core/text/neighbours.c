/* Tables of neighbours: columns in memory, or a mapped file of kind "neighbrs", version 1 (docs/formats.md). Opening reads the whole
 * file once, to check checksums and values, so that nobody who uses it has to.
 */
#include "text/neighbours.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { NEIGHBOURS_VERSION = 1, NEIGHBOURS_SECTIONS = 5 };

static const char neighbours_kind[] = "neighbrs";
static const char advice[] = "make it again";

struct bt_neighbours {
    bt_neighbours_info info;
    sections_file file; /* zeroed for columns in memory */
    void *columns;      /* those, in one allocation */
};

/* --- checking -------------------------------------------------------------------------------------------------------- */

/* Nearest first, positions in range, none the film itself, and nothing behind the row's end. */
static bool row_is_sound(const bt_neighbours_info *info, size_t film)
{
    const uint32_t *near = info->neighbours + film * BT_NEIGHBOURS;
    const float *s = info->similarities + film * BT_NEIGHBOURS;
    for (size_t i = 0; i < BT_NEIGHBOURS; i++) {
        if (near[i] == BT_NO_NEIGHBOUR ? s[i] != 0.0F : near[i] >= info->n_films || near[i] == film || !(s[i] > 0.0F))
            return false;
        if (!isfinite(s[i]) || (i > 0 && s[i] > s[i - 1]) ||
            (i > 0 && near[i - 1] == BT_NO_NEIGHBOUR && near[i] != BT_NO_NEIGHBOUR))
            return false;
    }
    return true;
}

static bt_status check(const bt_neighbours_info *info, const char *name, bt_status fault, bt_error *error)
{
    for (size_t i = 0; i < info->n_films; i++) {
        if (i > 0 && info->film_ids[i - 1] >= info->film_ids[i])
            return error_set(error, fault, "%s: film ids don't ascend at film %zu; %s", name, i, advice);
        if (!row_is_sound(info, i))
            return error_set(error, fault, "%s: the neighbours of film %" PRIu32 " are out of order or out of range; %s", name,
                             info->film_ids[i], advice);
    }
    return BT_OK;
}

/* --- making ---------------------------------------------------------------------------------------------------------- */

static void *put(char **at, const void *bytes, size_t size)
{
    void *place = *at;
    if (size > 0)
        memcpy(place, bytes, size);
    *at += size;
    return place;
}

bt_status bt_neighbours_make(const bt_neighbours_info *columns, bt_neighbours **out, bt_error *error)
{
    *out = NULL;
    const bt_status status = check(columns, "table of neighbours", BT_INVALID_ARGUMENT, error);
    if (status != BT_OK)
        return status;
    const size_t n = columns->n_films, cells = n * BT_NEIGHBOURS, method = strlen(columns->method) + 1;
    bt_neighbours *table = memory_zeroed(1, sizeof *table);
    char *at = table != NULL ? memory_array(n * (4 + 8 * BT_NEIGHBOURS) + method, 1) : NULL;
    if (at == NULL) {
        bt_free(table);
        return error_no_memory(error, "making a table of neighbours");
    }
    table->columns = at;
    table->info = *columns;
    table->info.fingerprint = 0;
    table->info.film_ids = put(&at, columns->film_ids, n * sizeof *columns->film_ids);
    table->info.neighbours = put(&at, columns->neighbours, cells * sizeof *columns->neighbours);
    table->info.similarities = put(&at, columns->similarities, cells * sizeof *columns->similarities);
    table->info.method = put(&at, columns->method, method);
    *out = table;
    return BT_OK;
}

void bt_neighbours_close(bt_neighbours *table)
{
    if (table == NULL)
        return;
    sections_close(&table->file);
    bt_free(table->columns);
    bt_free(table);
}

const bt_neighbours_info *bt_neighbours_describe(const bt_neighbours *table)
{
    return &table->info;
}

double bt_neighbours_closeness(const bt_neighbours *table, size_t film, size_t place)
{
    if (table->info.neighbours[film * BT_NEIGHBOURS + place] == BT_NO_NEIGHBOUR)
        return 0.0;
    const float *s = table->info.similarities + film * BT_NEIGHBOURS;
    const double first = (double)s[0], last = (double)s[BT_NEIGHBOURS - 1];
    return first > last ? ((double)s[place] - last) / (first - last) : 1.0;
}

/* --- the file -------------------------------------------------------------------------------------------------------- */

bt_status bt_neighbours_write(const bt_neighbours *table, const char *path, uint64_t *fingerprint, bt_error *error)
{
    const bt_neighbours_info *info = &table->info;
    const size_t cells = info->n_films * BT_NEIGHBOURS;
    const struct {
        const char *name;
        const void *bytes;
        size_t size;
    } sections[NEIGHBOURS_SECTIONS] = {
        {"made_from", &info->texts_fingerprint, sizeof info->texts_fingerprint},
        {"film_ids", info->film_ids, info->n_films * sizeof *info->film_ids},
        {"neighbours", info->neighbours, cells * sizeof *info->neighbours},
        {"similarities", info->similarities, cells * sizeof *info->similarities},
        {"method", info->method, strlen(info->method) + 1},
    };
    sections_writer w;
    bt_status status = sections_write_begin(&w, path, neighbours_kind, NEIGHBOURS_VERSION, NEIGHBOURS_SECTIONS, error);
    if (status != BT_OK)
        return status;
    for (size_t i = 0; status == BT_OK && i < NEIGHBOURS_SECTIONS; i++)
        status = sections_write(&w, sections[i].name, sections[i].bytes, sections[i].size, error);
    if (status == BT_OK)
        return sections_write_commit(&w, fingerprint, error);
    sections_write_abort(&w);
    return status;
}

static bt_status find_columns(const sections_file *f, const char *path, bt_neighbours_info *info, bt_error *error)
{
    const void *ids = NULL, *near = NULL, *similarities = NULL, *method = NULL, *made_from = NULL;
    size_t n_ids = 0, n_near = 0, n_similarities = 0, n_method = 0, n_made_from = 0;
    const size_t row = BT_NEIGHBOURS * sizeof(uint32_t);
    bt_status status = sections_find(f, path, "film_ids", sizeof(uint32_t), &ids, &n_ids, error);
    if (status == BT_OK)
        status = sections_find(f, path, "neighbours", row, &near, &n_near, error);
    if (status == BT_OK)
        status = sections_find(f, path, "similarities", row, &similarities, &n_similarities, error);
    if (status == BT_OK)
        status = sections_find(f, path, "method", 1, &method, &n_method, error);
    if (status == BT_OK)
        status = sections_find(f, path, "made_from", sizeof(uint64_t), &made_from, &n_made_from, error);
    if (status != BT_OK)
        return status;
    if (n_near != n_ids || n_similarities != n_ids || n_made_from != 1 || n_ids >= BT_NO_NEIGHBOUR)
        return error_set(error, BT_CORRUPT, "%s: sections of %zu, %zu and %zu films don't fit together; %s", path, n_ids,
                         n_near, n_similarities, advice);
    if (n_method == 0 || memchr(method, '\0', n_method) != (const char *)method + n_method - 1)
        return error_set(error, BT_CORRUPT, "%s: section method is no text; %s", path, advice);
    *info = (bt_neighbours_info){
        .n_films = n_ids, .film_ids = ids, .neighbours = near, .similarities = similarities, .method = method};
    memcpy(&info->texts_fingerprint, made_from, sizeof info->texts_fingerprint);
    info->fingerprint = f->fingerprint;
    return BT_OK;
}

bt_status neighbours_read_sections(const sections_file *file, const char *path, bt_neighbours_info *out, bt_error *error)
{
    const bt_status status = find_columns(file, path, out, error);
    return status == BT_OK ? check(out, path, BT_CORRUPT, error) : status;
}

bt_status bt_neighbours_open(const char *path, bt_neighbours **out, bt_error *error)
{
    *out = NULL;
    bt_neighbours *table = memory_zeroed(1, sizeof *table);
    if (table == NULL)
        return error_no_memory(error, "opening a table of neighbours");
    bt_status status = sections_open(path, neighbours_kind, NEIGHBOURS_VERSION, &table->file, error);
    if (status == BT_OK)
        status = sections_verify(&table->file, path, error);
    if (status == BT_OK)
        status = neighbours_read_sections(&table->file, path, &table->info, error);
    if (status == BT_OK)
        *out = table;
    else
        bt_neighbours_close(table);
    return status;
}
