/* What a random case exercises, to tell how much cases together do. */
#ifndef TESTS_CASE_FEATURES_H
#define TESTS_CASE_FEATURES_H

#include "sparse_cases.h"

/* The features that are told apart. */
int case_feature_count(void);

const char *case_feature_name(int feature);

bool case_has_feature(const masked_case *c, int feature);

#endif
