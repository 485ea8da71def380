/* libFuzzer: any text as the attribute that describes a Binsparse matrix: a
   shape and names of datasets, or an error of one line. */
#include <stdlib.h>
#include <string.h>

#include "../sparse/files/source_hdf5.h"
#include "reader_fuzz.h"

static const fuzz_seed seeds[] = {
    FUZZ_SEED("{\"binsparse\":{\"version\":\"0.1\",\"format\":\"CSR\","
              "\"shape\":[3,4],\"number_of_stored_values\":5,"
              "\"data_types\":{\"values\":\"iso[uint8]\"}}}"),
    FUZZ_SEED("{\"binsparse\":{\"version\":\"0.1.0\",\"format\":\"COOC\","
              "\"structure\":\"skew_symmetric_lower\",\"fill\":false,"
              "\"shape\":[4,4],\"number_of_stored_values\":2}}"),
    FUZZ_SEED("{\"binsparse\":{\"version\":\"0.1\",\"format\":\"CVEC\","
              "\"shape\":[9],\"number_of_stored_values\":0,"
              "\"data_types\":{\"values\":\"complex[float32]\"}}}"),
};

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned random) {
  return fuzz_mutate(seeds, sizeof seeds / sizeof *seeds, data, size, room,
                     random);
}

static void check_matrix(const tacet_compressed *matrix) {
  const tacet_stored *stored = &matrix->stored;
  fuzz_must(stored->form[0] && matrix->values != NULL);
  fuzz_must(stored->axes == 1 || stored->axes == 2);
  fuzz_must(stored->entries >= 0);
  for (int axis = 0; axis < stored->axes; axis++)
    fuzz_must(stored->size[axis] >= 0);
  if (matrix->mirrored) fuzz_must(stored->size[0] == stored->size[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const tacet_hdf5_file file = {.file = "fuzz.h5", .path = "/w"};
  tacet_compressed matrix = {.stored = {.entries = -1}};
  tacet_error error = {0};
  char *text = malloc(size + 1);
  fuzz_must(text != NULL);
  memcpy(text, data, size);
  text[size] = '\0';
  const tacet_status status =
      tacet_binsparse_parse(&matrix, text, &file, &error);
  fuzz_check(status, &error, file.file);
  if (!status) check_matrix(&matrix);
  free(text);
  return 0;
}
