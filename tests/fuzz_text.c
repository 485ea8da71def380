/* libFuzzer: any bytes as text of 0 and 1. */
#include "reader_fuzz.h"

static const fuzz_seed seeds[] = {
    FUZZ_SEED("010010\n000001\n"),
    FUZZ_SEED("0 1,1\t0\r\n"),
};

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned random) {
  return fuzz_mutate(seeds, sizeof seeds / sizeof *seeds, data, size, room,
                     random);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_read(&tacet_source_text, data, size);
  return 0;
}
