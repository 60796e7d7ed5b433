/* The file of films' neighbours by text from any bytes: it is refused, or every value of it can be used. */
#include <stdio.h>

#include "fuzz/signed.h"
#include "text/neighbours.h"

/* What lists do with it, without its checks. */
static void use(const bt_neighbours_info *info)
{
    double sum = 0.0;
    for (size_t i = 0; i < info->n_films; i++)
        for (size_t k = 0; k < BT_NEIGHBOURS; k++) {
            const uint32_t near = info->neighbours[i * BT_NEIGHBOURS + k];
            if (near != BT_NO_NEIGHBOUR)
                sum += (double)info->similarities[i * BT_NEIGHBOURS + k] + (double)info->film_ids[near];
        }
    require(sum >= 0.0);
    require(strlen(info->method) < SIZE_MAX);
#ifdef FUZZ_PLANTED_BUG
    char id[sizeof "999999"]; /* no catalogue has more films */
    if (info->n_films > 0) {
        sprintf(id, "%u", (unsigned)info->film_ids[info->n_films - 1]);
        require(id[0] != '\0');
    }
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const file_map input = signed_copy(data, size);
    sections_file f;
    bt_neighbours_info info = {.n_films = 0};
    bt_error error = {0};
    bt_status status = sections_parse(input, "input", "neighbrs", 1, &f, &error);
    if (status == BT_OK)
        status = neighbours_read_sections(&f, "input", &info, &error);
    if (status == BT_OK)
        use(&info);
    else
        require(error.status == status && error.message[0] != '\0');
    free((void *)(uintptr_t)input.bytes);
    return 0;
}
