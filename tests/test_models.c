/* The files under models/ and density-profiles/: that they are read, add up
   to published totals, and bind to each other. Runs from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../dense/spec.h"

static const char networks[] = "models/networks";
static const char dataflows[] = "models/dataflows";
static const char accelerators[] = "models/accelerators";

/* ---- files -------------------------------------------------------------- */

static void require(tacet_status status, const tacet_error *error) {
  if (!status) return;
  char text[1024];
  tacet_error_text(error, text, sizeof text);
  fail_msg("%s", text);
}

static tacet_doc *read_doc(const char *path) {
  tacet_doc *doc;
  tacet_error error;
  require(tacet_doc_read(&doc, path, &error), &error);
  return doc;
}

typedef void visit_file(const char *path, void *context);

static void each_file(const char *folder, visit_file *visit, void *context) {
  DIR *directory = opendir(folder);
  if (!directory) fail_msg("cannot open %s", folder);
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (!strstr(entry->d_name, ".yaml")) continue;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    visit(path, context);
  }
  closedir(directory);
}

static tacet_network read_network(const tacet_doc *doc) {
  tacet_network network;
  tacet_error error;
  require(tacet_network_read(&network, doc, &error), &error);
  require(tacet_doc_check(doc, &error), &error);
  return network;
}

/* ---- totals ------------------------------------------------------------- */

typedef struct total {
  const char *path;
  double macs, macs_digit; /* as published; half a unit of its last digit */
  double weights, weights_digit;
} total;

/* Sze, Chen, Yang, Emer, "Efficient Processing of Deep Neural Networks: A
   Tutorial and Survey", Proc. IEEE 2017, table II: 724 M MACs and 61 M weights;
   15.5 G and 138 M. The layer of BERT has 12*768^2 weights, each used once a
   token; attention adds two products of 128x128x64 for each of 12 heads. */
static const total totals[] = {
    {"models/networks/alexnet.yaml", 724e6, 0.5e6, 61e6, 0.5e6},
    {"models/networks/vgg16.yaml", 15.5e9, 0.05e9, 138e6, 0.5e6},
    {"models/networks/bert-base-layer.yaml",
     12 * 768 * 768 * 128.0 + 2 * 12 * 128 * 128 * 64, 0, 12 * 768 * 768, 0},
};

/* Elements of the weight slot; none in a product of two activations. */
static int64_t weights_of(const tacet_layer *layer) {
  bool batched = layer->type == TACET_GEMM && layer->dim[0].size > 1;
  return batched ? 0 : tacet_tensor_size(&layer->tensor[TACET_WEIGHT]);
}

static void check_near(const char *path, const char *what, double found,
                       double published, double digit) {
  printf("  %s: %.5g %s\n", path, found, what);
  if (fabs(found - published) > digit)
    fail_msg("%s: %.5g %s; published are %.5g", path, found, what, published);
}

static void test_totals_are_those_published(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
    const total *t = &totals[i];
    tacet_doc *doc = read_doc(t->path);
    tacet_network network = read_network(doc);
    double macs = 0, weights = 0;
    for (int l = 0; l < network.layers; l++) {
      const tacet_layer *layer = &network.layer[l];
      macs += (double)(layer->repeat * tacet_layer_macs(layer));
      weights += (double)(layer->repeat * weights_of(layer));
    }
    check_near(t->path, "MACs", macs, t->macs, t->macs_digit);
    check_near(t->path, "weights", weights, t->weights, t->weights_digit);
    tacet_network_free(&network);
    tacet_doc_free(doc);
  }
}

/* ---- profiles ----------------------------------------------------------- */

typedef struct profile {
  const char *path;
  const char *network;
  bool chained; /* a layer's input has the density of the output before */
  double kept;  /* weights that are not zero, as published; 0 if not */
} profile;

/* Kept weights: the abstract of Han et al., NIPS 2015. Layer densities are
   given in whole percent, hence the 5 %. */
static const profile profiles[] = {
    {"density-profiles/alexnet-han2015.yaml", "models/networks/alexnet.yaml",
     true, 6.7e6},
    {"density-profiles/vgg16-han2015.yaml", "models/networks/vgg16.yaml", true,
     10.3e6},
    {"density-profiles/mobilenet-0.5-sparse.yaml",
     "models/networks/mobilenet-0.5-sparse.yaml", false, 0},
};
static const double kept_tolerance = 0.05;

