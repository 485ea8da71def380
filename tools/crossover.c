/* tacet crossover: where one design overtakes another along a range. */
#include "command.h"

#include <math.h>
#include <stdlib.h>

#include "cell.h"
#include "json_parts.h"
#include "key.h"
#include "output.h"
#include "range.h"
#include "serve.h"
#include "sweep_report.h"

static const char help[] =
    "tacet crossover -n NETWORK -a ACCELERATOR -a ACCELERATOR "
    "--along KEY=FROM:TO\n"
    "  [OPTION]...\n"
    "\n"
    "Finds by bisection where one of two designs, each read sparse, overtakes "
    "the other\n"
    "as a number in their files changes; \"tacet sweep --help\" says which "
    "there are.\n"
    "Looks at 33 points first, so that crossings closer to each other may be "
    "missed.\n"
    "Between whole ends that are no density it looks at whole numbers.\n"
    "\n"
    "Example:\n"
    "  tacet crossover -n models/networks/vgg16.yaml \\\n"
    "    -a models/accelerators/scnn-dense.yaml -a "
    "models/accelerators/scnn.yaml \\\n"
    "    --along density=0.05:1\n";

enum { DESIGNS = 2, SAMPLES = 33 };

/* The metric of both designs at one value. */
typedef struct sample {
  double value;
  double metric[DESIGNS];
} sample;

/* A part of the range in which one design is ahead. */
typedef struct stretch {
  sample from, to;
  int ahead; /* index of the design, or -1: neither */
} stretch;

typedef struct crossover {
  const tacet_request *request;
  tacet_job job;
  tacet_key key;
  tacet_range range;
  bool whole; /* only whole numbers count */
  int stretches;
  stretch stretch[SAMPLES];
} crossover;

/* ---- looking ------------------------------------------------------------ */

static tacet_status look(sample *s, crossover *c, double value,
                         tacet_error *error) {
  s->value = value;
  tacet_status status = tacet_key_change(&c->key, &c->job, value, error);
  if (!status) status = tacet_job_read(&c->job, c->key.parts, error);
  if (!status) status = tacet_job_evaluate_again(&c->job, false, error);
  tacet_report report;
  if (!status) status = tacet_report_make(&report, &c->job, error);
  if (status) return status;
  for (int d = 0; d < DESIGNS; d++) {
    const tacet_row row =
        tacet_report_row(&report, c->job.layers, d, TACET_SPARSE);
    s->metric[d] = tacet_metric_of(c->request->metric, row.now);
  }
  tacet_report_free(&report);
  return TACET_OK;
}

static int ahead_at(const sample *s) {
  if (s->metric[0] == s->metric[1]) return -1;
  return s->metric[0] < s->metric[1] ? 0 : 1;
}

static double between(const crossover *c, double a, double b) {
  return c->whole ? floor((a + b) / 2) : (a + b) / 2;
}

/* Narrows [low, high], at whose ends different designs are ahead. */
static tacet_status bisect(sample *low, sample *high, crossover *c,
                           tacet_error *error) {
  const double *ends = c->range.value;
  const double enough = c->whole ? 1 : 1e-6 * fabs(ends[1] - ends[0]);
  tacet_status status = TACET_OK;
  while (fabs(high->value - low->value) > enough && !status) {
    sample middle;
    status = look(&middle, c, between(c, low->value, high->value), error);
    if (status) break;
    *(ahead_at(&middle) == ahead_at(low) ? low : high) = middle;
  }
  return status;
}

/* Ends the last stretch, and begins one if another design is ahead. */
static tacet_status extend(crossover *c, const sample *next,
                           tacet_error *error) {
  stretch *last = &c->stretch[c->stretches - 1];
  tacet_status status = TACET_OK;
  if (ahead_at(next) != last->ahead) {
    sample low = last->to, high = *next;
    status = bisect(&low, &high, c, error);
    last->to = low;
    last = &c->stretch[c->stretches++];
    *last = (stretch){.from = high, .ahead = ahead_at(next)};
  }
  last->to = *next;
  return status;
}

static tacet_status find(crossover *c, tacet_error *error) {
  const double *ends = c->range.value;
  sample s;
  tacet_status status = look(&s, c, ends[0], error);
  c->stretch[0] = (stretch){.from = s, .to = s, .ahead = ahead_at(&s)};
  c->stretches = 1;
  for (int i = 1; i < SAMPLES && !status; i++) {
    double value = ends[0] + (ends[1] - ends[0]) * i / (SAMPLES - 1);
    if (c->whole) value = round(value);
    if (value == s.value) continue;
    status = look(&s, c, value, error);
    if (!status) status = extend(c, &s, error);
  }
  return status;
}

/* ---- showing ------------------------------------------------------------ */

static const char *name_of(const crossover *c, int design) {
  return design < 0 ? "neither" : c->job.design[design].accelerator.name;
}

