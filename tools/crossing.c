/* Samples and bisects. */
#include "crossing.h"

#include <math.h>

#include "report.h"
#include "sweep_report.h"

tacet_status tacet_sample_take(tacet_sample *sample, tacet_job *job,
                               tacet_key *key, double value,
                               tacet_error *error) {
  sample->value = value;
  tacet_status status = tacet_key_change(key, job, value, error);
  if (!status) status = tacet_job_read(job, key->parts, error);
  if (!status) status = tacet_job_evaluate_again(job, false, error);
  tacet_report report;
  if (!status) status = tacet_report_make(&report, job, error);
  if (status) return status;
  for (int d = 0; d < TACET_TWO_DESIGNS; d++) {
    const tacet_row row =
        tacet_report_row(&report, job->layers, d, TACET_SPARSE);
    sample->metric[d] = tacet_metric_of(job->request->metric, row.now);
  }
  tacet_report_free(&report);
  return TACET_OK;
}

static int ahead_at(const tacet_sample *s) {
  if (s->metric[0] == s->metric[1]) return -1;
  return s->metric[0] < s->metric[1] ? 0 : 1;
}

static double between(const tacet_crossing *c, double a, double b) {
  return c->whole ? floor((a + b) / 2) : (a + b) / 2;
}

/* Narrows [low, high], at whose ends different designs are ahead. */
static tacet_status bisect(tacet_sample *low, tacet_sample *high,
                           tacet_crossing *c, tacet_error *error) {
  const double *ends = c->ends;
  const double enough = c->whole ? 1 : 1e-6 * fabs(ends[1] - ends[0]);
  tacet_status status = TACET_OK;
  while (fabs(high->value - low->value) > enough && !status) {
    tacet_sample middle;
    status = tacet_sample_take(&middle, c->job, c->key,
                               between(c, low->value, high->value), error);
    if (status) break;
    *(ahead_at(&middle) == ahead_at(low) ? low : high) = middle;
  }
  return status;
}

/* Ends the last stretch, and begins one if another design is ahead, or if
   there is none yet. */
static tacet_status extend(tacet_crossing *c, const tacet_sample *next,
                           tacet_error *error) {
  if (c->stretches == 0)
    c->stretch[c->stretches++] =
        (tacet_stretch){.from = *next, .ahead = ahead_at(next)};
  tacet_stretch *last = &c->stretch[c->stretches - 1];
  tacet_status status = TACET_OK;
  if (ahead_at(next) != last->ahead) {
    tacet_sample low = last->to, high = *next;
    status = bisect(&low, &high, c, error);
    last->to = low;
    last = &c->stretch[c->stretches++];
    *last = (tacet_stretch){.from = high, .ahead = ahead_at(next)};
  }
  last->to = *next;
  return status;
}

tacet_status tacet_crossing_find(tacet_crossing *crossing, tacet_job *job,
                                 tacet_key *key, const double ends[2],
                                 tacet_error *error) {
  tacet_crossing *c = crossing;
  *c = (tacet_crossing){.job = job, .key = key, .ends = {ends[0], ends[1]}};
  c->whole =
      key->places > 0 && ends[0] == floor(ends[0]) && ends[1] == floor(ends[1]);
  for (int i = 0; i < TACET_SAMPLES; i++) {
    double value = ends[0] + (ends[1] - ends[0]) * i / (TACET_SAMPLES - 1);
    if (c->whole) value = round(value);
    if (i > 0 && value == c->sample[c->samples - 1].value) continue;
    tacet_sample *s = &c->sample[c->samples++];
    tacet_status status = tacet_sample_take(s, job, key, value, error);
    if (!status) status = extend(c, s, error);
    if (status) return status;
  }
  return TACET_OK;
}
