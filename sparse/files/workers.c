/* Workers take the next job until there are none. */
#include "workers.h"

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

typedef struct work {
  atomic_int_fast64_t next;
  int64_t jobs;
  tacet_workers_job *job;
  void *context;
} work;

typedef struct worker {
  work *work;
  int number;
  pthread_t thread;
} worker;

static void *be_worker(void *context) {
  const worker *self = context;
  work *w = self->work;
  for (int64_t job; (job = atomic_fetch_add(&w->next, 1)) < w->jobs;)
    w->job(w->context, job, self->number);
  return NULL;
}

void tacet_workers_run(int workers, int64_t jobs, tacet_workers_job *job,
                       void *context) {
  work shared = {.jobs = jobs, .job = job, .context = context};
  worker all[TACET_MOST_WORKERS];
  int started = 1;
  atomic_init(&shared.next, 0);
  if (workers > jobs) workers = (int)jobs;
  for (; started < workers && started < TACET_MOST_WORKERS; started++) {
    all[started] = (worker){.work = &shared, .number = started};
    if (pthread_create(&all[started].thread, NULL, be_worker, &all[started]))
      break;
  }
  all[0] = (worker){.work = &shared, .number = 0};
  be_worker(&all[0]);
  for (int w = 1; w < started; w++) pthread_join(all[w].thread, NULL);
}
