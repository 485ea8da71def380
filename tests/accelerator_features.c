/* What a random case exercises in its accelerator: in what its buffers hold and
   the ways between them, and in its PEs. */
#include "feature_tables.h"

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

static bool gathers_folds(const masked_case *c) {
  return any_way(c, gathers);
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

static bool acts_on_contiguous(const masked_case *c) {
  const tacet_nest *nest = &c->dense.nest;
  for (int r = 0; r < c->features.rules; r++) {
    const int storage = c->features.rule[r].storage;
    if (storage < nest->storages - 1 && nest->contiguous[storage + 1])
      return true;
  }
  return false;
}

/* L2's tile of outputs leaves before the sum is done. */
static bool returns_sums(const masked_case *c) {
  tacet_activity activity;
  tacet_error error;
  return tacet_activity_totals(&activity, &c->dense.nest, &c->dense.accelerator,
                               &error) == TACET_OK &&
         activity.traffic[0][TACET_OUTPUT].fills > 0;
}

/* ---- the table ---------------------------------------------------------- */

const case_feature accelerator_features[] = {
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
    {NULL, NULL},
};
