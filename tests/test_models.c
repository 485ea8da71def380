/* The files under models/ and density-profiles/: that they are read, bind to
   each other, and say where they come from. Runs from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../dense/spec/technology.h"
#include "../sparse/profile.h"
#include "design_file.h"
#include "model_files.h"

/* ---- profiles ----------------------------------------------------------- */

typedef struct profile {
  const char *name;
  const char *network;
  double kept;  /* weights that are not zero, as published; 0 if not */
  bool chained; /* a layer's input has the density of the output before */
} profile;

/* Kept weights: the abstract of Han et al., NIPS 2015, the shares that the
   names of the others say. Layer densities are rounded, hence the 5 %. */
static const double kept_tolerance = 0.05;
static const profile profiles[] = {
    {"alexnet-han2015", "alexnet", 6.7e6, true},
    {"vgg16-han2015", "vgg16", 10.3e6, true},
    {"alexnet-eyeriss", "alexnet", 0, false},
    {"mobilenet-0.5-sparse", "mobilenet-0.5-sparse", 0, false},
    {"resnet50-str-90", "resnet50", (1 - 0.9023) * 25502912, false},
    {"resnet50-erk-90", "resnet50", 0.1 * 25502912, false},
    {"resnet50-uniform-90", "resnet50", 0.1 * 25502912, false},
    {"resnet50-dlmc-90", "resnet50", 0.1 * 25502912, false},
    {"resnet50-2-4", "resnet50", 0.5 * 25502912, false},
    {"transformer-dlmc-90", "transformer-base", 0, false},
    {"causal", "gpt2-prefill", 0, false},
    {"causal-window-4096", "grouped-query-prefill", 0, false},
    {"longformer", "bert-base", 0, false},
    {"bigbird", "bert-large", 0, false},
    {"strided", "llama-7b-prefill", 0, false},
    {"sanger-bert-08", "bert-base", 0, false},
    {"sanger-bert-27", "bert-large", 0, false},
    {"vitcod-deit-10", "deit-tiny", 0, false},
    {"llama-prosparse", "llama-7b-decode", 0, false},
    {"llama-relu", "llama-7b-prefill", 0, false},
};

enum { profile_rows = sizeof profiles / sizeof *profiles };

static void check_densities(const profile *p, const tacet_network *network,
                            const tacet_profile *densities) {
  double kept = 0, before = 1;
  for (int l = 0; l < network->layers; l++) {
    const tacet_zeros_source *tensor = densities->layer[l].tensor;
    kept += tensor[TACET_WEIGHT].density * weights_of(&network->layer[l]);
    if (p->chained) assert_true(tensor[TACET_INPUT].density == before);
    before = tensor[TACET_OUTPUT].density;
  }
  if (p->kept > 0)
    check_near(p->name, "weights kept", kept, p->kept,
               kept_tolerance * p->kept);
}

static void check_profile(const profile *p) {
  char path[512];
  tacet_error error;
  tacet_profile densities;
  snprintf(path, sizeof path, "%s/%s.yaml", NETWORKS, p->network);
  tacet_doc *network_doc = read_doc(path);
  tacet_network network = read_network(network_doc);
  snprintf(path, sizeof path, "%s/%s.yaml", PROFILES, p->name);
  tacet_doc *doc = read_doc(path);
  require(tacet_profile_of_network(&densities, &network, &error), &error);
  require(tacet_profile_read(&densities, &network, doc, &error), &error);
  require(tacet_doc_check(doc, &error), &error); /* no layer but its own */
  check_densities(p, &network, &densities);
  tacet_profile_free(&densities);
  tacet_doc_free(doc);
  tacet_network_free(&network);
  tacet_doc_free(network_doc);
}

static void find_profile(const char *path, void *context) {
  int *files = context;
  ++*files;
  bool found = false;
  for (int i = 0; i < profile_rows; i++) {
    char name[128];
    snprintf(name, sizeof name, "/%s.yaml", profiles[i].name);
    found |= strstr(path, name) != NULL;
  }
  if (!found) fail_msg("%s belongs to no network", path);
}

