/* Reading files that nobody vouches for in a process of its own, which may
   crash, spin or eat memory without harm to this one. */
#ifndef TACET_GUARD_H
#define TACET_GUARD_H

#include <stdint.h>

#include "../../dense/error.h"

/* Runs work(context) in a child that may take `seconds` of processor time and
   256 MiB more than this process has, and may write no file. What it leaves in
   shared memory is seen here afterwards, and nothing else. Its status and error
   are returned; a child that dies is an error TACET_BAD_INPUT that names the
   file and its place. Other threads must not use HDF5 meanwhile: the child
   would wait for their locks. */
typedef tacet_status tacet_guarded_work(void *context, tacet_error *error);
tacet_status tacet_guard_run(tacet_guarded_work *work, void *context,
                             const char *file, const tacet_place *place,
                             int64_t seconds, tacet_error *error);

#endif
