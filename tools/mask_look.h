/* An array of a file without a network: a tensor after its own axes, and what
   its zeros look like. */
#ifndef TACET_MASK_LOOK_H
#define TACET_MASK_LOOK_H

#include "../sparse/masks/weights.h"
#include "mask_request.h"

/* A mask and the tensor it is of. Ranks are the letters of the array's own
   layout if it has one of plain letters, else A, B, C, ... */
typedef struct tacet_look {
  tacet_tensor tensor;
  tacet_mask mask;
} tacet_look;

/* Reads an array. An array of more than 2^34 elements, or of more axes than a
   tensor has ranks, is an error. To be freed also after an error. */
tacet_status tacet_look_at(tacet_look *look, const char *file,
                           const tacet_stored *stored,
                           const tacet_mask_request *request,
                           tacet_error *error);
void tacet_look_free(tacet_look *look);

/* kept[size of the rank]: ones with each coordinate. The caller frees it;
   NULL if there is no memory. */
int64_t *tacet_look_count(const tacet_look *look, int rank);

/* The most ones in any aligned group of `group` along the rank; 0 if the rank
   is no multiple of it. */
int64_t tacet_look_group(const tacet_look *look, int rank, int64_t group);

/* Share of the aligned blocks of the matrix (outer ranks x others), size x size,
   that are neither empty nor full; 1 if it has parts of blocks. */
double tacet_look_mixed(const tacet_look *look, int64_t size);

/* Draws the matrix in at most 64 x 24 characters. */
void tacet_look_draw(FILE *out, const tacet_look *look);

#endif
