/* What a random case exercises in its zeros, and in what the design does about
   them. */
#include "feature_tables.h"

static bool has_empty_mask(const masked_case *c) {
  return c->mask[0].nonzeros == 0 || c->mask[1].nonzeros == 0;
}

static bool has_full_mask(const masked_case *c) {
  return c->mask[0].nonzeros == c->mask[0].elements ||
         c->mask[1].nonzeros == c->mask[1].elements;
}

static bool has_output_density(const masked_case *c) {
  return c->sparsity.tensor[TACET_OUTPUT].density < 1;
}

static bool has_rule(const masked_case *c, int storage, bool skip) {
  for (int r = 0; r < c->features.rules; r++)
    if (c->features.rule[r].storage == storage &&
        c->features.rule[r].skip == skip)
      return true;
  return false;
}

static bool any_rule(const masked_case *c, bool (*is)(const tacet_rule *)) {
  for (int r = 0; r < c->features.rules; r++)
    if (is(&c->features.rule[r])) return true;
  return false;
}

static bool is_on_elements(const tacet_rule *rule) {
  return rule->element;
}

static bool acts_on_elements(const masked_case *c) {
  return any_rule(c, is_on_elements);
}

static bool is_on_output(const tacet_rule *rule) {
  return rule->on[TACET_OUTPUT];
}

static bool is_of_output(const tacet_rule *rule) {
  return rule->target == TACET_OUTPUT && rule->storage != TACET_AT_COMPUTE;
}

static bool has_mask_of_output(const masked_case *c) {
  return c->sparsity.tensor[TACET_OUTPUT].mask != NULL;
}

static bool knows_outputs(const masked_case *c) {
  return c->sparsity.tensor[TACET_OUTPUT].known;
}

static bool acts_on_outputs(const masked_case *c) {
  return knows_outputs(c) && any_rule(c, is_on_output);
}

static bool spares_outputs(const masked_case *c) {
  return knows_outputs(c) && any_rule(c, is_of_output);
}

static bool gates_dram(const masked_case *c) {
  return has_rule(c, 0, false);
}

static bool skips_dram(const masked_case *c) {
  return has_rule(c, 0, true);
}

static bool gates_l2(const masked_case *c) {
  return has_rule(c, 1, false);
}

static bool skips_l2(const masked_case *c) {
  return has_rule(c, 1, true);
}

static bool gates_l1(const masked_case *c) {
  return has_rule(c, c->dense.nest.storages - 1, false);
}

static bool skips_l1(const masked_case *c) {
  return has_rule(c, c->dense.nest.storages - 1, true);
}

static bool gates_macs(const masked_case *c) {
  return has_rule(c, TACET_AT_COMPUTE, false);
}

static bool skips_macs(const masked_case *c) {
  return has_rule(c, TACET_AT_COMPUTE, true);
}

static bool has_several_rules(const masked_case *c) {
  return c->features.rules > 1;
}

bool has_format(const masked_case *c, int name) {
  for (int s = 0; s < c->dense.nest.storages; s++)
    for (int t = 0; t < TACET_TENSORS; t++)
      if ((int)c->features.format[s][t].name == name) return true;
  return false;
}

static bool has_index(const masked_case *c) {
  return has_format(c, TACET_N_OF_M_INDEX);
}

static bool has_block_rows(const masked_case *c) {
  return has_format(c, TACET_BSR);
}

/* A stack has `is` of some fiber. */
static bool any_fiber(const masked_case *c, bool (*is)(const tacet_fiber *)) {
  for (int s = 0; s < c->dense.nest.storages; s++)
    for (int t = 0; t < TACET_TENSORS; t++) {
      const tacet_format *format = &c->features.format[s][t];
      for (int i = 0; format->name == TACET_STACK && i < format->fibers; i++)
        if (is(&format->fiber[i])) return true;
    }
  return false;
}

static bool is_any(const tacet_fiber *fiber) {
  return fiber->ranks == 0;
}

static bool has_stack(const masked_case *c) {
  return any_fiber(c, is_any);
}

static bool is_cut(const tacet_fiber *fiber) {
  return fiber->cut != TACET_CUT_NONE;
}

static bool has_cut(const masked_case *c) {
  return any_fiber(c, is_cut);
}

static bool has_width(const tacet_fiber *fiber) {
  return fiber->metadata_bits != TACET_DERIVED ||
         fiber->payload_bits != TACET_DERIVED;
}

static bool has_given_widths(const masked_case *c) {
  return any_fiber(c, has_width);
}

static bool has_storage_words(const masked_case *c) {
  for (int s = 0; s < c->dense.nest.storages; s++)
    for (int t = 0; t < TACET_TENSORS; t++)
      if (c->features.format[s][t].word > 0) return true;
  return false;
}

static bool sorts_weights(const masked_case *c) {
  return c->features.balance.kind == TACET_BALANCE_SORT;
}

static bool pairs_weights(const masked_case *c) {
  return c->features.balance.kind == TACET_BALANCE_PAIR;
}

/* That weights lie elsewhere for it. */
static bool moves_weights(const masked_case *c) {
  int64_t moved[TACET_TENSORS];
  tacet_error error;
  return !tacet_balance_moved(moved, &c->features, &c->dense.nest, &c->sparsity,
                              &error) &&
         moved[TACET_WEIGHT] > 0;
}

/* ---- the table ---------------------------------------------------------- */

const case_feature zero_features[] = {
    {"operand all zero", has_empty_mask},
    {"operand without zeros", has_full_mask},
    {"sparse outputs", has_output_density},
    {"mask of outputs", has_mask_of_output},
    {"outputs known beforehand", knows_outputs},
    {"action on zeros of outputs", acts_on_outputs},
    {"action on accesses of outputs", spares_outputs},
    {"action on elements above L1", acts_on_elements},
    {"gate at DRAM", gates_dram},
    {"skip at DRAM", skips_dram},
    {"gate at L2", gates_l2},
    {"skip at L2", skips_l2},
    {"gate at L1", gates_l1},
    {"skip at L1", skips_l1},
    {"gate at compute", gates_macs},
    {"skip at compute", skips_macs},
    {"several rules", has_several_rules},
    {"N:M index", has_index},
    {"BSR", has_block_rows},
    {"stack of fibers", has_stack},
    {"blocks in a stack", has_cut},
    {"widths that are given", has_given_widths},
    {"storage words", has_storage_words},
    {"weights sorted over PEs", sorts_weights},
    {"weights paired in PEs", pairs_weights},
    {"  that so lie elsewhere", moves_weights},
    {NULL, NULL},
};
