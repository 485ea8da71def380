/* libFuzzer: any bytes as an array of NumPy. */
#include "reader_fuzz.h"

static const fuzz_seed seeds[] = {
    FUZZ_SEED("\x93NUMPY\1\0\x49\0{'descr': '<f4', 'fortran_order': False, "
              "'shape': (2, 1, 3), }          \n"
              "\0\0\0\0\0\0\x80?\0\0\0\x80\0\0\xc0\x7f\0\0\0\0\1\0\0\0"),
    FUZZ_SEED("\x93NUMPY\2\0\x48\0\0\0{'descr': '|b1', 'fortran_order': True, "
              "'shape': (6,), }               \n"
              "\0\1\0\1\1\0"),
};

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned random) {
  return fuzz_mutate(seeds, sizeof seeds / sizeof *seeds, data, size, room,
                     random);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_read(&tacet_source_npy, data, size);
  return 0;
}
