/* An encoder's file from any bytes: it is refused with a message. Whole ones have megabytes of weights, more than an input; what
 * comes before them (parameters, texts, vocabulary) is searched, and the vocabulary further by fuzz_unigram.c. */
#include "encoder/object.h"
#include "fuzz/signed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const file_map input = signed_copy(data, size);
    sections_file f;
    bt_encoder *encoder = calloc(1, sizeof *encoder);
    require(encoder != NULL);
    bt_error error = {0};
    bt_status status = sections_parse(input, "input", encoder_kind, ENCODER_VERSION, &f, &error);
    if (status == BT_OK)
        status = encoder_read_sections(&f, "input", encoder, &error);
    require(status != BT_OK && error.status == status && error.message[0] != '\0');
#ifdef FUZZ_PLANTED_BUG
    require(encoder->info.n_vocabulary <= 10); /* what the seeds have */
    require(encoder->info.max_tokens == 0 || encoder->info.max_tokens == 256);
#endif
    free(encoder);
    free((void *)(uintptr_t)input.bytes);
    return 0;
}
