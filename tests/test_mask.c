/* Masks: counting bits in memory, and reading what the test itself wrote to
   HDF5, in every type, storage and order of axes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/masks/mask.h"
#include "../sparse/masks/mask_values.h"
#include "cases.h"
#include "scratch.h"

enum { MOST_AXES = 5 };

static tacet_tensor make_tensor(const char *letters, const int64_t *size) {
  tacet_tensor tensor = {.name = "weight", .ranks = (int)strlen(letters)};
  for (int r = 0; r < tensor.ranks; r++)
    tensor.rank[r] = (tacet_rank){.name = {letters[r]}, .size = size[r]};
  return tensor;
}

/* ---- in memory ---------------------------------------------------------- */

static void counts_ranges(void **state) {
  (void)state;
  uint64_t seed = environment_number("TACET_SEED", 7);
  const tacet_tensor tensor = make_tensor("KC", (int64_t[]){13, 17});
  tacet_mask mask;
  tacet_error error;
  assert_int_equal(tacet_mask_make(&mask, &tensor, &error), TACET_OK);
  assert_int_equal(mask.elements, 221);
  for (int64_t i = 0; i < mask.elements; i++)
    if (next_random(&seed) % 3 == 0) tacet_mask_set(&mask, i);
  for (int64_t first = 0; first < mask.elements; first++) {
    int64_t ones = 0;
    for (int64_t end = first; end < mask.elements; end++) {
      assert_int_equal(tacet_mask_count(&mask, first, end - first), ones);
      ones += tacet_mask_test(&mask, end);
    }
  }
  tacet_mask_recount(&mask);
  assert_int_equal(mask.nonzeros, tacet_mask_count(&mask, 0, 221));
  assert_true(mask.nonzeros > 0);
  tacet_mask_free(&mask);
  tacet_mask_free(&mask);
}

static void too_many_elements(void **state) {
  (void)state;
  const tacet_tensor tensor =
      make_tensor("KC", (int64_t[]){INT64_C(1) << 40, INT64_C(1) << 40});
  tacet_mask mask;
  tacet_error error;
  assert_int_equal(tacet_mask_make(&mask, &tensor, &error), TACET_OVERFLOW);
  assert_null(mask.bits);
}

/* ---- types -------------------------------------------------------------- */

/* A stored number by its bits: is it not zero, is its absolute value above
   5? */
typedef struct sample {
  uint64_t bits;
  bool nonzero, above_five;
} sample;

static const sample unsigned_samples[] = {
    {0, 0, 0}, {1, 1, 0}, {5, 1, 0}, {6, 1, 1}, {0x80, 1, 1}, {0xff, 1, 1}};
static const sample signed_samples[] = {{0, 0, 0},
                                        {1, 1, 0},
                                        {5, 1, 0},
                                        {6, 1, 1},
                                        {(uint64_t)-1, 1, 0},
                                        {(uint64_t)-5, 1, 0},
                                        {(uint64_t)-6, 1, 1},
                                        {(uint64_t)-128, 1, 1}};
static const sample boolean_samples[] = {{0, 0, 0}, {1, 1, 0}};
/* Half precision has 10 bits of fraction below an exponent of 5: its largest
   number is (2 - 2^-10) 2^15 = 65504, and what comes next no number. */
static void floats_end_in_infinity(void **state) {
  (void)state;
  const tacet_number half = {
      .kind = TACET_FLOAT, .bytes = 2, .exponent_bits = 5};
  const unsigned char largest[] = {0xff, 0x7b}, beyond[] = {0x00, 0x7c};
  const unsigned char below[] = {0x00, 0xfc}, none[] = {0x01, 0x7c};
  assert_true(tacet_float_value(largest, &half) == 65504);
  assert_true(tacet_float_value(beyond, &half) == INFINITY);
  assert_true(tacet_float_value(below, &half) == -INFINITY);
  assert_true(isnan(tacet_float_value(none, &half)));
}

/* 0, -0, least subnormal, 5, next after 5, -5, before -5, -inf, NaN */
static const sample half_samples[] = {
    {0, 0, 0},      {0x8000, 0, 0}, {1, 1, 0},
    {0x4500, 1, 0}, {0x4501, 1, 1}, {0xc500, 1, 0},
    {0xc501, 1, 1}, {0xfc00, 1, 1}, {0x7e00, 1, 1}};
