/* The tables of features as one, and after them the formats by name. */
#include "feature_tables.h"

static const case_feature *const tables[] = {
    layer_features, accelerator_features, zero_features};

enum { TABLES = sizeof tables / sizeof *tables };

/* NULL behind the last; *feature is then what is left of it. */
static const case_feature *find(int *feature) {
  for (int i = 0; i < TABLES; i++)
    for (const case_feature *f = tables[i]; f->name; f++)
      if ((*feature)-- == 0) return f;
  return NULL;
}

int case_feature_count(void) {
  int count = TACET_NAMED_FORMATS;
  for (int i = 0; i < TABLES; i++)
    for (const case_feature *f = tables[i]; f->name; f++) count++;
  return count;
}

const char *case_feature_name(int feature) {
  const case_feature *found = find(&feature);
  return found ? found->name : tacet_format_names[feature];
}

bool case_has_feature(const masked_case *c, int feature) {
  const case_feature *found = find(&feature);
  return found ? found->has(c) : has_format(c, feature);
}
