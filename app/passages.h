/* What of a film is encoded: each of its texts as a whole, its title before it, and the sentences of texts that have several. A film
 * without a text has its title. */
#ifndef APP_PASSAGES_H
#define APP_PASSAGES_H

#include "base/arena.h"
#include "butaca/encoder.h"
#include "butaca/vectors.h"
#include "store/catalogue.h"

enum {
    PASSAGES_VERSION = 1,    /* goes up when the same film would be cut in another way */
    PASSAGES_SENTENCES = 64, /* of one text; the rest is in the whole alone */
    PASSAGES_MAX = 1024      /* of one film */
};

typedef struct passages {
    bt_passage at[PASSAGES_MAX];
    bt_text text[PASSAGES_MAX]; /* what is encoded: in the film or the arena */
    size_t n;
    uint64_t key; /* of all that: the same key, the same vectors */
} passages;

/* `out` needn't be zeroed. */
bt_status passages_of(const film *f, arena *memory, passages *out, bt_error *error);

#endif
