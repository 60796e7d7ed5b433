/* Making a vector file: films are added in ascending order of id, their vectors packed at once; then everything is written. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/vectors.h"

void vectors_builder_begin(vectors_builder *b, size_t dimensions)
{
    *b = (vectors_builder){.dimensions = dimensions};
}

void vectors_builder_free(vectors_builder *b)
{
    bt_free(b->film_ids);
    bt_free(b->keys);
    bt_free(b->starts);
    bt_free(b->passages);
    bt_free(b->scales);
    bt_free(b->high);
    bt_free(b->low);
    *b = (vectors_builder){0};
}

/* --- room ------------------------------------------------------------------------------------------------------------- */

/* Makes *array hold `room` entries of `size` bytes; false: no memory, and it is unchanged. */
static bool resize(void **array, size_t room, size_t size)
{
    void *moved = memory_resized(*array, room, size);
    if (moved != NULL)
        *array = moved;
    return moved != NULL;
}

static bool has_film_room(vectors_builder *b)
{
    if (b->n_films < b->film_room)
        return true;
    const size_t room = b->film_room == 0 ? 1024 : 2 * b->film_room;
    void *ids = b->film_ids, *keys = b->keys, *starts = b->starts;
    const bool made = resize(&ids, room, sizeof *b->film_ids) && resize(&keys, room, sizeof *b->keys) &&
                      resize(&starts, room + 1, sizeof *b->starts);
    b->film_ids = ids, b->keys = keys, b->starts = starts;
    b->film_room = made ? room : b->film_room;
    return made;
}

static bool has_vector_room(vectors_builder *b, size_t n)
{
    const size_t least = b->n_vectors + n, larger = b->vector_room == 0 ? 1024 : b->vector_room + b->vector_room / 2;
    if (least <= b->vector_room)
        return true;
    const size_t room = larger < least ? least : larger;
    void *passages = b->passages, *scales = b->scales, *high = b->high, *low = b->low;
    const bool made = resize(&passages, room, sizeof *b->passages) && resize(&scales, room, sizeof *b->scales) &&
                      resize(&high, room, b->dimensions) && resize(&low, room, b->dimensions);
    b->passages = passages, b->scales = scales, b->high = high, b->low = low;
    b->vector_room = made ? room : b->vector_room;
    return made;
}

/* --- adding ----------------------------------------------------------------------------------------------------------- */

/* Makes room for a film with n vectors and enters all but the vectors. */
static bt_status begin_film(vectors_builder *b, uint32_t film_id, uint64_t key, const bt_passage *passages, size_t n,
                            bt_error *error)
{
    if (n == 0 || passages[0].end != 0)
        return error_set(error, BT_INVALID_ARGUMENT, "film %u doesn't begin with a whole text", (unsigned)film_id);
    if (b->n_films > 0 && b->film_ids[b->n_films - 1] >= film_id)
        return error_set(error, BT_INVALID_ARGUMENT, "film %u comes after film %u", (unsigned)film_id,
                         (unsigned)b->film_ids[b->n_films - 1]);
    if (b->n_vectors + n > UINT32_MAX)
        return error_set(error, BT_LIMIT, "more than %u vectors", (unsigned)UINT32_MAX);
    if (!has_film_room(b) || !has_vector_room(b, n))
        return error_no_memory(error, "keeping vectors");
    b->film_ids[b->n_films] = film_id;
    b->keys[b->n_films] = key;
    b->starts[b->n_films++] = (uint32_t)b->n_vectors;
    memcpy(b->passages + b->n_vectors, passages, n * sizeof *passages);
    b->n_vectors += n;
    b->starts[b->n_films] = (uint32_t)b->n_vectors;
    return BT_OK;
}

bt_status vectors_builder_add(vectors_builder *b, uint32_t film_id, uint64_t key, const bt_passage *passages,
                              const float *vectors, size_t n, bt_error *error)
{
    const size_t first = b->n_vectors, d = b->dimensions;
    const bt_status status = begin_film(b, film_id, key, passages, n, error);
    for (size_t i = 0; status == BT_OK && i < n; i++)
        b->scales[first + i] = vectors_pack(vectors + i * d, d, b->high + (first + i) * d, b->low + (first + i) * d);
    return status;
}

bt_status vectors_builder_copy(vectors_builder *b, const bt_vectors *from, size_t film, bt_error *error)
{
    const size_t first = b->n_vectors, d = b->dimensions, row = from->starts[film], n = from->starts[film + 1] - row;
    const bt_status status = begin_film(b, from->info.film_ids[film], from->keys[film], from->passages + row, n, error);
    if (status != BT_OK)
        return status;
    memcpy(b->scales + first, from->scales + row, n * sizeof *b->scales);
    memcpy(b->high + first * d, from->high + row * d, n * d);
    memcpy(b->low + first * d, from->low + row * d, n * d);
    return BT_OK;
}

void vectors_builder_cut(vectors_builder *b, size_t n_films)
{
    if (n_films < b->n_films)
        b->n_vectors = b->starts[n_films];
    b->n_films = n_films < b->n_films ? n_films : b->n_films;
}

/* --- writing ---------------------------------------------------------------------------------------------------------- */

bt_status vectors_builder_write(const vectors_builder *b, const char *path, const bt_encoder_info *encoder, uint64_t stamp,
                                size_t n_missing, bt_error *error)
{
    vectors_params params = {
        .encoder_fingerprint = encoder->fingerprint,
        .stamp = stamp,
        .n_missing = n_missing,
        .dimensions = (uint32_t)b->dimensions,
    };
    const size_t length = strlen(encoder->name);
    memcpy(params.encoder, encoder->name, length < sizeof params.encoder ? length : sizeof params.encoder);
    const uint32_t none = 0;
    const struct {
        const char *name;
        const void *bytes;
        size_t size;
    } sections[] = {
        {"params", &params, sizeof params},
        {"film_ids", b->film_ids, b->n_films * sizeof *b->film_ids},
        {"keys", b->keys, b->n_films * sizeof *b->keys},
        {"starts", b->n_films > 0 ? b->starts : &none, (b->n_films + 1) * sizeof *b->starts},
        {"passages", b->passages, b->n_vectors * sizeof *b->passages},
        {"scales", b->scales, b->n_vectors * sizeof *b->scales},
        {"high", b->high, b->n_vectors * b->dimensions},
        {"low", b->low, b->n_vectors * b->dimensions},
    };
    const uint32_t n_sections = sizeof sections / sizeof *sections;
    sections_writer w;
    bt_status status = sections_write_begin(&w, path, vectors_kind, VECTORS_VERSION, n_sections, error);
    if (status != BT_OK)
        return status;
    for (size_t i = 0; status == BT_OK && i < n_sections; i++)
        status = sections_write(&w, sections[i].name, sections[i].bytes, sections[i].size, error);
    if (status == BT_OK)
        return sections_write_commit(&w, NULL, error);
    sections_write_abort(&w);
    return status;
}
