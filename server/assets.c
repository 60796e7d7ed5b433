/* Static bodies: made once, with ETag and policy, and served from memory. */
#include "server/assets.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "server/compress.h"
#include "server/handlers.h"
#include "server/state.h"

/* server/page/index.html, admin.html and docs/openapi.yaml, put into the program by cmake/embed.cmake; a 0 follows the last byte. */
extern const unsigned char server_page_html[], server_admin_html[], server_openapi_yaml[];
extern const size_t server_page_html_size, server_admin_html_size, server_openapi_yaml_size;

static const char docs_style[] =
    "body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .75rem .35rem 0;vertical-align:top;"
    "border-bottom:1px solid #8884}code,pre{font:14px/1.5 ui-monospace,monospace}pre{overflow:auto;padding:1rem;"
    "border:1px solid #8884;border-radius:.5rem}td:first-child{white-space:nowrap}";

static const char docs_problems[] =
    "<h2>Problems</h2><p>Errors are problem documents (RFC 9457). A status that says it all has the type "
    "<code>about:blank</code>; the others:</p><dl>"
    "<dt id=\"invalid-json\"><code>#invalid-json</code>, 400</dt><dd>The body can't be read as JSON, or nests too deep.</dd>"
    "<dt id=\"invalid-parameter\"><code>#invalid-parameter</code>, 400</dt><dd>A query parameter is unknown, given twice or "
    "out "
    "of range; <code>errors[0].parameter</code> names it.</dd>"
    "<dt id=\"invalid-field\"><code>#invalid-field</code>, 422</dt><dd>The body is JSON, but a field is unknown, missing, of "
    "the "
    "wrong type or out of range; <code>errors[0].pointer</code> is its JSON pointer.</dd>"
    "<dt id=\"no-session\"><code>#no-session</code>, 401</dt><dd>No session was sent, or one that ended: log in, or become a "
    "guest by <code>POST /api/v1/guests</code>.</dd>"
    "<dt id=\"wrong-password\"><code>#wrong-password</code>, 401 or 403</dt><dd>No account has this name and password, or it "
    "isn't "
    "the password of the account that asks.</dd>"
    "<dt id=\"name-taken\"><code>#name-taken</code>, 409</dt><dd>Somebody has this name: choose another.</dd>"
    "<dt id=\"throttled\"><code>#throttled</code>, 429</dt><dd>Too many failed attempts of a name or an address; try again "
    "after "
    "<code>Retry-After</code> seconds.</dd>"
    "<dt id=\"wrong-code\"><code>#wrong-code</code>, 403</dt><dd>Not the code that the server printed, or it was used, or is "
    "older "
    "than "
    "a day.</dd>"
    "<dt id=\"no-account\"><code>#no-account</code>, 409</dt><dd>A guest can't administer.</dd>"
    "<dt id=\"last-administrator\"><code>#last-administrator</code>, 409</dt><dd>Nobody would administer any more.</dd>"
    "<dt id=\"bad-model\"><code>#bad-model</code>, 409</dt><dd>The model's file is damaged: the one in use stays.</dd>"
    "<dt id=\"training-runs\"><code>#training-runs</code>, 409</dt><dd>A training runs already.</dd>"
    "<dt id=\"event-conflict\"><code>#event-conflict</code>, 409</dt><dd>The <code>event_id</code> belongs to another event: "
    "make a new one for each.</dd>"
    "<dt id=\"too-many-requests\"><code>#too-many-requests</code>, 429</dt><dd>More requests of a person or an address than it "
    "may "
    "make; try again after <code>Retry-After</code> seconds.</dd>"
    "<dt id=\"no-space\"><code>#no-space</code>, 507</dt><dd>The disk is full; reading goes on. Send it again when there is "
    "space: the same event isn't kept twice.</dd>"
    "<dt id=\"read-only\"><code>#read-only</code>, 503</dt><dd>The data folder can't be written: lists for a taste in the "
    "request "
    "go on.</dd>"
    "<dt id=\"no-model\"><code>#no-model</code>, 503</dt><dd>Nothing was trained yet: run <code>butaca train</code>.</dd>"
    "<dt id=\"busy\"><code>#busy</code>, 503</dt><dd>The queue is full or the server is stopping; try again after "
    "<code>Retry-After</code> seconds.</dd></dl>";

/* --- policies and ETags ---------------------------------------------------------------------------------------------- */

enum { HASH_SIZE = sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL) };

