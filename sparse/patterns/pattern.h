/* Where the zeros of one tensor lie, as statistics or as a rule: every
   occupancy model behind one value and one question. Knows nothing of nests,
   formats or designs. */
#ifndef TACET_PATTERN_H
#define TACET_PATTERN_H

#include "../masks/mask.h"

typedef enum tacet_pattern_kind {
  TACET_BLOCKS,    /* whole blocks are kept: dense, uniform, block, channel */
  TACET_N_OF_M,    /* n of every m along a rank */
  TACET_DENSITIES, /* a density for each coordinate of a rank */
  TACET_PLANE      /* a rule over two ranks, the same for all others */
} tacet_pattern_kind;

/* Of the blocks, `density` are kept, rounded to whole blocks; all arrangements
   of them are equally likely. Blocks at the end of a rank are cut. */
typedef struct tacet_blocks {
  int64_t block[TACET_MAX_RANKS]; /* extent in each rank */
  double density;
  int64_t draws; /* independent arrangements that are laid over each other, as
                    the activations of a batch; at least 1 */
} tacet_blocks;

/* Of each m coordinates of `rank` that follow each other, n are not zero, all
   choices being equally likely. A shorter last group has min(n, its size). */
typedef struct tacet_n_of_m {
  int rank;
  int64_t n, m;
} tacet_n_of_m;

/* Of the elements at coordinate c of `rank`, density[c] are not zero, anywhere
   among them. Coordinates are independent of each other. */
typedef struct tacet_densities {
  int rank;
  double *density; /* owned; [size of the rank] */
} tacet_densities;

/* Parts of a plane. Row i stands at position p of the columns. */
typedef enum tacet_part_kind {
  TACET_BANDED,  /* `width` columns on either side of the diagonal, which runs
                   from corner to corner, and the diagonal */
  TACET_CAUSAL,  /* columns up to p */
  TACET_WINDOW,  /* up to width / 2 columns on either side of p (Longformer,
                   arXiv:2004.05150); causal: the last `width` up to p */
  TACET_GLOBAL,  /* rows whose p is below `width`, and as many columns */
  TACET_STRIDED, /* a window, and every width-th column from p, both ways
                    (Child et al., arXiv:1904.10509) */
  TACET_BLOCK_RANDOM /* BigBird (arXiv:2007.14062): in blocks of width x width,
                        `global` rows and columns, a window, and `random` of
                        the other blocks of each row of blocks */
} tacet_part_kind;

typedef struct tacet_part {
  tacet_part_kind kind;
  bool causal; /* no column beyond p; random blocks are chosen up to it */
  int64_t width;
  int64_t global, window, random; /* TACET_BLOCK_RANDOM: in blocks */
  uint64_t seed;                  /* of the choice of random blocks */
} tacet_part;

enum { TACET_MAX_PARTS = 6, TACET_MAX_RANDOM_BLOCKS = 16 };

/* The union of parts; at most one is TACET_STRIDED. */
typedef struct tacet_plane {
  int rows, columns; /* ranks */
  int64_t offset;    /* p = i + offset */
  int parts;
  tacet_part part[TACET_MAX_PARTS];
} tacet_plane;

typedef struct tacet_pattern {
  tacet_pattern_kind kind;
  int ranks;
  int64_t size[TACET_MAX_RANKS];
  union {
    tacet_blocks blocks;
    tacet_n_of_m n_of_m;
    tacet_densities densities;
    tacet_plane plane;
  } as;
} tacet_pattern;

/* ---- making ------------------------------------------------------------- */

/* Densities are 0 to 1. as.blocks.draws is 1 until the caller changes it. */
tacet_pattern tacet_pattern_dense(const tacet_tensor *tensor);
tacet_pattern tacet_pattern_uniform(const tacet_tensor *tensor, double density);
tacet_pattern tacet_pattern_blocks(const tacet_tensor *tensor,
                                   const int64_t *block, double density);
/* Pruned channels or filters: whole slices of a rank are kept. */
tacet_pattern tacet_pattern_slices(const tacet_tensor *tensor, int rank,
                                   double density);
