/* From boxes and entries of a file's axes to elements of a tensor. */
#include "target.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- messages ----------------------------------------------------------- */

tacet_status tacet_target_refuse(const tacet_target *target,
                                 const tacet_stored *stored, tacet_error *error,
                                 const char *format, ...) {
  char message[384];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return tacet_fail(error, TACET_BAD_INPUT, target->place, "%s: %s%s%s",
                    target->file, stored->name, stored->name[0] ? ": " : "",
                    message);
}

tacet_shape_text tacet_shape_in_words(const int64_t *size, int axes) {
  tacet_shape_text shape = {""};
  int used = 0;
  for (int axis = 0; axis < axes; axis++)
    used += snprintf(shape.text + used, sizeof shape.text - (size_t)used,
                     "%s%lld", axis ? " x " : "", (long long)size[axis]);
  return shape;
}

/* ---- the layout --------------------------------------------------------- */

static tacet_status check_shape(const tacet_target *target,
                                const tacet_stored *stored, const char *layout,
                                tacet_error *error) {
  const tacet_axes *axes = &target->axes;
  int64_t size[TACET_AXES];
  if (stored->axes == 0)
    return tacet_target_refuse(target, stored, error, "is a single number");
  bool same = stored->axes == axes->count;
  for (int axis = 0; axis < axes->count; axis++) {
    size[axis] = axes->axis[axis].size;
    same = same && stored->size[axis] == size[axis];
  }
  if (same) return TACET_OK;
  const tacet_shape_text found =
      tacet_shape_in_words(stored->size, stored->axes);
  const tacet_shape_text expected = tacet_shape_in_words(size, axes->count);
  return tacet_target_refuse(target, stored, error,
                             "has shape %s, expected %s (%s)", found.text,
                             expected.text, layout);
}

static tacet_status refuse_fits(const tacet_target *target,
                                const tacet_stored *stored,
                                const tacet_fits *fits, tacet_error *error) {
  const tacet_shape_text shape =
      tacet_shape_in_words(stored->size, stored->axes);
  char canonical[TACET_LAYOUT];
  tacet_layout_canonical(canonical, target->tensor);
  if (fits->count > 1) {
    tacet_target_refuse(target, stored, error,
                        "its shape %s fits several layouts of %s: %s",
                        shape.text, target->tensor->name, fits->text);
    return tacet_advise(error, "name the right one as layout");
  }
  int64_t size[TACET_MAX_RANKS];
  for (int r = 0; r < target->tensor->ranks; r++)
    size[r] = target->tensor->rank[r].size;
  const tacet_shape_text wanted =
      tacet_shape_in_words(size, target->tensor->ranks);
  return tacet_target_refuse(target, stored, error,
                             "its shape %s is no layout of %s, which is %s "
                             "(%s)",
                             shape.text, target->tensor->name, wanted.text,
                             canonical);
}

/* The layout by what was asked for, by what the file says, or by the shape. */
static tacet_status choose_layout(const tacet_target *target,
                                  const tacet_stored *stored, tacet_fits *fits,
                                  const char **layout, tacet_error *error) {
  const char *said = target->layout      ? target->layout
                     : stored->layout[0] ? stored->layout
                                         : NULL;
  *layout =
      said ? tacet_layout_named(said, target->tensor, stored->axes) : NULL;
  if (said && !*layout && target->layout)
    return tacet_target_refuse(target, stored, error,
                               "has %d axes, for which there is no layout %s",
                               stored->axes, said);
  if (*layout) return TACET_OK;
  tacet_layouts_that_fit(fits, target->tensor, stored->size, stored->axes);
  *layout = fits->first;
  return fits->count == 1 ? TACET_OK : refuse_fits(target, stored, fits, error);
}

