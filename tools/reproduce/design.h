/* Designs, layers and published figures as sections need them. */
#ifndef TACET_REPRODUCE_DESIGN_H
#define TACET_REPRODUCE_DESIGN_H

#include <jansson.h>

#include "../../dense/spec/spec.h"
#include "../job.h"
#include "section.h"

/* Reads an accelerator's file and its dataflow. Close the design in any
   case, one set to zeros too. */
tacet_status design_open(tacet_design *design, const char *path,
                         tacet_error *error);
void design_close(tacet_design *design);

/* A layer on a design, dense if `sparsity` is NULL. */
tacet_status design_evaluate(tacet_outcome *outcome, const tacet_design *design,
                             const tacet_layer *layer,
                             const tacet_sparsity *sparsity,
                             tacet_error *error);

/* The figures in DATA/name, owned by the caller; NULL if there are none, and
   then the section is skipped. */
json_t *section_figures(tacet_section *section, const char *data,
                        const char *name);

/* Number at a path of keys and indices, "points/3/published_cycles"; NaN if
   there is none. */
double figure(const json_t *figures, const char *path);

#endif
