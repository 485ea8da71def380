/* Energies of a design from the figures of a technology. Knows nothing of
   files. */
#include "technology.h"

#include <math.h>
#include <stdio.h>

const char *const tacet_charge_names[TACET_CHARGES] = {
    [TACET_CHARGE_MAC] = "mac", [TACET_CHARGE_L1] = "l1",
    [TACET_CHARGE_L2] = "l2",   [TACET_CHARGE_DRAM] = "dram",
    [TACET_CHARGE_HOP] = "hop", [TACET_CHARGE_METADATA] = "metadata",
};

bool tacet_law_value(double *value, const tacet_law *law, double at) {
  *value = 0;
  if (law->points == 0) return true;
  *value = law->value[0];
  if (law->at[0] == 0) return true;
  const int last = law->points - 1;
  if (at < law->at[0] || at > law->at[last]) return false;
  int i = 0;
  while (law->at[i] < at) i++;
  *value = law->value[i];
  if (law->at[i] == at) return true;
  const double part =
      log(at / law->at[i - 1]) / log(law->at[i] / law->at[i - 1]);
  *value = law->value[i - 1] * pow(law->value[i] / law->value[i - 1], part);
  return true;
}

/* ---- energy ------------------------------------------------------------- */

static void quantity_text(char text[32], double bits) {
  if (bits >= 8 * 1024)
    snprintf(text, 32, "%g KiB", bits / 8 / 1024);
  else
    snprintf(text, 32, "%g bit", bits);
}

static tacet_status no_figure(const tacet_technology *technology,
                              tacet_charge charge, double at,
                              const tacet_place *place, tacet_error *error) {
  const tacet_law *law = &technology->energy[charge];
  char wanted[32], first[32], last[32];
  quantity_text(wanted, at);
  quantity_text(first, law->at[0]);
  quantity_text(last, law->at[law->points - 1]);
  tacet_fail(error, TACET_BAD_INPUT, place,
             "the technology %s has no figure for %s of %s; its figures go "
             "from %s to %s",
             technology->name, tacet_charge_names[charge], wanted, first, last);
  return tacet_advise(error, "give this accelerator's energy of %s itself",
                      tacet_charge_names[charge]);
}

/* Fills *pj if it is NaN. */
static tacet_status fill(double *pj, const tacet_technology *technology,
                         tacet_charge charge, double at, double scale,
                         const tacet_place *place, tacet_error *error) {
  double value;
  if (!isnan(*pj)) return TACET_OK;
  if (!tacet_law_value(&value, &technology->energy[charge], at))
    return no_figure(technology, charge, at, place, error);
  *pj = value * scale;
  return TACET_OK;
}

static tacet_status fill_storage(tacet_storage *storage,
                                 const tacet_technology *technology,
                                 tacet_charge charge, double scale,
                                 const tacet_place *place, tacet_error *error) {
  const double at = (double)storage->size_bits;
  tacet_status status =
      fill(&storage->read_pj, technology, charge, at, scale, place, error);
  if (!status)
    status =
        fill(&storage->write_pj, technology, charge, at, scale, place, error);
  return status;
}

/* ---- all ---------------------------------------------------------------- */

tacet_status tacet_technology_apply(tacet_accelerator *accelerator,
                                    const tacet_technology *technology,
                                    const tacet_place *place,
                                    tacet_error *error) {
  tacet_accelerator *a = accelerator;
  const double word = (double)a->word_bits;
  const double scale =
      technology->word_bits > 0 ? word / technology->word_bits : 1;
  tacet_status status =
      fill(&a->mac_pj, technology, TACET_CHARGE_MAC, word, 1, place, error);
  if (!status)
    status = fill_storage(&a->storage[a->storages - 1], technology,
                          TACET_CHARGE_L1, scale, place, error);
  for (int s = 1; s < a->storages - 1 && !status; s++)
    status = fill_storage(&a->storage[s], technology, TACET_CHARGE_L2, scale,
                          place, error);
  if (!status)
    status = fill_storage(&a->storage[0], technology, TACET_CHARGE_DRAM, scale,
                          place, error);
  for (int b = 1; b < a->storages - 1 && !status; b++)
    status = fill(&a->link[b].hop_pj, technology, TACET_CHARGE_HOP, 0, scale,
                  place, error);
  if (!status)
    status = fill(&a->metadata_pj, technology, TACET_CHARGE_METADATA, 0, 1,
                  place, error);
  a->area = technology->area;
  a->power = technology->power;
  return status;
}
