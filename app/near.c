/* The distance's table has a row for each letter of b; three rows of it are kept. Row i ends with the distance of the whole of a to
 * the first i letters of b, so that one pass gives the distances to all beginnings of b.
 */
#include "app/near.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* `before` and `last` are the rows of the letters before; letter i (from 1) of b fills `now`. */
static void fill_row(size_t *now, const size_t *last, const size_t *before, const char *a, size_t n, const char *b, size_t i)
{
    now[0] = i;
    for (size_t j = 1; j <= n; j++) {
        size_t best = last[j - 1] + (a[j - 1] != b[i - 1]);
        best = last[j] + 1 < best ? last[j] + 1 : best;
        best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
        if (i > 1 && j > 1 && a[j - 1] == b[i - 2] && a[j - 2] == b[i - 1] && before[j - 2] + 1 < best)
            best = before[j - 2] + 1;
        now[j] = best;
    }
}

/* To the whole of b, or to the nearest of its beginnings. */
static size_t distance(const char *a, const char *b, bool beginnings)
{
    const size_t n = strlen(a), m = strlen(b);
    if (n > NEAR_LENGTH_MAX || m > NEAR_LENGTH_MAX)
        return SIZE_MAX;
    size_t rows[3][NEAR_LENGTH_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= n; j++)
        last[j] = j;
    size_t least = last[n]; /* the empty beginning */
    for (size_t i = 1; i <= m; i++) {
        fill_row(now, last, before, a, n, b, i);
        size_t *const spare = before;
        before = last, last = now, now = spare;
        if ((b[i] == ' ' || b[i] == '\0') && last[n] < least)
            least = last[n];
    }
    return beginnings ? least : last[n];
}

size_t near_distance(const char *a, const char *b)
{
    return distance(a, b, false);
}

size_t near_beginning(const char *a, const char *b)
{
    return distance(a, b, true);
}
