/* Text normalization: the one that look-up, joins and search share. */
#ifndef BUTACA_TEXT_H
#define BUTACA_TEXT_H

#include <stddef.h>

#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A title as a key: Unicode compatibility decomposition, marks stripped, case folded, everything but letters and digits a single
 * space, a moved article put first ("Matrix, The" and "the  MATRIX" -> "the matrix"; "Laberinto del fauno, El" -> "el laberinto
 * del fauno"). Text that is not UTF-8: BT_BAD_FORMAT. *out is NUL-terminated, free with bt_free. */
BT_API bt_status bt_title_key(const char *title, size_t length, char **out, bt_error *error);

/* The same without its leading article ("the matrix" -> "matrix"): a pointer into `key`. */
BT_API const char *bt_title_key_bare(const char *key);

#ifdef __cplusplus
}
#endif
#endif
