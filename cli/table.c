/* Tables: cells are kept, then columns get their widths, then rows are printed. */
#include "cli/terminal.h"

#include <stdarg.h>
#include <string.h>

#include <utf8proc.h>

enum { COLUMN_GAP = 2, FLEXIBLE_LEAST = 12 };

void table_begin(table *t, arena *memory, const table_column *columns, size_t n_columns)
{
    *t = (table){.columns = columns, .n_columns = n_columns, .memory = memory};
}

static void keep(table *t, const char *text)
{
    if (t->n_cells == t->room) {
        const size_t room = t->room > 0 ? 2 * t->room : 64;
        const char **more = arena_take(t->memory, room * sizeof *more);
        if (more == NULL) {
            t->no_memory = true;
            return;
        }
        if (t->n_cells > 0)
            memcpy(more, t->cells, t->n_cells * sizeof *more);
        t->cells = more;
        t->room = room;
    }
    t->cells[t->n_cells++] = text;
}

void table_cell(table *t, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *copy = arena_string(t->memory, text, strlen(text));
    t->no_memory = t->no_memory || copy == NULL;
    keep(t, copy);
    if (t->n_cells % (t->n_columns + 1) == t->n_columns)
        keep(t, NULL); /* no note yet */
}

void table_note(table *t, const char *text)
{
    if (!t->no_memory && t->n_cells > 0)
        t->cells[t->n_cells - 1] = arena_string(t->memory, text, strlen(text));
}

/* The bytes of the longest beginning of `text` that takes at most `columns`. */
static size_t fitting(const char *text, size_t columns, size_t *taken)
{
    size_t at = 0, width = 0;
    while (text[at] != '\0') {
        utf8proc_int32_t letter = -1;
        const utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text + at, -1, &letter);
        const int own = n > 0 ? utf8proc_charwidth(letter) : 1;
        if (own > 0 && width + (size_t)own > columns)
            break;
        width += own > 0 ? (size_t)own : 0;
        at += n > 0 ? (size_t)n : 1;
    }
    *taken = width;
    return at;
}

static void print_cell(FILE *to, const char *text, size_t columns, bool right, bool last)
{
    size_t width = terminal_width(text), bytes = strlen(text);
    const bool cut = width > columns;
    if (cut)
        bytes = fitting(text, columns - 1, &width);
    const size_t used = width + cut;
    const int pad = used < columns ? (int)(columns - used) : 0;
    if (right)
        fprintf(to, "%*s", pad, "");
    fprintf(to, "%.*s%s", (int)bytes, text, cut ? "…" : "");
    if (!right && !last)
        fprintf(to, "%*s", pad, "");
    fputs(last ? "\n" : "  ", to);
}

/* Takes columns from flexible ones, the widest first, until the line fits. */
static void shrink(const table *t, size_t *widths, size_t available)
{
    size_t total = COLUMN_GAP * (t->n_columns - 1);
    for (size_t i = 0; i < t->n_columns; i++)
        total += widths[i];
    for (; total > available; total--) {
        size_t widest = SIZE_MAX;
        for (size_t i = 0; i < t->n_columns; i++) {
            if (t->columns[i].flexible && widths[i] > FLEXIBLE_LEAST && (widest == SIZE_MAX || widths[i] > widths[widest]))
                widest = i;
        }
        if (widest == SIZE_MAX)
            return;
        widths[widest]--;
    }
}

static void measure(const table *t, FILE *to, size_t *widths)
{
    const size_t stride = t->n_columns + 1;
    for (size_t i = 0; i < t->n_columns; i++)
        widths[i] = terminal_width(t->columns[i].title);
    for (size_t at = 0; at < t->n_cells; at++) {
        const size_t column = at % stride;
        if (column == t->n_columns)
            continue;
        const size_t width = terminal_width(t->cells[at]);
        widths[column] = width > widths[column] ? width : widths[column];
    }
    const size_t available = terminal_columns(to);
    if (available > 0)
        shrink(t, widths, available);
}

/* Word by word under its row, broken where the terminal ends. */
static void print_note(FILE *to, const char *note, size_t indent)
{
    const size_t available = terminal_columns(to);
    size_t used = indent;
    fprintf(to, "%*s%s", (int)indent, "", terminal_style(to, STYLE_DIM));
    for (const char *word = note; *word != '\0';) {
        char text[256];
        const size_t length = strcspn(word, " ");
        snprintf(text, sizeof text, "%.*s", (int)length, word);
        const size_t width = terminal_width(text);
        if (word != note && available > 0 && used + 1 + width > available) {
            fprintf(to, "\n%*s", (int)indent, "");
            used = indent;
        } else if (word != note) {
            putc(' ', to);
            used++;
        }
        fprintf(to, "%.*s", (int)length, word);
        used += width;
        word += length;
        word += strspn(word, " ");
    }
    fprintf(to, "%s\n", terminal_style(to, STYLE_PLAIN));
}

bool table_print(const table *t, FILE *to)
{
    if (t->no_memory)
        return false;
    size_t widths[TABLE_COLUMNS_MAX];
    measure(t, to, widths);
    fputs(terminal_style(to, STYLE_DIM), to);
    for (size_t i = 0; i < t->n_columns; i++)
        print_cell(to, t->columns[i].title, widths[i], t->columns[i].right, i + 1 == t->n_columns);
    fputs(terminal_style(to, STYLE_PLAIN), to);
    const size_t stride = t->n_columns + 1;
    for (size_t row = 0; row + stride <= t->n_cells; row += stride) {
        for (size_t i = 0; i < t->n_columns; i++)
            print_cell(to, t->cells[row + i], widths[i], t->columns[i].right, i + 1 == t->n_columns);
        const char *note = t->cells[row + t->n_columns];
        if (note != NULL)
            print_note(to, note, widths[0] + COLUMN_GAP);
    }
    return true;
}