static void hash_of(const void *bytes, size_t size, char text[HASH_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, bytes, size);
    sodium_bin2base64(text, HASH_SIZE, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
}

/* 'sha256-…' of what stands between two tags; "'none'" where there is no such pair. */
static const char *inline_source(arena *memory, const char *html, const char *open, const char *close)
{
    const char *begin = strstr(html, open);
    const char *end = begin ? strstr(begin, close) : NULL;
    if (!end)
        return "'none'";
    begin += strlen(open);
    char hash[HASH_SIZE];
    hash_of(begin, (size_t)(end - begin), hash);
    return arena_format(memory, "'sha256-%s'", hash);
}

static const char *page_policy(arena *memory, const char *html)
{
    const char *script = inline_source(memory, html, "<script>", "</script>");
    const char *style = inline_source(memory, html, "<style>", "</style>");
    if (!script || !style)
        return NULL;
    return arena_format(memory,
                        "default-src 'none'; script-src %s; style-src %s; img-src 'self' data:; connect-src 'self'; "
                        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                        script, style);
}

static const char *etag_of(arena *memory, const char *body, size_t size)
{
    char hash[HASH_SIZE];
    hash_of(body, size, hash);
    return arena_format(memory, "\"%.22s\"", hash);
}

static bt_status finish(arena *memory, asset *a, bt_error *error)
{
    size_t n = 0;
    char *packed = a->body ? compress_gzip(a->body, a->size, COMPRESS_SMALL, &n) : NULL;
    a->gzip = packed ? arena_string(memory, packed, n) : NULL;
    a->gzip_size = n;
    free(packed);
    a->etag = a->body ? etag_of(memory, a->body, a->size) : NULL;
    return a->body && a->gzip && a->etag && a->policy ? BT_OK : error_no_memory(error, "preparing the server's pages");
}

/* --- the reference page: the table of routes, then the whole description ---------------------------------------------- */

static void write_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else
            fputc(*text, out);
    }
}

static void write_docs(FILE *out)
{
    fprintf(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Butaca API</title>"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" href=\"data:,\">"
        "<style>%s</style></head><body><main><h1>Butaca API</h1>"
        "<p>The description that programs read is <a href=\"/api/openapi.yaml\">openapi.yaml</a>, and it follows below. "
        "<a href=\"/\">Back to the films</a></p><table><thead><tr><th>Request</th><th>What it gives</th></tr></thead><tbody>",
        docs_style);
    for (size_t i = 0; i < n_routes; i++)
        fprintf(out, "<tr><td><code>%s %s</code></td><td>%s</td></tr>", routes[i].method, routes[i].path, routes[i].summary);
    fprintf(out, "</tbody></table>%s<h2>OpenAPI</h2><pre tabindex=\"0\" aria-label=\"openapi.yaml\">", docs_problems);
    write_escaped(out, (const char *)server_openapi_yaml);
    fputs("</pre></main></body></html>", out);
}

static bt_status make_docs(arena *memory, asset *out, bt_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return error_no_memory(error, "preparing the reference page");
    write_docs(stream);
    fclose(stream);
    *out = (asset){.content_type = "text/html; charset=utf-8", .size = size};
    if (text) {
        out->body = arena_string(memory, text, size);
        out->policy = page_policy(memory, text);
    }
    free(text);
    return finish(memory, out, error);
}

static bt_status make_page(arena *memory, const unsigned char *html, size_t size, asset *out, bt_error *error)
{
    const char *text = (const char *)html;
    *out = (asset){.content_type = "text/html; charset=utf-8", .body = text, .size = size, .policy = page_policy(memory, text)};
    return finish(memory, out, error);
}

bt_status assets_make(arena *memory, assets *out, bt_error *error)
{
    out->openapi = (asset){.content_type = "application/yaml",
                           .body = (const char *)server_openapi_yaml,
                           .size = server_openapi_yaml_size,
                           .policy = ASSETS_STRICT_POLICY};
    bt_status status = make_page(memory, server_page_html, server_page_html_size, &out->page, error);
    if (status == BT_OK)
        status = make_page(memory, server_admin_html, server_admin_html_size, &out->admin, error);
    if (status == BT_OK)
        status = finish(memory, &out->openapi, error);
    if (status == BT_OK)
        status = make_docs(memory, &out->docs, error);
    return status;
}

/* --- handlers -------------------------------------------------------------------------------------------------------- */

void assets_page(request *r, catalogue *c)
{
    (void)c;
    reply_asset(r, &r->server->assets.page);
}

void assets_admin(request *r, catalogue *c)
{
    (void)c;
    reply_asset(r, &r->server->assets.admin);
}

void assets_docs(request *r, catalogue *c)
{
    (void)c;
    reply_asset(r, &r->server->assets.docs);
}

void assets_openapi(request *r, catalogue *c)
{
    (void)c;
    reply_asset(r, &r->server->assets.openapi);
}
