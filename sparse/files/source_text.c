/* Text of 0 and 1, one a value: Sparseloop's "real-data". Space between them
   means nothing. */
#include "source.h"

#include <stdio.h>

static bool is_separator(int byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_text(const unsigned char *head, size_t size, int64_t file_size) {
  (void)file_size;
  size_t values = 0;
  for (size_t i = 0; i < size; i++) {
    const bool value = head[i] == '0' || head[i] == '1';
    if (!value && !is_separator(head[i])) return false;
    values += value;
  }
  return values > 0;
}

/* Reads up to `room` values. */
static tacet_status take_values(tacet_input *input, unsigned char *values,
                                int64_t room, int64_t *count,
                                tacet_error *error) {
  *count = 0;
  for (int byte; *count < room && (byte = tacet_input_take(input)) >= 0;) {
    if (is_separator(byte)) continue;
    if (byte != '0' && byte != '1')
      return tacet_input_refuse_line(
          input, error, "expected 0 or 1, found byte 0x%02x", byte);
    values[(*count)++] = (unsigned char)(byte - '0');
  }
  return TACET_OK;
}

static tacet_status describe(tacet_input *input, tacet_stored *stored,
                             tacet_error *error) {
  unsigned char values[4096];
  *stored = (tacet_stored){
      .form = "dense", .type = "0 or 1", .axes = 1, .entries = -1};
  for (int64_t count = 1; count > 0; stored->size[0] += count) {
    tacet_status status =
        take_values(input, values, sizeof values, &count, error);
    if (status) return status;
  }
  return tacet_input_unchanged(input, error);
}

static tacet_status list(tacet_input *input, tacet_listing *listing,
                         tacet_error *error) {
  tacet_stored stored;
  tacet_status status = describe(input, &stored, error);
  return status ? status : tacet_list_array(listing, &stored, input, error);
}

static tacet_status read(tacet_input *input, const char *array,
                         tacet_target *target, tacet_error *error) {
  static const tacet_number byte = {TACET_UNSIGNED, 1, false, 0};
  unsigned char values[4096];
  tacet_stored stored;
  tacet_status status = tacet_refuse_name(input, array, error);
  if (!status) status = describe(input, &stored, error);
  if (!status) status = tacet_target_begin(target, &stored, error);
  tacet_input_seek(input, 0);
  for (int64_t start = 0; start < stored.size[0] && !status;) {
    const int64_t left = stored.size[0] - start;
    const int64_t room = left < 4096 ? left : 4096;
    int64_t count;
    status = take_values(input, values, room, &count, error);
    if (!status && count < room)
      status = tacet_input_refuse(input, error, "changed while it was read");
    if (!status) tacet_target_box(target, &start, &count, values, &byte);
    start += count;
  }
  return status ? status : tacet_input_end(input, error);
}

const tacet_source_kind tacet_source_text = {"0/1 text", is_text, list, read};
