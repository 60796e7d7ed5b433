/* Which films may come, as a query says it: genre, language and country (names or codes, commas between several), from_year, to_year,
 * from_runtime, to_runtime (minutes), from_likes, to_likes, only and without (ids, commas between). A path takes those that its row in
 * routes.c lists. The bounds of numbers hold for filters in a JSON body, too.
 */
#ifndef SERVER_FILTERS_H
#define SERVER_FILTERS_H

#include "server/request.h"

enum {
    FILTERS_NAMES_MAX = 64,
    FILTERS_IDS_MAX = 5000,
    FILTERS_YEAR_MIN = 1870,
    FILTERS_YEAR_MAX = 2200,
    FILTERS_RUNTIME_MAX = 100000
};

/* Years or minutes from .. to, 0 where the query doesn't say. */
bool filters_read_years(request *r, int *from, int *to);
bool filters_read_runtimes(request *r, int *from, int *to);

/* Into a zeroed filter; lists live in the request's memory. False: the reply says what is wrong. */
bool filters_read(request *r, app_filter *f);

#endif
