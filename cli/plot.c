/* Drawing a dot plot (cli/plot.h): names stand in a column on the left; each panel's scale begins and ends at a round number. */
#include "cli/plot.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"

/* In pixels. */
enum { NAMES = 170, PANEL = 190, GAP = 46, TOP = 74, ROW = 24, BOTTOM = 62, LINE_SIZE = 1024 };

/* The pen: after a failure nothing more is written. */
typedef struct pen {
    file_replace file;
    bt_status status;
    bt_error *error;
} pen;

static void put(pen *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(pen *p, const char *format, ...)
{
    char line[LINE_SIZE];
    if (p->status != BT_OK)
        return;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    p->status = length >= 0 && length < LINE_SIZE
                    ? file_replace_write(&p->file, line, (size_t)length, p->error)
                    : error_set(p->error, BT_LIMIT, "a line of the plot is longer than %d bytes", LINE_SIZE - 1);
}

static void put_text(pen *p, double x, double y, const char *class, const char *text)
{
    put(p, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
    for (; *text != '\0'; text++) {
        const char *entity = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : NULL;
        if (entity != NULL)
            put(p, "%s", entity);
        else
            put(p, "%c", *text);
    }
    put(p, "</text>\n");
}

/* --- scales --------------------------------------------------------------------------------------------------------------- */

typedef struct scale {
    double low, high, step, left;
} scale;

/* 1, 2 or 5 times a power of ten, so that some three of them make `span`. */
static double round_step(double span)
{
    const double rough = span / 3.0, power = pow(10.0, floor(log10(rough))), times = rough / power;
    return power * (times < 1.5 ? 1.0 : times < 3.5 ? 2.0 : times < 7.5 ? 5.0 : 10.0);
}

static scale scale_of(const plot *p, size_t panel)
{
    double low = p->rows[0].value[panel], high = low;
    for (size_t i = 0; i < p->n_rows; i++) {
        low = fmin(low, p->rows[i].value[panel] - p->rows[i].half[panel]);
        high = fmax(high, p->rows[i].value[panel] + p->rows[i].half[panel]);
    }
    const double step = round_step(high - low > 1e-9 ? high - low : 1e-3);
    return (scale){floor(low / step - 0.25) * step, ceil(high / step + 0.25) * step, step,
                   NAMES + (double)panel * (PANEL + GAP)};
}

static double place(const scale *s, double value)
{
    return s->left + PANEL * (value - s->low) / (s->high - s->low);
}

/* --- the drawing ---------------------------------------------------------------------------------------------------------- */

static void put_style(pen *p)
{
    put(p, "<style>\n"
           "svg { background: #ffffff; font: 13px system-ui, sans-serif }\n"
           "text { fill: #1f2937 } .title { font-size: 16px; font-weight: 600 }\n"
           ".note, .tick { fill: #4b5563; font-size: 11px } .tick, .panel { text-anchor: middle }\n"
           ".name { text-anchor: end } .first { font-weight: 600 }\n"
           ".grid { stroke: #e5e7eb } .line { stroke: #9a3412; stroke-dasharray: 4 3 }\n"
           ".bar { stroke: #1d4ed8; stroke-width: 2 } .dot { fill: #1d4ed8 } .dot.first { fill: #9a3412 }\n");
    put(p, "@media (prefers-color-scheme: dark) {\n"
           "svg { background: #111827 } text { fill: #f3f4f6 } .note, .tick { fill: #c3c9d3 }\n"
           ".grid { stroke: #374151 } .line { stroke: #fdba74 }\n"
           ".bar { stroke: #93c5fd } .dot { fill: #93c5fd } .dot.first { fill: #fdba74 }\n"
           "}\n</style>\n");
}

static void put_axis(pen *p, const plot *of, const scale *s, size_t panel)
{
    const double bottom = TOP + (double)of->n_rows * ROW;
    const int digits = s->step < 0.01 ? 3 : s->step < 0.1 ? 2 : s->step < 1.0 ? 1 : 0;
    put_text(p, s->left + PANEL / 2.0, TOP - 14.0, "panel", of->panels[panel]);
    for (int i = 0; s->low + i * s->step < s->high + 0.5 * s->step; i++) {
        char label[32];
        const double x = place(s, s->low + i * s->step);
        put(p, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x, TOP, x, bottom);
        snprintf(label, sizeof label, "%.*f", digits, s->low + i * s->step);
        put_text(p, x, bottom + 16.0, "tick", label);
    }
    const double x = place(s, of->rows[0].value[panel]);
    put(p, "<line class=\"line\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x, TOP, x, bottom);
}

static void put_panel(pen *p, const plot *of, size_t panel)
{
    const scale s = scale_of(of, panel);
    put_axis(p, of, &s, panel);
    for (size_t i = 0; i < of->n_rows; i++) {
        const double value = of->rows[i].value[panel], half = of->rows[i].half[panel], y = TOP + ((double)i + 0.5) * ROW;
        if (half > 0.0)
            put(p, "<line class=\"bar\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", place(&s, value - half), y,
                place(&s, value + half), y);
        put(p, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%.4f ± %.4f</title></circle>\n",
            i == 0 ? "dot first" : "dot", place(&s, value), y, value, half);
    }
}

static void put_all(pen *p, const plot *of)
{
    const double width = NAMES + (double)of->n_panels * (PANEL + GAP), height = TOP + (double)of->n_rows * ROW + BOTTOM;
    put(p, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\">\n",
        width, height, width, height);
    put_style(p);
    put_text(p, 16.0, 28.0, "title", of->title);
    for (size_t i = 0; i < of->n_rows; i++)
        put_text(p, NAMES - 14.0, TOP + ((double)i + 0.5) * ROW + 4.5, i == 0 ? "name first" : "name", of->rows[i].name);
    for (size_t panel = 0; panel < of->n_panels; panel++)
        put_panel(p, of, panel);
    put_text(p, 16.0, height - 14.0, "note", of->note);
    put(p, "</svg>\n");
}

bt_status plot_write(const plot *of, const char *path, bt_error *error)
{
    pen p = {.error = error};
    p.status = file_replace_begin(&p.file, path, error);
    put_all(&p, of);
    if (p.status == BT_OK)
        return file_replace_commit(&p.file, error);
    file_replace_abort(&p.file);
    return p.status;
}
