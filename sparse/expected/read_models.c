/* The sparse reading with models: classes of steps, thinned by what the models
   of the operands' zeros expect. Only where that depends on where a tile lies
   are the steps of a class told apart. */
#include "../../dense/activity/kept_steps.h"
#include "supply.h"
#include "waits.h"

typedef struct run {
  const tacet_reading *reading;
  tacet_odds odds;
  tacet_waits waits;
  const tacet_registers *registers;  /* NULL: none */
  tacet_supply supply[TACET_OUTPUT]; /* of the PEs */
  double outputs_sent;               /* share of the words out of PEs */
  int64_t last_passed_on;            /* after the last step */
} run;

static tacet_split share_of(const tacet_split *share, double count) {
  return (tacet_split){share->actual * count, share->gated * count,
                       share->skipped * count};
}

/* ---- steps -------------------------------------------------------------- */

/* A PE's slots grow with the non-zeros that it holds. */
static void add_operand(tacet_work *work, int t, run *r,
                        const tacet_product *product, int64_t active_pes) {
  tacet_arriving in;
  tacet_supply_add(&in, &r->supply[t], product, active_pes);
  if (product->first) return;
  work->bits_in[t] = in.bits;
  work->in_variance[t] = in.variance;
  work->in_most[t] = in.most;
  work->in_least[t] = in.least;
  if (r->odds.needs[t] && work->variance > 0)
    work->in_with_slots[t] = in.with_own * (work->slots - work->passed_on);
}

/* Each word is sent or not. */
static void add_outputs(tacet_work *work, double words, const run *r) {
  const double sent = r->outputs_sent;
  const double width =
      (double)r->reading->accelerator->width_bits[TACET_OUTPUT];
  work->bits_out = sent * words * width;
  if (tacet_statistics_certain(&r->odds.zeros[TACET_OUTPUT])) return;
  work->out_variance = words * sent * (1 - sent) * width * width;
  work->out_most = words * width;
}

static bool add_class(const tacet_product *product, void *context) {
  run *r = context;
  const tacet_accelerator *accelerator = r->reading->accelerator;
  const int noc = r->reading->nest->storages - 2;
  tacet_step_class step;
  tacet_product_step(&step, product, &accelerator->link[noc], r->registers);
  tacet_work work = {.occurrences = (double)step.occurrences};
  tacet_waits_work(&r->waits, &work, product, &step);
  for (int t = 0; t < TACET_OUTPUT; t++)
    add_operand(&work, t, r, product, step.active_pes);
  if (product->first && accelerator->link[noc].pe_adder)
    r->last_passed_on = tacet_product_leaving(product);
  add_outputs(&work, (double)step.words_out, r);
  tacet_pace_step(&r->waits.pace, &work);
  return true;
}

/* All steps, in their order where that matters. */
static void read_steps(run *r) {
  const tacet_reading *reading = r->reading;
  tacet_table space;
  const tacet_table *table = reading->table;
  if (r->odds.dims) {
    tacet_table_make_each(&space, tacet_view_pes(reading->nest), r->odds.dims);
    table = &space;
  }
  for (int t = 0; t < TACET_OUTPUT; t++)
    tacet_supply_make(&r->supply[t], &r->odds, reading->nest->storages - 2, t,
                      &table->axes);
  tacet_nest_products(table, reading->nest,
                      tacet_pace_in_order(reading->accelerator), add_class, r);
  tacet_waits_end(&r->waits, r->last_passed_on);
  reading->counts->busiest = r->waits.pace.busiest;
  *reading->timeline = r->waits.pace.timeline;
}

/* ---- outer levels ------------------------------------------------------- */

/* Operands on their way into a level, with the same loops outside. */
typedef struct loading {
  int operands;
  tacet_supply supply[TACET_OUTPUT];
} loading;

static bool load(const tacet_product *product, void *context) {
  loading *l = context;
  tacet_arriving in;
  for (int i = 0; i < l->operands; i++)
    tacet_supply_add(&in, &l->supply[i], product, product->factor->active);
  return true;
}

/* Into L2, or into buffers at a cluster boundary. One walk serves both operands
   where their tiles and zeros tell the same steps apart. */
static void read_level(const run *r, int storage) {
  const tacet_nest *nest = r->reading->nest;
  const int *position = nest->position[storage];
  const tacet_statistics *zeros = r->odds.zeros;
  loading l;
  for (int t = 0; t < TACET_OUTPUT; t += l.operands) {
    tacet_table table;
    tacet_table_make_each(&table,
                          storage == 1
                              ? tacet_view_whole(nest, position[t])
                              : tacet_view_buffers(nest, storage, position[t]),
                          zeros[t].dims);
    l.operands = 0;
    for (int i = t; i < TACET_OUTPUT && position[i] == position[t] &&
                    zeros[i].dims == zeros[t].dims;
         i++)
      tacet_supply_make(&l.supply[l.operands++], &r->odds, storage - 1, i,
                        &table.axes);
    tacet_products(&table, load, &l);
  }
}

/* ---- the run ------------------------------------------------------------ */

static void read_all(run *r) {
  const tacet_reading *reading = r->reading;
  tacet_counts *counts = reading->counts;
  int noc = reading->nest->storages - 2;
  double macs = counts->macs.actual;
  const tacet_shares *shares = &r->odds.shares;
  counts->macs = share_of(&shares->mac, macs);
  for (int t = 0; t < TACET_TENSORS; t++)
    counts->l1_reads[t] =
        share_of(&shares->read[t], counts->l1_reads[t].actual);
  counts->l1_writes = counts->l1_reads[TACET_OUTPUT];
  counts->mean_slots =
      tacet_slots_share(shares) * macs / counts->peak_active_pes /
      (double)tacet_issue_multipliers(&reading->accelerator->issue);
  for (int b = 0; b < noc; b++) tacet_spare_outputs(&r->odds, b);
  r->outputs_sent = r->waits.outputs_sent = tacet_spare_outputs(&r->odds, noc);
  counts->mean_slots += tacet_passed_on_evenly(reading);
  tacet_registers space;
  r->registers =
      tacet_registers_make(&space, reading->nest, reading->accelerator);
  read_steps(r);
  for (int s = 1; s < reading->nest->storages - 1; s++) read_level(r, s);
}

tacet_status tacet_read_models(const tacet_reading *reading,
                               tacet_error *error) {
  run r; /* large: only what is used is written */
  r.reading = reading;
  r.last_passed_on = 0;
  tacet_status status = tacet_odds_make(&r.odds, reading, error);
  if (!status) status = tacet_waits_make(&r.waits, &r.odds, error);
  if (!status) {
    read_all(&r);
    tacet_waits_free(&r.waits);
  }
  tacet_odds_free(&r.odds);
  return status;
}
