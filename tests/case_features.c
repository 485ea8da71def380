/* A table of features, each with the question that a case answers. */
#include "case_features.h"

#include <string.h>

/* ---- layers ------------------------------------------------------------- */

static bool is_convolution(const masked_case *c) {
  return c->dense.shape.type == TACET_CONV;
}

static bool is_depthwise(const masked_case *c) {
  return c->dense.shape.type == TACET_DEPTHWISE;
}

static bool is_transposed(const masked_case *c) {
  return c->dense.shape.type == TACET_TRANSPOSED;
}

static bool has_frames(const masked_case *c) {
  return c->dense.shape.type == TACET_CONV3D;
}

static bool has_inserted_zeros_alone(const masked_case *c) {
  return is_transposed(c) && !c->sparsity.tensor[TACET_INPUT].mask;
}

static bool is_fully_connected(const masked_case *c) {
  return c->dense.shape.type == TACET_FC;
}

static bool is_gemm(const masked_case *c) {
  return c->dense.shape.type == TACET_GEMM;
}

static bool has_images(const masked_case *c) {
  return !is_gemm(c) && c->dense.shape.N > 1;
}

static bool has_batch(const masked_case *c) {
  return c->dense.shape.B > 1;
}

static bool shares_operand(const masked_case *c) {
  return c->dense.shape.shared[TACET_WEIGHT] ||
         c->dense.shape.shared[TACET_INPUT];
}

static bool has_groups(const masked_case *c) {
  return !is_depthwise(c) && c->dense.shape.G > 1;
}

static bool is_strided(const masked_case *c) {
  const int64_t *stride = c->dense.shape.stride;
  return stride[0] > 1 || stride[1] > 1 || stride[2] > 1;
}

static bool is_dilated(const masked_case *c) {
  const tacet_shape *s = &c->dense.shape;
  return (s->dilation[0] > 1 && s->R > 1) || (s->dilation[1] > 1 && s->S > 1) ||
         (s->dilation[2] > 1 && s->T > 1);
}

static bool has_padding(const masked_case *c) {
  return case_has_padding(&c->dense);
}

static bool is_pointwise(const masked_case *c) {
  const tacet_shape *s = &c->dense.shape;
  return (is_convolution(c) || is_transposed(c)) && s->R == 1 && s->S == 1;
}

static bool is_a_line(const masked_case *c) {
  const tacet_shape *s = &c->dense.shape;
  return is_convolution(c) && ((s->Y == 1 && s->R == 1 && s->S > 1) ||
                               (s->X == 1 && s->S == 1 && s->R > 1));
}

/* Some input rows or columns meet no filter. */
static bool has_holes(const masked_case *c) {
  const tacet_shape *s = &c->dense.shape;
  return is_strided(c) && !is_transposed(c) &&
         ((s->stride[0] > s->R && s->Y > s->stride[0]) ||
          (s->stride[1] > s->S && s->X > s->stride[1]));
}

/* ---- dataflows ---------------------------------------------------------- */

static bool has_one_level(const masked_case *c) {
  return c->dense.nest.levels == 1;
}

static bool has_two_levels(const masked_case *c) {
  return c->dense.nest.levels == 2;
}

static bool has_three_levels(const masked_case *c) {
  return c->dense.nest.levels == 3;
}

static bool any_directive(const masked_case *c,
                          bool (*is)(const tacet_directive *)) {
  for (int i = 0; i < c->dense.dataflow.directives; i++)
    if (is(&c->dense.dataflow.directive[i])) return true;
  return false;
}

static bool is_window(const tacet_directive *d) {
  return strcmp(d->dim, "Y") == 0 || strcmp(d->dim, "X") == 0;
}

static bool maps_input(const tacet_directive *d) {
  return is_window(d) && !(d->kind == TACET_SPATIAL_MAP && d->size.number == 1);
}

static bool has_input_maps(const masked_case *c) {
  return any_directive(c, maps_input);
}

static bool may_be_diagonal(const tacet_directive *d) {
  return is_window(d) && d->kind == TACET_SPATIAL_MAP && d->size.number == 1;
}