/* Values are taken one for each coordinate of the rank. */
static tacet_status check_vector(const tacet_target *target,
                                 const tacet_stored *stored,
                                 tacet_error *error) {
  const tacet_rank *rank = &target->tensor->rank[0];
  const tacet_shape_text shape =
      tacet_shape_in_words(stored->size, stored->axes);
  if (!strstr(stored->type, "float") || strcmp(stored->form, "dense") != 0)
    return tacet_target_refuse(target, stored, error,
                               "holds %s (%s), expected floating-point numbers",
                               stored->type, stored->form);
  if (stored->axes != 1)
    return tacet_target_refuse(target, stored, error,
                               "has shape %s, expected one axis", shape.text);
  if (stored->size[0] == rank->size) return TACET_OK;
  return tacet_target_refuse(target, stored, error,
                             "has %lld numbers; expected %lld, one for each "
                             "coordinate of %s of %s",
                             (long long)stored->size[0], (long long)rank->size,
                             rank->name, target->tensor->name);
}

tacet_status tacet_target_begin(tacet_target *target,
                                const tacet_stored *stored,
                                tacet_error *error) {
  tacet_fits fits;
  const char *layout;
  tacet_status status = TACET_OK;
  if (target->value) status = check_vector(target, stored, error);
  if (!status) status = choose_layout(target, stored, &fits, &layout, error);
  if (!status)
    status = tacet_axes_read(&target->axes, target->tensor, layout,
                             target->place, error);
  if (!status) status = check_shape(target, stored, layout, error);
  if (target->axes.count == 1) target->axes.axis[1] = (tacet_axis){.size = 1};
  target->plain = true;
  target->twice = 0;
  target->ones = -1;
  for (int axis = 0; axis < target->axes.count; axis++)
    target->plain &= target->axes.axis[axis].parts <= 1;
  return status;
}

/* ---- boxes -------------------------------------------------------------- */

static tacet_flag_box box_of(const tacet_target *target, const int64_t *start,
                             const int64_t *length) {
  tacet_flag_box box = {.ranks = target->axes.count};
  for (int axis = 0; axis < box.ranks; axis++) {
    const tacet_axis *along = &target->axes.axis[axis];
    box.length[axis] = length[axis];
    box.stride[axis] = along->parts ? along->stride[0] : 0;
    box.first += tacet_axis_offset(along, start[axis]);
  }
  return box;
}

/* Called for `count` values of a box that follow each other there and lie
   `stride` elements apart in the tensor, the first at `element`. */
typedef void take_run(tacet_target *target, int64_t element, int64_t stride,
                      int64_t count, const unsigned char *values,
                      const tacet_number *number);

static void take_flags(tacet_target *target, int64_t element, int64_t stride,
                       int64_t count, const unsigned char *flags,
                       const tacet_number *number) {
  (void)number;
  const tacet_flag_box run = {
      .ranks = 1, .length = {count}, .stride = {stride}, .first = element};
  tacet_flags_to_bits(target->bits, &run, flags);
}

static void take_magnitudes(tacet_target *target, int64_t element,
                            int64_t stride, int64_t count,
                            const unsigned char *values,
                            const tacet_number *number) {
  for (int64_t i = 0; i < count; i++)
    target->magnitude[element + i * stride] =
        tacet_magnitude(values + i * number->bytes, number);
}

static void take_values(tacet_target *target, int64_t element, int64_t stride,
                        int64_t count, const unsigned char *values,
                        const tacet_number *number) {
  for (int64_t i = 0; i < count; i++)
    target->value[element + i * stride] =
        tacet_float_value(values + i * number->bytes, number);
}

/* Cuts a row of a box where the innermost axis passes from one run of equal
   strides to the next. */
static void take_row(tacet_target *target, int64_t first, int64_t start,
                     int64_t length, const unsigned char *values, int bytes,
                     const tacet_number *number, take_run *take) {
  const tacet_axis *axis = &target->axes.axis[target->axes.count - 1];
  const int last = axis->parts - 1;
  const int64_t whole = last > 0 ? axis->part[last] : INT64_MAX;
  const int64_t stride = last < 0 ? 0 : axis->stride[last];
  for (int64_t done = 0; done < length;) {
    const int64_t at = start + done;
    int64_t count = whole - at % whole;
    if (count > length - done) count = length - done;
    take(target, first + tacet_axis_offset(axis, at), stride, count,
         values + done * bytes, number);
    done += count;
  }
}

