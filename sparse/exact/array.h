/* The PEs of one step with their tiles, and which of them rules above L1 let
   work; or likewise the buffers of a level at cluster boundaries. Internal to
   the sparse reading with masks. */
#ifndef TACET_ARRAY_H
#define TACET_ARRAY_H

#include "../formats/region.h"
#include "stays.h"
#include "track.h"

typedef struct tacet_pieces_of {
  int count, room;
  tacet_piece *piece; /* of a buffer's tile only the unit is known */
} tacet_pieces_of;

typedef struct tacet_array {
  const tacet_nest *nest;
  const tacet_features *features;
  const tacet_mask *mask[TACET_TENSORS]; /* NULL: no zeros, or of outputs none
                                            that rules may use */
  int storage;                           /* level: L1, or that of the buffers */
  tacet_chain chain[TACET_MAX_DIMS];     /* of all loops */
  int own[TACET_MAX_DIMS];               /* of them, those outside of a child */
  int64_t siblings[TACET_MAX_DIMS];      /* units of children below a parent */
  tacet_steps steps;                     /* at which tiles may change */
  tacet_pieces_of dim[TACET_MAX_DIMS];   /* units with a tile, of each */
  int64_t pe_stride[TACET_MAX_DIMS];     /* of a unit in the PE's number */
  int64_t pes;                           /* or buffers */
  tacet_stays stays;
} tacet_array;

tacet_status tacet_array_make(tacet_array *array, const tacet_nest *nest,
                              const tacet_features *features,
                              const tacet_sparsity *sparsity,
                              tacet_error *error);
void tacet_array_free(tacet_array *array);

/* The buffers of a storage level at cluster boundaries, at the steps at which
   their tiles of an operand may change. */
tacet_status tacet_array_make_buffers(
    tacet_array *array, const tacet_nest *nest, const tacet_features *features,
    const tacet_sparsity *sparsity, int storage, int slot, tacet_error *error);

/* Gathers the tiles of the step at which array->steps stands. */
tacet_status tacet_array_step(tacet_array *array, tacet_error *error);

/* Finds what the rules above L1 decide for the stays that begin with it. */
tacet_status tacet_array_find_stays(tacet_array *array, tacet_error *error);

/* Odometer over PEs: at[] starts from zeros; false after the last. */
bool tacet_array_next(const tacet_array *array, int at[TACET_MAX_DIMS]);
int64_t tacet_array_pe(const tacet_array *array, const int at[TACET_MAX_DIMS]);

/* The children of one parent, then those of the next: *part, borrowed from the
   array, starts zeroed. False after the last. */
bool tacet_array_next_part(tacet_array *part, const tacet_array *array);

/* A PE's tile of the canonical dimensions. */
typedef struct tacet_pe_box {
  int64_t start[TACET_MAX_DIMS];
  int64_t length[TACET_MAX_DIMS];
} tacet_pe_box;

void tacet_array_box(tacet_pe_box *box, const tacet_array *array,
                     const int at[TACET_MAX_DIMS]);

/* The pieces of rank r of a tensor that the PE at[] holds. */
tacet_rank_piece tacet_array_piece(const tacet_array *array,
                                   const tacet_rank *rank,
                                   const int at[TACET_MAX_DIMS]);

#endif
