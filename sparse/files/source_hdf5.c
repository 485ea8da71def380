/* Arrays of HDF5 files: datasets of values, datasets of packed bits, and
   groups that hold a sparse matrix. */
#include "source_hdf5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_chunks.h"
#include "../masks/mask_store.h"
#include "workers.h"

/* Memory for values on their way; a chunk that is larger takes its own. */
static const int64_t box_bytes = INT64_C(2) << 20;

/* A user block may come before the signature. */
static bool is_hdf5(const unsigned char *head, size_t size, int64_t file_size) {
  (void)file_size;
  for (size_t at = 0; at + 8 <= size; at = at ? 2 * at : 512)
    if (memcmp(head + at, "\x89HDF\r\n\x1a\n", 8) == 0) return true;
  return false;
}

/* ---- what a dataset is -------------------------------------------------- */

/* Packed bits name their shape; *packed tells whether the dataset is that. */
static tacet_status describe_packed(tacet_stored *stored, bool *packed,
                                    const tacet_hdf5_dataset *dataset,
                                    tacet_error *error) {
  char format[32];
  *packed = tacet_hdf5_text(dataset->id, "format", format, sizeof format) &&
            strncmp(format, "tacet-bits", 10) == 0;
  if (!*packed) return TACET_OK;
  const tacet_hdf5_file *file = dataset->file;
  if (strcmp(format, TACET_BITS_FORMAT) != 0)
    return tacet_hdf5_refuse(
        file, error, "its format is %s, expected " TACET_BITS_FORMAT, format);
  if (!tacet_hdf5_numbers(dataset->id, "shape", stored->size, &stored->axes,
                          TACET_AXES))
    return tacet_hdf5_refuse(file, error, "has no attribute shape");
  int64_t elements = 1;
  for (int axis = 0; axis < stored->axes; axis++)
    if (stored->size[axis] < 1 ||
        __builtin_mul_overflow(elements, stored->size[axis], &elements))
      return tacet_hdf5_refuse(file, error, "its shape is not possible");
  const bool bytes =
      dataset->number.kind != TACET_FLOAT && dataset->number.bytes == 1;
  const int64_t needed = elements / 8 + (elements % 8 != 0);
  if (!bytes || dataset->ranks != 1 || dataset->size[0] != needed)
    return tacet_hdf5_refuse(file, error,
                             "is not the %lld bytes of %lld packed bits",
                             (long long)needed, (long long)elements);
  strcpy(stored->form, "packed bits");
  strcpy(stored->type, "bit");
  tacet_hdf5_text(dataset->id, "layout", stored->layout, sizeof stored->layout);
  return TACET_OK;
}

