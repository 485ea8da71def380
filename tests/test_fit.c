/* Fitting: mappings shrunk by hand, and what holds for any of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/dense.h"
#include "cases.h"

/* ---- by hand ------------------------------------------------------------ */

typedef struct mapping {
  tacet_layer layer;
  tacet_dataflow dataflow;
  tacet_accelerator accelerator;
} mapping;

/* Sizes in bytes; every tensor has elements of a byte. */
static void set_design(mapping *m, int64_t pes, int64_t l1, int64_t l2) {
  m->accelerator =
      (tacet_accelerator){.pes = pes,
                          .lanes = 1,
                          .clock_hz = 1e9,
                          .word_bits = 8,
                          .width_bits = {8, 8, 8},
                          .storages = 3,
                          .storage = {{.name = "dram"},
                                      {.name = "l2", .size_bits = 8 * l2},
                                      {.name = "l1", .size_bits = 8 * l1}}};
}

static void set_layer(mapping *m, tacet_shape shape) {
  int64_t *const sizes[] = {&shape.N, &shape.G, &shape.K, &shape.C, &shape.Y,
                            &shape.X, &shape.R, &shape.S, &shape.B, &shape.M};
  for (int i = 0; i < 10; i++)
    if (*sizes[i] == 0) *sizes[i] = 1;
  for (int a = 0; a < 2; a++) {
    if (shape.stride[a] == 0) shape.stride[a] = 1;
    shape.dilation[a] = 1;
  }
  tacet_error error;
  m->layer = (tacet_layer){.name = "hand", .repeat = 1};
  assert_int_equal(tacet_layer_make(&m->layer, &shape, NULL, &error), TACET_OK);
}

static void add(mapping *m, tacet_directive_kind kind, const char *dim,
                tacet_extent size, int64_t offset) {
  tacet_directive *d = &m->dataflow.directive[m->dataflow.directives++];
  *d = (tacet_directive){.kind = kind, .size = size, .offset = {offset, ""}};
  strcpy(d->dim, dim);
}

static void check_fit(mapping *m, const char *changes) {
  const tacet_dataflow before = m->dataflow;
  tacet_error error = {0};
  char text[512];
  tacet_nest nest;
  if (tacet_fit(&m->dataflow, &m->layer, &m->accelerator, &error))
    fail_msg("%s", error.message);
  tacet_dataflow_changes(text, sizeof text, &before, &m->dataflow);
  assert_string_equal(text, changes);
  assert_int_equal(
      tacet_bind(&nest, &m->layer, &m->dataflow, &m->accelerator, &error),
      TACET_OK);
  assert_int_equal(tacet_place_tiles(&nest, &m->accelerator, &error), TACET_OK);
}

/* A PE's tile of M 4, N 16, K 32: B 512, A 128, Z 64, 704 B. B needs most, and
   its outermost map is that of K: 16 makes 256 + 64 + 64, which fits. */
static void gemm_tiles(mapping *m, int64_t l1) {
  memset(m, 0, sizeof *m);
  set_layer(m, (tacet_shape){.type = TACET_GEMM, .M = 40, .N = 60, .K = 100});
  add(m, TACET_TEMPORAL_MAP, "M", (tacet_extent){4, ""}, 4);
  add(m, TACET_TEMPORAL_MAP, "K", (tacet_extent){32, ""}, 32);
  add(m, TACET_SPATIAL_MAP, "N", (tacet_extent){16, ""}, 16);
  set_design(m, 4, l1, 1 << 20);
}

static void halves_the_outermost_map_of_the_largest_tensor(void **state) {
  (void)state;
  mapping m;
  gemm_tiles(&m, 384);
  check_fit(&m, "TemporalMap(32,32) K became TemporalMap(16,16) K");
  gemm_tiles(&m, 383); /* 128 + 32 + 64 */
  check_fit(&m, "TemporalMap(32,32) K became TemporalMap(8,8) K");
}

/* With K at 1, B is 16, A is 4 and Z is 64: then Z's map of M. */
static void goes_on_with_the_next_tensor(void **state) {
  (void)state;
  mapping m;
  gemm_tiles(&m, 55);
  check_fit(&m, "TemporalMap(4,4) M became TemporalMap(2,2) M; "
                "TemporalMap(32,32) K became TemporalMap(1,1) K");
}

/* Halves of the outer map of K do nothing before they are less than the inner
   one's; half of C does at once. */
