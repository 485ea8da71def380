/* dense/maestro against a slow second reading of the published rules, on
   random layers; and the list of maps of each level by hand, which the two
   readings share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "maestro_judge.h"

/* ---- random layers ------------------------------------------------------ */

enum { MOST_DIMS = 8, MOST_MAPS = 24 };

typedef struct layer_case {
  tacet_maestro_dim dim[MOST_DIMS];
  tacet_maestro_directive directive[MOST_MAPS];
  tacet_maestro_layer layer;
  tacet_maestro_batch batch;
  tacet_maestro_hardware hardware;
} layer_case;

static int draw(uint64_t *random, int low, int high) {
  return (int)random_between(random, low, high);
}

static bool one_in(uint64_t *random, int times) {
  return draw(random, 1, times) == 1;
}

static int size_of(const layer_case *c, const char *name) {
  for (int i = 0; i < c->layer.dims; i++)
    if (!strcmp(c->dim[i].name, name)) return c->dim[i].size;
  return 1;
}

static void add_dim(layer_case *c, const char *name, int size, int stride) {
  c->dim[c->layer.dims++] =
      (tacet_maestro_dim){.name = name, .size = size, .stride = stride};
}

static void draw_axis(layer_case *c, uint64_t *random, const char *in,
                      const char *out, int filter) {
  int stride = one_in(random, 2) ? draw(random, 1, 4) : 1;
  if (one_in(random, 4))
    add_dim(c, out, draw(random, 1, 8), stride);
  else
    add_dim(c, in, filter - 1 + draw(random, 1, 12), stride);
}

static void draw_dims(layer_case *c, uint64_t *random) {
  static const tacet_maestro_type types[] = {
      TACET_MAESTRO_CONV,   TACET_MAESTRO_CONV, TACET_MAESTRO_DSCONV,
      TACET_MAESTRO_NGCONV, TACET_MAESTRO_GEMM, TACET_MAESTRO_TRCONV};
  c->layer.type = types[draw(random, 0, 5)];
  if (c->layer.type == TACET_MAESTRO_GEMM) {
    add_dim(c, "M", draw(random, 1, 13), 1);
    add_dim(c, "N", draw(random, 1, 13), 1);
    add_dim(c, "K", draw(random, 1, 13), 1);
    return;
  }
  int rows = draw(random, 1, 4), columns = draw(random, 1, 4);
  if (c->layer.type == TACET_MAESTRO_NGCONV)
    add_dim(c, "G", draw(random, 1, 4), 1);
  if (c->layer.type != TACET_MAESTRO_DSCONV)
    add_dim(c, "K", draw(random, 1, 8), 1);
  if (one_in(random, 4)) {
    add_dim(c, "N", draw(random, 1, 3), 1);
    memset(&c->batch, 1, sizeof c->batch);
  }
  add_dim(c, "C", draw(random, 1, 8), 1);
  add_dim(c, "R", rows, 1);
  add_dim(c, "S", columns, 1);
  draw_axis(c, random, "Y", "Y'", rows);
  draw_axis(c, random, "X", "X'", columns);
}

static void add_map(layer_case *c, uint64_t *random, const char *name,
                    bool spatial) {
  int whole = size_of(c, name), size, offset;
  const char *filter = name[0] == 'Y' ? "R" : name[0] == 'X' ? "S" : NULL;
  bool sliding = !strcmp(name, "R") || !strcmp(name, "S");
  if (filter && !name[1] && !one_in(random, 4)) { /* whole windows */
    int outputs = draw(random, 1, 3);
    size = size_of(c, filter) - 1 + outputs;
    offset = outputs;
  } else {
    size = draw(random, 1, whole + 2);
    offset = one_in(random, 3) ? draw(random, 1, whole + 1) : size;
  }
  if (sliding && !spatial) size = offset = whole;
  c->directive[c->layer.directives++] = (tacet_maestro_directive){
      .kind = spatial ? TACET_MAESTRO_SPATIAL : TACET_MAESTRO_TEMPORAL,
      .size = {.value = size},
      .offset = {.value = offset},
      .dim = name};
}

