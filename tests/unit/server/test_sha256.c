/* SHA-256 against the vectors of FIPS 180-4 and NIST's CAVP, and at every length around the block's padding. */
#include "server/sha256.h"

#include <stdio.h>
#include <string.h>

#include "support/test.h"

static void check_hex(const void *bytes, size_t size, const char *expected)
{
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    sha256_of(bytes, size, digest);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    CHECK_STR(hex, expected);
}

TEST(known_vectors)
{
    check_hex("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_hex("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(a_million_times_a)
{
    static char as[1000000];
    memset(as, 'a', sizeof as);
    check_hex(as, sizeof as, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The digest of all the digests of 0 .. 129 zero bytes, computed with coreutils' sha256sum. */
TEST(every_length_around_the_padding)
{
    uint8_t digests[130 * SHA256_SIZE];
    for (size_t n = 0; n < 130; n++) {
        void *zeros = test_guarded(n + 1);
        memset(zeros, 0, n + 1);
        sha256_of((const char *)zeros + 1, n, digests + n * SHA256_SIZE);
    }
    check_hex(digests, sizeof digests, "d26cf8eafa144521d64bdc66b8314175fd9e78310979a068c8b8b2ea18636450");
}

TEST(base64_is_what_a_policy_takes)
{
    char text[SHA256_BASE64_SIZE];
    sha256_base64("", 0, text);
    CHECK_STR(text, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    sha256_base64("alert('Hello, world.');", 23, text);
    CHECK_STR(text, "qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
}
