/* Reading and searching links. */
#include "import/kaggle_links.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/table.h"
#include "import/tmdb.h"

const char *const kaggle_links_columns[KAGGLE_LINKS_COLUMNS] = {"movieId", "imdbId", "tmdbId"};

static bool make_room(kaggle_links *l)
{
    const size_t most = l->n_tmdb > l->n_imdb ? l->n_tmdb : l->n_imdb;
    if (most < l->capacity)
        return true;
    const size_t more = l->capacity + l->capacity / 2 + 1024;
    kaggle_link *tmdb = memory_resized(l->by_tmdb, more, sizeof *tmdb);
    if (!tmdb)
        return false;
    l->by_tmdb = tmdb;
    kaggle_link *imdb = memory_resized(l->by_imdb, more, sizeof *imdb);
    if (!imdb)
        return false;
    l->by_imdb = imdb;
    l->capacity = more;
    return true;
}

static bt_status read_row(kaggle_links *l, table *t, id_map *seen, bt_error *error)
{
    uint32_t movie, imdb, tmdb;
    if (!field_id(table_field(t, 0), &movie) || !tmdb_whole_id(table_field(t, 1), &imdb) ||
        !tmdb_whole_id(table_field(t, 2), &tmdb))
        return table_refuse(t, IMPORT_REJECT_ID, error);
    if (id_map_get(seen, movie) != 0)
        return table_refuse(t, IMPORT_REJECT_DUPLICATE, error);
    if (!make_room(l) || !id_map_put(seen, movie, 1))
        return error_no_memory(error, "reading links");
    if (tmdb != 0)
        l->by_tmdb[l->n_tmdb++] = (kaggle_link){tmdb, movie};
    if (imdb != 0)
        l->by_imdb[l->n_imdb++] = (kaggle_link){imdb, movie};
    t->job->summary->links++;
    return BT_OK;
}

static int compare(const void *x, const void *y)
{
    const kaggle_link *a = x, *b = y;
    if (a->outside != b->outside)
        return a->outside < b->outside ? -1 : 1;
    return (a->movie > b->movie) - (a->movie < b->movie);
}

bt_status kaggle_links_read(kaggle_links *l, import_job *job, source *s, size_t file, bt_error *error)
{
    table t;
    id_map seen = {0};
    bt_status status = table_open(job, s, file, kaggle_links_columns, KAGGLE_LINKS_COLUMNS, &t, error);
    bool more = false;
    while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more)
        status = read_row(l, &t, &seen, error);
    id_map_free(&seen);
    status = table_finish(&t, status, error);
    if (status == BT_OK && l->n_tmdb > 0)
        qsort(l->by_tmdb, l->n_tmdb, sizeof *l->by_tmdb, compare);
    if (status == BT_OK && l->n_imdb > 0)
        qsort(l->by_imdb, l->n_imdb, sizeof *l->by_imdb, compare);
    return status;
}

void kaggle_links_free(kaggle_links *l)
{
    bt_free(l->by_tmdb);
    bt_free(l->by_imdb);
    *l = (kaggle_links){0};
}

static const kaggle_link *find_range(const kaggle_link *links, size_t n_links, uint32_t outside, size_t *n)
{
    size_t low = 0, high = n_links;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (links[middle].outside < outside)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < n_links && links[end].outside == outside)
        end++;
    *n = end - low;
    return links + low;
}

const kaggle_link *kaggle_links_find(const kaggle_links *l, uint32_t tmdb, uint32_t imdb, size_t *n)
{
    const kaggle_link *found = NULL;
    *n = 0;
    if (l->n_tmdb > 0)
        found = find_range(l->by_tmdb, l->n_tmdb, tmdb, n);
    if (*n == 0 && imdb != 0 && l->n_imdb > 0)
        found = find_range(l->by_imdb, l->n_imdb, imdb, n);
    return found;
}
