/* The address that libmicrohttpd accepted the connection from. */
#include "server/remote.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

void remote_network(const request *r, char text[REMOTE_TEXT])
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    text[0] = '\0';
    if (!info || !info->client_addr)
        return;
    if (info->client_addr->sa_family == AF_INET) {
        struct sockaddr_in address;
        memcpy(&address, info->client_addr, sizeof address);
        inet_ntop(AF_INET, &address.sin_addr, text, REMOTE_TEXT);
    } else if (info->client_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 address;
        memcpy(&address, info->client_addr, sizeof address);
        if (!IN6_IS_ADDR_V4MAPPED(&address.sin6_addr))
            memset(address.sin6_addr.s6_addr + 8, 0, 8);
        inet_ntop(AF_INET6, &address.sin6_addr, text, REMOTE_TEXT);
    }
}
