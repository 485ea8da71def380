/* Evaluating the points of a sweep: each thread has a job of its own, changes what differs
   from its point before, and evaluates no more than that. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sweep.h"
#include "key.h"
#include "left_out.h"

typedef struct walk {
  tacet_sweep *sweep;
  const volatile int *stop;
  int64_t chunk; /* points that a thread takes at once */
  atomic_llong next, done;
  atomic_bool failed;
} walk;

typedef struct worker {
  walk *walk;
  bool tells; /* of the progress */
  pthread_t thread;
  tacet_job job;
  tacet_key *key; /* owned; [axes] */
  int *at;        /* owned; [axes] the values that the job has, -1: its own */
  bool evaluated; /* the job's points are those of `at` */
  int64_t failed; /* the point that `error` is of */
  tacet_error error;
} worker;

/* ---- progress ----------------------------------------------------------- */

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return difftime(now.tv_sec, start->tv_sec) +
         1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

/* Ten times a second. *told is when it did so before, in seconds. */
static void show_progress(const walk *w, const struct timespec *start,
                          double *told) {
  enum { width = 30 };
  const double share = (double)w->done / (double)w->sweep->points;
  const double spent = seconds_since(start);
  if (spent < 1 || spent < *told + 0.1) return;
  *told = spent;
  char bar[width + 1];
  memset(bar, '.', width);
  memset(bar, '#', (size_t)(share * width));
  bar[width] = '\0';
  fprintf(stderr, "\r[%s] %3.0f %%, %.0f s left \033[K", bar, 100 * share,
          spent / share - spent);
}

static void clear_progress(void) {
  fputs("\r\033[K", stderr);
}

/* ---- a point ------------------------------------------------------------ */

static tacet_status take_values(worker *w, int64_t point, bool *only_zeros,
                                tacet_error *error) {
  const tacet_sweep *sweep = w->walk->sweep;
  unsigned parts = 0;
  tacet_status status = TACET_OK;
  for (int a = 0; a < sweep->axes && !status; a++) {
    const int index = tacet_sweep_index(sweep, point, a);
    if (index == w->at[a]) continue;
    w->at[a] = index;
    parts |= w->key[a].parts;
    status = tacet_key_change(&w->key[a], &w->job, sweep->axis[a].value[index],
                              error);
  }
  *only_zeros =
      w->evaluated && !(parts & (TACET_PART_NETWORK | TACET_PART_DESIGNS));
  return status ? status : tacet_job_read(&w->job, parts, error);
}

static tacet_status keep_figures(worker *w, int64_t point, tacet_error *error) {
  tacet_sweep *sweep = w->walk->sweep;
  tacet_report report;
  tacet_status status = tacet_report_make(&report, &w->job, error);
  for (int d = 0; d < sweep->designs && !status; d++)
    for (int r = 0; r < TACET_READINGS; r++)
      sweep->figures[(point * sweep->designs + d) * TACET_READINGS + r] =
          *tacet_report_row(&report, w->job.layers, d, r).now;
  tacet_report_free(&report);
  if (!status) sweep->state[point] = TACET_DONE;
  return status;
}

static tacet_status keep_reason(worker *w, int64_t point,
                                const tacet_error *reason) {
  tacet_sweep *sweep = w->walk->sweep;
  const size_t size = strlen(reason->message) + 1;
  sweep->reason[point] = malloc(size);
  if (!sweep->reason[point])
    return tacet_fail(&w->error, TACET_NO_MEMORY, NULL, "out of memory");
  memcpy(sweep->reason[point], reason->message, size);
  sweep->state[point] = TACET_NOT_FEASIBLE;
  return TACET_OK;
}

static tacet_status do_point(worker *w, int64_t point) {
  bool only_zeros;
  tacet_status status = take_values(w, point, &only_zeros, &w->error);
  if (status) return status;
  status = tacet_job_evaluate_again(&w->job, only_zeros, &w->error);
  w->evaluated = !status;
  if (status == TACET_INFEASIBLE) {
    const tacet_error reason = w->error;
    return keep_reason(w, point, &reason);
  }
  return status ? status : keep_figures(w, point, &w->error);
}

/* ---- a thread ----------------------------------------------------------- */