tacet_status tacet_hdf5_describe(tacet_stored *stored, bool *packed,
                                 const tacet_hdf5_dataset *dataset,
                                 tacet_error *error) {
  *stored =
      (tacet_stored){.form = "dense", .axes = dataset->ranks, .entries = -1};
  memcpy(stored->size, dataset->size, sizeof dataset->size);
  snprintf(stored->name, sizeof stored->name, "%s", dataset->file->path);
  snprintf(stored->type, sizeof stored->type, "%s",
           H5Tget_class(dataset->type) == H5T_ENUM
               ? "bool"
               : tacet_number_name(&dataset->number));
  return describe_packed(stored, packed, dataset, error);
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

static tacet_status read_boxes(const tacet_hdf5_dataset *dataset,
                               tacet_target *target, tacet_error *error) {
  int64_t box[TACET_HDF5_RANKS], length[TACET_HDF5_RANKS];
  int64_t start[TACET_HDF5_RANKS] = {0};
  const int64_t bytes = choose_box(box, dataset);
  unsigned char *values = malloc((size_t)bytes);
  if (!values)
    return tacet_fail(error, TACET_NO_MEMORY, dataset->file->place,
                      "%s: %s: no memory for %lld bytes of values",
                      dataset->file->file, dataset->file->path,
                      (long long)bytes);
  tacet_status status;
  do {
    /* HDF5 may leave what a file never wrote as it finds it */
    memset(values, 0, (size_t)bytes);
    for (int axis = 0; axis < dataset->ranks; axis++) {
      const int64_t left = dataset->size[axis] - start[axis];
      length[axis] = left < box[axis] ? left : box[axis];
    }
    status = tacet_hdf5_dataset_read(dataset, start, length, values, error);
    if (!status)
      tacet_target_box(target, start, length, values, &dataset->number);
  } while (!status && next_box(start, box, dataset));
  free(values);
  return status;
}

/* What the chunks of a dataset go to. */
typedef struct taking {
  const tacet_hdf5_dataset *dataset;
  tacet_target *target;
} taking;

static void take_box(void *context, const int64_t *start, const int64_t *length,
                     unsigned char *values) {
  const taking *t = context;
  tacet_target_box(t->target, start, length, values, &t->dataset->number);
}

static tacet_status read_values(const tacet_hdf5_dataset *dataset,
                                tacet_target *target, tacet_error *error) {
  taking t = {dataset, target};
  const int workers = target->workers ? target->workers : tacet_processors();
  return tacet_hdf5_chunks_pay(dataset)
             ? tacet_hdf5_chunks_read(dataset, workers, take_box, &t, error)
             : read_boxes(dataset, target, error);
}

/* ---- values as they lie ------------------------------------------------- */

static tacet_status read_bit_order(tacet_raw *raw,
                                   const tacet_hdf5_dataset *dataset,
                                   tacet_error *error) {
  char order[8] = "";
  tacet_hdf5_text(dataset->id, "bitorder", order, sizeof order);
  raw->high_first = strcmp(order, "big") == 0;
  if (raw->high_first || strcmp(order, "little") == 0) return TACET_OK;
  return tacet_hdf5_refuse(dataset->file, error,
                           "its attribute bitorder is \"%s\", expected "
                           "little or big",
                           order);
}

/* Where the file has the values of a contiguous dataset, all of them. */
static bool find_raw(tacet_raw *raw, const tacet_hdf5_dataset *dataset,
                     const tacet_input *input) {
  int64_t bytes = dataset->number.bytes;
  for (int axis = 0; axis < dataset->ranks; axis++)
    bytes *= dataset->size[axis];
  const haddr_t offset = H5Dget_offset(dataset->id);
  raw->offset = (int64_t)offset;
  return offset != HADDR_UNDEF && dataset->contiguous &&
         (hsize_t)bytes == H5Dget_storage_size(dataset->id) &&
         raw->offset >= 0 && raw->offset <= input->size - bytes;
}

/* ---- reading ------------------------------------------------------------ */

/* Packed bits that are compressed, a few chunks of them at a time. */
typedef struct bit_window {
  const tacet_hdf5_dataset *dataset;
  int64_t span, first, count; /* bytes: of a window, and those in it now */
  unsigned char *bytes;
} bit_window;

static tacet_status move_window(bit_window *window, int64_t to,
                                tacet_error *error) {
  const int64_t first = to / window->span * window->span;
  const int64_t left = window->dataset->size[0] - first;
  window->count = 0;
  const int64_t count = left < window->span ? left : window->span;
  memset(window->bytes, 0, (size_t)window->span);
  tacet_status status = tacet_hdf5_dataset_read(window->dataset, &first, &count,
                                                window->bytes, error);
  if (status) return status;
  window->first = first;
  window->count = count;
  return TACET_OK;
}

static tacet_status read_window(void *context, int64_t first, int64_t count,
                                unsigned char *bytes, tacet_error *error) {
  bit_window *window = context;
  while (count > 0) {
    const bool inside =
        first >= window->first && first < window->first + window->count;
    tacet_status status = inside ? TACET_OK : move_window(window, first, error);
    if (status) return status;
    const int64_t at = first - window->first, ready = window->count - at;
    const int64_t some = count < ready ? count : ready;
    memcpy(bytes, window->bytes + at, (size_t)some);
    bytes += some;
    first += some;
    count -= some;
  }
  return TACET_OK;
}

static tacet_status read_compressed_bits(const tacet_hdf5_dataset *dataset,
                                         const tacet_raw *raw,
                                         tacet_target *target,
                                         tacet_error *error) {
  bit_window window = {.dataset = dataset};
  choose_box(&window.span, dataset);
  window.bytes = malloc((size_t)window.span);
  if (!window.bytes)
    return tacet_fail(error, TACET_NO_MEMORY, dataset->file->place,
                      "out of memory");
  tacet_status status =
      tacet_bits_read(raw, read_window, &window, target, error);
  free(window.bytes);
  return status;
}

static tacet_status read_dataset(tacet_input *input,
                                 const tacet_hdf5_dataset *dataset,
                                 const tacet_keras *keras, tacet_target *target,
                                 tacet_error *error) {
  tacet_raw raw = {.number = dataset->number};
  tacet_status status =
      tacet_hdf5_describe(&raw.stored, &raw.packed, dataset, error);
  if (!status && raw.packed) status = read_bit_order(&raw, dataset, error);
  if (!status && !raw.packed) tacet_keras_describe(keras, &raw.stored);
  if (!status) status = tacet_target_begin(target, &raw.stored, error);
  if (status) return status;
  if (find_raw(&raw, dataset, input))
    return tacet_stream_raw(input, &raw, target, error);
  return raw.packed ? read_compressed_bits(dataset, &raw, target, error)
                    : read_values(dataset, target, error);
}

static tacet_status read_object(tacet_input *input, const tacet_hdf5_file *file,
                                hid_t object, const tacet_keras *keras,
                                tacet_target *target, tacet_error *error) {
  tacet_compressed matrix;
  bool known = false;
  tacet_status status = TACET_OK;
  if (H5Iget_type(object) == H5I_GROUP)
    status = tacet_compressed_find(&matrix, &known, file, object, error);
  if (known && !status)
    status = tacet_compressed_read(&matrix, file, target, error);
  if (known || status) {
    tacet_hdf5_release(object);
    return status;
  }
  tacet_hdf5_dataset dataset;
  status = tacet_hdf5_dataset_open(&dataset, file, object, error);
  if (!status) status = read_dataset(input, &dataset, keras, target, error);
  tacet_hdf5_dataset_close(&dataset);
  return status;
}

static tacet_status read(tacet_input *input, const char *array,
                         tacet_target *target, tacet_error *error) {
  tacet_hdf5_file file = {input->path, array, input->place, H5I_INVALID_HID};
  tacet_keras keras = {.root = NULL};
  hid_t object;
  tacet_status status = tacet_hdf5_open(&file, error);
  if (!status) status = tacet_keras_find(&keras, &file, error);
  if (!status) status = tacet_hdf5_object(&file, array, &object, error);
  if (!status)
    status = read_object(input, &file, object, &keras, target, error);
  tacet_keras_free(&keras);
  tacet_hdf5_close(&file);
  return status ? status : tacet_input_unchanged(input, error);
}

const tacet_source_kind tacet_source_hdf5 = {"HDF5", is_hdf5, tacet_hdf5_list,
                                             read};
