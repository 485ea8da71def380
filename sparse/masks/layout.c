/* Layouts: reading what people write, and listing what a shape allows. */
#include "layout.h"

#include <stdio.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------ */

static int find_rank(const tacet_tensor *tensor, char letter) {
  for (int r = 0; r < tensor->ranks; r++)
    if (tensor->rank[r].name[0] == letter && !tensor->rank[r].name[1]) return r;
  return -1;
}

/* A layout in the making. */
typedef struct reading {
  const tacet_tensor *tensor;
  const char *layout;
  const tacet_place *place;
  tacet_axes *axes;
  bool named[TACET_MAX_RANKS];
} reading;

static tacet_status refuse(const reading *r, const char *what,
                           tacet_error *error) {
  char letters[4 * TACET_MAX_RANKS + 1] = "";
  for (int i = 0; i < r->tensor->ranks; i++) {
    strcat(letters, i ? " " : "");
    strcat(letters, r->tensor->rank[i].name);
  }
  tacet_fail(error, TACET_BAD_INPUT, r->place, "layout \"%.40s\": %s",
             r->layout, what);
  return tacet_advise(
      error,
      "the ranks of %s are %s: name each once, outermost first; those of size "
      "1 may be left out; (CRS) is one axis of three ranks, 1 an axis of none",
      r->tensor->name, letters);
}

static tacet_status refuse_letter(const reading *r, char letter,
                                  const char *what, tacet_error *error) {
  char message[64];
  snprintf(message, sizeof message, "%c %s", letter, what);
  return refuse(r, message, error);
}

static int64_t rank_stride(const tacet_tensor *tensor, int rank) {
  int64_t stride = 1;
  for (int r = rank + 1; r < tensor->ranks; r++) stride *= tensor->rank[r].size;
  return stride;
}

/* Ranks that follow each other in the tensor too are one part. */
static void add_part(tacet_axis *axis, int64_t size, int64_t stride) {
  const int last = axis->parts - 1;
  axis->size *= size;
  if (last >= 0 && axis->stride[last] == size * stride) {
    axis->part[last] *= size;
    axis->stride[last] = stride;
    return;
  }
  axis->part[axis->parts] = size;
  axis->stride[axis->parts++] = stride;
}

static tacet_status add_letter(reading *r, tacet_axis *axis, char letter,
                               tacet_error *error) {
  const int rank = find_rank(r->tensor, letter);
  if (letter == '1') return TACET_OK;
  if (rank < 0)
    return refuse_letter(r, letter, "is not one of its ranks", error);
  if (r->named[rank]) return refuse_letter(r, letter, "is named twice", error);
  r->named[rank] = true;
  add_part(axis, r->tensor->rank[rank].size, rank_stride(r->tensor, rank));
  return TACET_OK;
}

/* Reads one axis, a letter or letters in brackets, and moves *next on. */
static tacet_status read_axis(reading *r, const char **next,
                              tacet_error *error) {
  if (r->axes->count == TACET_AXES)
    return refuse(r, "has more than 8 axes", error);
  tacet_axis *axis = &r->axes->axis[r->axes->count++];
  *axis = (tacet_axis){.size = 1};
  if (**next != '(') return add_letter(r, axis, *(*next)++, error);
  for (++*next; **next != ')';) {
    if (!**next) return refuse(r, "( is not closed", error);
    tacet_status status = add_letter(r, axis, *(*next)++, error);
    if (status) return status;
  }
  ++*next;
  return TACET_OK;
}

tacet_status tacet_axes_read(tacet_axes *axes, const tacet_tensor *tensor,
                             const char *layout, const tacet_place *place,
                             tacet_error *error) {
  reading r = {tensor, layout, place, axes, {false}};
  axes->count = 0;
  for (const char *next = layout; *next;) {
    tacet_status status = read_axis(&r, &next, error);
    if (status) return status;
  }
  for (int rank = 0; rank < tensor->ranks; rank++)
    if (!r.named[rank] && tensor->rank[rank].size > 1)
      return refuse_letter(&r, tensor->rank[rank].name[0], "is missing", error);
  return TACET_OK;
}

int64_t tacet_axis_offset(const tacet_axis *axis, int64_t index) {
  int64_t offset = 0;
  for (int part = axis->parts - 1; part > 0; part--) {
    offset += index % axis->part[part] * axis->stride[part];
    index /= axis->part[part];
  }
  return axis->parts ? offset + index * axis->stride[0] : 0;
}

/* ---- what fits ---------------------------------------------------------- */

/* Layouts are tried letter by letter: each axis takes ranks until their sizes
   multiply to its own. */
typedef struct search {
  const tacet_tensor *tensor;
  const int64_t *size;
  int axes;
  char letters[TACET_LAYOUT]; /* of the axes so far, '|' after each */
  bool used[TACET_MAX_RANKS];
  tacet_fits *fits;
} search;

