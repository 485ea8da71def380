/* Formats: a tensor's ranks as a stack of fibers, each of which says in its
   own way which of its coordinates are there (Sparseloop, MICRO 2022, section
   3; design, section 5); and the size of a transfer in a format. */
#ifndef TACET_FORMAT_H
#define TACET_FORMAT_H

#include "../../dense/dense.h"
#include "../patterns/occupancy.h"
#include "../patterns/pattern.h"

/* Of a fiber with n coordinates, of which the transfer has e: */
typedef enum tacet_fiber_kind {
  TACET_FIBER_U,   /* all n are there */
  TACET_FIBER_B,   /* n bits, one a coordinate */
  TACET_FIBER_CP,  /* a coordinate an entry */
  TACET_FIBER_RLE, /* an entry has the run of zeros before it; after the
                      longest run of b bits follows an entry without a value,
                      which so stands for 2^b zeros; zeros at the end have no
                      entry */
  TACET_FIBER_UOP, /* n+1 offsets: where the entries of each coordinate begin
                      and the last ends */
  TACET_FIBER_KINDS
} tacet_fiber_kind;

extern const char
    *const tacet_fiber_names[]; /* "U", "B", ...; ends with NULL */

enum {
  TACET_MAX_FIBERS = 6,
  TACET_DERIVED = -1,      /* width that follows from the transfer */
  TACET_MOST_BLOCK = 4096, /* coordinates */
  TACET_FORMAT_TEXT = 512
};

/* Ranks whose coordinates, counted through with the last fastest, lie along a
   fiber. */
typedef enum tacet_along {
  TACET_ALONG_REST,    /* what no fiber names; see tacet_format_bind */
  TACET_ALONG_ROWS,    /* of the matrix view */
  TACET_ALONG_COLUMNS, /* of the matrix view */
  TACET_ALONG_POINTS, /* both: a coordinate is two, of the row and the column */
  TACET_ALONG_NAMED,
  TACET_ALONG_SUMMED, /* the first dimension that outputs sum over and that
                          is a rank of its own: C, or K of a GEMM */
} tacet_along;

typedef enum tacet_cut {
  TACET_CUT_NONE,
  TACET_CUT_BLOCKS, /* the coordinate is that of a block */
  TACET_CUT_WITHIN  /* the coordinate lies in a block, the last one's too */
} tacet_cut;

typedef struct tacet_fiber {
  tacet_fiber_kind kind;
  int metadata_bits; /* of a coordinate, a run, or B's bit; TACET_DERIVED:
                        max(1, ceil(log2 n)), or 1 of B */
  int payload_bits;  /* of an offset of UOP; of others the count of entries in
                        the fiber below an entry, where that one is CP or RLE;
                        TACET_DERIVED: as many as the largest takes */
  int slots;         /* entries that each CP fiber has, zeros among them; 0:
                        those that are not zero */
  tacet_along along;
  char name[TACET_MAX_RANKS + 1]; /* of the ranks, a letter each */
  tacet_cut cut;
  int64_t block;
  /* from tacet_format_bind */
  int ranks;
  int first; /* of TACET_ALONG_POINTS: that are rows */
  int rank[TACET_MAX_RANKS];
} tacet_fiber;

typedef enum tacet_format_name {
  TACET_UNCOMPRESSED, /* the elements themselves */
  TACET_BITMASK,      /* B over all ranks */
  TACET_CSR,          /* UOP over rows, CP over columns */
  TACET_CSC,          /* UOP over columns, CP over rows */
  TACET_COO,          /* CP over all, a coordinate being row and column */
  TACET_RLC,          /* RLE over all with runs of 5 bits */
  TACET_EYERISS_RLC,  /* the same in words of 64 bits as Eyeriss writes them to
                         DRAM: of 16-bit values three pairs, and a bit that
                         says whether it is the last (Chen et al., JSSC 2017,
                         section V.A) */
  TACET_BEST,         /* the smallest of those above but the last, for a whole
                         tile of the receiver; see tacet_formats_choose */
  TACET_NAMED_FORMATS,
  TACET_N_OF_M_INDEX = TACET_NAMED_FORMATS, /* the following have numbers */
  TACET_BSR,
  TACET_STACK /* anything else */
} tacet_format_name;

