/* tacet run --against maestro: the published tool's reading of a mapping file
   beside tacet's, and why they differ. */
#ifndef TACET_AGAINST_H
#define TACET_AGAINST_H

#include "request.h"
#include "why.h"

/* Both readings of a layer. */
typedef struct tacet_comparison {
  const char *layer;         /* as the file calls it */
  tacet_error maestro_error; /* TACET_OK if the published tool runs it */
  tacet_error tacet_error;   /* TACET_OK if tacet does */
  int64_t maestro[TACET_QUANTITIES];
  int64_t tacet[TACET_QUANTITIES]; /* cycles are rounded up */
  /* Of quantities that differ; none of one that differs: unknown. */
  tacet_reason_set why[TACET_QUANTITIES];
} tacet_comparison;

/* The accelerator as the published tool knows it; bandwidths are cut to whole
   words. */
void tacet_against_hardware(tacet_maestro_hardware *hardware,
                            const tacet_accelerator *accelerator);

/* Compares one layer; what goes wrong with it is in *comparison. */
void tacet_against_layer(tacet_comparison *comparison,
                         const tacet_maestro_layer *layer,
                         const tacet_maestro_batch *batch,
                         const tacet_accelerator *accelerator);

/* Both ran it, but the quantity is not the same. */
bool tacet_against_differs(const tacet_comparison *comparison, int quantity);

/* Does what the request asks for. */
tacet_status tacet_against_maestro(const tacet_request *request,
                                   tacet_error *error);

/* ---- against_report.c --------------------------------------------------- */

/* The report in the format that is asked for; the caller asks ferror. */
void tacet_against_report(FILE *out, tacet_output_format format,
                          const char *network, const char *accelerator,
                          const tacet_comparison *comparison, int layers);

#endif
