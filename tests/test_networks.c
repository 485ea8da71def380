/* The networks under models/networks/ against published totals of their
   MACs and parameters. Runs from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "model_files.h"

/* What a published total of parameters counts besides the weights. */
typedef enum counted {
  WEIGHTS, /* nothing */
  BIASES,  /* a bias for each output channel */
  NORMS    /* the two of a batch norm for each output channel of a convolution,
              a bias in a fully connected layer */
} counted;

/* A digit is half a unit of the last published one, 0 for an exact total. */
typedef struct total {
  const char *network;
  int layers; /* with repeats */
  double macs, macs_digit;
  double parameters, parameters_digit;
  counted counted;
  double besides; /* parameters that are in no layer: embeddings and norms */
} total;

/* survey: Sze, Chen, Yang, Emer, "Efficient Processing of Deep Neural Networks:
   A Tutorial and Survey", Proc. IEEE 2017, table II.
   torchvision: the meta data of its weights, num_params and _ops.
   sums: of the sizes that the network's source gives, as no total is published
   or none in this convention. */
static const total totals[] = {
    {"alexnet", 8, 724e6, 0.5e6, 61e6, 0.5e6, WEIGHTS, 0}, /* survey */
    /* survey for the MACs; torchvision */
    {"vgg16", 16, 15.5e9, 0.05e9, 138357544, 0, BIASES, 0},
    /* torchvision */
    {"resnet50", 54, 4.089e9, 0.5e6, 25557032, 0, NORMS, 0},
    {"resnext50", 54, 4.23e9, 5e6, 25028904, 0, NORMS, 0},
    {"mobilenet-v2", 53, 301e6, 0.5e6, 3504872, 0, NORMS, 0},
    {"squeezenet", 26, 819e6, 0.5e6, 1248424, 0, BIASES, 0},
    {"mnasnet", 53, 314e6, 0.5e6, 4383312, 0, NORMS, 0},
    {"efficientnet-b0", 82, 386e6, 0.5e6, 5288548, 0, NORMS, 0},
    /* torchvision, whose 5x5 layers are 3x3: 16 * 23808 weights and
       16 * 5268480 MACs fewer than the paper's. The paper's table gives its
       first layer 34 M operations, which has 112^2 * 7^2 * 3 * 64. */
    {"googlenet", 58, 1.498e9 + 16 * 5268480, 0.5e6, 6624904 + 16 * 23808, 0,
     NORMS, 0},
    /* torchvision: with a token for the class, 197 positions, 25 norms */
    {"vit-b16", 98, 17.564e9, 0.5e6, 86567656, 0, BIASES,
     768 * (1 + 197 + 2 * 25)},
    {"deit-base", 98, 17.564e9, 0.5e6, 86567656, 0, BIASES,
     768 * (1 + 197 + 2 * 25)},
    /* sums for the MACs: 197 tokens; 12 layers of 12 h^2. Parameters: the
       checkpoint deit_tiny_patch16_224 of timm; the paper's table cuts them
       down to 5 M. */
    {"deit-tiny", 98,
     197 * 12 * 12 * 192 * 192.0 + 2 * 12 * 3 * 197 * 197 * 64.0 +
         196 * 768 * 192 + 192 * 1000,
     0, 5717416, 0, BIASES, 192 * (1 + 197 + 2 * 25)},
    /* Howard et al., arXiv:1704.04861, table 6 */
    {"mobilenet-0.5", 28, 149e6, 0.5e6, 1.3e6, 0.05e6, NORMS, 0},
    /* sums: eight of those layers, on smaller images */
    {"mobilenet-0.5-sparse", 8,
     1024 * 64 * 64 + 256 * 64 * 128 + 64 * 256 * (128 + 3 * 256) +
         16 * 512 * (256 + 512),
     0, 64 * 64 + 64 * 128 + 256 * (128 + 3 * 256) + 512 * (256 + 512), 0,
     WEIGHTS, 0},
    /* the paper counts 23 layers; sums: 9 c^2 / 2 + 9 c^2 weights to a depth of
       c channels, and 4 * 2 c^2 + 9 * 2 c^2 + 9 c^2 back from it */
    {"unet", 23, 0, 0,
     9 * 64 * 65 + 13.5 * (128 * 128 + 256 * 256 + 512 * 512 + 1024 * 1024) +
         35 * (64 * 64 + 128 * 128 + 256 * 256 + 512 * 512) + 2 * 64,
     0, WEIGHTS, 0},
    /* MMAction2, configs/recognition/c3d/metafile.yml, for the classes of
       UCF101; the paper publishes neither. Besides MACs it counts an operation
       for each output of a convolution's bias and of a ReLU, and for each input
       of a pool. */
    {"c3d", 11, 38615475200 - 2 * 23382016 - 2 * 4096 - 21324800, 0, 78409573,
     0, BIASES, 0},
    /* sums for the MACs: 12 h^2 weights, each used once a token, and two
       products of 128x128x64 for each head of a layer. Parameters: the
       checkpoints bert-base-uncased and bert-large-uncased, with 30522 tokens,
       512 positions and 2 segments embedded, where Devlin et al. round to 110 M
       and 340 M. */
    {"bert-base-layer", 8, 12 * 768 * 768 * 128.0 + 2 * 12 * 128 * 128 * 64, 0,
     12 * 768 * 768, 0, WEIGHTS, 0},
    {"bert-base", 97,
     12 * (12 * 768 * 768 * 128.0 + 2 * 12 * 128 * 128 * 64) + 768 * 768, 0,
     109482240, 0, BIASES, 768 * (30522 + 512 + 2 + 2 * 25)},
    {"bert-large", 193,
     24 * (12 * 1024 * 1024 * 128.0 + 2 * 16 * 128 * 128 * 64) + 1024 * 1024, 0,
     335141888, 0, BIASES, 1024 * (30522 + 512 + 2 + 2 * 49)},
    /* OpenAI's repository names it 124M; its lm_head is its embedding */
    {"gpt2-prefill", 97,
     1024 * (12 * 12 * 768 * 768.0 + 768 * 50257) +
         12 * 2 * 12 * 1024 * 1024 * 64.0,
     0, 124e6, 0.5e6, WEIGHTS, 768 * (1024 + 2 * 25)},
    {"gpt2-decode", 97,
     12 * 12 * 768 * 768 + 768 * 50257 + 12 * 2 * 12 * 1024 * 64, 0, 124e6,
     0.5e6, WEIGHTS, 768 * (1024 + 2 * 25)},
    /* Touvron et al., table 2: 6.7 B, with embeddings apart from lm_head */
    {"llama-7b-prefill", 289,
     2048 * (32 * (4 * 4096 * 4096.0 + 3 * 4096 * 11008) + 4096 * 32000) +
         32 * 2 * 32 * 2048 * 2048.0 * 128,
     0, 6.7e9, 0.05e9, WEIGHTS, 4096 * 32000},
    {"llama-7b-decode", 289,
     32 * (4 * 4096 * 4096.0 + 3 * 4096 * 11008) + 4096 * 32000 +
         32 * 2 * 32 * 2048 * 128,
     0, 6.7e9, 0.05e9, WEIGHTS, 4096 * 32000},
    /* sums: 2.5 h^2 and the feed-forward layers; 32 heads on 8 */
    {"grouped-query-prefill", 9,
     2048 * (2.5 * 4096 * 4096 + 3 * 4096.0 * 14336) +
         2 * 32 * 2048 * 2048.0 * 128,
     0, 2.5 * 4096 * 4096 + 3 * 4096 * 14336, 0, WEIGHTS, 0},
    {"grouped-query-decode", 9,
     2.5 * 4096 * 4096 + 3 * 4096 * 14336 + 2 * 32 * 2048 * 128, 0,
     2.5 * 4096 * 4096 + 3 * 4096 * 14336, 0, WEIGHTS, 0},
    /* sums: 12 h^2 in an encoder's layer, 16 h^2 in a decoder's. The paper's
       table 3 has 65 M parameters, 3 % more than its own sizes give: that many
       would need 41000 tokens, where section 5.1 has about 37000. */
    {"transformer-base", 133,
     128 * (6 * (12 + 16) * 512 * 512.0 + 512 * 37000) +
         6 * 3 * 2 * 8 * 128 * 128 * 64,
     0, 6 * (12 + 16) * 512 * 512 + 512 * 37000, 0, WEIGHTS, 0},
    /* sums: 9 layers with 2 and 9 with 3 inputs of 1024, attention, softmax */
    {"gnmt", 22,
     128 * (4096 * 1024.0 * (8 * 2 + 9 * 3) + 2 * 1024 * 1024 + 2 * 32 * 1024 +
            1024 * 32000),
     0, 4096 * 1024 * (8 * 2 + 9 * 3) + 2 * 1024 * 1024 + 1024 * 32000, 0,
     WEIGHTS, 0},
    /* sums */
    {"ncf", 4, 2048 * (256 * 256 + 256 * 128 + 128 * 64 + 128), 0,
     256 * 256 + 256 * 128 + 128 * 64 + 128, 0, WEIGHTS, 0},
};

