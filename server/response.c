/* Replies: what a handler leaves (a status and a body, or a problem document after RFC 9457) and how it goes out, with the
 * headers that every reply carries.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/compress.h"
#include "server/conditions.h"
#include "server/json_text.h"
#include "server/request.h"
#include "server/routes.h"
#include "server/state.h"

static void set_body(request *r, unsigned status, const char *content_type, char *body)
{
    free(r->reply.body);
    r->reply.status = status;
    r->reply.content_type = content_type;
    r->reply.body = body;
    r->reply.size = body ? strlen(body) : 0;
    r->reply.asset = NULL;
    r->reply.keep_as = NULL;
    shared_body_release(r->reply.shared);
    r->reply.shared = NULL;
}

/* --- what handlers call ---------------------------------------------------------------------------------------------- */

static void reply_document(request *r, unsigned status, const char *content_type, json_t *document)
{
    /* 7 digits: single precision, which is what factors have. The reader of a list needs no more. */
    size_t size = 0;
    char *text = document ? json_text(document, &size) : NULL;
    json_decref(document);
    if (text)
        set_body(r, status, content_type, text);
    else
        set_body(r, MHD_HTTP_INTERNAL_SERVER_ERROR, content_type, NULL);
}

void reply_json(request *r, unsigned status, json_t *body)
{
    reply_document(r, status, "application/json", body);
}

void reply_text(request *r, unsigned status, const char *content_type, const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    if (copy)
        strcpy(copy, text);
    set_body(r, copy ? status : MHD_HTTP_INTERNAL_SERVER_ERROR, content_type, copy);
}

void reply_asset(request *r, const asset *a)
{
    const bool gzip = a->gzip && request_takes_gzip(r), same = reply_unchanged(r, a->etag);
    set_body(r, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, a->content_type, NULL);
    r->reply.asset = a;
    r->reply.gzip = gzip && !same;
}

void reply_shared(request *r, const char *content_type, shared_body *b)
{
    set_body(r, MHD_HTTP_OK, content_type, NULL);
    r->reply.shared = b;
    r->reply.gzip = b->gzip;
    r->reply.size = b->size;
}

void reply_nothing(request *r, unsigned status)
{
    set_body(r, status, NULL, NULL);
}

static const char *header(const request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

bool request_takes_gzip(const request *r)
{
    return conditions_gzip(header(r, MHD_HTTP_HEADER_ACCEPT_ENCODING));
}

/* A strong tag is of the bytes, so the packed ones have another: "tag" and "tag-gz". */
static const char *packed_etag(request *r, const char *etag)
{
    return arena_format(&r->memory, "%.*s-gz\"", (int)strlen(etag) - 1, etag);
}

/* The client may know the one or the other; the reply names the one it knows. */
bool reply_unchanged(request *r, const char *etag)
{
    const char *known = header(r, MHD_HTTP_HEADER_IF_NONE_MATCH), *packed = known ? packed_etag(r, etag) : NULL;
    const bool plain = conditions_match(known, etag);
    r->reply.etag = etag;
    if (!plain && !(packed && conditions_match(known, packed)))
        return false;
    reply_nothing(r, MHD_HTTP_NOT_MODIFIED);
    r->reply.etag = plain ? etag : packed;
    r->reply.varies = true;
    return true;
}

static const char *status_title(unsigned status)
{
    switch (status) {
    case MHD_HTTP_BAD_REQUEST:
        return "Bad request";
    case MHD_HTTP_UNAUTHORIZED:
        return "Unauthorized";
    case MHD_HTTP_FORBIDDEN:
        return "Forbidden";
    case MHD_HTTP_NOT_FOUND:
        return "Not found";
    case MHD_HTTP_METHOD_NOT_ALLOWED:
        return "Method not allowed";
    case MHD_HTTP_CONFLICT:
        return "Conflict";
    case MHD_HTTP_CONTENT_TOO_LARGE:
        return "Content too large";
    case MHD_HTTP_UNSUPPORTED_MEDIA_TYPE:
        return "Unsupported media type";
    case MHD_HTTP_UNPROCESSABLE_CONTENT:
        return "Unprocessable content";
    case MHD_HTTP_TOO_MANY_REQUESTS:
        return "Too many requests";
    case MHD_HTTP_INSUFFICIENT_STORAGE:
        return "Insufficient storage";
    case MHD_HTTP_SERVICE_UNAVAILABLE:
        return "Service unavailable";
    default:
        return "Internal server error";
    }
}

/* `where` is "pointer" or "parameter" with its value, or NULL. */
__attribute__((format(printf, 6, 0))) static void problem(request *r, unsigned status, const char *kind, const char *where,
                                                          const char *value, const char *format, va_list arguments)
{
    char detail[BT_ERROR_MESSAGE_SIZE + 128], type[64] = "about:blank";
    vsnprintf(detail, sizeof detail, format, arguments);
    if (kind)
        snprintf(type, sizeof type, "/api/docs#%s", kind);
    json_t *document =
        json_pack("{s:s, s:s, s:i, s:s}", "type", type, "title", status_title(status), "status", (int)status, "detail", detail);
    if (document && where)
        json_object_set_new(document, "errors", json_pack("[{s:s, s:s}]", where, value, "detail", detail));
    reply_document(r, status, "application/problem+json", document);
}

void reply_problem(request *r, unsigned status, const char *kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    problem(r, status, kind, NULL, NULL, format, arguments);
    va_end(arguments);
}

void reply_bad_parameter(request *r, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    problem(r, MHD_HTTP_BAD_REQUEST, "invalid-parameter", "parameter", name, format, arguments);
    va_end(arguments);
}

void reply_bad_field(request *r, const char *pointer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    problem(r, MHD_HTTP_UNPROCESSABLE_CONTENT, "invalid-field", "pointer", pointer, format, arguments);
    va_end(arguments);
}

void reply_busy(request *r, const char *detail)
{
    reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "%s", detail);
    r->reply.retry_after = 1;
}

