/* Accelerator files: tables of the keys each part has. */
#include "technology.h"

#include <math.h>
#include <string.h>

/* Energies that the file does not give are NaN until a technology, or none,
   settles them. */

/* Beyond these a number is a slip of the pen. */
#define MOST_BITS 9007199254740992.0 /* 2^53, exact as a double */
#define MOST_HERTZ 1e12
#define MOST_PJ 1e12
#define MOST_COUNT 1e9

static const tacet_field root_fields[] = {
    {"clock", TACET_FIELD_HERTZ, true, offsetof(tacet_accelerator, clock_hz), 1,
     MOST_HERTZ},
    {"pes", TACET_FIELD_INT, true, offsetof(tacet_accelerator, pes), 1,
     MOST_COUNT},
    {"lanes", TACET_FIELD_INT, false, offsetof(tacet_accelerator, lanes), 1,
     MOST_COUNT},
    {"word", TACET_FIELD_BITS, true, offsetof(tacet_accelerator, word_bits), 1,
     4096},
    {"mac", TACET_FIELD_PJ, false, offsetof(tacet_accelerator, mac_pj), 0,
     MOST_PJ},
    {"metadata", TACET_FIELD_PJ, false,
     offsetof(tacet_accelerator, metadata_pj), 0, MOST_PJ},
};

#define WIDTH_OF(slot)                                                         \
  (offsetof(tacet_accelerator, width_bits) + slot * sizeof(int64_t))

static const tacet_field width_fields[] = {
    {"weight", TACET_FIELD_BITS, false, WIDTH_OF(TACET_WEIGHT), 1, 4096},
    {"input", TACET_FIELD_BITS, false, WIDTH_OF(TACET_INPUT), 1, 4096},
    {"output", TACET_FIELD_BITS, false, WIDTH_OF(TACET_OUTPUT), 1, 4096},
};

static const tacet_field energy_fields[] = {
    {"read", TACET_FIELD_PJ, false, offsetof(tacet_storage, read_pj), 0,
     MOST_PJ},
    {"write", TACET_FIELD_PJ, false, offsetof(tacet_storage, write_pj), 0,
     MOST_PJ},
};

static const tacet_field buffer_fields[] = {
    {"size", TACET_FIELD_BITS, true, offsetof(tacet_storage, size_bits), 1,
     MOST_BITS},
    {"contiguous", TACET_FIELD_BOOL, false, offsetof(tacet_storage, contiguous),
     0, 1},
};

/* Where a buffer at a cluster boundary stands. */
typedef struct cluster {
  int64_t level;
} cluster;

static const tacet_field cluster_fields[] = {
    {"level", TACET_FIELD_INT, true, offsetof(cluster, level), 1,
     TACET_MAX_LEVELS - 1},
};

static const tacet_field noc_fields[] = {
    {"latency", TACET_FIELD_INT, false, offsetof(tacet_link, latency), 0,
     MOST_COUNT},
    {"multicast", TACET_FIELD_BOOL, false, offsetof(tacet_link, multicast), 0,
     1},
    {"hop", TACET_FIELD_PJ, false, offsetof(tacet_link, hop_pj), 0, MOST_PJ},
    {"hops", TACET_FIELD_REAL, false, offsetof(tacet_link, hops), 0, 1e6},
};

#define READ_FIELDS(target, map, fields, error)                                \
  tacet_read_fields(target, map, fields, sizeof fields / sizeof *fields, error)

/* Words a cycle; bytes a second are converted with clock and word. */
static tacet_status read_bandwidth(double *words, const tacet_node *node,
                                   const tacet_accelerator *accelerator,
                                   tacet_error *error) {
  double value;
  tacet_unit unit;
  tacet_status status = tacet_as_measure(
      &value, &unit, node, 1u << TACET_WORDS_PER_CYCLE | 1u << TACET_BITS_PER_S,
      "bandwidth", error);
  if (status) return status;
  if (unit == TACET_BITS_PER_S)
    value /= accelerator->clock_hz * (double)accelerator->word_bits;
  if (value < 1e-9 || value > 1e12) {
    const tacet_place place = tacet_node_place(node);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "bandwidth is %g words/cycle; expected 1e-9 to 1e12",
                      value);
  }
  *words = value;
  return TACET_OK;
}

