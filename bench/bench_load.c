/* A generator of HTTP requests that takes little of the machine that it shares with the server: one thread, epoll, prepared bytes.
 *
 *     bench_load PORT SCRIPT SECONDS [RATE]
 *
 * SCRIPT has, for each connection, "C n" and n requests, each "T size" (timed) or "U size" (not) and, on the next line, its bytes. A
 * connection sends its requests one after the other, round and round. Without RATE that is a closed loop: the next one as soon as the last
 * is answered. With RATE timed requests begin so often a second, each on a connection that is ready for one, and their time counts from
 * when they were due, ready connection or not (no coordinated omission). What isn't timed goes out at once.
 *
 * It prints a line of JSON: replies by status, 503 with Retry-After, times in ms of timed requests that were accepted (2xx, 304).
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { REPLY_MAX = 512 << 10, TIMES_MAX = 1 << 24, EVENTS = 256 };

typedef struct request {
    bool timed;
    size_t size;
    char *bytes;
} request;

typedef struct connection {
    int fd;
    request *requests;
    size_t n_requests, next;
    bool under_way, timed;
    double due; /* seconds, of what is under way */
    char *reply;
    size_t n_reply;
} connection;

static connection *connections;
static size_t n_connections;
static size_t *ready; /* connections whose next request is timed, for an open loop: a ring */
static size_t ready_first, n_ready;
static float *times;
static size_t n_times, n_retry_after, by_status[600];
static double rate, begin, n_due; /* n_due: timed requests that were begun */

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *room(size_t n, size_t size)
{
    void *p = calloc(n > 0 ? n : 1, size);
    if (p == NULL)
        die("memory");
    return p;
}

/* --- the script --------------------------------------------------------------------------------------------------------- */

/* "C 12": the letter and the number; 0 at the end. */
static char read_line(FILE *script, size_t *number)
{
    char line[64];
    if (fgets(line, sizeof line, script) == NULL)
        return '\0';
    *number = strtoul(line + 1, NULL, 10);
    return line[0];
}

static void read_requests(FILE *script, connection *c)
{
    c->requests = room(c->n_requests, sizeof *c->requests);
    c->reply = room(REPLY_MAX, 1);
    for (size_t i = 0; i < c->n_requests; i++) {
        request *r = &c->requests[i];
        const char kind = read_line(script, &r->size);
        if (kind != 'T' && kind != 'U')
            die("the script");
        r->timed = kind == 'T';
        r->bytes = room(r->size, 1);
        if (fread(r->bytes, 1, r->size, script) != r->size)
            die("the script");
    }
}

static void read_script(const char *path)
{
    FILE *script = fopen(path, "rb");
    size_t n;
    if (script == NULL)
        die(path);
    while (read_line(script, &n) == 'C') {
        connections = realloc(connections, (n_connections + 1) * sizeof *connections);
        if (connections == NULL)
            die("memory");
        connections[n_connections] = (connection){.n_requests = n};
        read_requests(script, &connections[n_connections++]);
    }
    fclose(script);
    ready = room(n_connections, sizeof *ready);
    times = room(TIMES_MAX, sizeof *times);
}

/* --- sending ------------------------------------------------------------------------------------------------------------- */

static void send_next(connection *c, double due)
{
    const request *r = &c->requests[c->next];
    c->next = (c->next + 1) % c->n_requests;
    c->under_way = true;
    c->timed = r->timed;
    c->due = due;
    c->n_reply = 0;
    for (size_t sent = 0; sent < r->size;) { /* requests are short: they fit in the socket's buffer */
        const ssize_t n = send(c->fd, r->bytes + sent, r->size - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            die("send");
        sent += n > 0 ? (size_t)n : 0;
    }
}

/* Timed requests that are due, as far as connections are ready for them. */
static void send_due(double at)
{
    while (n_ready > 0 && begin + n_due / rate <= at) {
        connection *c = &connections[ready[ready_first]];
        ready_first = (ready_first + 1) % n_connections;
        n_ready--;
        send_next(c, begin + n_due / rate);
        n_due += 1;
    }
}

static void go_on(connection *c, double at)
{
    if (rate == 0 || !c->requests[c->next].timed)
        send_next(c, at);
    else
        ready[(ready_first + n_ready++) % n_connections] = (size_t)(c - connections);
}

/* --- replies ------------------------------------------------------------------------------------------------------------- */

static bool has_header(const char *head, const char *name)
{
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, strlen(name)) == 0)
            return true;
    return false;
}

