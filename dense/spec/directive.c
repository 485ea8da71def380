/* Directives as text. Knows neither files nor layers. */
#include "../dense.h"

#include <stdio.h>
#include <string.h>

const char *const tacet_directive_names[] = {
    [TACET_TEMPORAL_MAP] = "TemporalMap",
    [TACET_SPATIAL_MAP] = "SpatialMap",
    [TACET_CLUSTER] = "Cluster",
    NULL,
};

static void extent_text(char text[32], const tacet_extent *extent) {
  if (!extent->of[0])
    snprintf(text, 32, "%lld", (long long)extent->number);
  else if (extent->number == 1)
    snprintf(text, 32, "Sz(%s)", extent->of);
  else
    snprintf(text, 32, "%lld*Sz(%s)", (long long)extent->number, extent->of);
}

void tacet_directive_text(char text[TACET_DIRECTIVE_TEXT],
                          const tacet_directive *directive) {
  const char *name = tacet_directive_names[directive->kind];
  char size[32], offset[32];
  extent_text(size, &directive->size);
  extent_text(offset, &directive->offset);
  if (directive->kind == TACET_CLUSTER)
    snprintf(text, TACET_DIRECTIVE_TEXT, "%s(%s)", name, size);
  else
    snprintf(text, TACET_DIRECTIVE_TEXT, "%s(%s,%s) %s", name, size, offset,
             directive->dim);
}

static bool same_extent(const tacet_extent *a, const tacet_extent *b) {
  return a->number == b->number && strcmp(a->of, b->of) == 0;
}

static bool same_directive(const tacet_directive *a, const tacet_directive *b) {
  return a->kind == b->kind && same_extent(&a->size, &b->size) &&
         same_extent(&a->offset, &b->offset) && strcmp(a->dim, b->dim) == 0;
}

int tacet_dataflow_changes(char *text, size_t size,
                           const tacet_dataflow *before,
                           const tacet_dataflow *after) {
  int changes = 0;
  size_t used = 0;
  if (size > 0) text[0] = '\0';
  for (int i = 0; i < before->directives; i++) {
    char was[TACET_DIRECTIVE_TEXT], is[TACET_DIRECTIVE_TEXT];
    if (same_directive(&before->directive[i], &after->directive[i])) continue;
    tacet_directive_text(was, &before->directive[i]);
    tacet_directive_text(is, &after->directive[i]);
    if (used < size)
      used += (size_t)snprintf(text + used, size - used, "%s%s became %s",
                               changes ? "; " : "", was, is);
    changes++;
  }
  return changes;
}
