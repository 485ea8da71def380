/* What the energy of a design does not count. */
#ifndef TACET_LEFT_OUT_H
#define TACET_LEFT_OUT_H

#include "job.h"

/* Names on standard error, a line for each design of a loaded job, the levels
   and MACs whose energies neither its file nor a technology gives. */
void tacet_tell_left_out(const tacet_job *job);

#endif
