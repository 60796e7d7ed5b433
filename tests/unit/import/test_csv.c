/* The CSV reader: every row the same however the bytes arrive, and errors that name file and line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "import/csv.h"
#include "import/source.h"
#include "support/test.h"

/* One row as "field|field|…" after its line number, rows after each other with newlines. */
typedef struct transcript {
    char text[8192];
    size_t length;
} transcript;

static void note(transcript *t, const char *text, size_t length)
{
    if (t->length + length < sizeof t->text) {
        memcpy(t->text + t->length, text, length);
        t->length += length;
    }
    t->text[t->length] = '\0';
}

static void note_row(transcript *t, const csv_reader *r)
{
    char line[32];
    note(t, line, (size_t)snprintf(line, sizeof line, "%zu:", csv_line(r)));
    for (size_t i = 0; i < csv_n_fields(r) && i < CSV_FIELDS_MAX; i++) {
        note(t, i > 0 ? "|" : "", i > 0);
        note(t, csv_fields(r)[i].text, csv_fields(r)[i].length);
    }
    note(t, "\n", 1);
}

typedef struct opened {
    source *from;
    source_stream *stream;
    csv_reader *reader;
} opened;

static bt_status open_text(const char *text, size_t size, opened *o, bt_error *error)
{
    CHECK_OK(source_open(test_write_file("a.csv", text, size), &o->from, error), *error);
    CHECK_OK(source_stream_open(o->from, 0, &o->stream, error), *error);
    return csv_open(o->stream, "a.csv", &o->reader, error);
}

static void close_text(opened *o)
{
    csv_close(o->reader);
    source_stream_close(o->stream);
    source_close(o->from);
}

static bt_status read_all(const char *text, size_t size, transcript *t, bt_error *error)
{
    opened o = {0};
    bt_status status = open_text(text, size, &o, error);
    bool more = true;
    *t = (transcript){0};
    while (status == BT_OK && (status = csv_next(o.reader, &more, error)) == BT_OK && more)
        note_row(t, o.reader);
    close_text(&o);
    return status;
}

static void check_rows(const char *text, const char *expected)
{
    bt_error error = {0};
    static transcript t;
    CHECK_OK(read_all(text, strlen(text), &t, &error), error);
    CHECK_STR(t.text, expected);
}

TEST(rows_and_fields)
{
    check_rows("", "");
    check_rows("\n\r\n\n", "");
    check_rows("a", "1:a\n");
    check_rows("a,b\n", "1:a|b\n");
    check_rows("a,b\r\nc,d\r\n", "1:a|b\n2:c|d\n");
    check_rows("a,b\nc,d", "1:a|b\n2:c|d\n");
    check_rows(",\n,,\n", "1:|\n2:||\n");
    check_rows("a\n\n\nb\n", "1:a\n4:b\n");
    check_rows("a,b\r", "1:a|b\n");
    check_rows("\xEF\xBB\xBF"
               "a,b\n",
               "1:a|b\n");
    check_rows("\xEF\xBB\xBF", "");
}

TEST(quotes)
{
    check_rows("\"a,b\",c\n", "1:a,b|c\n");
    check_rows("\"a \"\"b\"\" c\"\n", "1:a \"b\" c\n");
    check_rows("\"\"\n", "1:\n");
    check_rows("\"\",\"\"\"\"\n", "1:|\"\n");
    check_rows("\"two\nlines\",x\nnext,y\n", "1:two\nlines|x\n3:next|y\n");
    check_rows("\"a\"", "1:a\n");
    check_rows("a\"b,c\"\n", "1:a\"b|c\"\n");
    check_rows("\"a\"b,c\n", "1:ab|c\n");
    check_rows("\"a\"\"\"b\"c\n", "1:a\"b\"c\n");
    check_rows("\"a\r\nb\"\r\n", "1:a\r\nb\n");
}

TEST(a_row_of_too_many_fields_tells_how_many)
{
    char text[400] = "";
    for (size_t i = 0; i < 100; i++)
        strcat(text, "x,");
    bt_error error = {0};
    opened o = {0};
    bool more;
    CHECK_OK(open_text(text, strlen(text), &o, &error), error);
    CHECK_OK(csv_next(o.reader, &more, &error), error);
    CHECK_INT(csv_n_fields(o.reader), 101);
    close_text(&o);
}

