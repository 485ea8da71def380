/* The published MAESTRO, to the letter: its mapping, model and hardware files
   and its arithmetic, defects included, as the 52 columns of its CSV. A room
   of its own: nothing else in tacet depends on it, and of the rest it knows
   errors only.

   The way of the data: tacet_maestro_read -> tacet_maestro_cost, layer by
   layer -> tacet_maestro_csv_row. Where the published tool crashes or its
   result is undefined, a layer gets an error instead of a row, and the others
   go on. Defects are called d04, d15, ...; the test of each shows it,
   tests/test_maestro_defects.c. */
#ifndef TACET_MAESTRO_H
#define TACET_MAESTRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../error.h"

enum {
  TACET_MAESTRO_MAX_BYTES = 16 << 20, /* of a file */
  TACET_MAESTRO_MAX_LAYERS = 16384,
  TACET_MAESTRO_MAX_DIMS = 32, /* of a layer, as written */
  TACET_MAESTRO_MAX_DIRECTIVES = 64,
  TACET_MAESTRO_MAX_CONSTANTS = 1024,
  TACET_MAESTRO_MAX_REMARKS = 64,
  TACET_MAESTRO_COLUMNS = 52
};

/* ---- files, as written -------------------------------------------------- */

typedef enum tacet_maestro_type {
  TACET_MAESTRO_CONV,
  TACET_MAESTRO_DSCONV,
  TACET_MAESTRO_NGCONV,
  TACET_MAESTRO_TRCONV,
  TACET_MAESTRO_GEMM,
  TACET_MAESTRO_FC,   /* this and the next two: read, but the published */
  TACET_MAESTRO_LSTM, /* arithmetic has no layer for them */
  TACET_MAESTRO_POOL,
  TACET_MAESTRO_TYPES
} tacet_maestro_type;

/* The type as files spell it. */
const char *tacet_maestro_type_name(tacet_maestro_type type);

/* A line of `Dimensions`. */
typedef struct tacet_maestro_dim {
  const char *name; /* "K", "Y", "Y'", ...; any word is let through */
  int size;         /* at least 1 */
  int stride;       /* what `Stride` says of this very name, or 1 */
  tacet_place place;
} tacet_maestro_dim;

typedef enum tacet_maestro_kind {
  TACET_MAESTRO_TEMPORAL,
  TACET_MAESTRO_SPATIAL,
  TACET_MAESTRO_CLUSTER
} tacet_maestro_kind;

/* A size in a directive: a number, or a constant's, or Sz(of). */
typedef struct tacet_maestro_extent {
  int value;      /* at least 1 */
  const char *of; /* the D of Sz(D), NULL for a number */
} tacet_maestro_extent;

typedef struct tacet_maestro_directive {
  tacet_maestro_kind kind;
  tacet_maestro_extent size;
  tacet_maestro_extent offset; /* not used by Cluster */
  const char *dim;             /* NULL for Cluster */
  tacet_place place;           /* of the keyword */
  tacet_place dim_place;       /* of the dimension's name */
} tacet_maestro_directive;

typedef struct tacet_maestro_layer {
  const char *name; /* as the published tool's CSV has it */
  tacet_maestro_type type;
  tacet_place place; /* of the word Layer */
  int dims;
  const tacet_maestro_dim *dim; /* [dims], in the order of the file */
  int directives;               /* 0: no dataflow, as in model files */
  const tacet_maestro_directive *directive; /* [directives] */
  /* Why the layer cannot be used, else NULL. Then the rest is what could be
     read before it. */
  tacet_error *problem;
} tacet_maestro_layer;

/* A mapping (.m) or model file. Owns all it points to. */
typedef struct tacet_maestro_file {
  const char *network; /* "" if the file names none */
  int layers;
  tacet_maestro_layer *layer; /* [layers], sound and unsound ones */
  tacet_error problem;        /* outside any layer; status TACET_OK if none */
  /* What the published tool reads otherwise than its writer may have meant,
     or would choke on though the meaning is plain; at most MAX_REMARKS. */
  int remarks;
  tacet_error *remark; /* [remarks], all of status TACET_OK */
  char *path;          /* what places point to */
  char *text;          /* what names point into */
  tacet_maestro_dim *dim_pool;
  tacet_maestro_directive *directive_pool;
} tacet_maestro_file;

/* Reads a file of at most TACET_MAESTRO_MAX_BYTES. A mistake within a layer
   is that layer's problem, one outside of layers the file's, and reading goes
   on behind it; the first mistake outside is kept. Free *file also where
   problems were found. Errors: TACET_NO_FILE, TACET_NO_MEMORY, and
   TACET_BAD_INPUT where the file is too long or no text. */
tacet_status tacet_maestro_read(tacet_maestro_file *file, const char *path,
                                tacet_error *error);

/* The same from memory; `path` stands for the file in messages. */
tacet_status tacet_maestro_parse(tacet_maestro_file *file, const char *text,
                                 size_t size, const char *path,
                                 tacet_error *error);

void tacet_maestro_free(tacet_maestro_file *file); /* a zeroed one is fine */

/* ---- hardware ----------------------------------------------------------- */

