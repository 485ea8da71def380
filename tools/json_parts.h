/* The parts of the JSON report. Every function gives a new reference, or NULL
   if memory is short. */
#ifndef TACET_JSON_PARTS_H
#define TACET_JSON_PARTS_H

#include "json.h"
#include "report.h"

/* "dram-l2" */
typedef struct tacet_boundary {
  char text[40];
} tacet_boundary;

tacet_boundary tacet_boundary_name(const tacet_accelerator *accelerator,
                                   int boundary);

/* The columns of a row and whether it is exact. */
json_t *tacet_json_figures(const tacet_row *row);

/* The same, and all counts and costs of the reading. */
json_t *tacet_json_reading(const tacet_report *report, int layer, int design,
                           int reading);

/* An accelerator as it was read, with sparse features and dataflow; buffers[s]
   are those of storage level s. */
json_t *tacet_json_design(const tacet_design *design,
                          const int64_t buffers[TACET_MAX_STORAGE]);

/* A bound nest, the positions of tensors in it, and what buffers need. */
json_t *tacet_json_nest(const tacet_nest *nest,
                        const tacet_accelerator *accelerator);

#endif
