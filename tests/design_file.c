/* Reading an accelerator's file with all that it names. */
#include "design_file.h"

#include "model_files.h"

void open_design(design *d, const char *path) {
  tacet_error error;
  d->doc = read_doc(path);
  require(tacet_accelerator_read(&d->accelerator, d->doc, &error), &error);
  require(tacet_features_read(&d->features, &d->accelerator, d->doc, &error),
          &error);
  require(
      tacet_accelerator_dataflow(&d->dataflow, &d->flow_doc, d->doc, &error),
      &error);
  require(tacet_doc_check(d->doc, &error), &error);
}

void close_design(design *d) {
  tacet_doc_free(d->flow_doc);
  tacet_doc_free(d->doc);
}
