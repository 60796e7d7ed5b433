/* Drawing the progress bar. */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/interrupt.h"
#include "cli/terminal.h"

enum { BAR_WIDTH = 24 };

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* "1.2 M rows", "35.0 MB", "7 iterations". */
static void format_amount(char *out, size_t size, double amount, const char *unit)
{
    static const char *const scales[] = {"", "k", "M", "G"};
    const bool bytes = strcmp(unit, "bytes") == 0;
    int scale = 0;
    for (; amount >= 1000 && scale < 3; scale++)
        amount /= 1000;
    const int digits = scale > 0 || (amount < 10 && amount != (double)(int)amount) ? 1 : 0;
    if (bytes)
        snprintf(out, size, "%.*f %sB", digits, amount, scales[scale]);
    else
        snprintf(out, size, "%.*f %s%s%s", digits, amount, scales[scale], scale > 0 ? " " : "", unit);
}

static void format_left(char *out, size_t size, double seconds)
{
    if (seconds < 60)
        snprintf(out, size, "%.0f s left", seconds);
    else
        snprintf(out, size, "%d:%02d min left", (int)seconds / 60, (int)seconds % 60);
}

static void erase(progress_bar *bar)
{
    if (bar->drawn)
        fputs("\r\033[K", stderr);
    bar->drawn = false;
}

static void print_losses(progress_bar *bar)
{
    const bt_train_trace *trace = bar->trace;
    for (; trace != NULL && bar->n_losses < trace->n_iterations && bar->n_losses < 512; bar->n_losses++) {
        erase(bar);
        fprintf(stderr, "  iteration %2u  loss %.6g\n", bar->n_losses + 1, trace->loss[bar->n_losses]);
    }
}

static void draw(progress_bar *bar, const char *unit, uint64_t done, uint64_t total, double elapsed)
{
    char amount[48], rate[48] = "", left[48] = "", line[256];
    format_amount(amount, sizeof amount, (double)done, unit);
    const double per_second = elapsed > 0.5 ? (double)(done - bar->began_at) / elapsed : 0;
    if (per_second > 0) {
        char text[40];
        format_amount(text, sizeof text, per_second, unit);
        snprintf(rate, sizeof rate, "  %s/s", text);
        if (total > done)
            snprintf(left, sizeof left, "  "), format_left(left + 2, sizeof left - 2, (double)(total - done) / per_second);
    }
    if (total > 0) {
        char bar_text[BAR_WIDTH + 1];
        const double share = done < total ? (double)done / (double)total : 1;
        const size_t full = (size_t)(share * BAR_WIDTH);
        memset(bar_text, '-', BAR_WIDTH);
        memset(bar_text, '#', full);
        bar_text[BAR_WIDTH] = '\0';
        snprintf(line, sizeof line, "%s [%s] %3d %%%s%s", bar->stage, bar_text, (int)(share * 100), rate, left);
    } else {
        snprintf(line, sizeof line, "%s%s%s%s", bar->stage, done > 0 ? "  " : "", done > 0 ? amount : "", rate);
    }
    const size_t columns = terminal_columns(stderr);
    fprintf(stderr, "\r\033[K%.*s", (int)(columns > 1 ? columns - 1 : 1), line);
    fflush(stderr);
    bar->drawn = true;
}

static bool report(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    progress_bar *bar = context;
    if (!terminal_is(stderr))
        return !interrupt_wanted();
    const double now = seconds_now();
    if (strncmp(bar->stage, stage, sizeof bar->stage - 1) != 0) {
        snprintf(bar->stage, sizeof bar->stage, "%s", stage);
        bar->stage_began = now;
        bar->began_at = done;
        bar->last_drawn = 0;
    }
    print_losses(bar);
    if (now - bar->last_drawn >= 0.1) {
        draw(bar, unit, done, total, now - bar->stage_began);
        bar->last_drawn = now;
    }
    return !interrupt_wanted();
}

bt_progress progress_begin(progress_bar *bar)
{
    interrupt_catch();
    return (bt_progress){.report = report, .context = bar};
}

void progress_end(progress_bar *bar)
{
    if (terminal_is(stderr))
        print_losses(bar);
    erase(bar);
    fflush(stderr);
}
