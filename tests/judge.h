/* Judging random cases: the one place where what a reading says is compared
   with what its executor counts. */
#ifndef TESTS_JUDGE_H
#define TESTS_JUDGE_H

#include "cases.h"

/* True if the analysis and the executor agree on the case in every total and
   every class of steps. If `tell`, prints where they do not. */
bool judge_activity(const random_case *c, bool tell);

/* The same of the case with an L1 that keeps its tiles (case_keep), and of its
   steps in their order. */
bool judge_kept(const random_case *c, bool tell);

#endif