static double density_of(tacet_node *layer, const char *tensor) {
  double density = 1;
  tacet_error error;
  tacet_node *densities = tacet_get(layer, "density");
  assert_non_null(densities);
  require(tacet_get_real(&density, densities, tensor, 0, 1, &error), &error);
  return density;
}

static void check_profile(const profile *p, const tacet_network *network,
                          tacet_node *layers) {
  double kept = 0, before = 1;
  assert_int_equal(tacet_node_count(layers), network->layers);
  for (int l = 0; l < network->layers; l++) {
    const tacet_layer *layer = &network->layer[l];
    assert_string_equal(tacet_node_key(layers, l), layer->name);
    tacet_node *row = tacet_node_item(layers, l);
    kept += density_of(row, "weight") * (double)weights_of(layer);
    if (p->chained) assert_true(density_of(row, "input") == before);
    before = density_of(row, "output");
  }
  if (p->kept > 0)
    check_near(p->path, "weights kept", kept, p->kept,
               kept_tolerance * p->kept);
}

static void test_profiles_name_the_layers_of_their_network(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
    tacet_doc *network_doc = read_doc(profiles[i].network);
    tacet_network network = read_network(network_doc);
    tacet_doc *doc = read_doc(profiles[i].path);
    char name[TACET_NAME];
    tacet_error error;
    tacet_node *root = tacet_doc_root(doc);
    require(tacet_read_head(name, root, "profile", &error), &error);
    check_profile(&profiles[i], &network, tacet_get(root, "layers"));
    tacet_doc_free(doc);
    tacet_network_free(&network);
    tacet_doc_free(network_doc);
  }
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

static void bind_network(const char *path, void *context) {
  pairing *p = context;
  tacet_doc *doc = read_doc(path);
  tacet_network network = read_network(doc);
  for (int l = 0; l < network.layers; l++) {
    if (!p->dataflow->covers[network.layer[l].type]) continue;
    bind_layer(p, &network.layer[l]);
    p->layers++;
  }
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

static void bind_networks(const tacet_accelerator *accelerator,
                          const tacet_dataflow_set *dataflow) {
  pairing p = {accelerator, dataflow, 0};
  each_file(networks, bind_network, &p);
  printf("  %s by %s: %d layers\n", accelerator->name, dataflow->name,
         p.layers);
  assert_true(p.layers > 0);
}

/* An accelerator, the documents it came from and its own dataflow. */
typedef struct design {
  tacet_doc *doc, *flow_doc;
  tacet_accelerator accelerator;
  tacet_dataflow_set dataflow;
} design;

static void open_design(design *d, const char *path) {
  tacet_error error;
  d->doc = read_doc(path);
  require(tacet_accelerator_read(&d->accelerator, d->doc, &error), &error);
  require(
      tacet_accelerator_dataflow(&d->dataflow, &d->flow_doc, d->doc, &error),
      &error);
  require(tacet_doc_check(d->doc, &error), &error);
}

static void close_design(design *d) {
  tacet_doc_free(d->flow_doc);
  tacet_doc_free(d->doc);
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
  each_file(accelerators, bind_own_dataflow, NULL);
}

static void bind_dataflow(const char *path, void *context) {
  tacet_doc *doc = read_doc(path);
  tacet_dataflow_set dataflow;
  tacet_error error;
  require(tacet_dataflow_read(&dataflow, tacet_doc_root(doc), &error), &error);
  require(tacet_doc_check(doc, &error), &error);
  bind_networks(context, &dataflow);
  tacet_doc_free(doc);
}

static void test_arrays_run_every_dataflow(void **state) {
  (void)state;
  static const char *const arrays[] = {"models/accelerators/eyeriss-like.yaml",
                                       "models/accelerators/nvdla-like.yaml"};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
    design d;
    open_design(&d, arrays[i]);
    each_file(dataflows, bind_dataflow, &d.accelerator);
    close_design(&d);
  }
}

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
      cmocka_unit_test(test_totals_are_those_published),
      cmocka_unit_test(test_profiles_name_the_layers_of_their_network),
      cmocka_unit_test(test_accelerators_run_what_their_dataflow_covers),
      cmocka_unit_test(test_arrays_run_every_dataflow),
      cmocka_unit_test(test_row_stationary_uses_the_pes_of_the_chip),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
