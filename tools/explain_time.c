/* Where the time goes: kinds of steps, and what would make the run faster. */
#include <math.h>
#include <stdlib.h>

#include "explain.h"

enum { MOST_KINDS = 6 };

#define ENDLESS 1e15 /* words a cycle */

static const char *tensor_name(const tacet_explained *e, int slot) {
  return e->nest.layer->tensor[slot].name;
}

/* ---- steps -------------------------------------------------------------- */

static void write_kind(FILE *out, const tacet_step_kind *kind, double all) {
  const double time = (double)kind->step.occurrences * kind->lasts;
  fprintf(out, "  %5.1f %% %13s %8s %9s %8s %8s %7s %9s %8s %8s\n",
          all > 0 ? 100 * time / all : 0,
          tacet_grouped((double)kind->step.occurrences).text,
          tacet_grouped(kind->lasts).text, tacet_grouped(kind->compute).text,
          tacet_grouped(kind->in).text, tacet_grouped(kind->out).text,
          tacet_grouped((double)kind->step.active_pes).text,
          tacet_grouped((double)kind->step.words_in[TACET_WEIGHT]).text,
          tacet_grouped((double)kind->step.words_in[TACET_INPUT]).text,
          tacet_grouped((double)kind->step.words_out).text);
}

tacet_status tacet_explain_steps(FILE *out, const tacet_explained *e,
                                 tacet_error *error) {
  tacet_step_kind *kind;
  int kinds;
  double all = 0;
  tacet_status status =
      tacet_step_kinds(&kind, &kinds, &e->nest, e->accelerator, error);
  if (status) return status;
  for (int k = 0; k < kinds; k++)
    all += (double)kind[k].step.occurrences * kind[k].lasts;
  fprintf(out, "\nThe %s steps are of %d kind%s%s\n",
          tacet_grouped((double)e->activity.steps).text, kinds,
          kinds == 1 ? "" : "s",
          kinds > MOST_KINDS ? "; most time goes to these" : "");
  fprintf(out, "  %7s %13s %8s %9s %8s %8s %7s %9s %8s %8s\n", "", "", "cycles",
          "", "", "", "busy", "words in", "", "out");
  fprintf(out, "  %7s %13s %8s %9s %8s %8s %7s %9s %8s %8s\n", "time", "steps",
          "each", "compute", "noc in", "noc out", "PEs",
          tensor_name(e, TACET_WEIGHT), tensor_name(e, TACET_INPUT),
          tensor_name(e, TACET_OUTPUT));
  for (int k = 0; k < kinds && k < MOST_KINDS; k++)
    write_kind(out, &kind[k], all);
  free(kind);
  return TACET_OK;
}

/* ---- bounds ------------------------------------------------------------- */

/* A link and what is known of it. */
typedef struct way {
  const char *name;
  int boundary;
  tacet_bound bound;
  double cycles; /* that its transfers take */
  double has, needs;
  double endless; /* cycles of the run if it were */
} way;

static tacet_status look(way *w, const tacet_explained *e, tacet_error *error) {
  tacet_accelerator endless = *e->accelerator;
  tacet_cost cost = {0};
  w->has = e->accelerator->link[w->boundary].bandwidth;
  tacet_link_widen(&endless.link[w->boundary], ENDLESS);
  tacet_status status = tacet_dense_cost(&cost, &e->nest, &endless, error);
  w->endless = cost.cycles;
  if (!status)
    status = tacet_bandwidth_needed(&w->needs, &e->nest, e->accelerator,
                                    w->boundary, error);
  return status;
}

static tacet_words change_words(double now, double then) {
  const double percent = 100 * (then / now - 1);
  if (percent > -0.05) return tacet_say("no faster");
  return tacet_say("%.1f %%", percent);
}

static tacet_words bandwidth_words(double words_a_cycle) {
  if (isinf(words_a_cycle)) return tacet_say("endless");
  return tacet_say("%.4g", words_a_cycle);
}

static void write_way(FILE *out, const way *w, double run) {
  fprintf(out, "  %-10s%15s %15s %15s %18s\n", w->name,
          tacet_grouped(w->cycles).text, bandwidth_words(w->has).text,
          bandwidth_words(w->needs).text, change_words(run, w->endless).text);
}

/* Each tensor's own bus, if there is one. */
static tacet_status write_buses(FILE *out, const tacet_explained *e,
                                int boundary, double run, tacet_error *error) {
  const tacet_link *link = &e->accelerator->link[boundary];
  tacet_status status = TACET_OK;
  for (int t = 0; t < TACET_TENSORS && link->bus[t] > 0 && !status; t++) {
    double needs;
    tacet_cost cost = {0};
    tacet_accelerator endless = *e->accelerator;
    endless.link[boundary].bus[t] = ENDLESS;
    status = tacet_dense_cost(&cost, &e->nest, &endless, error);
    if (!status)
      status = tacet_bus_needed(&needs, &e->nest, e->accelerator, boundary, t,
                                error);
    if (!status)
      fprintf(out, "    %-8s%15s %15s %15s %18s\n", tensor_name(e, t), "",
              bandwidth_words(link->bus[t]).text, bandwidth_words(needs).text,
              change_words(run, cost.cycles).text);
  }
  return status;
}

