/* Binding: the loop nest that a layer, a dataflow and an accelerator make, and
   where in it each buffer's tiles lie (design, section 3). Must not know of
   cost. */
#ifndef TACET_BIND_H
#define TACET_BIND_H

#include "../spec/accelerator.h"
#include "../spec/dataflow.h"

enum {
  TACET_MAX_LOOPS = 32, /* of a bound nest */
  TACET_MAX_CHAIN = 16  /* of them, over one dimension */
};

/* A map with more than one tile. Tile j of an outer tile of length `len`
   covers [j*size, min(len, (j+1)*size)) of it. A spatial loop gives tile
   t*units + u to unit u in fold t. */
typedef struct tacet_loop {
  int dim;   /* index into layer.dim */
  int level; /* cluster level, 0 outermost */
  bool spatial;
  int64_t size;  /* of a whole tile */
  int64_t tiles; /* of its largest outer tile */
  int64_t units; /* 1 if temporal */
  int64_t folds; /* iterations in time: ceil(tiles / units) */
} tacet_loop;

/* A layer bound to an accelerator by a dataflow. */
typedef struct tacet_nest {
  const tacet_layer *layer; /* borrowed: it must outlive the nest */
  int loops;
  tacet_loop loop[TACET_MAX_LOOPS]; /* outermost first */
  int64_t tile[TACET_MAX_DIMS];     /* of a PE at a step, the whole ones */
  /* 1 + index of the last directive that names each dimension; 0: none */
  signed char named[TACET_MAX_DIMS];
  int levels;
  int64_t units[TACET_MAX_LEVELS]; /* that the level has */
  int64_t pes;                     /* of the accelerator */
  int64_t idle_pes;                /* left over by the clusters */
  int storages;
  /* Cluster levels outside one buffer of each storage level: 0 for DRAM and
     L2, all for L1. */
  int level[TACET_MAX_STORAGE];
  bool contiguous[TACET_MAX_STORAGE]; /* tiles there, as a level says or one
                                         further in */
  /* Loops outside a tensor's tile at each storage level; 0 at DRAM, all loops
     at an L1 that holds the tiles of a step. The others are filled by
     tacet_place_tiles. */
  int position[TACET_MAX_STORAGE][TACET_TENSORS];
} tacet_nest;

/* Makes the loop nest of `layer`, which it borrows, under `dataflow` on
   `accelerator`: every conversion and error of section 3 of the design.
   Positions of L2 are those of the steps (all loops outside);
   tacet_place_tiles improves them. Errors name the directive and are
   TACET_BAD_INPUT or TACET_INFEASIBLE (too few PEs). */
tacet_status tacet_bind(tacet_nest *nest, const tacet_layer *layer,
                        const tacet_dataflow *dataflow,
                        const tacet_accelerator *accelerator,
                        tacet_error *error);

/* The order in which a PE does the MACs of its tile: that of a loop nest with
   the dimensions as given, outermost first. A dimension lies where the last
   directive that names it stands, one of Y or X for the outputs; those that
   none names lie outside, in the order of the layer. However many MACs a PE
   issues at once, their order is this one.

   An operand register holds an element while no dimension of its tensor moves
   in this order, nor from a step to the PE's next: L1 is read at the first of
   these MACs only. A partial sum is read at the first and written after the
   last; it is also written as the PE pauses for a step, and read again at the
   end of the pause, which takes no time of a step. */
void tacet_mac_order(int order[TACET_MAX_DIMS], const tacet_nest *nest);

/* How many buffers a storage level has: 1 of DRAM and L2, units of the cluster
   levels outside of it for others; as many PEs for L1, those left over not
   among them. */
int64_t tacet_buffers(const tacet_nest *nest, int storage);

/* Bits a storage level needs for the tensors' tiles at their positions,
   doubled where the level is double-buffered and the tile ever moves. */
int64_t tacet_need_bits(const tacet_nest *nest,
                        const tacet_accelerator *accelerator, int storage);

/* The part of it that one tensor needs. */
int64_t tacet_tensor_need_bits(const tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               int storage, int slot);

/* Shrinks temporal maps until tacet_place_tiles succeeds: until L1 holds the
   tiles of a step, and L2 those of one step of all PEs or larger ones. The
   rule: as long as a buffer is too small, the inner one first, take its
   tensors by what they need of it, most first; of the temporal maps of such a
   tensor's dimensions take, outermost first, one whose half, rounded up, makes
   the buffer's tiles smaller. Only if no map is like that, take one that must
   be halved several times, since it leaves units without work. What L2 must
   hold of the tiles that buffers at cluster boundaries keep need not shrink
   with the maps. A map of Y or X so becomes one of the outputs Y' or X' that it
   covers. A map that tacet_bind would then refuse is not changed, nor are
   spatial maps and clusters, which say how work lies on the array. Errors leave
   *dataflow as it was: those of tacet_bind, and TACET_INFEASIBLE when no map
   helps any more. */
tacet_status tacet_fit(tacet_dataflow *dataflow, const tacet_layer *layer,
                       const tacet_accelerator *accelerator,
                       tacet_error *error);

/* Chooses the positions of L2, of buffers at cluster boundaries and of an L1
   that keeps what its capacity allows, the inner level first (section 3: fewest
   words from and to the parent, then the smaller need, then outermost in tensor
   order; no tensor further in than at the next level), and checks that every
   level holds its tiles. Error TACET_INFEASIBLE names the buffer, its need and
   size, or says that such an L1 has more than 2^20 windows of a layer, one for
   each PE and time, to look at. */
tacet_status tacet_place_tiles(tacet_nest *nest,
                               const tacet_accelerator *accelerator,
                               tacet_error *error);

#endif
