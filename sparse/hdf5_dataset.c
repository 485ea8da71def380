/* Opening and reading one dataset of an untrusted HDF5 file. Old HDF5 reads
   other files and crashes in type conversion when a file asks for it, so what
   is not known to be harmless is refused before anything is read, and values
   are read in the type they have. */
#include "hdf5_dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t largest_chunk = INT64_C(64) << 20; /* bytes */

/* ---- messages ----------------------------------------------------------- */

tacet_status tacet_hdf5_refuse(const tacet_hdf5_dataset *dataset,
                               tacet_error *error, const char *format, ...) {
  char message[384];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return tacet_fail(error, TACET_BAD_INPUT, dataset->place, "%s: %s: %s",
                    dataset->file, dataset->path, message);
}

typedef struct hdf5_message {
  char text[256];
} hdf5_message;

static herr_t keep_first(unsigned depth, const H5E_error2_t *entry,
                         void *context) {
  hdf5_message *message = context;
  if (depth == 0 && entry->desc)
    snprintf(message->text, sizeof message->text, "%s", entry->desc);
  return 0;
}

/* What HDF5 says about its last failure, from where it happened, on one
   line. */
static hdf5_message hdf5_says(void) {
  hdf5_message message = {"HDF5 does not say why"};
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &message);
  for (char *c = message.text; *c; c++)
    if ((unsigned char)*c < ' ') *c = ' ';
  return message;
}

static tacet_status cannot(const tacet_hdf5_dataset *dataset, const char *what,
                           tacet_error *error) {
  const hdf5_message message = hdf5_says();
  return tacet_hdf5_refuse(dataset, error, "cannot %s: %s", what, message.text);
}

/* Closes an identifier of any kind. */
static void release(hid_t id) {
  if (id >= 0) H5Idec_ref(id);
}

/* ---- the file and the way to the dataset -------------------------------- */

/* HDF5 would wait for a writer at a pipe, and words a missing file badly. */
static tacet_status check_file(const tacet_hdf5_dataset *dataset,
                               tacet_error *error) {
  struct stat about;
  const int descriptor = open(dataset->file, O_RDONLY | O_NONBLOCK);
  if (descriptor < 0)
    return tacet_fail(error, TACET_NO_FILE, dataset->place,
                      "%s: cannot be opened: %s", dataset->file,
                      strerror(errno));
  const bool regular = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
  close(descriptor);
  if (regular) return TACET_OK;
  return tacet_fail(error, TACET_NO_FILE, dataset->place,
                    "%s: is not a regular file", dataset->file);
}

static tacet_status open_file(tacet_hdf5_dataset *dataset, tacet_error *error) {
  tacet_status status = check_file(dataset, error);
  if (status) return status;
  dataset->file_id = H5Fopen(dataset->file, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (dataset->file_id >= 0) return TACET_OK;
  const hdf5_message message = hdf5_says();
  return tacet_fail(error, TACET_NO_FILE, dataset->place,
                    "%s: cannot be read as HDF5: %s", dataset->file,
                    message.text);
}

static const char *link_name(H5L_type_t type) {
  switch (type) {
  case H5L_TYPE_SOFT: return "a soft link";
  case H5L_TYPE_EXTERNAL: return "an external link";
  default: return "a user-defined link";
  }
}

/* Moves *at from a group to its member called name[length], which is a part
   of the path. */
static tacet_status step_down(const tacet_hdf5_dataset *dataset, hid_t *at,
                              const char *name, size_t length,
                              tacet_error *error) {
  const char *path = dataset->path;
  const int way = (int)(name + length - path);
  char member[256];
  H5L_info_t link;
  if (length >= sizeof member)
    return tacet_hdf5_refuse(dataset, error, "a name is too long");
  memcpy(member, name, length);
  member[length] = '\0';
  if (H5Lexists(*at, member, H5P_DEFAULT) == 0)
    return tacet_hdf5_refuse(dataset, error, "the file has no %.*s", way, path);
  if (H5Lget_info(*at, member, &link, H5P_DEFAULT) < 0)
    return cannot(dataset, "follow the path", error);
  if (link.type != H5L_TYPE_HARD)
    return tacet_hdf5_refuse(dataset, error,
                             "%.*s is %s; only hard links are followed", way,
                             path, link_name(link.type));
  const hid_t child = H5Oopen(*at, member, H5P_DEFAULT);
  if (child < 0) return cannot(dataset, "open it", error);
  release(*at);
  *at = child;
  return TACET_OK;
}

/* Goes down the path one name at a time, so that no link is followed unseen. */
static tacet_status open_path(tacet_hdf5_dataset *dataset, tacet_error *error) {
  const char *path = dataset->path;
  tacet_status status = TACET_OK;
  dataset->id = H5Oopen(dataset->file_id, "/", H5P_DEFAULT);
  if (dataset->id < 0) return cannot(dataset, "open the root group", error);
  for (const char *next = path; !status;) {
    const char *name = next + strspn(next, "/");
    const size_t length = strcspn(name, "/");
    if (length == 0) break;
    if (H5Iget_type(dataset->id) != H5I_GROUP)
      return tacet_hdf5_refuse(dataset, error, "%.*s is not a group",
                               (int)(next - path), path);
    status = step_down(dataset, &dataset->id, name, length, error);
    next = name + length;
  }
  if (!status && H5Iget_type(dataset->id) != H5I_DATASET)
    return tacet_hdf5_refuse(dataset, error, "is not a dataset");
  return status;
}

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

static tacet_status check_filters(const tacet_hdf5_dataset *dataset,
                                  hid_t creation, tacet_error *error) {
  const int filters = H5Pget_nfilters(creation);
  for (int i = 0; i < filters; i++) {
    unsigned flags;
    size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)i, &flags,
                                               &values, NULL, 0, NULL, NULL);
    if (filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
        filter == H5Z_FILTER_FLETCHER32)
      continue;
    tacet_hdf5_refuse(dataset, error, "uses filter %d (%s)", (int)filter,
                      filter_name(filter));
    tacet_advise(error, "rewrite the dataset with gzip or uncompressed");
    return TACET_BAD_INPUT;
  }
  return filters < 0 ? cannot(dataset, "read its filters", error) : TACET_OK;
}

