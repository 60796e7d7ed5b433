/* How far two texts are from each other: Damerau-Levenshtein distance (optimal string alignment) in bytes, that is the least
 * number of letters put in, left out, changed or swapped with their neighbour. O(length²), for texts up to NEAR_LENGTH_MAX.
 */
#ifndef APP_NEAR_H
#define APP_NEAR_H

#include <stddef.h>

enum { NEAR_LENGTH_MAX = 200 };

/* SIZE_MAX for longer texts. */
size_t near_distance(const char *a, const char *b);

/* How far `a` is from some first words of `b`: the least distance to a beginning of b that ends with a word. */
size_t near_beginning(const char *a, const char *b);

#endif
