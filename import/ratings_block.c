/* Parsing a block of ratings.
 *
 * A row as MovieLens writes it, "42,296,4.5,1112484767", is read eight bytes at a time: the digits of a word are found and put
 * together by arithmetic on all of its bytes, without a branch on their number. What the fast way doesn't take for granted (quotes,
 * other columns, ids from 10,000,000 on, a rating without its ".0", times before 1973, any error) goes through the scanner and the
 * field parsers, which say what a row is; the fast way accepts a subset of that, with the same values.
 *
 * It reads up to 40 bytes from a row's beginning, so beyond the text's end: CSV_BLOCK_SPARE is there for it.
 */
#include "import/ratings_block.h"

#include <string.h>

#include "base/memory.h"
#include "import/rating_row.h"

/* "1,1,4,1" and a line feed; at the file's end without it. */
enum { ROW_BYTES_MIN = 8 };

/* --- memory --------------------------------------------------------------------------------------------------------- */

bool ratings_block_fits(const ratings_block *b, size_t bytes)
{
    return bytes / ROW_BYTES_MIN < b->capacity;
}

bool ratings_block_reserve(ratings_block *b, size_t bytes)
{
    const size_t capacity = bytes / ROW_BYTES_MIN + 1;
    ratings_block_free(b);
    b->film_ids = memory_array(capacity, sizeof *b->film_ids);
    b->times = memory_array(capacity, sizeof *b->times);
    b->half_stars = memory_array(capacity, sizeof *b->half_stars);
    b->runs = memory_array(capacity, sizeof *b->runs);
    b->capacity = capacity;
    return b->film_ids && b->times && b->half_stars && b->runs;
}

void ratings_block_free(ratings_block *b)
{
    bt_free(b->film_ids);
    bt_free(b->times);
    bt_free(b->half_stars);
    bt_free(b->runs);
    *b = (ratings_block){0};
}

/* --- any row -------------------------------------------------------------------------------------------------------- */

bool ratings_layout_parse(const ratings_layout *layout, const csv_field *fields, uint32_t *user_id, bt_rating *r,
                          import_reject *reason)
{
    const csv_field *const ordered[] = {&fields[layout->at[0]], &fields[layout->at[1]], &fields[layout->at[2]],
                                        &fields[layout->at[3]]};
    return rating_row_parse(layout->job, ordered, user_id, r, reason);
}

/* The next n rows are of this user. */
static void add_to_run(ratings_block *b, uint32_t user_id, uint32_t n)
{
    if (n == 0)
        return;
    if (b->n_runs == 0 || b->runs[b->n_runs - 1].user_id != user_id)
        b->runs[b->n_runs++] = (user_run){.user_id = user_id};
    b->runs[b->n_runs - 1].n += n;
}

/* The next row by the scanner; false: none is left, or it is no CSV. */
static bool scan_row(ratings_block *b, const ratings_layout *layout, csv_cursor *c)
{
    const csv_step step = csv_cursor_next(c, NULL);
    if (step != CSV_STEP_ROW) {
        b->has_refused |= step == CSV_STEP_WRONG;
        return false;
    }
    bt_rating r;
    uint32_t user_id;
    import_reject reason;
    b->n_read++;
    if (c->n_fields != layout->width || !ratings_layout_parse(layout, c->fields, &user_id, &r, &reason)) {
        b->has_refused = true;
        return true;
    }
    add_to_run(b, user_id, 1);
    b->film_ids[b->n] = r.film_id;
    b->times[b->n] = r.time;
    b->half_stars[b->n] = r.half_stars;
    b->n++;
    return true;
}

/* --- the usual row -------------------------------------------------------------------------------------------------- */

/* Eight bytes, the first one lowest. */
static inline uint64_t load_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The bytes as digits' values; the high bit of each byte that is none is set in *others (up to the first such byte, which is what
 * counts: a carry may touch those after it). */