static bool comes_too_early(const search *s, int rank) {
  static const char pairs[][2] = {{'T', 'R'}, {'R', 'S'}, {'D', 'Y'},
                                  {'Y', 'X'}, {'O', 'P'}, {'P', 'Q'}};
  const char letter = s->tensor->rank[rank].name[0];
  for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
    if (letter != pairs[p][1]) continue;
    const int first = find_rank(s->tensor, pairs[p][0]);
    return first >= 0 && s->tensor->rank[first].size > 1 && !s->used[first];
  }
  return false;
}

/* "K|CRS|" as people write it: "K(CRS)"; an axis without letters is "1". */
static void spell(char layout[TACET_LAYOUT], const char *letters) {
  for (const char *end; (end = strchr(letters, '|')); letters = end + 1) {
    const int length = (int)(end - letters);
    if (length == 0)
      layout += sprintf(layout, "1");
    else
      layout +=
          sprintf(layout, length == 1 ? "%.*s" : "(%.*s)", length, letters);
  }
  *layout = '\0';
}

static void keep_fit(const search *s) {
  char layout[TACET_LAYOUT];
  tacet_fits *fits = s->fits;
  spell(layout, s->letters);
  if (fits->count++ == 0) strcpy(fits->first, layout);
  if (strlen(fits->text) + strlen(layout) + 8 > sizeof fits->text) return;
  if (fits->count > 1) strcat(fits->text, ", ");
  strcat(fits->text, layout);
}

static void try_axis(search *s, int axis, int64_t left);

/* Gives `left` of an axis to each rank in turn that divides it. */
static void try_ranks(search *s, int axis, int64_t left) {
  const size_t length = strlen(s->letters);
  for (int r = 0; r < s->tensor->ranks; r++) {
    const int64_t size = s->tensor->rank[r].size;
    if (s->used[r] || size < 2 || left % size != 0 || comes_too_early(s, r))
      continue;
    s->used[r] = true;
    s->letters[length] = s->tensor->rank[r].name[0];
    s->letters[length + 1] = '\0';
    try_axis(s, axis, left / size);
    s->letters[length] = '\0';
    s->used[r] = false;
  }
}

static void try_axis(search *s, int axis, int64_t left) {
  if (left != 1) {
    try_ranks(s, axis, left);
    return;
  }
  const size_t length = strlen(s->letters);
  strcat(s->letters, "|");
  if (axis + 1 < s->axes) {
    try_axis(s, axis + 1, s->size[axis + 1]);
  } else {
    bool all = true;
    for (int r = 0; r < s->tensor->ranks; r++)
      all &= s->used[r] || s->tensor->rank[r].size < 2;
    if (all) keep_fit(s);
  }
  s->letters[length] = '\0';
}

void tacet_layouts_that_fit(tacet_fits *fits, const tacet_tensor *tensor,
                            const int64_t *size, int axes) {
  search s = {.tensor = tensor, .size = size, .axes = axes, .fits = fits};
  *fits = (tacet_fits){.count = 0};
  for (int axis = 0; axis < axes; axis++)
    if (size[axis] < 1) return;
  if (axes > 0) try_axis(&s, 0, size[0]);
}

/* ---- conventions -------------------------------------------------------- */

static bool is_depthwise(const tacet_tensor *tensor) {
  const int group = find_rank(tensor, 'G'), channel = find_rank(tensor, 'C');
  const int filter = find_rank(tensor, 'K');
  return group >= 0 && channel >= 0 && filter >= 0 &&
         tensor->rank[group].size > 1 && tensor->rank[channel].size == 1 &&
         tensor->rank[filter].size == 1;
}

const char *tacet_layout_named(const char *layout, const tacet_tensor *tensor,
                               int axes) {
  static const struct {
    const char *convention;
    const char *matrix, *product, *filters, *depthwise;
  } known[] = {{"keras", "CK", "KN", "RSC(GK)", "RSGK"},
               {"pytorch", "KC", "NK", "(GK)CRS", "(GK)CRS"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strcmp(layout, known[i].convention) != 0) continue;
    if (axes == 2)
      return find_rank(tensor, 'N') >= 0 && find_rank(tensor, 'C') < 0
                 ? known[i].product
                 : known[i].matrix;
    if (axes != 4) return NULL;
    return is_depthwise(tensor) ? known[i].depthwise : known[i].filters;
  }
  return layout;
}

void tacet_layout_canonical(char layout[TACET_LAYOUT],
                            const tacet_tensor *tensor) {
  int r = 0;
  for (; r < tensor->ranks; r++) layout[r] = tensor->rank[r].name[0];
  layout[r] = '\0';
}
