/* The masks of the Eyeriss V2 PE study (Wu et al., "Sparseloop", MICRO 2022,
   figure 12) against its published counts. Needs the folder TACET_ORACLE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/spec.h"
#include "../sparse/sparse.h"
#include "design_file.h"
#include "model_files.h"

enum { LAYERS = 8 };

static const char *const names[LAYERS] = {"L07", "L09", "L13", "L19",
                                          "L21", "L23", "L25", "L27"};

typedef struct result {
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_cost cost;
} result;

static const char *oracle(void) {
  const char *folder = getenv("TACET_ORACLE");
  if (!folder) {
    print_message("skipped: no TACET_ORACLE\n");
    skip();
  }
  return folder;
}

static void read_masks(tacet_mask mask[2], const tacet_layer *layer) {
  char file[512], dataset[128];
  tacet_error error;
  snprintf(file, sizeof file, "%s/sparse/eyerissv2_masks.h5", oracle());
  static const char *const kinds[] = {"weights", "iacts"};
  static const char *const layouts[] = {"KC", "YXC"};
  for (int t = 0; t < 2; t++) {
    snprintf(dataset, sizeof dataset, "/%s/%s", layer->name, kinds[t]);
    tacet_mask_source source = {
        .file = file, .dataset = dataset, .layout = layouts[t]};
    require(tacet_mask_read(&mask[t], &layer->tensor[t], &source, &error),
            &error);
  }
}

static void evaluate(result *r, const design *d, const tacet_layer *layer,
                     const tacet_sparsity *sparsity) {
  tacet_nest nest;
  tacet_error error;
  require(tacet_bind(&nest, layer, &d->dataflow.flow[layer->type],
                     &d->accelerator, &error),
          &error);
  require(tacet_place_tiles(&nest, &d->accelerator, &error), &error);
  require(tacet_read_sparse(&r->counts, &r->timeline, &nest, &d->accelerator,
                            &d->features, sparsity, &error),
          &error);
  tacet_cost_of(&r->cost, &r->counts, &r->timeline, &d->accelerator);
}

static json_t *published(void) {
  char file[512];
  snprintf(file, sizeof file, "%s/sparse/eyerissv2_pe.json", oracle());
  json_t *root = json_load_file(file, 0, NULL);
  assert_non_null(root);
  return root;
}

static double published_macs(json_t *root, const char *layer) {
  return json_number_value(
      json_object_get(json_object_get(json_object_get(root, "layers"), layer),
                      "effectual_macs_from_masks"));
}

static double density(const tacet_mask *mask) {
  return (double)mask->nonzeros / (double)mask->elements;
}

static void one_pe_equals_published_counts(void **state) {
  (void)state;
  json_t *root = published();
  tacet_doc *doc = read_doc(NETWORKS "/mobilenet-0.5-sparse.yaml");
  tacet_network network = read_network(doc);
  assert_int_equal(network.layers, LAYERS);
  design pe;
  open_design(&pe, "models/accelerators/eyeriss-v2-pe.yaml");
  double sum = 0;
  print_message("layer  published MACs    with masks  compute cycles  whole "
                "run  from densities   error\n");
  for (int i = 0; i < LAYERS; i++) {
    const tacet_layer *layer = &network.layer[i];
    assert_string_equal(layer->name, names[i]);
    tacet_mask mask[2];
    read_masks(mask, layer);
    tacet_sparsity masks = {.tensor = {{.density = 1, .mask = &mask[0]},
                                       {.density = 1, .mask = &mask[1]},
                                       {.density = 1}}};
    tacet_sparsity model = {.tensor = {{.density = density(&mask[0])},
                                       {.density = density(&mask[1])},
                                       {.density = 1}}};
    result exact, expected;
    evaluate(&exact, &pe, layer, &masks);
    evaluate(&expected, &pe, layer, &model);
    double truth = published_macs(root, layer->name);
    double error = expected.counts.macs.actual / truth - 1;
    sum += fabs(error);
    print_message("%-5s %15.0f %13.0f %15.0f %10.0f %15.0f %6.2f %%\n",
                  layer->name, truth, exact.counts.macs.actual,
                  exact.cost.compute_cycles, exact.cost.cycles,
                  expected.counts.macs.actual, 100 * error);
    assert_true(exact.counts.macs.actual == truth);
    assert_true(exact.cost.compute_cycles == truth);
    assert_true(exact.cost.cycles >= truth);
    for (int t = 0; t < 2; t++) tacet_mask_free(&mask[t]);
  }
  /* Sparseloop's uniform model: 3.46 % mean error on these layers. */
  print_message("uniform model from densities: mean error %.2f %%\n",
                100 * sum / LAYERS);
  assert_true(fabs(sum / LAYERS - 0.0346) < 0.0005);
  json_decref(root);
  close_design(&pe);
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

