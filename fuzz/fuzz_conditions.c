/* If-None-Match and Accept-Encoding from any bytes: they say yes or no, and read nothing behind their end. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/conditions.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* What holds of any list: a tag matches behind it where the list ends in a comma, and nothing matches a tag that is longer than it. */
static void use(const char *text, size_t size)
{
    char *longer = malloc(size + 16), *tag = malloc(size + 4);
    require(longer != NULL && tag != NULL);
    memset(tag, 'x', size + 2);
    tag[0] = tag[size + 2] = '"';
    tag[size + 3] = '\0';
    const bool any = text[strspn(text, " \t")] == '*';
    require(!conditions_match(text, tag) || any);
    snprintf(longer, size + 16, "\"a\", %s", text);
    require(conditions_match(longer, "\"a\""));
    snprintf(longer, size + 16, "gzip, %s", text);
    require(conditions_gzip(longer));
#ifdef FUZZ_PLANTED_BUG
    char shown[8]; /* "gzip" or "*" is all that anybody sends */
    if (conditions_gzip(text) && size > 7)
        strcpy(shown, text);
    else
        shown[0] = '\0';
    require(strlen(shown) <= size);
#endif
    free(longer);
    free(tag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* ends where the input does, so that a byte too many is found */
    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    use(text, strlen(text));
    free(text);
    return 0;
}
