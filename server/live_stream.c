/* GET /api/v1/stream: from a request to a stream (server/streams.h). */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "server/handlers.h"
#include "server/sessions.h"
#include "server/state.h"

static const char *stream_head(request *r)
{
    const time_t now = time(NULL);
    char id[REQUEST_ID_TEXT];
    request_id_write(r, id);
    struct tm parts;
    char date[40] = "";
    if (gmtime_r(&now, &parts))
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return arena_format(&r->memory,
                        "HTTP/1.1 200 OK\r\n"
                        "Date: %s\r\n"
                        "X-Request-Id: %s\r\n"
                        "Content-Type: text/event-stream\r\n"
                        "Cache-Control: no-store\r\n"
                        "X-Accel-Buffering: no\r\n" /* nginx before us: pass on what comes */
                        "X-Content-Type-Options: nosniff\r\n"
                        "Referrer-Policy: no-referrer\r\n"
                        "Cross-Origin-Resource-Policy: same-origin\r\n"
                        "Content-Security-Policy: " ASSETS_STRICT_POLICY "\r\n"
                        "Connection: close\r\n\r\n"
                        "retry: 1000\n\n",
                        date, id);
}

/* A second descriptor: libmicrohttpd closes its own, without shutting the socket down (MHD_USE_TURBO, server.c). */
static int second_descriptor(const request *r)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? fcntl(info->connect_fd, F_DUPFD_CLOEXEC, 0) : -1;
}

/* The profile is read before the stream is there, so that a failure can still be answered, and again after it: from then on the stream
 * hears of events by itself, and the higher version stays. The second time the profile is in memory, unless it was dropped meanwhile. */
static void hand_over(request *r, uint64_t version)
{
    bt_error error = {0};
    profile_view *v = NULL;
    const char *head = stream_head(r);
    const char *last = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Last-Event-ID");
    stream_offer offer = {.fd = second_descriptor(r), .head = head, .user = r->who.user, .expires = r->who.expires};
    memcpy(offer.secret, r->who.secret, sizeof offer.secret);
    if (!last || !stream_state_parse(last, &offer.known))
        offer.known = STREAM_KNOWS_NOTHING;
    if (offer.fd < 0 || !head) {
        reply_busy(r, "there are too many connections");
        if (offer.fd >= 0)
            close(offer.fd);
        return;
    }
    if (streams_add(r->server->streams, &offer, &error) != BT_OK) {
        reply_error(r, &error);
        return;
    }
    r->handed_over = true;
    r->reply.status = MHD_HTTP_OK;
    if (live_profile(people_live(r->server->people), &r->who.user, &v, &error) == BT_OK)
        version = v->version;
    profile_view_release(v);
    streams_profile(r->server->streams, &r->who.user, version);
}

void stream_get(request *r, catalogue *c)
{
    profile_view *v = session_profile(r, c, stream_get);
    if (!v)
        return;
    const uint64_t version = v->version;
    profile_view_release(v);
    if (r->only_head) {
        reply_nothing(r, MHD_HTTP_OK);
        r->reply.content_type = "text/event-stream";
    } else {
        hand_over(r, version);
    }
}
