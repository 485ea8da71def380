/* The files under models/ for tests. Runs from the top folder; whatever fails
   fails the test. */
#ifndef TACET_MODEL_FILES_H
#define TACET_MODEL_FILES_H

#include "../dense/spec/spec.h"

#define NETWORKS "models/networks"
#define DATAFLOWS "models/dataflows"
#define ACCELERATORS "models/accelerators"
#define MAPPINGS "models/mappings"
#define TECHNOLOGIES "models/technologies"
#define PROFILES "density-profiles"

/* Fails the test with the error's text unless status is TACET_OK. */
void require(tacet_status status, const tacet_error *error);

tacet_doc *read_doc(const char *path);
tacet_network read_network(const tacet_doc *doc);

/* Calls `visit` for every YAML file in the folder. */
typedef void visit_file(const char *path, void *context);
void each_file(const char *folder, visit_file *visit, void *context);

/* False for a product of two activations. */
bool has_weights(const tacet_layer *layer);
double weights_of(const tacet_layer *layer);

/* Prints what was found; fails the test if it is further than `digit` from
   what is published. */
void check_near(const char *path, const char *what, double found,
                double published, double digit);

#endif