enum { total_rows = sizeof totals / sizeof *totals };

static double channels_of(const tacet_layer *layer) {
  double channels = 1;
  for (int d = 0; d < layer->dims; d++)
    if (strchr(layer->type == TACET_GEMM ? "N" : "GK", layer->dim[d].name[0]))
      channels *= (double)layer->dim[d].size;
  return channels;
}

static double parameters_of(const tacet_layer *layer, counted convention) {
  const bool norm = convention == NORMS && layer->type != TACET_FC;
  double each = convention == WEIGHTS ? 0 : norm ? 2 : 1;
  if (!has_weights(layer)) each = 0;
  return weights_of(layer) + each * channels_of(layer);
}

static void check_totals(const total *t) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s.yaml", NETWORKS, t->network);
  tacet_doc *doc = read_doc(path);
  tacet_network network = read_network(doc);
  int64_t layers = 0;
  double macs = 0, parameters = t->besides;
  for (int l = 0; l < network.layers; l++) {
    const tacet_layer *layer = &network.layer[l];
    const double repeat = (double)layer->repeat;
    layers += layer->repeat;
    macs += repeat * (double)tacet_layer_macs(layer);
    parameters += repeat * parameters_of(layer, t->counted);
  }
  assert_string_equal(network.name, t->network);
  assert_int_equal(layers, t->layers);
  if (t->macs > 0) check_near(path, "MACs", macs, t->macs, t->macs_digit);
  check_near(path, "parameters", parameters, t->parameters,
             t->parameters_digit);
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

static void find_total(const char *path, void *context) {
  int *files = context;
  ++*files;
  bool found = false;
  for (int i = 0; i < total_rows; i++) {
    char name[TACET_NAME + 8];
    snprintf(name, sizeof name, "/%s.yaml", totals[i].network);
    found |= strstr(path, name) != NULL;
  }
  if (!found) fail_msg("%s has no published totals to be held against", path);
}

static void test_totals_are_those_published(void **state) {
  (void)state;
  int files = 0;
  for (int i = 0; i < total_rows; i++) check_totals(&totals[i]);
  each_file(NETWORKS, find_total, &files);
  assert_int_equal(files, total_rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_totals_are_those_published),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