static const sample single_samples[] = {
    {0, 0, 0},          {0x80000000, 0, 0}, {1, 1, 0},
    {0x40a00000, 1, 0}, {0x40a00001, 1, 1}, {0xc0a00000, 1, 0},
    {0xc0a00001, 1, 1}, {0xff800000, 1, 1}, {0x7fc00000, 1, 1}};
static const sample double_samples[] = {{0, 0, 0},
                                        {UINT64_C(0x8000000000000000), 0, 0},
                                        {1, 1, 0},
                                        {UINT64_C(0x4014000000000000), 1, 0},
                                        {UINT64_C(0x4014000000000001), 1, 1},
                                        {UINT64_C(0xc014000000000000), 1, 0},
                                        {UINT64_C(0xc014000000000001), 1, 1},
                                        {UINT64_C(0xfff0000000000000), 1, 1},
                                        {UINT64_C(0x7ff8000000000000), 1, 1}};

#define SAMPLES(name) name##_samples, sizeof name##_samples / sizeof(sample)

static const struct stored_type {
  const char *name;
  int bytes;
  const sample *samples;
  size_t sample_count;
} types[] = {{"u8", 1, SAMPLES(unsigned)},   {"i8", 1, SAMPLES(signed)},
             {"u16", 2, SAMPLES(unsigned)},  {"i16", 2, SAMPLES(signed)},
             {"u32", 4, SAMPLES(unsigned)},  {"i32", 4, SAMPLES(signed)},
             {"u64", 8, SAMPLES(unsigned)},  {"i64", 8, SAMPLES(signed)},
             {"f16", 2, SAMPLES(half)},      {"f32", 4, SAMPLES(single)},
             {"f64", 8, SAMPLES(double)},    {"bool8", 1, SAMPLES(boolean)},
             {"bool32", 4, SAMPLES(boolean)}};

static hid_t integer_type(char sign, int bytes) {
  const hid_t type = H5Tcopy(sign == 'u' ? H5T_STD_U8LE : H5T_STD_I8LE);
  H5Tset_precision(type, 8 * (size_t)bytes);
  return type;
}

