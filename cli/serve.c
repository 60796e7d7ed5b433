/* butaca serve: the server, until Ctrl-C or SIGTERM. Signals are blocked before its threads start and then waited for here, so no
 * handler runs anywhere. SIGXFSZ is ignored: a file that may not grow further is a full disk, not the end; and
 * SIGPIPE: a log without a reader.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/cli.h"
#include "server/claim.h"
#include "server/request_log.h"
#include "server/server.h"

enum { RATE_MAX = 100000, PORTS_TRIED = 20 }; /* after the usual one, if that is taken */

static const cli_option options[] = {
    {"host", "ADDRESS", "the address to listen on; 0.0.0.0: reachable from other machines"},
    {"port", "N", "the port; 0: any free one; without it 4242 or the next free one"},
    {"log", "FILE", "add a line of JSON for each request to this file; -: to stderr"},
    {"address-rate", "N", "requests a second that one address may make, ten times as many at once (default: 500); 0: any"},
    {"person-rate", "N", "the same of one person with their programs (default: 100); 0: any"},
    {"train-memory", "MIB", "what a training that an administrator starts may take (default: 2048)"},
    {NULL, NULL, NULL},
};

/* A port that was asked for is that one or an error; the usual one gives way to the next that is free. */
static bt_status start(const cli *c, editions *of, server_params *params, server **out, bt_error *error)
{
    const uint16_t usual = params->port;
    uint64_t port = usual;
    if (cli_value(c, "port") != NULL) {
        cli_whole(c, "port", 0, 65535, &port);
        params->port = (uint16_t)port;
        return server_start(of, params, out, error);
    }
    bt_status status = server_start(of, params, out, error);
    for (int i = 0; i < PORTS_TRIED && status == BT_BUSY; i++) {
        params->port++;
        status = server_start(of, params, out, error);
    }
    if (status == BT_OK && params->port != usual)
        fprintf(stderr, "Port %u is taken; using %u.\n", usual, params->port);
    return status;
}

/* code "": somebody administers. */
static void announce(const cli *c, const char *host, uint16_t port, const char *code)
{
    const bool v6 = strchr(host, ':') != NULL;
    char url[128];
    snprintf(url, sizeof url, "http://%s%s%s:%u/", v6 ? "[" : "", host, v6 ? "]" : "", port);
    char link[256] = "";
    if (code[0] != '\0')
        snprintf(link, sizeof link, "%sadmin#%s", url, code);
    if (c->json)
        cli_json(c, json_pack("{s:s, s:s?}", "address", url, "admin_link", link[0] != '\0' ? link : NULL));
    else
        printf("Butaca answers on %s (Ctrl-C stops it)\n", url);
    if (!c->json && link[0] != '\0')
        printf("Nobody administers it yet. Who opens this link first, within a day, does:\n  %s\n", link);
    fflush(stdout);
}

static int serve(const cli *c, editions *of, server_params *params, const sigset_t *signals)
{
    server *s = NULL;
    bt_error error = {0};
    if (start(c, of, params, &s, &error) != BT_OK)
        return cli_fail(c, &error);
    char code[PEOPLE_SECRET_TEXT] = "";
    if (params->people != NULL && claim_offer(params->people, code, &error) != BT_OK)
        fprintf(stderr, "No link for an administrator could be made: %s\n", error.message);
    announce(c, params->host, server_port(s), code);
    int number = 0;
    sigwait(signals, &number);
    fputs("Finishing the requests under way.\n", stderr);
    server_stop(s);
    return CLI_DONE;
}

/* A folder that can't be written is served all the same, for reading. */
static bt_status open_people(const app *a, people **out, bt_error *error)
{
    const bt_status status = people_open(app_folder(a), out, error);
    if (status != BT_PERMISSION)
        return status;
    fprintf(stderr, "Films and lists are served, but nothing that people say can be kept: %s\n", error->message);
    return BT_OK;
}

/* Each stream of events is a descriptor, and many systems begin with 1,024 of them. */
static void allow_descriptors(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

static int run(const cli *c)
{
    server_params params = server_params_default();
    uint64_t port = params.port, mebibytes = params.training_memory >> 20, of_address = params.address_rate,
             of_person = params.person_rate;
    if (!cli_whole(c, "port", 0, 65535, &port) || !cli_whole(c, "train-memory", 1, 1 << 30, &mebibytes) ||
        !cli_whole(c, "address-rate", 0, RATE_MAX, &of_address) || !cli_whole(c, "person-rate", 0, RATE_MAX, &of_person))
        return CLI_USAGE;
    params.address_rate = (unsigned)of_address;
    params.person_rate = (unsigned)of_person;
    params.training_memory = mebibytes << 20;
    if (cli_value(c, "host") != NULL)
        params.host = cli_value(c, "host");
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    allow_descriptors();
    app *a = NULL;
    editions *of = NULL;
    bt_error error = {0};
    int code;
    if ((cli_value(c, "log") != NULL && request_log_open(cli_value(c, "log"), &params.log, &error) != BT_OK) ||
        app_open(c->data, &a, &error) != BT_OK || app_prepare_search(a, &error) != BT_OK ||
        app_prepare_texts(a, NULL, &error) != BT_OK || open_people(a, &params.people, &error) != BT_OK ||
        editions_start(a, &of, &error) != BT_OK)
        code = cli_fail(c, &error);
    else
        code = serve(c, of, &params, &signals);
    people_close(params.people);
    request_log_close(params.log);
    if (of != NULL)
        editions_stop(of);
    else
        app_close(a);
    return code;
}

const cli_verb verb_serve = {
    .name = "serve",
    .arguments = "",
    .purpose = "Serves the page and the API.",
    .options = {options},
    .examples = "  butaca serve\n"
                "  butaca serve --host 0.0.0.0 --port 8080\n",
    .run = run,
};
