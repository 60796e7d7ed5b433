/* Reading a request: the body into one growing block with a bound, JSON with a bound on its depth, the query by name.
 *
 * Refusals come early and cost little: depth is counted over the bytes before anything is parsed, and a body over the bound is
 * dropped as it comes, so that the client is still there to read the 413.
 */
#include "server/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/memory.h"
#include "base/random.h"
#include "text/utf8.h"

bool request_take_body(request *r, const char *bytes, size_t size)
{
    if (r->reply.status != 0 || r->n_body + size > REQUEST_BODY_MAX) {
        if (r->reply.status == 0)
            reply_problem(r, MHD_HTTP_CONTENT_TOO_LARGE, NULL, "the body is over %d KiB", REQUEST_BODY_MAX >> 10);
        r->n_discarded += size;
        return r->n_discarded <= REQUEST_DISCARD_MAX;
    }
    if (r->n_body + size + 1 > r->body_capacity) {
        const size_t capacity = 2 * (r->n_body + size) + 1;
        char *grown = memory_resized(r->body, capacity, 1);
        if (!grown) {
            reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
            return true;
        }
        r->body = grown;
        r->body_capacity = capacity;
    }
    memcpy(r->body + r->n_body, bytes, size);
    r->n_body += size;
    r->body[r->n_body] = '\0';
    return true;
}

/* How deep brackets nest outside of strings. */
static size_t json_depth(const char *text, size_t size)
{
    size_t depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest)
                deepest = depth;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

bool request_json(request *r, json_t **root)
{
    *root = NULL;
    if (r->n_body == 0) {
        reply_problem(r, MHD_HTTP_BAD_REQUEST, "invalid-json", "the request has no body; send a JSON object");
        return false;
    }
    if (json_depth(r->body, r->n_body) > REQUEST_JSON_DEPTH_MAX) {
        reply_problem(r, MHD_HTTP_BAD_REQUEST, "invalid-json", "the body nests deeper than %d levels", REQUEST_JSON_DEPTH_MAX);
        return false;
    }
    json_error_t where;
    *root = json_loadb(r->body, r->n_body, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    if (!*root) {
        reply_problem(r, MHD_HTTP_BAD_REQUEST, "invalid-json", "the body is not JSON: line %d, column %d: %s", where.line,
                      where.column, where.text);
        return false;
    }
    return true;
}

bool parse_number(const char *text, uint32_t max, uint32_t *value)
{
    uint64_t n = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        n = n * 10 + (uint64_t)(*text - '0');
        if (n > max)
            return false;
    }
    *value = (uint32_t)n;
    return true;
}

/* --- the query ------------------------------------------------------------------------------------------------------- */

typedef struct query_check {
    request *r;
    const char *names;
    const char *seen[16];
    size_t n_seen;
} query_check;

static bool is_listed(const char *names, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = names; *at;) {
        const size_t n = strcspn(at, " ");
        if (n == length && memcmp(at, name, n) == 0)
            return true;
        at += n + (at[n] == ' ');
    }
    return false;
}

static enum MHD_Result check_parameter(void *context, enum MHD_ValueKind kind, const char *name, size_t n_name,
                                       const char *value, size_t n_value)
{
    (void)kind;
    query_check *q = context;
    bool twice = false;
    for (size_t i = 0; i < q->n_seen; i++)
        twice = twice || strcmp(q->seen[i], name) == 0;
    if (!utf8_is_valid(name, n_name) || strlen(name) != n_name || !is_listed(q->names, name))
        reply_bad_parameter(q->r, utf8_is_valid(name, n_name) ? name : "?", "unknown parameter%s%s",
                            *q->names ? "; known are: " : ", this path takes none", q->names);
    else if (twice)
        reply_bad_parameter(q->r, name, "given twice");
    else if (value && (!utf8_is_valid(value, n_value) || strlen(value) != n_value))
        reply_bad_parameter(q->r, name, "not text in UTF-8");
    else if (q->n_seen < sizeof q->seen / sizeof *q->seen)
        q->seen[q->n_seen++] = name;
    return q->r->reply.status == 0 ? MHD_YES : MHD_NO;
}

bool request_check_query(request *r, const char *names)
{
    query_check q = {.r = r, .names = names};
    MHD_get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND, check_parameter, &q);
    return r->reply.status == 0;
}

const char *request_parameter(const request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool request_names(request *r, const char *name, const char **names, size_t max, size_t *n)
{
    *n = 0;
    const char *rest = request_parameter(r, name);
    while (rest) {
        const size_t length = strcspn(rest, ",");
        if (length == 0 || *n == max) {
            reply_bad_parameter(r, name, length == 0 ? "a name is empty" : "more than %zu names", max);
            return false;
        }
        const char *copy = arena_string(&r->memory, rest, length);
        if (!copy) {
            reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
            return false;
        }
        names[(*n)++] = copy;
        rest = rest[length] == ',' ? rest + length + 1 : NULL;
    }
    return true;
}

typedef struct query_sum {
    const char *left_out;
    uint64_t sum;
} query_sum;

static enum MHD_Result add_parameter(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    query_sum *q = context;
    if (!is_listed(q->left_out, name))
        q->sum += random_mix(checksum_of(name, strlen(name)) ^ random_mix(value ? checksum_of(value, strlen(value)) : 0));
    return MHD_YES;
}

uint64_t request_fingerprint(const request *r, const char *left_out)
{
    query_sum q = {.left_out = left_out};
    MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, add_parameter, &q);
    return q.sum;
}

bool request_number(request *r, const char *name, uint32_t min, uint32_t max, uint32_t *value)
{
    const char *text = request_parameter(r, name);
    if (!text)
        return true;
    uint32_t n;
    if (!parse_number(text, max, &n) || n < min) {
        reply_bad_parameter(r, name, "expected a whole number from %u to %u", min, max);
        return false;
    }
    *value = n;
    return true;
}

void cursor_write(char text[CURSOR_SIZE], uint64_t fingerprint, uint32_t offset)
{
    snprintf(text, CURSOR_SIZE, "%x-%016llx", offset, (unsigned long long)fingerprint);
}

bool cursor_read(const char *text, uint64_t fingerprint, uint32_t *offset)
{
    char again[CURSOR_SIZE];
    *offset = (uint32_t)strtoul(text, NULL, 16);
    cursor_write(again, fingerprint, *offset);
    return strcmp(text, again) == 0;
}

bool request_cursor(request *r, uint64_t fingerprint, uint32_t *offset)
{
    const char *cursor = request_parameter(r, "cursor");
    if (!cursor || cursor_read(cursor, fingerprint, offset))
        return true;
    reply_bad_parameter(r, "cursor", "not a next_cursor of this query");
    return false;
}
