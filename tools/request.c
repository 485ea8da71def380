/* The options of run, compare, explain, sweep and crossover: one table for
   parser and help. */
#include "request.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"
#include "output.h"

enum {
  OPTION_LAYER = 256,
  OPTION_FORMAT,
  OPTION_SET,
  OPTION_SWEEP,
  OPTION_ALONG,
  OPTION_METRIC,
  OPTION_PLOT,
  OPTION_THREADS,
  OPTION_AGAINST,
  OPTION_FIT
};

static const struct {
  int id; /* its letter, or one of the above */
  const char *name;
  const char *value; /* what it is followed by, NULL if nothing */
  const char *help;
  const char *only; /* the commands that take it; NULL: all */
} options[] = {
    {'n', "network", "FILE", "the layers, YAML or MAESTRO's .m; required",
     NULL},
    {'a', "accelerator", "FILE",
     "a design, likewise; required, compare takes several", NULL},
    {'d', "dataflow", "FILE",
     "likewise; in place of the layers' and accelerators' own", NULL},
    {'p', "profile", "FILE",
     "densities and masks of the layers, or a file that tacet mask wrote",
     "run compare sweep crossover"},
    {OPTION_LAYER, "layer", "NAME", "this layer only; may be given again",
     NULL},
    {OPTION_FIT, "fit", NULL,
     "shrink tiles that a buffer does not hold, and say how", NULL},
    {OPTION_SET, "set", "KEY=VALUE",
     "a number in a file, as sequence=4096; may be given again", NULL},
    {OPTION_SWEEP, "sweep", "KEY=RANGE",
     "FROM:TO:STEP, FROM:TO:*FACTOR or A,B,...; may be given again", "sweep"},
    {OPTION_ALONG, "along", "KEY=FROM:TO", "where to look; required",
     "crossover"},
    {OPTION_METRIC, "metric", "NAME", "cycles, time (the default) or energy",
     "sweep crossover"},
    {OPTION_PLOT, "plot", "FILE", "also draw the metric, as SVG", "sweep"},
    {OPTION_THREADS, "threads", "N", "instead of one for each core", "sweep"},
    {OPTION_FORMAT, "format", "FORMAT",
     "text (the default), csv or json; sweep also hdf5",
     "run compare sweep crossover"},
    {OPTION_AGAINST, "against", "maestro",
     "what the published MAESTRO makes of a mapping file, and why", "run"},
    {'o', "output", "FILE", "write there, whole or not at all", NULL},
    {'h', "help", NULL, "explain the command", NULL},
};

const char *const tacet_metric_names[TACET_METRICS] = {"time", "cycles",
                                                       "energy"};

enum { option_count = sizeof options / sizeof *options };

static bool is_taken(int option, const char *command) {
  const char *only = options[option].only;
  return !only || strstr(only, command);
}

void tacet_request_help(FILE *out, const char *command) {
  for (int i = 0; i < option_count; i++) {
    if (!is_taken(i, command)) continue;
    char left[40];
    const char *value = options[i].value ? options[i].value : "";
    const char letter[] = {'-', (char)options[i].id, ',', '\0'};
    snprintf(left, sizeof left, "%s --%s %s",
             options[i].id < OPTION_LAYER ? letter : "   ", options[i].name,
             value);
    fprintf(out, "  %-26s%s\n", left, options[i].help);
  }
}

/* ---- errors ------------------------------------------------------------- */

static tacet_status advise_help(const tacet_request *request,
                                tacet_error *error) {
  return tacet_advise(error, "\"tacet %s --help\" explains", request->command);
}

static tacet_status no_value(const tacet_request *request, int id,
                             tacet_error *error) {
  for (int i = 0; i < option_count; i++)
    if (options[i].id == id)
      tacet_fail(error, TACET_BAD_USAGE, NULL, "--%s needs a %s",
                 options[i].name, options[i].value);
  return advise_help(request, error);
}

