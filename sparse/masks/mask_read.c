/* Masks, weights and lists of arrays from files of any kind, read in a process
   of their own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../files/guard.h"
#include "mask.h"
#include "memory.h"
#include "../files/source.h"
#include "weights.h"

/* Generous: the slowest readers do 20 million values or bytes a second. */
static int64_t seconds_for(const char *file, int64_t elements) {
  struct stat about;
  const int64_t bytes = stat(file, &about) == 0 ? (int64_t)about.st_size : 0;
  return 2 + (elements >> 23) + (bytes >> 23);
}

/* ---- one array ---------------------------------------------------------- */

typedef struct array_work {
  tacet_target target;
  const char *array;
} array_work;

static tacet_status read_array(void *context, tacet_error *error) {
  array_work *work = context;
  return tacet_source_read(&work->target, work->array, error);
}

static tacet_status check_threshold(const tacet_mask_source *source,
                                    tacet_error *error) {
  if (source->threshold >= 0 && !isinf(source->threshold)) return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, &source->place,
                    "threshold is %g, expected 0 or more", source->threshold);
}

static array_work work_on(const tacet_tensor *tensor,
                          const tacet_mask_source *source) {
  return (array_work){.target = {.tensor = tensor,
                                 .layout = source->layout,
                                 .file = source->file,
                                 .place = &source->place,
                                 .threshold = source->threshold,
                                 .ones = -1},
                      .array = source->dataset};
}

/* Has the array found in a process of its own, and decoded there into memory
   of both if it needs that. */
static tacet_status run(array_work *work, int64_t elements,
                        tacet_error *error) {
  const tacet_target *target = &work->target;
  return tacet_guard_run(read_array, work, target->file, target->place,
                         seconds_for(target->file, elements), error);
}

/* Values that need no decoding are read here, into memory of this process
   alone, which is faster to get. */
static tacet_status read_bits(tacet_mask *mask, const tacet_tensor *tensor,
                              array_work *work, tacet_error *error) {
  tacet_raw *raw = work->target.raw;
  work->target.bits = mask->bits;
  tacet_status status = run(work, mask->elements, error);
  if (status || !raw->found) return status;
  tacet_mask_free(mask);
  status = tacet_mask_make(mask, tensor, error);
  if (status) return status;
  work->target.bits = mask->bits;
  return tacet_raw_read(raw, &work->target, error);
}

static void settle(tacet_mask *mask, const tacet_target *target,
                   bool inverted) {
  if (target->ones < 0 || inverted)
    tacet_mask_settle(mask, inverted);
  else
    mask->nonzeros = target->ones;
}

static tacet_status read_with_bits(tacet_mask *mask, const tacet_tensor *tensor,
                                   const tacet_mask_source *source,
                                   tacet_error *error) {
  array_work work = work_on(tensor, source);
  work.target.raw = tacet_memory_shared(sizeof *work.target.raw);
  tacet_status status = TACET_OK;
  if (!work.target.raw)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  if (!status) status = tacet_mask_make_shared(mask, tensor, error);
  if (!status) status = read_bits(mask, tensor, &work, error);
  if (status)
    tacet_mask_free(mask);
  else
    settle(mask, &work.target, source->polarity == TACET_MEANS_PRUNED);
  tacet_memory_free(work.target.raw, sizeof *work.target.raw);
  return status;
}

/* ---- hypersparse -------------------------------------------------------- */

/* Below this, bits are always affordable, and faster. */
static const int64_t enough_elements = INT64_C(1) << 30;

/* Entries that the file says it has in a sparse form; -1 if in no such. */
static tacet_status find_entries(int64_t *entries,
                                 const tacet_mask_source *source,
                                 tacet_error *error) {
  tacet_listing *listing;
  const char *name = source->dataset ? source->dataset : "";
  const tacet_stored *found;
  tacet_status status =
      tacet_listing_read(&listing, source->file, &source->place, error);
  if (status) return status;
  status = tacet_listing_find(&found, listing, name, source->file,
                              &source->place, error);
  if (!status) *entries = found->entries;
  tacet_listing_free(listing);
  return status;
}

