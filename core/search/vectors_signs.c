/* Which films are worth a look, by one bit a value: the signs of all vectors are an eighth of what a scan of bytes reads, and few enough
 * to stay in a processor's cache. With s a vector's signs (1 or -1), its product with a query q is about
 *
 *     q.x  ~  q.s (x.x / x.s)
 *
 * (Gao, Long 2024, "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound", without the rotation, which brings nothing
 * with the encoders' vectors), off by about 0.6 / sqrt(dimensions).
 *
 * Signs lie in blocks of 32 rows as simd/bytes.h says: q.s is a sum of looked up sums of four values each (André, Kermarrec, Le Scouarnec
 * 2015, "Cache locality is not enough: High-Performance Nearest Neighbor Search with Product Quantization Fast Scan").
 *
 * Costs: a bit a value and 4 bytes a vector, made when a file is opened; a query takes 4 bytes a vector while it runs.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/vectors.h"

enum { TABLE_MAX = VECTORS_DIMENSIONS_MAX / SIGNS_GROUP * SIGNS_TABLE, STRETCH = 2048 /* rows */ };

/* --- making them ------------------------------------------------------------------------------------------------------- */

/* Bit i: value i of eight is negative. */
static unsigned sign_bits(const int8_t *eight)
{
    uint64_t word;
    memcpy(&word, eight, sizeof word);
    return (unsigned)((word & 0x8080808080808080u) * 0x0002040810204081u >> 56);
}

static void put_signs(const int8_t *row, size_t d, size_t at, uint8_t *block)
{
    const unsigned shift = at < SIGNS_ROWS / 2 ? 0 : 4;
    uint8_t *out = block + at % (SIGNS_ROWS / 2);
    for (size_t i = 0; i < d; i += 2 * SIGNS_GROUP, out += SIGNS_ROWS) {
        const unsigned bits = sign_bits(row + i);
        out[0] = (uint8_t)(out[0] | (bits & 15) << shift);
        out[SIGNS_ROWS / 2] = (uint8_t)(out[SIGNS_ROWS / 2] | bits >> 4 << shift);
    }
}

/* x.x / x.s */
static float sign_factor(const int8_t *row, size_t d, float scale)
{
    int32_t squares = 0, sizes = 0;
    for (size_t i = 0; i < d; i++) {
        squares += row[i] * row[i];
        sizes += row[i] < 0 ? -row[i] : row[i];
    }
    return sizes > 0 ? 256 * scale * (float)squares / (float)sizes : 0;
}

bt_status vectors_make_signs(bt_vectors *v, bt_error *error)
{
    const size_t d = v->info.dimensions, n = v->info.n_vectors, block = d / 8 * SIGNS_ROWS;
    if (d < VECTORS_SIGNS_LEAST)
        return BT_OK;
    v->signs = memory_zeroed(n / SIGNS_ROWS + 1, block);
    v->sign_factors = memory_array(n + 1, sizeof *v->sign_factors);
    if (v->signs == NULL || v->sign_factors == NULL)
        return error_no_memory(error, "opening vectors");
    for (size_t row = 0; row < n; row++) {
        put_signs(v->high + row * d, d, row % SIGNS_ROWS, v->signs + row / SIGNS_ROWS * block);
        v->sign_factors[row] = sign_factor(v->high + row * d, d, v->scales[row]);
    }
    return BT_OK;
}

void vectors_free_signs(bt_vectors *v)
{
    bt_free(v->signs);
    bt_free(v->sign_factors);
}

/* --- estimates --------------------------------------------------------------------------------------------------------- */

/* q.s = step * (sum of looked up bytes) + lowest */
typedef struct sign_table {
    uint8_t bytes[TABLE_MAX];
    float step, lowest;
} sign_table;

static float size_of(const float *four)
{
    return fabsf(four[0]) + fabsf(four[1]) + fabsf(four[2]) + fabsf(four[3]);
}

