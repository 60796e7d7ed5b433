/* Cutting lists of genres. */
#include "import/genres.h"

#include "import/fields.h"

bool genres_parse(const csv_field *f, arena *a, film_names *out)
{
    *out = (film_names){0};
    if (f->length == 0 || field_equals(f, "(no genres listed)"))
        return true;
    size_t n = 1;
    for (size_t i = 0; i < f->length; i++)
        n += f->text[i] == '|';
    const char **items = arena_take(a, n * sizeof *items);
    if (!items)
        return false;
    size_t begin = 0;
    for (size_t i = 0; i <= f->length; i++) {
        if (i < f->length && f->text[i] != '|')
            continue;
        if (i > begin && !(items[out->n++] = arena_string(a, f->text + begin, i - begin)))
            return false;
        begin = i + 1;
    }
    out->items = items;
    return true;
}
