/* Lists as objects. */
#include "base/error.h"
#include "base/memory.h"
#include "taste/taste.h"

bt_status list_make(size_t n_films, size_t n_reasons, list_object **out, bt_error *error)
{
    list_object *list = memory_zeroed(1, sizeof *list);
    *out = list;
    if (list == NULL)
        return error_no_memory(error, "making a list");
    list->films = memory_zeroed(n_films, sizeof *list->films);
    if (n_reasons > 0 && n_films <= SIZE_MAX / n_reasons)
        list->reasons = memory_array(n_films * n_reasons, sizeof *list->reasons);
    if (list->films == NULL || (n_reasons > 0 && list->reasons == NULL)) {
        bt_list_free(&list->view);
        *out = NULL;
        return error_no_memory(error, "making a list");
    }
    list->view.n_films = n_films;
    list->view.films = list->films;
    for (size_t i = 0; n_reasons > 0 && i < n_films; i++) {
        list->films[i].reasons = list->reasons + i * n_reasons;
        list->films[i].n_reasons = n_reasons;
    }
    return BT_OK;
}

void bt_list_free(bt_list *list)
{
    if (list == NULL)
        return;
    list_object *object = (list_object *)list;
    bt_free(object->films);
    bt_free(object->reasons);
    bt_free(object);
}