/* Filter rows or columns lie across units. */
static bool has_diagonal(const masked_case *c) {
  const tacet_nest *nest = &c->dense.nest;
  if (!any_directive(c, may_be_diagonal)) return false;
  for (int i = 0; i < nest->loops; i++) {
    const char *name = nest->layer->dim[nest->loop[i].dim].name;
    if (nest->loop[i].spatial && (name[0] == 'R' || name[0] == 'S'))
      return true;
  }
  return false;
}

static bool any_loop(const masked_case *c,
                     bool (*is)(const tacet_nest *, const tacet_loop *)) {
  for (int i = 0; i < c->dense.nest.loops; i++)
    if (is(&c->dense.nest, &c->dense.nest.loop[i])) return true;
  return false;
}

static bool is_spatial(const tacet_nest *nest, const tacet_loop *loop) {
  (void)nest;
  return loop->spatial;
}

static bool lies_in_space(const masked_case *c) {
  return any_loop(c, is_spatial);
}

static bool folds_unevenly(const tacet_nest *nest, const tacet_loop *loop) {
  (void)nest;
  return loop->spatial && loop->folds > 1 && loop->tiles % loop->units;
}

static bool has_uneven_folds(const masked_case *c) {
  return any_loop(c, folds_unevenly);
}

/* PEs may keep a tile while L2 goes on to others. */
static bool acts_on_uneven_folds(const masked_case *c) {
  for (int r = 0; r < c->features.rules; r++)
    if (c->features.rule[r].storage < c->dense.nest.storages - 1 &&
        c->features.rule[r].target != TACET_OUTPUT && has_uneven_folds(c))
      return true;
  return false;
}

static bool lacks_tiles(const tacet_nest *nest, const tacet_loop *loop) {
  (void)nest;
  return loop->spatial && loop->tiles < loop->units;
}

static bool has_idle_units(const masked_case *c) {
  return any_loop(c, lacks_tiles);
}

static bool has_idle_pes(const masked_case *c) {
  return c->dense.nest.idle_pes > 0;
}

/* The tile outside a loop is not a multiple of the loop's own. */
static bool cuts_partly(const tacet_nest *nest, const tacet_loop *loop) {
  int64_t outer = nest->layer->dim[loop->dim].size;
  for (const tacet_loop *l = nest->loop; l < loop; l++)
    if (l->dim == loop->dim) outer = l->size;
  return outer % loop->size != 0;
}

static bool has_partial_tiles(const masked_case *c) {
  return any_loop(c, cuts_partly);
}

static bool repeats_dim(const tacet_nest *nest, const tacet_loop *loop) {
  for (const tacet_loop *l = nest->loop; l < loop; l++)
    if (l->dim == loop->dim && l->level == loop->level) return true;
  return false;
}

static bool tiles_twice(const masked_case *c) {
  return any_loop(c, repeats_dim);
}

static bool reduces_in_space(const tacet_nest *nest, const tacet_loop *loop) {
  return loop->spatial &&
         !tacet_has_dim(&nest->layer->tensor[TACET_OUTPUT], loop->dim);
}

static bool has_spatial_reduction(const masked_case *c) {
  return any_loop(c, reduces_in_space);
}

/* ---- accelerators ------------------------------------------------------- */

static const tacet_link *noc_of(const masked_case *c) {
  return &c->dense.accelerator.link[c->dense.accelerator.storages - 2];
}

static bool lacks_multicast(const masked_case *c) {
  return !noc_of(c)->multicast;
}

static bool lacks_reduction(const masked_case *c) {
  return !noc_of(c)->reduction;
}

static bool adds_in_pes(const masked_case *c) {
  return noc_of(c)->pe_adder;
}

static bool has_cluster_buffer(const masked_case *c) {
  return c->dense.accelerator.storages == 4;
}

static bool has_cluster_buffers(const masked_case *c) {
  return c->dense.accelerator.storages > 4;
}

static bool any_way(const masked_case *c,
                    bool (*is)(const random_case *, int)) {
  for (int b = 1; b < c->dense.accelerator.storages - 2; b++)
    if (is(&c->dense, b)) return true;
  return false;
}

static bool sends_each(const random_case *c, int boundary) {
  return !c->accelerator.link[boundary].multicast;
}

static bool lacks_cluster_multicast(const masked_case *c) {
  return any_way(c, sends_each);
}

