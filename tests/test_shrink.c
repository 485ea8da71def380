/* Shrinking, and cases as files: what is left of a case is what makes it fail,
   and the files lead to the same nest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../dense/spec/spec.h"
#include "case_files.h"
#include "scratch.h"
#include "shrink.h"

/* ---- shrinking ---------------------------------------------------------- */

static bool spreads_three(const masked_case *c) {
  const tacet_nest *nest = &c->dense.nest;
  for (int i = 0; i < nest->loops; i++)
    if (nest->loop[i].spatial && nest->loop[i].tiles >= 3) return true;
  return false;
}

static bool skips_in_three_channels(const masked_case *c) {
  for (int r = 0; r < c->features.rules; r++)
    if (c->features.rule[r].skip && c->dense.shape.C >= 3) return true;
  return false;
}

static bool reads_more_than_it_has(const masked_case *c) {
  tacet_activity activity;
  tacet_error error;
  assert_int_equal(tacet_activity_totals(&activity, &c->dense.nest,
                                         &c->dense.accelerator, &error),
                   TACET_OK);
  return activity.traffic[0][TACET_INPUT].fills >
         tacet_tensor_size(&c->dense.layer.tensor[TACET_INPUT]);
}

/* The first case from `seed` on that fails. */
static uint64_t failing(uint64_t seed, case_check *fails) {
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (;; seed++) {
    masked_make(c, seed);
    const bool found = fails(c);
    masked_free(c);
    if (found) break;
  }
  free(c);
  return seed;
}

static void keeps_one_spatial_map(void **state) {
  (void)state;
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t seed = 1; seed < 200; seed += 50) {
    case_shrink(c, failing(seed, spreads_three), spreads_three);
    assert_true(spreads_three(c));
    assert_int_equal(c->dense.nest.loops, 1);
    assert_int_equal(c->dense.nest.loop[0].tiles, 3);
    assert_int_equal(c->dense.dataflow.directives, 1);
    assert_int_equal(c->dense.nest.pes, 1);
    assert_int_equal(c->features.rules, 0);
    assert_int_equal(c->mask[TACET_WEIGHT].nonzeros,
                     c->mask[TACET_WEIGHT].elements);
    masked_free(c);
  }
  free(c);
}

static void keeps_one_rule(void **state) {
  (void)state;
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  case_shrink(c, failing(1, skips_in_three_channels), skips_in_three_channels);
  assert_int_equal(c->features.rules, 1);
  assert_int_equal(c->dense.shape.C, 3);
  assert_int_equal(tacet_layer_macs(&c->dense.layer), 3);
  assert_int_equal(c->dense.dataflow.directives, 0);
  masked_free(c);
  free(c);
}

/* Two loops do: one that takes the input away and one that brings it back. */
static void keeps_positions_that_matter(void **state) {
  (void)state;
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  case_shrink(c, failing(1, reads_more_than_it_has), reads_more_than_it_has);
  assert_true(reads_more_than_it_has(c));
  assert_int_equal(c->dense.nest.loops, 2);
  assert_true(c->dense.nest.position[1][TACET_INPUT] > 0);
  masked_free(c);
  free(c);
}

/* ---- files -------------------------------------------------------------- */

static tacet_doc *opened(const char *name) {
  tacet_doc *doc;
  tacet_error error = {0};
  if (tacet_doc_read(&doc, scratch_path(name), &error))
    fail_msg("%s: %s", name, error.message);
  return doc;
}

typedef struct job {
  tacet_network network;
  tacet_accelerator accelerator;
  tacet_features features;
  tacet_dataflow_set dataflow;
} job;

static tacet_status read_job(job *j, tacet_doc *network, tacet_doc *accelerator,
                             tacet_doc **dataflow, tacet_error *error) {
  tacet_status status = tacet_network_read(&j->network, network, error);
  if (!status)
    status = tacet_accelerator_read(&j->accelerator, accelerator, error);
  if (!status)
    status =
        tacet_features_read(&j->features, &j->accelerator, accelerator, error);
  if (!status)
    status =
        tacet_accelerator_dataflow(&j->dataflow, dataflow, accelerator, error);
  if (!status) status = tacet_doc_check(accelerator, error);
  return status;
}

