/* Threads of this program that share independent jobs, such as pieces of a
   file. Knows nothing of what the jobs are, nor of the PEs of a design. */
#ifndef TACET_WORKERS_H
#define TACET_WORKERS_H

#include <stdint.h>

enum { TACET_MOST_WORKERS = 16 };

/* Processors of this machine, at most TACET_MOST_WORKERS. */
int tacet_processors(void);

/* Does jobs 0 .. jobs-1, each once, in any order; `worker` is in 0 ..
   workers-1 and no two jobs with the same one run at the same time. Threads
   that the system refuses are done without. Memory that a job writes is seen
   by the caller afterwards. */
typedef void tacet_workers_job(void *context, int64_t job, int worker);
void tacet_workers_run(int workers, int64_t jobs, tacet_workers_job *job,
                       void *context);

#endif
