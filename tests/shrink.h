/* Making a failing case as small as it can be and still fail. */
#ifndef TESTS_SHRINK_H
#define TESTS_SHRINK_H

#include "sparse_cases.h"

typedef bool case_check(const masked_case *c);

/* Halves sizes, drops directives and rules, and takes the plainer of any two
   choices, one after the other, as long as `fails` is true of what binds; masks
   are made anew from the case's seed for every shape. `fails` must be true of
   the case that masked_make makes. Free *c. */
void case_shrink(masked_case *c, uint64_t seed, case_check *fails);

#endif