static void check_tensor(const tacet_tensor *a, const tacet_tensor *b) {
  assert_int_equal(a->ranks, b->ranks);
  for (int r = 0; r < a->ranks; r++) {
    assert_int_equal(a->rank[r].size, b->rank[r].size);
    assert_int_equal(a->rank[r].padded, b->rank[r].padded);
    assert_int_equal(a->rank[r].offset, b->rank[r].offset);
    assert_int_equal(a->rank[r].spacing, b->rank[r].spacing);
    for (int k = 0; k < a->rank[r].terms; k++)
      assert_int_equal(a->rank[r].term[k].coefficient,
                       b->rank[r].term[k].coefficient);
  }
}

static void check_nest(const job *j, const masked_case *c) {
  const tacet_layer *layer = &j->network.layer[0];
  tacet_nest nest;
  tacet_error error = {0};
  if (tacet_bind(&nest, layer, &j->dataflow.flow[layer->type], &j->accelerator,
                 &error))
    fail_msg("%s", error.message);
  assert_int_equal(nest.loops, c->dense.nest.loops);
  for (int i = 0; i < nest.loops; i++) {
    const tacet_loop *a = &nest.loop[i], *b = &c->dense.nest.loop[i];
    assert_int_equal(a->dim, b->dim);
    assert_int_equal(a->level, b->level);
    assert_int_equal(a->spatial, b->spatial);
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->tiles, b->tiles);
    assert_int_equal(a->units, b->units);
    assert_int_equal(a->folds, b->folds);
  }
  assert_int_equal(nest.idle_pes, c->dense.nest.idle_pes);
  assert_int_equal(tacet_layer_macs(layer), tacet_layer_macs(&c->dense.layer));
  for (int t = 0; t < TACET_TENSORS; t++)
    check_tensor(&layer->tensor[t], &c->dense.layer.tensor[t]);
  assert_memory_equal(j->accelerator.width_bits,
                      c->dense.accelerator.width_bits,
                      sizeof j->accelerator.width_bits);
  assert_int_equal(j->accelerator.issue.kind, c->dense.accelerator.issue.kind);
  assert_int_equal(j->accelerator.sync.kind, c->dense.accelerator.sync.kind);
  assert_int_equal(j->accelerator.link[1].multicast,
                   c->dense.accelerator.link[1].multicast);
}

static void check_format(const tacet_format *read, const tacet_format *made) {
  char texts[2][TACET_FORMAT_TEXT];
  tacet_format_text(texts[0], sizeof texts[0], read);
  tacet_format_text(texts[1], sizeof texts[1], made);
  assert_string_equal(texts[0], texts[1]);
}

static void check_rules(const tacet_features *read, const tacet_features *made,
                        int storages) {
  assert_int_equal(read->rules, made->rules);
  for (int r = 0; r < made->rules; r++) {
    const tacet_rule *a = &read->rule[r], *b = &made->rule[r];
    assert_int_equal(a->storage, b->storage);
    assert_int_equal(a->skip, b->skip);
    assert_int_equal(a->element, b->element);
    assert_memory_equal(a->on, b->on, sizeof a->on);
    if (a->storage != TACET_AT_COMPUTE) assert_int_equal(a->target, b->target);
  }
  for (int s = 1; s < storages; s++)
    for (int t = 0; t < TACET_OUTPUT; t++)
      check_format(&read->format[s][t], &made->format[s][t]);
  check_format(&read->format[0][TACET_OUTPUT], &made->format[0][TACET_OUTPUT]);
}

static void check_case(const masked_case *c) {
  char folder[512];
  snprintf(folder, sizeof folder, "%s", scratch_path(""));
  assert_true(case_write_files(folder, c));
  tacet_doc *network = opened("network.yaml");
  tacet_doc *accelerator = opened("accelerator.yaml"), *dataflow = NULL;
  tacet_error error = {0};
  job *j = calloc(1, sizeof *j);
  assert_non_null(j);
  if (read_job(j, network, accelerator, &dataflow, &error))
    fail_msg("%s:%d: %s", error.file, error.line, error.message);
  check_nest(j, c);
  check_rules(&j->features, &c->features, c->dense.nest.storages);
  tacet_network_free(&j->network);
  free(j);
  tacet_doc_free(dataflow);
  tacet_doc_free(accelerator);
  tacet_doc_free(network);
}

static void files_lead_to_the_same_nest(void **state) {
  (void)state;
  masked_case *c = malloc(sizeof *c);
  assert_non_null(c);
  for (uint64_t seed = 1; seed <= 150; seed++) {
    masked_make(c, seed);
    check_case(c);
    masked_free(c);
  }
  free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_one_spatial_map),
      cmocka_unit_test(keeps_one_rule),
      cmocka_unit_test(keeps_positions_that_matter),
      cmocka_unit_test(files_lead_to_the_same_nest),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
