/* The options of `tacet mask`, in one table for getopt and for the help. */
#define _DEFAULT_SOURCE /* getopt_long */

#include "mask_request.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"

/* Which commands take an option. */
enum { INFO = 1, IMPORT = 2, MAKE = 4, PRUNE = 8, PROFILE = 16 };
enum { BINDING = IMPORT | PRUNE, READING = INFO | IMPORT };

static const struct {
  const char *name;
  int bit, files; /* the most files it takes; at least 1 unless 0 */
  const char *need;
} commands[] = {{"info", INFO, 1, ""},
                {"import", IMPORT, 1 << 20, "no"},
                {"make", MAKE, 0, "no"},
                {"prune", PRUNE, 1 << 20, "no"},
                {"profile", PROFILE, 1, ""}};

enum option_id {
  DATASET = 256,
  LAYOUT,
  PATTERN,
  BIND,
  LAYER,
  TENSOR,
  THRESHOLD,
  POLARITY,
  PLOT,
  KIND,
  DENSITY,
  GROUP,
  BLOCK,
  ALONG,
  WIDTH,
  SEED,
  SCOPE,
  BY,
  VECTORS
};

static const struct {
  int id;
  const char *name, *value;
  int commands;
  const char *help;
} options[] = {
    {'n', "network", "FILE", INFO | IMPORT | MAKE | PRUNE,
     "the network whose layers the masks are for"},
    {'o', "output", "FILE", IMPORT | MAKE | PRUNE | PROFILE,
     "write there, whole or not at all"},
    {DATASET, "dataset", "NAME", INFO, "only this array of the file"},
    {LAYOUT, "layout", "LAYOUT", READING | PRUNE,
     "axes of the arrays: letters, keras or pytorch"},
    {PATTERN, "pattern", "PATTERN", BINDING,
     "names of the arrays, {layer} in it; * and ? match"},
    {BIND, "bind", "LAYER=NAME", BINDING,
     "the array of one layer; may be repeated"},
    {LAYER, "layer", "NAME", IMPORT | MAKE | PRUNE,
     "only this layer; may be repeated"},
    {TENSOR, "tensor", "NAME", IMPORT | MAKE,
     "weight, input or output; weight unless given"},
    {THRESHOLD, "threshold", "NUMBER", READING,
     "a value w is not zero if |w| is above it; 0 unless given"},
    {POLARITY, "polarity", "kept|pruned", READING,
     "what a value that is not zero means; kept unless given"},
    {PLOT, "plot", NULL, INFO, "draw each array"},
    {KIND, "kind", "KIND", MAKE | PRUNE,
     "uniform, group, block, channel; make: band, causal, window"},
    {DENSITY, "density", "NUMBER", MAKE | PRUNE,
     "what is kept, 0 to 1; make: or any {distribution: ...} of a profile"},
    {SCOPE, "scope", "layer|global", PRUNE,
     "keep the density in each layer, or over all of them"},
    {GROUP, "group", "N:M", MAKE | PRUNE, "keep N of every M (kind group)"},
    {BLOCK, "block", "RxC", MAKE | PRUNE,
     "rows x columns of a block of the matrix (kind block)"},
    {ALONG, "along", "RANK", MAKE | PRUNE,
     "rank of kinds group (C, of a GEMM K) and channel (K)"},
    {WIDTH, "width", "NUMBER", MAKE, "of kinds band and window"},
    {SEED, "seed", "NUMBER", MAKE, "of chance; 1 unless given"},
    {BY, "by", "RANK", PROFILE,
     "densities along this rank; where there is none, their mean"},
    {VECTORS, "vectors", "FILE.h5", PROFILE,
     "write the densities there, and their names into the profile"},
    {'h', "help", NULL, INFO | IMPORT | MAKE | PRUNE | PROFILE, "this text"},
};

enum { option_count = sizeof options / sizeof *options };

static int command_index(const char *name) {
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (strcmp(commands[i].name, name) == 0) return (int)i;
  return 0;
}

void tacet_mask_request_help(FILE *out, const char *command) {
  const int bit = commands[command_index(command)].bit;
  for (int i = 0; i < option_count; i++) {
    char form[40];
    if (!(options[i].commands & bit)) continue;
    snprintf(form, sizeof form, "--%s %s", options[i].name,
             options[i].value ? options[i].value : "");
    if (options[i].id < 256)
      fprintf(out, "  -%c, %-24s%s\n", options[i].id, form, options[i].help);
    else
      fprintf(out, "      %-24s%s\n", form, options[i].help);
  }
}

static tacet_status misuse(const tacet_mask_request *request,
                           tacet_error *error) {
  return tacet_advise(error, "\"tacet mask %s --help\" explains",
                      request->command);
}

/* ---- values ------------------------------------------------------------- */

static tacet_status take_once(const char **field, const char *name,
                              tacet_error *error) {
  if (*field)
    return tacet_fail(error, TACET_BAD_USAGE, NULL, "--%s is given twice",
                      name);
  *field = optarg;
  return TACET_OK;
}