/* `typed` is the argument in which getopt found no option. */
static tacet_status unknown_option(const tacet_request *request,
                                   const char *typed, tacet_error *error) {
  if (strncmp(typed, "--", 2) != 0) {
    tacet_fail(error, TACET_BAD_USAGE, NULL, "unknown option -%c",
               (char)optopt);
    return advise_help(request, error);
  }
  tacet_nearest nearest = {.word = typed + 2};
  for (int i = 0; i < option_count; i++)
    if (is_taken(i, request->command))
      tacet_nearest_offer(&nearest, options[i].name);
  tacet_fail(error, TACET_BAD_USAGE, NULL, "unknown option %s",
             tacet_show(typed).text);
  if (!nearest.found) return advise_help(request, error);
  return tacet_advise(error, "did you mean --%s?", nearest.found);
}

static tacet_status missing(const tacet_request *request, const char *what,
                            const char *option, tacet_error *error) {
  tacet_fail(error, TACET_BAD_USAGE, NULL, "%s needs %s: %s", request->command,
             what, option);
  return advise_help(request, error);
}

static tacet_status check_against(const tacet_request *request,
                                  tacet_error *error) {
  if (strcmp(request->against, "maestro") != 0)
    tacet_fail(error, TACET_BAD_USAGE, NULL,
               "--against is \"%s\"; expected maestro",
               tacet_show(request->against).text);
  else if (request->dataflow || request->profile || request->sets ||
           request->fit)
    tacet_fail(error, TACET_BAD_USAGE, NULL,
               "--against takes no dataflow, profile, set or fit");
  else if (request->format == TACET_JSON)
    tacet_fail(error, TACET_BAD_USAGE, NULL,
               "the format of --against is text or csv");
  else
    return TACET_OK;
  return advise_help(request, error);
}

/* Not to find out only after all the work. */
static tacet_status check_outputs(const tacet_request *request,
                                  tacet_error *error) {
  tacet_status status = tacet_output_check(request->output, error);
  return status ? status : tacet_output_check(request->plot, error);
}

static tacet_status check(const tacet_request *request, int accelerators,
                          tacet_error *error) {
  if (!request->network) return missing(request, "a network", "-n FILE", error);
  if (request->accelerators == 0)
    return missing(request, "an accelerator", "-a FILE", error);
  if (strcmp(request->command, "sweep") == 0 && request->sweeps == 0)
    return missing(request, "something to sweep", "--sweep KEY=RANGE", error);
  if (strcmp(request->command, "crossover") == 0 && !request->along)
    return missing(request, "where to look", "--along KEY=FROM:TO", error);
  if (request->against) {
    tacet_status status = check_against(request, error);
    if (status) return status;
  }
  if (request->accelerators <= accelerators)
    return check_outputs(request, error);
  tacet_fail(error, TACET_BAD_USAGE, NULL, "%s takes one accelerator, not %d",
             request->command, request->accelerators);
  return tacet_advise(error, "\"tacet compare\" takes several");
}

/* ---- reading ------------------------------------------------------------ */

static tacet_status take_once(const char **value, const char *name,
                              tacet_error *error) {
  if (*value)
    return tacet_fail(error, TACET_BAD_USAGE, NULL, "--%s is given twice",
                      name);
  *value = optarg;
  return TACET_OK;
}

static tacet_status take_format(tacet_request *request, tacet_error *error) {
  static const char *const names[] = {[TACET_TEXT] = "text",
                                      [TACET_CSV] = "csv",
                                      [TACET_JSON] = "json",
                                      [TACET_HDF5] = "hdf5"};
  const bool sweeps = strcmp(request->command, "sweep") == 0;
  for (int f = TACET_TEXT; f <= (sweeps ? TACET_HDF5 : TACET_JSON); f++) {
    if (strcmp(optarg, names[f]) != 0) continue;
    request->format = (tacet_output_format)f;
    return TACET_OK;
  }
  return tacet_fail(error, TACET_BAD_USAGE, NULL,
                    "the format is \"%s\"; expected text, csv%s",
                    tacet_show(optarg).text,
                    sweeps ? ", json or hdf5" : " or json");
}

