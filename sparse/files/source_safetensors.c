/* safetensors: the length of a JSON head, the head, then the values of every
   tensor, one after the other. */
#include "source.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t longest_head = INT64_C(16) << 20;

static int64_t head_length(const unsigned char *bytes) {
  uint64_t length = 0;
  for (int i = 0; i < 8; i++) length |= (uint64_t)bytes[i] << (8 * i);
  return length > INT64_MAX ? -1 : (int64_t)length;
}

static bool is_safetensors(const unsigned char *head, size_t size,
                           int64_t file_size) {
  if (size < 10 || head[8] != '{') return false;
  const int64_t length = head_length(head);
  return length >= 2 && length <= file_size - 8;
}

/* ---- the head ----------------------------------------------------------- */

static tacet_status read_head(tacet_input *input, json_t **head, int64_t *data,
                              tacet_error *error) {
  unsigned char bytes[8];
  tacet_status status = tacet_input_copy(input, bytes, 8, error);
  if (status) return status;
  const int64_t length = head_length(bytes);
  if (length > longest_head)
    return tacet_input_refuse(input, error, "its head is longer than %lld MiB",
                              (long long)(longest_head >> 20));
  char *text = malloc((size_t)length);
  if (!text)
    return tacet_fail(error, TACET_NO_MEMORY, input->place, "out of memory");
  status = tacet_input_copy(input, text, length, error);
  json_error_t problem;
  *head = status ? NULL
                 : json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES,
                              &problem);
  free(text);
  *data = 8 + length;
  if (status || json_is_object(*head)) return status;
  json_decref(*head);
  *head = NULL;
  return tacet_input_refuse(input, error, "its head is no JSON object: %s",
                            problem.text);
}

static bool read_type(const char *name, tacet_number *number) {
  static const struct {
    const char *name;
    tacet_number number;
  } types[] = {
      {"BOOL", {TACET_UNSIGNED, 1, false, 0}},
      {"U8", {TACET_UNSIGNED, 1, false, 0}},
      {"I8", {TACET_SIGNED, 1, false, 0}},
      {"U16", {TACET_UNSIGNED, 2, false, 0}},
      {"I16", {TACET_SIGNED, 2, false, 0}},
      {"U32", {TACET_UNSIGNED, 4, false, 0}},
      {"I32", {TACET_SIGNED, 4, false, 0}},
      {"U64", {TACET_UNSIGNED, 8, false, 0}},
      {"I64", {TACET_SIGNED, 8, false, 0}},
      {"F8_E4M3", {TACET_FLOAT, 1, false, 4}},
      {"F8_E5M2", {TACET_FLOAT, 1, false, 5}},
      {"F16", {TACET_FLOAT, 2, false, 5}},
      {"BF16", {TACET_FLOAT, 2, false, 8}},
      {"F32", {TACET_FLOAT, 4, false, 8}},
      {"F64", {TACET_FLOAT, 8, false, 11}},
  };
  for (size_t i = 0; name && i < sizeof types / sizeof *types; i++) {
    if (strcmp(types[i].name, name) != 0) continue;
    *number = types[i].number;
    return true;
  }
  return false;
}

/* One tensor of the head; offsets are those of the file. */
typedef struct entry {
  tacet_stored stored;
  tacet_number number;
  int64_t begin;
} entry;

static tacet_status read_shape(tacet_stored *stored, const json_t *shape,
                               const tacet_input *input, tacet_error *error) {
  const size_t axes = json_array_size(shape);
  if (!json_is_array(shape) || axes > TACET_AXES)
    return tacet_input_refuse(input, error,
                              "%s: its shape is no list of at most 8 sizes",
                              stored->name);
  for (; stored->axes < (int)axes; stored->axes++) {
    const json_t *size = json_array_get(shape, (size_t)stored->axes);
    stored->size[stored->axes] = json_integer_value(size);
    if (!json_is_integer(size) || json_integer_value(size) < 0)
      return tacet_input_refuse(input, error, "%s: a size is no whole number",
                                stored->name);
  }
  return TACET_OK;
}

static tacet_status read_entry(entry *e, const char *name, const json_t *value,
                               int64_t data, const tacet_input *input,
                               tacet_error *error) {
  *e = (entry){.stored = {.form = "dense", .entries = -1}};
  snprintf(e->stored.name, sizeof e->stored.name, "%s", name);
  if (!read_type(json_string_value(json_object_get(value, "dtype")),
                 &e->number))
    return tacet_input_refuse(input, error, "%s: its dtype is not supported",
                              e->stored.name);
  snprintf(e->stored.type, sizeof e->stored.type, "%s",
           tacet_number_name(&e->number));
  int64_t bytes;
  tacet_status status =
      read_shape(&e->stored, json_object_get(value, "shape"), input, error);
  if (!status)
    status =
        tacet_stored_bytes(&bytes, input, &e->stored, e->number.bytes, error);
  if (status) return status;
  const json_t *offsets = json_object_get(value, "data_offsets");
  const json_t *begin = json_array_get(offsets, 0);
  const json_t *end = json_array_get(offsets, 1);
  if (!json_is_integer(begin) || !json_is_integer(end))
    return tacet_input_refuse(input, error, "%s: has no data_offsets",
                              e->stored.name);
  const int64_t from = json_integer_value(begin), to = json_integer_value(end);
  if (from < 0 || to < from || to > input->size - data || to - from != bytes)
    return tacet_input_refuse(
        input, error,
        "%s: its values are bytes %lld .. %lld, expected %lld bytes within the "
        "%lld of the file",
        e->stored.name, (long long)from, (long long)to, (long long)bytes,
        (long long)(input->size - data));
  e->begin = data + from;
  return TACET_OK;
}

static tacet_status list(tacet_input *input, tacet_listing *listing,
                         tacet_error *error) {
  json_t *head, *value;
  const char *name;
  int64_t data;
  tacet_status status = read_head(input, &head, &data, error);
  if (status) return status;
  json_object_foreach(head, name, value) {
    entry e;
    if (strcmp(name, "__metadata__") == 0) continue;
    status = read_entry(&e, name, value, data, input, error);
    if (!status) status = tacet_list_array(listing, &e.stored, input, error);
    if (status) break;
  }
  json_decref(head);
  return status;
}

static tacet_status find(tacet_input *input, const char *array, entry *found,
                         tacet_error *error) {
  json_t *head;
  int64_t data;
  tacet_status status = read_head(input, &head, &data, error);
  if (status) return status;
  const json_t *value = json_object_get(head, array);
  status =
      value && strcmp(array, "__metadata__") != 0
          ? read_entry(found, array, value, data, input, error)
          : tacet_input_refuse(input, error, "has no tensor \"%.100s\"", array);
  json_decref(head);
  return status;
}

static tacet_status read(tacet_input *input, const char *array,
                         tacet_target *target, tacet_error *error) {
  entry e;
  tacet_status status = find(input, array, &e, error);
  if (!status) status = tacet_target_begin(target, &e.stored, error);
  if (status) return status;
  tacet_raw raw = {.stored = e.stored, .number = e.number, .offset = e.begin};
  return tacet_stream_raw(input, &raw, target, error);
}

const tacet_source_kind tacet_source_safetensors = {"safetensors",
                                                    is_safetensors, list, read};
