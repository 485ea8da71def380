/* The published tool's cost of a layer: a recursion over cluster levels and
   their cases. A level's run within a case of the level outside depends only
   on which of that case's tiles are cut, so each of these is computed once. */
#include "account.h"
#include "volumes.h"
#include "../whole.h"

#include <string.h>

enum {
  CUTS = 1 << KNOWN_VARS, /* sets of variables */
  MAX_CASES = 1 << 24     /* of a layer, in all its runs */
};

/* What stops the published tool. */
enum trouble {
  NONE,
  TOO_MANY_CASES,
  OCCURRENCES_LOST, /* they wrapped to zero or below */
  STUCK,            /* a loop advances over a single tile */
  NO_WORK           /* a sub-cluster takes no time */
};

static const char *const reasons[] = {
    [TOO_MANY_CASES] = "the maps combine to too many cases",
    [OCCURRENCES_LOST] =
        "a step occurs more often than the published tool, which stops at a "
        "negative number, can count in 32 bits",
    [STUCK] = "a map advances over a tile that holds its whole dimension, "
              "where the published tool stops",
    [NO_WORK] = "a sub-cluster has no work in some step, where the published "
                "tool divides by zero"};

/* How a level does one step of the level outside. */
struct run {
  int64_t runtime;
  double utilized;
};

struct evaluation {
  const maestro_plan *plan;
  const tacet_maestro_hardware *hardware;
  maestro_account account;
  maestro_tiles tiles[MAX_LEVELS];
  uint64_t known[MAX_LEVELS][CUTS / 64]; /* by the set of cut variables */
  struct run runs[MAX_LEVELS][CUTS];
  int64_t l1_need; /* of the run that ends first; -1 before */
  int64_t cases_left;
  enum trouble trouble;
  bool wide;
  bool overflow;
  bool wrapped;
};

/* ---- units below -------------------------------------------------------- */

static bool run_level(struct evaluation *evaluation, int index,
                      const int64_t *extent, struct run *run);

/* A unit's run of the level inside; `cut` if it is the one whose spatial tile
   is cut. */
static bool run_unit(struct evaluation *evaluation, int index,
                     const maestro_step *step, bool cut, struct run *run) {
  const maestro_level *level = &evaluation->plan->level[index];
  const maestro_tiles *tiles = &evaluation->tiles[index];
  uint32_t cuts = step->edge & tiles->edges;
  uint32_t key = 0;
  if (!cut && tiles->edge_units > 1) cuts &= ~tiles->spatial;
  for (uint32_t rest = cuts; rest; rest &= rest - 1)
    key |= 1u << level->map[__builtin_ctz(rest)].var;
  uint64_t *known = &evaluation->known[index][key / 64];
  struct run *kept = &evaluation->runs[index][key];
  if (!(*known >> key % 64 & 1)) {
    int64_t extent[MAX_VARS];
    for (int i = 0; i < level->maps; i++)
      extent[level->map[i].var] =
          cuts >> i & 1 ? tiles->in[i].mapped_edge : tiles->in[i].mapped;
    if (!run_level(evaluation, index + 1, extent, kept)) return false;
    *known |= UINT64_C(1) << key % 64;
  }
  *run = *kept;
  return true;
}

static bool run_units(struct evaluation *evaluation, int index,
                      const maestro_step *step, int64_t units,
                      maestro_case *entry) {
  int spatial = evaluation->tiles[index].first_spatial;
  double utilized = 0;
  struct run run;
  entry->compute = 0;
  if (step->partial >> spatial & 1) {
    if (!run_unit(evaluation, index, step, true, &run)) return false;
    entry->compute = larger(entry->compute, run.runtime);
    utilized = run.utilized;
    units--;
  }
  if (units > 0) {
    if (!run_unit(evaluation, index, step, false, &run)) return false;
    entry->compute = larger(entry->compute, run.runtime);
    utilized += run.utilized * (double)units;
  }
  if (utilized != 0) entry->active = utilized;
  return true;
}

/* ---- one case ----------------------------------------------------------- */

static bool is_innermost(const struct evaluation *evaluation, int index) {
  return index + 1 == evaluation->plan->levels;
}

