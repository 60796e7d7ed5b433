/* RFC 3339 by hand: the C library reads times only in the local zone. Days are counted in the proleptic Gregorian calendar, from March
 * on, so that the leap day is a year's last.
 */
#include "server/times.h"

#include <stdio.h>
#include <time.h>

void time_write(int64_t microseconds, char text[TIME_TEXT])
{
    int64_t seconds = microseconds / 1000000, rest = microseconds % 1000000;
    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    const time_t when = (time_t)seconds;
    struct tm utc;
    char date[24] = "1970-01-01T00:00:00";
    if (gmtime_r(&when, &utc) != NULL)
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    if (rest == 0)
        snprintf(text, TIME_TEXT, "%sZ", date);
    else
        snprintf(text, TIME_TEXT, "%s.%06dZ", date, (int)rest);
}

static int64_t days_before(int year, int month, int day)
{
    const int y = month <= 2 ? year - 1 : year;
    const int from_march = (month + 9) % 12;
    const int era = y / 400, of_era = y % 400;
    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * from_march + 2) / 5 + day - 1 - 719468;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leaps = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leaps);
}

/* `n` digits at *text, which moves behind them and behind the character `after` (0: any); -1: they aren't there. */
static int digits(const char **text, int n, char after)
{
    int value = 0;
    for (int i = 0; i < n; i++, ++*text) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    if (after != 0 && *(*text)++ != after)
        return -1;
    return value;
}

/* ".25" as microseconds; without a fraction 0; -1: not one. */
static int fraction(const char **text)
{
    int value = 0, n = 0;
    if (**text != '.')
        return 0;
    for (++*text; **text >= '0' && **text <= '9'; ++*text, n++)
        if (n < 6)
            value = value * 10 + (**text - '0');
    if (n == 0 || n > 9)
        return -1;
    for (; n < 6; n++)
        value *= 10;
    return value;
}

/* "Z" or "+02:00" in seconds; false: neither. */
static bool offset(const char **text, int *seconds)
{
    *seconds = 0;
    const char sign = **text;
    if (sign != '\0')
        ++*text;
    if (sign == 'Z' || sign == 'z')
        return true;
    if (sign != '+' && sign != '-')
        return false;
    const int hours = digits(text, 2, ':');
    const int minutes = hours < 0 ? -1 : digits(text, 2, 0);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *seconds = (sign == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
    return true;
}

bool time_parse(const char *text, int64_t *microseconds)
{
    const int year = digits(&text, 4, '-');
    const int month = year < 1 ? -1 : digits(&text, 2, '-');
    const int day = month < 1 || month > 12 ? -1 : digits(&text, 2, 0);
    if (day < 1 || day > days_of(year, month) || (*text != 'T' && *text != 't' && *text != ' '))
        return false;
    text++;
    const int hour = digits(&text, 2, ':');
    const int minute = hour < 0 ? -1 : digits(&text, 2, ':');
    const int second = minute < 0 ? -1 : digits(&text, 2, 0);
    if (hour > 23 || minute > 59 || second < 0 || second > 60)
        return false;
    const int part = fraction(&text);
    int east;
    if (part < 0 || !offset(&text, &east) || *text != '\0')
        return false;
    *microseconds = ((days_before(year, month, day) * 86400) + hour * 3600 + minute * 60 + second - east) * 1000000 + part;
    return true;
}