/* A place takes 64 bits, and so do a row and a column (to sort places). What
   was pruned leaves the rest, which is not hypersparse. */
static tacet_status suits_rows(bool *suits, int64_t *room,
                               const tacet_tensor *tensor,
                               const tacet_mask_source *source,
                               tacet_error *error) {
  int64_t rows = 1, elements = 1;
  *suits = false;
  for (int r = 0; r < tensor->ranks; r++) {
    if (__builtin_mul_overflow(elements, tensor->rank[r].size, &elements))
      return TACET_OK; /* what comes next says so */
    if (r < tensor->row_ranks) rows = elements;
  }
  if (elements < enough_elements || source->polarity == TACET_MEANS_PRUNED)
    return TACET_OK;
  int64_t entries;
  tacet_status status = find_entries(&entries, source, error);
  *suits = !status && entries >= 0 && rows < elements / 256 &&
           elements / rows < elements / 256 && entries < elements / 128;
  *room = 2 * entries; /* of a symmetric matrix one triangle is stored */
  return status;
}

static tacet_status refuse_places(const tacet_mask_source *source,
                                  tacet_error *error) {
  return tacet_fail(error, TACET_BAD_INPUT, &source->place,
                    "%s: changed while it was read", source->file);
}

static tacet_status take_places(tacet_mask *mask, const tacet_tensor *tensor,
                                const tacet_mask_source *source,
                                const tacet_places *places, int64_t room,
                                tacet_error *error) {
  const int64_t elements = tacet_tensor_size(tensor);
  const int64_t count = places->count;
  if (count < 0 || count > room) return refuse_places(source, error);
  for (int64_t i = 0; i < count; i++)
    if (places->element[i] < 0 || places->element[i] >= elements)
      return refuse_places(source, error);
  tacet_error reason = {0};
  tacet_status status =
      tacet_mask_make_rows(mask, tensor, places->element, count, &reason);
  if (!status) return TACET_OK;
  tacet_fail(error, status, &source->place, "%s: %s", source->file,
             reason.message);
  return status;
}

static tacet_status read_rows(tacet_mask *mask, const tacet_tensor *tensor,
                              const tacet_mask_source *source, int64_t room,
                              tacet_error *error) {
  const size_t bytes = sizeof(tacet_places) + (size_t)room * sizeof(int64_t);
  tacet_places *places = tacet_memory_shared(bytes);
  if (!places)
    return tacet_fail(error, TACET_NO_MEMORY, &source->place,
                      "no memory for the %lld entries of %s",
                      (long long)(room / 2), source->file);
  array_work work = work_on(tensor, source);
  work.target.places = places;
  places->room = room;
  tacet_status status = run(&work, room, error);
  if (!status) status = take_places(mask, tensor, source, places, room, error);
  tacet_memory_free(places, bytes);
  return status;
}

static tacet_status read_mask(tacet_mask *mask, const tacet_tensor *tensor,
                              const tacet_mask_source *source,
                              tacet_error *error) {
  bool suits = false;
  int64_t room = 0;
  tacet_status status = check_threshold(source, error);
  if (!status) status = suits_rows(&suits, &room, tensor, source, error);
  if (status) return status;
  return suits ? read_rows(mask, tensor, source, room, error)
               : read_with_bits(mask, tensor, source, error);
}

/* The tensor without inserted zeros. */
static tacet_tensor values_of(const tacet_tensor *tensor) {
  tacet_tensor values = *tensor;
  for (int r = 0; r < values.ranks; r++) {
    values.rank[r].size = tacet_rank_values(&tensor->rank[r]);
    values.rank[r].spacing = 1;
  }
  return values;
}

/* Puts each value of `given` to its place among inserted zeros. */
static void spread(tacet_mask *mask, const tacet_tensor *tensor,
                   const tacet_mask *given) {
  for (int64_t i = 0; i < given->elements; i++) {
    int64_t left = i, element = 0, stride = 1;
    if (!tacet_mask_test(given, i)) continue;
    for (int r = tensor->ranks - 1; r >= 0; r--) {
      const int64_t coordinate =
          left % given->size[r] * tacet_rank_spacing(&tensor->rank[r]);
      element += coordinate * stride;
      left /= given->size[r];
      stride *= tensor->rank[r].size;
    }
    tacet_mask_set(mask, element);
  }
  tacet_mask_recount(mask);
}

