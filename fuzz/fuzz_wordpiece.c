/* WordPiece: any bytes are cut into tokens of the vocabulary, never more than asked for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "text/wordpiece.h"

enum { N_PIECES = 10, N_MAX = 40, FILM = 8 };

static const char *const pieces[N_PIECES] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a",
                                             "##b",   "##ab",  ".",     "film",  "\xE6\x97\xA5"};

static void require(int holds)
{
    if (!holds)
        abort();
}

static const wordpiece *tokenizer(void)
{
    static wordpiece made;
    if (made.pieces.units == NULL) {
        double_array_string strings[N_PIECES];
        double_array units;
        for (uint32_t i = 0; i < N_PIECES; i++)
            strings[i] = (double_array_string){pieces[i], strlen(pieces[i]), i};
        require(double_array_build(strings, N_PIECES, &units, NULL) == BT_OK);
        require(wordpiece_read(units, N_PIECES, &made, NULL) == BT_OK);
    }
    return &made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wordpiece *w = tokenizer();
    token_list found = {0};
    require(wordpiece_tokens(w, (const char *)data, size, N_MAX, &found, NULL) == BT_OK);
    require(found.n >= 2 && found.n <= N_MAX && found.ids[0] == w->begin && found.ids[found.n - 1] == w->end);
    for (size_t i = 0; i < found.n; i++)
        require(found.ids[i] < N_PIECES);

    char *normalized, *again;
    size_t n = 0, n_again = 0;
    require(wordpiece_normalize((const char *)data, size, &normalized, &n, NULL) == BT_OK);
    require(utf8_is_valid(normalized, n));
    require(wordpiece_normalize(normalized, n, &again, &n_again, NULL) == BT_OK);
    require(n_again == n && memcmp(again, normalized, n) == 0); /* what is normal stays */
#ifdef FUZZ_PLANTED_BUG
    char *films = malloc(3); /* one film a text is enough */
    for (size_t i = 0, n_films = 0; i < found.n; i++)
        if (found.ids[i] == FILM)
            films[2 * n_films++] = 'x';
    free(films);
#endif
    bt_free(normalized);
    bt_free(again);
    bt_free(found.ids);
    return 0;
}