static void check_refused(const char *text, size_t size, const char *where, const char *what)
{
    bt_error error = {0};
    static transcript t;
    CHECK_STATUS(read_all(text, size, &t, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, where);
    CHECK_CONTAINS(error.message, what);
}

TEST(what_is_no_csv_is_refused_with_its_line)
{
    check_refused("a,b\n\"c,d\ne,f\n", 13, "a.csv:2:", "never closes");
    check_refused("a\n\"", 3, "a.csv:2:", "never closes");
    check_refused("a,b\rc,d\r", 8, "a.csv:1:", "carriage return");
    check_refused("a,b\nc\0d,e\n", 10, "a.csv:2:", "zero byte");
    check_refused("a,b\n\"c\nd\0\",e\n", 14, "a.csv:3:", "zero byte");
    check_refused("\xFF\xFE"
                  "a\0,\0",
                  6, "a.csv:1:", "UTF-16");
    check_refused("\xFE\xFF\0a\0,", 6, "a.csv:1:", "UTF-16");
}

TEST(a_row_over_the_limit_is_refused_and_one_below_is_read)
{
    const size_t size = CSV_ROW_MAX + (1 << 20);
    char *text = malloc(size);
    REQUIRE(text != NULL);
    memset(text, 'x', size);
    memcpy(text, "a\n", 2);
    check_refused(text, size, "a.csv:2:", "longer than 16777216 bytes");
    text[2] = '"';
    check_refused(text, size, "a.csv:2:", "quote");

    bt_error error = {0};
    opened o = {0};
    bool more;
    const size_t ten = 10 << 20;
    text[2] = 'x';
    CHECK_OK(open_text(text, ten, &o, &error), error);
    CHECK_OK(csv_next(o.reader, &more, &error), error);
    CHECK_OK(csv_next(o.reader, &more, &error), error);
    CHECK_INT(csv_fields(o.reader)[0].length, ten - 2);
    CHECK_INT(csv_bytes(o.reader), ten);
    close_text(&o);
    free(text);
}

/* Rows of every length around the first buffer's size, so that each construct is cut at each place. */
TEST(a_row_cut_by_the_buffer_is_read_again)
{
    static const char tail[] = "\"q\"\"r\",s\r\nlast,\"x\ny\"\r\n";
    const size_t buffer = 1 << 18;
    char *text = malloc(buffer + sizeof tail);
    REQUIRE(text != NULL);
    for (size_t cut = 0; cut < sizeof tail; cut++) {
        const size_t before = buffer - cut;
        memset(text, 'x', before);
        text[before - 1] = '\n';
        memcpy(text + before, tail, sizeof tail - 1);
        bt_error error = {0};
        opened o = {0};
        bool more;
        transcript t = {0};
        CHECK_OK(open_text(text, before + sizeof tail - 1, &o, &error), error);
        CHECK_OK(csv_next(o.reader, &more, &error), error);
        while (csv_next(o.reader, &more, &error) == BT_OK && more)
            note_row(&t, o.reader);
        CHECK_STR(t.text, "2:q\"r|s\n3:last|x\ny\n");
        close_text(&o);
    }
    free(text);
}

TEST(the_raw_row_is_kept_as_the_file_has_it)
{
    static const char text[] = "\"a \"\"b\"\"\",\"c\"d\r\nplain,row\n";
    bt_error error = {0};
    opened o = {0};
    bool more;
    CHECK_OK(open_text(text, sizeof text - 1, &o, &error), error);
    CHECK_OK(csv_next(o.reader, &more, &error), error);
    csv_field raw = csv_raw(o.reader);
    CHECK_INT(raw.length, 14);
    CHECK_BYTES(raw.text, text, 14);
    CHECK_OK(csv_next(o.reader, &more, &error), error);
    raw = csv_raw(o.reader);
    CHECK_INT(raw.length, 9);
    CHECK_BYTES(raw.text, "plain,row", 9);
    close_text(&o);
}

TEST(reading_survives_any_failed_allocation)
{
    char *text = malloc(1 << 20);
    REQUIRE(text != NULL);
    memset(text, 'x', 1 << 20);
    const char *path = test_write_file("a.csv", text, 1 << 20);
    EACH_FAILED_ALLOCATION
    {
        opened o = {0};
        bool more = true;
        bt_status status = source_open(path, &o.from, NULL);
        if (status == BT_OK)
            status = source_stream_open(o.from, 0, &o.stream, NULL);
        if (status == BT_OK)
            status = csv_open(o.stream, "a.csv", &o.reader, NULL);
        while (status == BT_OK && more)
            status = csv_next(o.reader, &more, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        close_text(&o);
    }
    free(text);
}
