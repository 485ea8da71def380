/* libFuzzer: any bytes as a matrix of MatrixMarket. */
#include "reader_fuzz.h"

static const fuzz_seed seeds[] = {
    FUZZ_SEED("%%MatrixMarket matrix coordinate real general\n% comment\n"
              "4 6 3\n1 1 0.5\n4 6 -1e-400\n2 3 nan\n"),
    FUZZ_SEED("%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n"
              "1 1\n3 1\n"),
    FUZZ_SEED("%%MatrixMarket matrix coordinate complex hermitian\n2 2 1\n"
              "2 1 0 1\n"),
    FUZZ_SEED("%%MatrixMarket matrix array integer skew-symmetric\n3 3\n"
              "1\n0\n-2\n"),
};

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned random) {
  return fuzz_mutate(seeds, sizeof seeds / sizeof *seeds, data, size, room,
                     random);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_read(&tacet_source_market, data, size);
  return 0;
}