static void work(worker *w) {
  walk *all = w->walk;
  struct timespec start;
  clock_gettime(CLOCK_MONOTONIC, &start);
  double told = 0;
  for (int64_t from; (from = atomic_fetch_add(&all->next, all->chunk)) <
                     all->sweep->points;) {
    const int64_t to = from + all->chunk < all->sweep->points
                           ? from + all->chunk
                           : all->sweep->points;
    for (int64_t p = from; p < to; p++) {
      if (*all->stop || all->failed) return;
      if (do_point(w, p)) {
        w->failed = p;
        all->failed = true;
        return;
      }
      atomic_fetch_add(&all->done, 1);
      if (w->tells) show_progress(all, &start, &told);
    }
  }
}

static void *run_thread(void *context) {
  work(context);
  return NULL;
}

static tacet_status start_worker(worker *w, walk *all, tacet_error *error) {
  const tacet_sweep *sweep = all->sweep;
  w->walk = all;
  w->failed = sweep->points;
  tacet_status status = tacet_job_load(&w->job, sweep->request, error);
  if (status) return status;
  w->key = calloc((size_t)sweep->axes, sizeof *w->key);
  w->at = calloc((size_t)sweep->axes, sizeof *w->at);
  if (!w->key || !w->at)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  for (int a = 0; a < sweep->axes && !status; a++) {
    w->at[a] = -1;
    status = tacet_key_find(&w->key[a], &w->job, sweep->axis[a].key, error);
    if (!status)
      status = tacet_key_measure(&w->key[a], sweep->axis[a].unit, error);
  }
  return status;
}

static void end_worker(worker *w) {
  for (int a = 0; w->walk && w->key && a < w->walk->sweep->axes; a++)
    tacet_key_free(&w->key[a]);
  free(w->key);
  free(w->at);
  tacet_job_free(&w->job);
}

/* ---- all ---------------------------------------------------------------- */

/* A design has the same buffers at every point. */
static tacet_status list_buffers(tacet_sweep *sweep, tacet_error *error) {
  tacet_status status = TACET_OK;
  int64_t p = 0;
  while (p < sweep->points && sweep->state[p] != TACET_DONE) p++;
  for (int d = 0; p < sweep->points && d < sweep->designs && !status; d++)
    status = tacet_sheet_add(
        &sweep->sheet, tacet_sweep_row(sweep, p, d, TACET_DENSE).now, error);
  return status;
}

static bool has_masks(const tacet_job *job) {
  for (int l = 0; l < job->profile.layers; l++)
    for (int t = 0; t < TACET_TENSORS; t++)
      if (job->profile.layer[l].tensor[t].mask.file) return true;
  return false;
}

static int threads_for(const tacet_sweep *sweep, const tacet_job *job) {
  if (has_masks(job)) return 1; /* the library that reads them has one state */
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  int64_t threads = sweep->request->threads ? sweep->request->threads : cores;
  if (threads > sweep->points) threads = sweep->points;
  return threads > 1 ? (int)threads : 1;
}

/* The first worker is this thread. */
static tacet_status run_workers(worker *workers, int threads,
                                tacet_error *error) {
  int started = 1;
  for (; started < threads; started++)
    if (pthread_create(&workers[started].thread, NULL, run_thread,
                       &workers[started]))
      break; /* fewer threads do the same work */
  work(&workers[0]);
  for (int t = 1; t < started; t++) pthread_join(workers[t].thread, NULL);
  const worker *first = &workers[0];
  for (int t = 1; t < started; t++)
    if (workers[t].failed < first->failed) first = &workers[t];
  if (first->failed == first->walk->sweep->points) return TACET_OK;
  *error = first->error;
  return error->status;
}

tacet_status tacet_sweep_walk(tacet_sweep *sweep, const volatile int *stop,
                              tacet_error *error) {
  walk all = {.sweep = sweep, .stop = stop};
  worker first = {.tells = isatty(STDERR_FILENO)};
  tacet_status status = start_worker(&first, &all, error);
  const int threads = status ? 1 : threads_for(sweep, &first.job);
  worker *workers = calloc((size_t)threads, sizeof *workers);
  if (!workers && !status)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  for (int t = 1; t < threads && !status; t++)
    status = start_worker(&workers[t], &all, error);
  for (int d = 0; d < sweep->designs && !status; d++)
    strcpy(sweep->design[d], first.job.design[d].accelerator.name);
  all.chunk = sweep->points / (8 * threads) + 1;
  if (workers) workers[0] = first;
  if (!status) status = run_workers(workers, threads, error);
  if (!status) status = list_buffers(sweep, error);
  if (first.tells) clear_progress();
  if (!status) tacet_tell_left_out(&workers[0].job);
  sweep->done = all.done;
  for (int t = 0; workers && t < threads; t++) end_worker(&workers[t]);
  if (!workers) end_worker(&first);
  free(workers);
  return status;
}
