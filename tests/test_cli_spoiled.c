/* Every file of a job spoiled in a dozen ways and more: each gives one line
   with its place, exit code 1, and no output file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mask_file.h"
#include "program.h"

#define JOB                                                                    \
  "compare -n network.yaml -a plain.yaml -a thrifty.yaml -p profile.yaml "     \
  "--format json -o out.json"

/* `says` begins with the place where that is known. */
typedef struct spoil {
  const char *from; /* occurs once in the good text */
  const char *to;
  const char *says;
} spoil;

/* A job that fails leaves the file of an earlier one alone, and no other. */
static void check_job_fails(const char *what, const char *says) {
  file_write("kept.json", "earlier\n");
  ran r = program_run(JOB);
  if (r.exit_code == 0) fail_msg("accepted: %s", what);
  check_refused(&r, 1, says);
  assert_false(file_exists("out.json"));
  assert_int_equal(rename(scratch_path("kept.json"), scratch_path("out.json")),
                   0);
  r = program_run(JOB);
  check_refused(&r, 1, says);
  char *kept = file_read("out.json");
  assert_string_equal(kept, "earlier\n");
  free(kept);
  unlink(scratch_path("out.json"));
}

static void check_job_works(void) {
  const ran r = program_run(JOB);
  if (r.exit_code != 0) fail_msg("%s", r.errors);
  assert_true(file_exists("out.json"));
  unlink(scratch_path("out.json"));
}

static void spoil_file(const char *name, const char *good, const spoil *ways,
                       size_t count) {
  files_write();
  file_write(name, good);
  check_job_works();
  for (size_t i = 0; i < count; i++) {
    char *text = text_replaced(good, ways[i].from, ways[i].to);
    file_write(name, text);
    free(text);
    check_job_fails(ways[i].to, ways[i].says);
  }
}

#define SPOIL_FILE(name, good, ways)                                           \
  spoil_file(name, good, ways, sizeof ways / sizeof *ways)

/* ---- YAML --------------------------------------------------------------- */

static void networks(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"tacet: 1\n", "", "network.yaml:1:1: the key \"tacet\" is missing"},
      {"tacet: 1", "tacet: 2", "network.yaml:1:8: tacet (the format version)"},
      {"network: tiny", "networks: tiny", "network.yaml:1:1: "},
      {"  - name: L1", "  - nam: L1", "network.yaml:4:5: "},
      {"name: L2", "name: L1", "network.yaml:8:11: a second layer \"L1\""},
      {"type: CONV", "type: CONW", "network.yaml:5:11: type is \"CONW\""},
      {"K: 8, ", "", "network.yaml:6:11: the key \"K\" is missing"},
      {"K: 8, ", "K: 0, ", "network.yaml:6:15: K is 0"},
      {"K: 8, ", "K: 8x, ", "network.yaml:6:16: K is \"8x\""},
      {"K: 8, ", "K: 8, K: 8, ", "network.yaml:6:18: duplicate key"},
      {"R: 3, ", "R: 30, ", "network.yaml:6:11: "},
      {"R: 3, ", "T: 3, ", "network.yaml:6:24: "},
      {"{Y: 2, X: 1}", "{Y: 0, X: 1}", "network.yaml:7:17: stride is 0"},
      {"stride", "strides", "network.yaml:7:5: unknown key \"strides\""},
      {"repeat: 3", "repeat: -3", "network.yaml:11:13: repeat is"},
      {"Y: 9, X: 8}", "Y: 9, X: 8", "network.yaml:7:"},
      {"type: FC", "type: *FC", "network.yaml:9:11: "},
      {"repeat: 3", "density: {weight: 1.5}",
       "network.yaml:11:23: weight is 1.5; expected 0 to 1"},
      {"repeat: 3", "desity: {weight: 0.5}",
       "network.yaml:11:5: unknown key \"desity\"; did you mean \"density\"?"},
      {"type: FC", "type: GEMM", "network.yaml:10:1"},
  };
  SPOIL_FILE("network.yaml", network_text, ways);
}

