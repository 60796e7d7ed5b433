/* Downloading by libcurl.
 *
 *     try          ask for the bytes from the file's size on
 *     whole        synced, done
 *     416 or 200   the server has no such range, or knows no ranges: empty the file, try again, at most three times
 *     cut off      try again; after three tries in a row that brought nothing, give up
 *
 * Bounds: 60 s without a byte, or 30 s without a connection, are a failed try; redirects lead to http or https only, at most 10.
 */
#include "import/download.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"

enum { FRUITLESS_TRIES = 3, RESTARTS_MAX = 3, CONNECT_SECONDS = 30, SILENT_SECONDS = 60, REDIRECTS_MAX = 10 };

typedef struct download {
    const download_params *p;
    CURL *curl;
    int fd;
    uint64_t have, began; /* bytes of the file: now, and when the try began */
    int n_restarts;
    bool refused;     /* by the server's own word: another try can't help */
    bt_status status; /* of what a callback did */
    bt_error error;
    char reason[CURL_ERROR_SIZE];
} download;

/* --- what libcurl calls --------------------------------------------------------------------------------------------- */

static size_t take_bytes(char *bytes, size_t one, size_t n, void *context)
{
    (void)one; /* libcurl: always 1 */
    download *d = context;
    if (n > d->p->limit - d->have) {
        d->status = error_set(&d->error, BT_LIMIT, "%s: has more than %llu bytes: it is not the file that was expected",
                              d->p->url, (unsigned long long)d->p->limit);
        return 0;
    }
    for (size_t done = 0; done < n;) {
        const ssize_t written = file_get_door()->write(d->fd, bytes + done, n - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            d->status = error_system(&d->error, errno, "cannot write %s (the same command goes on from here)", d->p->path);
            return 0;
        }
        done += (size_t)written;
        d->have += (uint64_t)written;
    }
    return n;
}

static int tell(void *context, curl_off_t total, curl_off_t now, curl_off_t unused_total, curl_off_t unused)
{
    (void)unused_total, (void)unused, (void)now;
    download *d = context;
    const bt_progress *progress = d->p->progress;
    const uint64_t whole = total > 0 ? d->began + (uint64_t)total : d->p->expected;
    if (progress == NULL || progress->report == NULL ||
        progress->report(progress->context, d->p->stage, "bytes", d->have, whole))
        return 0;
    d->status = error_set(&d->error, BT_CANCELLED, "stopped; the same command goes on from here");
    return 1;
}

/* --- one try -------------------------------------------------------------------------------------------------------- */

static bt_status set_up(download *d, bt_error *error)
{
    CURL *c = d->curl;
    bool set = c != NULL;
    set = set && curl_easy_setopt(c, CURLOPT_URL, d->p->url) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,file") == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SILENT_SECONDS) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_USERAGENT, "butaca") == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_ERRORBUFFER, d->reason) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_bytes) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_WRITEDATA, d) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, tell) == CURLE_OK;
    set = set && curl_easy_setopt(c, CURLOPT_XFERINFODATA, d) == CURLE_OK;
    return set ? BT_OK : error_set(error, BT_UNSUPPORTED, "libcurl can't download %s", d->p->url);
}

static bt_status begin_anew(download *d, bt_error *error)
{
    if (file_get_door()->truncate(d->fd, 0) != 0)
        return error_system(error, errno, "cannot write %s", d->p->path);
    d->have = 0;
    return BT_OK;
}

static bt_status failure(download *d, CURLcode code, bt_error *error)
{
    const char *reason = d->reason[0] != '\0' ? d->reason : curl_easy_strerror(code);
    long answer = 0;
    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &answer);
    d->refused = code == CURLE_FILE_COULDNT_READ_FILE || code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
                 code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_TOO_MANY_REDIRECTS ||
                 (code == CURLE_HTTP_RETURNED_ERROR && answer < 500);
    if (code == CURLE_OUT_OF_MEMORY)
        return error_no_memory(error, "downloading");
    if (code == CURLE_FILE_COULDNT_READ_FILE || (code == CURLE_HTTP_RETURNED_ERROR && answer == 404))
        return error_set(error, BT_NOT_FOUND, "%s: isn't there (%s)", d->p->url, reason);
    return error_set(error, BT_IO, "%s: %s; what came so far stays, the same command goes on from here", d->p->url, reason);
}

/* *whole: the server has no more. BT_OK without it: another try is worth it at once. */
static bt_status try_once(download *d, bool *whole, bt_error *error)
{
    d->began = d->have;
    d->reason[0] = '\0';
    d->status = BT_OK;
    curl_easy_setopt(d->curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)d->have);
    const CURLcode code = curl_easy_perform(d->curl);
    long answer = 0;
    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &answer);
    *whole = code == CURLE_OK;
    if (*whole)
        return BT_OK;
    if (d->status != BT_OK) {
        d->refused = true;
        return error_set(error, d->status, "%s", d->error.message);
    }
    const bool no_range = code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME || answer == 416;
    if (no_range && d->began > 0 && d->n_restarts++ < RESTARTS_MAX)
        return begin_anew(d, error);
    const bt_status status = failure(d, code, error);
    return d->have > d->began && !d->refused ? BT_OK : status;
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

static bt_status try_until_whole(download *d, bt_error *error)
{
    const struct timespec pause = {.tv_sec = 1};
    bt_status status = BT_OK;
    bool whole = false;
    for (int fruitless = 0; !whole && fruitless < FRUITLESS_TRIES; fruitless = status == BT_OK ? 0 : fruitless + 1) {
        if (fruitless > 0)
            nanosleep(&pause, NULL);
        status = try_once(d, &whole, error);
        if (status != BT_OK && d->refused)
            break;
    }
    return status;
}

static bt_status open_file(download *d, bt_error *error)
{
    struct stat about;
    d->fd = file_get_door()->open(d->p->path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (d->fd < 0)
        return error_system(error, errno, "cannot write %s", d->p->path);
    if (fstat(d->fd, &about) != 0)
        return error_system(error, errno, "cannot read %s", d->p->path);
    d->have = (uint64_t)about.st_size;
    return d->have > d->p->limit ? begin_anew(d, error) : BT_OK;
}

static bt_status close_file(download *d, bt_status status, bt_error *error)
{
    if (d->fd < 0)
        return status;
    if (status == BT_OK && file_get_door()->sync(d->fd) != 0)
        status = error_system(error, errno, "cannot sync %s", d->p->path);
    if (file_get_door()->close(d->fd) != 0 && status == BT_OK)
        status = error_system(error, errno, "cannot write %s", d->p->path);
    return status;
}

bt_status download_file(const download_params *p, bt_error *error)
{
    download d = {.p = p, .fd = -1};
    bt_status status = open_file(&d, error);
    if (status == BT_OK) {
        d.curl = curl_easy_init();
        status = set_up(&d, error);
    }
    if (status == BT_OK)
        status = try_until_whole(&d, error);
    curl_easy_cleanup(d.curl);
    return close_file(&d, status, error);
}
