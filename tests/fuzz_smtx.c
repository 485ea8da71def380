/* libFuzzer: any bytes as a matrix of DLMC. */
#include "reader_fuzz.h"

static const fuzz_seed seeds[] = {
    FUZZ_SEED("4, 6, 5\n0 2 2 3 5\n0 5 3 1 2\n"),
    FUZZ_SEED("% a comment\n2 3 0\r\n0 0 0\r\n"),
};

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned random) {
  return fuzz_mutate(seeds, sizeof seeds / sizeof *seeds, data, size, room,
                     random);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_read(&tacet_source_smtx, data, size);
  return 0;
}
