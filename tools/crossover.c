/* tacet crossover: where one design overtakes another along a range. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "crossing.h"
#include "json_parts.h"
#include "left_out.h"
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

typedef struct crossover {
  const tacet_request *request;
  tacet_job job;
  tacet_key key;
  tacet_range range;
  tacet_crossing crossing;
} crossover;

/* ---- showing ------------------------------------------------------------ */

static const char *name_of(const crossover *c, int design) {
  return design < 0 ? "neither" : c->job.design[design].accelerator.name;
}

/* The metric of the design behind over that of the one ahead. */
static double lead_at(const tacet_sample *s) {
  const double a = s->metric[0], b = s->metric[1];
  return a < b ? b / a : a / b;
}

typedef struct event {
  char text[TACET_NAME + 16];
} event;

/* What happens where a stretch begins. */
static event event_at(const crossover *c, const tacet_stretch *s) {
  event e = {"both are equal"};
  if (s->ahead >= 0)
    snprintf(e.text, sizeof e.text, "%s overtakes", name_of(c, s->ahead));
  return e;
}

/* By how much the design ahead is so, from one end of a stretch to the other;
   three digits say 1 of anything below 1.005. */
static void write_lead(FILE *out, const tacet_stretch *s) {
  char from[16], to[16];
  snprintf(from, sizeof from, "%.3g", lead_at(&s->from));
  snprintf(to, sizeof to, "%.3g", lead_at(&s->to));
  if (strcmp(from, to) != 0)
    fprintf(out, ", by a factor of %s to %s", from, to);
  else if (strcmp(from, "1") != 0)
    fprintf(out, ", by a factor of %s", from);
  else
    fputs(", by less than 0.5 %", out);
}

static void write_text(FILE *out, const crossover *c) {
  static const char *const units[TACET_METRICS] = {"s", "cycles", "J"};
  const tacet_metric metric = c->request->metric;
  const double scale = metric == TACET_ENERGY ? 1e-12 : 1;
  for (int i = 0; i < c->crossing.stretches; i++) {
    const tacet_stretch *s = &c->crossing.stretch[i];
    if (i > 0)
      fprintf(out, "%s = %.6g: %s in %s, at %s%s\n", c->range.title,
              s->from.value, event_at(c, s).text, tacet_metric_names[metric],
              tacet_amount(scale * s->from.metric[0]).text, units[metric]);
    if (s->from.value == s->to.value) {
      if (i == 0)
        fprintf(out, "%s = %.6g: %s ahead\n", c->range.title, s->from.value,
                name_of(c, s->ahead));
      continue;
    }
    fprintf(out, "%s %.6g to %.6g: %s ahead", c->range.title, s->from.value,
            s->to.value, name_of(c, s->ahead));
    if (s->ahead >= 0) write_lead(out, s);
    putc('\n', out);
  }
}

static void write_csv(FILE *out, const crossover *c) {
  fputs("key,metric,from,to,ahead,factor_at_from,factor_at_to\n", out);
  for (int i = 0; i < c->crossing.stretches; i++) {
    const tacet_stretch *s = &c->crossing.stretch[i];
    tacet_csv_value(out, &(tacet_value){.text = c->range.title});
    fprintf(out, ",%s,%.15g,%.15g,", tacet_metric_names[c->request->metric],
            s->from.value, s->to.value);
    tacet_csv_value(out, &(tacet_value){.text = name_of(c, s->ahead)});
    fprintf(out, ",%.17g,%.17g\n", lead_at(&s->from), lead_at(&s->to));
  }
}

static json_t *stretch_json(const crossover *c, const tacet_stretch *s) {
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
  for (int i = 0; i < c->crossing.stretches; i++)
    tacet_json_append(&stretches, stretch_json(c, &c->crossing.stretch[i]));
  tacet_json_set(&object, "tacet", tacet_json_text(TACET_VERSION));
  tacet_json_set(&object, "command", tacet_json_text(c->request->command));
  tacet_json_set(&object, "key", tacet_json_text(c->range.title));
  tacet_json_set(&object, "metric",
                 tacet_json_text(tacet_metric_names[c->request->metric]));
  tacet_json_set(&object, "stretches", stretches);
  return tacet_json_write(out, object, error);
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
  if (request->accelerators != TACET_TWO_DESIGNS)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "crossover compares two accelerators: give -a twice");
  status = tacet_range_ends(&c.range, request->along, error);
  if (!status) status = tacet_job_load(&c.job, request, error);
  if (!status) status = tacet_key_find(&c.key, &c.job, c.range.key, error);
  if (!status) status = tacet_key_measure(&c.key, c.range.unit, error);
  if (!status)
    status =
        tacet_crossing_find(&c.crossing, &c.job, &c.key, c.range.value, error);
  if (!status && request->metric == TACET_ENERGY) tacet_tell_left_out(&c.job);
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
