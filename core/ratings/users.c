/* The order of user keys and the look-up by it. */
#include "ratings/users.h"

#include <stdbool.h>
#include <string.h>

#include "butaca/ratings.h"

static const char *id_of(const char *key)
{
    const char *colon = strchr(key, ':');
    return colon ? colon + 1 : key;
}

static bool is_number(const char *id)
{
    return *id != '\0' && id[strspn(id, "0123456789")] == '\0';
}

/* Digits of any length by value: without leading zeros the longer one is greater. */
static int compare_numbers(const char *a, const char *b)
{
    a += strspn(a, "0");
    b += strspn(b, "0");
    const size_t digits_a = strlen(a), digits_b = strlen(b);
    if (digits_a != digits_b)
        return digits_a < digits_b ? -1 : 1;
    return memcmp(a, b, digits_a);
}

int user_key_compare(const char *a, const char *b)
{
    const char *id_a = id_of(a), *id_b = id_of(b);
    const size_t source_a = (size_t)(id_a - a), source_b = (size_t)(id_b - b);
    const int source = memcmp(a, b, source_a < source_b ? source_a : source_b);
    if (source != 0)
        return source;
    if (source_a != source_b)
        return source_a < source_b ? -1 : 1;

    const bool number_a = is_number(id_a), number_b = is_number(id_b);
    if (number_a != number_b)
        return number_a ? -1 : 1;
    const int value = number_a ? compare_numbers(id_a, id_b) : 0;
    return value != 0 ? value : strcmp(id_a, id_b); /* "7" and "07" are two keys */
}

size_t bt_ratings_find_user(const bt_ratings *ratings, const char *key)
{
    size_t low = 0, high = ratings->n_users;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = user_key_compare(ratings->user_keys + ratings->user_key_at[middle], key);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}
