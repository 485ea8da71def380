/* Input files as trees of nodes, and the readers that turn them into plain
   structs. A reader asks a map for the keys it knows; tacet_doc_check then
   refuses the keys that nobody asked for, so that several readers (dense and
   sparse) share one file and a typo still shows. */
#ifndef TACET_SPEC_H
#define TACET_SPEC_H

#include <stddef.h>

#include "../dense.h"

/* A parsed YAML file: owns its nodes, strings and file name. */
typedef struct tacet_doc tacet_doc;

typedef enum tacet_node_kind {
  TACET_SCALAR,
  TACET_LIST,
  TACET_MAP
} tacet_node_kind;

typedef struct tacet_node tacet_node;

/* Reads at most 4 MiB of YAML, nested at most 64 deep. *doc is owned by the
   caller. Duplicate keys, alias cycles, undefined aliases, several documents
   and bad UTF-8 are errors with their place. */
tacet_status tacet_doc_read(tacet_doc **doc, const char *path,
                            tacet_error *error);

/* The same from memory; `name` stands for the file in messages (copied). */
tacet_status tacet_doc_parse(tacet_doc **doc, const char *text, size_t size,
                             const char *name, tacet_error *error);

void tacet_doc_free(tacet_doc *doc); /* NULL is fine */

tacet_node *tacet_doc_root(const tacet_doc *doc);
const char *tacet_doc_path(const tacet_doc *doc);

/* Error TACET_BAD_INPUT for the first key that no reader asked for, with the
   nearest key that was asked for in the same map. A map that no reader asked
   for anything is not looked into. */
tacet_status tacet_doc_check(const tacet_doc *doc, tacet_error *error);

/* ---- nodes -------------------------------------------------------------- */

tacet_node_kind tacet_node_is(const tacet_node *node);
tacet_place tacet_node_place(const tacet_node *node);
const char *tacet_node_text(const tacet_node *node); /* "" unless a scalar */
int tacet_node_count(const tacet_node *node);        /* of items or keys */
tacet_node *tacet_node_item(const tacet_node *node, int index); /* value */
const char *tacet_node_key(const tacet_node *map, int index);
tacet_place tacet_node_key_place(const tacet_node *map, int index);

/* The value of `key` in a map (NULL if absent), which counts as asked for. */
tacet_node *tacet_get(tacet_node *map, const char *key);

/* Like tacet_get, but a missing key is an error that names the map's place;
   and a node that is not a map is one too. */
tacet_status tacet_need(tacet_node **value, tacet_node *map, const char *key,
                        tacet_error *error);

/* Counts every key of a map as asked for (maps from names to values). */
void tacet_read_all_keys(tacet_node *map);

/* TACET_OK if the node is of the kind, else "expected a list, found ...". */
tacet_status tacet_expect(const tacet_node *node, tacet_node_kind kind,
                          const char *what, tacet_error *error);

/* ---- changes ------------------------------------------------------------ */

/* The scalar at `path` in a document, as "l1.size": keys of maps joined by
   dots, and for a list of maps the `name` of one, also of one in a block of
   layers. A key that is not there is added, empty, for a reader to refuse.
   Error TACET_BAD_INPUT: the path leads to or through something else. */
tacet_status tacet_doc_find(tacet_node **node, const tacet_doc *doc,
                            const char *path, tacet_error *error);

/* Changes the text of a scalar for readers to come; `text` is borrowed until
   they are done. Readers that read before have what was there. */
void tacet_node_say(tacet_node *node, const char *text);

/* ---- typed values ------------------------------------------------------- */

/* Each converts one scalar, whole, within [min, max]; `what` names it in
   messages. Numbers: decimal integers, decimal fractions; never nan, inf,
   hex, octal or trailing characters. */
tacet_status tacet_as_int(int64_t *value, const tacet_node *node, int64_t min,
                          int64_t max, const char *what, tacet_error *error);
tacet_status tacet_as_real(double *value, const tacet_node *node, double min,
                           double max, const char *what, tacet_error *error);