static void test_profiles_name_the_layers_of_their_network(void **state) {
  (void)state;
  int files = 0;
  for (int i = 0; i < profile_rows; i++) check_profile(&profiles[i]);
  each_file(PROFILES, find_profile, &files);
  assert_int_equal(files, profile_rows);
}

/* ---- binding ------------------------------------------------------------ */

typedef struct pairing {
  const tacet_accelerator *accelerator;
  const tacet_dataflow_set *dataflow;
  int layers; /* bound so far */
} pairing;

static tacet_nest bind_layer(const pairing *p, const tacet_layer *layer) {
  tacet_nest nest;
  tacet_error error;
  const tacet_dataflow *flow = &p->dataflow->flow[layer->type];
  require(tacet_bind(&nest, layer, flow, p->accelerator, &error), &error);
  require(tacet_place_tiles(&nest, p->accelerator, &error), &error);
  return nest;
}

static bool fits(const pairing *p, const tacet_layer *layer) {
  tacet_nest nest;
  tacet_error error;
  return !tacet_bind(&nest, layer, &p->dataflow->flow[layer->type],
                     p->accelerator, &error) &&
         !tacet_place_tiles(&nest, p->accelerator, &error);
}

/* Most dataflows are of flat images. Over frames their tiles are deeper, and
   some buffers too small for them. */
