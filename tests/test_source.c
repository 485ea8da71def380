/* Masks from files that independent writers made: tests/write_sources.py lists
   them with the bits that each must give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/masks/mask.h"
#include "../sparse/masks/weights.h"
#include "cases.h"
#include "scratch.h"

#define PYTHON "/usr/bin/python3"

/* A line of the list. */
typedef struct entry {
  char *field[8]; /* file, dataset, layout, ranks, sizes, expected, ... */
  tacet_tensor tensor;
  unsigned char *expected; /* [elements] */
} entry;

static bool read_entry(entry *e, char *line) {
  line[strcspn(line, "\n")] = '\0';
  for (int i = 0; i < 8; i++) {
    e->field[i] = i ? strtok(NULL, "\t") : strtok(line, "\t");
    if (!e->field[i]) return false;
  }
  e->tensor =
      (tacet_tensor){.name = "weight", .ranks = (int)strlen(e->field[3])};
  char *size = e->field[4];
  for (int r = 0; r < e->tensor.ranks; r++) {
    e->tensor.rank[r] = (tacet_rank){.name = {e->field[3][r]},
                                     .size = strtoll(size, &size, 10)};
    size += *size == ',';
  }
  const size_t elements = (size_t)tacet_tensor_size(&e->tensor);
  e->expected = malloc(elements);
  FILE *file = fopen(scratch_path(e->field[5]), "rb");
  assert_non_null(file);
  assert_int_equal(fread(e->expected, 1, elements, file), elements);
  fclose(file);
  return true;
}

static const char *or_null(const char *field) {
  return strcmp(field, "-") == 0 ? NULL : field;
}

static tacet_mask_source source_of(const entry *e) {
  return (tacet_mask_source){.file = scratch_path(e->field[0]),
                             .dataset = or_null(e->field[1]),
                             .layout = or_null(e->field[2]),
                             .polarity = strcmp(e->field[6], "kept") == 0
                                             ? TACET_MEANS_KEPT
                                             : TACET_MEANS_PRUNED,
                             .threshold = strtod(e->field[7], NULL)};
}

static bool mask_is_right(const entry *e) {
  const tacet_mask_source source = source_of(e);
  tacet_mask mask;
  tacet_error error = {0};
  const tacet_status status =
      tacet_mask_read(&mask, &e->tensor, &source, &error);
  bool same = !status;
  int64_t ones = 0;
  for (int64_t i = 0; same && i < mask.elements; i++) {
    same = tacet_mask_test(&mask, i) == e->expected[i];
    ones += e->expected[i];
  }
  same = same && mask.nonzeros == ones;
  if (!same)
    printf("%s %s %s: %s\n", e->field[0], e->field[1], e->field[2],
           status ? error.message : "other bits");
  tacet_mask_free(&mask);
  return same;
}

/* Where the mask is, weights are not zero. */
static bool weights_are_right(const entry *e) {
  const tacet_mask_source source = source_of(e);
  const bool pruned = source.polarity == TACET_MEANS_PRUNED;
  tacet_weights weights;
  tacet_error error = {0};
  const tacet_status status =
      tacet_weights_read(&weights, &e->tensor, &source, &error);
  bool same = !status;
  for (int64_t i = 0; same && i < weights.elements; i++) {
    const float magnitude = weights.magnitude[i];
    const bool zero = (double)magnitude <= source.threshold;
    same = !(magnitude < 0) && zero == (e->expected[i] == pruned);
  }
  if (!same)
    printf("weights of %s %s %s: %s\n", e->field[0], e->field[1], e->field[2],
           status ? error.message : "other zeros");
  tacet_weights_free(&weights);
  return same;
}

/* Does the file list the dataset, with this shape's elements? */
static bool is_listed(const entry *e) {
  tacet_listing *listing;
  tacet_error error = {0};
  const char *name = strcmp(e->field[1], "-") == 0 ? "" : e->field[1];
  bool found = false;
  if (tacet_listing_read(&listing, scratch_path(e->field[0]), NULL, &error)) {
    printf("%s: %s\n", e->field[0], error.message);
    return false;
  }
  for (int i = 0; i < listing->count && !found; i++) {
    const tacet_stored *stored = &listing->array[i];
    int64_t elements = 1;
    for (int axis = 0; axis < stored->axes; axis++)
      elements *= stored->size[axis];
    const char *listed = stored->name;
    if (listed[0] == '/' && name[0] != '/') listed++;
    found =
        strcmp(listed, name) == 0 && elements == tacet_tensor_size(&e->tensor);
  }
  if (!found) printf("%s does not list %s\n", e->field[0], name);
  tacet_listing_free(listing);
  return found;
}

static bool write_sources(void) {
  char command[1200];
  const uint64_t seed = environment_number("TACET_SEED", 45);
  if (system(PYTHON " -c 'import h5py, numpy, scipy' 2>/dev/null") != 0)
    return false;
  printf("seed %llu\n", (unsigned long long)seed);
  snprintf(command, sizeof command, PYTHON " tests/write_sources.py %s %llu",
           scratch_path(""), (unsigned long long)seed);
  assert_int_equal(system(command), 0);
  return true;
}

static void every_format(void **state) {
  (void)state;
  if (!write_sources()) {
    puts("skipped: no h5py, numpy and scipy for " PYTHON);
    skip();
  }
  FILE *list = fopen(scratch_path("list"), "r");
  assert_non_null(list);
  char line[1024];
  int count = 0, right = 0;
  for (entry e; fgets(line, sizeof line, list); count++) {
    assert_true(read_entry(&e, line));
    const bool mask = mask_is_right(&e);
    const bool weights = count % 4 != 0 || weights_are_right(&e);
    right += mask && weights && (count % 16 != 0 || is_listed(&e));
    free(e.expected);
  }
  fclose(list);
  printf("%d of %d sources give the same bits\n", right, count);
  assert_int_equal(right, count);
  assert_true(count > 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_format)};
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
