/* A job: the files of a request, and what evaluating them gives for every
   layer on every design. Knows nothing of how results are shown. */
#ifndef TACET_JOB_H
#define TACET_JOB_H

#include "../sparse/profile.h"
#include "../sparse/sparse.h"
#include "own.h"
#include "request.h"

/* An accelerator and the dataflow it is run with. */
typedef struct tacet_design {
  tacet_doc *doc;          /* owned */
  tacet_doc *dataflow_doc; /* owned; NULL if the dataflow is inline */
  tacet_accelerator accelerator;
  tacet_features features;
  tacet_dataflow_set dataflow;
} tacet_design;

typedef enum tacet_reading_kind {
  TACET_DENSE,
  TACET_SPARSE,
  TACET_READINGS
} tacet_reading_kind;

/* What a reading gives. */
typedef struct tacet_outcome {
  bool exact;   /* else expected values */
  bool sampled; /* those of a sample of a model, beside a mask */
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_cost cost;
} tacet_outcome;

enum { TACET_FITTED = 1024, TACET_CHOSEN = 256 };

/* A layer on a design. */
typedef struct tacet_point {
  tacet_nest nest;
  char fitted[TACET_FITTED];    /* what --fit changed, "" if nothing */
  char chosen[TACET_CHOSEN];    /* for formats that are the best, "" if none is:
                                "l2 weight CSR; l1 weight RLC" */
  int64_t moved[TACET_TENSORS]; /* elements that balancing puts elsewhere */
  tacet_outcome outcome[TACET_READINGS];
} tacet_point;

typedef struct tacet_job {
  const tacet_request *request; /* borrowed */
  tacet_doc *network_doc;       /* owned */
  tacet_doc *profile_doc;       /* owned; NULL if there is none */
  tacet_network network;
  tacet_profile profile;
  tacet_own_dataflow *own; /* owned; [network.layers], NULL if none has one */
  int designs;
  tacet_design *design; /* owned; [designs] */
  int layers;
  int *layer;         /* owned; [layers] chosen, as indices into the network */
  tacet_point *point; /* owned; [layers * designs], a layer's side by side */
  /* Of each tensor of the chosen layers; of a mask what it holds. */
  double (*density)[TACET_TENSORS]; /* owned; [layers] */
  /* A density of every layer, whatever files say. */
  bool imposes[TACET_TENSORS];
  double imposed[TACET_TENSORS];
} tacet_job;

/* Reads and checks every file, with the values that the request sets. Free the
   job in any case. */
tacet_status tacet_job_load(tacet_job *job, const tacet_request *request,
                            tacet_error *error);

enum {
  TACET_PART_NETWORK = 1,
  TACET_PART_DESIGNS = 2,
  TACET_PART_PROFILE = 4,
  TACET_PARTS = 7
};

/* Reads these parts of a loaded job again, after changes to its documents. */
tacet_status tacet_job_read(tacet_job *job, unsigned parts, tacet_error *error);

void tacet_job_free(tacet_job *job);

/* Fills the points. Errors name layer, accelerator and place. Tells on
   standard error how far it is, if that is a terminal and it takes long. */
tacet_status tacet_job_evaluate(tacet_job *job, tacet_error *error);

/* The same without a word. If nothing but zeros has changed since the points
   were filled, their nests and dense readings are kept. */
tacet_status tacet_job_evaluate_again(tacet_job *job, bool only_zeros,
                                      tacet_error *error);

const tacet_layer *tacet_job_layer(const tacet_job *job, int layer);
/* What a chosen layer is run with: the request's dataflow, else its own, else
   the design's. */
const tacet_dataflow *tacet_job_dataflow(const tacet_job *job, int layer,
                                         int design);
/* Binds a chosen layer and places its tiles, after fitting the dataflow if the
   request asks for it; `fitted` then says what that changed, else "". */
tacet_status tacet_job_bind(tacet_nest *nest, char fitted[TACET_FITTED],
                            const tacet_job *job, int layer, int design,
                            tacet_error *error);

const tacet_point *tacet_job_point(const tacet_job *job, int layer, int design);

#endif