static tacet_status need_bandwidth(double *words, tacet_node *map,
                                   const tacet_accelerator *accelerator,
                                   tacet_error *error) {
  tacet_node *node;
  tacet_status status = tacet_need(&node, map, "bandwidth", error);
  return status ? status : read_bandwidth(words, node, accelerator, error);
}

static const char *const tensor_names[] = {[TACET_WEIGHT] = "weight",
                                           [TACET_INPUT] = "input",
                                           [TACET_OUTPUT] = "output",
                                           [TACET_TENSORS] = NULL};

/* A bandwidth, or a map of one for each tensor's own bus. */
static tacet_status need_buses(tacet_link *link, tacet_node *map,
                               const tacet_accelerator *accelerator,
                               tacet_error *error) {
  tacet_node *buses, *node;
  tacet_status status = tacet_need(&buses, map, "bandwidth", error);
  if (status) return status;
  if (tacet_node_is(buses) != TACET_MAP)
    return read_bandwidth(&link->bandwidth, buses, accelerator, error);
  for (int t = 0; t < TACET_TENSORS && !status; t++) {
    status = tacet_need(&node, buses, tensor_names[t], error);
    if (!status)
      status = read_bandwidth(&link->bus[t], node, accelerator, error);
    link->bandwidth += link->bus[t];
  }
  return status;
}

/* Sets a flag for each tensor that a list names. */
static tacet_status read_tensors(bool named[TACET_TENSORS],
                                 const tacet_node *list, const char *what,
                                 tacet_error *error) {
  tacet_status status = tacet_expect(list, TACET_LIST, what, error);
  for (int i = 0; !status && i < tacet_node_count(list); i++) {
    int slot;
    status = tacet_as_word(&slot, tacet_node_item(list, i), tensor_names, what,
                           error);
    if (!status) named[slot] = true;
  }
  return status;
}

static tacet_status need_part(tacet_node **part, tacet_node *root,
                              const char *key, tacet_error *error) {
  tacet_status status = tacet_need(part, root, key, error);
  return status ? status : tacet_expect(*part, TACET_MAP, key, error);
}

/* ---- the parts ---------------------------------------------------------- */

static tacet_status read_storage(tacet_storage *storage, tacet_node *part,
                                 tacet_error *error) {
  storage->read_pj = storage->write_pj = NAN;
  tacet_status status = READ_FIELDS(storage, part, buffer_fields, error);
  return status ? status : READ_FIELDS(storage, part, energy_fields, error);
}

static tacet_status read_doubled(tacet_storage *storage, tacet_node *part,
                                 tacet_error *error) {
  const tacet_node *node = tacet_get(part, "double-buffered");
  storage->double_buffered = true;
  return node ? tacet_as_bool(&storage->double_buffered, node,
                              "double-buffered", error)
              : TACET_OK;
}

/* Of L1, which may list the tensors that it has two buffers for. */
static tacet_status read_doubled_tensors(tacet_storage *l1, tacet_node *part,
                                         tacet_error *error) {
  bool named[TACET_TENSORS] = {false, false, false};
  const tacet_node *list = tacet_get(part, "double-buffered");
  if (!list || tacet_node_is(list) != TACET_LIST)
    return read_doubled(l1, part, error);
  tacet_status status = read_tensors(named, list, "double-buffered", error);
  for (int t = 0; t < TACET_TENSORS; t++) {
    l1->double_buffered = l1->double_buffered || named[t];
    l1->single[t] = !named[t];
  }
  return status;
}

