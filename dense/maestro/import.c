/* From MAESTRO's files to tacet's structs. */
#include "import.h"

#include <stdio.h>
#include <string.h>

static const tacet_maestro_dim *find(const tacet_maestro_layer *source,
                                     const char *name) {
  for (int i = 0; i < source->dims; i++)
    if (strcmp(source->dim[i].name, name) == 0) return &source->dim[i];
  return NULL;
}

static void take(int64_t *size, const tacet_maestro_layer *source,
                 const char *name) {
  const tacet_maestro_dim *dim = find(source, name);
  if (dim) *size = dim->size;
}

/* ---- shapes ------------------------------------------------------------- */

/* One axis of an image: Y with R, or Y' with R. */
static void take_axis(tacet_shape *shape, const tacet_maestro_layer *source,
                      int axis) {
  static const char *const in[] = {"Y", "X"}, *const out[] = {"Y'", "X'"};
  const tacet_maestro_dim *image = find(source, in[axis]);
  const tacet_maestro_dim *made = find(source, out[axis]);
  int64_t filter = axis ? shape->S : shape->R;
  int64_t *size = axis ? &shape->X : &shape->Y;
  if (image) {
    *size = image->size;
    shape->stride[axis] = image->stride;
  } else if (made) {
    shape->stride[axis] = made->stride;
    *size = shape->stride[axis] * (made->size - 1) + filter;
  }
}

static void take_image(tacet_shape *shape, const tacet_maestro_layer *source) {
  take(&shape->N, source, "N");
  take(&shape->G, source, "G");
  take(&shape->K, source, "K");
  take(&shape->C, source, "C");
  take(&shape->R, source, "R");
  take(&shape->S, source, "S");
  take_axis(shape, source, 0);
  take_axis(shape, source, 1);
}

static void take_gemm(tacet_shape *shape, const tacet_maestro_layer *source) {
  take(&shape->M, source, "M");
  take(&shape->N, source, "N");
  take(&shape->K, source, "K");
}

static tacet_status not_a_layer(const tacet_maestro_layer *source,
                                tacet_error *error) {
  return tacet_fail(error, TACET_BAD_INPUT, &source->place,
                    "layer %s: type %s has no tensors that tacet knows",
                    source->name, tacet_maestro_type_name(source->type));
}

tacet_status tacet_import_shape(tacet_shape *shape,
                                const tacet_maestro_layer *source,
                                tacet_error *error) {
  if (source->problem) {
    *error = *source->problem;
    return error->status;
  }
  *shape = tacet_shape_of_ones(TACET_CONV);
  switch (source->type) {
  case TACET_MAESTRO_CONV:
  case TACET_MAESTRO_NGCONV:
  case TACET_MAESTRO_TRCONV:
    shape->type = TACET_CONV;
    take_image(shape, source);
    return TACET_OK;
  case TACET_MAESTRO_DSCONV:
    shape->type = TACET_DEPTHWISE;
    take_image(shape, source);
    shape->G = shape->C;
    shape->C = shape->K = 1;
    return TACET_OK;
  case TACET_MAESTRO_FC:
    shape->type = TACET_FC;
    take(&shape->N, source, "N");
    take(&shape->K, source, "K");
    take(&shape->C, source, "C");
    return TACET_OK;
  case TACET_MAESTRO_GEMM:
    shape->type = TACET_GEMM;
    take_gemm(shape, source);
    return TACET_OK;
  default: return not_a_layer(source, error);
  }
}

tacet_status tacet_import_layer(tacet_layer *layer,
                                const tacet_maestro_layer *source,
                                tacet_error *error) {
  tacet_shape shape;
  tacet_status status = tacet_import_shape(&shape, source, error);
  if (status) return status;
  memset(layer, 0, sizeof *layer);
  snprintf(layer->name, sizeof layer->name, "%s", source->name);
  layer->place = source->place;
  layer->repeat = 1;
  return tacet_layer_make(layer, &shape, &source->place, error);
}

/* ---- dataflows ---------------------------------------------------------- */

static tacet_extent make_extent(const tacet_maestro_extent *source) {
  tacet_extent extent = {.number = source->value};
  if (source->of) {
    extent.number = 1;
    snprintf(extent.of, sizeof extent.of, "%s", source->of);
  }
  return extent;
}

tacet_status tacet_import_dataflow(tacet_dataflow *dataflow,
                                   const tacet_maestro_layer *source,
                                   tacet_error *error) {
  static const tacet_directive_kind kinds[] = {
      [TACET_MAESTRO_TEMPORAL] = TACET_TEMPORAL_MAP,
      [TACET_MAESTRO_SPATIAL] = TACET_SPATIAL_MAP,
      [TACET_MAESTRO_CLUSTER] = TACET_CLUSTER};
  if (source->directives == 0 || source->directives > TACET_MAX_DIRECTIVES) {
    tacet_fail(error, TACET_BAD_INPUT, &source->place,
               "layer %s has %s dataflow", source->name,
               source->directives ? "too long a" : "no");
    tacet_advise(error, "give one with -d");
    return TACET_BAD_INPUT;
  }
  memset(dataflow, 0, sizeof *dataflow);
  snprintf(dataflow->name, sizeof dataflow->name, "%s", source->name);
  dataflow->directives = source->directives;
  for (int i = 0; i < source->directives; i++) {
    const tacet_maestro_directive *from = &source->directive[i];
    tacet_directive *to = &dataflow->directive[i];
    to->kind = kinds[from->kind];
    to->size = make_extent(&from->size);
    to->offset = make_extent(&from->offset);
    to->place = from->place;
    if (from->dim) snprintf(to->dim, sizeof to->dim, "%s", from->dim);
  }
  return TACET_OK;
}
