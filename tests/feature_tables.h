/* Between the files that say what random cases exercise. */
#ifndef TESTS_FEATURE_TABLES_H
#define TESTS_FEATURE_TABLES_H

#include "case_features.h"

typedef struct case_feature {
  const char *name; /* indented: of a feature above it, one that also ... */
  bool (*has)(const masked_case *c);
} case_feature;

/* Each ends with a feature without a name. */
extern const case_feature layer_features[];
extern const case_feature accelerator_features[];
extern const case_feature zero_features[];

/* The filter leaves some of the input's rows, columns or frames out. */
bool is_dilated(const masked_case *c);

/* Some input rows or columns meet no filter. */
bool has_holes(const masked_case *c);

/* Some level receives some tensor in a format of this name. */
bool has_format(const masked_case *c, int name);

#endif