/* true or false, nothing else */
tacet_status tacet_as_bool(bool *value, const tacet_node *node,
                           const char *what, tacet_error *error);
/* Copies a non-empty scalar of less than `size` bytes. */
tacet_status tacet_as_name(char *value, size_t size, const tacet_node *node,
                           const char *what, tacet_error *error);
/* Index into `words` (NULL-terminated); else an error listing them, with the
   nearest. Case matters. */
tacet_status tacet_as_word(int *index, const tacet_node *node,
                           const char *const *words, const char *what,
                           tacet_error *error);

/* Kinds of quantity. A number without its unit is an error that lists the
   units. */
typedef enum tacet_unit {
  TACET_BITS,           /* bit, Kibit; B, KiB, MiB, GiB, kB, MB, GB -> bits */
  TACET_HERTZ,          /* Hz, kHz, MHz, GHz -> Hz */
  TACET_PJ,             /* fJ, pJ, nJ -> pJ */
  TACET_UM2,            /* um2, mm2 -> um2 */
  TACET_MW,             /* uW, mW, W -> mW */
  TACET_BITS_PER_S,     /* kb/s, Mb/s, Gb/s; B/s, kB/s, MB/s, GB/s, GiB/s
                           -> bits a second */
  TACET_WORDS_PER_CYCLE /* words/cycle */
} tacet_unit;

tacet_status tacet_as_quantity(double *value, const tacet_node *node,
                               tacet_unit unit, double min, double max,
                               const char *what, tacet_error *error);

/* The same for an optional key of a map: *value keeps what it holds (the
   default) if the key is absent. */
tacet_status tacet_get_int(int64_t *value, tacet_node *map, const char *key,
                           int64_t min, int64_t max, tacet_error *error);
tacet_status tacet_get_real(double *value, tacet_node *map, const char *key,
                            double min, double max, tacet_error *error);
tacet_status tacet_get_bool(bool *value, tacet_node *map, const char *key,
                            tacet_error *error);
tacet_status tacet_get_quantity(double *value, tacet_node *map, const char *key,
                                tacet_unit unit, double min, double max,
                                tacet_error *error);

/* ---- readers ------------------------------------------------------------ */

/* Every file starts with `tacet: 1` and one of the keys network, dataflow,
   accelerator, technology, profile, whose value is its name. Checks both and
   copies the name (size TACET_NAME). `kind` is a string constant. Accepts the
   key `source`, text or a list of texts: where the data come from, for
   people. */
tacet_status tacet_read_head(char *name, tacet_node *root, const char *kind,
                             tacet_error *error);

/* A network:

     tacet: 1
     network: sparse-mobilenet
     layers:
       - name: L07
         type: CONV            # or DWCONV, TRCONV, FC, GEMM
         dims: {N: 1, G: 1, K: 64, C: 64, R: 3, S: 3, Y: 32, X: 32}
         stride: 1             # or {Y: 2, X: 1}; likewise dilation
         padding: 1            # each side; {Y: 1, X: [0, 1]} is (before, after)
         repeat: 1
         dataflow: KC-P.yaml   # relative to this file, or a map inline: in
                               # place of the accelerator's
       - name: QK
         type: GEMM
         dims: {B: 12, M: 128, N: 128, K: 64}
         shared: [B]           # operands A, B without a batch rank
       - name: up1
         type: TRCONV          # transposed: Y, X before zeros are inserted
         dims: {K: 32, C: 64, R: 3, S: 3, Y: 28, X: 28}
         stride: 2             # 56 rows, (28-1)*2 - 2*1 + (3-1) + 1 + 1
         padding: 1            # outputs cut off each side
         output-padding: 1     # outputs added below and to the right
       - name: conv1a          # of C3D (Tran et al., ICCV 2015)
         type: CONV3D          # over frames, too: D of the input, T of a filter
         dims: {K: 64, C: 3, T: 3, R: 3, S: 3, D: 16, Y: 112, X: 112}
         padding: 1            # or {D: 1, Y: 1, X: 1}; likewise stride
       - name: wave
         type: CONV            # without Y and R: of one dimension, X
         dims: {K: 64, C: 1, S: 10, X: 16000}
         stride: 5             # of X
       - repeat: 12            # a block: layers that repeat together
         layers:
           - {name: FFN, type: GEMM, dims: {M: 2 * tokens, ...}}
     parameters: {sequence: 128, tokens: sequence + 1}

   A size and `repeat` may be formulas over the parameters, and a parameter over
   those before it: + - * / and parentheses; / must leave no rest. A layer in
   blocks repeats by the product.
   K and C are those of one group; N, G, R, S, Y, X, B default to 1. DWCONV
   takes its channels as C (or G) and has neither K nor G beside C. FC takes
   N, K, C. A convolution in one dimension is one with Y: 1. Names are unique.
   Keys of other readers stay unasked. Places point into `doc`, which must
   outlive the network. */
