/* All films in one pass: four statements, each in the order of film ids, walked side by side. Some 8 us a film, where reading films
 * one by one takes five look-ups each.
 */
#include "store/catalogue_sqlite.h"
#include "store/film.h"

#include "base/error.h"

static const char doing[] = "reading all films";

/* A statement whose first column is the film's id, at its next row. */
typedef struct walk {
    sqlite_call call;
    bool more;
    int64_t film_id;
} walk;

enum { WALK_FILMS, WALK_LISTS, WALK_GENRES, WALK_TEXTS, WALKS };

static void step(walk *w)
{
    w->more = call_row(&w->call);
    w->film_id = w->more ? call_int(&w->call, 0) : 0;
}

/* Whether the walk is at a row of the film; rows of films before it are passed over. */
static bool at_film(walk *w, int64_t film_id)
{
    while (w->more && w->film_id < film_id)
        step(w);
    return w->more && w->film_id == film_id;
}

static void read_lists(walk *w, arena *a, film *f)
{
    film_names *lists[] = {&f->other_titles, &f->countries, &f->languages, &f->directors,
                           &f->cast,         &f->themes,    &f->writers,   &f->tags};
    if (!at_film(w, f->id))
        return;
    for (int i = 0; i < (int)(sizeof lists / sizeof *lists); i++)
        *lists[i] = sqlite_split_names(&w->call, i + 1, a);
}

static void read_genres(walk *w, arena *a, film *f)
{
    film_names_builder names = {0};
    for (; at_film(w, f->id); step(w)) {
        const char *name = call_string(&w->call, 1, a);
        if (name != NULL && !film_names_add(&names, a, name))
            call_no_memory(&w->call);
    }
    f->genres = film_names_of(&names);
}

static void read_texts(walk *w, arena *a, film *f)
{
    film_text *texts = NULL;
    size_t n = 0, capacity = 0;
    for (; at_film(w, f->id); step(w)) {
        film_text *room = list_room(a, texts, n, &capacity, sizeof *texts);
        if (room == NULL) {
            call_no_memory(&w->call);
            continue;
        }
        texts = room;
        texts[n++] = (film_text){.language = call_string(&w->call, 1, a),
                                 .source = call_string(&w->call, 2, a),
                                 .title = call_string(&w->call, 3, a),
                                 .overview = call_string(&w->call, 4, a)};
    }
    f->texts = texts;
    f->n_texts = n;
}

static void read_film(walk walks[WALKS], arena *a, film *f)
{
    sqlite_call *call = &walks[WALK_FILMS].call;
    *f = (film){.id = (uint32_t)walks[WALK_FILMS].film_id,
                .title = call_string(call, 1, a),
                .original_title = call_string(call, 2, a),
                .year = (int)call_int(call, 3),
                .runtime = (int)call_int(call, 4),
                .poster = call_string(call, 5, a),
                .votes = (uint32_t)call_int(call, 6),
                .rating = call_real(call, 7)};
    read_lists(&walks[WALK_LISTS], a, f);
    read_genres(&walks[WALK_GENRES], a, f);
    read_texts(&walks[WALK_TEXTS], a, f);
}

/* A walk that failed has no more rows: what it lacked must not be given out as if it weren't there. */
static bool all_well(walk walks[WALKS])
{
    bool well = true;
    for (size_t i = 0; i < WALKS; i++)
        well = well && (walks[i].call.result == SQLITE_ROW || walks[i].call.result == SQLITE_DONE);
    return well;
}

static bt_status walk_all(walk walks[WALKS], catalogue_each_film *each, void *context, bt_error *error)
{
    arena memory = {0};
    bt_status status = BT_OK;
    for (size_t i = 0; i < WALKS; i++)
        step(&walks[i]);
    for (; status == BT_OK && walks[WALK_FILMS].more; step(&walks[WALK_FILMS])) {
        film f;
        arena_clear(&memory);
        read_film(walks, &memory, &f);
        if (!all_well(walks))
            break;
        status = each(context, &f, error);
    }
    arena_free(&memory);
    return status;
}

bt_status sqlite_each(catalogue *base, catalogue_each_film *each, void *context, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    bt_status status = sqlite_begin_snapshot(c, error);
    if (status != BT_OK)
        return status;
    walk walks[WALKS] = {
        {.call = call_begin(&c->db,
                            "SELECT id, title, original_title, year, runtime, poster, votes, rating FROM film ORDER BY id")},
        {.call = call_begin(
             &c->db,
             "SELECT film_id, other_titles, countries, languages, directors, actors, themes, writers, tags FROM film_list"
             " ORDER BY film_id")},
        {.call = call_begin(&c->db, "SELECT film_id, name FROM film_genre JOIN genre ON genre.id = genre_id"
                                    " ORDER BY film_id, position")},
        {.call = call_begin(&c->db, "SELECT film_id, language, source, title, overview FROM film_text"
                                    " ORDER BY film_id, language, source")},
    };
    status = walk_all(walks, each, context, error);
    for (size_t i = 0; i < WALKS; i++) {
        const bt_status ended = call_end(&walks[i].call, doing, status == BT_OK ? error : NULL);
        status = status == BT_OK ? ended : status;
    }
    sqlite_end_snapshot(c);
    return status;
}
