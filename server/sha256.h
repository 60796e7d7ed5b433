/* SHA-256 (FIPS 180-4): what a Content-Security-Policy names inline scripts and styles by. Public data only. */
#ifndef SERVER_SHA256_H
#define SERVER_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_BASE64_SIZE = 45 };

void sha256_of(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE]);
void sha256_base64(const void *bytes, size_t size, char text[SHA256_BASE64_SIZE]); /* NUL-terminated, with its padding */

#endif
