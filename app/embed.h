/* Making the vectors of a data folder's films (butaca/vectors.h), and their neighbours by text (butaca/neighbours.h).
 *
 * A film whose texts are the ones that its vectors were made of keeps them, so one new film takes its own encoding and a copy of the
 * files. What was encoded is stored every half minute and when the work is stopped; the next run goes on from there.
 */
#ifndef APP_EMBED_H
#define APP_EMBED_H

#include "app/app.h"

#define EMBED_FOLDER "text"
#define EMBED_VECTORS "text/vectors.bt"
#define EMBED_NEIGHBOURS "text/neighbours.bt"

enum { APP_EMBED_BATCH_MAX = 2048 };

typedef struct app_embed_params {
    const char *encoder;  /* "muse" or "minilm": NAME.btenc is looked for in $BUTACA_WEIGHTS and in the folder's weights/ */
    size_t n_threads;     /* 0: one for each processor */
    double store_seconds; /* between two times that what was encoded so far is stored */
    size_t batch_texts;   /* that are encoded at once, and between two reports; at most APP_EMBED_BATCH_MAX */
} app_embed_params;

app_embed_params app_embed_params_default(void);

typedef struct app_embedding {
    size_t n_films, n_encoded; /* films, and those of them whose texts were new or had changed */
    size_t n_texts, n_vectors; /* encoded texts; all vectors */
    double seconds;
} app_embedding;

/* BT_CANCELLED: what was encoded so far is stored. */
bt_status app_embed(const char *data_path, const app_embed_params *params, const bt_progress *progress, app_embedding *out,
                    bt_error *error);

/* The file of an encoder's weights; new memory (bt_free). BT_NOT_FOUND says how to get it. */
bt_status app_weights_path(const char *data_path, const char *encoder, char **out, bt_error *error);

#endif