/* `key` is a string constant of less than 16 bytes. */
static tacet_status read_buffer(tacet_storage *storage, tacet_node **part,
                                tacet_node *root, const char *key,
                                tacet_error *error) {
  *storage = (tacet_storage){.level = 0};
  strcpy(storage->name, key);
  tacet_status status = need_part(part, root, key, error);
  return status ? status : read_storage(storage, *part, error);
}

static tacet_status read_dram(tacet_accelerator *accelerator, tacet_node *root,
                              tacet_error *error) {
  tacet_storage *dram = &accelerator->storage[0];
  *dram = (tacet_storage){.name = "dram", .read_pj = NAN, .write_pj = NAN};
  accelerator->link[0] = (tacet_link){.multicast = true, .reduction = true};
  tacet_node *part = NULL;
  tacet_status status = need_part(&part, root, "dram", error);
  if (!status)
    status = need_bandwidth(&accelerator->link[0].bandwidth, part, accelerator,
                            error);
  const tacet_node *writes = part ? tacet_get(part, "write-bandwidth") : NULL;
  if (!status && writes)
    status = read_bandwidth(&accelerator->dram_write_bandwidth, writes,
                            accelerator, error);
  if (!status) status = READ_FIELDS(dram, part, energy_fields, error);
  return status;
}

/* What adds up partial sums: nothing, the network, or the PEs it leads to. */
static tacet_status read_reduction(tacet_link *noc, tacet_node *part,
                                   bool into_pes, tacet_error *error) {
  static const char *const names[] = {"false", "true", "pe-adder", NULL};
  const tacet_node *node = tacet_get(part, "reduction");
  int which = 1;
  if (!node) return TACET_OK;
  if (!into_pes)
    return tacet_as_bool(&noc->reduction, node, "reduction", error);
  tacet_status status = tacet_as_word(&which, node, names, "reduction", error);
  noc->reduction = which > 0;
  noc->pe_adder = which == 2;
  return status;
}

/* The network into storage level link + 1, of the accelerator or a buffer at a
   cluster boundary. */
static tacet_status read_noc(tacet_accelerator *accelerator, int link,
                             bool into_pes, tacet_node *owner,
                             tacet_error *error) {
  tacet_link *noc = &accelerator->link[link];
  *noc = (tacet_link){
      .multicast = true, .reduction = true, .hop_pj = NAN, .hops = 1};
  tacet_node *part;
  tacet_status status = need_part(&part, owner, "noc", error);
  if (!status) status = need_buses(noc, part, accelerator, error);
  if (!status) status = read_reduction(noc, part, into_pes, error);
  if (!status) status = READ_FIELDS(noc, part, noc_fields, error);
  return status;
}

static tacet_status taken_name(const tacet_node *node, const char *name,
                               tacet_error *error) {
  const tacet_place place = tacet_node_place(node);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "there is a storage level %s already", name);
  return tacet_advise(error, "give the buffer a name of its own");
}

/* Names of buffers become those of columns and of paths through files. */
static tacet_status check_letters(const tacet_node *node, const char *name,
                                  tacet_error *error) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  const tacet_place place = tacet_node_place(node);
  if (!name[strspn(name, letters)]) return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, &place,
                    "a buffer is called %s; expected letters, digits, - or _",
                    name);
}

static tacet_status wrong_order(const tacet_node *node, const char *name,
                                const tacet_storage *outer,
                                tacet_error *error) {
  const tacet_place place = tacet_node_place(node);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "%s does not stand further in than %s, at cluster level %d", name,
             outer->name, outer->level);
  return tacet_advise(error, "list the buffers outermost first, one a level");
}

