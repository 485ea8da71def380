/* The uniform model: `nonzeros` of a tensor's `elements` lie anywhere, all
   arrangements being equally likely (hypergeometric). */
#ifndef TACET_OCCUPANCY_H
#define TACET_OCCUPANCY_H

#include <stdint.h>

typedef struct tacet_uniform {
  int64_t elements;
  int64_t nonzeros; /* 0 .. elements */
} tacet_uniform;

/* nonzeros = density * elements to the nearest integer. */
tacet_uniform tacet_uniform_make(int64_t elements, double density);

double tacet_uniform_density(tacet_uniform model);

/* Probability that a box of `box` elements holds no non-zero. */
double tacet_uniform_empty(tacet_uniform model, int64_t box);

/* Expectation of ceil(X / width) for X of `count` elements, each not zero with
   probability `density` on its own. Exactly ceil(count / width) at density
   1. */
double tacet_expected_ceil(int64_t count, double density, int64_t width);

/* Mean and variance of such a ceiling. */
typedef struct tacet_moments_of_ceil {
  double mean, variance;
} tacet_moments_of_ceil;

tacet_moments_of_ceil tacet_ceil_moments(int64_t count, double density,
                                         int64_t width);

/* So many sums of `length` elements, each not zero with the density on its own,
   divided by the width and rounded up; count 0: there are none. */
typedef struct tacet_bundles {
  int64_t count, length, width;
  double density;
} tacet_bundles;

/* What the PEs of an array compute in one step. Each PE's box is `shared`
   index values that both operands have, times `weights` values that only the
   weight has (K), times `inputs` values that only the input has (P, Q). Where
   windows slide these are what makes shared * weights the number of weights,
   shared * inputs that of inputs, and the product of all three that of MACs;
   they need not be whole. */
typedef struct tacet_step_work {
  double shared;
  double weights;
  double inputs;
  int64_t units_shared;  /* PEs along shared dimensions: own both operands */
  int64_t units_weights; /* PEs with own weights that share an input */
  int64_t units_inputs;  /* PEs with own inputs that share weights */
  double weight_density; /* 1: a zero weight takes its slot all the same */
  double input_density;
  double weight_excess; /* variance of a PE's non-zeros over that of elements
                           on their own, less 1: 0 if they are, -1 if their
                           number is certain, more than 0 in blocks */
  double input_excess;
  int64_t length, width; /* of `length` MACs at shared indices, `width` share a
                            slot; 1, 1: each takes one */
  tacet_bundles weight_bundles, input_bundles; /* what the non-zeros are */
} tacet_step_work;

/* Expected slots of the busiest of units_shared * units_weights *
   units_inputs PEs, counting only MACs whose operands are both non-zero, and
   each element of the operands as non-zero independently of the others.
   Exactly the box at densities of 1, the mean for one PE and 0 at a density of
   0; always between mean and box. Pure; takes 0.2 to 10 microseconds, 80 at
   the worst.

   An approximation. Against 4,184 simulations of arrays of up to 4,096 PEs it
   is off by 0.6 % on average; by at most 9 % where the mean is 1 MAC or more,
   by at most 29 % below; and 94 % lie within 3 standard errors of 2,000 draws.
   One value an index (weights = inputs = 1) and up to some 25 indices, one
   shared index and a dense operand come out nearly exact.

   Rises with densities and with counts of units, but where one method takes
   over from another: of 10 million neighbours on a grid 0.02 % fell, by 4 % at
   the worst. */
double tacet_expected_busiest(const tacet_step_work *work);

#endif
