/* Datasets that are no mask of the tensor: types, shapes, layouts and
   thresholds that cannot be, each with one clear line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hostile_file.h"
#include "scratch.h"

/* ---- types -------------------------------------------------------------- */

static hid_t compound_type(void) {
  const hid_t type = H5Tcreate(H5T_COMPOUND, 8);
  H5Tinsert(type, "value", 0, H5T_IEEE_F64LE);
  return type;
}

/* Members first .. last. */
static hid_t enum_type(signed char first, signed char last) {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  for (signed char value = first; value <= last; value++) {
    const char name[] = {(char)('a' + value), '\0'};
    H5Tenum_insert(type, name, &value);
  }
  return type;
}

static hid_t enum_of_three(void) {
  return enum_type(0, 2);
}

static hid_t enum_without_zero(void) {
  return enum_type(1, 2);
}

static hid_t string_type(void) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 4);
  return type;
}

static hid_t narrow_integer(void) {
  const hid_t type = H5Tcopy(H5T_STD_U32LE);
  H5Tset_precision(type, 12);
  return type;
}

static hid_t bitfield_type(void) {
  return H5Tcopy(H5T_STD_B8LE);
}

static hid_t variable_length_type(void) {
  return H5Tvlen_create(H5T_STD_U8LE);
}

static hid_t opaque_type(void) {
  return H5Tcreate(H5T_OPAQUE, 2);
}

static void wrong_types(void **state) {
  (void)state;
  static const struct {
    hid_t (*make)(void);
    const char *message;
  } types[] = {
      {string_type, "its type is a string; expected integers, booleans"},
      {compound_type, "its type is a compound"},
      {enum_of_three, "its type is an enumeration that is not boolean"},
      {enum_without_zero, "its type is an enumeration that is not boolean"},
      {narrow_integer, "its type is an integer of unusual width"},
      {bitfield_type, "its type is a bitfield"},
      {variable_length_type, "its type is of variable length"},
      {opaque_type, "its type is opaque"},
  };
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    const hid_t file = hostile_create("mask.h5");
    hostile_add(file, "w", types[i].make(), hostile_matrix(), H5P_DEFAULT);
    H5Fclose(file);
    hostile_refused("/w", "KC", types[i].message);
  }
}

/* ---- shapes, layouts and thresholds ------------------------------------- */

static void wrong_shapes(void **state) {
  (void)state;
  const hid_t file = hostile_create_good();
  hostile_add(file, "scalar", hostile_bytes(), H5Screate(H5S_SCALAR),
              H5P_DEFAULT);
  hostile_add(file, "null", hostile_bytes(), H5Screate(H5S_NULL), H5P_DEFAULT);
  hostile_add(file, "line", hostile_bytes(),
              H5Screate_simple(1, (const hsize_t[]){24}, NULL), H5P_DEFAULT);
  hostile_add(
      file, "nine", hostile_bytes(),
      H5Screate_simple(9, (const hsize_t[]){1, 1, 1, 1, 1, 1, 1, 4, 6}, NULL),
      H5P_DEFAULT);
  hostile_add(
      file, "vast", hostile_bytes(),
      H5Screate_simple(2, (const hsize_t[]){1ULL << 40, 1ULL << 40}, NULL),
      hostile_chunked());
  H5Fclose(file);
  hostile_refused("/L1/w", "CK", "/L1/w: has shape 4 x 6, expected 6 x 4 (CK)");
  hostile_refused("/L1/w", "GKC", "has shape 4 x 6, expected 1 x 4 x 6 (GKC)");
  hostile_refused("/line", "KC", "has shape 24, expected 4 x 6 (KC)");
  hostile_refused("/scalar", "KC", "has 0 axes, expected 1 to 8");
  hostile_refused("/null", "KC", "has 0 axes, expected 1 to 8");
  hostile_refused("/nine", "KC", "has 9 axes, expected 1 to 8");
  hostile_refused("/vast", "KC", "its size overflows 64 bits");
}

/* A file of one array needs no name for it; of others the names are said. */
static void wrong_names(void **state) {
  (void)state;
  const tacet_mask_source unnamed = hostile_source("", "KC");
  H5Fclose(hostile_create_good());
  assert_int_equal(hostile_read(&unnamed).status, TACET_OK);
  hostile_refused("/L1/v", "KC",
                  "/L1/v: the file has no /L1/v; did you mean /L1/w?");
  hostile_refused("/conv", "KC", "the file has no /conv; it has /L1/w");
  const hid_t file = hostile_create_good();
  hostile_add_ones(file, "/other");
  H5Fclose(file);
  hostile_refused("", "KC",
                  "holds 2 arrays; expected the name of one as `dataset`; it "
                  "has /L1/w, /other");
}

static void wrong_layouts(void **state) {
  (void)state;
  H5Fclose(hostile_create_good());
  hostile_refused(
      "/L1/w", "KX",
      "layout \"KX\": X is not one of its ranks; the ranks of weight are "
      "G K C: name each once");
  hostile_refused("/L1/w", "KCK",
                  "layout \"KCK\": K is named twice; the ranks");
  hostile_refused("/L1/w", "K", "layout \"K\": C is missing; the ranks");
  hostile_refused("/L1/w", "", "layout \"\": K is missing; the ranks");
  hostile_refused("/L1/w", "kc", "layout \"kc\": k is not one of its ranks");
}

static void wrong_thresholds(void **state) {
  (void)state;
  H5Fclose(hostile_create_good());
  tacet_mask_source source = hostile_source("/L1/w", "KC");
  source.threshold = -1;
  hostile_check(&source, "threshold is -1, expected 0 or more");
  source.threshold = NAN;
  hostile_check(&source, "expected 0 or more");
  source.threshold = INFINITY;
  hostile_check(&source, "threshold is inf, expected 0 or more");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wrong_types),      cmocka_unit_test(wrong_shapes),
      cmocka_unit_test(wrong_names),      cmocka_unit_test(wrong_layouts),
      cmocka_unit_test(wrong_thresholds),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