static tacet_status expected(const char *name, const char *what,
                             tacet_error *error) {
  return tacet_fail(error, TACET_BAD_USAGE, NULL, "--%s is \"%s\"; expected %s",
                    name, tacet_show(optarg).text, what);
}

static tacet_status take_real(double *value, const char *name, double most,
                              const char *what, tacet_error *error) {
  char *end;
  *value = strtod(optarg, &end);
  const bool number = end != optarg && !*end && *value >= 0 && *value <= most;
  return number ? TACET_OK : expected(name, what, error);
}

static bool read_whole(const char **text, int64_t *value) {
  char *end;
  if (**text < '0' || **text > '9') return false;
  *value = strtoll(*text, &end, 10);
  *text = end;
  return *value < INT64_C(1) << 53;
}

static tacet_status take_whole(int64_t *value, const char *name,
                               tacet_error *error) {
  const char *text = optarg;
  if (read_whole(&text, value) && !*text) return TACET_OK;
  return expected(name, "a whole number", error);
}

/* "2:4", "4x4" */
static tacet_status take_pair(int64_t *first, int64_t *second, char between,
                              const char *name, tacet_error *error) {
  const char *text = optarg;
  const bool pair = read_whole(&text, first) && *text++ == between &&
                    read_whole(&text, second) && !*text && *first > 0 &&
                    *second > 0;
  if (!pair || (between == ':' && *first > *second))
    return expected(name, between == ':' ? "N:M, as 2:4" : "RxC, as 4x4",
                    error);
  return TACET_OK;
}

static tacet_status take_word(int *index, const char *const *words,
                              const char *name, tacet_error *error) {
  char known[100] = "one of ";
  for (*index = 0; words[*index]; ++*index) {
    if (strcmp(words[*index], optarg) == 0) return TACET_OK;
    strcat(strcat(known, *index ? ", " : ""), words[*index]);
  }
  return expected(name, known, error);
}

static tacet_status take_pattern(tacet_mask_request *request, int id,
                                 tacet_error *error) {
  tacet_mask_plan *plan = &request->plan;
  static const char *const scopes[] = {"layer", "global", NULL};
  int index;
  tacet_status status;
  switch (id) {
  case KIND:
    status = take_word(&index, tacet_mask_kinds, "kind", error);
    plan->kind = (tacet_mask_kind)index;
    request->planned = true;
    return status;
  case DENSITY:
    request->distribution = optarg[0] == '{' ? optarg : NULL;
    if (request->distribution) return TACET_OK;
    return take_real(&plan->density, "density", 1, "0 to 1", error);
  case GROUP: return take_pair(&plan->keep, &plan->group, ':', "group", error);
  case BLOCK:
    return take_pair(&plan->block_rows, &plan->block_columns, 'x', "block",
                     error);
  case ALONG:
    plan->along = optarg[0];
    return optarg[0] && !optarg[1] ? TACET_OK
                                   : expected("along", "one letter", error);
  case WIDTH: return take_whole(&plan->width, "width", error);
  case SEED: return take_whole((int64_t *)&plan->seed, "seed", error);
  default:
    status = take_word(&index, scopes, "scope", error);
    request->global = index == 1;
    return status;
  }
}

static tacet_status take(tacet_mask_request *request, int id,
                         tacet_error *error) {
  static const char *const tensors[] = {"weight", "input", "output", NULL};
  static const char *const polarities[] = {"kept", "pruned", NULL};
  int index;
  tacet_status status;
  switch (id) {
  case 'n': return take_once(&request->network, "network", error);
  case 'o': return take_once(&request->output, "output", error);
  case DATASET: return take_once(&request->dataset, "dataset", error);
  case LAYOUT: return take_once(&request->layout, "layout", error);
  case PATTERN: return take_once(&request->pattern, "pattern", error);
  case BIND: request->bind[request->binds++] = optarg; return TACET_OK;
  case LAYER: request->layer[request->layers++] = optarg; return TACET_OK;
  case TENSOR: return take_word(&request->tensor, tensors, "tensor", error);
  case THRESHOLD:
    return take_real(&request->threshold, "threshold", 1e300, "0 or more",
                     error);
  case POLARITY:
    status = take_word(&index, polarities, "polarity", error);
    request->polarity = index == 1 ? TACET_MEANS_PRUNED : TACET_MEANS_KEPT;
    return status;
  case PLOT: request->plot = true; return TACET_OK;
  case BY:
    status = take_once(&request->by, "by", error);
    if (!status && (optarg[0] < 'A' || optarg[0] > 'Z' || optarg[1]))
      return expected("by", "one letter", error);
    return status;
  case VECTORS: return take_once(&request->vectors, "vectors", error);
  case 'h': request->help = true; return TACET_OK;
  default: return take_pattern(request, id, error);
  }
}

/* ---- checks ------------------------------------------------------------- */

static tacet_status missing(const tacet_mask_request *request, const char *what,
                            tacet_error *error) {
  tacet_fail(error, TACET_BAD_USAGE, NULL, "%s missing", what);
  return misuse(request, error);
}

