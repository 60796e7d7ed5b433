/* What people see: colours on a terminal, columns that line up in any script, numbers that can be read. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"

typedef enum terminal_styles { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_YELLOW } terminal_styles;

/* The escape sequence, or "" unless `to` is a terminal and NO_COLOR isn't set (no-color.org). */
const char *terminal_style(FILE *to, terminal_styles style);

bool terminal_is(FILE *file);
size_t terminal_columns(FILE *file); /* 0: not a terminal, lines may be as long as they like */

/* Columns that a UTF-8 text takes: wide letters two, combining marks none. */
size_t terminal_width(const char *text);

/* "1,234,567". */
enum { TERMINAL_COUNT_SIZE = 28 };
const char *terminal_count(uint64_t number, char out[TERMINAL_COUNT_SIZE]);

/* "2026-01-31T12:00:00Z" of unix seconds; "" if it is no time that a calendar has. */
enum { TERMINAL_TIME_SIZE = 32 };
const char *terminal_time(int64_t seconds, char out[TERMINAL_TIME_SIZE]);

/* --- tables ---------------------------------------------------------------------------------------------------------- */

typedef struct table_column {
    const char *title;
    bool right;    /* flush right, for numbers */
    bool flexible; /* cut with … where the terminal is too narrow */
} table_column;

enum { TABLE_COLUMNS_MAX = 10 };

/* Cells are given row by row; a note stands on a line of its own under the last row. All in the arena. */
typedef struct table {
    const table_column *columns;
    size_t n_columns;
    arena *memory;
    const char **cells; /* n_rows x (n_columns + 1): the last one is the row's note, or NULL */
    size_t n_cells, room;
    bool no_memory;
} table;

void table_begin(table *t, arena *memory, const table_column *columns, size_t n_columns);
void table_cell(table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_note(table *t, const char *text); /* after a row's last cell */
bool table_print(const table *t, FILE *to);  /* false: there was no memory for all of it, nothing is printed */

#endif
