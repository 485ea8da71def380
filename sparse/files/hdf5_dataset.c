/* Opening and reading one dataset of an untrusted HDF5 file. Old HDF5 reads
   other files and crashes in type conversion when a file asks for it, so what
   is not known to be harmless is refused before anything is read, and values
   are read in the type they have. */
#include "hdf5_dataset.h"

#include <string.h>

/* in bytes */
static const int64_t largest_chunk = INT64_C(64) << 20;
static const int64_t largest_unstored = INT64_C(1) << 30;
static const int64_t largest_ratio = 1100;

/* ---- storage ------------------------------------------------------------ */

static const char *filter_name(H5Z_filter_t filter) {
  static const struct {
    H5Z_filter_t filter;
    const char *name;
  } names[] = {
      {H5Z_FILTER_SZIP, "szip"},
      {H5Z_FILTER_NBIT, "nbit"},
      {H5Z_FILTER_SCALEOFFSET, "scaleoffset"},
      {307, "bzip2"},
      {32000, "lzf"},
      {32001, "blosc"},
      {32004, "lz4"},
      {32008, "bitshuffle"},
      {32013, "zfp"},
      {32015, "zstd"},
      {32026, "blosc2"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].filter == filter) return names[i].name;
  return "unknown";
}

static tacet_gzip gzip_of(const H5Z_filter_t *filter, int filters) {
  if (filters == 0) return TACET_GZIP_NONE;
  if (filters == 1 && filter[0] == H5Z_FILTER_DEFLATE) return TACET_GZIP_PLAIN;
  if (filters == 2 && filter[0] == H5Z_FILTER_SHUFFLE &&
      filter[1] == H5Z_FILTER_DEFLATE)
    return TACET_GZIP_SHUFFLED;
  return TACET_GZIP_OTHER;
}

static tacet_status check_filters(tacet_hdf5_dataset *dataset, hid_t creation,
                                  tacet_error *error) {
  const int filters = H5Pget_nfilters(creation);
  H5Z_filter_t first[2] = {0};
  for (int i = 0; i < filters; i++) {
    unsigned flags;
    size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)i, &flags,
                                               &values, NULL, 0, NULL, NULL);
    if (i < 2) first[i] = filter;
    if (filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
        filter == H5Z_FILTER_FLETCHER32)
      continue;
    tacet_hdf5_refuse(dataset->file, error, "uses filter %d (%s)", (int)filter,
                      filter_name(filter));
    tacet_advise(error, "rewrite the dataset with gzip or uncompressed");
    return TACET_BAD_INPUT;
  }
  dataset->gzip = gzip_of(first, filters);
  return filters < 0
             ? tacet_hdf5_cannot(dataset->file, "read its filters", error)
             : TACET_OK;
}

/* Dataspaces of virtual datasets are those of other files, so this comes
   before anything else is asked. */
static tacet_status check_layout(tacet_hdf5_dataset *dataset, hid_t creation,
                                 tacet_error *error) {
  switch (H5Pget_layout(creation)) {
  case H5D_COMPACT:
  case H5D_CONTIGUOUS:
  case H5D_CHUNKED: break;
  case H5D_VIRTUAL:
    return tacet_hdf5_refuse(dataset->file, error,
                             "is virtual: its values are in other files");
  default:
    return tacet_hdf5_cannot(dataset->file, "read how it is stored", error);
  }
  if (H5Pget_external_count(creation) != 0)
    return tacet_hdf5_refuse(dataset->file, error,
                             "its values are in other files");
  return check_filters(dataset, creation, error);
}

static tacet_status read_shape(tacet_hdf5_dataset *dataset,
                               tacet_error *error) {
  hsize_t size[H5S_MAX_RANK];
  dataset->space = H5Dget_space(dataset->id);
  const int ranks = H5Sget_simple_extent_dims(dataset->space, NULL, NULL);
  if (ranks < 0)
    return tacet_hdf5_cannot(dataset->file, "read its shape", error);
  if (ranks < 1 || ranks > TACET_HDF5_RANKS)
    return tacet_hdf5_refuse(dataset->file, error,
                             "has %d axes, expected 1 to %d", ranks,
                             TACET_HDF5_RANKS);
  H5Sget_simple_extent_dims(dataset->space, size, NULL);
  dataset->ranks = ranks;
  int64_t values = dataset->number.bytes;
  for (int axis = 0; axis < ranks; axis++) {
    dataset->size[axis] = (int64_t)size[axis];
    dataset->chunk[axis] = 1;
    if (size[axis] > INT64_MAX ||
        __builtin_mul_overflow(values, dataset->size[axis], &values))
      return tacet_hdf5_refuse(dataset->file, error,
                               "its size overflows 64 bits");
  }
  return TACET_OK;
}

/* Deflate makes at most 1032 bytes of one. */
static tacet_status check_ratio(const tacet_hdf5_dataset *dataset,
                                tacet_error *error) {
  int64_t bytes = dataset->number.bytes;
  for (int axis = 0; axis < dataset->ranks; axis++)
    bytes *= dataset->size[axis];
  const hsize_t stored = H5Dget_storage_size(dataset->id);
  if (bytes <= largest_unstored || (hsize_t)(bytes / largest_ratio) <= stored)
    return TACET_OK;
  return tacet_hdf5_refuse(dataset->file, error,
                           "announces %lld bytes of values, but stores %llu",
                           (long long)bytes, (unsigned long long)stored);
}