/* A distribution says all that options of kinds do, but the seed. */
static tacet_status check_distribution(const tacet_mask_request *request,
                                       tacet_error *error) {
  const tacet_mask_plan *plan = &request->plan;
  if (strcmp(request->command, "make") != 0)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "--density is \"%s\"; expected 0 to 1",
                      tacet_show(request->distribution).text);
  if (request->planned || plan->group || plan->block_rows || plan->along ||
      plan->width)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "--density names a distribution, and other options "
                      "another pattern");
  return TACET_OK;
}

/* What a kind of pattern needs. */
static tacet_status check_plan(tacet_mask_request *request,
                               tacet_error *error) {
  tacet_mask_plan *plan = &request->plan;
  if (!request->planned && plan->group) plan->kind = TACET_MASK_GROUP;
  if (!request->planned && plan->block_rows) plan->kind = TACET_MASK_BLOCK;
  const tacet_mask_kind kind = plan->kind;
  if (kind == TACET_MASK_GROUP && !plan->group)
    return missing(request, "--group is", error);
  if (kind == TACET_MASK_BLOCK && !plan->block_rows)
    return missing(request, "--block is", error);
  if ((kind == TACET_MASK_BAND || kind == TACET_MASK_WINDOW) && !plan->width)
    return missing(request, "--width is", error);
  const bool counts = kind == TACET_MASK_UNIFORM || kind == TACET_MASK_BLOCK ||
                      kind == TACET_MASK_CHANNEL;
  if (counts && plan->density < 0)
    return missing(request, "--density is", error);
  if (request->global && kind != TACET_MASK_UNIFORM)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "--scope global is for kind uniform only");
  return TACET_OK;
}

static tacet_status check(tacet_mask_request *request, tacet_error *error) {
  const int index = command_index(request->command);
  const int bit = commands[index].bit;
  if (commands[index].files && request->files == 0)
    return missing(request, "a file is", error);
  if (request->files > commands[index].files)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "\"%s\" is one file too many",
                      tacet_show(request->file[commands[index].files]).text);
  if (strchr(commands[index].need, 'n') && !request->network)
    return missing(request, "-n NETWORK is", error);
  if (strchr(commands[index].need, 'o') && !request->output)
    return missing(request, "-o FILE is", error);
  if (bit == PRUNE && request->plan.kind > TACET_MASK_CHANNEL)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "weights are pruned by kind uniform, group, block or "
                      "channel");
  if (request->distribution) return check_distribution(request, error);
  return bit & (MAKE | PRUNE) ? check_plan(request, error) : TACET_OK;
}

/* ---- reading ------------------------------------------------------------ */

static tacet_status unknown(const tacet_mask_request *request, const char *name,
                            tacet_error *error) {
  tacet_fail(error, TACET_BAD_USAGE, NULL, "mask %s has no option \"%s\"",
             request->command, tacet_show(name).text);
  return misuse(request, error);
}

static tacet_status read_options(tacet_mask_request *request, int argc,
                                 char **argv, tacet_error *error) {
  const int bit = commands[command_index(request->command)].bit;
  struct option longs[option_count + 1] = {{0}};
  char letters[2 * option_count + 2] = ":";
  for (int i = 0, count = 0; i < option_count; i++) {
    if (!(options[i].commands & bit)) continue;
    longs[count++] = (struct option){
        options[i].name, options[i].value ? required_argument : no_argument,
        NULL, options[i].id};
    if (options[i].id >= 256) continue;
    const char letter[] = {(char)options[i].id, options[i].value ? ':' : '\0',
                           '\0'};
    strcat(letters, letter);
  }
  opterr = 0;
  optind = 1;
  for (int id; (id = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
    if (id == ':' || id == '?') {
      if (id == '?') return unknown(request, argv[optind - 1], error);
      tacet_fail(error, TACET_BAD_USAGE, NULL, "\"%s\" needs a value",
                 tacet_show(argv[optind - 1]).text);
      return misuse(request, error);
    }
    tacet_status status = take(request, id, error);
    if (status) return status;
  }
  while (optind < argc) request->file[request->files++] = argv[optind++];
  return TACET_OK;
}

tacet_status tacet_mask_request_read(tacet_mask_request *request, int argc,
                                     char **argv, tacet_error *error) {
  *request = (tacet_mask_request){
      .command = argv[0],
      .plan = {.kind = TACET_MASK_UNIFORM, .density = -1, .seed = 1}};
  request->file = calloc((size_t)argc, sizeof *request->file);
  request->bind = calloc((size_t)argc, sizeof *request->bind);
  request->layer = calloc((size_t)argc, sizeof *request->layer);
  if (!request->file || !request->bind || !request->layer)
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  tacet_status status = read_options(request, argc, argv, error);
  return status || request->help ? status : check(request, error);
}

void tacet_mask_request_free(tacet_mask_request *request) {
  free(request->file);
  free(request->bind);
  free(request->layer);
  *request = (tacet_mask_request){.command = NULL};
}