/* The name and the place of a buffer at a cluster boundary. */
static tacet_status read_where(tacet_storage *storage,
                               const tacet_accelerator *accelerator,
                               tacet_node *part, tacet_error *error) {
  static const char *const others[] = {"dram", "l2", "l1", "compute"};
  const tacet_storage *outer = &accelerator->storage[accelerator->storages - 1];
  tacet_node *name;
  cluster where = {0};
  tacet_status status = tacet_need(&name, part, "name", error);
  if (!status)
    status = tacet_as_name(storage->name, sizeof storage->name, name,
                           "name of a buffer", error);
  if (!status) status = check_letters(name, storage->name, error);
  if (!status) status = READ_FIELDS(&where, part, cluster_fields, error);
  if (status) return status;
  for (int i = 0; i < 4; i++)
    if (strcmp(storage->name, others[i]) == 0)
      return taken_name(name, storage->name, error);
  for (int s = 0; s < accelerator->storages; s++)
    if (strcmp(storage->name, accelerator->storage[s].name) == 0)
      return taken_name(name, storage->name, error);
  storage->level = (int)where.level;
  if (storage->level > outer->level) return TACET_OK;
  return wrong_order(part, storage->name, outer, error);
}

/* The next storage level after those there are: a buffer in every cluster. */
static tacet_status add_cluster(tacet_accelerator *accelerator,
                                tacet_node *part, tacet_error *error) {
  tacet_storage *storage = &accelerator->storage[accelerator->storages];
  tacet_status status = tacet_expect(part, TACET_MAP, "a buffer", error);
  *storage = (tacet_storage){.level = 0};
  if (!status) status = read_where(storage, accelerator, part, error);
  if (!status) status = read_storage(storage, part, error);
  if (!status) status = read_doubled(storage, part, error);
  if (!status)
    status =
        read_noc(accelerator, accelerator->storages - 1, false, part, error);
  accelerator->storages++;
  return status;
}

/* DRAM and L2 are there already. */
static tacet_status read_clusters(tacet_accelerator *accelerator,
                                  tacet_node *root, tacet_error *error) {
  enum { MOST = TACET_MAX_STORAGE - 3 };
  tacet_node *list = tacet_get(root, "clusters");
  if (!list) return TACET_OK;
  tacet_status status = tacet_expect(list, TACET_LIST, "clusters", error);
  if (!status && tacet_node_count(list) > MOST) {
    const tacet_place place = tacet_node_place(list);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%d buffers at cluster boundaries; at most %d",
                      tacet_node_count(list), MOST);
  }
  for (int i = 0; !status && i < tacet_node_count(list); i++)
    status = add_cluster(accelerator, tacet_node_item(list, i), error);
  return status;
}

/* A list of the tensors that a PE has registers for. */
static tacet_status read_registers(tacet_accelerator *accelerator,
                                   tacet_node *part, tacet_error *error) {
  const tacet_node *list = tacet_get(part, "registers");
  return list ? read_tensors(accelerator->registers, list, "registers", error)
              : TACET_OK;
}

static tacet_status read_keep(tacet_storage *l1, const tacet_link *noc,
                              tacet_node *part, tacet_error *error) {
  static const char *const names[] = {"step", "capacity", NULL};
  const tacet_node *keep = tacet_get(part, "keep");
  int which = 0;
  if (!keep) return TACET_OK;
  tacet_status status = tacet_as_word(&which, keep, names, "keep", error);
  l1->keeps = which == 1;
  if (status || !l1->keeps || !noc->pe_adder) return status;
  const tacet_place place = tacet_node_place(keep);
  tacet_fail(error, TACET_BAD_INPUT, &place,
             "an L1 that keeps what its capacity allows goes with no "
             "\"reduction: pe-adder\"");
  return tacet_advise(error, "leave one of them out");
}

