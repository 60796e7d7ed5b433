/* The ratings file from any bytes: it is refused, or whatever it says can be followed. Section checksums aren't looked at when
 * a file is opened. */
#include "fuzz/signed.h"
#include "ratings/object.h"

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
            static volatile uint8_t years[128]; /* 1970 to 2097: nobody rates later */
            years[r->times[i] / 31556952]++;
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
    const file_map input = signed_copy(data, size);

    sections_file f;
    bt_ratings r = {0};
    bt_error error = {0};
    bt_status status = sections_parse(input, "input", "ratings", RATINGS_VERSION, &f, &error);
    if (status == BT_OK)
        status = ratings_from_sections(&f, "input", &r, &error);
    if (status == BT_OK)
        walk(&r);
    else
        require(error.status == status && error.message[0] != '\0');
    free((void *)(uintptr_t)input.bytes);
    return 0;
}
