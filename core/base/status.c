/* The texts and names of the status codes, both made from the one list in butaca/status.h. */
#include "butaca/status.h"

#include <stddef.h>

#define STATUS_TEXT(name, text) text,
#define STATUS_NAME(name, text) #name,
static const char *const status_texts[] = {BT_STATUS_LIST(STATUS_TEXT)};
static const char *const status_names[] = {BT_STATUS_LIST(STATUS_NAME)};
#undef STATUS_TEXT
#undef STATUS_NAME

static const char *status_entry(const char *const *table, bt_status status, const char *otherwise)
{
    const size_t index = (size_t)status; /* a negative number becomes a large one */
    return index < BT_STATUS_COUNT ? table[index] : otherwise;
}

const char *bt_status_text(bt_status status)
{
    return status_entry(status_texts, status, "unknown status");
}

const char *bt_status_name(bt_status status)
{
    return status_entry(status_names, status, "UNKNOWN");
}
