/* Whole numbers that are only known by mean and variance, taken as normal.
   Internal to dense/; knows nothing of what they count. */
#ifndef TACET_EXPECTATION_H
#define TACET_EXPECTATION_H

typedef struct tacet_normal {
  double mean;
  double variance; /* 0: certain */
} tacet_normal;

/* The larger of two with this covariance: mean and variance exactly (C. E.
   Clark, "The greatest of a finite set of random variables", Operations
   Research 9, 1961, equations 2 to 4). */
tacet_normal tacet_greatest(tacet_normal a, tacet_normal b, double covariance);

/* ceil((least + each * X) / width); an amount that is no whole number is a mean
   of the two next to it, and so is its ceiling. */
typedef struct tacet_limit {
  double least, each, width;
} tacet_limit;

enum { TACET_MAX_LIMITS = 4 };

/* Expectation of the greatest of some of them, X being a whole number from 0
   to `most`. */
double tacet_greatest_ceil(const tacet_limit *limit, int limits, tacet_normal x,
                           double most);

/* Chance that such a number is not 0. */
double tacet_chance_of_any(tacet_normal x);

/* How much of an amount comes with each of X: in a straight line to what they
   are at most, but never so much that none of X had less than nothing. */
double tacet_growth(double amount, double most, double x, double most_x);

#endif
