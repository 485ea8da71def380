/* Energy, area and power as the published tool scales them from counts and
   sizes. The constants are its own, of a 28 nm library; it charges neither
   MACs nor reads of outputs from L2. */
#include "maestro.h"

static const double l1_access = 1.68, l2_access = 18.61; /* MACs each */
static const double mac_energy = 0.00023;                /* "nJ" */

/* ---- energy ------------------------------------------------------------- */

static void add_l1(double *energy, const tacet_maestro_traffic *traffic) {
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++) {
    *energy += l1_access * (double)traffic[t].l1_reads;
    *energy += l1_access * (double)traffic[t].l1_writes;
  }
}

static void add_l2(double *energy, const tacet_maestro_traffic *traffic) {
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++) {
    if (t != TACET_MAESTRO_OUTPUT)
      *energy += l2_access * (double)traffic[t].l2_reads;
    *energy += l2_access * (double)traffic[t].l2_writes;
  }
}

/* A layer with clusters is charged with the L1 accesses of the layer before
   it. The order of terms decides the last bit. */
static double energy_of(const tacet_maestro_result *result,
                        const tacet_maestro_ledger *ledger) {
  double energy = 0;
  if (result->nested) {
    add_l1(&energy, ledger->traffic);
    add_l2(&energy, result->traffic);
  } else {
    add_l2(&energy, result->traffic);
    add_l1(&energy, result->traffic);
  }
  return mac_energy * energy;
}

/* ---- area and power ----------------------------------------------------- */

static double at_least(double least, double value) {
  return value > least ? value : least;
}

void tacet_maestro_price_of(tacet_maestro_price *price,
                            tacet_maestro_ledger *ledger,
                            const tacet_maestro_result *result,
                            const tacet_maestro_hardware *hardware) {
  double pes = hardware->pes, lanes = hardware->simd_lanes;
  double l1 = at_least(1, (double)result->l1_size);
  double l2 = at_least(1, (double)result->l2_size);
  double bus = (14.662 * pes + 28.895) * hardware->noc_bandwidth;
  double arbiter = 1.2886 * pes * pes + 5.5814 * pes - 23.711;
  price->energy = energy_of(result, ledger);
  price->area = pes * (283 * lanes + 0.104 * l1) + 0.104 * l2 + 101.7938 * bus +
                at_least(395.473, 395.473 * arbiter);
  price->pe_power = pes * 1.2223 * lanes;
  price->l1_power = pes * 0.00345 * l1;
  price->l2_power = 0.00345 * l2;
  price->noc_power = 0.8 * bus / 1000 + at_least(0.34, 0.34 * arbiter / 1000);
  for (int t = 0; t < TACET_MAESTRO_TENSORS; t++)
    ledger->traffic[t] = result->traffic[t];
}
