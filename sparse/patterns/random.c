/* Reproducible random numbers. Knows nothing of what is drawn. */
#include "random.h"

uint64_t tacet_random(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

int64_t tacet_random_below(uint64_t *state, int64_t count) {
  const uint64_t range = (uint64_t)count;
  const uint64_t end = UINT64_MAX - UINT64_MAX % range;
  uint64_t value = tacet_random(state);
  while (value >= end) value = tacet_random(state);
  return (int64_t)(value % range);
}
