/* Keeps the books of the outermost level as the published tool does: which
   counts are sums over cases, and which those of the first or last. */
#include "account.h"

#include "volumes.h"
#include "../whole.h"

static int64_t times(maestro_account *account, int64_t a, int64_t b) {
  return maestro_times(a, b, &account->overflow);
}

static void add(maestro_account *account, int64_t *sum, int64_t term) {
  *sum = maestro_plus(*sum, term, &account->overflow);
}

static int64_t ingress_of(maestro_account *account, const maestro_case *entry) {
  return maestro_plus(entry->operand[0], entry->operand[1], &account->overflow);
}

void maestro_account_open(maestro_account *account, const maestro_plan *plan,
                          const tacet_maestro_hardware *hardware,
                          tacet_maestro_result *result) {
  *account =
      (maestro_account){.plan = plan, .hardware = hardware, .result = result};
  *result = (tacet_maestro_result){.ingress.least = INT64_MAX,
                                   .egress.least = INT64_MAX,
                                   .compute.least = INT64_MAX};
}

/* ---- any case ----------------------------------------------------------- */

/* Of outputs, as if the stride were 1. */
static int64_t whole_tensor(maestro_account *account,
                            tacet_maestro_tensor which) {
  const maestro_tensor *tensor = &account->plan->tensor[which];
  const int64_t *extent = account->plan->level[0].table.size;
  bool outputs = which == TACET_MAESTRO_OUTPUT && account->plan->windows;
  int64_t size = 1;
  for (int r = 0; r < tensor->ranks; r++) {
    int64_t rank = extent[tensor->var[r]];
    for (int w = 0; outputs && w < WINDOWS; w++)
      if (maestro_windows[w].in == tensor->var[r])
        rank += 1 - extent[maestro_windows[w].sliding];
    size = times(account, size, rank);
  }
  return size;
}

/* What L2 needs for operands adds up over cases without work. */
static void begin(maestro_account *account, const maestro_case *entry) {
  tacet_maestro_traffic *traffic = account->result->traffic;
  for (int t = 0; t < TACET_MAESTRO_OUTPUT; t++) {
    add(account, &account->need[t], times(account, 2, entry->operand[t]));
    traffic[t].l2_writes = whole_tensor(account, (tacet_maestro_tensor)t);
  }
  account->need[TACET_MAESTRO_OUTPUT] = times(account, 2, entry->egress);
  traffic[TACET_MAESTRO_OUTPUT].l2_reads =
      whole_tensor(account, TACET_MAESTRO_OUTPUT);
}

void maestro_account_case(maestro_account *account, const maestro_case *entry,
                          bool first) {
  tacet_maestro_traffic *output =
      &account->result->traffic[TACET_MAESTRO_OUTPUT];
  if (first) begin(account, entry);
  add(account, &output->l2_writes,
      times(account, entry->occurrences, entry->egress));
  add(account, &output->l1_writes,
      times(account, entry->occurrences, entry->psums));
  output->l1_reads = output->l1_writes;
}

/* ---- a case with work --------------------------------------------------- */

/* Every operand is read from L1 once a MAC, and written there once however
   many units receive it. */
static void count_inputs(maestro_account *account, const maestro_case *entry) {
  tacet_maestro_result *result = account->result;
  int64_t macs = times(account, entry->occurrences, entry->psums);
  for (int t = 0; t < TACET_MAESTRO_OUTPUT; t++) {
    tacet_maestro_traffic *traffic = &result->traffic[t];
    add(account, &traffic->l2_reads,
        times(account, entry->occurrences, entry->operand[t]));
    add(account, &traffic->l1_reads, macs);
    traffic->l1_writes = traffic->l2_reads;
  }
  add(account, &result->macs, macs);
  result->intensity = (double)entry->psums / (double)ingress_of(account, entry);
}

/* The double-buffered tiles of the first case are waited for in every one,
   halved, and so is the requirement, but anew with each case. */
static void wait_for_offchip(maestro_account *account, maestro_case *entry) {
  tacet_maestro_result *result = account->result;
  int64_t bandwidth = account->hardware->offchip_bandwidth;
  int64_t out = account->need[TACET_MAESTRO_OUTPUT];
  int64_t in = account->need[TACET_MAESTRO_INPUT];
  add(account, &in, account->need[TACET_MAESTRO_FILTER]);
  int64_t asked = larger(out / entry->compute, in / entry->compute);
  entry->delay =
      larger(entry->delay, larger(in / bandwidth / 2, out / bandwidth / 2));
  result->offchip_bandwidth = larger(result->offchip_bandwidth, asked) / 2;
}

static void count_cycles(maestro_account *account, const maestro_case *entry,
                         int64_t cycles, int64_t *sum,
                         tacet_maestro_delay *delay) {
  if (cycles < delay->least) delay->least = cycles;
  if (cycles > delay->most) delay->most = cycles;
  add(account, sum, times(account, entry->occurrences, cycles));
}

static void count_bandwidth(maestro_account *account,
                            const maestro_case *entry) {
  tacet_maestro_result *result = account->result;
  int64_t moved = larger(ingress_of(account, entry), entry->egress);
  int64_t all = times(account, entry->occurrences, moved);
  result->peak_bandwidth =
      larger(result->peak_bandwidth, moved / entry->compute);
  account->bandwidth += (long double)(all / entry->compute);
}

void maestro_account_work(maestro_account *account, maestro_case *entry) {
  tacet_maestro_result *result = account->result;
  count_inputs(account, entry);
  wait_for_offchip(account, entry);
  count_cycles(account, entry, entry->in, &account->in, &result->ingress);
  count_cycles(account, entry, entry->out, &account->out, &result->egress);
  count_cycles(account, entry, entry->compute, &account->compute,
               &result->compute);
  count_bandwidth(account, entry);
}

/* ---- the end ------------------------------------------------------------ */

static void average(tacet_maestro_delay *delay, int64_t sum, int64_t steps) {
  if (steps == 0) delay->least = INT64_MIN;
  delay->average = steps == 0 ? INT64_MIN : sum / steps;
}

void maestro_account_close(maestro_account *account, int64_t steps) {
  tacet_maestro_result *result = account->result;
  result->nested = steps > 0 && account->plan->levels > 1;
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++)
    add(account, &result->l2_size, account->need[t]);
  result->average_bandwidth = (double)(account->bandwidth / (long double)steps);
  average(&result->ingress, account->in, steps);
  average(&result->egress, account->out, steps);
  average(&result->compute, account->compute, steps);
}
