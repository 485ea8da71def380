/* libFuzzer: any bytes as a file of safetensors. */
#include "reader_fuzz.h"

static const fuzz_seed seeds[] = {
    FUZZ_SEED("\x4b\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"F16\",\"shape\":[2,3],"
              "\"data_offsets\":[0,12]},\"__metadata__\":{}}"
              "\0\0\0\1\0\0\0\x80\0\0\1\1"),
    FUZZ_SEED("\x6a\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"BOOL\",\"shape\":[6],"
              "\"data_offsets\":[0,6]},\"b\":{\"dtype\":\"U8\",\"shape\":[],"
              "\"data_offsets\":[6,7]}}"
              "\0\1\1\0\0\0\5"),
};

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned random) {
  return fuzz_mutate(seeds, sizeof seeds / sizeof *seeds, data, size, room,
                     random);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_read(&tacet_source_safetensors, data, size);
  return 0;
}
