/* XXH3-64 from xxHash's header alone: nothing to link, and the only file that sees it. */
#include "base/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/memory.h"

struct checksum {
    XXH3_state_t state; /* 64-byte aligned */
};

uint64_t checksum_of(const void *bytes, size_t size)
{
    return XXH3_64bits(bytes, size);
}

checksum *checksum_new(void)
{
    checksum *c = memory_aligned(1, sizeof *c);
    if (c != NULL)
        checksum_restart(c);
    return c;
}

void checksum_restart(checksum *c)
{
    XXH3_64bits_reset(&c->state);
}

void checksum_add(checksum *c, const void *bytes, size_t size)
{
    if (size > 0)
        XXH3_64bits_update(&c->state, bytes, size);
}

uint64_t checksum_value(const checksum *c)
{
    return XXH3_64bits_digest(&c->state);
}
