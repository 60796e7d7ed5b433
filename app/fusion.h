/* Search by words and by meaning in one list.
 *
 * A query finds the films that its words find (app_search) and those whose texts are nearest to what it means (butaca/vectors.h). Films
 * that their titles bring come first, as ever; of the others, with l the score by words over the best of them and c the cosine, put on
 * the scale from 0 (the last of the nearest films) to 1 (the nearest),
 *
 *     fused = (1 - w) l + w c        w by how much was said: a few words are names and keywords, many tell what happens
 *
 * (convex combination; Bruch, Gai, Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval"). Many words are a question,
 * whose vector is turned first (app/question.h). docs/search.md has what each part brings and how w was found.
 */
#ifndef APP_FUSION_H
#define APP_FUSION_H

#include "app/app.h"

/* How much the meaning says, 0 to 1, of a query of so many words. */
double fusion_weight(size_t n_words);

/* app_search_by, its search by words with these parameters; their limit, mask, marks and prior are set here. */
bt_status fusion_search(const app *a, const char *text, const app_search_params *how, bt_search_params *words, arena *memory,
                        app_found *out, bt_error *error);

#endif