static void take_rows(tacet_target *target, const int64_t *start,
                      const int64_t *length, const unsigned char *values,
                      int bytes, const tacet_number *number, take_run *take) {
  const int inner = target->axes.count - 1;
  int64_t index[TACET_AXES] = {0};
  for (int axis = 0; axis >= 0;) {
    int64_t first = 0;
    for (axis = 0; axis < inner; axis++)
      first += tacet_axis_offset(&target->axes.axis[axis],
                                 start[axis] + index[axis]);
    take_row(target, first, start[inner], length[inner], values, bytes, number,
             take);
    values += length[inner] * bytes;
    for (axis = inner - 1; axis >= 0; axis--) {
      if (++index[axis] < length[axis]) break;
      index[axis] = 0;
    }
  }
}

void tacet_target_box(tacet_target *target, const int64_t *start,
                      const int64_t *length, unsigned char *values,
                      const tacet_number *number) {
  if (target->places) {
    target->places->count = target->places->room + 1;
    return;
  }
  if (target->magnitude || target->value) {
    take_rows(target, start, length, values, number->bytes, number,
              target->value ? take_values : take_magnitudes);
    return;
  }
  const uint64_t limit = tacet_magnitude_limit(number, target->threshold);
  int64_t count = 1;
  for (int axis = 0; axis < target->axes.count; axis++) count *= length[axis];
  if (!tacet_are_flags(number, limit))
    tacet_flag_values(values, values, count, number, limit);
  if (target->plain) {
    const tacet_flag_box box = box_of(target, start, length);
    tacet_flags_to_bits(target->bits, &box, values);
  } else {
    take_rows(target, start, length, values, 1, number, take_flags);
  }
}

/* ---- entries ------------------------------------------------------------ */

static void add_magnitude(tacet_target *target, int64_t element,
                          float magnitude) {
  if (magnitude == 0) return;
  target->twice += target->magnitude[element] != 0;
  target->magnitude[element] = magnitude;
}

static void add_place(tacet_places *places, int64_t element) {
  if (places->count < places->room) places->element[places->count] = element;
  places->count += places->count <= places->room;
}

static void add_bit(tacet_target *target, int64_t element, uint64_t kept) {
  uint64_t *word = &target->bits[element / 64];
  const uint64_t bit = kept << (element % 64);
  target->twice += (*word & bit) != 0;
  *word |= bit;
}

void tacet_target_entries(tacet_target *target, const int64_t *row,
                          const int64_t *column, int64_t count,
                          const unsigned char *values,
                          const tacet_number *number) {
  const uint64_t limit = tacet_magnitude_limit(number, target->threshold);
  for (int64_t i = 0; i < count; i++) {
    const int64_t element = tacet_axis_offset(&target->axes.axis[0], row[i]) +
                            tacet_axis_offset(&target->axes.axis[1], column[i]);
    const unsigned char *value = values + i * number->bytes;
    unsigned char kept;
    if (target->magnitude) {
      add_magnitude(target, element, tacet_magnitude(value, number));
      continue;
    }
    tacet_flag_values(&kept, value, 1, number, limit);
    if (target->places && kept)
      add_place(target->places, element);
    else if (target->bits)
      add_bit(target, element, kept);
  }
}

tacet_status tacet_target_end(const tacet_target *target,
                              const tacet_stored *stored, tacet_error *error) {
  if (target->twice == 0) return TACET_OK;
  tacet_target_refuse(target, stored, error,
                      "%lld entries are stored more than once",
                      (long long)target->twice);
  return tacet_advise(error, "sum the duplicates before writing the file "
                             "(scipy: matrix.sum_duplicates())");
}
