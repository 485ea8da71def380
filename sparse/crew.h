/* Jobs that do not depend on each other, done by all processors. Knows nothing
   of what they are. */
#ifndef TACET_CREW_H
#define TACET_CREW_H

#include <stdint.h>

enum { TACET_MOST_WORKERS = 16 };

/* Processors of this machine, at most TACET_MOST_WORKERS. */
int tacet_processors(void);

/* Does jobs 0 .. jobs-1, each once, in any order; `worker` is in 0 ..
   workers-1 and no two jobs with the same one run at the same time. Threads
   that the system refuses are done without. Memory that a job writes is seen
   by the caller afterwards. */
typedef void tacet_crew_job(void *context, int64_t job, int worker);
void tacet_crew_run(int workers, int64_t jobs, tacet_crew_job *work,
                    void *context);

#endif
