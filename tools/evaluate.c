/* Evaluating a job: every layer on every design, dense and sparse. Masks are
   in memory one layer at a time. */
#include <stdio.h>
#include <string.h>

#include "../sparse/spelling.h"
#include <time.h>
#include <unistd.h>

#include "job.h"

/* ---- progress ----------------------------------------------------------- */

/* On a terminal. */
typedef struct progress {
  time_t start;
  bool shown;
} progress;

/* At once before masks are walked, which may take minutes; of quick points
   once the job has taken more than a second. */
static void show_progress(progress *told, const tacet_job *job, int l, int d,
                          bool walks) {
  if (!told || !isatty(STDERR_FILENO)) return;
  if (!walks && difftime(time(NULL), told->start) <= 1) return;
  fprintf(stderr, "\rlayer %d of %d, %s on %s\033[K", l + 1, job->layers,
          tacet_job_layer(job, l)->name, job->design[d].accelerator.name);
  told->shown = true;
}

static void clear_progress(const progress *told) {
  if (told->shown) fputs("\r\033[K", stderr);
}

/* ---- points ------------------------------------------------------------- */

/* Says in front of a message which layer and design it is about. */
static tacet_status blame(tacet_error *error, const tacet_layer *layer,
                          const tacet_accelerator *accelerator) {
  const tacet_error said = *error;
  const tacet_place place = {said.file, said.line, said.column};
  tacet_fail(error, said.status, said.file[0] ? &place : &layer->place,
             "layer %s on %s: %s", layer->name, accelerator->name,
             said.message);
  return tacet_advise(error, "%s", said.hint);
}

/* Then its figures do not depend on where zeros are. */
static bool ignores_zeros(const tacet_features *features) {
  bool ignores = features->rules == 0;
  for (int s = 0; s < TACET_MAX_STORAGE; s++)
    for (int t = 0; t < TACET_TENSORS; t++)
      ignores &= features->format[s][t].name == TACET_UNCOMPRESSED;
  return ignores;
}

tacet_status tacet_job_bind(tacet_nest *nest, char fitted[TACET_FITTED],
                            const tacet_job *job, int layer, int design,
                            tacet_error *error) {
  const tacet_accelerator *accelerator = &job->design[design].accelerator;
  const tacet_layer *what = tacet_job_layer(job, layer);
  const tacet_dataflow *given = tacet_job_dataflow(job, layer, design);
  tacet_dataflow flow = *given;
  tacet_status status = TACET_OK;
  fitted[0] = '\0';
  if (job->request->fit) status = tacet_fit(&flow, what, accelerator, error);
  if (!status) status = tacet_bind(nest, what, &flow, accelerator, error);
  if (!status) status = tacet_place_tiles(nest, accelerator, error);
  if (!status) tacet_dataflow_changes(fitted, TACET_FITTED, given, &flow);
  return status;
}

static tacet_status read_dense(tacet_point *point, const tacet_job *job, int l,
                               int d, tacet_error *error) {
  tacet_outcome *dense = &point->outcome[TACET_DENSE];
  const tacet_accelerator *accelerator = &job->design[d].accelerator;
  dense->exact = true;
  dense->sampled = false;
  tacet_status status =
      tacet_job_bind(&point->nest, point->fitted, job, l, d, error);
  if (!status)
    status = tacet_read_dense(&dense->counts, &dense->timeline, &point->nest,
                              accelerator, error);
  if (!status)
    tacet_cost_of(&dense->cost, &dense->counts, &dense->timeline, accelerator);
  return status;
}

/* Names the formats that serve where the design says "best". */
static tacet_status name_chosen(tacet_point *point, const tacet_design *design,
                                const tacet_sparsity *sparsity,
                                tacet_error *error) {
  const tacet_accelerator *accelerator = &design->accelerator;
  tacet_features used;
  size_t length = 0;
  point->chosen[0] = '\0';
  tacet_status status = tacet_features_for(
      &used, &design->features, &point->nest, accelerator, sparsity, error);
  for (int s = 0; s < accelerator->storages && !status; s++)
    for (int t = 0; t < TACET_TENSORS; t++) {
      char format[TACET_FORMAT_TEXT];
      if (design->features.format[s][t].name != TACET_BEST) continue;
      tacet_format_text(format, sizeof format, &used.format[s][t]);
      snprintf(point->chosen + length, sizeof point->chosen - length,
               "%s%s %s %s", length ? "; " : "", accelerator->storage[s].name,
               tacet_slot_name(t), format);
      length = strlen(point->chosen);
    }
  return status;
}

static bool is_sampled(const tacet_sparsity *sparsity) {
  bool sampled = false;
  for (int t = 0; t < TACET_TENSORS; t++) sampled |= sparsity->tensor[t].drawn;
  return sampled;
}

