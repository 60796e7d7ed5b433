/* Data sets as JSON: [{"name":…,"licence":…,"url":…,"attribution":…}], in order of their names. */
#include "import/sources_json.h"

#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static const char *name_of(const json_t *sources, size_t i)
{
    const char *name = json_string_value(json_object_get(json_array_get(sources, i), "name"));
    return name ? name : "";
}

/* Puts the object at its place by name, over one that has the name. */
static int place(json_t *sources, json_t *object, const char *name)
{
    size_t at = 0;
    while (at < json_array_size(sources) && strcmp(name_of(sources, at), name) < 0)
        at++;
    if (at < json_array_size(sources) && strcmp(name_of(sources, at), name) == 0)
        return json_array_set_new(sources, at, object);
    return json_array_insert_new(sources, at, object);
}

bt_status sources_json_add(const char *present, const data_source *added, char **out, bt_error *error)
{
    json_t *sources = json_loads(present ? present : "[]", 0, NULL);
    if (!json_is_array(sources)) { /* not ours: begin anew rather than refuse ratings for a note beside them */
        json_decref(sources);
        sources = json_array();
    }
    json_t *object = json_pack("{s:s, s:s, s:s?, s:s?}", "name", added->name, "licence", added->licence, "url", added->url,
                               "attribution", added->attribution);
    char *text = NULL;
    if (sources && object && place(sources, object, added->name) == 0)
        text = json_dumps(sources, JSON_COMPACT | JSON_SORT_KEYS);
    *out = text ? memory_string(text, strlen(text)) : NULL;
    free(text);
    json_decref(sources);
    return *out ? BT_OK : error_no_memory(error, "noting where ratings come from");
}
