/* How verbs answer: one JSON document on stdout with --json, and for people a line on stderr when something went wrong. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <utf8proc.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "cli/terminal.h"

json_t *cli_json_text(const char *text)
{
    static const char unreadable[] = "\xEF\xBF\xBD"; /* U+FFFD */
    char *copy = memory_array(strlen(text) + 1, 3);
    if (copy == NULL)
        return NULL;
    size_t length = 0;
    for (const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text; *at != '\0';) {
        utf8proc_int32_t letter = -1;
        const utf8proc_ssize_t n = utf8proc_iterate(at, -1, &letter);
        memcpy(copy + length, n > 0 ? (const char *)at : unreadable, n > 0 ? (size_t)n : 3);
        length += n > 0 ? (size_t)n : 3;
        at += n > 0 ? n : 1;
    }
    json_t *string = json_stringn(copy, length);
    bt_free(copy);
    return string;
}

static void say(const char *message)
{
    fprintf(stderr, "%sbutaca:%s %s\n", terminal_style(stderr, STYLE_RED), terminal_style(stderr, STYLE_PLAIN), message);
}

static void dump(json_t *document)
{
    if (document != NULL)
        json_dumpf(document, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(document);
}

/* Steals `more`. */
static void dump_error(const char *code, const char *message, json_t *more)
{
    json_t *error = json_pack("{s:s, s:o}", "code", code, "message", cli_json_text(message));
    if (error != NULL && more != NULL)
        json_object_update(error, more);
    json_decref(more);
    dump(json_pack("{s:o}", "error", error));
}

int cli_usage(const cli *c, const char *format, ...)
{
    char message[BT_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (c->json)
        dump_error("USAGE", message, NULL);
    say(message);
    fprintf(stderr, "        butaca %s --help shows what it takes\n", c->verb->name);
    return CLI_USAGE;
}

int cli_fail_with(const cli *c, const bt_error *error, json_t *more)
{
    const char *message = error->message[0] != '\0' ? error->message : bt_status_text(error->status);
    if (c->json)
        dump_error(bt_status_name(error->status), message, more);
    else
        json_decref(more);
    say(message);
    return error->status == BT_CANCELLED ? CLI_CANCELLED : CLI_FAILED;
}

int cli_fail(const cli *c, const bt_error *error)
{
    return cli_fail_with(c, error, NULL);
}

int cli_no_memory(const cli *c)
{
    const bt_error error = {BT_NO_MEMORY, "out of memory"};
    return cli_fail(c, &error);
}

int cli_json(const cli *c, json_t *document)
{
    if (document == NULL)
        return cli_no_memory(c);
    dump(document);
    return CLI_DONE;
}
