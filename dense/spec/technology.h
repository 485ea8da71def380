/* Technologies: what an access, a MAC or a bus costs, as published tables say
   it. Internal to the reading of accelerators. */
#ifndef TACET_TECHNOLOGY_H
#define TACET_TECHNOLOGY_H

#include "node.h"

enum { TACET_LAW_POINTS = 16 };

/* A figure over a width or a capacity in bits: the power law through the two
   points around it, a straight line on logarithmic scales. One point at 0
   holds everywhere; without points there is no figure. */
typedef struct tacet_law {
  int points;
  double at[TACET_LAW_POINTS]; /* rising */
  double value[TACET_LAW_POINTS];
} tacet_law;

/* False if `at` lies outside of the points. No figure is 0. */
bool tacet_law_value(double *value, const tacet_law *law, double at);

typedef enum tacet_charge {
  TACET_CHARGE_MAC,      /* one MAC, over the word of the accelerator */
  TACET_CHARGE_L1,       /* an access of L1, over its capacity */
  TACET_CHARGE_L2,       /* likewise */
  TACET_CHARGE_DRAM,     /* an access */
  TACET_CHARGE_HOP,      /* an access' way over the network, for each hop */
  TACET_CHARGE_METADATA, /* a bit of metadata */
  TACET_CHARGES
} tacet_charge;

/* As files spell them: "mac", "l1", ... */
extern const char *const tacet_charge_names[TACET_CHARGES];

typedef struct tacet_technology {
  char name[TACET_NAME];
  double word_bits; /* that the figures of L1, L2, DRAM and hops are for; 0: a
                       word of whatever width */
  tacet_law energy[TACET_CHARGES]; /* pJ */
  tacet_price area;                /* um2 */
  tacet_price power;               /* mW */
} tacet_technology;

/* Reads a technology file (spec.h). */
tacet_status tacet_technology_read(tacet_technology *technology,
                                   const tacet_doc *doc, tacet_error *error);

/* Gives the accelerator the energies that are NaN and the prices of its
   components. It is otherwise whole. Error TACET_BAD_INPUT at `place` if the technology has
   no figure for a width or a capacity. */
tacet_status tacet_technology_apply(tacet_accelerator *accelerator,
                                    const tacet_technology *technology,
                                    const tacet_place *place,
                                    tacet_error *error);

#endif