void reply_error(request *r, const bt_error *error)
{
    if (error->status == BT_BUSY)
        reply_busy(r, error->message);
    else if (error->status == BT_NO_SPACE)
        reply_problem(r, MHD_HTTP_INSUFFICIENT_STORAGE, "no-space",
                      "the disk is full: send it again when there is space; what was kept isn't kept twice");
    else if (error->status == BT_PERMISSION)
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "read-only", "the data folder can't be written: nothing can be kept");
    else
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "%s", error->message);
}

/* --- how it goes out ------------------------------------------------------------------------------------------------- */

static void let_go(void *shared)
{
    shared_body_release(shared);
}

/* What is long enough and wanted so goes out packed; without memory for it, as it is. */
static void pack(request *r)
{
    reply *out = &r->reply;
    size_t n = 0;
    if (!out->body || out->size < COMPRESS_MIN || out->size > COMPRESS_MAX)
        return;
    out->varies = true;
    char *packed = request_takes_gzip(r) ? compress_gzip(out->body, out->size, COMPRESS_FAST, &n) : NULL;
    if (!packed)
        return;
    free(out->body);
    out->body = packed;
    out->size = n;
    out->gzip = true;
}

/* The body becomes one that the cache of lists holds, too. */
static void share(request *r)
{
    reply *out = &r->reply;
    if (!out->keep_as || !out->body || out->status != MHD_HTTP_OK)
        return;
    out->shared = shared_body_new(out->body, out->size, out->gzip);
    if (!out->shared)
        return;
    out->body = NULL;
    list_cache_add(r->server->lists, out->keep_as, out->shared);
}

static struct MHD_Response *make_response(reply *out)
{
    const asset *a = out->status == MHD_HTTP_NOT_MODIFIED ? NULL : out->asset;
    if (a) {
        out->varies = a->gzip != NULL;
        out->size = out->gzip ? a->gzip_size : a->size;
        return MHD_create_response_from_buffer(out->size, (void *)(uintptr_t)(out->gzip ? a->gzip : a->body),
                                               MHD_RESPMEM_PERSISTENT);
    }
    if (out->shared) {
        shared_body *b = out->shared;
        out->varies = out->varies || b->gzip || b->size >= COMPRESS_MIN;
        struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(b->size, b->bytes, let_go, b);
        if (response)
            out->shared = NULL; /* the response's */
        return response;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(out->size, out->body, out->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (response)
        out->body = NULL;
    return response;
}

void request_id_write(const request *r, char text[REQUEST_ID_TEXT])
{
    snprintf(text, REQUEST_ID_TEXT, "%016" PRIx64, r->number);
}

/* draft-ietf-httpapi-ratelimit-headers: the limit that has least left. */
static void add_limit(struct MHD_Response *response, const request *r)
{
    const limit_state *l = &r->limit;
    const char *name = r->limit_kind == LIMIT_PERSON ? "person" : "address";
    char text[64];
    if (l->rate == 0)
        return;
    snprintf(text, sizeof text, "\"%s\";q=%u;w=%d", name, l->burst, LIMITS_BURST_SECONDS);
    MHD_add_response_header(response, "RateLimit-Policy", text);
    snprintf(text, sizeof text, "\"%s\";r=%u;t=%u", name, l->remaining, l->full);
    MHD_add_response_header(response, "RateLimit", text);
}

static void add_headers(struct MHD_Response *response, request *r, bool closing)
{
    const reply *out = &r->reply;
    char id[REQUEST_ID_TEXT];
    request_id_write(r, id);
    MHD_add_response_header(response, "X-Request-Id", id);
    if (out->content_type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, out->content_type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    MHD_add_response_header(response, "Content-Security-Policy", out->asset ? out->asset->policy : ASSETS_STRICT_POLICY);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                            out->asset  ? "no-cache"
                            : out->etag ? "private, no-cache"
                                        : "no-store");
    const char *etag = out->status < 400 ? out->etag : NULL;
    if (etag && out->gzip)
        etag = packed_etag(r, etag);
    if (etag)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag);
    if (out->varies)
        MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    if (out->gzip)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    add_limit(response, r);
    if (out->cookie)
        MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, out->cookie);
    if (out->file_name && out->status == MHD_HTTP_OK) {
        char disposition[96];
        snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", out->file_name);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
    }
    if (out->allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, out->allow);
    if (out->retry_after > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", out->retry_after);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    if (closing)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

enum MHD_Result reply_send(request *r, bool closing)
{
    pack(r);
    share(r);
    struct MHD_Response *response = make_response(&r->reply);
    if (!response)
        return MHD_NO;
    add_headers(response, r, closing);
    const enum MHD_Result result = MHD_queue_response(r->connection, r->reply.status, response);
    MHD_destroy_response(response);
    return result;
}
