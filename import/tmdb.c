/* Reading fields of TMDB's exports. */
#include "import/tmdb.h"

#include <string.h>

#include "import/fields.h"
#include "store/film.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool tmdb_whole_id(const csv_field *f, uint32_t *id)
{
    csv_field whole = *f;
    if (whole.length > 2 && whole.text[whole.length - 2] == '.' && whole.text[whole.length - 1] == '0')
        whole.length -= 2;
    *id = 0;
    return whole.length == 0 || field_id(&whole, id);
}

bool tmdb_imdb_id(const csv_field *f, uint32_t *id)
{
    const size_t mark = f->length > 2 && memcmp(f->text, "tt", 2) == 0 ? 2 : 0;
    const csv_field number = {f->text + mark, f->length - mark};
    return tmdb_whole_id(&number, id);
}

int tmdb_year(const csv_field *f)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (f->length != sizeof form - 1 || (form[i] == 'd' ? !is_digit(f->text[i]) : f->text[i] != form[i]))
            return 0;
    const int year = (f->text[0] - '0') * 1000 + (f->text[1] - '0') * 100 + (f->text[2] - '0') * 10 + (f->text[3] - '0');
    return year >= 1870 && year <= 2199 ? year : 0;
}

int tmdb_runtime(const csv_field *f)
{
    int minutes = 0;
    for (size_t i = 0; i < f->length && f->text[i] != '.'; i++) {
        if (!is_digit(f->text[i]) || minutes > 10000)
            return 0;
        minutes = minutes * 10 + (f->text[i] - '0');
    }
    return minutes <= 10000 ? minutes : 0;
}

bool tmdb_text(const csv_field *f, arena *a, const char **out)
{
    const char *begin = f->text, *end = f->text + f->length;
    while (begin < end && (unsigned char)*begin <= ' ')
        begin++;
    while (end > begin && (unsigned char)end[-1] <= ' ')
        end--;
    *out = NULL;
    if (begin == end)
        return true;
    char *text = arena_string(a, begin, (size_t)(end - begin));
    for (char *c = text; c && *c; c++)
        if (*c == FILM_UNIT_SEPARATOR)
            *c = ' ';
    *out = text;
    return text != NULL;
}

bool tmdb_poster(const csv_field *f, arena *a, const char **out)
{
    *out = NULL;
    if (f->length < 2 || f->text[0] != '/')
        return true;
    *out = arena_format(a, "https://image.tmdb.org/t/p/w500%.*s", (int)f->length, f->text);
    return *out != NULL;
}

bool tmdb_is_placeholder(const char *overview)
{
    static const char *const known[] = {"No overview found.",           "No Overview", "No overview", "No overview yet.",
                                        "No movie overview available.", "released"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(overview, known[i]) == 0)
            return true;
    return false;
}