static hid_t float_type(int bytes) {
  const hid_t type = H5Tcopy(bytes == 8 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE);
  if (bytes != 2) return type;
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

static hid_t boolean_type(int bytes, bool big_endian) {
  const hid_t super = integer_type('i', bytes);
  const unsigned char zero[4] = {0};
  unsigned char one[4] = {0};
  H5Tset_order(super, big_endian ? H5T_ORDER_BE : H5T_ORDER_LE);
  one[big_endian ? bytes - 1 : 0] = 1;
  const hid_t type = H5Tenum_create(super);
  H5Tenum_insert(type, "FALSE", zero);
  H5Tenum_insert(type, "TRUE", one);
  H5Tclose(super);
  return type;
}

static hid_t make_type(const struct stored_type *stored, bool big_endian) {
  if (stored->name[0] == 'b') return boolean_type(stored->bytes, big_endian);
  const hid_t type = stored->name[0] == 'f'
                         ? float_type(stored->bytes)
                         : integer_type(stored->name[0], stored->bytes);
  H5Tset_order(type, big_endian ? H5T_ORDER_BE : H5T_ORDER_LE);
  return type;
}

/* ---- writing ------------------------------------------------------------ */

typedef enum storage_kind { CONTIGUOUS, CHUNKED, GZIP, STORAGES } storage_kind;

/* A dataset to be: the axes in file order and the tensor they stand for. */
typedef struct plan {
  const struct stored_type *type;
  bool big_endian;
  storage_kind storage;
  tacet_tensor tensor;
  int axis[MOST_AXES]; /* rank of the tensor that is axis a of the file */
  hsize_t chunk[MOST_AXES];
} plan;

static hsize_t axis_size(const plan *p, int axis) {
  return (hsize_t)p->tensor.rank[p->axis[axis]].size;
}

static void shuffle_axes(plan *p, uint64_t *random) {
  for (int a = 0; a < p->tensor.ranks; a++) p->axis[a] = a;
  for (int a = p->tensor.ranks - 1; a > 0; a--) {
    const int64_t other = random_between(random, 0, a);
    const int swapped = p->axis[a];
    p->axis[a] = p->axis[other];
    p->axis[other] = swapped;
  }
  for (int a = 0; a < p->tensor.ranks; a++)
    p->chunk[a] = (hsize_t)random_between(random, 1, (int64_t)axis_size(p, a));
}

/* Element of the tensor that the file's value number `value` stands for. */
static int64_t element_of(const plan *p, int64_t value) {
  int64_t coordinate[MOST_AXES], element = 0;
  for (int a = p->tensor.ranks - 1; a >= 0; a--) {
    coordinate[p->axis[a]] = value % (int64_t)axis_size(p, a);
    value /= (int64_t)axis_size(p, a);
  }
  for (int r = 0; r < p->tensor.ranks; r++)
    element = element * p->tensor.rank[r].size + coordinate[r];
  return element;
}

static void store(unsigned char *at, const plan *p, uint64_t bits) {
  const int bytes = p->type->bytes;
  for (int b = 0; b < bytes; b++)
    at[p->big_endian ? bytes - 1 - b : b] = (unsigned char)(bits >> (8 * b));
}

static void write_values(const plan *p, const unsigned char *values) {
  hsize_t size[MOST_AXES];
  for (int a = 0; a < p->tensor.ranks; a++) size[a] = axis_size(p, a);
  const hid_t file = H5Fcreate(scratch_path("mask.h5"), H5F_ACC_TRUNC,
                               H5P_DEFAULT, H5P_DEFAULT);
  const hid_t group =
      H5Gcreate2(file, "L1", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(p->tensor.ranks, size, NULL);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if (p->storage != CONTIGUOUS)
    H5Pset_chunk(creation, p->tensor.ranks, p->chunk);
  if (p->storage == GZIP) {
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 4);
    H5Pset_fletcher32(creation);
  }
  const hid_t type = make_type(p->type, p->big_endian);
  const hid_t dataset =
      H5Dcreate2(group, "w", type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >=
              0);
  H5Dclose(dataset);
  H5Tclose(type);
  H5Pclose(creation);
  H5Sclose(space);
  H5Gclose(group);
  H5Fclose(file);
}

/* Writes random samples; sets in *expected those that are not zero and in
   *above those above 5. */
static void write_plan(const plan *p, uint64_t *random, tacet_mask *expected,
                       tacet_mask *above) {
  tacet_error error;
  assert_int_equal(tacet_mask_make(expected, &p->tensor, &error), TACET_OK);
  assert_int_equal(tacet_mask_make(above, &p->tensor, &error), TACET_OK);
  unsigned char *values = malloc((size_t)(expected->elements * p->type->bytes));
  assert_non_null(values);
  for (int64_t value = 0; value < expected->elements; value++) {
    const sample *s =
        &p->type->samples[next_random(random) % p->type->sample_count];
    store(values + value * p->type->bytes, p, s->bits);
    if (s->nonzero) tacet_mask_set(expected, element_of(p, value));
    if (s->above_five) tacet_mask_set(above, element_of(p, value));
  }
  tacet_mask_recount(expected);
  tacet_mask_recount(above);
  write_values(p, values);
  free(values);
}

/* ---- reading back ------------------------------------------------------- */

static bool reads_back(const plan *p, double threshold,
                       const tacet_mask *expected) {
  char layout[MOST_AXES + 1] = "";
  for (int a = 0; a < p->tensor.ranks; a++)
    layout[a] = p->tensor.rank[p->axis[a]].name[0];
  const tacet_mask_source source = {.file = scratch_path("mask.h5"),
                                    .dataset = "/L1/w",
                                    .layout = layout,
                                    .threshold = threshold};
  tacet_mask mask;
  tacet_error error;
  const tacet_status status =
      tacet_mask_read(&mask, &p->tensor, &source, &error);
  const size_t bytes = (size_t)(expected->elements + 63) / 64 * 8;
  const bool same = !status && mask.elements == expected->elements &&
                    mask.nonzeros == expected->nonzeros &&
                    memcmp(mask.bits, expected->bits, bytes) == 0;
  if (!same)
    printf("%s %s layout %s storage %d threshold %g: %s\n", p->type->name,
           p->big_endian ? "BE" : "LE", layout, (int)p->storage, threshold,
           status ? error.message : "other bits");
  tacet_mask_free(&mask);
  return same;
}

static void check_plan(const plan *p, uint64_t *random) {
  tacet_mask expected, above;
  write_plan(p, random, &expected, &above);
  assert_true(reads_back(p, 0, &expected));
  assert_true(reads_back(p, 5, &above));
  tacet_mask_free(&expected);
  tacet_mask_free(&above);
  assert_int_equal(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
}

static void every_type_and_storage(void **state) {
  (void)state;
  uint64_t random = environment_number("TACET_SEED", 42);
  printf("seed %llu\n", (unsigned long long)random);
  plan p = {.tensor = make_tensor("GKCRS", (int64_t[]){2, 5, 4, 3, 7})};
  for (size_t t = 0; t < sizeof types / sizeof *types; t++)
    for (int big_endian = 0; big_endian < 2; big_endian++)
      for (int storage = 0; storage < STORAGES; storage++) {
        p.type = &types[t];
        p.big_endian = big_endian;
        p.storage = (storage_kind)storage;
        shuffle_axes(&p, &random);
        check_plan(&p, &random);
      }
}

/* Any shape, also with ranks of size 1 and rows of more than 64 values. */
static void random_shapes(void **state) {
  (void)state;
  uint64_t random = 43, cases = 200;
  ask_for_cases(&random, &cases);
  for (uint64_t i = 0; i < cases; i++) {
    int64_t size[MOST_AXES];
    for (int r = 0; r < MOST_AXES; r++) {
      const int64_t most[] = {1, 3, 5, 100};
      size[r] = random_between(&random, 1, most[next_random(&random) % 4]);
    }
    plan p = {.tensor = make_tensor("NGCYX", size),
              .type = &types[next_random(&random) % 2],
              .storage = (storage_kind)(next_random(&random) % STORAGES)};
    p.tensor.ranks = (int)random_between(&random, 1, MOST_AXES);
    while (tacet_tensor_size(&p.tensor) > 100000) p.tensor.ranks--;
    shuffle_axes(&p, &random);
    check_plan(&p, &random);
  }
}

/* 20 MiB and more of values, which are read in several boxes. */
static void larger_than_a_box(void **state) {
  (void)state;
  uint64_t random = environment_number("TACET_SEED", 44);
  plan p = {.tensor = make_tensor("NCYX", (int64_t[]){1, 5, 800, 700}),
            .type = &types[10],
            .storage = CHUNKED};
  for (int turn = 0; turn < 2; turn++) {
    for (int a = 0; a < 4; a++) p.axis[a] = turn ? 3 - a : a;
    const hsize_t forward[] = {1, 2, 300, 500}, backward[] = {500, 300, 2, 1};
    memcpy(p.chunk, turn ? backward : forward, sizeof forward);
    p.storage = turn ? CONTIGUOUS : CHUNKED;
    check_plan(&p, &random);
  }
}

static void small_ranks_need_no_letter(void **state) {
  (void)state;
  uint64_t random = 1;
  plan p = {.tensor = make_tensor("KC", (int64_t[]){6, 9}), .type = &types[0]};
  tacet_mask expected, above;
  shuffle_axes(&p, &random);
  write_plan(&p, &random, &expected, &above);
  const tacet_tensor larger = make_tensor("GKCRS", (int64_t[]){1, 6, 9, 1, 1});
  const char layout[] = {"KC"[p.axis[0]], "KC"[p.axis[1]], '\0'};
  const tacet_mask_source source = {
      .file = scratch_path("mask.h5"), .dataset = "L1//w/", .layout = layout};
  tacet_mask mask;
  tacet_error error;
  assert_int_equal(tacet_mask_read(&mask, &larger, &source, &error), TACET_OK);
  assert_int_equal(mask.ranks, 5);
  assert_memory_equal(mask.bits, expected.bits, 8);
  tacet_mask_free(&mask);
  tacet_mask_free(&expected);
  tacet_mask_free(&above);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(floats_end_in_infinity),
      cmocka_unit_test(counts_ranges),
      cmocka_unit_test(too_many_elements),
      cmocka_unit_test(every_type_and_storage),
      cmocka_unit_test(random_shapes),
      cmocka_unit_test(larger_than_a_box),
      cmocka_unit_test(small_ranks_need_no_letter),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