/* Dataspaces of virtual datasets are those of other files, so this comes
   before anything else is asked. */
static tacet_status check_layout(const tacet_hdf5_dataset *dataset,
                                 hid_t creation, tacet_error *error) {
  switch (H5Pget_layout(creation)) {
  case H5D_COMPACT:
  case H5D_CONTIGUOUS:
  case H5D_CHUNKED: break;
  case H5D_VIRTUAL:
    return tacet_hdf5_refuse(dataset, error,
                             "is virtual: its values are in other files");
  default: return cannot(dataset, "read how it is stored", error);
  }
  if (H5Pget_external_count(creation) != 0)
    return tacet_hdf5_refuse(dataset, error, "its values are in other files");
  return check_filters(dataset, creation, error);
}

static tacet_status read_shape(tacet_hdf5_dataset *dataset,
                               tacet_error *error) {
  hsize_t size[H5S_MAX_RANK];
  dataset->space = H5Dget_space(dataset->id);
  const int ranks = H5Sget_simple_extent_dims(dataset->space, NULL, NULL);
  if (ranks < 0) return cannot(dataset, "read its shape", error);
  if (ranks < 1 || ranks > TACET_HDF5_RANKS)
    return tacet_hdf5_refuse(dataset, error, "has %d axes, expected 1 to %d",
                             ranks, TACET_HDF5_RANKS);
  H5Sget_simple_extent_dims(dataset->space, size, NULL);
  dataset->ranks = ranks;
  int64_t values = dataset->number.bytes;
  for (int axis = 0; axis < ranks; axis++) {
    dataset->size[axis] = (int64_t)size[axis];
    dataset->chunk[axis] = 1;
    if (size[axis] > INT64_MAX ||
        __builtin_mul_overflow(values, dataset->size[axis], &values))
      return tacet_hdf5_refuse(dataset, error, "its size overflows 64 bits");
  }
  return TACET_OK;
}

static tacet_status read_chunk(tacet_hdf5_dataset *dataset, hid_t creation,
                               tacet_error *error) {
  hsize_t chunk[H5S_MAX_RANK];
  if (H5Pget_layout(creation) != H5D_CHUNKED) return TACET_OK;
  if (H5Pget_chunk(creation, H5S_MAX_RANK, chunk) != dataset->ranks)
    return cannot(dataset, "read its chunk shape", error);
  int64_t bytes = dataset->number.bytes;
  for (int axis = 0; axis < dataset->ranks; axis++) {
    dataset->chunk[axis] = (int64_t)chunk[axis];
    if (chunk[axis] < 1 || chunk[axis] > (hsize_t)largest_chunk ||
        __builtin_mul_overflow(bytes, dataset->chunk[axis], &bytes) ||
        bytes > largest_chunk)
      return tacet_hdf5_refuse(dataset, error,
                               "has chunks of more than %lld MiB",
                               (long long)(largest_chunk >> 20));
  }
  return TACET_OK;
}

/* ---- type --------------------------------------------------------------- */

