/* What a layer is to the published tool: the ranks of its tensors by its type,
   and the sizes of its dimensions. How it is mapped is left to levels.c. */
#include "levels.h"

#include <limits.h>
#include <string.h>

const maestro_window maestro_windows[WINDOWS] = {
    {"X'", "S", VAR_X_OUT, VAR_X, VAR_S}, {"Y'", "R", VAR_Y_OUT, VAR_Y, VAR_R}};

static const char known_names[] = "CGKMNRSXY";

/* Ranks by type, N left out: it comes first, and not in filters. */
static const struct {
  const char *ranks[TACET_MAESTRO_TENSORS];
  bool windows;
} forms[TACET_MAESTRO_TYPES] = {
    [TACET_MAESTRO_CONV] = {{"CYX", "KCRS", "KYX"}, true},
    [TACET_MAESTRO_DSCONV] = {{"CYX", "CRS", "CYX"}, true},
    /* the output has no C, but the published tool gives it one (d25) */
    [TACET_MAESTRO_NGCONV] = {{"GCYX", "GKCRS", "GKCYX"}, true},
    [TACET_MAESTRO_TRCONV] = {{"CYX", "KCRS", "KYX"}, true},
    [TACET_MAESTRO_GEMM] = {{"MK", "KN", "MN"}, false},
};

/* ---- variables ---------------------------------------------------------- */

/* One more than the variable; 0 for names that are none. */
static const signed char known_vars[256] = {
    ['C'] = VAR_C + 1, ['G'] = VAR_G + 1, ['K'] = VAR_K + 1,
    ['M'] = VAR_M + 1, ['N'] = VAR_N + 1, ['R'] = VAR_R + 1,
    ['S'] = VAR_S + 1, ['X'] = VAR_X + 1, ['Y'] = VAR_Y + 1};

static int known_var(char letter) {
  return known_vars[(unsigned char)letter] - 1;
}

int maestro_var(const tacet_maestro_layer *layer, const char *name) {
  int known = known_var(name[0]);
  if (known >= 0 && !name[1]) return known;
  for (int i = 0; i < WINDOWS; i++)
    if (!strcmp(name, maestro_windows[i].name)) return maestro_windows[i].out;
  for (int i = 0; i < layer->dims; i++)
    if (!strcmp(name, layer->dim[i].name)) return KNOWN_VARS + i;
  return -1;
}

/* ---- tensors ------------------------------------------------------------ */

static tacet_maestro_type form_of(tacet_maestro_type type) {
  return type == TACET_MAESTRO_TRCONV ? TACET_MAESTRO_CONV : type;
}

void tacet_maestro_batch_of(tacet_maestro_batch *batch,
                            const tacet_maestro_file *file) {
  bool seen[TACET_MAESTRO_TYPES] = {false};
  *batch = (tacet_maestro_batch){{false}};
  for (int i = 0; i < file->layers; i++) {
    const tacet_maestro_layer *layer = &file->layer[i];
    tacet_maestro_type type = form_of(layer->type);
    if (layer->problem || seen[type]) continue;
    seen[type] = true;
    for (int d = 0; d < layer->dims; d++)
      if (!strcmp(layer->dim[d].name, "N")) batch->batched[type] = true;
  }
}

static void add_rank(maestro_tensor *tensor, int var) {
  tensor->var[tensor->ranks++] = var;
  tensor->vars |= UINT64_C(1) << var;
}

static void make_tensors(maestro_plan *plan, tacet_maestro_type type,
                         bool batched) {
  plan->windows = forms[type].windows;
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++) {
    maestro_tensor *tensor = &plan->tensor[t];
    *tensor = (maestro_tensor){0};
    if (batched && plan->windows && t != TACET_MAESTRO_FILTER)
      add_rank(tensor, VAR_N);
    for (const char *rank = forms[type].ranks[t]; *rank; rank++)
      add_rank(tensor, known_var(*rank));
  }
  plan->operands = plan->tensor[TACET_MAESTRO_INPUT].vars |
                   plan->tensor[TACET_MAESTRO_FILTER].vars;
}

/* ---- dimensions --------------------------------------------------------- */