/* The metric of the design behind over that of the one ahead. */
static double lead_at(const sample *s) {
  const double a = s->metric[0], b = s->metric[1];
  return a < b ? b / a : a / b;
}

static void write_text(FILE *out, const crossover *c) {
  static const char *const units[TACET_METRICS] = {"s", "cycles", "J"};
  const tacet_metric metric = c->request->metric;
  const double scale = metric == TACET_ENERGY ? 1e-12 : 1;
  for (int i = 0; i < c->stretches; i++) {
    const stretch *s = &c->stretch[i];
    if (i > 0)
      fprintf(out, "%s = %.6g: %s overtakes in %s, at %s%s\n", c->range.key,
              s->from.value, name_of(c, s->ahead), tacet_metric_names[metric],
              tacet_amount(scale * s->from.metric[0]).text, units[metric]);
    fprintf(out, "%s %.6g to %.6g: %s ahead, by a factor of %.3g to %.3g\n",
            c->range.key, s->from.value, s->to.value, name_of(c, s->ahead),
            lead_at(&s->from), lead_at(&s->to));
  }
}

static void write_csv(FILE *out, const crossover *c) {
  fputs("key,metric,from,to,ahead,factor_at_from,factor_at_to\n", out);
  for (int i = 0; i < c->stretches; i++) {
    const stretch *s = &c->stretch[i];
    tacet_csv_value(out, &(tacet_value){.text = c->range.key});
    fprintf(out, ",%s,%.15g,%.15g,", tacet_metric_names[c->request->metric],
            s->from.value, s->to.value);
    tacet_csv_value(out, &(tacet_value){.text = name_of(c, s->ahead)});
    fprintf(out, ",%.17g,%.17g\n", lead_at(&s->from), lead_at(&s->to));
  }
}

static json_t *stretch_json(const crossover *c, const stretch *s) {
  json_t *object = json_object();
  tacet_json_set(&object, "from", tacet_json_number(s->from.value));
  tacet_json_set(&object, "to", tacet_json_number(s->to.value));
  tacet_json_set(&object, "ahead", tacet_json_text(name_of(c, s->ahead)));
  tacet_json_set(&object, "factor_at_from",
                 tacet_json_number(lead_at(&s->from)));
  tacet_json_set(&object, "factor_at_to", tacet_json_number(lead_at(&s->to)));
  return object;
}

static tacet_status write_json(FILE *out, const crossover *c,
                               tacet_error *error) {
  json_t *object = json_object(), *stretches = json_array();
  for (int i = 0; i < c->stretches; i++)
    tacet_json_append(&stretches, stretch_json(c, &c->stretch[i]));
  tacet_json_set(&object, "tacet", tacet_json_text(TACET_VERSION));
  tacet_json_set(&object, "command", tacet_json_text(c->request->command));
  tacet_json_set(&object, "key", tacet_json_text(c->range.key));
  tacet_json_set(&object, "metric",
                 tacet_json_text(tacet_metric_names[c->request->metric]));
  tacet_json_set(&object, "stretches", stretches);
  const int failed =
      !object ||
      json_dumpf(object, out, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
  json_decref(object);
  putc('\n', out);
  return failed ? tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory")
                : TACET_OK;
}

static tacet_status write_all(const crossover *c, tacet_error *error) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  tacet_status status = TACET_OK;
  switch (c->request->format) {
  case TACET_CSV: write_csv(out, c); break;
  case TACET_JSON: status = write_json(out, c, error); break;
  default: write_text(out, c);
  }
  if (fclose(out) != 0 && !status)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  if (!status)
    status = tacet_output_write(c->request->output, text, size, error);
  free(text);
  return status;
}

/* ---- all ---------------------------------------------------------------- */

static tacet_status do_crossover(const tacet_request *request,
                                 tacet_error *error) {
  crossover c = {.request = request};
  tacet_status status = TACET_OK;
  if (request->accelerators != DESIGNS)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "crossover compares two accelerators: give -a twice");
  status = tacet_range_ends(&c.range, request->along, error);
  if (!status) status = tacet_job_load(&c.job, request, error);
  if (!status) status = tacet_key_find(&c.key, &c.job, c.range.key, error);
  if (!status) {
    const double *ends = c.range.value;
    c.whole = c.key.places > 0 && ends[0] == floor(ends[0]) &&
              ends[1] == floor(ends[1]);
    status = find(&c, error);
  }
  if (!status) status = write_all(&c, error);
  tacet_key_free(&c.key);
  tacet_job_free(&c.job);
  tacet_range_free(&c.range);
  return status;
}

int tacet_command_crossover(int argc, char **argv) {
  tacet_request request;
  tacet_error error = {0};
  tacet_status status = tacet_request_read(&request, argc, argv, argc, &error);
  if (!status && request.help)
    status = tacet_print_help(help, &request, &error);
  else if (!status)
    status = do_crossover(&request, &error);
  tacet_request_free(&request);
  return status ? tacet_complain(&error) : 0;
}
