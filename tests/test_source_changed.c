/* Files that end too soon, or change while they are read: never a mask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../sparse/masks/mask.h"
#include "../sparse/files/source.h"
#include "scratch.h"

/* The tensor that every test wants: weight[K=4, C=6]. */
static const tacet_tensor tensor = {
    .name = "weight",
    .ranks = 2,
    .row_ranks = 1,
    .rank = {{.name = "K", .size = 4}, {.name = "C", .size = 6}},
};

/* A whole file, but for the space at its end. */
typedef struct whole {
  const char *bytes;
  size_t size;
} whole;

#define WHOLE(text)                                                            \
  { text, sizeof(text) - 1 }

static const whole files[] = {
    WHOLE("4, 6, 3\n0 1 1 2 3\n0 5 5"),
    WHOLE("%%MatrixMarket matrix coordinate pattern general\n4 6 2\n1 1\n4 6"),
    WHOLE("\x93NUMPY\1\0\x46\0{'descr': '|u1', 'fortran_order': False, "
          "'shape': (4, 6), }          \n"
          "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"),
    WHOLE("\x3f\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"U8\",\"shape\":[4,6],"
          "\"data_offsets\":[0,24]}}       "
          "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"),
    WHOLE("010010\n000001\n111111\n000000"),
};

static void write_bytes(const char *bytes, size_t size) {
  FILE *file = fopen(scratch_path("f"), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

static tacet_status read_mask(size_t which, tacet_error *error) {
  const tacet_mask_source source = {.file = scratch_path("f"),
                                    .dataset = which == 3 ? "w" : NULL,
                                    .layout = which == 4 ? "(KC)" : "KC"};
  tacet_mask mask;
  const tacet_status status = tacet_mask_read(&mask, &tensor, &source, error);
  tacet_mask_free(&mask);
  return status;
}

/* Cut anywhere, a file is refused. */
static void cut_anywhere(void **state) {
  (void)state;
  for (size_t f = 0; f < sizeof files / sizeof *files; f++)
    for (size_t size = 0; size < files[f].size; size++) {
      tacet_error error = {0};
      write_bytes(files[f].bytes, size);
      if (!read_mask(f, &error))
        fail_msg("file %zu was read of %zu bytes", f, size);
      assert_non_null(strstr(error.message, scratch_path("f")));
    }
  for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
    tacet_error error = {0};
    write_bytes(files[f].bytes, files[f].size);
    if (read_mask(f, &error)) fail_msg("%s", error.message);
  }
}

/* ---- changes ------------------------------------------------------------ */

/* Finds the values of a file, which are then to be read. */
static tacet_raw find_raw(const whole *file) {
  tacet_raw raw = {.found = false};
  uint64_t bits = 0;
  tacet_target target = {.tensor = &tensor,
                         .layout = "KC",
                         .file = scratch_path("f"),
                         .bits = &bits,
                         .raw = &raw};
  tacet_error error = {0};
  write_bytes(file->bytes, file->size);
  if (tacet_source_read(&target, file == &files[3] ? "w" : "", &error))
    fail_msg("%s", error.message);
  assert_true(raw.found);
  return raw;
}

static void check_changed(const tacet_raw *raw) {
  uint64_t bits = 0;
  tacet_target target = {.tensor = &tensor,
                         .layout = "KC",
                         .file = scratch_path("f"),
                         .bits = &bits};
  tacet_error error = {0};
  assert_int_equal(tacet_raw_read(raw, &target, &error), TACET_BAD_INPUT);
  assert_non_null(strstr(error.message, "changed while it was read"));
}

/* The process that finds the values is not that which reads them. */
static void between_finding_and_reading(void **state) {
  (void)state;
  for (int f = 2; f < 4; f++) {
    const tacet_raw raw = find_raw(&files[f]);
    write_bytes(files[f].bytes, files[f].size - 1);
    check_changed(&raw);
    write_bytes(files[f].bytes, files[f].size);
    FILE *file = fopen(scratch_path("f"), "ab");
    fputc('\n', file);
    fclose(file);
    check_changed(&raw);
  }
}

/* A file that is written while it is open. */
static void while_open(void **state) {
  (void)state;
  static tacet_input input;
  tacet_error error = {0};
  write_bytes("1 2\n", 4);
  assert_int_equal(tacet_input_open(&input, scratch_path("f"), NULL, &error),
                   TACET_OK);
  assert_int_equal(tacet_input_unchanged(&input, &error), TACET_OK);
  FILE *file = fopen(scratch_path("f"), "ab");
  fputc('3', file);
  fclose(file);
  assert_int_equal(tacet_input_unchanged(&input, &error), TACET_BAD_INPUT);
  assert_non_null(strstr(error.message, "changed while it was read"));
  tacet_input_close(&input);
  /* of the same size, but written later */
  write_bytes("1 2\n", 4);
  assert_int_equal(tacet_input_open(&input, scratch_path("f"), NULL, &error),
                   TACET_OK);
  const struct timespec later[] = {{.tv_nsec = UTIME_NOW},
                                   {.tv_sec = 2000000000}};
  assert_int_equal(utimensat(AT_FDCWD, scratch_path("f"), later, 0), 0);
  assert_int_equal(tacet_input_end(&input, &error), TACET_BAD_INPUT);
  tacet_input_close(&input);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cut_anywhere),
      cmocka_unit_test(between_finding_and_reading),
      cmocka_unit_test(while_open),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
