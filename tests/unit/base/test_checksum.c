/* XXH3-64, whole and in parts. */
#include "base/checksum.h"

#include "base/memory.h"
#include "base/random.h"
#include "support/test.h"

/* The published value for no bytes. */
TEST(the_checksum_is_xxh3)
{
    CHECK(checksum_of("", 0) == 0x2D06800538D394C2u);
    CHECK(checksum_of(NULL, 0) == 0x2D06800538D394C2u);
}

TEST(parts_give_the_checksum_of_the_whole)
{
    static uint8_t bytes[5000];
    random_stream r = random_make(1, 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)random_next(&r);

    checksum *c = checksum_new();
    REQUIRE(c != NULL);
    for (size_t size = 0; size <= sizeof bytes; size += 1 + size / 3) {
        checksum_restart(c);
        for (size_t at = 0; at < size;) {
            size_t part = (size_t)random_below(&r, 400);
            if (part > size - at)
                part = size - at;
            checksum_add(c, bytes + at, part);
            at += part;
        }
        CHECK(checksum_value(c) == checksum_of(test_guarded_copy(bytes, size), size));
    }
    bt_free(c);
}
