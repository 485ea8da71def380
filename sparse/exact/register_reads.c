/* Runs of MACs that share a register's element: boxes of the loops inside the
   innermost that moves the tensor. */
#include "register_reads.h"

#include <stdlib.h>
#include <string.h>

enum { NEVER = -1 };

tacet_status tacet_register_reads_make(tacet_register_reads *reads,
                                       const tacet_nest *nest,
                                       const tacet_accelerator *accelerator,
                                       tacet_counts *counts,
                                       tacet_error *error) {
  *reads = (tacet_register_reads){.pes = 1, .counts = counts};
  reads->registers = tacet_registers_make(&reads->space, nest, accelerator);
  if (!reads->registers) return TACET_OK;
  for (int i = 0; i < nest->loops; i++) reads->pes *= nest->loop[i].units;
  reads->pe = calloc((size_t)reads->pes, sizeof *reads->pe);
  if (!reads->pe)
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "no memory for the registers of %lld PEs",
                      (long long)reads->pes);
  for (int64_t i = 0; i < reads->pes; i++) reads->pe[i].step = NEVER;
  return TACET_OK;
}

void tacet_register_reads_free(tacet_register_reads *reads) {
  free(reads->pe);
}

/* ---- what is held ------------------------------------------------------- */

/* The PE goes on to another element. */
static void let_go(tacet_counts *counts, tacet_register *held, int t) {
  if (held->any) {
    tacet_split_add(&counts->l1_reads[t], held->verdict, 1);
    if (t == TACET_OUTPUT)
      tacet_split_add(&counts->l1_writes, held->verdict, 1);
  }
  *held = (tacet_register){.any = true, .verdict = TACET_SKIPPED};
}

/* MACs that share the element come to a verdict. Returns the L1 accesses that
   take time. */
static double serve(tacet_register *held, int t, tacet_verdict verdict) {
  bool comes = held->verdict == TACET_SKIPPED && verdict != TACET_SKIPPED;
  if (verdict < held->verdict) held->verdict = verdict;
  if (!comes || held->again) return 0;
  return t == TACET_OUTPUT ? 2 : 1;
}

/* ---- a box -------------------------------------------------------------- */

static bool has_dim(const tacet_register_reads *reads, int t, int dim) {
  return reads->registers->nest->layer->tensor[t].dims >> dim & 1;
}

/* Lets go of what the step before left unless this one begins with it. */
static void begin(tacet_register_reads *reads, tacet_pe_registers *by, int t,
                  const tacet_pe_box *box) {
  bool same = by->step != NEVER;
  for (int d = 0; d < reads->registers->nest->layer->dims && same; d++)
    same = by->last[d] == box->start[d] || !has_dim(reads, t, d);
  bool pause = t == TACET_OUTPUT && by->step < reads->step - 1;
  if (same && !pause) return;
  let_go(reads->counts, &by->of[t], t);
  by->of[t].again = same;
}

/* What becomes of a read that the MACs of a box share. */
static tacet_verdict verdict_of(const tacet_pe_box *box, int t, int64_t pe,
                                const tacet_macs *macs) {
  tacet_mac_counts counts;
  tacet_verdict verdict = TACET_SKIPPED;
  tacet_macs_count(&counts, macs, pe, box);
  for (int v = TACET_ACTUAL; v <= TACET_SKIPPED; v++)
    for (int p = 0; p < TACET_PATTERNS; p++)
      if (counts.of[v][p] > 0 && macs->table[v].read[p][t] < verdict)
        verdict = macs->table[v].read[p][t];
  return verdict;
}

/* Steps on to the next element: along the loops that lie outside its run. */
static bool next_run(tacet_pe_box *run, const tacet_pe_box *box,
                     const int *order, int depth) {
  for (int i = depth - 1; i >= 0; i--) {
    int d = order[i];
    if (++run->start[d] < box->start[d] + box->length[d]) return true;
    run->start[d] = box->start[d];
  }
  return false;
}

static double read_tensor(tacet_register_reads *reads, int t, int64_t pe,
                          const tacet_pe_box *box, const tacet_macs *macs) {
  tacet_pe_registers *by = &reads->pe[pe];
  const int *order = reads->registers->order;
  int depth = tacet_registers_depth(reads->registers, t, box->length);
  tacet_pe_box run = *box;
  for (int i = 0; i < depth; i++) run.length[order[i]] = 1;
  begin(reads, by, t, box);
  double accesses = serve(&by->of[t], t, verdict_of(&run, t, pe, macs));
  while (next_run(&run, box, order, depth)) {
    let_go(reads->counts, &by->of[t], t);
    accesses += serve(&by->of[t], t, verdict_of(&run, t, pe, macs));
  }
  return accesses;
}

double tacet_register_reads_box(tacet_register_reads *reads, int64_t pe,
                                const tacet_pe_box *box,
                                const tacet_macs *macs) {
  if (!reads->registers) return 0;
  tacet_pe_registers *by = &reads->pe[pe];
  double accesses = 0;
  for (int t = 0; t < TACET_TENSORS; t++)
    if (reads->registers->holds[t])
      accesses += read_tensor(reads, t, pe, box, macs);
  by->step = reads->step;
  for (int d = 0; d < reads->registers->nest->layer->dims; d++)
    by->last[d] = box->start[d] + box->length[d] - 1;
  return accesses;
}

void tacet_register_reads_end(tacet_register_reads *reads) {
  for (int64_t pe = 0; reads->registers && pe < reads->pes; pe++)
    for (int t = 0; t < TACET_TENSORS; t++)
      let_go(reads->counts, &reads->pe[pe].of[t], t);
}