static void bind_network(const char *path, void *context) {
  pairing *p = context;
  tacet_doc *doc = read_doc(path);
  tacet_network network = read_network(doc);
  for (int l = 0; l < network.layers; l++) {
    if (!p->dataflow->covers[network.layer[l].type]) continue;
    if (network.layer[l].type == TACET_CONV3D && !fits(p, &network.layer[l]))
      continue;
    bind_layer(p, &network.layer[l]);
    p->layers++;
  }
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

static void bind_networks(const tacet_accelerator *accelerator,
                          const tacet_dataflow_set *dataflow) {
  pairing p = {accelerator, dataflow, 0};
  each_file(NETWORKS, bind_network, &p);
  printf("  %s by %s: %d layers\n", accelerator->name, dataflow->name,
         p.layers);
  assert_true(p.layers > 0);
}

static void bind_own_dataflow(const char *path, void *context) {
  (void)context;
  design d;
  open_design(&d, path);
  bind_networks(&d.accelerator, &d.dataflow);
  close_design(&d);
}

static void test_accelerators_run_what_their_dataflow_covers(void **state) {
  (void)state;
  each_file(ACCELERATORS, bind_own_dataflow, NULL);
}

static void test_layers_over_frames_run(void **state) {
  (void)state;
  design d;
  open_design(&d, ACCELERATORS "/nvdla-like.yaml");
  tacet_doc *doc = read_doc(NETWORKS "/c3d.yaml");
  tacet_network network = read_network(doc);
  const pairing p = {&d.accelerator, &d.dataflow, 0};
  for (int l = 0; l < network.layers; l++) bind_layer(&p, &network.layer[l]);
  tacet_network_free(&network);
  tacet_doc_free(doc);
  close_design(&d);
}

/* Adds the layer types that an accelerator's own dataflow covers: of those it
   has bound every layer there is. */
static void add_coverage(const char *path, void *context) {
  bool *covered = context;
  design d;
  open_design(&d, path);
  for (int t = 0; t < TACET_LAYER_TYPES; t++)
    covered[t] |= d.dataflow.covers[t];
  close_design(&d);
}

static void check_coverage(const char *path, void *context) {
  const bool *covered = context;
  tacet_doc *doc = read_doc(path);
  tacet_network network = read_network(doc);
  for (int l = 0; l < network.layers; l++)
    if (!covered[network.layer[l].type])
      fail_msg("no accelerator runs %s of %s", network.layer[l].name, path);
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

static void test_every_layer_runs_on_an_accelerator(void **state) {
  (void)state;
  bool covered[TACET_LAYER_TYPES] = {false};
  each_file(ACCELERATORS, add_coverage, covered);
  each_file(NETWORKS, check_coverage, covered);
}

static void check_technology(const char *path, void *context) {
  (void)context;
  tacet_doc *doc = read_doc(path);
  tacet_technology technology;
  tacet_error error;
  require(tacet_technology_read(&technology, doc, &error), &error);
  require(tacet_doc_check(doc, &error), &error);
  tacet_doc_free(doc);
}

static void test_technologies_are_read(void **state) {
  (void)state;
  each_file(TECHNOLOGIES, check_technology, NULL);
}

typedef struct search {
  const char *dataflow;
  bool found;
} search;

static void find_dataflow(const char *path, void *context) {
  search *s = context;
  design d;
  open_design(&d, path);
  s->found |= strcmp(d.dataflow.name, s->dataflow) == 0;
  close_design(&d);
}

static bool is_of_an_accelerator(const char *dataflow) {
  search s = {dataflow, false};
  each_file(ACCELERATORS, find_dataflow, &s);
  return s.found;
}

static void bind_dataflow(const char *path, void *context) {
  tacet_doc *doc = read_doc(path);
  tacet_dataflow_set dataflow;
  tacet_error error;
  require(tacet_dataflow_read(&dataflow, tacet_doc_root(doc), &error), &error);
  require(tacet_doc_check(doc, &error), &error);
  if (!is_of_an_accelerator(dataflow.name)) bind_networks(context, &dataflow);
  tacet_doc_free(doc);
}

/* Dataflows that an accelerator names are tested on it. */
static void test_arrays_run_every_dataflow(void **state) {
  (void)state;
  static const char *const arrays[] = {"models/accelerators/maestro-study.yaml",
                                       "models/accelerators/nvdla-like.yaml"};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
    design d;
    open_design(&d, arrays[i]);
    each_file(DATAFLOWS, bind_dataflow, &d.accelerator);
    close_design(&d);
  }
}

/* ---- twins -------------------------------------------------------------- */

/* Sparse designs whose dense counterpart is not called NAME-dense; NULL for
   those that are there for one study, and compared with themselves. */
static const struct {
  const char *sparse, *dense;
} other_twins[] = {
    {"eyeriss-gating", "eyeriss-like"},
    {"csc-pe-array", "eyeriss-like"},
    {"eyeriss-v2-pe", NULL},
    {"eyeriss-v2-8x8", NULL},
};

static void twin_path(char *path, size_t size, const char *name) {
  snprintf(path, size, "%s/%s-dense.yaml", ACCELERATORS, name);
  for (size_t i = 0; i < sizeof other_twins / sizeof *other_twins; i++) {
    if (strcmp(name, other_twins[i].sparse) != 0) continue;
    const char *dense = other_twins[i].dense;
    snprintf(path, size, "%s/%s.yaml", ACCELERATORS, dense ? dense : name);
  }
}

static void check_equal(const tacet_accelerator *a,
                        const tacet_accelerator *b) {
  assert_int_equal(a->pes, b->pes);
  assert_int_equal(a->lanes * tacet_issue_multipliers(&a->issue),
                   b->lanes * tacet_issue_multipliers(&b->issue));
  assert_true(a->clock_hz == b->clock_hz);
  assert_true(a->mac_pj == b->mac_pj);
  assert_true(a->l1_bandwidth == b->l1_bandwidth);
  assert_int_equal(a->word_bits, b->word_bits);
  for (int t = 0; t < TACET_TENSORS; t++)
    assert_int_equal(a->width_bits[t], b->width_bits[t]);
  assert_int_equal(a->storages, b->storages);
  for (int s = 0; s < a->storages; s++) {
    const tacet_storage *x = &a->storage[s], *y = &b->storage[s];
    assert_int_equal(x->size_bits, y->size_bits);
    assert_int_equal(x->double_buffered, y->double_buffered);
    assert_memory_equal(x->single, y->single, sizeof x->single);
    assert_true(x->read_pj == y->read_pj && x->write_pj == y->write_pj);
  }
  for (int l = 0; l < a->storages - 1; l++) {
    const tacet_link *x = &a->link[l], *y = &b->link[l];
    assert_true(x->bandwidth == y->bandwidth && x->latency == y->latency);
    for (int t = 0; t < TACET_TENSORS; t++) assert_true(x->bus[t] == y->bus[t]);
    assert_true(x->multicast == y->multicast && x->reduction == y->reduction);
    assert_true(x->pe_adder == y->pe_adder);
    assert_true(x->hop_pj == y->hop_pj && x->hops == y->hops);
  }
}

static void check_twin(const char *path, void *context) {
  design sparse, dense;
  open_design(&sparse, path);
  if (sparse.features.rules > 0) {
    char twin[512];
    twin_path(twin, sizeof twin, sparse.accelerator.name);
    open_design(&dense, twin);
    check_equal(&sparse.accelerator, &dense.accelerator);
    assert_string_equal(sparse.dataflow.name, dense.dataflow.name);
    close_design(&dense);
    ++*(int *)context;
  }
  close_design(&sparse);
}

static void test_sparse_designs_have_equal_dense_twins(void **state) {
  (void)state;
  int designs = 0;
  each_file(ACCELERATORS, check_twin, &designs);
  assert_true(designs > 10);
}

/* ---- sources ------------------------------------------------------------ */

/* The comment that every file begins with names a publication by its year,
   or where it was published on the net. */
static bool names_source(const char *head) {
  for (const char *c = head; *c; c++)
    if ((strncmp(c, "19", 2) == 0 || strncmp(c, "20", 2) == 0) &&
        strspn(c, "0123456789") == 4)
      return true;
  return strstr(head, ".org/") || strstr(head, "arXiv:");
}

static void check_source(const char *path, void *context) {
  (void)context;
  char head[2048] = "", line[256];
  FILE *file = fopen(path, "r");
  if (!file) fail_msg("cannot open %s", path);
  while (fgets(line, sizeof line, file) && line[0] == '#' &&
         strlen(head) + strlen(line) < sizeof head)
    strcat(head, line);
  fclose(file);
  if (!names_source(head)) fail_msg("%s does not say its source", path);
}

static void test_every_file_says_its_source(void **state) {
  (void)state;
  static const char *const folders[] = {NETWORKS,     DATAFLOWS, ACCELERATORS,
                                        TECHNOLOGIES, MAPPINGS,  PROFILES};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    each_file(folders[i], check_source, NULL);
}

/* ---- the chip ----------------------------------------------------------- */

/* Chen et al., "Eyeriss", JSSC 2017, table V: PEs at work on conv1 to conv5 of
   AlexNet. For conv1 it has 14x11; the average over its strips of 14, 14, 14
   and 13 rows is 151. */
static const double chip_pes[] = {154, 135, 156, 156, 156};
static const double chip_tolerance = 0.02;

static void test_row_stationary_uses_the_pes_of_the_chip(void **state) {
  (void)state;
  design d;
  open_design(&d, "models/accelerators/eyeriss-like.yaml");
  tacet_doc *doc = read_doc("models/networks/alexnet.yaml");
  tacet_network network = read_network(doc);
  pairing p = {&d.accelerator, &d.dataflow, 0};
  for (int l = 0; l < 5; l++) {
    tacet_nest nest = bind_layer(&p, &network.layer[l]);
    tacet_activity activity;
    tacet_error error;
    require(tacet_activity_totals(&activity, &nest, &d.accelerator, &error),
            &error);
    check_near(network.layer[l].name, "active PEs",
               (double)activity.active_pes / (double)activity.steps,
               chip_pes[l], chip_tolerance * chip_pes[l]);
  }
  tacet_network_free(&network);
  tacet_doc_free(doc);
  close_design(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_profiles_name_the_layers_of_their_network),
      cmocka_unit_test(test_accelerators_run_what_their_dataflow_covers),
      cmocka_unit_test(test_layers_over_frames_run),
      cmocka_unit_test(test_every_layer_runs_on_an_accelerator),
      cmocka_unit_test(test_arrays_run_every_dataflow),
      cmocka_unit_test(test_technologies_are_read),
      cmocka_unit_test(test_sparse_designs_have_equal_dense_twins),
      cmocka_unit_test(test_every_file_says_its_source),
      cmocka_unit_test(test_row_stationary_uses_the_pes_of_the_chip),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
