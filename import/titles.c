/* Taking a MovieLens title apart: the year, then parentheses from the right, then the moved article of each part. */
#include "import/titles.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "text/title.h"

enum { OTHER_TITLES_MAX = 8 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_blank(**text)) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_blank((*text)[*length - 1]))
        (*length)--;
}

/* "a.k.a. Se7en" -> "Se7en" */
static void skip_also_known_as(const char **text, size_t *length)
{
    static const char *const marks[] = {"a.k.a. ", "a.k.a ", "aka ", "AKA "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const size_t n = strlen(marks[i]);
        if (*length > n && strncasecmp(*text, marks[i], n) == 0) {
            *text += n;
            *length -= n;
            return;
        }
    }
}

/* The title with its article in front, in the arena; NULL: no memory. */
static const char *article_first(const char *text, size_t length, arena *a)
{
    char *moved = title_article_first(text, length);
    const char *kept = moved ? arena_string(a, moved, strlen(moved)) : NULL;
    bt_free(moved);
    return kept;
}

typedef struct title_list {
    const char **items; /* OTHER_TITLES_MAX */
    size_t n;
} title_list;

static bool add_other(title_list *list, const char *title, const char *main_title)
{
    if (!title)
        return false;
    bool known = list->n == OTHER_TITLES_MAX || strcmp(title, main_title) == 0;
    for (size_t i = 0; !known && i < list->n; i++)
        known = strcmp(title, list->items[i]) == 0;
    if (!known)
        list->items[list->n++] = title;
    return true;
}

/* The parts in parentheses behind text[0, head), from right to left. */
static bool add_parts(title_list *list, const char *text, size_t head, size_t length, const char *main_title, arena *a)
{
    while (length > head) {
        const size_t before = title_before_parenthesis(text, length);
        const char *part = text + before;
        size_t n = length - before;
        trim(&part, &n);
        part++; /* the parentheses */
        n -= 2;
        trim(&part, &n);
        skip_also_known_as(&part, &n);
        trim(&part, &n);
        if (n > 0 && !add_other(list, article_first(part, n, a), main_title))
            return false;
        length = before;
    }
    return true;
}

bt_status titles_parse(const char *text, size_t length, arena *a, film *f, bt_error *error)
{
    f->year = title_split_year(text, &length);
    trim(&text, &length);
    f->title = NULL;
    f->other_titles = (film_names){0};
    if (length == 0)
        return BT_OK;

    size_t head = length;
    for (size_t before; (before = title_before_parenthesis(text, head)) < head;)
        head = before;
    f->title = article_first(text, head, a);
    title_list others = {.items = arena_take(a, OTHER_TITLES_MAX * sizeof *others.items)};
    if (!f->title || !others.items)
        return error_no_memory(error, "reading a title");
    if (head < length &&
        (!add_parts(&others, text, head, length, f->title, a) || !add_other(&others, arena_string(a, text, length), f->title)))
        return error_no_memory(error, "reading a title");
    f->other_titles = (film_names){others.items, others.n};
    return BT_OK;
}
