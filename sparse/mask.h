/* A tensor's zeros as bits, from HDF5 or made in memory. Knows nothing of
   nests or accelerators. */
#ifndef TACET_MASK_H
#define TACET_MASK_H

#include "../dense/dense.h"

/* Bit i is element i of the tensor in row-major order of the canonical ranks
   (tacet_tensor.rank), 1 = not zero; 64 elements a word, lowest bit first;
   the bits after the last element are 0. */
typedef struct tacet_mask {
  int ranks;
  int64_t size[TACET_MAX_RANKS];
  int64_t elements;
  int64_t nonzeros;
  uint64_t *bits; /* owned; [(elements + 63) / 64] */
} tacet_mask;

/* All zeros, shaped like the tensor. Free with tacet_mask_free. */
tacet_status tacet_mask_make(tacet_mask *mask, const tacet_tensor *tensor,
                             tacet_error *error);
void tacet_mask_free(tacet_mask *mask); /* a zeroed or freed mask is fine */

/* Recounts mask->nonzeros after its bits were written. */
void tacet_mask_recount(tacet_mask *mask);

bool tacet_mask_test(const tacet_mask *mask, int64_t element);
void tacet_mask_set(tacet_mask *mask, int64_t element);

/* Ones among elements first .. first+count-1. */
int64_t tacet_mask_count(const tacet_mask *mask, int64_t first, int64_t count);

/* Where a mask lies on disk. Strings are borrowed. */
typedef struct tacet_mask_source {
  const char *file;
  const char *dataset; /* "/L07/weights" */
  const char *layout;  /* a letter a dataset axis, outermost first: "YXC";
                          letters are rank names; ranks left out must have
                          size 1 */
  double threshold;    /* |w| > threshold is not zero; 0: w != 0 */
  tacet_place place;   /* of the entry that names it, for messages */
} tacet_mask_source;

/* Reads integer, boolean-enum and float datasets (any whitelisted type) slab
   by slab into packed bits. -0.0 is zero; NaN and infinities are not.
   Everything about the file that does not fit the tensor is an error that
   names file, dataset, what was found and what was expected. Follows hard
   links only, and reads no other file. HDF5 loads no plugins from then on, and
   prints nothing in this thread. */
tacet_status tacet_mask_read(tacet_mask *mask, const tacet_tensor *tensor,
                             const tacet_mask_source *source,
                             tacet_error *error);

#endif
