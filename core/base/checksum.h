/* XXH3-64, the checksum of all of Butaca's files (github.com/Cyan4973/xxHash, seed 0). Against damage, not against an enemy. */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t checksum_of(const void *bytes, size_t size);

/* The same over bytes that come in parts. */
typedef struct checksum checksum;

checksum *checksum_new(void); /* of no bytes yet; NULL: no memory; release with bt_free */
void checksum_restart(checksum *c);
void checksum_add(checksum *c, const void *bytes, size_t size);
uint64_t checksum_value(const checksum *c);

#endif
