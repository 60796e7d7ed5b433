/* The address that libmicrohttpd accepted the connection from. */
#include "server/remote.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

typedef struct remote_bytes {
    int family; /* 0: not known */
    uint8_t bytes[16];
} remote_bytes;

/* The first `bits4` bits of an IPv4 address, also of one in IPv6's clothes, or `bits6` of another; whole bytes. */
static bool network_of(const struct sockaddr *from, unsigned bits4, unsigned bits6, remote_bytes *out)
{
    *out = (remote_bytes){0};
    if (from->sa_family == AF_INET) {
        struct sockaddr_in address;
        memcpy(&address, from, sizeof address);
        out->family = AF_INET;
        memcpy(out->bytes, &address.sin_addr, bits4 / 8);
    } else if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 address;
        memcpy(&address, from, sizeof address);
        const bool mapped = IN6_IS_ADDR_V4MAPPED(&address.sin6_addr);
        out->family = mapped ? AF_INET : AF_INET6;
        memcpy(out->bytes, address.sin6_addr.s6_addr + (mapped ? 12 : 0), (mapped ? bits4 : bits6) / 8);
    }
    return out->family != 0;
}

static bool network(const request *r, unsigned bits4, unsigned bits6, remote_bytes *out)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    *out = (remote_bytes){0};
    return info && info->client_addr && network_of(info->client_addr, bits4, bits6, out);
}

void remote_network(const request *r, char text[REMOTE_TEXT])
{
    remote_bytes from;
    text[0] = '\0';
    if (network(r, 32, 64, &from))
        inet_ntop(from.family, from.bytes, text, REMOTE_TEXT);
}

size_t remote_key(const request *r, uint8_t key[REMOTE_KEY])
{
    static const uint8_t here[REMOTE_KEY] = {[15] = 1};
    remote_bytes whole, from;
    if (!network(r, 32, 128, &whole) || !network(r, 32, 64, &from))
        return 0;
    if (whole.family == AF_INET ? whole.bytes[0] == 127 : memcmp(whole.bytes, here, sizeof here) == 0)
        return 0;
    memcpy(key, from.bytes, REMOTE_KEY);
    return from.family == AF_INET ? 4 : 8;
}

void remote_area(const request *r, char text[REMOTE_TEXT])
{
    remote_bytes from;
    text[0] = '\0';
    if (!network(r, 24, 48, &from))
        return;
    inet_ntop(from.family, from.bytes, text, REMOTE_TEXT);
    strcat(text, from.family == AF_INET ? "/24" : "/48");
}
