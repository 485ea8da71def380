/* A vector is an array of a tensor that has one rank alone. */
#include "density_file.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "../masks/memory.h"
#include "source.h"

static const int64_t most_seconds = 10;

typedef struct work {
  tacet_target target;
  const char *array;
} work;

static tacet_status read_array(void *context, tacet_error *error) {
  work *w = context;
  return tacet_source_read(&w->target, w->array, error);
}

static tacet_status check_values(const double *density, const tacet_rank *rank,
                                 const tacet_mask_source *source,
                                 tacet_error *error) {
  for (int64_t i = 0; i < rank->size; i++)
    if (!(density[i] >= 0 && density[i] <= 1))
      return tacet_fail(error, TACET_BAD_INPUT, &source->place,
                        "%s: %s: the density at %s = %lld is %.10g; expected 0 "
                        "to 1",
                        source->file, source->dataset ? source->dataset : "",
                        rank->name, (long long)i, density[i]);
  return TACET_OK;
}

tacet_status tacet_densities_read(double **density, const tacet_tensor *tensor,
                                  int rank, const tacet_mask_source *source,
                                  tacet_error *error) {
  tacet_tensor vector = {.ranks = 1, .row_ranks = 1};
  vector.rank[0] = tensor->rank[rank];
  memcpy(vector.name, tensor->name, sizeof vector.name);
  const size_t bytes = (size_t)vector.rank[0].size * sizeof **density;
  double *shared = tacet_memory_shared(bytes);
  work w = {{.tensor = &vector,
             .layout = vector.rank[0].name,
             .file = source->file,
             .place = &source->place,
             .value = shared,
             .ones = -1},
            source->dataset};
  *density = malloc(bytes);
  tacet_status status = TACET_OK;
  if (!shared || !*density)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  if (!status)
    status = tacet_guard_run(read_array, &w, source->file, &source->place,
                             most_seconds, error);
  if (!status) memcpy(*density, shared, bytes);
  if (!status) status = check_values(*density, &vector.rank[0], source, error);
  if (status) {
    free(*density);
    *density = NULL;
  }
  tacet_memory_free(shared, bytes);
  return status;
}
