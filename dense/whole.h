/* Small words on whole numbers, for any room. Division is by b > 0. */
#ifndef TACET_WHOLE_H
#define TACET_WHOLE_H

#include <stdint.h>

static inline int64_t smaller(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static inline int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/* The greatest of a and b, not both of which are 0. */
static inline int64_t common_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    const int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Rounds up. */
static inline int64_t ceil_div(int64_t a, int64_t b) {
  return a / b + (a % b > 0);
}

#endif