static void measure(maestro_meter *meter, bool outermost, maestro_case *entry) {
  entry->occurrences = meter->step->occurrences;
  entry->operand[TACET_MAESTRO_INPUT] =
      maestro_ingress(meter, TACET_MAESTRO_INPUT);
  entry->operand[TACET_MAESTRO_FILTER] =
      maestro_ingress(meter, TACET_MAESTRO_FILTER);
  entry->egress = maestro_egress(meter);
  entry->busiest = maestro_critical_psums(meter);
  if (outermost) entry->psums = maestro_psums(meter);
}

static int64_t noc_delay(const tacet_maestro_hardware *noc, int64_t elements) {
  return noc->noc_latency + elements / noc->noc_bandwidth +
         (elements % noc->noc_bandwidth != 0) - 1;
}

static bool time_case(struct evaluation *evaluation, int index,
                      const maestro_step *step, maestro_case *entry) {
  const tacet_maestro_hardware *hardware = evaluation->hardware;
  const maestro_tiles *tiles = &evaluation->tiles[index];
  bool edge = step->edge >> tiles->first_spatial & 1;
  int64_t units = edge ? tiles->edge_units : tiles->units;
  entry->active = (double)units;
  if (is_innermost(evaluation, index))
    entry->compute = (entry->busiest - 1) / hardware->simd_lanes + 1;
  else if (!run_units(evaluation, index, step, units, entry))
    return false;
  int64_t ingress =
      maestro_plus(entry->operand[0], entry->operand[1], &evaluation->overflow);
  entry->in = noc_delay(hardware, ingress);
  entry->out = noc_delay(hardware, entry->egress);
  entry->delay = step->initial == (1u << tiles->maps) - 1
                     ? entry->compute + entry->in
                     : larger(entry->compute, larger(entry->in, entry->out));
  return true;
}

/* ---- a level ------------------------------------------------------------ */

/* Double-buffered tiles of a unit: operands as often as there are cases until
   the first with work, the output once. */
static int64_t unit_need(struct evaluation *evaluation, int index,
                         int64_t cases) {
  const maestro_level *level = &evaluation->plan->level[index];
  int64_t need = 0, size[MAX_VARS];
  for (int i = 0; i < level->maps; i++)
    size[level->map[i].var] = evaluation->tiles[index].in[i].mapped;
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++) {
    const maestro_tensor *tensor = &evaluation->plan->tensor[t];
    int64_t tile = 2 * (t == TACET_MAESTRO_OUTPUT ? 1 : cases);
    for (int r = 0; r < tensor->ranks; r++)
      tile = maestro_times(tile, size[tensor->var[r]], &evaluation->overflow);
    need = maestro_plus(need, tile, &evaluation->overflow);
  }
  return need;
}

/* Enters one case into *run and the outermost level's books. A case without
   work is passed over: entry->busiest says so. */
static enum trouble run_case(struct evaluation *evaluation, int index,
                             maestro_meter *meter, bool first,
                             maestro_case *entry, struct run *run) {
  if (meter->step->occurrences <= 0) return OCCURRENCES_LOST;
  measure(meter, index == 0, entry);
  if (meter->stuck) return STUCK;
  if (index == 0) maestro_account_case(&evaluation->account, entry, first);
  if (entry->busiest <= 0) return NONE;
  if (!time_case(evaluation, index, meter->step, entry))
    return evaluation->trouble;
  if (index == 0 && entry->compute == 0) return NO_WORK;
  if (index == 0) maestro_account_work(&evaluation->account, entry);
  run->runtime = maestro_plus(
      run->runtime,
      maestro_times(entry->occurrences, entry->delay, &evaluation->overflow),
      &evaluation->overflow);
  run->utilized += entry->active * (double)entry->occurrences;
  return NONE;
}

