/* links.csv of The Movies Dataset, looked up from the other side: which of MovieLens's films a film of TMDB or IMDb is. 12 bytes a
 * row, sorted twice.
 */
#ifndef IMPORT_KAGGLE_LINKS_H
#define IMPORT_KAGGLE_LINKS_H

#include "import/job.h"
#include "import/source.h"

typedef struct kaggle_link {
    uint32_t outside, movie; /* outside: the id at TMDB or at IMDb */
} kaggle_link;

enum { KAGGLE_LINKS_COLUMNS = 3 };
extern const char *const kaggle_links_columns[KAGGLE_LINKS_COLUMNS];

typedef struct kaggle_links {
    kaggle_link *by_tmdb, *by_imdb; /* ascending by outside id, then by movie */
    size_t n_tmdb, n_imdb, capacity;
} kaggle_links;

bt_status kaggle_links_read(kaggle_links *l, import_job *job, source *s, size_t file, bt_error *error);
void kaggle_links_free(kaggle_links *l); /* zeroed is fine */

/* The rows of this id at TMDB or, if there is none, at IMDb (0: none is asked for): *n of them from the pointer on. */
const kaggle_link *kaggle_links_find(const kaggle_links *l, uint32_t tmdb, uint32_t imdb, size_t *n);

#endif