static tacet_status read_l1(tacet_accelerator *accelerator, tacet_node *root,
                            tacet_error *error) {
  tacet_node *part;
  tacet_storage *l1 = &accelerator->storage[accelerator->storages++];
  tacet_status status = read_buffer(l1, &part, root, "l1", error);
  if (!status) status = read_doubled_tensors(l1, part, error);
  if (!status) status = read_registers(accelerator, part, error);
  if (!status)
    status = read_keep(l1, &accelerator->link[accelerator->storages - 2], part,
                       error);
  if (status) return status;
  const tacet_node *bandwidth = tacet_get(part, "bandwidth");
  const tacet_node *sums = tacet_get(part, "sums");
  if (bandwidth)
    status = read_bandwidth(&accelerator->l1_bandwidth, bandwidth, accelerator,
                            error);
  if (!status && sums)
    status =
        read_bandwidth(&accelerator->sums_bandwidth, sums, accelerator, error);
  return status;
}

static tacet_status read_widths(tacet_accelerator *accelerator,
                                tacet_node *root, tacet_error *error) {
  for (int t = 0; t < TACET_TENSORS; t++)
    accelerator->width_bits[t] = accelerator->word_bits;
  tacet_node *map = tacet_get(root, "width");
  if (!map) return TACET_OK;
  tacet_status status = tacet_expect(map, TACET_MAP, "width", error);
  return status ? status : READ_FIELDS(accelerator, map, width_fields, error);
}

/* ---- its technology ----------------------------------------------------- */

/* One without figures if the file names none. */
static tacet_status read_technology(tacet_technology *technology,
                                    const tacet_node *node,
                                    tacet_error *error) {
  tacet_doc *file;
  memset(technology, 0, sizeof *technology);
  if (!node) return TACET_OK;
  tacet_status status = tacet_open_beside(&file, node, "technology", error);
  if (!status) status = tacet_technology_read(technology, file, error);
  if (!status) status = tacet_doc_check(file, error);
  tacet_doc_free(file);
  return status;
}

static tacet_status settle_energies(tacet_accelerator *accelerator,
                                    tacet_node *root, tacet_error *error) {
  const tacet_node *node = tacet_get(root, "technology");
  const tacet_place place = tacet_node_place(node ? node : root);
  tacet_technology technology;
  tacet_status status = read_technology(&technology, node, error);
  return status
             ? status
             : tacet_technology_apply(accelerator, &technology, &place, error);
}

/* ---- all ---------------------------------------------------------------- */

/* Known from the start, so that none is taken for a slip of another. */
static const char *const parts[] = {"l1",   "noc",      "clusters", "l2",
                                    "dram", "dataflow", "sparse"};

tacet_status tacet_accelerator_read(tacet_accelerator *accelerator,
                                    const tacet_doc *doc, tacet_error *error) {
  tacet_node *root = tacet_doc_root(doc), *l2;
  *accelerator = (tacet_accelerator){.place = tacet_node_place(root),
                                     .lanes = 1,
                                     .storages = 2,
                                     .mac_pj = NAN,
                                     .metadata_pj = NAN};
  tacet_status status =
      tacet_read_head(accelerator->name, root, "accelerator", error);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    tacet_get(root, parts[i]);
  if (!status) status = READ_FIELDS(accelerator, root, root_fields, error);
  if (!status) status = read_widths(accelerator, root, error);
  if (!status) status = read_dram(accelerator, root, error);
  if (!status)
    status = read_buffer(&accelerator->storage[1], &l2, root, "l2", error);
  if (!status) status = read_doubled(&accelerator->storage[1], l2, error);
  if (!status) status = read_clusters(accelerator, root, error);
  if (!status)
    status =
        read_noc(accelerator, accelerator->storages - 1, true, root, error);
  if (!status) status = read_l1(accelerator, root, error);
  if (!status) status = settle_energies(accelerator, root, error);
  return status;
}

/* ---- its dataflow ------------------------------------------------------- */

tacet_status tacet_accelerator_dataflow(tacet_dataflow_set *dataflow,
                                        tacet_doc **file, const tacet_doc *doc,
                                        tacet_error *error) {
  return tacet_dataflow_of(dataflow, file, tacet_doc_root(doc), error);
}