static bool adds_inside(const random_case *c, int boundary) {
  return !c->accelerator.link[boundary].reduction;
}

static bool lacks_cluster_reduction(const masked_case *c) {
  return any_way(c, adds_inside);
}

static bool fills_once(const random_case *c, int boundary) {
  return !c->accelerator.storage[boundary + 1].double_buffered;
}

static bool buffers_cluster_once(const masked_case *c) {
  return any_way(c, fills_once);
}

/* That level s receives an operand with zeros compressed. */
static bool compresses(const masked_case *c, int s) {
  for (int t = 0; t < TACET_OUTPUT; t++)
    if (c->features.format[s][t].name != TACET_UNCOMPRESSED &&
        c->mask[t].nonzeros < c->mask[t].elements)
      return true;
  return false;
}

static bool compresses_into_clusters(const masked_case *c) {
  for (int s = 2; s < c->dense.accelerator.storages - 1; s++)
    if (compresses(c, s)) return true;
  return false;
}

static bool compresses_out_of_clusters(const masked_case *c) {
  const int storages = c->dense.accelerator.storages;
  return storages > 3 && compresses(c, storages - 1);
}

static bool acts_above_clusters(const masked_case *c) {
  const int l1 = c->dense.accelerator.storages - 1;
  for (int r = 0; r < c->features.rules; r++)
    if (c->features.rule[r].storage < l1 - 1) return l1 > 2;
  return false;
}

static bool acts_in_clusters(const masked_case *c) {
  const int l1 = c->dense.accelerator.storages - 1;
  for (int r = 0; r < c->features.rules; r++)
    if (c->features.rule[r].storage == l1 - 1) return l1 > 2;
  return false;
}

static bool acts_on_cluster_outputs(const masked_case *c) {
  const int l1 = c->dense.accelerator.storages - 1;
  for (int r = 0; r < c->features.rules; r++)
    if (c->features.rule[r].storage < l1 &&
        c->features.rule[r].target == TACET_OUTPUT)
      return l1 > 2;
  return false;
}

/* A buffer's tile gathers what its cluster works on in several folds. */
static bool gathers(const random_case *c, int boundary) {
  const tacet_nest *nest = &c->nest;
  for (int t = 0; t < TACET_TENSORS; t++)
    for (int i = nest->position[boundary + 1][t]; i < nest->loops; i++)
      if (nest->loop[i].spatial && nest->loop[i].folds > 1 &&
          nest->loop[i].level < nest->level[boundary + 1])
        return true;
  return false;
}

/* As judge_kept has it: L1 keeps a tensor's tile for several steps. */
static bool keeps(const masked_case *c, int slot) {
  random_case kept;
  case_keep(&kept, &c->dense);
  const tacet_nest *nest = &kept.nest;
  for (int i = nest->position[nest->storages - 1][slot]; i < nest->loops; i++)
    if (nest->loop[i].folds > 1) return true;
  return false;
}

static bool keeps_weights(const masked_case *c) {
  return keeps(c, TACET_WEIGHT);
}

static bool keeps_inputs(const masked_case *c) {
  return keeps(c, TACET_INPUT);
}

static bool keeps_outputs(const masked_case *c) {
  return keeps(c, TACET_OUTPUT);
}

static bool acts_on_contiguous(const masked_case *c) {
  const tacet_nest *nest = &c->dense.nest;
  for (int r = 0; r < c->features.rules; r++) {
    const int storage = c->features.rule[r].storage;
    if (storage < nest->storages - 1 && nest->contiguous[storage + 1])
      return true;
  }
  return false;
}

static bool keeps_any(const masked_case *c) {
  return keeps_weights(c) || keeps_inputs(c) || keeps_outputs(c);
}

static bool keeps_compressed(const masked_case *c) {
  const int l1 = c->dense.nest.storages - 1;
  for (int t = 0; t < TACET_OUTPUT; t++)
    if (keeps(c, t) && c->features.format[l1][t].fibers > 0) return true;
  return false;
}

static bool keeps_with_rules(const masked_case *c) {
  const int l1 = c->dense.nest.storages - 1;
  for (int r = 0; r < c->features.rules; r++)
    if (c->features.rule[r].storage < l1 && keeps_any(c)) return true;
  return false;
}

