/* Colours, widths and numbers for people. */
#include "cli/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <utf8proc.h>

bool terminal_is(FILE *file)
{
    return isatty(fileno(file)) == 1;
}

const char *terminal_style(FILE *to, terminal_styles style)
{
    static const char *const sequences[] = {"\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m"};
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if ((no_color != NULL && no_color[0] != '\0') || term == NULL || strcmp(term, "dumb") == 0 || !terminal_is(to))
        return "";
    return sequences[style];
}

size_t terminal_columns(FILE *file)
{
    struct winsize size = {0};
    if (!terminal_is(file))
        return 0;
    return ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

size_t terminal_width(const char *text)
{
    size_t width = 0;
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    while (*at != '\0') {
        utf8proc_int32_t letter = -1;
        const utf8proc_ssize_t n = utf8proc_iterate(at, -1, &letter);
        at += n > 0 ? n : 1;
        const int columns = n > 0 ? utf8proc_charwidth(letter) : 1;
        width += columns > 0 ? (size_t)columns : 0;
    }
    return width;
}

const char *terminal_count(uint64_t number, char out[TERMINAL_COUNT_SIZE])
{
    char digits[24];
    const int n = snprintf(digits, sizeof digits, "%" PRIu64, number);
    char *to = out;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

const char *terminal_time(int64_t seconds, char out[TERMINAL_TIME_SIZE])
{
    const time_t when = (time_t)seconds;
    struct tm utc;
    if (gmtime_r(&when, &utc) == NULL || strftime(out, TERMINAL_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        out[0] = '\0';
    return out;
}
