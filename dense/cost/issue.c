/* How many issue slots the MACs of a box take when none is left out. */
#include "../dense.h"
#include "../whole.h"

static int64_t gcd(int64_t a, int64_t b) {
  return b ? gcd(b, a % b) : a;
}

int64_t tacet_issue_multipliers(const tacet_issue *issue) {
  if (issue->kind == TACET_ISSUE_VECTOR) return issue->width;
  if (issue->kind == TACET_ISSUE_OUTER) return issue->weights * issue->inputs;
  return 1;
}

tacet_status tacet_issue_dim(int *dim, const tacet_accelerator *accelerator,
                             const tacet_layer *layer, tacet_error *error) {
  const char *along = accelerator->issue.along[layer->type];
  *dim = -1;
  if (accelerator->issue.kind != TACET_ISSUE_VECTOR) return TACET_OK;
  *dim = tacet_layer_dim(layer, along);
  if (*dim >= 0) return TACET_OK;
  tacet_fail(error, TACET_INFEASIBLE, &layer->place,
             "layer %s (%s) has no dimension %s, along which %s issues its "
             "vectors",
             layer->name, tacet_layer_type_name(layer->type), along,
             accelerator->name);
  tacet_advise(error, "name one for %s in issue.along",
               tacet_layer_type_name(layer->type));
  return TACET_INFEASIBLE;
}

/* ---- outer products ----------------------------------------------------- */

bool tacet_is_shared(const tacet_layer *layer, int dim) {
  return (layer->tensor[TACET_WEIGHT].alone &
          layer->tensor[TACET_INPUT].alone) >>
             dim &
         1;
}

/* Distinct values of the rank over a box: i and j give the same coordinate
   as i - dilation/g and j + stride/g. */
static int64_t extent(const tacet_rank *rank,
                      const int64_t box[TACET_MAX_DIMS]) {
  int64_t outs = box[rank->term[0].dim];
  if (rank->terms == 1) return outs;
  int64_t filters = box[rank->term[1].dim];
  int64_t stride = rank->term[0].coefficient;
  int64_t dilation = rank->term[1].coefficient;
  int64_t g = gcd(stride, dilation);
  int64_t again = outs - dilation / g, shifted = filters - stride / g;
  if (again <= 0 || shifted <= 0) return outs * filters;
  return outs * filters - again * shifted;
}

int64_t tacet_dealt(const tacet_rank *rank, const tacet_layer *layer) {
  const int64_t stride = rank->term[0].coefficient;
  const int64_t filter =
      rank->term[1].coefficient * (layer->dim[rank->term[1].dim].size - 1) + 1;
  return filter < stride ? filter : stride;
}

static int64_t own_elements(const tacet_issue *issue, const tacet_layer *layer,
                            int slot, const int64_t box[TACET_MAX_DIMS]) {
  const tacet_tensor *tensor = &layer->tensor[slot];
  int64_t elements = 1;
  for (int r = 0; r < tensor->ranks; r++) {
    const tacet_rank *rank = &tensor->rank[r];
    if (rank->terms == 1 && tacet_is_shared(layer, rank->term[0].dim)) continue;
    elements *= rank->terms > 1 && issue->output_halos
                    ? tacet_dealt(rank, layer) * box[rank->term[0].dim]
                    : extent(rank, box);
  }
  return elements;
}

void tacet_outer_of(tacet_outer *outer, const tacet_issue *issue,
                    const tacet_layer *layer,
                    const int64_t box[TACET_MAX_DIMS]) {
  outer->shared = 1;
  for (int d = 0; d < layer->dims; d++)
    if (tacet_is_shared(layer, d)) outer->shared *= box[d];
  outer->weights = own_elements(issue, layer, TACET_WEIGHT, box);
  outer->inputs = own_elements(issue, layer, TACET_INPUT, box);
}

/* ---- slots -------------------------------------------------------------- */

int64_t tacet_issue_slots(const tacet_issue *issue, int along,
                          const tacet_layer *layer,
                          const int64_t box[TACET_MAX_DIMS]) {
  if (issue->kind == TACET_ISSUE_OUTER) {
    tacet_outer outer;
    tacet_outer_of(&outer, issue, layer, box);
    return outer.shared * ceil_div(outer.weights, issue->weights) *
           ceil_div(outer.inputs, issue->inputs);
  }
  int64_t slots = 1;
  for (int d = 0; d < layer->dims; d++)
    slots *= d == along ? ceil_div(box[d], issue->width) : box[d];
  return slots;
}
