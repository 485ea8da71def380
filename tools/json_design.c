/* Accelerators and nests as JSON. */
#include "json_parts.h"

#include <string.h>

#include "../sparse/spelling.h"

#define MEMBER(kind, type, member)                                             \
  { #member, TACET_MEMBER_##kind, offsetof(type, member) }
#define MEMBER_AS(key, kind, type, member)                                     \
  { key, TACET_MEMBER_##kind, offsetof(type, member) }
#define MEMBERS(object, whole, table)                                          \
  tacet_json_members(object, whole, table, sizeof table / sizeof *table)

tacet_boundary tacet_boundary_name(const tacet_accelerator *accelerator,
                                   int boundary) {
  tacet_boundary name;
  snprintf(name.text, sizeof name.text, "%s-%s",
           accelerator->storage[boundary].name,
           accelerator->storage[boundary + 1].name);
  return name;
}

/* ---- accelerator -------------------------------------------------------- */

static json_t *size_json(const tacet_storage *storage) {
  return storage->size_bits > 0 ? json_integer(storage->size_bits)
                                : json_null();
}

static json_t *storages_json(const tacet_accelerator *accelerator,
                             const int64_t buffers[TACET_MAX_STORAGE]) {
  static const tacet_member members[] = {
      MEMBER(BOOL, tacet_storage, double_buffered),
      MEMBER(BOOL, tacet_storage, contiguous),
      MEMBER(DOUBLE, tacet_storage, read_pj),
      MEMBER(DOUBLE, tacet_storage, write_pj)};
  json_t *array = json_array();
  for (int s = 0; s < accelerator->storages; s++) {
    const tacet_storage *storage = &accelerator->storage[s];
    json_t *object = json_object();
    tacet_json_set(&object, "name", tacet_json_text(storage->name));
    tacet_json_set(&object, "size_bits", size_json(storage));
    tacet_json_set(&object, "buffers", json_integer(buffers[s]));
    MEMBERS(&object, storage, members);
    tacet_json_append(&array, object);
  }
  return array;
}

static json_t *links_json(const tacet_accelerator *accelerator) {
  static const tacet_member members[] = {
      MEMBER_AS("bandwidth_words_per_cycle", DOUBLE, tacet_link, bandwidth),
      MEMBER_AS("latency_cycles", INT, tacet_link, latency),
      MEMBER(BOOL, tacet_link, multicast),
      MEMBER(BOOL, tacet_link, reduction),
      MEMBER(DOUBLE, tacet_link, hop_pj),
      MEMBER(DOUBLE, tacet_link, hops)};
  json_t *object = json_object();
  for (int b = 0; b < accelerator->storages - 1; b++) {
    json_t *link = json_object();
    MEMBERS(&link, &accelerator->link[b], members);
    tacet_json_set(&object, tacet_boundary_name(accelerator, b).text, link);
  }
  return object;
}

/* ---- sparse features ---------------------------------------------------- */

static json_t *formats_json(const tacet_features *features,
                            const tacet_accelerator *accelerator) {
  json_t *object = json_object();
  for (int s = 0; s < accelerator->storages; s++) {
    json_t *level = json_object();
    for (int t = 0; t < TACET_TENSORS; t++) {
      char text[TACET_FORMAT_TEXT];
      tacet_format_text(text, sizeof text, &features->format[s][t]);
      tacet_json_set(&level, tacet_slot_name(t), tacet_json_text(text));
    }
    tacet_json_set(&object, accelerator->storage[s].name, level);
  }
  return object;
}

static json_t *rule_json(const tacet_rule *rule,
                         const tacet_accelerator *accelerator) {
  const bool compute = rule->storage == TACET_AT_COMPUTE;
  json_t *object = json_object(), *on = json_array();
  tacet_json_set(
      &object, "at",
      tacet_json_text(compute ? "compute"
                              : accelerator->storage[rule->storage].name));
  tacet_json_set(&object, "action",
                 tacet_json_text(rule->skip ? "skip" : "gate"));
  tacet_json_set(
      &object, "target",
      tacet_json_text(compute ? NULL : tacet_slot_name(rule->target)));
  for (int t = 0; t < TACET_TENSORS; t++)
    if (rule->on[t])
      tacet_json_append(&on, tacet_json_text(tacet_slot_name(t)));
  tacet_json_set(&object, "on", on);
  if (!compute && rule->storage < accelerator->storages - 1)
    tacet_json_set(&object, "granularity",
                   tacet_json_text(rule->element ? "element" : "tile"));
  return object;
}

static json_t *along_json(const char along[TACET_LAYER_TYPES][4]) {
  json_t *object = json_object();
  for (int t = 0; t < TACET_LAYER_TYPES; t++)
    if (along[t][0])
      tacet_json_set(&object, tacet_layer_type_name((tacet_layer_type)t),
                     tacet_json_text(along[t]));
  return object;
}

static json_t *vector_json(const tacet_issue *issue) {
  json_t *object = json_object();
  tacet_json_set(&object, "vector", json_integer(issue->width));
  tacet_json_set(&object, "along", along_json(issue->along));
  return object;
}

/* As accelerator files say it. */
static json_t *issue_json(const tacet_issue *issue) {
  if (issue->kind == TACET_ISSUE_SCALAR) return tacet_json_text("scalar");
  if (issue->kind == TACET_ISSUE_VECTOR) return vector_json(issue);
  json_t *object = json_object(), *sides = json_array();
  tacet_json_append(&sides, json_integer(issue->weights));
  tacet_json_append(&sides, json_integer(issue->inputs));
  tacet_json_set(&object, "outer", sides);
  tacet_json_set(&object, "halos",
                 tacet_json_text(issue->output_halos ? "output" : "input"));
  return object;
}

/* As accelerator files say it. */
static json_t *sync_json(const tacet_sync *sync) {
  if (sync->kind == TACET_SYNC_STEP) return tacet_json_text("step");
  if (sync->kind == TACET_SYNC_END) return tacet_json_text("end");
  json_t *object = json_object();
  tacet_json_set(&object, sync->kind == TACET_SYNC_WINDOW ? "window" : "queue",
                 json_integer(sync->steps));
  return object;
}

/* null where finding pairs takes no time. */
static json_t *intersection_json(const tacet_intersection *search) {
  if (search->examined == TACET_EXAMINES_NOTHING) return json_null();
  json_t *object = json_object();
  tacet_json_set(&object,
                 search->examined == TACET_EXAMINES_PAIRS ? "pairs"
                                                          : "coordinates",
                 json_real(search->width));
  return object;
}

/* null where weights stay as they are. */
static json_t *balance_json(const tacet_balance *balance) {
  if (balance->kind == TACET_BALANCE_NOT) return json_null();
  json_t *object = json_object();
  tacet_json_set(&object, balance->kind == TACET_BALANCE_SORT ? "sort" : "pair",
                 along_json(balance->along));
  return object;
}

static json_t *features_json(const tacet_features *features,
                             const tacet_accelerator *accelerator) {
  json_t *object = json_object(), *rules = json_array();
  for (int r = 0; r < features->rules; r++)
    tacet_json_append(&rules, rule_json(&features->rule[r], accelerator));
  tacet_json_set(&object, "formats", formats_json(features, accelerator));
  tacet_json_set(&object, "actions", rules);
  tacet_json_set(&object, "issue", issue_json(&accelerator->issue));
  tacet_json_set(&object, "sync", sync_json(&accelerator->sync));
  tacet_json_set(&object, "intersection",
                 intersection_json(&accelerator->intersection));
  tacet_json_set(&object, "balance", balance_json(&features->balance));
  return object;
}

static json_t *dataflow_json(const tacet_design *design) {
  const tacet_doc *file =
      design->dataflow_doc ? design->dataflow_doc : design->doc;
  json_t *object = json_object();
  tacet_json_set(&object, "name", tacet_json_text(design->dataflow.name));
  tacet_json_set(&object, "file", tacet_json_text(tacet_doc_path(file)));
  return object;
}

/* null where the technology has no figures for it. */
static json_t *price_json(const tacet_price *price,
                          const tacet_accelerator *accelerator,
                          const int64_t buffers[TACET_MAX_STORAGE]) {
  const double sum = tacet_price_of(price, accelerator, buffers);
  return sum > 0 ? json_real(sum) : json_null();
}

json_t *tacet_json_design(const tacet_design *design,
                          const int64_t buffers[TACET_MAX_STORAGE]) {
  static const tacet_member members[] = {
      MEMBER(INT, tacet_accelerator, pes),
      MEMBER(INT, tacet_accelerator, lanes),
      MEMBER(DOUBLE, tacet_accelerator, clock_hz),
      MEMBER(INT, tacet_accelerator, word_bits),
      MEMBER_AS("dram_write_words_per_cycle", DOUBLE, tacet_accelerator,
                dram_write_bandwidth),
      MEMBER_AS("l1_bandwidth_words_per_cycle", DOUBLE, tacet_accelerator,
                l1_bandwidth),
      MEMBER_AS("sums_per_cycle", DOUBLE, tacet_accelerator, sums_bandwidth),
      MEMBER(DOUBLE, tacet_accelerator, mac_pj),
      MEMBER_AS("metadata_pj_per_bit", DOUBLE, tacet_accelerator, metadata_pj)};
  const tacet_accelerator *accelerator = &design->accelerator;
  json_t *object = json_object(), *widths = json_object();
  json_t *registers = json_array();
  tacet_json_set(&object, "name", tacet_json_text(accelerator->name));
  tacet_json_set(&object, "file", tacet_json_text(tacet_doc_path(design->doc)));
  MEMBERS(&object, accelerator, members);
  for (int t = 0; t < TACET_TENSORS; t++)
    tacet_json_set(&widths, tacet_slot_name(t),
                   json_integer(accelerator->width_bits[t]));
  tacet_json_set(&object, "width_bits", widths);
  for (int t = 0; t < TACET_TENSORS; t++)
    if (accelerator->registers[t])
      tacet_json_append(&registers, tacet_json_text(tacet_slot_name(t)));
  tacet_json_set(&object, "registers", registers);
  tacet_json_set(&object, "area_um2",
                 price_json(&accelerator->area, accelerator, buffers));
  tacet_json_set(&object, "power_mw",
                 price_json(&accelerator->power, accelerator, buffers));
  tacet_json_set(&object, "storage", storages_json(accelerator, buffers));
  tacet_json_set(&object, "links", links_json(accelerator));
  tacet_json_set(&object, "dataflow", dataflow_json(design));
  tacet_json_set(&object, "sparse",
                 features_json(&design->features, accelerator));
  return object;
}

/* ---- nest --------------------------------------------------------------- */

static json_t *loop_json(const tacet_nest *nest, const tacet_loop *loop) {
  static const tacet_member members[] = {
      MEMBER(INT, tacet_loop, size), MEMBER(INT, tacet_loop, tiles),
      MEMBER(INT, tacet_loop, units), MEMBER(INT, tacet_loop, folds)};
  json_t *object = json_object();
  tacet_json_set(&object, "dim",
                 tacet_json_text(nest->layer->dim[loop->dim].name));
  tacet_json_set(&object, "level", json_integer(loop->level));
  tacet_json_set(&object, "kind",
                 tacet_json_text(loop->spatial ? "spatial" : "temporal"));
  MEMBERS(&object, loop, members);
  return object;
}

/* Loops outside each tensor's tile. */
static json_t *positions_json(const tacet_nest *nest, int storage) {
  json_t *object = json_object();
  for (int t = 0; t < TACET_TENSORS; t++)
    tacet_json_set(&object, tacet_slot_name(t),
                   json_integer(nest->position[storage][t]));
  return object;
}

static json_t *buffers_json(const tacet_nest *nest,
                            const tacet_accelerator *accelerator) {
  json_t *object = json_object();
  for (int s = 1; s < nest->storages; s++) {
    const int64_t need = tacet_need_bits(nest, accelerator, s);
    json_t *buffer = json_object();
    tacet_json_set(&buffer, "need_bits", json_integer(need));
    tacet_json_set(&buffer, "size_bits", size_json(&accelerator->storage[s]));
    tacet_json_set(&buffer, "positions", positions_json(nest, s));
    tacet_json_set(&object, accelerator->storage[s].name, buffer);
  }
  return object;
}

json_t *tacet_json_nest(const tacet_nest *nest,
                        const tacet_accelerator *accelerator) {
  json_t *object = json_object(), *loops = json_array(), *tile = json_object();
  json_t *units = json_array();
  for (int i = 0; i < nest->loops; i++)
    tacet_json_append(&loops, loop_json(nest, &nest->loop[i]));
  for (int d = 0; d < nest->layer->dims; d++)
    tacet_json_set(&tile, nest->layer->dim[d].name,
                   json_integer(nest->tile[d]));
  for (int level = 0; level < nest->levels; level++)
    tacet_json_append(&units, json_integer(nest->units[level]));
  tacet_json_set(&object, "loops", loops);
  tacet_json_set(&object, "pe_tile", tile);
  tacet_json_set(&object, "units", units);
  tacet_json_set(&object, "idle_pes", json_integer(nest->idle_pes));
  tacet_json_set(&object, "buffers", buffers_json(nest, accelerator));
  return object;
}