tacet_pattern tacet_pattern_n_of_m(const tacet_tensor *tensor, int rank,
                                   int64_t n, int64_t m);
/* Takes over `density`, which malloc gave. */
tacet_pattern tacet_pattern_densities(const tacet_tensor *tensor, int rank,
                                      double *density);
tacet_pattern tacet_pattern_plane(const tacet_tensor *tensor,
                                  const tacet_plane *plane);

/* True of a pattern that a density says all about. */
bool tacet_pattern_is_uniform(const tacet_pattern *pattern);

void tacet_pattern_free(tacet_pattern *pattern); /* a zeroed one is fine */

/* Reads the density of one tensor in an input file: a number, for the uniform
   model, or one of

     {distribution: dense}
     {distribution: uniform, density: 0.5, batch: 8}   # or hypergeometric
     {distribution: block, block: {K: 8, C: 8}, density: 0.25}
     {distribution: channel, along: K, density: 0.7}   # or filter
     {distribution: fixed-structured, n: 2, m: 4, along: C}
     {distribution: per-channel, along: C, densities: [0.5, 0.25, 1]}
     {file: densities.h5, dataset: /conv1/weight_density, along: C}
     {distribution: banded, band-width: 3}             # or diagonal
     {distribution: causal}
     {distribution: window, window: 512, causal: true}
     {distribution: global, tokens: 64}
     {distribution: strided, stride: 64, causal: true}
     {distribution: block-random, block: 64, global: 2, window: 3, random: 3,
      seed: 1}
     {distribution: union, of: [{distribution: causal}, ...]}

   A file's densities are floating-point numbers along one axis, one for each
   coordinate of the rank (sparse/files/density_file.h); its name is relative to the
   file that names it. `batch` lays so many samples over each other (uniform, block, channel). From
   banded on: rows and columns name two ranks, those where the matrix view
   splits if they do not; row i stands at position i + offset (default 0) of
   the columns. Sparseloop's spellings band_width and fixed_structured are
   accepted. `along` can differ by the type of the tensor's layer: along:
   {CONV: C, GEMM: K}. `what` names the tensor in messages. */
struct tacet_node;
tacet_status tacet_pattern_read(tacet_pattern *pattern, struct tacet_node *node,
                                tacet_layer_type type,
                                const tacet_tensor *tensor, const char *what,
                                tacet_error *error);

/* ---- asking ------------------------------------------------------------- */

typedef struct tacet_occupancy {
  double nonzeros; /* expected */
  double variance; /* of the count of non-zeros */
  bool exact;      /* the count is certain: variance 0 */
} tacet_occupancy;

/* What the box start[r] .. start[r]+length[r]-1 holds, which lies within the
   tensor. Pure. Takes time in proportion to the box's rows (TACET_PLANE), its
   coordinates of the rank (TACET_DENSITIES), or none of its sizes. */
tacet_occupancy tacet_pattern_box(const tacet_pattern *pattern,
                                  const int64_t *start, const int64_t *length);

/* The probability that it holds no non-zero. */
double tacet_pattern_empty(const tacet_pattern *pattern, const int64_t *start,
                           const int64_t *length);

/* Its expected non-zeros alone, in less time. */
double tacet_pattern_nonzeros(const tacet_pattern *pattern,
                              const int64_t *start, const int64_t *length);

/* The share of the tensor's elements that are not zero: expected, and where a
   density was given, before it was rounded. */
double tacet_pattern_density(const tacet_pattern *pattern);

/* Draws a mask of the tensor that the pattern was made for, to be freed with
   tacet_mask_free; inserted zeros are zeros, whatever the pattern. A plane has no choice left, whatever the seed. Errors:
   TACET_NO_MEMORY; TACET_BAD_INPUT, a tensor of another shape. */
tacet_status tacet_pattern_mask(tacet_mask *mask, const tacet_pattern *pattern,
                                const tacet_tensor *tensor, uint64_t seed,
                                tacet_error *error);

#endif
