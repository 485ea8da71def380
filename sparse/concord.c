/* Concordance: an action needs its zeros to be known before what it leaves
   out, and where it does so. */
#include "concord.h"

#include "spelling.h"

static const char *level_of(const tacet_rule *rule,
                            const tacet_accelerator *accelerator) {
  return rule->storage == TACET_AT_COMPUTE
             ? "compute"
             : accelerator->storage[rule->storage].name;
}

/* Whether a level above L1 can find an operand's zeros without reading its
   values: in the metadata of what it holds or sends. Closer to the MACs values
   are read anyway, and circuits find the next that is not zero. */
static bool knows_zeros(const tacet_features *features, int storage, int t) {
  const bool holds =
      storage > 0 && features->format[storage][t].name != TACET_UNCOMPRESSED;
  return holds || features->format[storage + 1][t].name != TACET_UNCOMPRESSED;
}

static tacet_status check_zeros(const tacet_rule *rule,
                                const tacet_features *features,
                                const tacet_accelerator *accelerator,
                                tacet_error *error) {
  if (!rule->skip || rule->storage >= accelerator->storages - 1)
    return TACET_OK;
  for (int t = 0; t < TACET_OUTPUT; t++) {
    if (!rule->on[t] || knows_zeros(features, rule->storage, t)) continue;
    const char *name = tacet_slot_name(t);
    tacet_fail(error, TACET_BAD_INPUT, &rule->place,
               "at %s nothing is known of zeros of %s before they are read: "
               "it has no metadata there",
               level_of(rule, accelerator), name);
    return tacet_advise(error,
                        "gate instead, or give %s a format: {%s: bitmask}",
                        name, accelerator->storage[rule->storage + 1].name);
  }
  return TACET_OK;
}

static tacet_status check_target(const tacet_rule *rule,
                                 const tacet_accelerator *accelerator,
                                 tacet_error *error) {
  if (rule->storage == TACET_AT_COMPUTE || rule->target != TACET_OUTPUT ||
      (!rule->on[TACET_WEIGHT] && !rule->on[TACET_INPUT]))
    return TACET_OK;
  tacet_fail(error, TACET_BAD_INPUT, &rule->place,
             "at %s outputs cannot be left out on zeros of an operand: other "
             "products may still be added to them",
             level_of(rule, accelerator));
  return tacet_advise(error, "only outputs that are known to be zero can: on: "
                             "[output]");
}

static tacet_status check_issue(const tacet_rule *rule,
                                const tacet_accelerator *accelerator,
                                tacet_error *error) {
  if (accelerator->issue.kind != TACET_ISSUE_OUTER || !rule->skip ||
      !rule->on[TACET_OUTPUT] || rule->storage < accelerator->storages - 1)
    return TACET_OK;
  tacet_fail(error, TACET_BAD_INPUT, &rule->place,
             "an outer product makes all pairs of its operands: it cannot skip "
             "single outputs");
  return tacet_advise(error, "gate them, or skip their operands further out");
}

tacet_status tacet_rule_check(const tacet_rule *rule,
                              const tacet_features *features,
                              const tacet_accelerator *accelerator,
                              tacet_error *error) {
  tacet_status status = check_target(rule, accelerator, error);
  if (!status) status = check_zeros(rule, features, accelerator, error);
  return status ? status : check_issue(rule, accelerator, error);
}

/* ---- compressed copies -------------------------------------------------- */

static bool holds_compressed(const tacet_features *features,
                             const tacet_nest *nest, int storage, int slot) {
  if (storage > 0 && features->format[storage][slot].fibers == 0) return false;
  return storage == nest->storages - 1 ||
         features->format[storage + 1][slot].fibers > 0;
}

bool tacet_reads_compressed(const tacet_features *features,
                            const tacet_nest *nest, int b, int slot) {
  if (slot == TACET_OUTPUT) return features->format[b][slot].fibers > 0;
  return holds_compressed(features, nest, b, slot);
}

bool tacet_writes_compressed(const tacet_features *features,
                             const tacet_nest *nest, int b, int slot) {
  if (slot == TACET_OUTPUT) return features->format[b][slot].fibers > 0;
  return holds_compressed(features, nest, b + 1, slot);
}
