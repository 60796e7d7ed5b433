/* A film's passages, and the key that says whether they are still the same. */
#include "app/passages.h"

#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "text/sentence.h"

static void add(passages *p, uint32_t text, size_t begin, size_t end, const char *bytes, size_t length)
{
    if (p->n == PASSAGES_MAX)
        return;
    p->at[p->n] = (bt_passage){text, (uint32_t)begin, (uint32_t)end};
    p->text[p->n++] = (bt_text){bytes, length};
    const uint64_t mixed[3] = {p->key, (uint64_t)text << 32 | end, checksum_of(bytes, length)};
    p->key = checksum_of(mixed, sizeof mixed);
}

/* The sentences of an overview, if there are several. */
static void add_sentences(passages *p, uint32_t text, const char *overview)
{
    size_t n = 0;
    for (size_t begin = 0; overview[begin] != '\0' && n < PASSAGES_SENTENCES; n++) {
        const size_t next = sentence_end(overview, begin), end = sentence_trim(overview, begin, next);
        if (n == 0 && overview[next] == '\0')
            return;
        if (end > begin)
            add(p, text, begin, end, overview + begin, end - begin);
        begin = next;
    }
}

/* Of a text that is too long for an encoder the rest isn't read. */
static size_t bounded(const char *text)
{
    return strnlen(text, BT_TEXT_MAX);
}

bt_status passages_of(const film *f, arena *memory, passages *out, bt_error *error)
{
    out->n = 0;
    out->key = PASSAGES_VERSION;
    for (size_t i = 0; i < f->n_texts; i++) {
        const film_text *t = &f->texts[i];
        if (t->overview == NULL || t->overview[0] == '\0')
            continue;
        const char *whole = arena_format(memory, "%s. %s", t->title != NULL ? t->title : f->title, t->overview);
        if (whole == NULL)
            return error_no_memory(error, "cutting texts into sentences");
        add(out, (uint32_t)i, 0, 0, whole, bounded(whole));
        add_sentences(out, (uint32_t)i, t->overview);
    }
    if (out->n > 0)
        return BT_OK;
    const char *title = arena_string(memory, f->title, bounded(f->title));
    if (title == NULL)
        return error_no_memory(error, "cutting texts into sentences");
    add(out, 0, 0, 0, title, bounded(title));
    return BT_OK;
}