extern const char *const tacet_format_names[]; /* "U", ...; ends with NULL */

typedef struct tacet_format {
  tacet_format_name name;
  int fibers; /* outermost first; 0: uncompressed */
  tacet_fiber fiber[TACET_MAX_FIBERS];
  bool outer_first; /* how TACET_ALONG_REST deals out ranks */
  int64_t word;     /* bits of a storage word, which transfers fill; 0: none */
  bool whole;       /* no entry lies in two words, of which each has one bit
                       more */
} tacet_format;

/* One of the formats that a name says all about. */
tacet_format tacet_format_named(tacet_format_name name);

/* The index of n:m sparsity along the summed dimension: the places of n values
   in each m. Values that are zero all the same take a place too. */
tacet_format tacet_format_n_of_m(int n, int64_t m);

/* Blocks of rows x columns with their zeros; UOP over rows of blocks, CP over
   columns of blocks. */
tacet_format tacet_format_bsr(int64_t rows, int64_t columns);

/* A format as files spell it; cut to fit `size`. */
void tacet_format_text(char *text, size_t size, const tacet_format *format);

/* Gives each fiber its ranks of a layer's tensor. A rank that the tensor does
   not have is left out, and so is a fiber without ranks. Fibers that name
   none: one takes all ranks that are left; two, where no other names any, rows
   and columns of the matrix view; else the last takes the innermost rank that
   is left, and so on, the outermost fiber all of the others (if outer_first,
   the first takes the outermost). Error TACET_BAD_INPUT: a rank of more than
   one coordinate is in no fiber, or twice. */
tacet_status tacet_format_bind(tacet_format *format, const tacet_layer *layer,
                               int slot, tacet_error *error);

/* ---- sizes -------------------------------------------------------------- */

/* A transfer's size. Doubles, as they may be expected. */
typedef struct tacet_bits {
  double payload;
  double metadata; /* and padding of storage words */
} tacet_bits;

/* Coordinates along a fiber where the smallest grid that holds the transfer
   has extent[ranks]. Of a bound format, as all below. */
int64_t tacet_fiber_length(const tacet_fiber *fiber, const int64_t *extent);

/* Size of a transfer from entries[fibers], that all fibers of a level have
   together: those that are there, and of RLE those without a value. */
tacet_bits tacet_format_bits(const tacet_format *format, const int64_t *extent,
                             const double *entries, int64_t width);

/* What a transfer is expected to hold. */
typedef struct tacet_contents {
  double elements;
  double nonzeros;
  tacet_uniform model; /* how these lie in the tensor, where nothing else is
                          known */
  const tacet_pattern
      *pattern; /* what is, for boxes; NULL: nothing. Borrowed */
} tacet_contents;

/* Expected size of the contents in a grid of extent[]. Exact but for storage
   words if they fill the grid and blocks fill the ranks; runs other than of
   single elements, or of a pattern's, are those of the model. */
tacet_bits tacet_expected_bits(const tacet_format *format,
                               const int64_t *extent,
                               const tacet_contents *contents, int64_t width);

/* What the size of a transfer varies with: entries of the innermost level whose
   number is open. */
typedef struct tacet_swing {
  double variance; /* of how many there are; 0: the size is certain */
  double mean;
  double more;     /* that there could be */
  double bits;     /* that come with each, with what is below it */
  double nonzeros; /* likewise */
  double least;    /* bits of the whole if all is zero */
} tacet_swing;

/* The same size, and what it varies with: storage words as if each were the
   entries that fill it. */
tacet_bits tacet_swinging_bits(tacet_swing *swing, const tacet_format *format,
                               const int64_t *extent,
                               const tacet_contents *contents, int64_t width);

/* Expected entries of RLE fibers of `length` coordinates, each with `box`
   elements below it: of one fiber. */
double tacet_rle_expected_entries(int64_t length, int64_t box, int run_bits,
                                  tacet_uniform model);

#endif
