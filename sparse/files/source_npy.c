/* NumPy's .npy: a head that is a Python dictionary, then the values. */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct npy {
  tacet_stored stored;
  tacet_number number;
  bool by_columns; /* fortran_order: the first axis is innermost */
  int64_t begin;   /* of the values, in the file */
} npy;

static bool is_npy(const unsigned char *head, size_t size, int64_t file_size) {
  (void)file_size;
  return size >= 8 && memcmp(head, "\x93NUMPY", 6) == 0;
}

/* ---- the head ----------------------------------------------------------- */

static tacet_status refuse_head(const tacet_input *input, tacet_error *error) {
  return tacet_input_refuse(input, error,
                            "its head is not that of a NumPy array");
}

/* The text after 'key': in the dictionary; NULL if there is none. */
static const char *find_value(const char *head, const char *key) {
  char quoted[32];
  snprintf(quoted, sizeof quoted, "'%s':", key);
  const char *found = strstr(head, quoted);
  if (!found) return NULL;
  found += strlen(quoted);
  return found + strspn(found, " ");
}

/* '<f4', '|b1', '>i8' */
static bool read_type(npy *array, const char *text) {
  char order, kind, end;
  int bytes;
  if (!text || sscanf(text, "'%c%c%1d%c", &order, &kind, &bytes, &end) != 4)
    return false;
  if (!strchr("<>|=", order) || end != '\'') return false;
  const bool whole = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
  tacet_number *number = &array->number;
  *number = (tacet_number){.bytes = bytes, .big_endian = order == '>'};
  switch (kind) {
  case 'b': strcpy(array->stored.type, "bool"); return bytes == 1;
  case 'u': number->kind = TACET_UNSIGNED; break;
  case 'i': number->kind = TACET_SIGNED; break;
  case 'f':
    number->kind = TACET_FLOAT;
    number->exponent_bits = bytes == 2 ? 5 : bytes == 4 ? 8 : 11;
    break;
  default: return false;
  }
  const char *name = tacet_number_name(number);
  snprintf(array->stored.type, sizeof array->stored.type, "%s",
           name ? name : "");
  return whole && name;
}

/* (3, 4), (7,) or () */
static tacet_status read_shape(npy *array, const char *text,
                               const tacet_input *input, tacet_error *error) {
  if (!text || *text++ != '(') return refuse_head(input, error);
  for (;;) {
    text += strspn(text, " ,");
    if (*text == ')') break;
    char *end;
    const long long size = strtoll(text, &end, 10);
    if (end == text || size < 0) return refuse_head(input, error);
    if (array->stored.axes == TACET_AXES)
      return tacet_input_refuse(input, error, "has more than 8 axes");
    array->stored.size[array->stored.axes++] = size;
    text = end;
  }
  return TACET_OK;
}

static tacet_status parse_head(npy *array, const char *head,
                               const tacet_input *input, tacet_error *error) {
  *array = (npy){.stored = {.form = "dense", .entries = -1}};
  const char *type = find_value(head, "descr");
  const char *order = find_value(head, "fortran_order");
  if (!type || !order) return refuse_head(input, error);
  if (!read_type(array, type))
    return tacet_input_refuse(input, error,
                              "its type is %.16s; expected booleans, integers "
                              "or floats of 16, 32 or 64 bits",
                              type);
  array->by_columns = strncmp(order, "True", 4) == 0;
  tacet_status status =
      read_shape(array, find_value(head, "shape"), input, error);
  if (!status && array->stored.axes == 0)
    return tacet_input_refuse(input, error, "is a single number");
  return status;
}

/* Checks also that the file is as long as the head says. */
static tacet_status check_length(const npy *array, const tacet_input *input,
                                 tacet_error *error) {
  int64_t bytes;
  tacet_status status = tacet_stored_bytes(&bytes, input, &array->stored,
                                           array->number.bytes, error);
  const int64_t follow = input->size - array->begin;
  if (status || bytes == follow) return status;
  return tacet_input_refuse(input, error,
                            "its head announces %lld bytes of values, but "
                            "%lld follow",
                            (long long)bytes, (long long)follow);
}

static tacet_status read_head(tacet_input *input, npy *array,
                              tacet_error *error) {
  unsigned char start[12];
  tacet_status status = tacet_input_copy(input, start, 10, error);
  if (status) return status;
  const bool first = start[6] == 1;
  if (start[6] < 1 || start[6] > 3)
    return tacet_input_refuse(input, error, "is of version %d, expected 1 to 3",
                              start[6]);
  if (!first) status = tacet_input_copy(input, start + 10, 2, error);
  int64_t length = start[8] | start[9] << 8;
  if (!first) length |= (int64_t)start[10] << 16 | (int64_t)start[11] << 24;
  char head[4096];
  if (!status && length >= (int64_t)sizeof head)
    return tacet_input_refuse(input, error, "its head is longer than %zu bytes",
                              sizeof head - 1);
  if (!status) status = tacet_input_copy(input, head, length, error);
  if (status) return status;
  head[length] = '\0';
  for (char *c = head; *c; c++)
    if ((unsigned char)*c < ' ' || (unsigned char)*c > 126) *c = ' ';
  status = parse_head(array, head, input, error);
  if (status) return status;
  array->begin = (first ? 10 : 12) + length;
  return check_length(array, input, error);
}

/* ---- values ------------------------------------------------------------- */

static tacet_status list(tacet_input *input, tacet_listing *listing,
                         tacet_error *error) {
  npy array;
  tacet_status status = read_head(input, &array, error);
  return status ? status
                : tacet_list_array(listing, &array.stored, input, error);
}

static tacet_status read(tacet_input *input, const char *name,
                         tacet_target *target, tacet_error *error) {
  npy array;
  tacet_status status = tacet_refuse_name(input, name, error);
  if (!status) status = read_head(input, &array, error);
  if (!status) status = tacet_target_begin(target, &array.stored, error);
  if (status) return status;
  tacet_raw raw = {.stored = array.stored,
                   .number = array.number,
                   .by_columns = array.by_columns,
                   .offset = array.begin};
  return tacet_stream_raw(input, &raw, target, error);
}

const tacet_source_kind tacet_source_npy = {"NumPy", is_npy, list, read};
