/* Dataflows of single layers, the key `dataflow` in a network file. */
#ifndef TACET_OWN_H
#define TACET_OWN_H

#include "../dense/spec/spec.h"

/* The dataflow that a layer of a network has of its own. */
typedef struct tacet_own_dataflow {
  tacet_doc *doc; /* owned; NULL if the dataflow is inline */
  bool given;
  tacet_dataflow flow;
} tacet_own_dataflow;

/* Reads those of all layers into an array [network->layers], the caller's; it
   stays NULL if no layer has one. The network's document outlives them. */
tacet_status tacet_own_read(tacet_own_dataflow **own,
                            const tacet_network *network, tacet_error *error);
void tacet_own_free(tacet_own_dataflow *own, const tacet_network *network);

#endif
