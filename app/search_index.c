/* The search index of a data folder: its file `search.bt` if that is of the catalogue as it is now, else a new one, made of every film's
 * texts in one pass (some 25 us a film) and stored for the next program. Where it can't be stored (a folder that may only be read, a
 * full disk, another program that stores one now) it lives in memory, and search is the same.
 */
#include "app/state.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

/* --- a film's texts -------------------------------------------------------------------------------------------------- */

enum { TEXTS_MAX = 512 }; /* of one film; what is beyond (the 400th member of a cast) isn't searched */

typedef struct film_texts {
    bt_search_text items[TEXTS_MAX];
    size_t n;
} film_texts;

static void add_text(film_texts *t, bt_search_field field, const char *language, const char *text)
{
    if (text != NULL && t->n < TEXTS_MAX)
        t->items[t->n++] = (bt_search_text){field, language, text, strlen(text)};
}

static void add_names(film_texts *t, bt_search_field field, const char *language, const film_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        add_text(t, field, language, names->items[i]);
}

/* A title of a language counts once, though two sources may give it. */
static void add_titles(film_texts *t, const film *f)
{
    add_text(t, BT_FIELD_TITLE, "en", f->title);
    if (f->original_title != NULL && strcmp(f->original_title, f->title) != 0)
        add_text(t, BT_FIELD_TITLE, NULL, f->original_title);
    add_names(t, BT_FIELD_TITLE, NULL, &f->other_titles);
    for (size_t i = 0; i < f->n_texts; i++) {
        const char *title = f->texts[i].title;
        bool known = title == NULL;
        for (size_t k = 0; k < t->n && !known; k++)
            known = strcmp(t->items[k].text, title) == 0;
        if (!known)
            add_text(t, BT_FIELD_TITLE, f->texts[i].language, title);
    }
}

static bt_status add_film(void *context, const film *f, bt_error *error)
{
    film_texts t;
    t.n = 0;
    add_titles(&t, f);
    for (size_t i = 0; i < f->n_texts; i++)
        add_text(&t, BT_FIELD_OVERVIEW, f->texts[i].language, f->texts[i].overview);
    add_names(&t, BT_FIELD_GENRE, "en", &f->genres);
    add_names(&t, BT_FIELD_TAG, "en", &f->themes);
    add_names(&t, BT_FIELD_PEOPLE, NULL, &f->directors);
    add_names(&t, BT_FIELD_PEOPLE, NULL, &f->writers);
    add_names(&t, BT_FIELD_PEOPLE, NULL, &f->cast);
    return bt_search_builder_add(context, f->id, f->year, t.items, t.n, error);
}

/* --- the index ------------------------------------------------------------------------------------------------------- */

static bt_status make_index(app *a, bt_error *error)
{
    bt_search_builder *builder = NULL;
    bt_status status = bt_search_builder_create(&builder, error);
    if (status == BT_OK)
        status = catalogue_each(a->catalogue, add_film, builder, error);
    if (status == BT_OK)
        status = bt_search_builder_finish(builder, &a->search, error);
    bt_search_builder_free(builder);
    return status;
}

/* Stores the index and takes the file's place in memory: it is mapped, so that programs share it. */
static bt_status store_index(app *a, const char *path, uint64_t version)
{
    int lock = -1;
    uint64_t stamp = 0;
    bt_search_index *mapped = NULL;
    bt_status status = folder_lock(&a->folder, "search.lock", &lock, NULL);
    if (status == BT_OK)
        status = bt_search_index_write(a->search, path, version, NULL);
    if (status == BT_OK)
        status = bt_search_index_open(path, &mapped, &stamp, NULL);
    if (status == BT_OK) {
        bt_search_index_free(a->search);
        a->search = mapped;
    }
    folder_unlock(lock);
    return status;
}

/* `version` is that of the films before they are read: where an import comes between, the index says too little, and is made again. */
static bt_status make_anew(app *a, const char *path, uint64_t version, bt_error *error)
{
    bt_status status = make_index(a, error);
    if (status == BT_OK && store_index(a, path, version) == BT_NO_MEMORY)
        status = error_no_memory(error, "storing the search index");
    return status;
}

bt_status search_index_open(app *a, bt_error *error)
{
    uint64_t version = 0, stamp = 0;
    char *path = file_join(a->folder.path, SEARCH_INDEX_NAME);
    if (path == NULL)
        return error_no_memory(error, "opening the search index");
    bt_status status = catalogue_version(a->catalogue, &version, error);
    if (status == BT_OK) {
        status = bt_search_index_open(path, &a->search, &stamp, NULL);
        if (status == BT_NO_MEMORY)
            error_no_memory(error, "opening the search index");
        else if (status != BT_OK || stamp != version) {
            bt_search_index_free(a->search);
            a->search = NULL;
            status = make_anew(a, path, version, error);
        }
    }
    bt_free(path);
    return status;
}