static void prefers_maps_that_make_the_tile(void **state) {
  (void)state;
  mapping m = {.dataflow = {.directives = 0}};
  set_layer(&m, (tacet_shape){.type = TACET_FC, .K = 100, .C = 100});
  add(&m, TACET_TEMPORAL_MAP, "K", (tacet_extent){64, ""}, 64);
  add(&m, TACET_TEMPORAL_MAP, "C", (tacet_extent){8, ""}, 8);
  add(&m, TACET_SPATIAL_MAP, "K", (tacet_extent){4, ""}, 4);
  set_design(&m, 4, 32 + 8 + 4, 1 << 20);
  check_fit(&m, "");
  m.accelerator.storage[2].size_bits = 8 * 43;
  check_fit(&m, "TemporalMap(8,8) C became TemporalMap(4,4) C");
  m.accelerator.storage[2].size_bits = 8 * 8; /* C at 1: 4 + 1 + 4 */
  check_fit(&m, "TemporalMap(64,64) K became TemporalMap(2,2) K; "
                "TemporalMap(4,4) C became TemporalMap(1,1) C");
}

static void leaves_what_fits(void **state) {
  (void)state;
  mapping m;
  gemm_tiles(&m, 704);
  check_fit(&m, "");
}

/* The least is 16 + 1 + 16 B: N is a spatial map. */
static void says_when_nothing_helps(void **state) {
  (void)state;
  mapping m;
  tacet_error error = {0};
  gemm_tiles(&m, 33);
  check_fit(&m, "TemporalMap(4,4) M became TemporalMap(1,1) M; "
                "TemporalMap(32,32) K became TemporalMap(1,1) K");
  gemm_tiles(&m, 32);
  const tacet_dataflow before = m.dataflow;
  assert_int_equal(tacet_fit(&m.dataflow, &m.layer, &m.accelerator, &error),
                   TACET_INFEASIBLE);
  assert_memory_equal(&before, &m.dataflow, sizeof before);
  assert_non_null(strstr(error.message, "l1 is too small"));
  assert_non_null(strstr(error.message, "need 33.0 B, it has 32.0 B"));
}

/* Stride 2: 9 rows of input are 4 rows of output, whose halves are 2. */
static void turns_input_maps_into_output_maps(void **state) {
  (void)state;
  mapping m = {.dataflow = {.directives = 0}};
  set_layer(&m, (tacet_shape){.type = TACET_CONV,
                              .Y = 33,
                              .X = 3,
                              .R = 3,
                              .S = 3,
                              .stride = {2, 1}});
  add(&m, TACET_TEMPORAL_MAP, "Y", (tacet_extent){9, ""}, 8);
  set_design(&m, 1, 9 + 27 + 4, 1 << 20);
  check_fit(&m, "");
  m.accelerator.storage[2].size_bits -= 8; /* 9 + 15 + 2 */
  check_fit(&m, "TemporalMap(9,8) Y became TemporalMap(2,2) Y'");
}

/* One step of eight PEs: each has a row of A and of Z, and B as a whole. L1
   holds a PE's 2 + 16 + 8 B with K at 2; L2 would then need 16 + 16 + 64. */
static void shrinks_for_l2(void **state) {
  (void)state;
  mapping m = {.dataflow = {.directives = 0}};
  set_layer(&m, (tacet_shape){.type = TACET_GEMM, .M = 8, .N = 8, .K = 8});
  add(&m, TACET_TEMPORAL_MAP, "K", (tacet_extent){2, ""}, 2);
  add(&m, TACET_TEMPORAL_MAP, "N", (tacet_extent){2, "N"}, 8);
  add(&m, TACET_SPATIAL_MAP, "M", (tacet_extent){1, ""}, 1);
  set_design(&m, 8, 26, 96);
  check_fit(&m, "");
  m.accelerator.storage[1].size_bits = 8 * 56; /* Z first: 16 + 8 + 32 */
  check_fit(&m, "TemporalMap(2*Sz(N),8) N became TemporalMap(4,4) N");
}

/* Twice 3 where 6 did not move: halving helps only the second time. */
static void sees_tiles_that_begin_to_move(void **state) {
  (void)state;
  mapping m = {.dataflow = {.directives = 0}};
  set_layer(&m, (tacet_shape){.type = TACET_FC, .K = 1, .C = 8});
  add(&m, TACET_TEMPORAL_MAP, "C", (tacet_extent){8, ""}, 8);
  set_design(&m, 1, 13, 1 << 20); /* 8 + 8 + 1 */
  m.accelerator.storage[2].double_buffered = true;
  check_fit(&m, "TemporalMap(8,8) C became TemporalMap(2,2) C");
}