static size_t length_of(const char *head)
{
    static const char name[] = "content-length:";
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, strlen(name)) == 0)
            return strtoul(line + 2 + strlen(name), NULL, 10);
    return 0;
}

/* Whether the reply is whole. */
static bool take(connection *c)
{
    const ssize_t n = recv(c->fd, c->reply + c->n_reply, REPLY_MAX - 1 - c->n_reply, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        die("the server closed a connection");
    if (n < 0)
        return false;
    c->n_reply += (size_t)n;
    c->reply[c->n_reply] = '\0';
    char *end = strstr(c->reply, "\r\n\r\n");
    if (end == NULL)
        return false;
    end[2] = '\0'; /* the head is a string for a moment */
    const size_t length = length_of(c->reply);
    const bool whole = c->n_reply - (size_t)(end + 4 - c->reply) >= length;
    if (!whole)
        end[2] = '\r';
    return whole;
}

static void count(const connection *c, double at)
{
    const unsigned long status = strtoul(c->reply + strlen("HTTP/1.1 "), NULL, 10);
    by_status[status < 600 ? status : 599]++;
    if (status == 503 && has_header(c->reply, "retry-after:"))
        n_retry_after++;
    if (c->timed && (status < 300 || status == 304) && n_times < TIMES_MAX)
        times[n_times++] = (float)(1000.0 * (at - c->due));
}

/* --- the loop ------------------------------------------------------------------------------------------------------------ */

static int connect_to(uint16_t port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    return fd;
}

static void watch(int epoll, int fd, uint64_t what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = what};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll");
}

static void set_timer(int timer)
{
    const long each = rate > 0 ? (long)(1e9 / rate) : 100000000;
    const struct timespec step = {each / 1000000000, each % 1000000000};
    const struct itimerspec both = {step, step};
    if (timerfd_settime(timer, 0, &both, NULL) != 0)
        die("timerfd");
}

static void run(int epoll, int timer, double seconds)
{
    struct epoll_event events[EVENTS];
    begin = now();
    for (size_t i = 0; i < n_connections; i++)
        go_on(&connections[i], begin);
    set_timer(timer);
    for (double at = begin; at - begin < seconds; at = now()) {
        const int n = epoll_wait(epoll, events, EVENTS, 100);
        at = now();
        for (int i = 0; i < n; i++) {
            if (events[i].data.u64 == n_connections) {
                uint64_t ticks;
                if (read(timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN)
                    die("timerfd");
                continue;
            }
            connection *c = &connections[events[i].data.u64];
            if (!take(c))
                continue;
            at = now();
            count(c, at);
            c->under_way = false;
            go_on(c, at);
        }
        if (rate > 0)
            send_due(at);
    }
}

static int by_size(const void *left, const void *right)
{
    const float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static double at_share(double share)
{
    return n_times > 0 ? (double)times[(size_t)(share * (double)(n_times - 1))] : 0.0;
}

static void print(double seconds)
{
    struct rusage used;
    size_t n = 0;
    getrusage(RUSAGE_SELF, &used);
    const double cpu = (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
                       1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    qsort(times, n_times, sizeof *times, by_size);
    printf("{\"seconds\": %.3f, \"cpu\": %.3f, \"timed\": %zu, \"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"retry_after\": "
           "%zu, \"due\": %.0f, "
           "\"status\": {",
           seconds, cpu, n_times, at_share(0.5), at_share(0.99), at_share(1.0), n_retry_after, rate > 0 ? rate * seconds : 0.0);
    for (size_t i = 0; i < 600; i++)
        if (by_status[i] > 0)
            printf("%s\"%zu\": %zu", n++ > 0 ? ", " : "", i, by_status[i]);
    puts("}}");
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: bench_load PORT SCRIPT SECONDS [RATE]\n", stderr);
        return 2;
    }
    const double seconds = strtod(argv[3], NULL);
    rate = argc > 4 ? strtod(argv[4], NULL) : 0;
    read_script(argv[2]);
    const int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (epoll < 0 || timer < 0)
        die("epoll");
    for (size_t i = 0; i < n_connections; i++) {
        connections[i].fd = connect_to((uint16_t)strtoul(argv[1], NULL, 10));
        watch(epoll, connections[i].fd, i);
    }
    watch(epoll, timer, n_connections);
    run(epoll, timer, seconds);
    print(now() - begin);
    return 0;
}