/* Counts are in elements; the published tool knows no other unit. */
typedef struct tacet_maestro_hardware {
  int pes;
  int simd_lanes;
  int noc_bandwidth;     /* elements a cycle */
  int noc_latency;       /* cycles */
  int offchip_bandwidth; /* elements a cycle */
  int l1_size;           /* compared with what is needed, nothing more */
  int l2_size;
} tacet_maestro_hardware;

/* Reads a hardware file: `key: number` pairs. Every value is set, to the
   default of hardware files where the file is silent; simd_lanes, which they
   cannot give, is left alone. `path` is borrowed for the error's place only.
   Errors: TACET_NO_FILE, TACET_NO_MEMORY, TACET_BAD_INPUT. */
tacet_status tacet_maestro_hardware_read(tacet_maestro_hardware *hardware,
                                         const char *path, tacet_error *error);

/* The same from memory. */
tacet_status tacet_maestro_hardware_parse(tacet_maestro_hardware *hardware,
                                          const char *text, size_t size,
                                          const char *path, tacet_error *error);

/* TACET_BAD_INPUT for what makes the published tool divide by zero. */
tacet_status
tacet_maestro_hardware_check(const tacet_maestro_hardware *hardware,
                             tacet_error *error);

/* ---- cost --------------------------------------------------------------- */

typedef enum tacet_maestro_tensor {
  TACET_MAESTRO_INPUT,
  TACET_MAESTRO_FILTER,
  TACET_MAESTRO_OUTPUT,
  TACET_MAESTRO_TENSORS
} tacet_maestro_tensor;

/* Accesses of one tensor, in elements. */
typedef struct tacet_maestro_traffic {
  int64_t l1_reads;
  int64_t l1_writes;
  int64_t l2_reads;
  int64_t l2_writes;
} tacet_maestro_traffic;

/* Cycles of one part of a step, over all steps. */
typedef struct tacet_maestro_delay {
  int64_t least;
  int64_t most;
  int64_t average; /* truncated */
} tacet_maestro_delay;

/* What the published tool computes of a layer. */
typedef struct tacet_maestro_result {
  bool nested;     /* sub-clusters were run, too */
  int64_t runtime; /* cycles */
  int64_t macs;
  tacet_maestro_traffic traffic[TACET_MAESTRO_TENSORS];
  int64_t l1_size; /* elements needed, double-buffered */
  int64_t l2_size;
  int64_t peak_bandwidth; /* of the NoC, elements a cycle */
  double average_bandwidth;
  int64_t offchip_bandwidth; /* the requirement, halved once a case */
  tacet_maestro_delay ingress;
  tacet_maestro_delay egress;
  tacet_maestro_delay compute;
  double utilized_pes;
  double intensity;       /* MACs an element of input, of the last case */
  int64_t written_inputs; /* product of the written sizes that are ranks */
  int64_t written_filters;
  bool wrapped; /* occurrences exceeded 32 bits, so the numbers are wrong */
} tacet_maestro_result;

/* Which tensors have a batch rank: the published tool asks the first layer of
   each type only. */
typedef struct tacet_maestro_batch {
  bool batched[TACET_MAESTRO_TYPES];
} tacet_maestro_batch;

/* Asks the first sound layer of each type in the file. */
void tacet_maestro_batch_of(tacet_maestro_batch *batch,
                            const tacet_maestro_file *file);

/* Evaluates one layer. Pure: no allocation, no I/O, no global state. Errors
   name the directive where one is at fault: TACET_BAD_INPUT (also the layer's
   own problem), TACET_INFEASIBLE (too few PEs), TACET_OVERFLOW. */
tacet_status tacet_maestro_cost(tacet_maestro_result *result,
                                const tacet_maestro_layer *layer,
                                const tacet_maestro_batch *batch,
                                const tacet_maestro_hardware *hardware,
                                tacet_error *error);

/* ---- what is printed ---------------------------------------------------- */

/* L1 counts that the energy of the next layer will wrongly be charged with
   (d04). Starts zeroed; a file has one, in the order of its layers. */
typedef struct tacet_maestro_ledger {
  tacet_maestro_traffic traffic[TACET_MAESTRO_TENSORS];
} tacet_maestro_ledger;

/* Energy, area and power as the published tool scales them. */
typedef struct tacet_maestro_price {
  double energy; /* "nJ" */
  double area;
  double pe_power;
  double l1_power;
  double l2_power;
  double noc_power;
} tacet_maestro_price;

/* Prices a layer and enters its L1 counts into the ledger. */
void tacet_maestro_price_of(tacet_maestro_price *price,
                            tacet_maestro_ledger *ledger,
                            const tacet_maestro_result *result,
                            const tacet_maestro_hardware *hardware);

/* The CSV's first line, without its end of line. */
const char *tacet_maestro_csv_header(void);

/* Writes a layer's line, without its end of line, into text[size]; always
   terminated. Returns its length, or `size` and more if it was cut. */
int tacet_maestro_csv_row(char *text, size_t size, const char *network,
                          const char *layer, const tacet_maestro_result *result,
                          const tacet_maestro_price *price,
                          const tacet_maestro_hardware *hardware);

#endif
