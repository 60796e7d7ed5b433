/* Times as the API writes them: RFC 3339, UTC. */
#ifndef SERVER_TIMES_H
#define SERVER_TIMES_H

#include <stdbool.h>
#include <stdint.h>

enum { TIME_TEXT = 32 };

/* "2026-11-24T08:00:00.250000Z"; whole seconds without a fraction. */
void time_write(int64_t microseconds, char text[TIME_TEXT]);

/* RFC 3339 with any offset, years 1 to 9999, at most 6 digits of a second that count. */
bool time_parse(const char *text, int64_t *microseconds);

#endif