static inline uint64_t digits_of(uint64_t word, uint64_t *others)
{
    const uint64_t digits = word ^ UINT64_C(0x3030303030303030);
    *others = ((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080);
    return digits;
}

/* Eight digits, the first one lowest, as a number: pairs, then fours, then all, in three multiplications. */
static inline uint32_t number_of(uint64_t digits)
{
    const uint64_t low = UINT64_C(0x000000ff000000ff);
    digits = digits * 10 + (digits >> 8);
    return (uint32_t)(((digits & low) * UINT64_C(0x000f424000000064) + ((digits >> 16) & low) * UINT64_C(0x0000271000000001)) >>
                      32);
}

/* An id of up to seven digits with a comma behind it. Moves *at behind the comma; *wrong is set if there is none. */
static inline uint32_t take_id(const char **at, uint32_t *wrong)
{
    uint64_t others;
    const uint64_t digits = digits_of(load_word(*at), &others);
    const unsigned bits = (unsigned)__builtin_ctzll(others | UINT64_C(1) << 63) & ~7u; /* of the digits: 0 to 56 */
    const char *comma = *at + bits / 8;
    *wrong |= (unsigned char)*comma ^ (unsigned)',';
    *at = comma + 1;
    return number_of((digits << 8) << (56 - bits));
}

/* "4.5," in half stars. */
static inline uint32_t take_half_stars(const char **at, uint32_t *wrong)
{
    const uint32_t text = (uint32_t)load_word(*at);
    const uint32_t stars = (text & 0xff) - '0', tenths = (text >> 16 & 0xff) - '0', half = tenths & 1;
    const uint32_t half_stars = stars * 2 + half;
    *wrong |= ((text & 0xff00ff00) ^ ((uint32_t)',' << 24 | '.' << 8)) | (tenths ^ half * 5) | (half_stars - 1 > 9);
    *at += 4;
    return half_stars;
}

/* Seconds of nine or ten digits with a line's end behind them. Where the next row begins hangs on two branches, which the processor
 * guesses right, and not on what it has yet to load. */
static inline uint32_t take_time(const char **at, uint32_t *wrong)
{
    uint64_t others;
    const char *c = *at;
    const uint64_t digits = digits_of(load_word(c), &others);
    const unsigned ninth = (unsigned char)c[8] - (unsigned)'0', tenth = (unsigned char)c[9] - (unsigned)'0';
    uint64_t seconds = (uint64_t)number_of(digits) * 10 + ninth;
    c += 9;
    if (__builtin_expect(tenth <= 9, 1)) {
        seconds = seconds * 10 + tenth;
        c++;
    }
    if (__builtin_expect(*c != '\n', 0)) {
        *wrong |= *c != '\r' || c[1] != '\n';
        c++;
    }
    *wrong |= (others != 0) | (ninth > 9) | (seconds > UINT32_MAX);
    *at = c + 1;
    return (uint32_t)seconds;
}

/* Butaca's id of a film, 0: no such film. */
static inline uint32_t find_film(const ratings_layout *layout, uint32_t id)
{
    return id < layout->n_low_films ? layout->low_films[id] : id_map_get(&layout->job->film_ids, id);
}

/* What stands behind a usual row's user. Where the next row begins; NULL: it is something else, or its film isn't known. */
static inline const char *take_usual_row(const ratings_layout *layout, const char *at, bt_rating *r)
{
    uint32_t wrong = 0;
    r->film_id = find_film(layout, take_id(&at, &wrong));
    r->half_stars = (uint8_t)take_half_stars(&at, &wrong);
    r->time = take_time(&at, &wrong);
    return wrong == 0 && r->film_id != 0 ? at : NULL;
}

/* The rows from *at on that begin with the same user and are as usual; how many. */
static size_t take_usual_user(ratings_block *b, const ratings_layout *layout, const char **at, const char *end)
{
    uint32_t wrong = 0, *const film_ids = b->film_ids + b->n, *const times = b->times + b->n;
    uint8_t *const half_stars = b->half_stars + b->n;
    const char *row_at = *at, *next = row_at;
    const uint32_t user_id = take_id(&next, &wrong);
    if (wrong || user_id == 0)
        return 0;
    const size_t prefix = (size_t)(next - row_at); /* "42,": 2 to 8 bytes */
    const uint64_t mask = UINT64_MAX >> (64 - 8 * prefix), word = load_word(row_at) & mask;
    size_t n = 0;
    for (; row_at < end && (load_word(row_at) & mask) == word; row_at = next, n++) {
        bt_rating r;
        next = take_usual_row(layout, row_at + prefix, &r);
        if (!next)
            break;
        film_ids[n] = r.film_id;
        times[n] = r.time;
        half_stars[n] = r.half_stars;
    }
    add_to_run(b, user_id, (uint32_t)n);
    b->n += n;
    *at = row_at;
    return n;
}

/* --- blocks --------------------------------------------------------------------------------------------------------- */

static bool is_usual(const ratings_layout *layout)
{
    return layout->width == RATINGS_TABLE_COLUMNS && layout->at[0] == 0 && layout->at[1] == 1 && layout->at[2] == 2 &&
           layout->at[3] == 3;
}

/* Rows in the usual form, up to one that isn't; one that the file's end cuts off isn't. */
static void take_usual_rows(ratings_block *b, const ratings_layout *layout, csv_cursor *c)
{
    const char *at = c->bytes + c->row, *end = c->bytes + c->end;
    const size_t before = b->n;
    while (end > at && end[-1] != '\n')
        end--;
    while (at < end && take_usual_user(b, layout, &at, end) > 0)
        ;
    c->row = (size_t)(at - c->bytes);
    c->next_line += b->n - before;
    b->n_read += b->n - before;
}

void ratings_block_parse(ratings_block *b, const csv_block *text, const ratings_layout *layout, char *scratch)
{
    csv_cursor c;
    const bool usual = is_usual(layout);
    csv_block_cursor(text, layout->label, 0, scratch, &c);
    b->n = b->n_runs = b->n_read = 0;
    b->has_refused = false;
    do
        if (usual)
            take_usual_rows(b, layout, &c);
    while (scan_row(b, layout, &c));
    b->n_lines = c.next_line;
}
