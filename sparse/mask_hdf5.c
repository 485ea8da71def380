/* Masks from HDF5 datasets: matches the dataset's axes to the tensor's ranks,
   then reads it box by box into bits. What makes a file trustworthy and a
   value zero is decided elsewhere. */
#include "mask.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_dataset.h"

/* Memory for values on their way; a chunk that is larger takes its own. */
static const int64_t box_bytes = INT64_C(16) << 20;

/* ---- layout ------------------------------------------------------------- */

/* The axes of a dataset as its layout names them. */
typedef struct file_axes {
  int count;
  int64_t size[TACET_MAX_RANKS];
  int64_t stride[TACET_MAX_RANKS]; /* of the axis' rank in the mask */
} file_axes;

static int find_rank(const tacet_tensor *tensor, char letter) {
  for (int r = 0; r < tensor->ranks; r++)
    if (tensor->rank[r].name[0] == letter && !tensor->rank[r].name[1]) return r;
  return -1;
}

static tacet_status refuse_letter(const tacet_tensor *tensor,
                                  const tacet_mask_source *source, char letter,
                                  const char *what, tacet_error *error) {
  char letters[4 * TACET_MAX_RANKS + 1] = "";
  for (int r = 0; r < tensor->ranks; r++) {
    strcat(letters, r ? " " : "");
    strcat(letters, tensor->rank[r].name);
  }
  tacet_fail(error, TACET_BAD_INPUT, &source->place, "layout \"%s\": %c %s",
             source->layout, letter, what);
  tacet_advise(error,
               "the ranks of %s are %s: name each once, outermost first; those "
               "of size 1 may be left out",
               tensor->name, letters);
  return TACET_BAD_INPUT;
}

static int64_t rank_stride(const tacet_tensor *tensor, int rank) {
  int64_t stride = 1;
  for (int r = rank + 1; r < tensor->ranks; r++) stride *= tensor->rank[r].size;
  return stride;
}

static tacet_status read_layout(file_axes *axes, const tacet_tensor *tensor,
                                const tacet_mask_source *source,
                                tacet_error *error) {
  bool named[TACET_MAX_RANKS] = {false};
  axes->count = 0;
  for (const char *letter = source->layout; *letter; letter++) {
    const int r = find_rank(tensor, *letter);
    if (r < 0)
      return refuse_letter(tensor, source, *letter, "is not one of its ranks",
                           error);
    if (named[r])
      return refuse_letter(tensor, source, *letter, "is named twice", error);
    named[r] = true;
    axes->size[axes->count] = tensor->rank[r].size;
    axes->stride[axes->count++] = rank_stride(tensor, r);
  }
  for (int r = 0; r < tensor->ranks; r++)
    if (!named[r] && tensor->rank[r].size > 1)
      return refuse_letter(tensor, source, tensor->rank[r].name[0],
                           "is missing", error);
  return TACET_OK;
}

/* ---- shape -------------------------------------------------------------- */

typedef struct shape_text {
  char text[TACET_HDF5_RANKS * 24];
} shape_text;

static shape_text write_shape(const int64_t *size, int ranks) {
  shape_text shape = {""};
  int used = 0;
  for (int axis = 0; axis < ranks; axis++)
    used += snprintf(shape.text + used, sizeof shape.text - (size_t)used,
                     "%s%lld", axis ? " x " : "", (long long)size[axis]);
  return shape;
}

static tacet_status check_shape(const tacet_hdf5_dataset *dataset,
                                const file_axes *axes, const char *layout,
                                tacet_error *error) {
  bool same = dataset->ranks == axes->count;
  for (int axis = 0; same && axis < axes->count; axis++)
    same = dataset->size[axis] == axes->size[axis];
  if (same) return TACET_OK;
  const shape_text found = write_shape(dataset->size, dataset->ranks);
  const shape_text expected = write_shape(axes->size, axes->count);
  return tacet_hdf5_refuse(dataset, error, "has shape %s, expected %s (%s)",
                           found.text, expected.text, layout);
}

/* ---- values ------------------------------------------------------------- */

/* Boxes of whole chunks, as large as memory allows: every chunk is then read
   and inflated once, whatever the chunk cache. Returns the bytes of a box. */