/* HDF5 1.10 has no IEEE half of its own. */
static hid_t half_type(bool big_endian) {
  const hid_t type = H5Tcopy(big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

static bool is_half(hid_t type, tacet_number *number) {
  for (int big_endian = 0; big_endian < 2; big_endian++) {
    const hid_t half = half_type(big_endian);
    const bool same = H5Tequal(type, half) > 0;
    release(half);
    if (!same) continue;
    *number = (tacet_number){TACET_FLOAT, 2, big_endian};
    return true;
  }
  return false;
}

static bool is_number(hid_t type, tacet_number *number) {
  const struct {
    hid_t little, big;
    tacet_number number;
  } known[] = {
      {H5T_STD_U8LE, H5T_STD_U8BE, {TACET_UNSIGNED, 1, false}},
      {H5T_STD_I8LE, H5T_STD_I8BE, {TACET_SIGNED, 1, false}},
      {H5T_STD_U16LE, H5T_STD_U16BE, {TACET_UNSIGNED, 2, false}},
      {H5T_STD_I16LE, H5T_STD_I16BE, {TACET_SIGNED, 2, false}},
      {H5T_STD_U32LE, H5T_STD_U32BE, {TACET_UNSIGNED, 4, false}},
      {H5T_STD_I32LE, H5T_STD_I32BE, {TACET_SIGNED, 4, false}},
      {H5T_STD_U64LE, H5T_STD_U64BE, {TACET_UNSIGNED, 8, false}},
      {H5T_STD_I64LE, H5T_STD_I64BE, {TACET_SIGNED, 8, false}},
      {H5T_IEEE_F32LE, H5T_IEEE_F32BE, {TACET_FLOAT, 4, false}},
      {H5T_IEEE_F64LE, H5T_IEEE_F64BE, {TACET_FLOAT, 8, false}},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const bool big_endian = H5Tequal(type, known[i].big) > 0;
    if (!big_endian && H5Tequal(type, known[i].little) <= 0) continue;
    *number = known[i].number;
    number->big_endian = big_endian;
    return true;
  }
  return is_half(type, number);
}

/* Two members, exactly one of them zero. */
static bool is_boolean(hid_t type, tacet_number *number) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2)
    return false;
  const hid_t super = H5Tget_super(type);
  const bool known = is_number(super, number) && number->kind != TACET_FLOAT &&
                     H5Tget_size(type) == (size_t)number->bytes;
  release(super);
  if (!known) return false;
  uint64_t member[2] = {0, 0};
  for (unsigned i = 0; i < 2; i++)
    if (H5Tget_member_value(type, i, &member[i]) < 0) return false;
  return (member[0] == 0) != (member[1] == 0);
}

static const char *class_name(H5T_class_t class) {
  switch (class) {
  case H5T_INTEGER: return "an integer of unusual width";
  case H5T_FLOAT: return "a float that is not IEEE half, single or double";
  case H5T_ENUM: return "an enumeration that is not boolean";
  case H5T_STRING: return "a string";
  case H5T_COMPOUND: return "a compound";
  case H5T_BITFIELD: return "a bitfield";
  case H5T_OPAQUE: return "opaque";
  case H5T_REFERENCE: return "a reference";
  case H5T_ARRAY: return "an array";
  case H5T_VLEN: return "of variable length";
  default: return "unknown";
  }
}

static tacet_status read_type(tacet_hdf5_dataset *dataset, tacet_error *error) {
  dataset->type = H5Dget_type(dataset->id);
  if (dataset->type < 0) return cannot(dataset, "read its type", error);
  if (is_number(dataset->type, &dataset->number) ||
      is_boolean(dataset->type, &dataset->number))
    return TACET_OK;
  return tacet_hdf5_refuse(
      dataset, error,
      "its type is %s; expected integers, booleans or IEEE floats",
      class_name(H5Tget_class(dataset->type)));
}

/* ---- opening and reading ------------------------------------------------ */

static tacet_status open_dataset(tacet_hdf5_dataset *dataset,
                                 tacet_error *error) {
  tacet_status status = open_file(dataset, error);
  if (!status) status = open_path(dataset, error);
  if (status) return status;
  const hid_t creation = H5Dget_create_plist(dataset->id);
  if (creation < 0) return cannot(dataset, "read how it is stored", error);
  status = check_layout(dataset, creation, error);
  if (!status) status = read_type(dataset, error);
  if (!status) status = read_shape(dataset, error);
  if (!status) status = read_chunk(dataset, creation, error);
  release(creation);
  return status;
}

tacet_status tacet_hdf5_open(tacet_hdf5_dataset *dataset, tacet_error *error) {
  dataset->file_id = dataset->id = dataset->type = dataset->space =
      H5I_INVALID_HID;
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  return open_dataset(dataset, error);
}

void tacet_hdf5_close(tacet_hdf5_dataset *dataset) {
  release(dataset->space);
  release(dataset->type);
  release(dataset->id);
  release(dataset->file_id);
}

tacet_status tacet_hdf5_read(const tacet_hdf5_dataset *dataset,
                             const int64_t *start, const int64_t *length,
                             void *values, tacet_error *error) {
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
      failed ? cannot(dataset, "read its values", error) : TACET_OK;
  release(box);
  return status;
}
