/* From libmicrohttpd's callbacks to a handler and back: the life of one request.
 *
 *     headers   exchange_begin picks the route; what is wrong already (404, 405, 415, 413) is decided here
 *     body      kept up to its bound, or read and dropped where the reply is decided
 *     handler   here, or on a worker while the connection is suspended
 *     reply     queued when libmicrohttpd calls again
 *     end       exchange_end counts and frees, however it ended
 */
#ifndef SERVER_EXCHANGE_H
#define SERVER_EXCHANGE_H

#include <microhttpd.h>

#include "app/app.h"

/* For MHD_start_daemon; context: the server. */
enum MHD_Result exchange_access(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *upload, size_t *upload_size, void **state);
void exchange_connection(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_ConnectionNotificationCode what);
void exchange_end(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how);

/* For workers_start: runs the handler of a request and wakes its connection. */
void exchange_work(void *job, catalogue *c);

#endif