/* Maps of some dimensions, in any order, one or two of them spatial. */
static void draw_level(layer_case *c, uint64_t *random) {
  const char *names[MOST_DIMS];
  int count = 0;
  for (int i = 0; i < c->layer.dims; i++)
    if (!one_in(random, 3)) names[count++] = c->dim[i].name;
  if (count == 0) names[count++] = c->dim[0].name;
  for (int i = count - 1; i > 0; i--) {
    int other = draw(random, 0, i);
    const char *name = names[i];
    names[i] = names[other];
    names[other] = name;
  }
  int spatial = draw(random, 0, count - 1);
  int second = one_in(random, 6) ? draw(random, 0, count - 1) : spatial;
  for (int i = 0; i < count; i++) {
    const char *name = names[i];
    if (name[1] && one_in(random, 2)) name = name[0] == 'Y' ? "Y" : "X";
    add_map(c, random, name, i == spatial || i == second);
  }
}

static void make_layer(layer_case *c, uint64_t seed) {
  uint64_t random = seed;
  int together = 1;
  memset(c, 0, sizeof *c);
  draw_dims(c, &random);
  for (int level = 0;; level++) {
    draw_level(c, &random);
    if (level == 2 || one_in(&random, 2)) break;
    int size = draw(&random, 1, 4);
    together *= size;
    c->directive[c->layer.directives++] = (tacet_maestro_directive){
        .kind = TACET_MAESTRO_CLUSTER, .size = {.value = size}};
  }
  c->layer.dim = c->dim;
  c->layer.directive = c->directive;
  c->hardware = (tacet_maestro_hardware){
      .pes = together * draw(&random, 1, 5) + draw(&random, 0, 1),
      .simd_lanes = draw(&random, 1, 3),
      .noc_bandwidth = draw(&random, 1, 9),
      .noc_latency = draw(&random, 0, 2),
      .offchip_bandwidth = draw(&random, 1, 9)};
}

/* ---- two readings ------------------------------------------------------- */