static tacet_status read_sparse(tacet_point *point, const tacet_design *design,
                                const tacet_sparsity *sparsity,
                                tacet_error *error) {
  tacet_outcome *sparse = &point->outcome[TACET_SPARSE];
  const tacet_accelerator *accelerator = &design->accelerator;
  memset(point->moved, 0, sizeof point->moved);
  if (ignores_zeros(&design->features)) {
    *sparse = point->outcome[TACET_DENSE];
    return TACET_OK;
  }
  sparse->exact = tacet_is_exact(sparsity, &design->features, point->nest.layer,
                                 accelerator);
  sparse->sampled = is_sampled(sparsity);
  tacet_status status =
      tacet_read_sparse(&sparse->counts, &sparse->timeline, &point->nest,
                        accelerator, &design->features, sparsity, error);
  if (!status) status = name_chosen(point, design, sparsity, error);
  if (!status)
    status = tacet_balance_moved(point->moved, &design->features, &point->nest,
                                 sparsity, error);
  if (!status)
    tacet_cost_of(&sparse->cost, &sparse->counts, &sparse->timeline,
                  accelerator);
  return status;
}

static tacet_status evaluate_point(tacet_job *job, int l, int d,
                                   const tacet_sparsity *sparsity,
                                   bool only_zeros, tacet_error *error) {
  tacet_point *point = &job->point[l * job->designs + d];
  const tacet_design *design = &job->design[d];
  const tacet_layer *layer = tacet_job_layer(job, l);
  tacet_status status = TACET_OK;
  if (!only_zeros) status = read_dense(point, job, l, d, error);
  if (!status) status = read_sparse(point, design, sparsity, error);
  return status ? blame(error, layer, &design->accelerator) : TACET_OK;
}

/* ---- layers ------------------------------------------------------------- */

static bool has_mask(const tacet_layer_zeros *zeros) {
  bool has = false;
  for (int t = 0; t < TACET_TENSORS; t++)
    has |= zeros->tensor[t].mask.file != 0;
  return has;
}

/* Whether two layers without masks cost the same: by their bytes, so that they
   may be alike and not be found so, but never the other way round. */
static bool is_like(const tacet_job *job, int one, int other) {
  const tacet_layer *a = tacet_job_layer(job, one);
  const tacet_layer *b = tacet_job_layer(job, other);
  const tacet_layer_zeros *x = &job->profile.layer[job->layer[one]];
  const tacet_layer_zeros *y = &job->profile.layer[job->layer[other]];
  bool like = a->type == b->type && a->dims == b->dims &&
              memcmp(a->dim, b->dim, sizeof a->dim) == 0 &&
              memcmp(a->tensor, b->tensor, sizeof a->tensor) == 0;
  for (int t = 0; t < TACET_TENSORS; t++)
    like &= memcmp(&x->tensor[t].pattern, &y->tensor[t].pattern,
                   sizeof x->tensor[t].pattern) == 0;
  return like && !has_mask(x) && !has_mask(y);
}

/* Networks repeat their layers: takes over the points of one before. */
static bool take_over(tacet_job *job, int l) {
  int earlier = 0;
  while (earlier < l && !is_like(job, earlier, l)) earlier++;
  if (earlier == l) return false;
  memcpy(job->density[l], job->density[earlier], sizeof *job->density);
  for (int d = 0; d < job->designs; d++) {
    tacet_point *point = &job->point[l * job->designs + d];
    *point = job->point[earlier * job->designs + d];
    point->nest.layer = tacet_job_layer(job, l);
  }
  return true;
}

static bool has_masks(const tacet_sparsity *sparsity) {
  bool has = false;
  for (int t = 0; t < TACET_TENSORS; t++)
    has |= sparsity->tensor[t].mask != NULL;
  return has;
}

static tacet_status evaluate_layer(tacet_job *job, int l, bool only_zeros,
                                   progress *told, tacet_error *error) {
  if (take_over(job, l)) return TACET_OK;
  const tacet_layer *layer = tacet_job_layer(job, l);
  tacet_mask mask[TACET_TENSORS];
  tacet_sparsity sparsity;
  tacet_status status = tacet_layer_zeros_load(
      &sparsity, mask, &job->profile.layer[job->layer[l]], layer, error);
  if (status) return status;
  for (int t = 0; t < TACET_TENSORS; t++)
    job->density[l][t] = sparsity.tensor[t].density;
  for (int d = 0; d < job->designs && !status; d++) {
    show_progress(told, job, l, d, has_masks(&sparsity));
    status = evaluate_point(job, l, d, &sparsity, only_zeros, error);
  }
  for (int t = 0; t < TACET_TENSORS; t++) tacet_mask_free(&mask[t]);
  return status;
}

tacet_status tacet_job_evaluate(tacet_job *job, tacet_error *error) {
  progress told = {.start = time(NULL)};
  tacet_status status = TACET_OK;
  for (int l = 0; l < job->layers && !status; l++)
    status = evaluate_layer(job, l, false, &told, error);
  clear_progress(&told);
  return status;
}

tacet_status tacet_job_evaluate_again(tacet_job *job, bool only_zeros,
                                      tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int l = 0; l < job->layers && !status; l++)
    status = evaluate_layer(job, l, only_zeros, NULL, error);
  return status;
}
