/* The logarithm of a factorial. */
#ifndef TACET_FACTORIAL_H
#define TACET_FACTORIAL_H

/* log(n!) of a real n >= 0, that is of the gamma function of n + 1, to 1e-13 of
   it or of 1. C's lgamma sets a global variable, so that threads may not call
   it together. */
double tacet_log_factorial(double n);

#endif
