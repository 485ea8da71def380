/* How much the slots of a step's busiest PE vary from one drawing of the zeros
   to another. Knows boxes of MACs, not what they cost. */
#include <math.h>

#include "odds.h"
#include "order.h"

/* What of an operand a PE's box holds. Variances are those of the non-zeros
   over their mean squared. */
typedef struct part {
  double elements;
  double seen;   /* share of the MACs that it lets through */
  double total;  /* variance of their number */
  double places; /* of where they lie, as if each were on its own */
  double pes;    /* that hold different parts of the tensor */
} part;

static double pes_of(const tacet_layer *layer, int t,
                     const int64_t units[TACET_MAX_DIMS]) {
  double pes = 1;
  for (int d = 0; d < layer->dims; d++)
    if (t == TACET_TENSORS || tacet_has_dim(&layer->tensor[t], d))
      pes *= (double)units[d];
  return pes;
}

static part part_of(const tacet_odds *o, int t, const tacet_pe_box *box,
                    const int64_t units[TACET_MAX_DIMS]) {
  const tacet_statistics *zeros = &o->zeros[t];
  part p = {.seen = 1, .pes = 1};
  if (!o->needs[t]) return p;
  const tacet_occupancy held = tacet_statistics_box(zeros, box);
  p.seen = tacet_statistics_seen(zeros, box);
  if (held.nonzeros <= 0 || tacet_statistics_certain(zeros)) return p;
  const double density = fmin(1, tacet_statistics_held(zeros, box));
  p.elements = held.nonzeros / density;
  p.total = held.variance / (held.nonzeros * held.nonzeros);
  p.pes = pes_of(o->reading->nest->layer, t, units);
  p.places = (1 - density) / held.nonzeros;
  if (!tacet_statistics_uniform(zeros)) p.places = fmin(p.places, p.total);
  return p;
}

/* PEs that lie side by side are taken as one: of these the busiest is hardly
   the one outside. */
static double unevenness(const tacet_odds *o, const tacet_pe_box *box,
                         const int64_t units[TACET_MAX_DIMS]) {
  tacet_pe_box tile = *box;
  if (!o->needs[TACET_INPUT]) return 1;
  for (int d = 0; d < o->reading->nest->layer->dims; d++)
    tile.length[d] *= units[d];
  return tacet_statistics_inside(&o->zeros[TACET_INPUT], &tile, false)
      .unevenness;
}

/* ---- the busiest -------------------------------------------------------- */

/* A variance in which PEs differ, so that it is part of why one is the busiest,
   or that is common to all. */
typedef struct cause {
  double variance;
  double pes; /* that differ; 1: it is common */
} cause;

static double in_which_they_differ(const cause *c) {
  return c->pes > 1 ? c->variance : 0;
}

/* How much more of all other causes than of this one the busiest PE has than
   the mean one: `grown` in all, to which those in which PEs differ add in
   proportion to their variances, as of independent normals. */
static double others_grown(const cause *c, double differ, double grown) {
  const double share = differ > 0 ? in_which_they_differ(c) / differ : 0;
  return 1 + (1 - share) * (grown - 1);
}

/* Of the highest of as many PEs. */
static double of_highest(const cause *c) {
  return c->variance > 0
             ? c->variance * tacet_highest_normal(log(c->pes)).variance
             : 0;
}

/* ---- slots -------------------------------------------------------------- */

/* Of the sum over shared indices j of w_j * i_j, where w_j and i_j count
   non-zeros on their own: the variances of their totals, each of which counts
   as much as there is of the other; and of how these meet, which grows as both;
   and of how many of the MACs lie in padding, where it is not told apart.
   Where several MACs share a slot it shrinks with the slots that can still
   come. */
double tacet_slots_variance(const tacet_odds *o, const tacet_pe_box *box,
                            const tacet_expected_slots *slots,
                            const int64_t units[TACET_MAX_DIMS]) {
  const tacet_layer *layer = o->reading->nest->layer;
  const part weight = part_of(o, TACET_WEIGHT, box, units);
  const part input = part_of(o, TACET_INPUT, box, units);
  const part output = part_of(o, TACET_OUTPUT, box, units);
  const double through = weight.seen * input.seen * output.seen;
  double macs = 1;
  if (through >= 1 || slots->mean <= 0 || slots->mean >= slots->all) return 0;
  for (int d = 0; d < layer->dims; d++) macs *= (double)box->length[d];
  const double shared = weight.elements * input.elements / macs;
  const double meeting = fmax(0, shared - 1) * weight.places * input.places +
                         weight.total * input.total;
  const double open =
      fmin(1, (1 - slots->busiest / slots->all) / (1 - through));
  const double grown = slots->busiest / slots->mean;
  const cause total[] = {{weight.total, weight.pes},
                         {input.total, input.pes},
                         {output.total, output.pes}};
  const cause meets = {meeting, pes_of(layer, TACET_TENSORS, units)};
  double differ = in_which_they_differ(&meets);
  for (int t = 0; t < TACET_TENSORS; t++)
    differ += in_which_they_differ(&total[t]);
  double varies = of_highest(&meets) * others_grown(&meets, differ, grown);
  for (int t = 0; t < TACET_TENSORS; t++) {
    const double others = others_grown(&total[t], differ, grown);
    varies += of_highest(&total[t]) * others * others;
  }
  return slots->mean * slots->mean * open *
         ((1 + varies) * unevenness(o, box, units) - 1);
}
