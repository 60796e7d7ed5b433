/* Gathering examples. Texts that don't fit are cut at a letter. */
#include "import/preview.h"

#include <stdio.h>
#include <string.h>

#include "text/utf8.h"

/* A copy of as many whole letters as fit; what is no UTF-8 or no text becomes "?". */
static void copy_text(char *out, size_t size, const char *text, size_t length)
{
    size_t n = length < size - 1 ? length : size - 1;
    while (n > 0 && n < length && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    const bool valid = utf8_is_valid(text, n);
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        out[i] = (char)(c < ' ' || c == 0x7F || (c >= 0x80 && !valid) ? '?' : c);
    }
    out[n] = '\0';
}

bt_status preview_film(import_preview *p, uint32_t id, catalogue *films, bt_error *error)
{
    if (p->n_films == IMPORT_PREVIEW_MAX)
        return BT_OK;
    size_t n = 0;
    const bt_status status = catalogue_count(films, &n, error);
    if (status == BT_OK)
        p->films[p->n_films++] = (struct preview_film){.id = id, .is_new = n > p->n_counted};
    p->n_counted = n;
    return status;
}

void preview_reject(import_preview *p, const char *label, size_t line, const char *reason, csv_field raw)
{
    if (p->n_rejects == IMPORT_PREVIEW_MAX)
        return;
    struct preview_reject *r = &p->rejects[p->n_rejects++];
    const char *slash = strrchr(label, '/');
    copy_text(r->file, sizeof r->file, slash ? slash + 1 : label, strlen(slash ? slash + 1 : label));
    copy_text(r->row, sizeof r->row, raw.text, raw.length);
    r->line = line;
    r->reason = reason;
}

static bt_status name_film(struct preview_film *f, catalogue *films, bt_error *error)
{
    arena memory = {0};
    film stored;
    const bt_status status = catalogue_get(films, f->id, &memory, &stored, error);
    if (status == BT_OK) {
        copy_text(f->title, sizeof f->title, stored.title, strlen(stored.title));
        f->year = stored.year;
    }
    arena_free(&memory);
    return status;
}

static bt_status add_rating(import_preview *p, const bt_ratings *read, size_t user, size_t i, catalogue *films, bt_error *error)
{
    struct preview_rating *r = &p->ratings[p->n_ratings];
    struct preview_film named = {.id = read->film_ids[read->films[i]]};
    const bt_status status = name_film(&named, films, error);
    if (status != BT_OK)
        return status;
    const char *key = read->user_keys + read->user_key_at[user];
    copy_text(r->user, sizeof r->user, key, strlen(key));
    memcpy(r->title, named.title, sizeof r->title);
    r->half_stars = read->half_stars[i];
    r->time = read->times[i];
    p->n_ratings++;
    return BT_OK;
}

bt_status preview_ratings(import_preview *p, const bt_ratings *read, catalogue *films, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t u = 0, i = 0; i < read->n_ratings && i < IMPORT_PREVIEW_MAX && status == BT_OK; i++) {
        while (i >= read->user_offsets[u + 1])
            u++;
        status = add_rating(p, read, u, i, films, error);
    }
    return status;
}

bt_status preview_name_films(import_preview *p, catalogue *films, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t i = 0; i < p->n_films && status == BT_OK; i++)
        status = name_film(&p->films[i], films, error);
    return status;
}
