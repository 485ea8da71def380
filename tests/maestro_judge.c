/* A slow second reading of the rules: the recursion over levels. Every level
   keeps all the books; those of the outermost one are the result. Shares with
   dense/maestro the plan of levels and nothing else. */
#include "maestro_judge.h"

#include "maestro_scene.h"

struct judge {
  const maestro_plan *plan;
  const tacet_maestro_hardware *hardware;
  jmp_buf death;
  int64_t l1_need; /* -1 before the first run ends */
};

/* A run of one level. */
struct books {
  struct judge *judge;
  int index;
  struct scene scene;
  tacet_maestro_result result; /* averages are sums until the end */
  int64_t steps;
  int64_t need[TACET_MAESTRO_TENSORS]; /* of the buffer above, */
  int64_t tile[TACET_MAESTRO_TENSORS]; /* and of a unit */
  long double bandwidth;
};

/* A case: words of input, filter and output, and MACs. */
struct moves {
  int64_t times;
  int64_t words[TACET_MAESTRO_TENSORS];
  int64_t macs;
};

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static tacet_maestro_result run_level(struct judge *judge, int index,
                                      const int64_t *extent);

/* ---- time --------------------------------------------------------------- */

static tacet_maestro_result run_unit(const struct books *books, bool cut) {
  const struct scene *scene = &books->scene;
  int64_t extent[MAX_VARS] = {0};
  for (int i = 0; i < scene->level->maps; i++) {
    const maestro_map *map = &scene->level->map[i];
    const struct tiles *tile = &scene->in[map->var];
    bool edge = scene_at_edge(&scene->state[map->var]);
    if (map->spatial) edge &= scene->active == 1 || cut;
    extent[map->var] = edge ? tile->edge : tile->mapped;
  }
  return run_level(books->judge, books->index + 1, extent);
}

static const struct state *first_spatial(const struct scene *scene) {
  int i = 0;
  while (!scene->level->map[i].spatial) i++;
  return &scene->state[scene->level->map[i].var];
}

/* Cycles of the longest unit; *utilized is what all make of theirs. */
static int64_t compute(const struct books *books, double *utilized) {
  const struct state *spatial = first_spatial(&books->scene);
  bool edge = scene_at_edge(spatial);
  int64_t units = edge ? books->scene.active : books->scene.level->units;
  int64_t lanes = books->judge->hardware->simd_lanes, longest = 0;
  bool apart = edge && spatial->cut;
  *utilized = (double)units;
  if (books->index + 1 == books->judge->plan->levels)
    return (scene_busiest(&books->scene) + lanes - 1) / lanes;
  double together = 0;
  if (apart) {
    tacet_maestro_result last = run_unit(books, true);
    longest = most(longest, last.runtime);
    together += last.utilized_pes;
  }
  if (units - apart > 0) {
    tacet_maestro_result one = run_unit(books, false);
    longest = most(longest, one.runtime);
    together += one.utilized_pes * (double)(units - apart);
  }
  if (together != 0) *utilized = together;
  return longest;
}

static int64_t on_noc(const tacet_maestro_hardware *hardware, int64_t words) {
  int64_t width = hardware->noc_bandwidth;
  return hardware->noc_latency + words / width + (words % width ? 1 : 0) - 1;
}

static bool all_first(const struct scene *scene) {
  for (int i = 0; i < scene->level->maps; i++)
    if (scene->state[scene->level->map[i].var].at != FIRST) return false;
  return true;
}

/* ---- books -------------------------------------------------------------- */

static int64_t product(const maestro_tensor *tensor, const int64_t *size) {
  int64_t all = 1;
  for (int r = 0; r < tensor->ranks; r++) all *= size[tensor->var[r]];
  return all;
}

/* Until a case had work: operands add up, the output does not. */
static void note_needs(struct books *books, const struct moves *moves,
                       const int64_t *extent) {
  const maestro_plan *plan = books->judge->plan;
  int64_t mapped[MAX_VARS], made[MAX_VARS];
  for (int var = 0; var < MAX_VARS; var++) {
    mapped[var] = books->scene.in[var].mapped;
    made[var] = extent[var];
  }
  for (int w = 0; w < WINDOWS && plan->windows; w++)
    made[maestro_windows[w].in] += 1 - extent[maestro_windows[w].sliding];
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++) {
    bool output = t == TACET_MAESTRO_OUTPUT;
    int64_t tile = 2 * product(&plan->tensor[t], mapped);
    books->need[t] = 2 * moves->words[t] + (output ? 0 : books->need[t]);
    books->tile[t] = tile + (output ? 0 : books->tile[t]);
    if (output)
      books->result.traffic[t].l2_reads = product(&plan->tensor[t], made);
    else
      books->result.traffic[t].l2_writes = product(&plan->tensor[t], extent);
  }
}

static void note_output(struct books *books, const struct moves *moves) {
  tacet_maestro_traffic *output = &books->result.traffic[TACET_MAESTRO_OUTPUT];
  output->l2_writes += moves->times * moves->words[TACET_MAESTRO_OUTPUT];
  output->l1_writes += moves->times * moves->macs;
  output->l1_reads = output->l1_writes;
}

