/* The distance's table of a key: row d, column j is the distance of the key's first d bytes to the text's first j. Only the columns
 * d - bound to d + bound can be within the bound; their neighbours are set to bound + 1 and never read further away.
 */
#include "search/near.h"

#include <string.h>

enum { ROWS = NEAR_TEXT_MAX + NEAR_SLIPS_MAX + 2, COLUMNS = NEAR_TEXT_MAX + 2 };

typedef struct walk {
    const char *text;
    size_t length;
    unsigned bound;
    uint8_t row[ROWS][COLUMNS];
    uint8_t beginning[ROWS]; /* least distance of the whole text to the first 0 … d bytes */
    size_t n_rows;           /* rows that hold for the last key, at least 1 */
    bool dead;               /* the last of them is over the bound everywhere */
} walk;

static uint8_t least(unsigned a, unsigned b)
{
    return (uint8_t)(a < b ? a : b);
}

/* Row d (from 1) for a key; returns whether anything in it is within the bound. */
static bool fill_row(walk *w, const char *key, size_t d)
{
    const size_t bound = w->bound, over = bound + 1;
    const size_t from = d > bound ? d - bound : 1, to = d + bound < w->length ? d + bound : w->length;
    uint8_t *now = w->row[d];
    const uint8_t *before = w->row[d - 1];
    bool within = d <= bound;
    now[from - 1] = (uint8_t)(from == 1 && within ? d : over);
    for (size_t j = from; j <= to; j++) {
        const bool same = key[d - 1] == w->text[j - 1];
        unsigned best = before[j - 1] + !same;
        best = least(best, now[j - 1] + 1u);
        if (j < d + bound) /* column j of the row before was filled */
            best = least(best, before[j] + 1u);
        if (d > 1 && j > 1 && key[d - 1] == w->text[j - 2] && key[d - 2] == w->text[j - 1])
            best = least(best, w->row[d - 2][j - 2] + 1u);
        now[j] = least(best, (unsigned)over);
        within = within || best <= bound;
    }
    const unsigned whole = d + bound >= w->length && d <= w->length + bound ? now[w->length] : (unsigned)over;
    w->beginning[d] = least(w->beginning[d - 1], whole);
    return within;
}

/* Takes in a key that shares `common` bytes with the last; returns the rows that were filled for it. */
static void advance(walk *w, const char *key, size_t length, size_t common)
{
    if (w->dead && common >= w->n_rows - 1)
        return; /* the same dead beginning */
    const size_t deepest = length < w->length + w->bound ? length : w->length + w->bound;
    w->dead = false;
    w->n_rows = common + 1 < w->n_rows ? common + 1 : w->n_rows;
    while (w->n_rows <= deepest && !w->dead) {
        w->dead = !fill_row(w, key, w->n_rows);
        w->n_rows++;
    }
}

/* How many bytes two keys share at their beginnings. */
static size_t common_bytes(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] == b[n] && a[n] != '\0')
        n++;
    return n;
}

/* Whether at most `n` bits are set, 1 or 2. */
static bool has_few(uint32_t bits, unsigned n)
{
    bits &= bits - 1;
    return (n == 1 ? bits : bits & (bits - 1)) == 0;
}

/* Whether a key as a whole can be near by its length and letters; that it has the text's letters is known. */
static bool may_be_whole(const near_text *x, uint32_t letters, uint32_t key_letters, size_t length)
{
    return length + x->bound >= x->length && length <= x->length + x->bound && has_few(key_letters & ~letters, x->bound);
}

void near_keys(const lookup *t, size_t first, size_t end, const near_text *text, near_each *each, void *context)
{
    const size_t length = text->length;
    const unsigned bound = text->bound;
    if (length == 0 || length > NEAR_TEXT_MAX || bound == 0 || bound > NEAR_SLIPS_MAX)
        return;
    walk w = {.text = text->text, .length = length, .bound = bound, .n_rows = 1};
    for (size_t j = 0; j <= length; j++)
        w.row[0][j] = least((unsigned)j, bound + 1);
    w.beginning[0] = w.row[0][length];
    const uint32_t letters = letters_of(text->text, length);
    const char *last = "";
    for (size_t key = first; key < end; key++) {
        const size_t n = lookup_key_length(t, key);
        if (!has_few(letters & ~t->letters[key], bound) || (text->whole && !may_be_whole(text, letters, t->letters[key], n)))
            continue;
        advance(&w, lookup_key(t, key), n, common_bytes(last, lookup_key(t, key)));
        last = lookup_key(t, key);
        const size_t depth = w.n_rows - 1;
        const bool whole = !w.dead && depth == n && n + bound >= length;
        const unsigned distance = whole ? w.row[n][length] : bound + 1, beginning = w.beginning[depth];
        if (distance <= bound || (beginning <= bound && !text->whole))
            each(context, key, distance, beginning);
    }
}
