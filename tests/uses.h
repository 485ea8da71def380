/* Whether what actions keep away is ever used. */
#ifndef TESTS_USES_H
#define TESTS_USES_H

#include "sparse_cases.h"

/* True if no MAC of the case uses a word whose last arrival in its PE was
   skipped, or gated although the MAC is done, and no PE or buffer receives a word
   that the level outside of it has not; nor with an L1 that keeps tiles, as case_keep has it. If `tell`,
   prints where that is so. */
bool judge_uses(const masked_case *c, bool tell);

#endif
