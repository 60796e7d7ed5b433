/* Events as values; see event.h. Nothing here allocates. */
#include "event/event.h"

#include <string.h>

#include "base/error.h"

/* --- ids ------------------------------------------------------------------------------------------------------------- */

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_dash(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool event_id_parse(const char *text, event_id *out)
{
    event_id id = {{0}};
    size_t n = 0; /* digits so far */
    for (size_t i = 0; i < EVENT_ID_TEXT - 1; i++) {
        if (is_dash(i)) {
            if (text[i] != '-')
                return false;
            continue;
        }
        const int value = digit(text[i]); /* -1 at the end of a text that is too short */
        if (value < 0)
            return false;
        id.bytes[n / 2] = (uint8_t)(id.bytes[n / 2] << 4 | value);
        n++;
    }
    if (text[EVENT_ID_TEXT - 1] != '\0')
        return false;
    *out = id;
    return true;
}

void event_id_write(const event_id *id, char text[EVENT_ID_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    for (size_t i = 0; i < EVENT_ID_TEXT - 1; i++) {
        text[i] = '-';
        if (is_dash(i))
            continue;
        const uint8_t byte = id->bytes[n / 2];
        text[i] = digits[n % 2 == 0 ? byte >> 4 : byte & 15];
        n++;
    }
    text[EVENT_ID_TEXT - 1] = '\0';
}

int event_id_compare(const event_id *a, const event_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

bool event_id_is_zero(const event_id *id)
{
    static const event_id zero;
    return event_id_compare(id, &zero) == 0;
}

bool event_id_is_v7(const event_id *id)
{
    return id->bytes[6] >> 4 == 7 && id->bytes[8] >> 6 == 2;
}

static void set_kind(event_id *id, uint8_t kind)
{
    id->bytes[6] = (uint8_t)(kind << 4 | (id->bytes[6] & 15));
    id->bytes[8] = (uint8_t)(0x80 | (id->bytes[8] & 0x3F));
}

event_id event_id_v7(uint64_t milliseconds, const uint8_t random[10])
{
    event_id id;
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(milliseconds >> (40 - 8 * i));
    memcpy(id.bytes + 6, random, 10);
    set_kind(&id, 7);
    return id;
}

event_id event_id_v4(const uint8_t random[16])
{
    event_id id;
    memcpy(id.bytes, random, sizeof id.bytes);
    set_kind(&id, 4);
    return id;
}

/* --- events ---------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t max;
} facets[EVENT_N_FACETS + 1] = {
    [EVENT_VERDICT] = {"verdict", BT_DISLIKE},
    [EVENT_SEEN] = {"seen", 1},
    [EVENT_RATING] = {"rating", 10},
    [EVENT_WANT] = {"want", 1},
    [EVENT_ERASE] = {"erase", 0},
};

const char *event_facet_name(event_facet facet)
{
    return facets[facet].name;
}

bool event_facet_find(const char *name, event_facet *facet)
{
    for (int i = 0; i < EVENT_N_FACETS; i++) {
        if (strcmp(facets[i].name, name) == 0) {
            *facet = (event_facet)i;
            return true;
        }
    }
    return false;
}

static bool is_source(const char *source)
{
    const size_t n = strspn(source, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n < EVENT_SOURCE_SIZE && source[n] == '\0';
}

bt_status event_check(const event *e, bt_error *error)
{
    const bool erases = e->facet == EVENT_ERASE;
    if (!event_id_is_v7(&e->id))
        return error_set(error, BT_INVALID_ARGUMENT, "an event's id must be a UUID of version 7");
    if (event_id_is_zero(&e->user))
        return error_set(error, BT_INVALID_ARGUMENT, "an event must name its user");
    if (!is_source(e->source))
        return error_set(error, BT_INVALID_ARGUMENT, "an event's source must be 1 to %d of a-z, 0-9 and \"-\"",
                         EVENT_SOURCE_SIZE - 1);
    if (!event_id_is_zero(&e->undo_of)) {
        if (erases || event_id_compare(&e->undo_of, &e->id) == 0)
            return error_set(error, BT_INVALID_ARGUMENT, "an undo must name another event");
        return BT_OK;
    }
    if (e->facet > EVENT_ERASE)
        return error_set(error, BT_INVALID_ARGUMENT, "facet %d is none of those that there are", e->facet);
    if (e->value > facets[e->facet].max)
        return error_set(error, BT_INVALID_ARGUMENT, "%s can't have the value %d: expected 0 to %d", facets[e->facet].name,
                         e->value, facets[e->facet].max);
    if (erases != (e->film_id == 0))
        return error_set(error, BT_INVALID_ARGUMENT,
                         erases ? "erasing is about no film" : "an event must name a film by its id, from 1 on");
    return BT_OK;
}

int event_compare(const event *a, const event *b)
{
    if (a->version != b->version)
        return a->version < b->version ? -1 : 1;
    return event_id_compare(&a->id, &b->id);
}

bool event_same(const event *a, const event *b)
{
    if (event_id_compare(&a->id, &b->id) != 0 || event_id_compare(&a->user, &b->user) != 0 ||
        event_id_compare(&a->undo_of, &b->undo_of) != 0)
        return false;
    return !event_id_is_zero(&a->undo_of) || (a->film_id == b->film_id && a->facet == b->facet && a->value == b->value);
}

uint64_t event_next_version(uint64_t now, uint64_t last)
{
    return now > last ? now : last + 1;
}

/* --- marks ----------------------------------------------------------------------------------------------------------- */

event_mark event_mark_of(const event *e)
{
    return (event_mark){.version = e->version, .id = e->id, .origin = e->origin, .value = e->value};
}

void event_mark_pack(const event_mark *m, uint8_t packed[EVENT_MARK_SIZE])
{
    for (int i = 0; i < 8; i++)
        packed[i] = (uint8_t)(m->version >> (56 - 8 * i));
    memcpy(packed + 8, m->id.bytes, 16);
    packed[24] = m->value;
    memcpy(packed + 25, m->origin.bytes, 16);
}

event_mark event_mark_unpack(const uint8_t packed[EVENT_MARK_SIZE])
{
    event_mark m = {.value = packed[24]};
    for (int i = 0; i < 8; i++)
        m.version = m.version << 8 | packed[i];
    memcpy(m.id.bytes, packed + 8, 16);
    memcpy(m.origin.bytes, packed + 25, 16);
    return m;
}

bool event_undo_applies(const event_mark *now, const event *undone)
{
    return now->version != 0 &&
           (event_id_compare(&now->id, &undone->id) == 0 || event_id_compare(&now->origin, &undone->id) == 0);
}

void event_undo(event *undo, const event *undone, const event_mark *before)
{
    undo->film_id = undone->film_id;
    undo->facet = undone->facet;
    undo->value = before->value;
    undo->origin = before->origin;
}

void event_film_apply(event_film *f, const event *e)
{
    event_mark *mark = &f->marks[e->facet];
    if (e->version > mark->version || (e->version == mark->version && event_id_compare(&e->id, &mark->id) > 0))
        *mark = event_mark_of(e);
}

void event_opinion_set(bt_opinion *o, event_facet facet, uint8_t value)
{
    switch (facet) {
    case EVENT_VERDICT:
        o->verdict = value;
        break;
    case EVENT_SEEN:
        o->seen = value != 0;
        break;
    case EVENT_RATING:
        o->half_stars = value;
        break;
    case EVENT_WANT:
        o->want = value != 0;
        break;
    default:
        break;
    }
}

bt_opinion event_film_opinion(const event_film *f)
{
    bt_opinion o = {.film_id = f->film_id};
    for (int i = 0; i < EVENT_N_FACETS; i++)
        event_opinion_set(&o, (event_facet)i, f->marks[i].value);
    return o;
}

bool event_opinion_is_empty(const bt_opinion *o)
{
    return o->verdict == BT_NO_VERDICT && o->half_stars == 0 && !o->seen && !o->want;
}
