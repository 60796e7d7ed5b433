/* What is taken out of a question's vector, and what stays. */
#include "app/question.h"

#include <math.h>
#include <string.h>

#include "support/test.h"

enum { N = QUESTION_DIMENSIONS };

static double dot(const float *a, const float *b)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static void direction(size_t k, float *out)
{
    for (size_t i = 0; i < N; i++)
        out[i] = question_step[k] * (float)question_directions[k][i];
}

TEST(directions_have_unit_length_and_right_angles)
{
    float a[N], b[N];
    for (size_t k = 0; k < QUESTION_DIRECTIONS; k++) {
        direction(k, a);
        CHECK_NEAR(dot(a, a), 1, 0.02);
        CHECK(question_share[k] > 0 && question_share[k] < 1);
        for (size_t l = 0; l < k; l++) {
            direction(l, b);
            CHECK_NEAR(dot(a, b), 0, 0.02);
        }
    }
}

TEST(a_share_of_a_direction_goes_and_the_rest_stays)
{
    float u[N], rest[N] = {0}, query[N];
    direction(3, u);
    rest[17] = 1;
    for (size_t k = 0; k < QUESTION_DIRECTIONS; k++) { /* at a right angle to all directions */
        float other[N];
        direction(k, other);
        const double much = dot(rest, other) / dot(other, other);
        for (size_t i = 0; i < N; i++)
            rest[i] -= (float)much * other[i];
    }
    for (size_t i = 0; i < N; i++)
        query[i] = 0.6F * u[i] + 0.8F * rest[i];
    const double before = dot(query, u) / dot(query, rest);
    question_turn("muse", N, query);
    CHECK_NEAR(dot(query, query), 1, 1e-5);
    CHECK_NEAR(dot(query, u) / dot(query, rest), before * (1 - (double)question_share[3]), 0.02);
}

TEST(of_other_encoders_and_of_nothing_it_is_the_same)
{
    float query[N] = {[5] = 0.6F, [7] = 0.8F}, same[N], nothing[N] = {0};
    memcpy(same, query, sizeof same);
    question_turn("minilm", N, query);
    question_turn("muse", N - 1, query);
    CHECK(memcmp(same, query, sizeof same) == 0);
    question_turn("muse", N, nothing);
    CHECK(fabs(dot(nothing, nothing)) <= 0);
    question_turn("muse", N, query);
    CHECK(memcmp(same, query, sizeof same) != 0);
}