static void accelerators(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"accelerator: thrifty", "network: thrifty", "thrifty.yaml:1:1: "},
      {"clock: 200 MHz", "clock: 200", "thrifty.yaml:3:11: clock is \"200\""},
      {"clock: 200 MHz", "clock: 200 MB", "thrifty.yaml:3:12: "},
      {"pes: 16\n", "", "thrifty.yaml:1:1: the key \"pes\" is missing"},
      {"pes: 16", "pes: 1.5", "thrifty.yaml:4:7: "},
      {"pes: 16", "pes: 1",
       "flow.yaml:7:5: layer L1 on thrifty: clusters of 2 PEs, but the "
       "accelerator has 1"},
      {"word: 16 bit", "word: 0 bit", "thrifty.yaml:5:7: word is 0 bit"},
      {"mac: 1 pJ", "mac: -1 pJ", "thrifty.yaml:6:6: mac is -1 pJ"},
      {"l1: {size: 1 KiB", "l1: {size: 16 B",
       "layer L1 on thrifty: l1 is too small"},
      {"l2: {size: 16 KiB", "l2: {size: 64 B",
       "thrifty.yaml:1:1: layer L1 on thrifty: l2 is too small"},
      {"l2: {size: 16 KiB", "l2: {sise: 16 KiB", "thrifty.yaml:9:5: "},
      {"\nl2:", "\nl3:", "thrifty.yaml:1:1: the key \"l2\" is missing"},
      {"25.6 GB/s", "25.6 GB", "thrifty.yaml:10:24: bandwidth is"},
      {"25.6 GB/s", "0 GB/s", "thrifty.yaml:10:19: bandwidth is 0"},
      {"latency: 1", "latency: one", "thrifty.yaml:8:42: latency is \"one\""},
      {"flow.yaml", "flaw.yaml", "thrifty.yaml:12:11: dataflow \"flaw.yaml\""},
      {"weight: {l2: CSC", "weight: {l2: CSV", "thrifty.yaml:14:16: l2"},
      {"output: {dram", "output: {l1", "thrifty.yaml:16:16: "},
      {"at: l1", "at: l7", "thrifty.yaml:18:12: at is \"l7\""},
      {"on: [input]", "on: [inptu]", "thrifty.yaml:18:35: on is \"inptu\""},
      {"  actions", "  acions", "thrifty.yaml:17:3: unknown key \"acions\""},
  };
  SPOIL_FILE("thrifty.yaml", thrifty_text, ways);
}

static void dataflows(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"tacet: 1", "tacit: 1", "flow.yaml:1:1: the key \"tacet\" is missing"},
      {"dataflow: flow", "profile: flow", "flow.yaml:1:1: expected a file"},
      {"directives", "directive", "flow.yaml:1:1: "},
      {"SpatialMap(1,1) K", "SpacialMap(1,1) K", "flow.yaml:4:5: "},
      {"SpatialMap(1,1) K", "SpatialMap(1) K", "flow.yaml:4:17: "},
      {"SpatialMap(1,1) K", "SpatialMap(1,1) J", "flow.yaml:4:21: "},
      {"SpatialMap(1,1) K", "SpatialMap(0,1) K", "flow.yaml:4:16: "},
      {"SpatialMap(1,1) K", "SpatialMap(1,1) K K", "flow.yaml:4:23: "},
      {"SpatialMap(1,1) K", "[SpatialMap, K]", "flow.yaml:4:5: "},
      {"SpatialMap(1,1) K", "SpatialMap(2,1) K",
       "flow.yaml:4:5: layer L1 on plain: "},
      {"TemporalMap(2,2) C", "TemporalMap(2,3) C",
       "flow.yaml:5:5: layer L1 on plain: "},
      {"TemporalMap(2,2) Y'", "TemporalMap(2,2) Y",
       "flow.yaml:6:5: layer L1 on plain: "},
      {"Cluster(2)", "Cluster(32)", "flow.yaml:7:5: layer L1 on plain: "},
      {"Cluster(2)", "Cluster(0)", "flow.yaml:7:13: "},
      {"Cluster(2)", "SpatialMap(1,1) R", "flow.yaml:7:5: layer L1 on plain: "},
      {"Cluster(2)", "Cluster(2", "flow.yaml:7:14: "},
  };
  SPOIL_FILE("flow.yaml", dataflow_text, ways);
}