static bool same_real(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

static bool same(const tacet_maestro_result *a, const tacet_maestro_result *b) {
  return a->nested == b->nested && a->runtime == b->runtime &&
         a->macs == b->macs && a->l1_size == b->l1_size &&
         a->l2_size == b->l2_size && a->peak_bandwidth == b->peak_bandwidth &&
         a->offchip_bandwidth == b->offchip_bandwidth &&
         !memcmp(a->traffic, b->traffic, sizeof a->traffic) &&
         !memcmp(&a->ingress, &b->ingress, sizeof a->ingress) &&
         !memcmp(&a->egress, &b->egress, sizeof a->egress) &&
         !memcmp(&a->compute, &b->compute, sizeof a->compute) &&
         same_real(a->average_bandwidth, b->average_bandwidth) &&
         same_real(a->utilized_pes, b->utilized_pes) &&
         same_real(a->intensity, b->intensity);
}

/* Layers without a plan are not compared. */
static void compare(uint64_t seed, int *compared, int *refused) {
  layer_case c;
  maestro_plan plan;
  tacet_maestro_result ours, theirs;
  make_layer(&c, seed);
  if (maestro_plan_layer(&plan, &c.layer, &c.batch, c.hardware.pes, NULL))
    return;
  tacet_status status =
      tacet_maestro_cost(&ours, &c.layer, &c.batch, &c.hardware, NULL);
  bool judged = judge_maestro(&theirs, &plan, &c.hardware);
  if (judged != (status == TACET_OK) || (judged && !same(&ours, &theirs)))
    fail_msg("seed %llu: runtime %lld, %lld; MACs %lld, %lld; status %d, %d",
             (unsigned long long)seed, (long long)ours.runtime,
             (long long)theirs.runtime, (long long)ours.macs,
             (long long)theirs.macs, (int)status, (int)judged);
  ++*(judged ? compared : refused);
}

static void agrees_with_the_rules(void **state) {
  (void)state;
  uint64_t seed = environment_number("TACET_SEED", 20191012);
  uint64_t cases = environment_number("TACET_CASES", 4000);
  int compared = 0, refused = 0;
  for (uint64_t i = 0; i < cases; i++) compare(seed + i, &compared, &refused);
  print_message("seed %llu, %llu cases: %d equal, %d refused by both\n",
                (unsigned long long)seed, (unsigned long long)cases, compared,
                refused);
  assert_true(cases < 1000 || compared > (int)(cases / 3));
}

/* ---- plans -------------------------------------------------------------- */

/* Plans the only layer of a file on `pes` PEs and writes every level as, e.g.,
   "2: TK(4,4) SY(3,1)", its units and maps. */
static void check_plan(const char *text, int pes, const char *wanted) {
  tacet_maestro_file file;
  tacet_maestro_batch batch;
  tacet_error error = {0};
  maestro_plan plan;
  char found[512] = "";
  assert_int_equal(TACET_OK, tacet_maestro_parse(&file, text, strlen(text),
                                                 "test.m", &error));
  tacet_maestro_batch_of(&batch, &file);
  if (maestro_plan_layer(&plan, &file.layer[0], &batch, pes, &error))
    fail_msg("%d: %s", error.column, error.message);
  for (int l = 0; l < plan.levels; l++) {
    const maestro_level *level = &plan.level[l];
    size_t at = strlen(found);
    at += (size_t)snprintf(found + at, sizeof found - at,
                           "%s%lld:", l ? " | " : "", (long long)level->units);
    for (int i = 0; i < level->maps; i++)
      at += (size_t)snprintf(
          found + at, sizeof found - at, " %c%c(%lld,%lld)",
          level->map[i].spatial ? 'S' : 'T', "CGKMNRSXY"[level->map[i].var],
          (long long)level -> map[i].size, (long long)level->map[i].offset);
  }
  assert_string_equal(wanted, found);
  tacet_maestro_free(&file);
}

#define NETWORK(layer) "Network N { Layer A { " layer " } }"

/* Inherited maps come first, the last of them foremost; then what no map
   names, in the order of the alphabet. */
static void completes_levels_with_maps_they_lack(void **state) {
  (void)state;
  check_plan(NETWORK("Type: GEMM Dimensions { M: 9, N: 8, K: 7 } Dataflow {"
                     " TemporalMap(2,3) M; SpatialMap(1,2) N; Cluster(3, P);"
                     " SpatialMap(1,1) K; }"),
             16, "5: TM(2,3) SN(1,2) TK(7,7) | 3: TN(1,2) TM(2,3) SK(1,1)");
}

static void turns_outputs_into_inputs(void **state) {
  (void)state;
  check_plan(NETWORK("Type: CONV"
                     " Dimensions { K: 2, C: 1, R: 3, S: 4, Y: 9, X: 9 }"
                     " Dataflow { SpatialMap(1,1) K; TemporalMap(2,2) Y';"
                     " TemporalMap(3,3) R; TemporalMap(4,4) S;"
                     " TemporalMap(1,1) X'; }"),
             2, "2: SK(1,1) TY(4,2) TR(3,3) TS(4,4) TX(4,1) TC(1,1)");
}

/* Beside a map of Y, one of Y' is turned when the filter is there already,
   and both stay. */
static void turns_outputs_beside_inputs_later(void **state) {
  (void)state;
  check_plan(NETWORK("Type: CONV"
                     " Dimensions { K: 2, C: 1, R: 3, S: 1, Y: 9, X: 1 }"
                     " Dataflow { SpatialMap(1,1) K; TemporalMap(5,3) Y;"
                     " TemporalMap(2,2) Y'; }"),
             2, "2: SK(1,1) TY(5,3) TY(4,2) TC(1,1) TR(3,3) TS(1,1) TX(1,1)");
}

/* Stride 2 under a filter of 3: a tile of 5 rows makes 2 outputs, and inner
   levels widen what they inherit once more. Under a filter of 1 they advance
   by the filter, not by the stride. */
static void widens_tiles_by_the_stride(void **state) {
  (void)state;
  check_plan(
      NETWORK("Type: CONV Stride { Y: 2, X: 2 }"
              " Dimensions { K: 4, C: 1, R: 3, S: 1, Y: 9, X: 9 }"
              " Dataflow { SpatialMap(1,1) K; TemporalMap(5,2) Y;"
              " TemporalMap(6,6) X; Cluster(2, P); SpatialMap(1,1) C; }"),
      4,
      "2: SK(1,1) TY(5,4) TX(3,6) TC(1,1) TR(3,3) TS(1,1)"
      " | 2: TS(1,1) TR(3,3) TX(2,2) TY(5,4) TK(1,1) SC(1,1)");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_the_rules),
      cmocka_unit_test(completes_levels_with_maps_they_lack),
      cmocka_unit_test(turns_outputs_into_inputs),
      cmocka_unit_test(turns_outputs_beside_inputs_later),
      cmocka_unit_test(widens_tiles_by_the_stride),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
