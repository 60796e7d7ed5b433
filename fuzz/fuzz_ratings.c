/* The ratings file from any bytes: it is refused, or whatever it says can be followed.
 *
 * Nobody guesses a checksum: if the first byte of an input is odd, the header of the rest is signed (its length and checksum set
 * right), so that what is behind it is searched as well. Section checksums aren't looked at when a file is opened.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sections_layout.h"
#include "ratings/object.h"

static void require(int holds)
{
    if (!holds)
        abort();
}

static void sign(uint8_t *bytes, size_t size)
{
    sections_header *header = (void *)bytes;
    if (size < sizeof *header || header->n_sections > SECTIONS_MAX || sections_start(header->n_sections) > size)
        return;
    header->file_size = size;
    require(sections_header_checksum(header, (const sections_entry *)(bytes + sizeof *header), &header->checksum) == BT_OK);
}

/* What training does with ratings: every index is followed. */
static void walk(const bt_ratings *r)
{
    uint64_t sum = strlen(r->sources);
    for (size_t u = 0; u < r->n_users; u++) {
        const char *key = r->user_keys + r->user_key_at[u];
        require(bt_ratings_find_user(r, key) == u);
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++) {
            const uint32_t id = r->film_ids[r->films[i]];
            require(id > 0 && r->half_stars[i] >= 1 && r->half_stars[i] <= 10);
            sum += id + r->times[i];
#ifdef FUZZ_PLANTED_BUG
            static volatile uint8_t counts[10]; /* for half stars 1 to 10 */
            counts[r->half_stars[i]]++;
#endif
        }
    }
    volatile uint64_t kept = sum;
    (void)kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const size_t n = size - 1;
    uint8_t *bytes = malloc(n > 0 ? n : 1); /* aligned, and its end is watched */
    require(bytes != NULL);
    memcpy(bytes, data + 1, n);
    if (data[0] & 1)
        sign(bytes, n);

    sections_file f;
    bt_ratings r = {0};
    bt_error error = {0};
    bt_status status = sections_parse((file_map){bytes, n}, "input", "ratings", RATINGS_VERSION, &f, &error);
    if (status == BT_OK)
        status = ratings_from_sections(&f, "input", &r, &error);
    if (status == BT_OK)
        walk(&r);
    else
        require(error.status == status && error.message[0] != '\0');
    free(bytes);
    return 0;
}
