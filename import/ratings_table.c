/* Reading ratings on all threads.
 *
 * The file comes in blocks of whole rows (csv_take_block), and rounds of them:
 *
 *     round r     one thread reads the text of round r + 1
 *                 the others parse the text of round r, a block each, into columns (ratings_block.c); a thread that is done takes
 *                 the next piece
 *     then        in the order of the file: users get their places, ratings their rows, and blocks with refused rows are gone
 *                 through again, row by row, for the rejects file
 *
 * What the blocks' columns hold is copied to the job's rows before the next parsing, by the same threads. So all that has an order
 * happens on the calling thread, in the order of the file, and the result is that of reading row by row.
 *
 * Memory: two rounds of text, 2 MiB each or two blocks with the longest row, and 2.2 bytes for each byte of one round.
 */
#include "import/ratings_table.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/table.h"

enum { BLOCKS = 16, ROUND_BYTES = 2 << 20, LOW_FILMS_MAX = 1 << 22 };

const char *const ratings_table_columns[RATINGS_TABLE_COLUMNS] = {"userId", "movieId", "rating", "timestamp"};

/* A round's text. */
typedef struct text_round {
    csv_block blocks[BLOCKS];
    size_t n;
    bt_status status; /* of reading on after them */
    bt_error error;
} text_round;

typedef struct parsed_block {
    ratings_block block;
    size_t to; /* the job's row that its first one becomes */
} parsed_block;

typedef struct ratings_reader {
    table t;
    ratings_layout layout;
    uint32_t *low_films;
    text_round rounds[2], *text, *next; /* parsed now, read now */
    parsed_block parsed[BLOCKS];
    size_t n_parsed; /* blocks of the round before, whose columns are still to be copied */
    char **scratch;  /* a thread's each */
    size_t n_scratch, scratch_size;
    size_t line; /* of the next block's first row */
} ratings_reader;

/* --- films ---------------------------------------------------------------------------------------------------------- */

/* The map as an array, as far as ids are low; those of real data sets are. */
static bool index_low_films(ratings_reader *r)
{
    const id_map *films = &r->t.job->film_ids;
    uint32_t highest = 0;
    for (size_t i = 0; i < films->capacity; i++)
        if (films->slots[i].key < LOW_FILMS_MAX && films->slots[i].key > highest)
            highest = films->slots[i].key;
    r->low_films = memory_zeroed(highest + 1, sizeof *r->low_films);
    for (size_t i = 0; r->low_films && i < films->capacity; i++)
        if (films->slots[i].key <= highest)
            r->low_films[films->slots[i].key] = films->slots[i].value;
    r->layout.job = r->t.job;
    r->layout.low_films = r->low_films;
    r->layout.n_low_films = highest + 1;
    return r->low_films != NULL;
}

/* --- a round -------------------------------------------------------------------------------------------------------- */

static void read_round(ratings_reader *r, text_round *round)
{
    size_t bytes = 0;
    round->status = BT_OK;
    for (round->n = 0; round->n < BLOCKS && bytes < ROUND_BYTES; round->n++) {
        csv_block *b = &round->blocks[round->n];
        round->status = csv_take_block(r->t.csv, b, &round->error);
        if (round->status != BT_OK || b->begin == b->end)
            break;
        bytes += b->end - b->begin;
    }
}

static void copy_parsed(ratings_reader *r, size_t i)
{
    const ratings_block *b = &r->parsed[i].block;
    const ratings_rows *rows = &r->t.job->ratings;
    const size_t to = r->parsed[i].to;
    if (i >= r->n_parsed || b->n == 0)
        return;
    memcpy(rows->film_ids + to, b->film_ids, b->n * sizeof *b->film_ids);
    memcpy(rows->times + to, b->times, b->n * sizeof *b->times);
    memcpy(rows->half_stars + to, b->half_stars, b->n);
}

/* Piece 0 reads ahead, piece i + 1 makes room in block i and parses the next text into it. */
static void round_piece(void *context, size_t piece, size_t lane)
{
    ratings_reader *r = context;
    if (piece == 0) {
        if (r->text->status == BT_OK)
            read_round(r, r->next);
        return;
    }
    copy_parsed(r, piece - 1);
    if (piece - 1 < r->text->n)
        ratings_block_parse(&r->parsed[piece - 1].block, &r->text->blocks[piece - 1], &r->layout, r->scratch[lane]);
}

/* The columns of the round before are copied here where they are in the way. */
static bool make_block_fit(ratings_reader *r, size_t i, size_t size)
{
    ratings_block *b = &r->parsed[i].block;
    if (ratings_block_fits(b, size))
        return true;
    copy_parsed(r, i);
    b->n = 0;
    return ratings_block_reserve(b, size);
}

/* Room to parse the round's text; that of a long row takes more than usual. */
static bt_status make_room(ratings_reader *r, bt_error *error)
{
    size_t longest = r->scratch_size;
    bool fits = true;
    for (size_t i = 0; i < r->text->n && fits; i++) {
        const size_t size = r->text->blocks[i].end - r->text->blocks[i].begin;
        longest = size > longest ? size : longest;
        fits = make_block_fit(r, i, size);
    }
    for (size_t i = 0; i < r->n_scratch && fits && longest > r->scratch_size; i++) {
        bt_free(r->scratch[i]);
        r->scratch[i] = memory_array(longest, 1);
        fits = r->scratch[i] != NULL;
    }
    r->scratch_size = longest;
    return fits ? BT_OK : error_no_memory(error, "reading ratings");
}