static tacet_status take_threads(tacet_request *request, tacet_error *error) {
  char *end;
  const long threads = strtol(optarg, &end, 10);
  if (end == optarg || *end || threads < 1 || threads > 1024)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "--threads is \"%s\"; expected 1 to 1024",
                      tacet_show(optarg).text);
  request->threads = (int)threads;
  return TACET_OK;
}

static tacet_status take_metric(tacet_request *request, tacet_error *error) {
  for (int m = 0; m < TACET_METRICS; m++) {
    if (strcmp(optarg, tacet_metric_names[m]) != 0) continue;
    request->metric = (tacet_metric)m;
    return TACET_OK;
  }
  return tacet_fail(error, TACET_BAD_USAGE, NULL,
                    "the metric is \"%s\"; expected time, cycles or energy",
                    tacet_show(optarg).text);
}

static tacet_status take(tacet_request *request, int id, tacet_error *error) {
  switch (id) {
  case 'n': return take_once(&request->network, "network", error);
  case 'd': return take_once(&request->dataflow, "dataflow", error);
  case 'p': return take_once(&request->profile, "profile", error);
  case 'o': return take_once(&request->output, "output", error);
  case 'a': request->accelerator[request->accelerators++] = optarg; break;
  case OPTION_LAYER: request->layer[request->layers++] = optarg; break;
  case OPTION_SET: request->set[request->sets++] = optarg; break;
  case OPTION_SWEEP: request->sweep[request->sweeps++] = optarg; break;
  case OPTION_ALONG: return take_once(&request->along, "along", error);
  case OPTION_PLOT: return take_once(&request->plot, "plot", error);
  case OPTION_THREADS: return take_threads(request, error);
  case OPTION_METRIC: return take_metric(request, error);
  case OPTION_AGAINST: return take_once(&request->against, "against", error);
  case OPTION_FORMAT: return take_format(request, error);
  case OPTION_FIT: request->fit = true; break;
  case 'h': request->help = true; break;
  }
  return TACET_OK;
}

static tacet_status read_options(tacet_request *request, int argc, char **argv,
                                 tacet_error *error) {
  struct option longs[option_count + 1] = {{0}};
  char letters[2 * option_count + 2] = ":"; /* ':': tell a missing value */
  for (int i = 0, taken = 0; i < option_count; i++) {
    if (!is_taken(i, request->command)) continue;
    longs[taken++] = (struct option){
        options[i].name, options[i].value ? required_argument : no_argument,
        NULL, options[i].id};
    if (options[i].id >= OPTION_LAYER) continue;
    const char letter[] = {(char)options[i].id, options[i].value ? ':' : '\0',
                           '\0'};
    strcat(letters, letter);
  }
  opterr = 0;
  optind = 1;
  for (int id; (id = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
    if (id == ':') return no_value(request, optopt, error);
    if (id == '?') return unknown_option(request, argv[optind - 1], error);
    tacet_status status = take(request, id, error);
    if (status) return status;
  }
  if (optind == argc) return TACET_OK;
  tacet_fail(error, TACET_BAD_USAGE, NULL, "\"%s\" belongs to no option",
             tacet_show(argv[optind]).text);
  return advise_help(request, error);
}

tacet_status tacet_request_read(tacet_request *request, int argc, char **argv,
                                int accelerators, tacet_error *error) {
  *request = (tacet_request){.command = argv[0]};
  request->accelerator = calloc((size_t)argc, sizeof *request->accelerator);
  request->layer = calloc((size_t)argc, sizeof *request->layer);
  request->set = calloc((size_t)argc, sizeof *request->set);
  request->sweep = calloc((size_t)argc, sizeof *request->sweep);
  if (!request->accelerator || !request->layer || !request->set ||
      !request->sweep)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  tacet_status status = read_options(request, argc, argv, error);
  if (status || request->help) return status;
  return check(request, accelerators, error);
}

void tacet_request_free(tacet_request *request) {
  free(request->accelerator);
  free(request->layer);
  free(request->set);
  free(request->sweep);
  *request = (tacet_request){.command = NULL};
}
