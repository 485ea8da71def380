/* Densities and masks of layers: what network and profile files say together,
   and what is said of their mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "../sparse/profile.h"
#include "spoil.h"

static const char network_text[] =
    "tacet: 1\n"
    "network: n\n"
    "layers:\n"
    "  - name: first\n"
    "    type: FC\n"
    "    dims: {K: 4, C: 6}\n"
    "    density: {weight: 0.5, input: 0.25}\n"
    "  - name: second\n"
    "    type: GEMM\n"
    "    dims: {M: 2, N: 3, K: 4}\n"
    "    densities: {A: {distribution: hypergeometric, density: 0.75}}\n"
    "    mask:\n"
    "      B: {file: m.h5, dataset: /b, layout: KN, threshold: 0.5}\n"
    "  - {name: third, type: FC, dims: {K: 4, C: 6}}\n";

/* A network, its own profile, and what lies over it. */
typedef struct reading {
  tacet_doc *network_doc, *doc;
  tacet_network network;
  tacet_profile profile;
} reading;

static reading read_both(const char *text) {
  reading r = {.network_doc = parsed(network_text)};
  tacet_error error = {0};
  assert_int_equal(tacet_network_read(&r.network, r.network_doc, &error), 0);
  assert_int_equal(tacet_profile_of_network(&r.profile, &r.network, &error),
                   TACET_OK);
  assert_int_equal(tacet_doc_check(r.network_doc, &error), TACET_OK);
  if (!text) return r;
  r.doc = parsed(text);
  assert_int_equal(tacet_profile_read(&r.profile, &r.network, r.doc, &error),
                   TACET_OK);
  assert_int_equal(tacet_doc_check(r.doc, &error), TACET_OK);
  return r;
}

static void drop(reading *r) {
  tacet_profile_free(&r->profile);
  tacet_network_free(&r->network);
  tacet_doc_free(r->network_doc);
  tacet_doc_free(r->doc);
}

static void check_density(const reading *r, int layer, int slot,
                          double density) {
  const tacet_zeros_source *source = &r->profile.layer[layer].tensor[slot];
  assert_true(source->density == density);
  assert_null(source->mask.file);
}

/* ---- what is read ------------------------------------------------------- */

static void reads_networks(void **state) {
  (void)state;
  reading r = read_both(NULL);
  assert_int_equal(r.profile.layers, 3);
  check_density(&r, 0, TACET_WEIGHT, 0.5);
  check_density(&r, 0, TACET_INPUT, 0.25);
  check_density(&r, 0, TACET_OUTPUT, 1);
  check_density(&r, 1, TACET_INPUT, 0.75);
  check_density(&r, 2, TACET_WEIGHT, 1);
  const tacet_mask_source *mask = &r.profile.layer[1].tensor[TACET_WEIGHT].mask;
  assert_string_equal(mask->file, "m.h5");
  assert_string_equal(mask->dataset, "/b");
  assert_string_equal(mask->layout, "KN");
  assert_true(mask->threshold == 0.5);
  assert_int_equal(mask->place.line, 13);
  drop(&r);
}

static void profiles_lie_over_networks(void **state) {
  (void)state;
  reading r = read_both("tacet: 1\n"
                        "profile: p\n"
                        "default: {density: {output: 0.125}}\n"
                        "layers:\n"
                        "  first: {density: {input: 0, output: 0.5}}\n"
                        "  second: {density: {weight: 0.375}}\n");
  assert_string_equal(r.profile.name, "p");
  check_density(&r, 0, TACET_WEIGHT, 0.5);
  check_density(&r, 0, TACET_INPUT, 0);
  check_density(&r, 0, TACET_OUTPUT, 0.5);
  check_density(&r, 1, TACET_WEIGHT, 0.375);
  check_density(&r, 1, TACET_INPUT, 0.75);
  check_density(&r, 1, TACET_OUTPUT, 0.125);
  check_density(&r, 2, TACET_OUTPUT, 0.125);
  check_density(&r, 2, TACET_WEIGHT, 1);
  drop(&r);
}

/* Patterns are made for the tensor of the layer; a later one replaces an
   earlier one. */
static void reads_patterns(void **state) {
  (void)state;
  reading r = read_both(
      "tacet: 1\n"
      "profile: p\n"
      "default:\n"
      "  density: {output: {distribution: dense}}\n"
      "layers:\n"
      "  first:\n"
      "    density:\n"
      "      weight: {distribution: per-channel, along: K, densities:\n"
      "               [0.5, 0, 1, 0.5]}\n"
      "      input: {distribution: uniform, density: 0.5, batch: 2}\n"
      "  second: {density: {output: {distribution: causal}}}\n");
  check_density(&r, 0, TACET_WEIGHT, 0.5);
  check_density(&r, 0, TACET_INPUT, 0.75);
  check_density(&r, 1, TACET_OUTPUT, 0.5);
  const tacet_zeros_source *weight = &r.profile.layer[0].tensor[TACET_WEIGHT];
  assert_int_equal(weight->pattern.kind, TACET_DENSITIES);
  const tacet_zeros_source *output = &r.profile.layer[1].tensor[TACET_OUTPUT];
  assert_int_equal(output->pattern.kind, TACET_PLANE);
  assert_int_equal(output->pattern.size[1], 2);
  assert_int_equal(output->pattern.size[2], 3);
  drop(&r);
}

