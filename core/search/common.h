/* Words that are left out of long queries. */
#ifndef SEARCH_COMMON_H
#define SEARCH_COMMON_H

#include <stdbool.h>

bool is_common_word(const char *text); /* folded */

#endif
