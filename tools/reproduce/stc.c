/* A tensor core that leaves out two of four weights, against itself dense. */
#include <stdio.h>

#include "design.h"
#include "list.h"

static tacet_status evaluate(tacet_outcome *outcome, const tacet_design *design,
                             int64_t side, bool sparse, tacet_error *error) {
  tacet_shape shape = {
      .type = TACET_GEMM, .B = 1, .M = side, .N = side, .K = side};
  tacet_layer layer = {.name = "product", .repeat = 1};
  tacet_status status = tacet_layer_make(&layer, &shape, NULL, error);
  if (status) return status;
  const tacet_tensor *weight = &layer.tensor[TACET_WEIGHT];
  int along = 0; /* the rank that is summed over */
  while (weight->rank[along].term[0].dim != tacet_layer_dim(&layer, "K"))
    along++;
  tacet_pattern pattern = tacet_pattern_n_of_m(weight, along, 2, 4);
  const tacet_sparsity sparsity = {
      {{.density = 0.5, .pattern = &pattern}, {.density = 1}, {.density = 1}}};
  status = design_evaluate(outcome, design, &layer, sparse ? &sparsity : NULL,
                           error);
  tacet_pattern_free(&pattern);
  return status;
}

static tacet_status compare(tacet_section *section, const tacet_design *design,
                            tacet_error *error) {
  static const char *const header[] = {"side", "dense cycles", "2:4 cycles",
                                       "compute", "whole run"};
  static const int64_t sides[] = {1024, 2048, 4096};
  bool twice = true;
  section_table(section, "Square products", 5, header);
  for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
    tacet_outcome dense, sparse;
    tacet_status status = evaluate(&dense, design, sides[i], false, error);
    if (!status) status = evaluate(&sparse, design, sides[i], true, error);
    if (status) return status;
    const tacet_cost *slow = &dense.cost, *fast = &sparse.cost;
    char text[5][32];
    snprintf(text[0], sizeof text[0], "%lld", (long long)sides[i]);
    snprintf(text[1], sizeof text[1], "%.0f", slow->cycles);
    snprintf(text[2], sizeof text[2], "%.0f", fast->cycles);
    snprintf(text[3], sizeof text[3], "%.3f",
             slow->compute_cycles / fast->compute_cycles);
    snprintf(text[4], sizeof text[4], "%.3f", slow->cycles / fast->cycles);
    const char *cells[] = {text[0], text[1], text[2], text[3], text[4]};
    section_row(section, cells);
    if (fast->bound == TACET_BOUND_COMPUTE)
      twice = twice && slow->compute_cycles == 2 * fast->compute_cycles;
  }
  const int drawn[] = {3, 4};
  section_bars(section, "Two of four weights against all", "times as fast",
               drawn, 2);
  section_target(section, twice, "2:4 tensor core, compute-bound",
                 "exactly 2.0x", twice ? "exactly 2.0x" : "see the table",
                 "Sparseloop: 2.0x");
  return TACET_OK;
}

tacet_status section_stc(tacet_section *section, const char *data,
                         tacet_error *error) {
  (void)data;
  tacet_design design = {0};
  tacet_status status = design_open(
      &design, "models/accelerators/sparse-tensor-core.yaml", error);
  if (!status) status = compare(section, &design, error);
  if (!status)
    section_says(section,
                 "Two of every four weights along the sum are not zero, so "
                 "that each PE has exactly half of its products to make in "
                 "every step: compute takes exactly half of the time. A whole "
                 "run also brings the first tiles in and the last out, which "
                 "nothing hides; the published factor leaves that out.");
  design_close(&design);
  return status;
}
