/* Why the published MAESTRO and tacet count differently: one table from reason
   to text. */
#ifndef TACET_REASONS_H
#define TACET_REASONS_H

#include <stdint.h>

/* Numbers are those of the published tool's defects; letters its choices, and
   defects without a number. */
typedef enum tacet_reason {
  TACET_REASON_10,
  TACET_REASON_15,
  TACET_REASON_16,
  TACET_REASON_16B,
  TACET_REASON_17,
  TACET_REASON_19,
  TACET_REASON_21,
  TACET_REASON_22,
  TACET_REASON_23,
  TACET_REASON_24,
  TACET_REASON_25,
  TACET_REASON_30,
  TACET_REASON_A,
  TACET_REASON_B,
  TACET_REASON_C,
  TACET_REASON_D,
  TACET_REASON_E,
  TACET_REASON_F,
  TACET_REASON_G,
  TACET_REASON_H,
  TACET_REASON_I,
  TACET_REASON_J,
  TACET_REASONS
} tacet_reason;

/* A set: bit r stands for reason r. */
typedef uint32_t tacet_reason_set;

static inline tacet_reason_set tacet_reason_bit(tacet_reason reason) {
  return UINT32_C(1) << reason;
}

/* "16b", "C", ... */
extern const char *const tacet_reason_codes[TACET_REASONS];

/* What the published tool does there, in a few words. */
extern const char *const tacet_reason_texts[TACET_REASONS];

#endif
