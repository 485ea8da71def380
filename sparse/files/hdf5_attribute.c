/* Attributes: texts of fixed and of variable length, and whole numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_file.h"

enum { MOST_TEXTS = 65536, MOST_BYTES = 16 << 20 };

/* ---- texts -------------------------------------------------------------- */

/* An attribute that is open. */
typedef struct attribute {
  hid_t id, type, space;
  int count;
} attribute;

static void close_attribute(attribute *a) {
  tacet_hdf5_release(a->space);
  tacet_hdf5_release(a->type);
  tacet_hdf5_release(a->id);
}

/* False if it is absent or of more values than `most`. To be closed in any
   case. */
static bool open_attribute(attribute *a, hid_t object, const char *name,
                           int most) {
  *a = (attribute){H5I_INVALID_HID, H5I_INVALID_HID, H5I_INVALID_HID, 0};
  if (H5Aexists(object, name) <= 0) return false;
  a->id = H5Aopen(object, name, H5P_DEFAULT);
  a->type = H5Aget_type(a->id);
  a->space = H5Aget_space(a->id);
  const hssize_t count = H5Sget_simple_extent_npoints(a->space);
  if (a->id < 0 || a->type < 0 || count < 0 || count > most) return false;
  a->count = (int)count;
  return true;
}

/* Copies texts of fixed length, which need not end in a null byte. */
static bool read_fixed(const attribute *a, char **text) {
  const size_t size = H5Tget_size(a->type);
  if (size == 0 || size > MOST_BYTES / ((size_t)a->count + 1)) return false;
  char *values = malloc(size * (size_t)a->count + 1);
  bool read = values && H5Aread(a->id, a->type, values) >= 0;
  for (int i = 0; read && i < a->count; i++) {
    const char *value = values + (size_t)i * size;
    text[i] = strndup(value, size);
    read = text[i] != NULL;
  }
  free(values);
  return read;
}

static bool read_variable(const attribute *a, char **text) {
  char **values = calloc((size_t)a->count + 1, sizeof *values);
  if (!values) return false;
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5Tget_cset(a->type));
  bool read = H5Aread(a->id, type, values) >= 0;
  for (int i = 0; read && i < a->count; i++) {
    text[i] = strdup(values[i] ? values[i] : "");
    read = text[i] != NULL;
  }
  H5Dvlen_reclaim(type, a->space, H5P_DEFAULT, values);
  tacet_hdf5_release(type);
  free(values);
  return read;
}

/* text[a->count], zeroed; what is read is the caller's also after a failure. */
static bool read_texts(const attribute *a, char **text) {
  if (H5Tget_class(a->type) != H5T_STRING) return false;
  return H5Tis_variable_str(a->type) > 0 ? read_variable(a, text)
                                         : read_fixed(a, text);
}

char *tacet_hdf5_long_text(hid_t object, const char *name) {
  attribute a;
  char *text = NULL;
  if (!open_attribute(&a, object, name, 1) || a.count != 1 ||
      !read_texts(&a, &text)) {
    free(text);
    text = NULL;
  }
  close_attribute(&a);
  return text;
}

bool tacet_hdf5_text(hid_t object, const char *name, char *text, size_t size) {
  char *whole = tacet_hdf5_long_text(object, name);
  const bool fits = whole && strlen(whole) < size;
  if (fits) strcpy(text, whole);
  free(whole);
  return fits;
}

/* ---- lists of texts ----------------------------------------------------- */

void tacet_hdf5_texts_free(tacet_hdf5_texts *texts) {
  for (int i = 0; i < texts->count; i++) free(texts->text[i]);
  free(texts->text);
  *texts = (tacet_hdf5_texts){.count = 0};
}

static tacet_status append(const tacet_hdf5_file *file, tacet_hdf5_texts *texts,
                           const attribute *a, const char *name,
                           tacet_error *error) {
  const size_t count = (size_t)texts->count + (size_t)a->count;
  if (count > MOST_TEXTS)
    return tacet_hdf5_refuse(file, error, "attribute %s has more than %d names",
                             name, (int)MOST_TEXTS);
  char **grown = realloc(texts->text, (count + 1) * sizeof *grown);
  if (!grown)
    return tacet_fail(error, TACET_NO_MEMORY, file->place, "out of memory");
  texts->text = grown;
  memset(grown + texts->count, 0, (size_t)a->count * sizeof *grown);
  const int first = texts->count;
  texts->count = (int)count;
  if (read_texts(a, grown + first)) return TACET_OK;
  return tacet_hdf5_refuse(file, error, "attribute %s is no list of names",
                           name);
}

/* Appends the attribute, and says whether it is there. */
static tacet_status append_attribute(const tacet_hdf5_file *file, hid_t object,
                                     const char *name, bool *there,
                                     tacet_hdf5_texts *texts,
                                     tacet_error *error) {
  attribute a;
  tacet_status status = TACET_OK;
  *there = H5Aexists(object, name) > 0;
  if (*there && open_attribute(&a, object, name, MOST_TEXTS))
    status = append(file, texts, &a, name, error);
  else if (*there)
    status = tacet_hdf5_refuse(file, error, "attribute %s is no list of names",
                               name);
  if (*there) close_attribute(&a);
  return status;
}

tacet_status tacet_hdf5_text_list(const tacet_hdf5_file *file, hid_t object,
                                  const char *name, tacet_hdf5_texts *texts,
                                  tacet_error *error) {
  *texts = (tacet_hdf5_texts){.count = 0};
  bool there;
  tacet_status status =
      append_attribute(file, object, name, &there, texts, error);
  for (int part = 0; !there && !status; part++) {
    char numbered[64];
    snprintf(numbered, sizeof numbered, "%s%d", name, part);
    status = append_attribute(file, object, numbered, &there, texts, error);
    if (!there) break;
    there = false;
  }
  if (status) tacet_hdf5_texts_free(texts);
  return status;
}

/* ---- numbers ------------------------------------------------------------ */

/* A whole number of any width and order; false if it does not fit. */
static bool whole(const unsigned char *value, const tacet_number *number,
                  int64_t *result) {
  uint64_t bits = 0;
  for (int byte = 0; byte < number->bytes; byte++) {
    const int at = number->big_endian ? byte : number->bytes - 1 - byte;
    bits = bits << 8 | value[at];
  }
  const int shift = 64 - 8 * number->bytes;
  *result = number->kind == TACET_SIGNED ? (int64_t)(bits << shift) >> shift
                                         : (int64_t)bits;
  return number->kind == TACET_SIGNED || bits <= INT64_MAX;
}

bool tacet_hdf5_numbers(hid_t object, const char *name, int64_t *result,
                        int *count, int most) {
  attribute a;
  tacet_number number;
  unsigned char values[8 * 8];
  bool read = open_attribute(&a, object, name, most < 8 ? most : 8) &&
              tacet_hdf5_number(a.type, &number) &&
              number.kind != TACET_FLOAT && a.count > 0 &&
              H5Aread(a.id, a.type, values) >= 0;
  close_attribute(&a);
  *count = read ? a.count : 0;
  for (int i = 0; i < *count; i++)
    read &= whole(values + i * number.bytes, &number, &result[i]);
  return read;
}
