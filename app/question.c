/* Taking the asking out of a question's vector. */
#include "app/question.h"

#include <math.h>
#include <string.h>

/* The directions are at right angles to each other, but for the rounding: their order makes no difference. */
static void take_out(size_t k, float *query)
{
    const int8_t *direction = question_directions[k];
    float dot = 0;
    for (size_t i = 0; i < QUESTION_DIMENSIONS; i++)
        dot += query[i] * (float)direction[i];
    const float much = question_share[k] * question_step[k] * question_step[k] * dot;
    for (size_t i = 0; i < QUESTION_DIMENSIONS; i++)
        query[i] -= much * (float)direction[i];
}

void question_turn(const char *encoder, size_t n_dimensions, float *query)
{
    if (strcmp(encoder, "muse") != 0 || n_dimensions != QUESTION_DIMENSIONS)
        return;
    for (size_t k = 0; k < QUESTION_DIRECTIONS; k++)
        take_out(k, query);
    float squares = 0;
    for (size_t i = 0; i < QUESTION_DIMENSIONS; i++)
        squares += query[i] * query[i];
    if (squares <= 0)
        return;
    const float scale = 1 / sqrtf(squares);
    for (size_t i = 0; i < QUESTION_DIMENSIONS; i++)
        query[i] *= scale;
}