/* What else takes time of PEs: tensors for which they wait, if they do not wait
   for all, and sums. */
static void write_waits(FILE *out, const tacet_explained *e) {
  const tacet_storage *l1 =
      &e->accelerator->storage[e->accelerator->storages - 1];
  for (int t = 0; t < TACET_TENSORS; t++)
    if (l1->double_buffered && l1->single[t])
      fprintf(out,
              "PEs have one buffer for %s and wait while its elements move.\n",
              tensor_name(e, t));
  if (e->accelerator->link[e->nest.storages - 2].pe_adder)
    fputs("Each output takes a slot of a PE's compute to leave it: PEs add up "
          "what their\nneighbours have of it.\n",
          out);
}

/* The link that binds the run, or NULL. */
static const way *binding(const way *ways, int count, tacet_bound bound) {
  for (int i = 0; i < count; i++)
    if (ways[i].bound == bound && ways[i].needs > ways[i].has) return &ways[i];
  return NULL;
}

/* The link that comes nearest to binding, or what is next where one binds. */
static void write_verdict(FILE *out, const way *ways, int count,
                          const tacet_cost *cost, tacet_bound next) {
  const way *w = binding(ways, count, cost->bound);
  if (w && isinf(w->needs)) {
    fprintf(out, "The latency of %s binds the run, whatever its bandwidth.\n",
            w->name);
  } else if (w) {
    fprintf(out,
            "%s binds the run. At %s words a cycle it would not, and %s "
            "would.\n",
            w->name, bandwidth_words(w->needs).text, tacet_bound_names[next]);
  } else {
    const way *near = &ways[count - 1];
    for (int i = count - 2; i >= 0; i--)
      if (ways[i].needs / ways[i].has > near->needs / near->has)
        near = &ways[i];
    fprintf(out,
            "compute binds the run. %s comes next: below %s words a cycle "
            "it would.\n",
            near->name, bandwidth_words(near->needs).text);
  }
}

/* What binds once the link that does has all it needs. */
static tacet_status bound_after(tacet_bound *next, const tacet_explained *e,
                                const way *ways, int count, tacet_bound now,
                                tacet_error *error) {
  tacet_accelerator relieved = *e->accelerator;
  tacet_cost cost = {.bound = now};
  const way *w = binding(ways, count, now);
  tacet_status status = TACET_OK;
  if (w && !isinf(w->needs)) {
    tacet_link_widen(&relieved.link[w->boundary], w->needs);
    status = tacet_dense_cost(&cost, &e->nest, &relieved, error);
  }
  *next = cost.bound;
  return status;
}

static void write_run(FILE *out, const tacet_explained *e,
                      const tacet_cost *cost) {
  fprintf(out,
          "\nThe run takes %s cycles, %.4g ms at %g MHz; %.0f %% of all "
          "multipliers work\n",
          tacet_grouped(cost->cycles).text, 1e3 * cost->seconds,
          e->accelerator->clock_hz / 1e6, 100 * cost->utilisation);
  fprintf(out, "  %-10s%15s %15s %15s %18s\n", "", "cycles of", "has words",
          "binds below", "the run");
  fprintf(out, "  %-10s%15s %15s %15s %18s\n", "", "its own", "a cycle", "",
          "without limit");
  fprintf(out, "  %-10s%15s\n", "compute",
          tacet_grouped(cost->compute_cycles).text);
}

/* From the PEs outwards. Returns how many there are. */
static int list_ways(way ways[TACET_MAX_STORAGE], const tacet_explained *e,
                     const tacet_cost *cost) {
  const int inner = e->nest.storages - 2;
  int count = 0;
  ways[count++] = (way){.name = "noc",
                        .boundary = inner,
                        .bound = TACET_BOUND_NOC,
                        .cycles = cost->noc_cycles};
  for (int b = inner - 1; b > 0; b--)
    ways[count++] = (way){.name = e->accelerator->storage[b + 1].name,
                          .boundary = b,
                          .bound = TACET_BOUND_CLUSTERS,
                          .cycles = cost->stream_cycles[b]};
  ways[count++] = (way){.name = "dram",
                        .boundary = 0,
                        .bound = TACET_BOUND_DRAM,
                        .cycles = cost->dram_cycles};
  return count;
}

tacet_status tacet_explain_bound(FILE *out, const tacet_explained *e,
                                 tacet_error *error) {
  tacet_cost cost = {0};
  tacet_bound next;
  tacet_status status =
      tacet_dense_cost(&cost, &e->nest, e->accelerator, error);
  way ways[TACET_MAX_STORAGE];
  const int count = list_ways(ways, e, &cost);
  for (int i = 0; i < count && !status; i++) status = look(&ways[i], e, error);
  if (!status) status = bound_after(&next, e, ways, count, cost.bound, error);
  if (status) return status;
  write_run(out, e, &cost);
  for (int i = 0; i < count && !status; i++) {
    write_way(out, &ways[i], cost.cycles);
    status = write_buses(out, e, ways[i].boundary, cost.cycles, error);
  }
  if (status) return status;
  write_waits(out, e);
  write_verdict(out, ways, count, &cost, next);
  return TACET_OK;
}
