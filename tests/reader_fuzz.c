/* Readers of files, given any bytes: a mask or an error of one line. They run
   in this very process. */
#include "reader_fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_must(bool true_always) {
  if (!true_always) abort();
}

size_t fuzz_mutate(const fuzz_seed *seeds, size_t count, uint8_t *data,
                   size_t size, size_t room, unsigned random) {
  const fuzz_seed *seed = &seeds[random % count];
  if (size > 1 || seed->size > room) return LLVMFuzzerMutate(data, size, room);
  memcpy(data, seed->bytes, seed->size);
  return seed->size;
}

const char *fuzz_file(const uint8_t *data, size_t size) {
  static char path[64];
  if (!path[0])
    snprintf(path, sizeof path, "/dev/shm/tacet-fuzz-%ld", (long)getpid());
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  fuzz_must(file >= 0 && write(file, data, size) == (ssize_t)size);
  close(file);
  return path;
}

void fuzz_check(tacet_status status, const tacet_error *error,
                const char *path) {
  char text[1200];
  if (!status) return;
  fuzz_must(status == error->status);
  tacet_error_text(error, text, sizeof text);
  fuzz_must(strstr(text, path) != NULL || strstr(text, "layout") != NULL);
  for (const char *c = error->hint; *c; c++) fuzz_must(*c != '\n');
}

/* ---- one array ----------------------------------------------------------- */

/* What an array comes out as. */
typedef struct ways {
  uint64_t bits[FUZZ_ELEMENTS / 64];
  float magnitude[FUZZ_ELEMENTS];
  tacet_places *places;
} ways;

static void check_bits(const ways *w, int64_t elements) {
  for (int64_t i = elements; i < FUZZ_ELEMENTS; i++)
    fuzz_must(!(w->bits[i / 64] >> (i % 64) & 1) && w->magnitude[i] == 0);
  for (int64_t i = 0; i < elements; i++) fuzz_must(!(w->magnitude[i] < 0));
}

/* Of an array that has bits, so that none of its places comes twice. */
static void check_places(const ways *w, int64_t elements) {
  const tacet_places *places = w->places;
  int64_t ones = 0;
  if (places->count > places->room) return; /* not of a sparse form */
  for (int i = 0; i < FUZZ_ELEMENTS / 64; i++)
    ones += __builtin_popcountll(w->bits[i]);
  fuzz_must(places->count == ones);
  for (int64_t i = 0; i < places->count; i++) {
    const int64_t element = places->element[i];
    fuzz_must(element >= 0 && element < elements);
    fuzz_must(w->bits[element / 64] >> (element % 64) & 1);
  }
}

void fuzz_read_array(const tacet_tensor *tensor, const char *layout,
                     const char *path, fuzz_reader *read, void *context) {
  static const size_t room = FUZZ_ELEMENTS * sizeof(int64_t);
  ways *w = calloc(1, sizeof *w);
  fuzz_must(w != NULL);
  w->places = calloc(1, sizeof *w->places + room);
  fuzz_must(w->places != NULL);
  w->places->room = FUZZ_ELEMENTS;
  const int64_t elements = tacet_tensor_size(tensor);
  const tacet_target empty = {.tensor = tensor, .layout = layout, .file = path};
  tacet_target as_bits = empty, as_weights = empty, as_places = empty;
  tacet_error error = {0};
  as_bits.bits = w->bits;
  as_weights.magnitude = w->magnitude;
  as_places.places = w->places;
  const tacet_status status = read(context, &as_bits, &error);
  fuzz_check(status, &error, path);
  fuzz_check(read(context, &as_weights, &error), &error, path);
  const tacet_status placed = read(context, &as_places, &error);
  fuzz_check(placed, &error, path);
  check_bits(w, elements);
  fuzz_must(status || !placed);
  if (!status) check_places(w, elements);
  free(w->places);
  free(w);
}

/* ---- one kind ----------------------------------------------------------- */

/* A tensor of the array's shape, or of 4 x 6 if it has too many elements. */
static tacet_tensor tensor_like(const tacet_stored *stored) {
  tacet_tensor tensor = {
      .name = "weight",
      .ranks = 2,
      .rank = {{.name = "K", .size = 4}, {.name = "C", .size = 6}}};
  int64_t elements = 1;
  if (stored->axes < 1 || stored->axes > TACET_MAX_RANKS) return tensor;
  for (int axis = 0; axis < stored->axes; axis++)
    if (stored->size[axis] < 1 ||
        __builtin_mul_overflow(elements, stored->size[axis], &elements) ||
        elements > FUZZ_ELEMENTS)
      return tensor;
  tensor.ranks = stored->axes;
  for (int axis = 0; axis < stored->axes; axis++)
    tensor.rank[axis] =
        (tacet_rank){.name = {(char)('A' + axis)}, .size = stored->size[axis]};
  return tensor;
}

/* Whom to ask for which array. */
typedef struct asked {
  const tacet_source_kind *kind;
  tacet_input *input;
  const char *name;
} asked;

static tacet_status read_asked(void *context, tacet_target *target,
                               tacet_error *error) {
  const asked *a = context;
  tacet_input_seek(a->input, 0);
  return a->kind->read(a->input, a->name, target, error);
}

static void read_array(const tacet_source_kind *kind, tacet_input *input,
                       const char *name, const tacet_tensor *tensor,
                       const char *layout) {
  asked a = {kind, input, name};
  fuzz_read_array(tensor, layout, input->path, read_asked, &a);
}

static void read_input(const tacet_source_kind *kind, tacet_input *input) {
  static tacet_listing listing;
  tacet_error error = {0};
  listing.count = listing.others = 0;
  fuzz_check(kind->list(input, &listing, &error), &error, input->path);
  for (int i = 0; i < listing.count && i < 3; i++) {
    const tacet_stored *stored = &listing.array[i];
    const tacet_tensor tensor = tensor_like(stored);
    char canonical[TACET_LAYOUT];
    tacet_layout_canonical(canonical, &tensor);
    read_array(kind, input, stored->name, &tensor, canonical);
    read_array(kind, input, stored->name, &tensor, NULL);
    read_array(kind, input, stored->name, &tensor, "(AB)C");
  }
  const tacet_tensor tensor = tensor_like(&(tacet_stored){0});
  read_array(kind, input, "", &tensor, "(KC)");
  read_array(kind, input, "w", &tensor, "CK");
}

void fuzz_read(const tacet_source_kind *kind, const uint8_t *data,
               size_t size) {
  static tacet_input input;
  tacet_error error = {0};
  const char *path = fuzz_file(data, size);
  fuzz_must(!tacet_input_open(&input, path, NULL, &error));
  tacet_input_peek(&input);
  if (kind->is(input.buffer, input.filled, input.size))
    read_input(kind, &input);
  tacet_input_close(&input);
}
