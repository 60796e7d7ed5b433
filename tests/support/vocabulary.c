/* Vocabularies of a few strings. */
#include "support/vocabulary.h"

#include <string.h>

#include "support/test.h"

double_array vocabulary_of(const char *const *strings, size_t n)
{
    enum { MAX = 256 };
    double_array_string list[MAX];
    REQUIRE(n <= MAX);
    for (size_t i = 0; i < n; i++)
        list[i] = (double_array_string){strings[i], strlen(strings[i]), (uint32_t)i};
    double_array a;
    bt_error error = {0};
    CHECK_OK(double_array_build(list, n, &a, &error), error);
    return a;
}

/* The root's children lie at 256 ^ byte; each has its value at an offset of its own, 512 and up (darts-clone: the unit at
 * position ^ offset). */
const uint8_t *vocabulary_map(const vocabulary_rule *rules, size_t n, size_t *size)
{
    enum { UNITS = 1024, LEAF = 1u << 8 };
    uint32_t units[UNITS] = {0};
    char replacements[256] = {0};
    size_t used = 0;
    units[0] = 256u << 10;
    for (size_t i = 0; i < n; i++) {
        const uint32_t at = 256u ^ rules[i].from, value_at = (uint32_t)(512 + i);
        units[at] = rules[i].from | LEAF | ((at ^ value_at) << 10);
        units[value_at] = (uint32_t)used | 1u << 31;
        memcpy(replacements + used, rules[i].to, strlen(rules[i].to) + 1);
        used += strlen(rules[i].to) + 1;
    }
    used = (used + 3) / 4 * 4; /* so that the copy, which ends at a page, is aligned */
    const uint32_t units_size = sizeof units;
    *size = sizeof units_size + sizeof units + used;
    uint8_t whole[sizeof units_size + sizeof units + sizeof replacements];
    memcpy(whole, &units_size, sizeof units_size);
    memcpy(whole + sizeof units_size, units, sizeof units);
    memcpy(whole + sizeof units_size + sizeof units, replacements, used);
    return test_guarded_copy(whole, *size);
}
