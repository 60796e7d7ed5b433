/* Encoder files with random weights and a small vocabulary, of the real architectures. */
#ifndef TESTS_SUPPORT_SMALL_ENCODER_H
#define TESTS_SUPPORT_SMALL_ENCODER_H

#include <stdint.h>

/* Writes "muse" (letters and a few words) or "minilm"; `leave_out` is a section that isn't written, `odd` one that is a value too
 * short; NULL: none. Returns the path, in the test's folder. */
const char *small_encoder_write(const char *name, const char *leave_out, const char *odd);

#endif