/* --- in order ------------------------------------------------------------------------------------------------------- */

/* Goes through a block again, row by row, for what was refused. */
static bt_status refuse_rows(ratings_reader *r, const csv_block *text, bt_error *error)
{
    csv_cursor c;
    csv_step step;
    bt_status status = BT_OK;
    csv_block_cursor(text, r->t.label, r->line, r->scratch[0], &c);
    while (status == BT_OK && (step = csv_cursor_next(&c, error)) != CSV_STEP_END) {
        bt_rating rating;
        uint32_t user_id;
        import_reject reason = IMPORT_REJECT_COLUMNS;
        if (step == CSV_STEP_WRONG)
            return BT_BAD_FORMAT;
        if (step == CSV_STEP_SHORT)
            return BT_OK;
        if (c.n_fields != r->t.width || !ratings_layout_parse(&r->layout, c.fields, &user_id, &rating, &reason))
            status = table_refuse_row(&r->t, reason, c.line, c.raw, error);
    }
    return status;
}

/* Users get their places, ratings their rows. */
static bt_status take_block(ratings_reader *r, parsed_block *p, const csv_block *text, bt_error *error)
{
    import_job *job = r->t.job;
    const ratings_block *b = &p->block;
    p->to = job->ratings.n;
    bt_status status = ratings_rows_reserve(&job->ratings, b->n, error);
    for (size_t i = 0; i < b->n_runs && status == BT_OK; i++) {
        uint32_t place = 0;
        status = job_place_user(job, b->runs[i].user_id, &place, error);
        if (status == BT_OK)
            status = ratings_rows_append(&job->ratings, place, b->runs[i].n, error);
    }
    if (status == BT_OK && b->has_refused)
        status = refuse_rows(r, text, error);
    r->t.n_rows += b->n_read;
    job->summary->rows_read += b->n_read;
    r->line += b->n_lines;
    return status;
}

static bt_status take_round(ratings_reader *r, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t i = 0; i < r->text->n && status == BT_OK; i++)
        status = take_block(r, &r->parsed[i], &r->text->blocks[i], error);
    r->n_parsed = r->text->n;
    if (status == BT_OK && r->text->status != BT_OK) {
        status = r->text->status;
        if (error)
            *error = r->text->error;
    }
    return status == BT_OK ? job_report(r->t.job, r->t.stage, csv_bytes(r->t.csv), r->t.size, false, error) : status;
}

/* --- the file ------------------------------------------------------------------------------------------------------- */

static bt_status read_rounds(ratings_reader *r, bt_error *error)
{
    bt_status status = BT_OK;
    read_round(r, r->next);
    do {
        text_round *text = r->next;
        r->next = r->text;
        r->text = text;
        status = make_room(r, error);
        if (status != BT_OK)
            return status;
        const size_t n = r->n_parsed > text->n ? r->n_parsed : text->n;
        pool_run(r->t.job->threads, 1 + n, round_piece, r);
        status = take_round(r, error);
    } while (status == BT_OK && r->n_parsed > 0);
    return status;
}

static bt_status prepare(ratings_reader *r, bt_error *error)
{
    r->layout.label = r->t.label;
    r->layout.width = r->t.width;
    memcpy(r->layout.at, r->t.at, sizeof r->layout.at);
    r->line = csv_next_line(r->t.csv);
    r->text = &r->rounds[0];
    r->next = &r->rounds[1];
    r->n_scratch = pool_lanes(r->t.job->threads);
    r->scratch = memory_zeroed(r->n_scratch, sizeof *r->scratch);
    return r->scratch && index_low_films(r) ? BT_OK : error_no_memory(error, "reading ratings");
}

static void release(ratings_reader *r)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        csv_block_free(&r->rounds[0].blocks[i]);
        csv_block_free(&r->rounds[1].blocks[i]);
        ratings_block_free(&r->parsed[i].block);
    }
    for (size_t i = 0; r->scratch && i < r->n_scratch; i++)
        bt_free(r->scratch[i]);
    bt_free(r->scratch);
    bt_free(r->low_films);
    bt_free(r);
}

bt_status ratings_table_read(import_job *job, source *s, size_t file, bt_error *error)
{
    return ratings_table_read_sized(job, s, file, CSV_CAPACITY, error);
}

bt_status ratings_table_read_sized(import_job *job, source *s, size_t file, size_t capacity, bt_error *error)
{
    const table_columns columns = {.names = ratings_table_columns, .n = RATINGS_TABLE_COLUMNS};
    ratings_reader *r = memory_zeroed(1, sizeof *r);
    if (!r)
        return error_no_memory(error, "reading ratings");
    bt_status status = table_open_sized(job, s, file, &columns, capacity, &r->t, error);
    if (status == BT_OK)
        status = prepare(r, error);
    if (status == BT_OK)
        status = read_rounds(r, error);
    job->summary->ratings_read = job->ratings.n;
    status = table_finish(&r->t, status, error);
    release(r);
    return status;
}