static bool gathers_folds(const masked_case *c) {
  return any_way(c, gathers);
}

static bool has_lanes(const masked_case *c) {
  return c->dense.accelerator.lanes > 1;
}

static bool issues_vectors(const masked_case *c) {
  return c->dense.accelerator.issue.kind == TACET_ISSUE_VECTOR;
}

static bool issues_outer_products(const masked_case *c) {
  return c->dense.accelerator.issue.kind == TACET_ISSUE_OUTER;
}

static bool has_output_halos(const masked_case *c) {
  return issues_outer_products(c) && c->dense.accelerator.issue.output_halos;
}

static bool waits_at_the_end(const masked_case *c) {
  return c->dense.accelerator.sync.kind == TACET_SYNC_END;
}

static bool waits_in_windows(const masked_case *c) {
  return c->dense.accelerator.sync.kind == TACET_SYNC_WINDOW;
}

static bool has_queues(const masked_case *c) {
  return c->dense.accelerator.sync.kind == TACET_SYNC_QUEUE;
}

static bool limits_sums(const masked_case *c) {
  return c->dense.accelerator.sums_bandwidth > 0;
}

static bool searches_pairs(const masked_case *c) {
  return c->dense.accelerator.intersection.examined == TACET_EXAMINES_PAIRS;
}

static bool merges_coordinates(const masked_case *c) {
  return c->dense.accelerator.intersection.examined ==
         TACET_EXAMINES_COORDINATES;
}

static bool has_widths(const masked_case *c) {
  const int64_t *width = c->dense.accelerator.width_bits;
  return width[0] != width[1] || width[1] != width[2];
}

static bool holds_weights(const masked_case *c) {
  return c->dense.accelerator.registers[TACET_WEIGHT];
}

static bool holds_inputs(const masked_case *c) {
  return c->dense.accelerator.registers[TACET_INPUT];
}

static bool holds_sums(const masked_case *c) {
  return c->dense.accelerator.registers[TACET_OUTPUT];
}

static bool has_few_ports(const masked_case *c) {
  return c->dense.accelerator.l1_bandwidth > 0;
}

static bool buffers_once(const masked_case *c) {
  return !c->dense.accelerator.storage[c->dense.nest.storages - 1]
              .double_buffered;
}

static bool buffers_some_twice(const masked_case *c) {
  const tacet_storage *l1 =
      &c->dense.accelerator.storage[c->dense.nest.storages - 1];
  int single = 0;
  for (int t = 0; t < TACET_TENSORS; t++) single += l1->single[t];
  return l1->double_buffered && single > 0 && single < TACET_TENSORS;
}

static bool has_buses(const masked_case *c) {
  return noc_of(c)->bus[TACET_OUTPUT] > 0;
}

static bool owns_buses(const random_case *c, int boundary) {
  return c->accelerator.link[boundary].bus[TACET_OUTPUT] > 0;
}

static bool has_cluster_buses(const masked_case *c) {
  return any_way(c, owns_buses);
}

static bool is_contiguous(const masked_case *c) {
  return c->dense.nest.contiguous[1];
}

static bool is_contiguous_inside(const masked_case *c) {
  return c->dense.nest.contiguous[c->dense.nest.storages - 1];
}

/* An input that no filter meets, or a filter that leaves some out, at a level
   that takes it all the same. */
static bool fills_holes(const masked_case *c) {
  return is_contiguous(c) && (has_holes(c) || is_dilated(c));
}

/* L2's tile of outputs leaves before the sum is done. */
static bool returns_sums(const masked_case *c) {
  tacet_activity activity;
  tacet_error error;
  return tacet_activity_totals(&activity, &c->dense.nest, &c->dense.accelerator,
                               &error) == TACET_OK &&
         activity.traffic[0][TACET_OUTPUT].fills > 0;
}

/* ---- zeros -------------------------------------------------------------- */

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

static bool has_name(const masked_case *c, int name) {
  for (int s = 0; s < c->dense.nest.storages; s++)
    for (int t = 0; t < TACET_TENSORS; t++)
      if ((int)c->features.format[s][t].name == name) return true;
  return false;
}