/* The file of a mask stands beside the file that names it. */
static void masks_are_beside(void **state) {
  (void)state;
  static const struct {
    const char *profile, *file, *found;
  } cases[] = {{"p.yaml", "m.h5", "m.h5"},
               {"a/b/p.yaml", "m.h5", "a/b/m.h5"},
               {"a/p.yaml", "../m.h5", "a/../m.h5"},
               {"a/p.yaml", "/m.h5", "/m.h5"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[256] = "tacet: 1\nprofile: p\nlayers:\n  third: {mask: {weight: "
                     "{dataset: w, layout: KC, file: ";
    strcat(strcat(text, cases[i].file), "}}}\n");
    reading r = read_both(NULL);
    tacet_error error = {0};
    assert_int_equal(
        tacet_doc_parse(&r.doc, text, strlen(text), cases[i].profile, &error),
        TACET_OK);
    assert_int_equal(tacet_profile_read(&r.profile, &r.network, r.doc, &error),
                     TACET_OK);
    assert_string_equal(r.profile.layer[2].tensor[TACET_WEIGHT].mask.file,
                        cases[i].found);
    drop(&r);
  }
}

/* ---- mistakes ----------------------------------------------------------- */

static tacet_status read_profile(const tacet_doc *doc, tacet_error *error) {
  reading r = read_both(NULL);
  tacet_status status = tacet_profile_read(&r.profile, &r.network, doc, error);
  if (!status) status = tacet_doc_check(doc, error);
  drop(&r);
  return status;
}

static void refuses_mistakes(void **state) {
  (void)state;
  static const char good[] =
      "tacet: 1\n"
      "profile: p\n"
      "default: {density: {output: 0.9}}\n"
      "layers:\n"
      "  first:\n"
      "    density: {weight: 0.52, input: 0.73}\n"
      "  second:\n"
      "    mask:\n"
      "      weight: {file: m.h5, dataset: /w, layout: KN, threshold: 2}\n"
      "    densities:\n"
      "      input: {distribution: uniform, density: 0.5}\n";
  static const spoil ways[] = {
      {"0.52", "1.52", 6, 23, "expected 0 to 1"},
      {"0.52", "-0.5", 6, 23, "expected 0 to 1"},
      {"0.52", "0.52x", 6, 27, "expected a number"},
      {"0.52", ".nan", 6, 23, "expected a number"},
      {"0.52", "52 %", 6, 25, "expected a number"},
      {"0.52", "[0.52]", 6, 23, "found a list"},
      {"weight: 0.52", "wieght: 0.52", 6, 15, "did you mean \"weight\"?"},
      {"weight: 0.52", "A: 0.52", 6, 18, "both \"input\" and \"A\""},
      {"  first:", "  frist:", 5, 3, "did you mean \"first\"?"},
      {"  first:\n", "  first: 1\n  third:\n", 5, 10, "expected a map"},
      {"    density: {w", "    desity: {w", 6, 5, "did you mean \"density\"?"},
      {"    density: {weight: 0.52, input: 0.73}", "    density: 0.5", 6, 14,
       "expected a map"},
      {"profile: p", "network: p", 1, 1, "found one with \"network\""},
      {"tacet: 1", "tacet: 2", 1, 8, "format version"},
      {"default: {density", "default: {mask", 3, 26, "with the key \"file\""},
      {"default: {density: {output: 0.9}}", "default: 0.9", 3, 10,
       "expected a map"},
      {"file: m.h5, ", "", 9, 15, "\"file\" is missing"},
      {"dataset: /w", "dataset: [/w]", 9, 37, "found a list"},
      {"layout: KN", "layout: \"\"", 9, 49, "found nothing"},
      {"threshold: 2", "polarity: keep", 9, 63, "did you mean kept?"},
      {"threshold: 2", "threshold: -2", 9, 64, "expected 0 to"},
      {"threshold: 2", "treshold: 2", 9, 53, "did you mean \"threshold\"?"},
      {"      input: {d", "      weight: {d", 9, 15, "a density and a mask"},
      {"uniform", "band", 11, 29, "expected one of dense, uniform"},
      {"uniform, density: 0.5", "channel, along: N, density: 0.5", 11, 45,
       "expected one of B, M, K"},
      {"distribution: uniform, ", "", 11, 14, "\"distribution\" is missing"},
  };
  spoil_all(good, ways, sizeof ways / sizeof *ways, read_profile);
}

static void needs_layers_or_default(void **state) {
  (void)state;
  tacet_doc *doc = parsed("tacet: 1\nprofile: p\n");
  tacet_error error = {0};
  assert_int_equal(read_profile(doc, &error), TACET_BAD_INPUT);
  check_error(&error, 1, 1, "\"layers\" is missing");
  tacet_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_networks),
      cmocka_unit_test(profiles_lie_over_networks),
      cmocka_unit_test(reads_patterns),
      cmocka_unit_test(masks_are_beside),
      cmocka_unit_test(refuses_mistakes),
      cmocka_unit_test(needs_layers_or_default),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
