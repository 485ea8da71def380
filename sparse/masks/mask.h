/* A tensor's zeros as bits, from a file or made in memory. Knows nothing of
   nests or accelerators. */
#ifndef TACET_MASK_H
#define TACET_MASK_H

#include <stddef.h>

#include "../../dense/dense.h"

struct cs_dl_sparse;

/* Bit i is element i of the tensor in row-major order of the canonical ranks
   (tacet_tensor.rank), 1 = not zero; 64 elements a word, lowest bit first;
   the bits after the last element are 0. A hypersparse mask has `rows` in
   place of bits (sparse/masks/rows.h): of the tensor as a matrix, so that element i
   is in row i / columns. */
typedef struct tacet_mask {
  int ranks;
  int64_t size[TACET_MAX_RANKS];
  int64_t elements;
  int64_t nonzeros;
  uint64_t *bits;            /* owned; [(elements + 63) / 64] */
  size_t mapped;             /* of the memory of bits, for tacet_memory_free */
  struct cs_dl_sparse *rows; /* owned; NULL if there are bits */
} tacet_mask;

/* All zeros, shaped like the tensor. Free with tacet_mask_free. */
tacet_status tacet_mask_make(tacet_mask *mask, const tacet_tensor *tensor,
                             tacet_error *error);

/* The same in memory that child processes share. */
tacet_status tacet_mask_make_shared(tacet_mask *mask,
                                    const tacet_tensor *tensor,
                                    tacet_error *error);

/* Ones at the tensor's values, zeros at its inserted zeros. */
tacet_status tacet_mask_make_values(tacet_mask *mask,
                                    const tacet_tensor *tensor,
                                    tacet_error *error);

/* A hypersparse mask with ones at element[count], which may come in any order,
   each once. Errors: TACET_BAD_INPUT "N entries are stored more than once",
   TACET_NO_MEMORY. */
tacet_status tacet_mask_make_rows(tacet_mask *mask, const tacet_tensor *tensor,
                                  const int64_t *element, int64_t count,
                                  tacet_error *error);
void tacet_mask_free(tacet_mask *mask); /* a zeroed or freed mask is fine */

/* These are of masks with bits. Recounts mask->nonzeros after bits were
   written. */
void tacet_mask_recount(tacet_mask *mask);

/* The same, after turning every bit if `inverted`, and clearing those after
   the last element. */
void tacet_mask_settle(tacet_mask *mask, bool inverted);

void tacet_mask_set(tacet_mask *mask, int64_t element);

/* Clears the inserted zeros of a tensor of the mask's shape, and recounts. */
void tacet_mask_keep_values(tacet_mask *mask, const tacet_tensor *tensor);

bool tacet_mask_test(const tacet_mask *mask, int64_t element);

/* Ones among elements first .. first+count-1. */
int64_t tacet_mask_count(const tacet_mask *mask, int64_t first, int64_t count);

/* Ones in so many words. */
int64_t tacet_ones(const uint64_t *word, int64_t words);

/* What a value that is not zero means. */
typedef enum tacet_polarity {
  TACET_MEANS_KEPT,  /* the weight is there */
  TACET_MEANS_PRUNED /* it was taken away */
} tacet_polarity;

/* Where a mask lies on disk. Strings are borrowed. */
typedef struct tacet_mask_source {
  const char *file;
  const char *dataset; /* "/L07/weights"; NULL or "" in a file of one array */
  const char *layout;  /* a letter a dataset axis, outermost first: "YXC";
                          letters are rank names; ranks left out must have
                          size 1. "K(CRS)": an axis of several ranks, "1": an
                          axis of none. "keras", "pytorch": as these have it.
                          NULL: what the file says, or the shape allows */
  double threshold;    /* |w| > threshold is not zero; 0: w != 0 */
  tacet_polarity polarity;
  tacet_place place; /* of the entry that names it, for messages */
} tacet_mask_source;

/* Reads a mask, or the zeros of weights, from a file of any kind that
   sparse/files/source.h knows, slab by slab into packed bits. -0.0 is zero; NaN and
   infinities are not. Entries of a sparse matrix may come in any order; two at
   one place that are both not zero are an error. A file of a transposed layer has the input's
   values without the inserted zeros. Everything about the file that does not
   fit the tensor is an error that names file, dataset, what was
   found and what was expected. The file is parsed in a child process with
   limits (sparse/files/guard.h), which follows hard links only, reads no other file
   and loads no plugins. */
tacet_status tacet_mask_read(tacet_mask *mask, const tacet_tensor *tensor,
                             const tacet_mask_source *source,
                             tacet_error *error);

#endif