static bool has_index(const masked_case *c) {
  return has_name(c, TACET_N_OF_M_INDEX);
}

static bool has_block_rows(const masked_case *c) {
  return has_name(c, TACET_BSR);
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

static const struct {
  const char *name;
  bool (*has)(const masked_case *c);
} features[] = {
    {"CONV", is_convolution},
    {"DWCONV", is_depthwise},
    {"TRCONV", is_transposed},
    {"CONV3D", has_frames},
    {"TRCONV without a mask of its input", has_inserted_zeros_alone},
    {"FC", is_fully_connected},
    {"GEMM", is_gemm},
    {"several images", has_images},
    {"GEMM of several batches", has_batch},
    {"operand shared by batches", shares_operand},
    {"groups", has_groups},
    {"stride", is_strided},
    {"dilation", is_dilated},
    {"padding", has_padding},
    {"filter of 1x1", is_pointwise},
    {"one dimension only", is_a_line},
    {"input that no filter meets", has_holes},
    {"1 cluster level", has_one_level},
    {"2 cluster levels", has_two_levels},
    {"3 cluster levels", has_three_levels},
    {"spatial loop", lies_in_space},
    {"reduction in space", has_spatial_reduction},
    {"row-stationary diagonal", has_diagonal},
    {"map of Y or X", has_input_maps},
    {"dimension tiled twice in a level", tiles_twice},
    {"partial tiles", has_partial_tiles},
    {"partial folds", has_uneven_folds},
    {"  beside actions on operands", acts_on_uneven_folds},
    {"fewer tiles than units", has_idle_units},
    {"PEs left over by clusters", has_idle_pes},
    {"no multicast", lacks_multicast},
    {"no reduction on the way up", lacks_reduction},
    {"reduction by the PEs' own adders", adds_in_pes},
    {"buffers at a cluster boundary", has_cluster_buffer},
    {"buffers at two of them", has_cluster_buffers},
    {"  no multicast into them", lacks_cluster_multicast},
    {"  no reduction on the way out", lacks_cluster_reduction},
    {"  filled once, not twice", buffers_cluster_once},
    {"  tiles of several folds", gathers_folds},
    {"  that receive compressed words", compresses_into_clusters},
    {"  that send compressed words", compresses_out_of_clusters},
    {"  beside actions on what they receive", acts_above_clusters},
    {"  beside actions on what they send", acts_in_clusters},
    {"  and on outputs that leave them", acts_on_cluster_outputs},
    {"contiguous tiles in L2", is_contiguous},
    {"  and in L1", is_contiguous_inside},
    {"  over strides or dilation", fills_holes},
    {"  beside actions above them", acts_on_contiguous},
    {"L1 that keeps weights", keeps_weights},
    {"  inputs", keeps_inputs},
    {"  outputs", keeps_outputs},
    {"  that come compressed", keeps_compressed},
    {"  beside actions above L1", keeps_with_rules},
    {"several lanes", has_lanes},
    {"vectors", issues_vectors},
    {"outer products", issues_outer_products},
    {"outer products with output halos", has_output_halos},
    {"one wait at the end", waits_at_the_end},
    {"waits after windows of steps", waits_in_windows},
    {"queues between units", has_queues},
    {"limited updates of sums", limits_sums},
    {"a search through all pairs", searches_pairs},
    {"a search that merges coordinates", merges_coordinates},
    {"tensors of different widths", has_widths},
    {"registers of weights", holds_weights},
    {"registers of inputs", holds_inputs},
    {"registers of partial sums", holds_sums},
    {"L1 bandwidth", has_few_ports},
    {"L1 buffered once", buffers_once},
    {"  twice for some tensors", buffers_some_twice},
    {"buses for each tensor", has_buses},
    {"  into buffers at clusters", has_cluster_buses},
    {"L2 inside a reduction loop", returns_sums},
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
};

enum { questions = sizeof features / sizeof *features };

int case_feature_count(void) {
  return questions + TACET_NAMED_FORMATS;
}

const char *case_feature_name(int feature) {
  return feature < questions ? features[feature].name
                             : tacet_format_names[feature - questions];
}

bool case_has_feature(const masked_case *c, int feature) {
  return feature < questions ? features[feature].has(c)
                             : has_name(c, feature - questions);
}