static tacet_status read_chunk(tacet_hdf5_dataset *dataset, hid_t creation,
                               tacet_error *error) {
  hsize_t chunk[H5S_MAX_RANK];
  dataset->contiguous = H5Pget_layout(creation) == H5D_CONTIGUOUS;
  if (H5Pget_layout(creation) != H5D_CHUNKED) return TACET_OK;
  if (H5Pget_chunk(creation, H5S_MAX_RANK, chunk) != dataset->ranks)
    return tacet_hdf5_cannot(dataset->file, "read its chunk shape", error);
  int64_t bytes = dataset->number.bytes;
  for (int axis = 0; axis < dataset->ranks; axis++) {
    dataset->chunk[axis] = (int64_t)chunk[axis];
    if (chunk[axis] < 1 || chunk[axis] > (hsize_t)largest_chunk ||
        __builtin_mul_overflow(bytes, dataset->chunk[axis], &bytes) ||
        bytes > largest_chunk)
      return tacet_hdf5_refuse(dataset->file, error,
                               "has chunks of more than %lld MiB",
                               (long long)(largest_chunk >> 20));
  }
  return TACET_OK;
}

/* ---- type --------------------------------------------------------------- */

/* Keras writes bfloat16 as two bytes of some type, and says so beside it. */
static bool is_bfloat16(const tacet_hdf5_dataset *dataset) {
  char name[16];
  return H5Tget_size(dataset->type) == 2 &&
         tacet_hdf5_text(dataset->id, "dtype", name, sizeof name) &&
         strcmp(name, "bfloat16") == 0;
}

static tacet_status read_type(tacet_hdf5_dataset *dataset, tacet_error *error) {
  dataset->type = H5Dget_type(dataset->id);
  if (dataset->type < 0)
    return tacet_hdf5_cannot(dataset->file, "read its type", error);
  if (is_bfloat16(dataset)) {
    dataset->number = (tacet_number){TACET_FLOAT, 2, false, 8};
    return TACET_OK;
  }
  if (tacet_hdf5_number(dataset->type, &dataset->number) ||
      tacet_hdf5_boolean(dataset->type, &dataset->number))
    return TACET_OK;
  return tacet_hdf5_refuse(
      dataset->file, error,
      "its type is %s; expected integers, booleans or IEEE floats",
      tacet_hdf5_class(dataset->type));
}

/* ---- opening and reading ------------------------------------------------ */

static tacet_status open_dataset(tacet_hdf5_dataset *dataset,
                                 tacet_error *error) {
  if (H5Iget_type(dataset->id) != H5I_DATASET)
    return tacet_hdf5_refuse(dataset->file, error, "is not a dataset");
  const hid_t creation = H5Dget_create_plist(dataset->id);
  if (creation < 0)
    return tacet_hdf5_cannot(dataset->file, "read how it is stored", error);
  tacet_status status = check_layout(dataset, creation, error);
  if (!status) status = read_type(dataset, error);
  if (!status) status = read_shape(dataset, error);
  if (!status) status = read_chunk(dataset, creation, error);
  tacet_hdf5_release(creation);
  return status ? status : check_ratio(dataset, error);
}

tacet_status tacet_hdf5_dataset_open(tacet_hdf5_dataset *dataset,
                                     const tacet_hdf5_file *file, hid_t object,
                                     tacet_error *error) {
  *dataset = (tacet_hdf5_dataset){.file = file,
                                  .id = object,
                                  .type = H5I_INVALID_HID,
                                  .space = H5I_INVALID_HID};
  return open_dataset(dataset, error);
}

void tacet_hdf5_dataset_close(tacet_hdf5_dataset *dataset) {
  tacet_hdf5_release(dataset->space);
  tacet_hdf5_release(dataset->type);
  tacet_hdf5_release(dataset->id);
}

tacet_status tacet_hdf5_dataset_read(const tacet_hdf5_dataset *dataset,
                                     const int64_t *start,
                                     const int64_t *length, void *values,
                                     tacet_error *error) {
  hsize_t from[TACET_HDF5_RANKS], count[TACET_HDF5_RANKS];
  for (int axis = 0; axis < dataset->ranks; axis++) {
    from[axis] = (hsize_t)start[axis];
    count[axis] = (hsize_t)length[axis];
  }
  const hid_t box = H5Screate_simple(dataset->ranks, count, NULL);
  herr_t result = H5Sselect_hyperslab(dataset->space, H5S_SELECT_SET, from,
                                      NULL, count, NULL);
  if (box >= 0 && result >= 0)
    result = H5Dread(dataset->id, dataset->type, box, dataset->space,
                     H5P_DEFAULT, values);
  const bool failed = box < 0 || result < 0;
  const tacet_status status =
      failed ? tacet_hdf5_cannot(dataset->file, "read its values", error)
             : TACET_OK;
  tacet_hdf5_release(box);
  return status;
}
