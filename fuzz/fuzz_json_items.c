/* Arrays of JSON objects from any bytes: objects come back with the line and the place that they begin at, or the file is refused. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/json_items.h"

static void require(int holds)
{
    if (!holds)
        abort();
}

static size_t count_lines(const char *text, size_t n)
{
    size_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    bt_error error = {0};
    json_items items;
    json_t *object = NULL;
    size_t last = 0;
    bt_status status = json_items_begin(&items, "input", text, size, &error);
    while (status == BT_OK && (status = json_items_next(&items, &object, &error)) == BT_OK && object) {
        require(json_is_object(object) && items.began_at >= last && items.at > items.began_at && items.at <= size);
        require(text[items.began_at] == '{' && text[items.at - 1] == '}');
        require(items.began == count_lines(text, items.began_at) && items.line == count_lines(text, items.at));
        last = items.at;
#ifdef FUZZ_PLANTED_BUG
        static volatile char seen[40]; /* too short for a longer object */
        for (size_t i = items.began_at; i < items.at; i++)
            seen[i - items.began_at] = text[i];
#endif
        json_decref(object);
    }
    require(status == BT_OK || (status == BT_BAD_FORMAT && strncmp(error.message, "input:", 6) == 0));
    require(status != BT_OK || items.at == size);
    return 0;
}