/* A corner of a mask: the leading coordinates of every rank. */
static void crop(tacet_mask *small, const tacet_tensor *tensor,
                 const tacet_mask *mask) {
  tacet_error error;
  require(tacet_mask_make(small, tensor, &error), &error);
  for (int64_t i = 0; i < small->elements; i++) {
    int64_t element = 0, left = i, stride = 1;
    for (int r = tensor->ranks - 1; r >= 0; r--) {
      element += left % small->size[r] * stride;
      left /= small->size[r];
      stride *= mask->size[r];
    }
    if (tacet_mask_test(mask, element)) tacet_mask_set(small, i);
  }
  tacet_mask_recount(small);
}

static void array_equals_executor_on_a_corner(void **state) {
  (void)state;
  oracle(); /* or skip, before anything is owned */
  tacet_doc *doc = read_doc(NETWORKS "/mobilenet-0.5-sparse.yaml");
  tacet_network network = read_network(doc);
  assert_int_equal(network.layers, LAYERS);
  design array;
  open_design(&array, "models/accelerators/eyeriss-v2-8x8.yaml");
  for (int i = 0; i < LAYERS; i++) {
    tacet_mask mask[2], small[2];
    read_masks(mask, &network.layer[i]);
    tacet_sparsity whole = {.tensor = {{.density = 1, .mask = &mask[0]},
                                       {.density = 1, .mask = &mask[1]},
                                       {.density = 1}}};
    result all, corner, walked;
    evaluate(&all, &array, &network.layer[i], &whole);

    tacet_layer layer = network.layer[i];
    tacet_shape shape = tacet_shape_of_ones(TACET_CONV);
    shape.K = shape.C = 64;
    shape.Y = shape.X = 3;
    tacet_error error;
    require(tacet_layer_make(&layer, &shape, NULL, &error), &error);
    for (int t = 0; t < 2; t++) crop(&small[t], &layer.tensor[t], &mask[t]);
    tacet_sparsity cut = {.tensor = {{.density = 1, .mask = &small[0]},
                                     {.density = 1, .mask = &small[1]},
                                     {.density = 1}}};
    evaluate(&corner, &array, &layer, &cut);

    tacet_nest nest;
    require(tacet_bind(&nest, &layer, &array.dataflow.flow[TACET_CONV],
                       &array.accelerator, &error),
            &error);
    require(tacet_place_tiles(&nest, &array.accelerator, &error), &error);
    require(tacet_execute_sparse(&walked.counts, &walked.timeline, &nest,
                                 &array.accelerator, &array.features, &cut,
                                 &error),
            &error);
    tacet_cost_of(&walked.cost, &walked.counts, &walked.timeline,
                  &array.accelerator);
    print_message("%s: imbalance %.4f; of its corner %.4f, executor %.4f\n",
                  layer.name, all.cost.imbalance, corner.cost.imbalance,
                  walked.cost.imbalance);
    assert_true(corner.cost.imbalance == walked.cost.imbalance);
    assert_true(all.cost.imbalance > 1);
    for (int t = 0; t < 2; t++) {
      tacet_mask_free(&mask[t]);
      tacet_mask_free(&small[t]);
    }
  }
  close_design(&array);
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_pe_equals_published_counts),
      cmocka_unit_test(array_equals_executor_on_a_corner),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