tacet_status tacet_mask_read(tacet_mask *mask, const tacet_tensor *tensor,
                             const tacet_mask_source *source,
                             tacet_error *error) {
  *mask = (tacet_mask){0};
  if (tacet_tensor_values(tensor) == tacet_tensor_size(tensor))
    return read_mask(mask, tensor, source, error);
  const tacet_tensor values = values_of(tensor);
  tacet_mask given = {0};
  tacet_status status = read_mask(&given, &values, source, error);
  if (!status) status = tacet_mask_make(mask, tensor, error);
  if (!status) spread(mask, tensor, &given);
  tacet_mask_free(&given);
  return status;
}

void tacet_weights_free(tacet_weights *weights) {
  tacet_memory_free(weights->magnitude, weights->bytes);
  *weights = (tacet_weights){0};
}

tacet_status tacet_weights_read(tacet_weights *weights,
                                const tacet_tensor *tensor,
                                const tacet_mask_source *source,
                                tacet_error *error) {
  *weights = (tacet_weights){.elements = tacet_tensor_size(tensor)};
  weights->bytes = (size_t)weights->elements * sizeof *weights->magnitude;
  weights->magnitude = tacet_memory_shared(weights->bytes);
  if (!weights->magnitude)
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "no memory for the weights of %s", source->file);
  array_work work = work_on(tensor, source);
  work.target.magnitude = weights->magnitude;
  tacet_status status = run(&work, weights->elements, error);
  if (status) tacet_weights_free(weights);
  return status;
}

/* ---- lists -------------------------------------------------------------- */

typedef struct list_work {
  tacet_listing *listing;
  const char *path;
  const tacet_place *place;
} list_work;

static tacet_status read_list(void *context, tacet_error *error) {
  const list_work *work = context;
  return tacet_source_list(work->listing, work->path, work->place, error);
}

static bool fits_a_line(const char *name) {
  for (; *name; name++)
    if ((unsigned char)*name < ' ' || *name == 127) return false;
  return true;
}

/* Whatever the child did, strings end and counts are in range. What cannot be
   printed, nobody can ask for: it is left out. */
static void mend(tacet_listing *listing) {
  const int count = listing->count;
  listing->count = 0;
  listing->kind[sizeof listing->kind - 1] = '\0';
  for (int i = 0; i < count && i < TACET_MOST_LISTED; i++) {
    tacet_stored *stored = &listing->array[i];
    stored->name[sizeof stored->name - 1] = '\0';
    stored->layer[sizeof stored->layer - 1] = '\0';
    stored->form[sizeof stored->form - 1] = '\0';
    stored->type[sizeof stored->type - 1] = '\0';
    stored->layout[sizeof stored->layout - 1] = '\0';
    if (stored->axes < 0 || stored->axes > TACET_AXES ||
        !fits_a_line(stored->name) || !fits_a_line(stored->layer) ||
        !fits_a_line(stored->layout))
      listing->others++;
    else
      listing->array[listing->count++] = *stored;
  }
}

tacet_status tacet_listing_read(tacet_listing **listing, const char *path,
                                const tacet_place *place, tacet_error *error) {
  *listing = tacet_memory_shared(sizeof **listing);
  if (!*listing)
    return tacet_fail(error, TACET_NO_MEMORY, place, "out of memory");
  list_work work = {*listing, path, place};
  tacet_status status = tacet_guard_run(read_list, &work, path, place,
                                        seconds_for(path, 0), error);
  if (status) {
    tacet_listing_free(*listing);
    *listing = NULL;
  } else {
    mend(*listing);
  }
  return status;
}

void tacet_listing_free(tacet_listing *listing) {
  tacet_memory_free(listing, sizeof *listing);
}
