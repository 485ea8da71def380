/* DLMC's .smtx: "rows, columns, entries", then the offsets of the rows, then
   the columns of the entries, from 0; no values. */
#include "source.h"

#include <stdlib.h>
#include <string.h>

/* A line of three numbers, with or without commas, after comments. */
static bool is_smtx(const unsigned char *head, size_t size, int64_t file_size) {
  (void)file_size;
  size_t i = 0;
  while (i < size && head[i] == '%')
    while (i < size && head[i++] != '\n') continue;
  int numbers = 0;
  for (bool inside = false; i < size && head[i] != '\n'; i++) {
    const bool digit = head[i] >= '0' && head[i] <= '9';
    if (!digit && !strchr(", \t\r", head[i])) return false;
    if (head[i] == '\0') return false;
    numbers += digit && !inside;
    inside = digit;
  }
  return numbers == 3;
}

static tacet_status describe(tacet_input *input, tacet_stored *stored,
                             tacet_error *error) {
  *stored = (tacet_stored){.form = "CSR", .type = "pattern", .axes = 2};
  while (tacet_input_peek(input) == '%') tacet_input_skip_line(input);
  tacet_status status =
      tacet_input_count(input, &stored->size[0], "the rows", error);
  if (!status)
    status = tacet_input_count(input, &stored->size[1], "the columns", error);
  if (!status)
    status = tacet_input_count(input, &stored->entries, "the entries", error);
  if (status) return status;
  /* each number takes a digit and a separator */
  if (stored->size[0] > input->size / 2 || stored->entries > input->size / 2)
    return tacet_input_refuse(input, error,
                              "says it has %lld rows and %lld entries, but is "
                              "only %lld bytes long",
                              (long long)stored->size[0],
                              (long long)stored->entries,
                              (long long)input->size);
  return TACET_OK;
}

static tacet_status list(tacet_input *input, tacet_listing *listing,
                         tacet_error *error) {
  tacet_stored stored;
  tacet_status status = describe(input, &stored, error);
  return status ? status : tacet_list_array(listing, &stored, input, error);
}

/* offset[rows + 1], from 0 to the number of entries, never falling. */
static tacet_status read_offsets(tacet_input *input, int64_t *offset,
                                 const tacet_stored *stored,
                                 tacet_error *error) {
  const int64_t rows = stored->size[0];
  for (int64_t row = 0; row <= rows; row++) {
    tacet_status status =
        tacet_input_count(input, &offset[row], "the offset of a row", error);
    if (status) return status;
    const int64_t least = row ? offset[row - 1] : 0;
    if (row == 0 && offset[0] != 0)
      return tacet_input_refuse_line(input, error,
                                     "the first row begins at %lld, not at 0",
                                     (long long)offset[0]);
    if (offset[row] < least || offset[row] > stored->entries)
      return tacet_input_refuse_line(
          input, error, "offset %lld of row %lld is not in %lld .. %lld",
          (long long)offset[row], (long long)row, (long long)least,
          (long long)stored->entries);
  }
  if (offset[rows] == stored->entries) return TACET_OK;
  return tacet_input_refuse_line(
      input, error, "the rows end at entry %lld, but there are %lld",
      (long long)offset[rows], (long long)stored->entries);
}

static tacet_status read_columns(tacet_input *input, const int64_t *offset,
                                 const tacet_stored *stored,
                                 tacet_target *target, tacet_error *error) {
  tacet_entries entries = {.target = target};
  for (int64_t row = 0; row < stored->size[0]; row++)
    for (int64_t i = offset[row]; i < offset[row + 1]; i++) {
      int64_t column;
      tacet_status status =
          tacet_input_count(input, &column, "a column", error);
      if (status) return status;
      if (column >= stored->size[1])
        return tacet_input_refuse_line(input, error,
                                       "column %lld of row %lld is beyond the "
                                       "%lld columns",
                                       (long long)column, (long long)row,
                                       (long long)stored->size[1]);
      tacet_entries_add(&entries, row, column, 1);
    }
  tacet_entries_flush(&entries);
  return TACET_OK;
}

static tacet_status read(tacet_input *input, const char *array,
                         tacet_target *target, tacet_error *error) {
  tacet_stored stored;
  tacet_status status = tacet_refuse_name(input, array, error);
  if (!status) status = describe(input, &stored, error);
  if (!status) status = tacet_target_begin(target, &stored, error);
  if (status) return status;
  int64_t *offset = malloc(((size_t)stored.size[0] + 1) * sizeof *offset);
  if (!offset)
    return tacet_fail(error, TACET_NO_MEMORY, input->place, "out of memory");
  status = read_offsets(input, offset, &stored, error);
  if (!status) status = read_columns(input, offset, &stored, target, error);
  free(offset);
  if (!status) status = tacet_input_end(input, error);
  return status ? status : tacet_target_end(target, &stored, error);
}

const tacet_source_kind tacet_source_smtx = {"DLMC smtx", is_smtx, list, read};
