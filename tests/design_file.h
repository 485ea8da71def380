/* An accelerator's file under models/, read whole, for tests. */
#ifndef TACET_DESIGN_FILE_H
#define TACET_DESIGN_FILE_H

#include "../dense/spec/spec.h"
#include "../sparse/sparse.h"

/* An accelerator, the documents it came from and its own dataflow. */
typedef struct design {
  tacet_doc *doc, *flow_doc;
  tacet_accelerator accelerator;
  tacet_features features;
  tacet_dataflow_set dataflow;
} design;

/* Whatever fails, an unknown key too, fails the test. Close the design. */
void open_design(design *d, const char *path);
void close_design(design *d);

#endif