/* The first of equal names counts. */
static void enter_written(maestro_plan *plan, int64_t *out, int64_t *stride,
                          const tacet_maestro_layer *layer) {
  for (int i = layer->dims - 1; i >= 0; i--) {
    const tacet_maestro_dim *dim = &layer->dim[i];
    int var = maestro_var(layer, dim->name);
    if (var < MAX_VARS) {
      plan->level[0].table.size[var] = dim->size;
      plan->stride[var] = dim->stride;
    } else {
      out[var - MAX_VARS] = dim->size;
      stride[var - MAX_VARS] = dim->stride;
    }
  }
}

/* Inputs from outputs: as if the stride were 1, and with the other axis's
   stride. */
static tacet_status derive_inputs(maestro_plan *plan, const int64_t *out,
                                  const int64_t *stride,
                                  const tacet_maestro_layer *layer,
                                  tacet_error *error) {
  int64_t *size = plan->level[0].table.size;
  for (int i = 0; i < WINDOWS; i++) {
    const maestro_window *window = &maestro_windows[i];
    if (out[i] == 0) continue;
    if (size[window->in] > 0)
      return tacet_fail(error, TACET_BAD_INPUT, &layer->place,
                        "the layer gives both %c and %s",
                        known_names[window->in], window->name);
    if (size[window->sliding] == 0)
      return tacet_fail(error, TACET_BAD_INPUT, &layer->place,
                        "the layer gives %s but no %s", window->name,
                        window->sliding_name);
    size[window->in] = out[i] + size[window->sliding] - 1;
    plan->stride[window->in] = stride[!i];
    if (size[window->in] > INT_MAX)
      return tacet_fail(error, TACET_OVERFLOW, &layer->place,
                        "the dimension %c does not fit 32 bits",
                        known_names[window->in]);
  }
  return TACET_OK;
}

static tacet_status make_table(maestro_plan *plan,
                               const tacet_maestro_layer *layer,
                               tacet_error *error) {
  int64_t out[WINDOWS] = {0}, stride[WINDOWS] = {1, 1};
  plan->level[0].table = (maestro_table){0};
  for (int i = 0; i < MAX_VARS; i++) plan->stride[i] = 1;
  enter_written(plan, out, stride, layer);
  return derive_inputs(plan, out, stride, layer, error);
}

static tacet_status check_ranks(const maestro_plan *plan,
                                const tacet_maestro_layer *layer,
                                tacet_error *error) {
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++) {
    const maestro_tensor *tensor = &plan->tensor[t];
    for (int i = 0; i < tensor->ranks; i++) {
      int var = tensor->var[i];
      if (plan->level[0].table.size[var] > 0) continue;
      tacet_fail(error, TACET_BAD_INPUT, &layer->place,
                 "the layer has no dimension %c", known_names[var]);
      if (var == VAR_N && plan->windows)
        tacet_advise(error,
                     "the first %s layer of the file has one, and the "
                     "published tool expects it in all of them",
                     tacet_maestro_type_name(layer->type));
      return TACET_BAD_INPUT;
    }
  }
  return TACET_OK;
}

/* ---- the plan ----------------------------------------------------------- */

tacet_status maestro_plan_layer(maestro_plan *plan,
                                const tacet_maestro_layer *layer,
                                const tacet_maestro_batch *batch, int64_t pes,
                                tacet_error *error) {
  if (layer->problem) {
    if (error) *error = *layer->problem;
    return layer->problem->status;
  }
  if (!forms[layer->type].ranks[0])
    return tacet_fail(error, TACET_BAD_INPUT, &layer->place,
                      "the published tool has no %s layers",
                      tacet_maestro_type_name(layer->type));
  if (layer->directives == 0)
    return tacet_fail(error, TACET_BAD_INPUT, &layer->place,
                      "the layer has no Dataflow, and the published tool has "
                      "no other to use");
  make_tensors(plan, layer->type, batch->batched[form_of(layer->type)]);
  tacet_status status = make_table(plan, layer, error);
  if (status == TACET_OK) status = check_ranks(plan, layer, error);
  if (status == TACET_OK) status = maestro_cut_levels(plan, layer, pes, error);
  return status;
}