static bool run_level(struct evaluation *evaluation, int index,
                      const int64_t *extent, struct run *run) {
  maestro_walk walk;
  maestro_meter meter = {.tiles = &evaluation->tiles[index],
                         .step = &walk.step};
  int64_t steps = 0, first_cases = 0;
  *run = (struct run){0};
  maestro_walk_start(&walk, meter.tiles, &evaluation->plan->level[index],
                     extent, &evaluation->wide);
  evaluation->cases_left -= walk.cases;
  if (evaluation->cases_left < 0) evaluation->trouble = TOO_MANY_CASES;
  while (evaluation->trouble == NONE && maestro_walk_next(&walk)) {
    maestro_case entry;
    first_cases += steps == 0;
    evaluation->trouble =
        run_case(evaluation, index, &meter, steps == 0, &entry, run);
    if (evaluation->trouble == NONE && entry.busiest > 0)
      steps += entry.occurrences;
  }
  evaluation->overflow |= meter.overflow;
  evaluation->wrapped |= walk.wrapped;
  if (steps > 0) run->utilized /= (double)steps;
  if (evaluation->l1_need < 0)
    evaluation->l1_need = unit_need(evaluation, index, first_cases);
  if (index == 0) maestro_account_close(&evaluation->account, steps);
  return evaluation->trouble == NONE;
}

/* ---- the layer ---------------------------------------------------------- */

static tacet_status judge(const struct evaluation *evaluation,
                          const tacet_maestro_layer *layer,
                          tacet_error *error) {
  if (evaluation->trouble != NONE)
    return tacet_fail(error, TACET_BAD_INPUT, &layer->place, "%s",
                      reasons[evaluation->trouble]);
  if (evaluation->wide)
    return tacet_fail(error, TACET_OVERFLOW, &layer->place,
                      "the span of a map over its units does not fit the 32 "
                      "bits of the published tool");
  if (evaluation->overflow || evaluation->account.overflow)
    return tacet_fail(error, TACET_OVERFLOW, &layer->place,
                      "a count does not fit 64 bits");
  return TACET_OK;
}

static int64_t written_size(struct evaluation *evaluation,
                            const tacet_maestro_layer *layer,
                            tacet_maestro_tensor tensor) {
  int64_t size = 1;
  for (int i = 0; i < layer->dims; i++)
    if (maestro_has(evaluation->plan->tensor[tensor].vars,
                    maestro_var(layer, layer->dim[i].name)))
      size = maestro_times(size, layer->dim[i].size, &evaluation->overflow);
  return size;
}

/* Leaves uncleared what run_level fills before it reads. */
static void start(struct evaluation *evaluation, const maestro_plan *plan,
                  const tacet_maestro_hardware *hardware) {
  evaluation->plan = plan;
  evaluation->hardware = hardware;
  evaluation->l1_need = -1;
  evaluation->cases_left = MAX_CASES;
  evaluation->trouble = NONE;
  evaluation->wide = evaluation->overflow = evaluation->wrapped = false;
  memset(evaluation->known, 0, sizeof evaluation->known);
  for (int i = 0; i < plan->levels; i++)
    maestro_make_tiles(&evaluation->tiles[i], plan, i, &evaluation->wide);
}

tacet_status tacet_maestro_cost(tacet_maestro_result *result,
                                const tacet_maestro_layer *layer,
                                const tacet_maestro_batch *batch,
                                const tacet_maestro_hardware *hardware,
                                tacet_error *error) {
  maestro_plan plan;
  struct evaluation evaluation;
  struct run run;
  tacet_status status = tacet_maestro_hardware_check(hardware, error);
  if (status == TACET_OK)
    status = maestro_plan_layer(&plan, layer, batch, hardware->pes, error);
  if (status != TACET_OK) return status;
  start(&evaluation, &plan, hardware);
  maestro_account_open(&evaluation.account, &plan, hardware, result);
  run_level(&evaluation, 0, plan.level[0].table.size, &run);
  result->runtime = run.runtime;
  result->utilized_pes = run.utilized;
  result->l1_size = evaluation.l1_need;
  result->wrapped = evaluation.wrapped;
  result->written_inputs =
      written_size(&evaluation, layer, TACET_MAESTRO_INPUT);
  result->written_filters =
      written_size(&evaluation, layer, TACET_MAESTRO_FILTER);
  return judge(&evaluation, layer, error);
}