static int64_t choose_box(int64_t *box, const tacet_hdf5_dataset *dataset) {
  int64_t bytes = dataset->number.bytes;
  for (int axis = 0; axis < dataset->ranks; axis++) {
    const bool beyond = dataset->chunk[axis] > dataset->size[axis];
    box[axis] = beyond ? dataset->size[axis] : dataset->chunk[axis];
    bytes *= box[axis];
  }
  for (int axis = dataset->ranks - 1; axis >= 0; axis--) {
    const int64_t times = box_bytes / bytes;
    if (times < 2) break;
    bytes /= box[axis];
    box[axis] = times > dataset->size[axis] / box[axis] ? dataset->size[axis]
                                                        : times * box[axis];
    bytes *= box[axis];
  }
  return bytes;
}

static tacet_status read_box(tacet_mask *mask,
                             const tacet_hdf5_dataset *dataset,
                             const file_axes *axes, const int64_t *start,
                             const int64_t *length, uint64_t limit,
                             unsigned char *values, tacet_error *error) {
  tacet_flag_box box = {.ranks = axes->count};
  int64_t count = 1;
  for (int axis = 0; axis < axes->count; axis++) {
    box.length[axis] = length[axis];
    box.stride[axis] = axes->stride[axis];
    box.first += start[axis] * axes->stride[axis];
    count *= length[axis];
  }
  tacet_status status = tacet_hdf5_read(dataset, start, length, values, error);
  if (status) return status;
  tacet_flag_values(values, values, count, &dataset->number, limit);
  tacet_flags_to_bits(mask->bits, &box, values);
  return TACET_OK;
}

/* Moves to the next box; false after the last. */
static bool next_box(int64_t *start, const int64_t *box,
                     const tacet_hdf5_dataset *dataset) {
  for (int axis = dataset->ranks - 1; axis >= 0; axis--) {
    start[axis] += box[axis];
    if (start[axis] < dataset->size[axis]) return true;
    start[axis] = 0;
  }
  return false;
}

static tacet_status read_values(tacet_mask *mask,
                                const tacet_hdf5_dataset *dataset,
                                const file_axes *axes, uint64_t limit,
                                tacet_error *error) {
  int64_t box[TACET_HDF5_RANKS], length[TACET_HDF5_RANKS];
  int64_t start[TACET_HDF5_RANKS] = {0};
  const int64_t bytes = choose_box(box, dataset);
  unsigned char *values = malloc((size_t)bytes);
  if (!values)
    return tacet_fail(error, TACET_NO_MEMORY, dataset->place,
                      "%s: %s: no memory for %lld bytes of values",
                      dataset->file, dataset->path, (long long)bytes);
  tacet_status status;
  do {
    /* HDF5 may leave what a file never wrote as it finds it */
    memset(values, 0, (size_t)bytes);
    for (int axis = 0; axis < dataset->ranks; axis++) {
      const int64_t left = dataset->size[axis] - start[axis];
      length[axis] = left < box[axis] ? left : box[axis];
    }
    status = read_box(mask, dataset, axes, start, length, limit, values, error);
  } while (!status && next_box(start, box, dataset));
  free(values);
  return status;
}

/* ---- reading ------------------------------------------------------------ */

static tacet_status read_dataset(tacet_mask *mask, const tacet_tensor *tensor,
                                 const file_axes *axes,
                                 const tacet_mask_source *source,
                                 tacet_hdf5_dataset *dataset,
                                 tacet_error *error) {
  tacet_status status = tacet_hdf5_open(dataset, error);
  if (!status) status = check_shape(dataset, axes, source->layout, error);
  if (!status) status = tacet_mask_make(mask, tensor, error);
  if (status) return status;
  const uint64_t limit =
      tacet_magnitude_limit(&dataset->number, source->threshold);
  status = read_values(mask, dataset, axes, limit, error);
  if (status)
    tacet_mask_free(mask);
  else
    tacet_mask_recount(mask);
  return status;
}

tacet_status tacet_mask_read(tacet_mask *mask, const tacet_tensor *tensor,
                             const tacet_mask_source *source,
                             tacet_error *error) {
  *mask = (tacet_mask){0};
  if (!(source->threshold >= 0) || isinf(source->threshold))
    return tacet_fail(error, TACET_BAD_INPUT, &source->place,
                      "threshold is %g, expected 0 or more", source->threshold);
  file_axes axes;
  tacet_status status = read_layout(&axes, tensor, source, error);
  if (status) return status;
  tacet_hdf5_dataset dataset = {
      .file = source->file, .path = source->dataset, .place = &source->place};
  status = read_dataset(mask, tensor, &axes, source, &dataset, error);
  tacet_hdf5_close(&dataset);
  return status;
}