/* The sum of four values with the signs of `bits`. */
static float signed_sum(const float *four, unsigned bits)
{
    float sum = 0;
    for (unsigned i = 0; i < SIGNS_GROUP; i++)
        sum += bits >> i & 1 ? -four[i] : four[i];
    return sum;
}

static void fill_table(const float *query, size_t d, sign_table *table)
{
    const size_t n_groups = d / SIGNS_GROUP;
    const float levels = n_groups * SIGNS_MAX > UINT16_MAX ? (float)(UINT16_MAX / n_groups) : SIGNS_MAX;
    float widest = 0;
    table->lowest = 0;
    for (const float *four = query; four < query + d; four += SIGNS_GROUP) {
        const float size = size_of(four);
        widest = size > widest ? size : widest;
        table->lowest -= size;
    }
    table->step = 2 * widest / levels;
    for (size_t group = 0; group < n_groups; group++) {
        const float *four = query + group * SIGNS_GROUP;
        const float size = size_of(four);
        for (unsigned bits = 0; bits < SIGNS_TABLE; bits++) {
            const float part = widest > 0 ? (signed_sum(four, bits) + size) / (2 * widest) : 0; /* 0 to 1 */
            table->bytes[group * SIGNS_TABLE + bits] = (uint8_t)(part * levels + 0.49f);
        }
    }
}

/* Rows [from, to) of the scan, from a block's beginning on. */
typedef struct stretch {
    size_t from, to;
    float *scores;  /* room for STRETCH rows and any film's */
    uint16_t *sums; /* the same */
} stretch;

/* The next stretch, with the rows [first, end) in it. */
static void estimate_rows(const bt_vectors *v, const sign_table *table, size_t first, size_t end, stretch *s)
{
    const size_t d = v->info.dimensions, n = v->info.n_vectors;
    s->from = first / SIGNS_ROWS * SIGNS_ROWS;
    s->to = end - s->from > STRETCH ? end : s->from + STRETCH;
    s->to = s->to < n ? s->to : n;
    v->kernels->signs(v->signs + s->from * d / 8, (s->to - s->from + SIGNS_ROWS - 1) / SIGNS_ROWS, d / SIGNS_GROUP,
                      table->bytes, s->sums);
    for (size_t i = 0; i < s->to - s->from; i++)
        s->scores[i] = v->sign_factors[s->from + i] * (table->step * (float)s->sums[i] + table->lowest);
}

static float text_score(float whole, float sentence, float share)
{
    return share * whole + (1 - share) * (sentence > -INFINITY ? sentence : whole);
}

/* The score of a film with n rows (butaca/vectors.h). */
static float fold(const bt_passage *passages, size_t n, const float *scores, float share)
{
    float best = -INFINITY, whole = scores[0], sentence = -INFINITY;
    for (size_t row = 1; row < n; row++) {
        if (passages[row].end == 0) {
            const float score = text_score(whole, sentence, share);
            best = score > best ? score : best;
            whole = scores[row], sentence = -INFINITY;
        } else
            sentence = scores[row] > sentence ? scores[row] : sentence;
    }
    const float last = text_score(whole, sentence, share);
    return last > best ? last : best;
}

bool vectors_estimate(const bt_vectors *v, const float *query, float share, float *out)
{
    sign_table table;
    const size_t room = STRETCH + v->n_rows_max + 2 * SIGNS_ROWS;
    stretch s = {.scores = memory_array(room, sizeof *s.scores), .sums = memory_array(room, sizeof *s.sums)};
    const bool has_memory = s.scores != NULL && s.sums != NULL;
    fill_table(query, v->info.dimensions, &table);
    for (size_t film = 0; has_memory && film < v->info.n_films; film++) {
        const size_t first = v->starts[film], end = v->starts[film + 1];
        if (end > s.to)
            estimate_rows(v, &table, first, end, &s);
        out[film] = fold(v->passages + first, end - first, s.scores + (first - s.from), share);
    }
    bt_free(s.scores);
    bt_free(s.sums);
    return has_memory;
}