static void profiles(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"tacet: 1", "tacet: one", "profile.yaml:1:8: "},
      {"profile: sparse", "accelerator: sparse", "profile.yaml:1:1: "},
      {"layers", "layer", "profile.yaml:1:1: the key \"layers\" is missing"},
      {"L1", "L3", "profile.yaml:4:3: unknown key \"L3\""},
      {"weight: 0.5", "weight: 1.5",
       "profile.yaml:4:26: weight is 1.5; expected 0 to 1"},
      {"weight: 0.5", "weight: -0.5", "profile.yaml:4:26: weight is -0.5"},
      {"weight: 0.5", "weight: 0.5.", "profile.yaml:4:29: "},
      {"weight: 0.5", "weight: 50%", "profile.yaml:4:28: "},
      {"weight: 0.5", "weight: .inf", "profile.yaml:4:26: "},
      {"weight: 0.5", "weights: 0.5", "profile.yaml:4:18: "},
      {"weight: 0.5", "weight: 0.5, B: 0.5", "profile.yaml:4:34: both"},
      {"{density: {weight: 0.5, input: 0.75, output: 0.5}}", "0.5",
       "profile.yaml:4:7: L1: expected a map"},
      {"{density: {weight: 0.5", "{density: {weight: 0.5}, mask: {weight: x",
       "profile.yaml:4:47: weight has a density and a mask"},
      {"hypergeometric", "hypergeometry", "profile.yaml:8:29: distribution is"},
      {"    density:\n", "    density:\n      weight: 0.5\n",
       "profile.yaml:8:7: duplicate key"},
      {"    density:\n", "    mask: {output: {file: m.h5}}\n    density:\n",
       "profile.yaml:6:20: m.h5: cannot be opened"},
  };
  SPOIL_FILE("profile.yaml", profile_text, ways);
}

static void files_as_a_whole(void **state) {
  (void)state;
  files_write();
  static const char *const names[] = {"network.yaml", "thrifty.yaml",
                                      "flow.yaml", "profile.yaml"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char says[64];
    snprintf(says, sizeof says, "%s", names[i]);
    file_write(names[i], "");
    check_job_fails("an empty file", says);
    file_write(names[i], "a: \"\xff\"\n");
    check_job_fails("no UTF-8", says);
    file_write(names[i], "\t- [\n");
    check_job_fails("no YAML", says);
    file_write(names[i], "a: &a [*a]\n");
    check_job_fails("a cycle", says);
    unlink(scratch_path(names[i]));
    check_job_fails("no file", says);
    files_write();
  }
}

/* ---- masks -------------------------------------------------------------- */

static const char masks_text[] =
    "tacet: 1\n"
    "profile: masks\n"
    "layers:\n"
    "  L1:\n"
    "    mask:\n"
    "      weight: {file: masks.h5, dataset: /L1/w, layout: KCRS}\n"
    "      input: {file: masks.h5, dataset: /L1/i, layout: YXC}\n";

static void put(hid_t file, const char *dataset, hsize_t a, hsize_t b,
                hsize_t c, hsize_t d) {
  const unsigned char pattern[] = {1, 0, 1};
  mask_file_put(file, dataset, (hsize_t[]){a, b, c, d}, pattern,
                sizeof pattern);
}

static void put_strings(hid_t file, const char *dataset) {
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(type, 8);
  H5Dclose(H5Dcreate2(file, dataset, type, space, H5P_DEFAULT, H5P_DEFAULT,
                      H5P_DEFAULT));
  H5Sclose(space);
  H5Tclose(type);
}

