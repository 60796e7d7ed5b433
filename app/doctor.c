/* `butaca doctor`: looks at everything in a data folder, changes nothing, and names for each fault the command that mends it. */
#include "app/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static const char *format_text(doctor *d, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

static const char *format_text(doctor *d, const char *format, va_list arguments)
{
    char text[2 * BT_ERROR_MESSAGE_SIZE];
    const int length = vsnprintf(text, sizeof text, format, arguments);
    const char *copy = length < 0 ? NULL : arena_string(d->memory, text, strlen(text));
    d->no_memory = d->no_memory || copy == NULL;
    return copy != NULL ? copy : "";
}

const char *doctor_text(doctor *d, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = format_text(d, format, arguments);
    va_end(arguments);
    return text;
}

static void add(doctor *d, const app_finding *finding)
{
    if (d->n_findings == d->room) {
        const size_t room = d->room > 0 ? 2 * d->room : 16;
        app_finding *more = arena_take(d->memory, room * sizeof *more);
        if (more == NULL) {
            d->no_memory = true;
            return;
        }
        if (d->n_findings > 0)
            memcpy(more, d->findings, d->n_findings * sizeof *more);
        d->findings = more;
        d->room = room;
    }
    d->findings[d->n_findings++] = *finding;
}

void doctor_well(doctor *d, const char *what, const char *detail, ...)
{
    va_list arguments;
    va_start(arguments, detail);
    add(d, &(app_finding){.what = what, .ok = true, .detail = format_text(d, detail, arguments)});
    va_end(arguments);
}

void doctor_fault(doctor *d, const char *what, const char *mend, const char *detail, ...)
{
    va_list arguments;
    va_start(arguments, detail);
    add(d, &(app_finding){.what = what, .detail = format_text(d, detail, arguments), .mend = mend});
    va_end(arguments);
}

/* Within single quotes if the shell would read anything else than the path. */
const char *doctor_quoted(doctor *d, const char *path)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%";
    if (path[0] != '\0' && strspn(path, plain) == strlen(path))
        return path;
    char *quoted = arena_take(d->memory, 4 * strlen(path) + 3); /* a quote becomes '\'' */
    if (quoted == NULL) {
        d->no_memory = true;
        return path;
    }
    char *to = quoted;
    *to++ = '\'';
    for (; *path != '\0'; path++) {
        if (*path == '\'') {
            memcpy(to, "'\\''", 4);
            to += 4;
        } else {
            *to++ = *path;
        }
    }
    memcpy(to, "'", 2);
    return quoted;
}

const char *doctor_command(doctor *d, const char *verb)
{
    return doctor_text(d, "butaca %s%s", verb, d->data_option);
}

size_t doctor_missing_films(const doctor *d, const uint32_t *ids, size_t n)
{
    size_t missing = 0, card = 0;
    for (size_t i = 0; i < n; i++) {
        while (card < d->n_cards && d->cards[card].id < ids[i])
            card++;
        missing += card == d->n_cards || d->cards[card].id != ids[i];
    }
    return missing;
}

static void name_data_option(doctor *d)
{
    char *usual = NULL;
    const bool is_default = folder_default_path(&usual, NULL) == BT_OK && strcmp(usual, d->data_path) == 0;
    bt_free(usual);
    d->data_option = is_default ? "" : doctor_text(d, " --data %s", doctor_quoted(d, d->data_path));
}

bt_status app_doctor(const char *data_path, arena *memory, app_finding **out, size_t *n, bt_error *error)
{
    doctor d = {.data_path = data_path, .memory = memory, .folder = {.lock = -1}};
    name_data_option(&d);
    if (doctor_check_folder(&d)) {
        doctor_check_writer(&d);
        doctor_check_space(&d);
        doctor_check_catalogue(&d);
        doctor_check_ratings(&d);
        doctor_check_models(&d);
        doctor_check_search(&d);
        doctor_check_texts(&d);
        doctor_check_people(&d);
        doctor_check_leftovers(&d);
    }
    bt_ratings_close(d.ratings);
    catalogue_close(d.catalogue);
    if (d.folder.path != NULL)
        folder_close(&d.folder);
    *out = d.findings;
    *n = d.n_findings;
    return d.no_memory ? error_no_memory(error, "examining the data folder") : BT_OK;
}
