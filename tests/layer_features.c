/* What a random case exercises in its layer and its dataflow. */
#include "feature_tables.h"

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

bool is_dilated(const masked_case *c) {
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

bool has_holes(const masked_case *c) {
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

/* ---- the table ---------------------------------------------------------- */

const case_feature layer_features[] = {
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
    {NULL, NULL},
};