/* ---- any ---------------------------------------------------------------- */

static int64_t size_after(const tacet_directive *directive) {
  return directive->size.number;
}

static void check_kept(const tacet_dataflow *before,
                       const tacet_dataflow *after) {
  assert_int_equal(before->directives, after->directives);
  for (int i = 0; i < before->directives; i++) {
    const tacet_directive *was = &before->directive[i];
    const tacet_directive *is = &after->directive[i];
    if (was->kind != TACET_TEMPORAL_MAP)
      assert_memory_equal(was, is, sizeof *is);
    else
      assert_true(size_after(is) <= size_after(was));
  }
}

static void drop_temporal_maps_to_one(tacet_dataflow *dataflow) {
  for (int i = 0; i < dataflow->directives; i++) {
    tacet_directive *d = &dataflow->directive[i];
    if (d->kind != TACET_TEMPORAL_MAP) continue;
    d->size = d->offset = (tacet_extent){.number = 1};
    if (d->dim[0] == 'Y' || d->dim[0] == 'X') {
      d->dim[1] = '\'';
      d->dim[2] = '\0';
    }
  }
}

static bool can_be_placed(const random_case *c, const tacet_dataflow *flow) {
  tacet_nest nest;
  tacet_error error;
  return tacet_bind(&nest, &c->layer, flow, &c->accelerator, &error) ==
             TACET_OK &&
         tacet_place_tiles(&nest, &c->accelerator, &error) == TACET_OK;
}

static bool maps_inputs(const tacet_dataflow *flow) {
  for (int i = 0; i < flow->directives; i++)
    if (strcmp(flow->directive[i].dim, "Y") == 0 ||
        strcmp(flow->directive[i].dim, "X") == 0)
      return true;
  return false;
}

typedef struct tally {
  int fitted, unchanged, refused;
} tally;

/* Where no map looks at inputs, nothing keeps maps from shrinking to 1; what
   L2 must hold of the tiles of buffers at cluster boundaries need not shrink
   with them. */
static void check_case(random_case *c, tally *t) {
  tacet_dataflow flow = c->dataflow;
  tacet_error error;
  char text[64];
  if (tacet_fit(&flow, &c->layer, &c->accelerator, &error)) {
    assert_int_equal(error.status, TACET_INFEASIBLE);
    assert_memory_equal(&flow, &c->dataflow, sizeof flow);
    assert_false(can_be_placed(c, &flow));
    drop_temporal_maps_to_one(&flow);
    if (!maps_inputs(&c->dataflow) && c->accelerator.storages == 3)
      assert_false(can_be_placed(c, &flow));
    t->refused++;
    return;
  }
  assert_true(can_be_placed(c, &flow));
  check_kept(&c->dataflow, &flow);
  const int changes =
      tacet_dataflow_changes(text, sizeof text, &c->dataflow, &flow);
  assert_int_equal(changes == 0, can_be_placed(c, &c->dataflow));
  assert_int_equal(changes == 0, text[0] == '\0');
  *(changes ? &t->fitted : &t->unchanged) += 1;
}

static void fits_or_tells(void **state) {
  (void)state;
  uint64_t seed = environment_number("TACET_SEED", 4711);
  const uint64_t cases = environment_number("TACET_CASES", 1500);
  random_case *c = malloc(sizeof *c);
  assert_non_null(c);
  tally t = {0};
  for (uint64_t i = 0; i < cases; i++) {
    case_make(c, seed + i);
    uint64_t r = seed ^ i;
    c->accelerator.storage[1].size_bits = 8 * random_between(&r, 8, 1500);
    c->accelerator.storage[2].size_bits = 8 * random_between(&r, 4, 300);
    check_case(c, &t);
  }
  free(c);
  printf(
      "seed %llu, %llu cases: %d shrunk, %d fitted as they were, %d cannot\n",
      (unsigned long long)seed, (unsigned long long)cases, t.fitted,
      t.unchanged, t.refused);
  assert_true(t.fitted > 0 && t.unchanged > 0 && t.refused > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(halves_the_outermost_map_of_the_largest_tensor),
      cmocka_unit_test(goes_on_with_the_next_tensor),
      cmocka_unit_test(prefers_maps_that_make_the_tile),
      cmocka_unit_test(leaves_what_fits),
      cmocka_unit_test(says_when_nothing_helps),
      cmocka_unit_test(turns_input_maps_into_output_maps),
      cmocka_unit_test(shrinks_for_l2),
      cmocka_unit_test(sees_tiles_that_begin_to_move),
      cmocka_unit_test(fits_or_tells),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
