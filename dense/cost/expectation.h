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

/* Expectation of ceil(X / width), X being a whole number that is with chance
   `any` not 0, and never above `most`. */
double tacet_ceil_of_normal(tacet_normal x, double any, double width,
                            double most);

/* Chance that a count is not 0, if it comes in random parts. */
double tacet_chance_of_any(tacet_normal x);

#endif
