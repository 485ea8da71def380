/* What a sweep found, in every format. */
#ifndef TACET_SWEEP_REPORT_H
#define TACET_SWEEP_REPORT_H

#include "sweep.h"

/* Only points that are done are written. Writing to `out` may fail; the caller
   asks ferror. */
void tacet_sweep_text(FILE *out, const tacet_sweep *sweep);
void tacet_sweep_csv(FILE *out, const tacet_sweep *sweep);
tacet_status tacet_sweep_json(FILE *out, const tacet_sweep *sweep,
                              tacet_error *error);

/* An HDF5 file: a dataset for the values of each axis, named by its number
   with the attribute `key`, and one for each column with numbers, of shape
   [values of axis 0]...[accelerators][dense, sparse], not a number where there
   is no result. *text is the caller's. */
tacet_status tacet_sweep_hdf5(char **text, size_t *size,
                              const tacet_sweep *sweep, tacet_error *error);

/* Draws the request's metric over the first axis, a line for each accelerator
   and each value of the other axes, by running gnuplot; *text is the SVG and
   the caller's. Error TACET_NO_FILE if there is no gnuplot. */
tacet_status tacet_sweep_plot(char **text, size_t *size,
                              const tacet_sweep *sweep, tacet_error *error);

/* The request's metric of a row, in s, cycles or pJ. */
double tacet_metric_of(tacet_metric metric, const tacet_figures *figures);

#endif
