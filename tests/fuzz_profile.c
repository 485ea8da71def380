/* libFuzzer: any bytes as a profile, and as the zeros and sparse features that
   network and accelerator files give: a value, or an error of one line. */
#include <string.h>

#include "../sparse/profile.h"
#include "reader_fuzz.h"

static const fuzz_seed seeds[] = {
    FUZZ_SEED("tacet: 1\nprofile: p\ndefault: {density: {weight: 0.1}}\n"
              "layers:\n  a: {density: {input: {distribution: "
              "fixed-structured, n: 2, m: 4, along: C}}}\n"
              "  b:\n    mask:\n      weight: {file: m.h5, dataset: /w, "
              "layout: KC, threshold: 0.5, polarity: pruned}\n"),
    FUZZ_SEED("tacet: 1\nprofile: q\nlayers:\n  b: {densities: {A: "
              "{distribution: banded, window: 2}, B: {distribution: causal}, "
              "Z: 0.5}}\n"),
    FUZZ_SEED("tacet: 1\nnetwork: n\nlayers:\n  - name: a\n    type: GEMM\n"
              "    dims: {M: 8, N: 8, K: 8}\n    density: {weight: 0.3}\n"
              "    mask: {input: {file: a.npy}}\n"),
    FUZZ_SEED("tacet: 1\naccelerator: x\npes: 4\nclock: 1 GHz\n"
              "l1: {size: 1 KiB}\nl2: {size: 64 KiB}\n"
              "dram: {bandwidth: 4 words/cycle}\nsparse:\n"
              "  weight: {l2: CSC, l1: CSC}\n  output: {dram: RLC}\n"
              "  actions:\n    - {at: l1, skip: weight, on: [input]}\n"
              "    - {at: compute, gate: [weight, input]}\n"
              "  issue: {vector: 4, along: C}\n  sync: end\n"),
};

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                               unsigned random) {
  return fuzz_mutate(seeds, sizeof seeds / sizeof *seeds, data, size, room,
                     random);
}

/* The layers that the profiles of the seeds are of. */
static const char layers[] =
    "tacet: 1\nnetwork: n\nlayers:\n"
    "  - {name: a, type: CONV, dims: {K: 4, C: 4, R: 3, S: 3, Y: 8, X: 8}}\n"
    "  - {name: b, type: GEMM, dims: {M: 8, N: 8, K: 8}}\n";

static tacet_status read_profile(const tacet_doc *doc, tacet_error *error) {
  tacet_network network;
  tacet_profile profile = {.layers = 0};
  tacet_doc *known;
  tacet_error none = {0};
  fuzz_must(
      !tacet_doc_parse(&known, layers, sizeof layers - 1, "known", &none));
  fuzz_must(!tacet_network_read(&network, known, &none));
  fuzz_must(!tacet_profile_of_network(&profile, &network, &none));
  tacet_status status = tacet_profile_read(&profile, &network, doc, error);
  if (!status) status = tacet_doc_check(doc, error);
  for (int l = 0; l < profile.layers; l++)
    for (int t = 0; t < TACET_TENSORS; t++) {
      const double density = profile.layer[l].tensor[t].density;
      fuzz_must(density >= 0 && density <= 1);
    }
  tacet_profile_free(&profile);
  tacet_network_free(&network);
  tacet_doc_free(known);
  return status;
}

static tacet_status read_network(const tacet_doc *doc, tacet_error *error) {
  tacet_network network;
  tacet_profile profile = {.layers = 0};
  tacet_status status = tacet_network_read(&network, doc, error);
  if (!status) status = tacet_profile_of_network(&profile, &network, error);
  if (!status) status = tacet_doc_check(doc, error);
  tacet_profile_free(&profile);
  tacet_network_free(&network);
  return status;
}

static tacet_status read_features(const tacet_doc *doc, tacet_error *error) {
  tacet_accelerator accelerator;
  tacet_features features;
  tacet_status status = tacet_accelerator_read(&accelerator, doc, error);
  if (!status)
    status = tacet_features_read(&features, &accelerator, doc, error);
  return status ? status : tacet_doc_check(doc, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static tacet_status (*const readers[])(const tacet_doc *, tacet_error *) = {
      read_profile, read_network, read_features};
  for (int r = 0; r < 3; r++) {
    tacet_doc *doc;
    tacet_error error = {0};
    tacet_status status =
        tacet_doc_parse(&doc, (const char *)data, size, "fuzz", &error);
    if (!status) status = readers[r](doc, &error);
    tacet_doc_free(doc);
    fuzz_check(status, &error, "fuzz");
    char text[1200];
    tacet_error_text(&error, text, sizeof text);
    fuzz_must(!strchr(text, '\n'));
  }
  return 0;
}