tacet_status tacet_network_read(tacet_network *network, const tacet_doc *doc,
                                tacet_error *error);

/* A dataflow, a file or the value of a key:

     tacet: 1
     dataflow: KC-P
     directives:               # for all types but GEMM
       - SpatialMap(1,1) K
       - TemporalMap(Sz(R),1) Y
       - Cluster(64)
     by-type:                  # takes the place of the above for a type
       GEMM: [ "SpatialMap(1,1) M", ... ]

   Directives are spelled as in the MAESTRO paper: a semicolon at the end, and
   Cluster(64, P), are accepted. A size is a positive integer, Sz(D), or
   n*Sz(D). `node` is the map that holds these keys; as the value of a key it
   has no head, and its name is "inline". Places point into the document,
   which must outlive them. */
tacet_status tacet_dataflow_read(tacet_dataflow_set *dataflow, tacet_node *node,
                                 tacet_error *error);

/* An accelerator:

     tacet: 1
     accelerator: eyeriss-like
     clock: 200 MHz
     pes: 168
     lanes: 1                  # multipliers a PE
     word: 16 bit
     width: {weight: 16 bit, input: 16 bit, output: 16 bit}
     mac: 1 pJ
     l1:   {size: 512 B, read: 1 pJ, write: 1 pJ, double-buffered: true,
            bandwidth: 4 words/cycle, sums: 32 words/cycle,
            registers: [weight, output],
            keep: capacity}    # or step
            # double-buffered: [input, output], if not for every tensor
     noc:  {bandwidth: 16 words/cycle, latency: 1, multicast: true,
            reduction: true, hop: 2 pJ, hops: 1}
            # reduction: pe-adder, if PEs add up sums with their own adders
            # bandwidth: {weight: 4 words/cycle, input: 1 words/cycle,
            #             output: 4 words/cycle}, if tensors have their own
     clusters:                 # buffers at cluster boundaries, outermost first
       - {name: row, level: 1, size: 4 KiB, read: 2 pJ, write: 2 pJ,
          double-buffered: true,
          noc: {bandwidth: 16 words/cycle}}  # and the other keys of noc
     l2:   {size: 108 KiB, read: 6 pJ, write: 6 pJ, double-buffered: true,
            contiguous: false}
     dram: {bandwidth: 4 words/cycle, read: 200 pJ, write: 200 pJ}
            # write-bandwidth: 4 words/cycle, if writes do not share the other
     metadata: 0.1 pJ          # per bit moved
     technology: 45nm.yaml     # relative to this file: energies not given here
     dataflow: row-stationary.yaml   # relative to this file, or a map inline
     sparse: ...               # read by the sparse part

   A contiguous l1, l2 or buffer of `clusters` takes of input rows and columns
   all from the first to the last that its MACs use, and so do the levels
   outside of it; others leave out those that no MAC uses, as strides longer
   than filters, dilation and units far apart make them.

   A buffer of `clusters` stands in every unit of so many cluster levels of the
   dataflow: level 1 is what the first Cluster of a dataflow makes units of, and
   a dataflow with fewer Clusters does not bind. Its noc leads into it, from the
   level outside; the accelerator's noc leads into the PEs. A bandwidth is that
   of all buffers of a level together. Each buffer keeps what its capacity
   allows.

   clock, pes, word, l1.size, l2.size, noc.bandwidth and dram.bandwidth are
   required, and all of a cluster's buffer but energies, double-buffered and
   contiguous. A bandwidth is `n words/cycle` or bytes a second (converted with
   clock and word; fractions are kept). Energies default to those of the
   technology, without one to 0 pJ; latency to 0, hops to 1, lanes to 1, the
   booleans to true, but for contiguous. l1.bandwidth is of all accesses of a PE
   together, l1.sums how many partial sums it can update a cycle, as many as its
   accumulators have banks; without them L1 is never too slow. l1.registers
   lists the tensors of which each PE keeps the element it is at in a register
   of its own, which costs nothing: tacet_mac_order says when L1 is still read.
   An l1 that lists tensors under `double-buffered` has two buffers for these
   and one for the others, which counts once in its size; PEs wait while their
   elements move (tacet_step_cycles).
   A noc with a bandwidth for each tensor has buses that carry one tensor each,
   all at the same time: operands in, outputs out. A step's transfers in take as
   long as the longer of the two, each ceil(words / bandwidth) + latency.
   With `reduction: pe-adder` the PEs of a chain add up partial sums, as with
   `true`, but each with the one adder that its MACs take, too: an output that
   leaves a PE, also the first of a chain, takes an issue slot in which there is
   no MAC (tacet_step_class.passed_on). Only of the noc into the PEs, which
   issue one MAC a slot and hold the tiles of a step.
   With `l1.keep: step`, which is what it is without, L1 holds the tiles of one
   step; with `capacity` it chooses, like the other buffers, tiles of several
   steps, as far as its size allows, and takes an operand's element at the step
   that first uses it; it cannot be contiguous, for what no MAC uses has no
   first use.
   `dataflow` and `sparse` count as asked for but are not looked into.

   A technology is a file of figures with their source. All keys but the first
   two are optional; what has no figure costs nothing:

     tacet: 1
     technology: 45nm
     word: 64 bit              # of an access in l1, l2, dram and hop; they
                               # scale with the accelerator's word, or hold
                               # for any word if this is not given
     mac: [{word: 8 bit, energy: 0.3 pJ}, {word: 32 bit, energy: 3.2 pJ}]
     l1: [{size: 8 KiB, energy: 10 pJ}, {size: 32 KiB, energy: 20 pJ}]
     l2: 40 pJ
     dram: 1.3 nJ
     hop: 2 pJ
     metadata: 0.1 pJ
     area: {multiplier: 283 um2, l1-word: 0.1 um2, l2-word: 0.1 um2,
            bus: [29 um2, 15 um2], arbiter: [-23 um2, 6 um2, 1 um2]}
     power: ...                # likewise, in mW

   An energy is one quantity, or for mac a list over the word, for l1 and l2
   one over the capacity: between two entries the power law through both
   holds, outside of them nothing, which is an error where the accelerator
   needs it. A buffer of `clusters` is priced like l2. A bus is there for every
   word a cycle of the noc, an arbiter for the noc. [a, b, c] stands for
   a + b PEs + c PEs^2, no less than 0; the noc of a buffer of `clusters` has
   buses and an arbiter, too, with so many buffers in place of PEs. */
tacet_status tacet_accelerator_read(tacet_accelerator *accelerator,
                                    const tacet_doc *doc, tacet_error *error);

/* The dataflow of a map's own: the file its `dataflow` key names or the map it
   holds; *covers of the result all false if it has none. *file is the
   document that must outlive the dataflow's places (NULL if inline). */
tacet_status tacet_dataflow_of(tacet_dataflow_set *dataflow, tacet_doc **file,
                               tacet_node *owner, tacet_error *error);

/* The accelerator's own, likewise. */
tacet_status tacet_accelerator_dataflow(tacet_dataflow_set *dataflow,
                                        tacet_doc **file, const tacet_doc *doc,
                                        tacet_error *error);

#endif
