/* Workers take the next job until there are none. */
#include "crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

int tacet_processors(void) {
  const long found = sysconf(_SC_NPROCESSORS_ONLN);
  return found < 1                    ? 1
         : found > TACET_MOST_WORKERS ? TACET_MOST_WORKERS
                                      : (int)found;
}

typedef struct crew {
  atomic_int_fast64_t next;
  int64_t jobs;
  tacet_crew_job *work;
  void *context;
} crew;

typedef struct worker {
  crew *crew;
  int number;
  pthread_t thread;
} worker;

static void *be_worker(void *context) {
  const worker *self = context;
  crew *c = self->crew;
  for (int64_t job; (job = atomic_fetch_add(&c->next, 1)) < c->jobs;)
    c->work(c->context, job, self->number);
  return NULL;
}

void tacet_crew_run(int workers, int64_t jobs, tacet_crew_job *work,
                    void *context) {
  crew c = {.jobs = jobs, .work = work, .context = context};
  worker all[TACET_MOST_WORKERS];
  int started = 1;
  atomic_init(&c.next, 0);
  if (workers > jobs) workers = (int)jobs;
  for (; started < workers && started < TACET_MOST_WORKERS; started++) {
    all[started] = (worker){.crew = &c, .number = started};
    if (pthread_create(&all[started].thread, NULL, be_worker, &all[started]))
      break;
  }
  all[0] = (worker){.crew = &c, .number = 0};
  be_worker(&all[0]);
  for (int w = 1; w < started; w++) pthread_join(all[w].thread, NULL);
}
