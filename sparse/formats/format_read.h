/* Reads a format in an accelerator's file. Internal to the reader of the
   `sparse` part.

     CSR                         # U, bitmask, CSR, CSC, COO, RLC, Eyeriss-RLC,
                                 # best; 2:4 (the index of N:M), BSR(4x4)
     CP(14)                      # one fiber: U, B, CP, RLE, UOP, with the bits
                                 # of a coordinate, a run or an offset
     [UOP, CP]                   # fibers from the outermost; see
                                 # tacet_format_bind for who has which ranks
     [{format: UOP, flatten: [K, C], payload-word-bits: 8},
      {format: CP, flatten: columns, blocks: 4}, ...]
     {format: CSR, storage-word: 64 bit}   # transfers fill words of that size
     {ranks: [UOP, CP], storage-word: 64 bit,
      rank-application-order: outer-to-inner}   # or inner-to-outer

   A fiber's keys: `flatten` its ranks (Sparseloop: flattened-rankIDs, a list
   of such lists), or rows or columns of the matrix view; `blocks: n`, it holds
   blocks of n coordinates, and `within: n`, what lies in one;
   `metadata-word-bits` a coordinate, a run or a bit of B; `payload-word-bits`
   an offset of UOP, and of others the count of entries below. Widths that are
   not given follow from the transfer's extents. */
#ifndef TACET_FORMAT_READ_H
#define TACET_FORMAT_READ_H

#include "../../dense/spec/spec.h"
#include "format.h"

/* `what` names it in messages. */
tacet_status tacet_format_read(tacet_format *format, tacet_node *node,
                               const char *what, tacet_error *error);

#endif