/* Good masks of L1, others that fit nothing, and links that lead astray. */
static void write_masks(void) {
  const hid_t file = mask_file_make("masks.h5");
  H5Gclose(H5Gcreate2(file, "L1", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  put(file, "L1/w", 8, 6, 3, 3);
  put(file, "L1/i", 9, 8, 6, 0);
  put(file, "transposed", 6, 8, 3, 3);
  put(file, "flat", 8 * 6 * 3 * 3, 0, 0, 0);
  put(file, "larger", 8, 6, 3, 4);
  put_strings(file, "strings");
  H5Lcreate_external("other.h5", "/L1/w", file, "elsewhere", H5P_DEFAULT,
                     H5P_DEFAULT);
  H5Lcreate_soft("/nowhere", file, "dangling", H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(file);
}

static void mask_datasets(void **state) {
  (void)state;
  static const spoil ways[] = {
      {"/L1/w", "/L1/v", "profile.yaml:6:15: masks.h5: /L1/v"},
      {"/L1/w", "/L2/w", "profile.yaml:6:15: masks.h5: /L2/w"},
      {"/L1/w", "/L1", "profile.yaml:6:15: masks.h5: /L1"},
      {"/L1/w", "/", "profile.yaml:6:15: masks.h5: /"},
      {"/L1/w", "/transposed",
       "profile.yaml:6:15: masks.h5: /transposed: has shape 6 x 8 x 3 x 3, "
       "expected 8 x 6 x 3 x 3"},
      {"/L1/w", "/flat", "profile.yaml:6:15: masks.h5: /flat: has shape 432"},
      {"/L1/w", "/larger", "profile.yaml:6:15: masks.h5: /larger: has shape"},
      {"/L1/w", "/strings", "profile.yaml:6:15: masks.h5: /strings"},
      {"/L1/w", "/elsewhere", "profile.yaml:6:15: masks.h5: /elsewhere"},
      {"/L1/w", "/dangling", "profile.yaml:6:15: masks.h5: /dangling"},
      {"KCRS", "KCRT", "profile.yaml:6:15: layout \"KCRT\": T"},
      {"KCRS", "KCRR", "profile.yaml:6:15: layout \"KCRR\": R"},
      {"KCRS", "KCR", "profile.yaml:6:15: layout \"KCR\": S is missing"},
      {"YXC", "XYC", "profile.yaml:7:14: masks.h5: /L1/i: has shape 9 x 8 x 6"},
      {"YXC", "\"\"", "profile.yaml:7:55: layout"},
      {"/L1/i, ", "/L1/i, threshold: -1, ", "profile.yaml:7:58: threshold"},
  };
  write_masks();
  SPOIL_FILE("profile.yaml", masks_text, ways);
}

/* Copies masks.h5 as bad.h5: its first `size` bytes, byte `at` changed. */
static void write_copy(size_t size, size_t at) {
  FILE *from = fopen(scratch_path("masks.h5"), "rb");
  FILE *to = fopen(scratch_path("bad.h5"), "wb");
  assert_true(from && to);
  for (size_t i = 0; i < size; i++) {
    const int byte = getc(from);
    if (byte == EOF) break;
    putc(i == at ? byte ^ 0xff : byte, to);
  }
  fclose(from);
  assert_int_equal(fclose(to), 0);
}

static void mask_files(void **state) {
  (void)state;
  const char *says = "profile.yaml:6:15: bad.h5";
  const size_t all = 1 << 20, none = (size_t)-1;
  files_write();
  write_masks();
  char *text =
      text_replaced(masks_text, "weight: {file: masks", "weight: {file: bad");
  file_write("profile.yaml", text);
  free(text);
  write_copy(all, none);
  check_job_works();
  unlink(scratch_path("bad.h5"));
  check_job_fails("no file", says);
  file_write("bad.h5", "");
  check_job_fails("an empty file", says);
  file_write("bad.h5", "weights: 1 0 1\n");
  check_job_fails("text", says);
  static const size_t sizes[] = {7, 8, 90, 1000, 2000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    write_copy(sizes[i], none);
    check_job_fails("a truncated file", says);
  }
  static const size_t changed[] = {0, 3, 8, 13, 14};
  for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
    write_copy(all, changed[i]);
    check_job_fails("a changed header", says);
  }
}

/* ---- all ---------------------------------------------------------------- */

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(networks),         cmocka_unit_test(accelerators),
      cmocka_unit_test(dataflows),        cmocka_unit_test(profiles),
      cmocka_unit_test(files_as_a_whole), cmocka_unit_test(mask_datasets),
      cmocka_unit_test(mask_files),
  };
  return cmocka_run_group_tests(tests, files_make, scratch_remove);
}