static void note_inputs(struct books *books, const struct moves *moves) {
  for (int t = 0; t < TACET_MAESTRO_OUTPUT; t++) {
    tacet_maestro_traffic *traffic = &books->result.traffic[t];
    traffic->l2_reads += moves->times * moves->words[t];
    traffic->l1_writes = traffic->l2_reads;
    traffic->l1_reads += moves->times * moves->macs;
  }
  books->result.macs += moves->times * moves->macs;
  books->result.intensity =
      (double)moves->macs / (double)(moves->words[0] + moves->words[1]);
}

static void note_bandwidth(struct books *books, const struct moves *moves,
                           int64_t cycles) {
  tacet_maestro_result *result = &books->result;
  int64_t *need = books->need;
  int64_t moved = most(moves->words[0] + moves->words[1], moves->words[2]);
  int64_t asked = most(result->offchip_bandwidth, need[2] / cycles);
  asked = most(asked, (need[0] + need[1]) / cycles);
  result->offchip_bandwidth = asked / 2;
  result->peak_bandwidth = most(result->peak_bandwidth, moved / cycles);
  books->bandwidth += (long double)(moves->times * moved / cycles);
}

static void note_delay(tacet_maestro_delay *delay, int64_t cycles,
                       int64_t times) {
  delay->least = least(delay->least, cycles);
  delay->most = most(delay->most, cycles);
  delay->average += times * cycles;
}

/* A case with work. */
static void note_work(struct books *books, const struct moves *moves) {
  const tacet_maestro_hardware *hardware = books->judge->hardware;
  tacet_maestro_result *result = &books->result;
  const int64_t *need = books->need;
  double utilized;
  int64_t cycles = compute(books, &utilized);
  int64_t in = on_noc(hardware, moves->words[0] + moves->words[1]);
  int64_t out = on_noc(hardware, moves->words[2]);
  int64_t delay =
      all_first(&books->scene) ? cycles + in : most(out, most(cycles, in));
  if (books->index == 0) {
    int64_t width = hardware->offchip_bandwidth;
    if (cycles == 0) longjmp(books->judge->death, 1);
    delay = most(delay, (need[0] + need[1]) / width / 2);
    delay = most(delay, need[2] / width / 2);
    note_bandwidth(books, moves, cycles);
  }
  note_inputs(books, moves);
  note_delay(&result->ingress, in, moves->times);
  note_delay(&result->egress, out, moves->times);
  note_delay(&result->compute, cycles, moves->times);
  result->runtime += moves->times * delay;
  result->utilized_pes += utilized * (double)moves->times;
  books->steps += moves->times;
}

static void close_delay(tacet_maestro_delay *delay, int64_t steps) {
  if (steps == 0) delay->least = INT64_MIN;
  delay->average = steps == 0 ? INT64_MIN : delay->average / steps;
}

static void close_books(struct books *books) {
  tacet_maestro_result *result = &books->result;
  struct judge *judge = books->judge;
  int64_t *tile = books->tile, *need = books->need, steps = books->steps;
  if (judge->l1_need < 0) judge->l1_need = tile[0] + tile[1] + tile[2];
  if (steps > 0) result->utilized_pes /= (double)steps;
  result->l2_size = need[0] + need[1] + need[2];
  result->average_bandwidth = (double)(books->bandwidth / (long double)steps);
  result->nested = steps > 0 && judge->plan->levels > 1;
  close_delay(&result->ingress, steps);
  close_delay(&result->egress, steps);
  close_delay(&result->compute, steps);
}

/* ---- levels ------------------------------------------------------------- */

static tacet_maestro_result run_level(struct judge *judge, int index,
                                      const int64_t *extent) {
  const maestro_plan *plan = judge->plan;
  struct books books = {.judge = judge, .index = index};
  int64_t cases = 1;
  books.result = (tacet_maestro_result){.ingress.least = INT64_MAX,
                                        .egress.least = INT64_MAX,
                                        .compute.least = INT64_MAX};
  books.scene = (struct scene){
      .plan = plan, .death = &judge->death, .level = &plan->level[index]};
  scene_tiles(&books.scene);
  for (int64_t number = 0; number < cases; number++) {
    struct moves moves;
    moves.times = scene_set(&books.scene, extent, number, &cases);
    if (moves.times <= 0) longjmp(judge->death, 1);
    for (int t = 0; t < TACET_MAESTRO_OUTPUT; t++)
      moves.words[t] = scene_ingress(&books.scene, &plan->tensor[t]);
    moves.words[TACET_MAESTRO_OUTPUT] = scene_egress(&books.scene);
    moves.macs = scene_psums(&books.scene);
    if (books.steps == 0) note_needs(&books, &moves, extent);
    note_output(&books, &moves);
    if (scene_busiest(&books.scene) > 0) note_work(&books, &moves);
  }
  close_books(&books);
  return books.result;
}

bool judge_maestro(tacet_maestro_result *result, const maestro_plan *plan,
                   const tacet_maestro_hardware *hardware) {
  struct judge judge = {.plan = plan, .hardware = hardware, .l1_need = -1};
  if (setjmp(judge.death)) return false;
  *result = run_level(&judge, 0, plan->level[0].table.size);
  result->l1_size = judge.l1_need;
  return true;
}
