/* Order statistics: the expected highest of some draws. The number of draws
   may be any real number from 1 and is given by its natural logarithm.
   Internal to sparse/. */
#ifndef TACET_ORDER_H
#define TACET_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "../patterns/occupancy.h"

typedef struct tacet_highest {
  double mean;
  double variance;
} tacet_highest;

/* Of standard normals; both moments to 0.001. From 2^48 draws on they stay. */
tacet_highest tacet_highest_normal(double log_draws);

/* How many standard normals have a highest of this mean; one if mean <= 0. */
double tacet_log_draws_for(double mean);

/* Mean of the highest of some variables of mean 0, variance 1 and this
   skewness, by Cornish and Fisher's expansion (1937). The fourth cumulant is
   taken as skewness^2, which it is for a Poisson variable. */
double tacet_highest_skewed(double log_draws, double skewness);

/* Mean of the highest of some binomial counts of n elements. */
double tacet_highest_binomial(double n, double density, double log_draws);

enum { TACET_MAX_BINOMIAL = 48 };

/* A binomial distribution, or one of sums of binomials rounded up, without its
   tails, which have less than 1e-5. */
typedef struct tacet_binomial {
  int values;
  double first; /* the values are first, first + 1, ... */
  double chance[TACET_MAX_BINOMIAL];
} tacet_binomial;

/* False if there are more values than TACET_MAX_BINOMIAL. */
bool tacet_binomial_make(tacet_binomial *binomial, double n, double density);

/* The sum over bundles. False if there are too many values, or if it takes long
   to say. */
bool tacet_bundles_make(tacet_binomial *sum, const tacet_bundles *bundles);

#endif
