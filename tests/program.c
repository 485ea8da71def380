/* Runs the program through the shell. */
#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char program[1024];

void program_find(const char *named, const char *argv0) {
  char here[512] = "";
  const char *path = named ? named : argv0;
  if (path[0] != '/' && !getcwd(here, sizeof here)) here[0] = '\0';
  const char *slash = strrchr(path, '/');
  const int folder = slash ? (int)(slash - path) : 0;
  if (named)
    snprintf(program, sizeof program, "%s%s%s", here, *here ? "/" : "", path);
  else
    snprintf(program, sizeof program, "%s%s%.*s/../tacet", here,
             *here ? "/" : "", folder, path);
}

/* ---- files -------------------------------------------------------------- */

void file_write(const char *name, const char *text) {
  FILE *file = fopen(scratch_path(name), "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

char *file_read(const char *name) {
  FILE *file = fopen(scratch_path(name), "r");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  const long size = ftell(file);
  rewind(file);
  char *text = calloc((size_t)size + 1, 1);
  assert_non_null(text);
  assert_int_equal(fread(text, 1, (size_t)size, file), size);
  fclose(file);
  return text;
}

bool file_exists(const char *name) {
  return access(scratch_path(name), F_OK) == 0;
}

/* ---- runs --------------------------------------------------------------- */

ran program_run(const char *arguments) {
  static char *output, *errors;
  char command[4096];
  const int length = snprintf(command, sizeof command,
                              "cd '%s' && '%s' %s >stdout.txt 2>stderr.txt",
                              scratch_path("."), program, arguments);
  assert_true(length < (int)sizeof command);
  const int status = system(command);
  free(output);
  free(errors);
  output = file_read("stdout.txt");
  errors = file_read("stderr.txt");
  assert_non_null(output);
  assert_non_null(errors);
  return (ran){WIFEXITED(status) ? WEXITSTATUS(status) : 128, output, errors};
}

char *program_output(const char *arguments) {
  const ran r = program_run(arguments);
  if (r.exit_code != 0) fail_msg("exit code %d: %s", r.exit_code, r.errors);
  assert_string_equal(r.errors, "");
  char *copy = malloc(strlen(r.output) + 1);
  assert_non_null(copy);
  return strcpy(copy, r.output);
}

void check_refused(const ran *r, int exit_code, const char *says) {
  if (r->exit_code != exit_code)
    fail_msg("exit code %d: %s%s", r->exit_code, r->output, r->errors);
  assert_string_equal(r->output, "");
  const char *end = strchr(r->errors, '\n');
  if (!end || end[1]) fail_msg("not one line: %s", r->errors);
  if (!strstr(r->errors, says))
    fail_msg("\"%s\" is not in %s", says, r->errors);
}

char *text_replaced(const char *text, const char *from, const char *to) {
  const char *found = strstr(text, from);
  if (!found || strstr(found + 1, from)) fail_msg("not once: %s", from);
  const size_t before = (size_t)(found - text);
  char *copy = malloc(strlen(text) + strlen(to) + 1);
  assert_non_null(copy);
  memcpy(copy, text, before);
  strcpy(copy + before, to);
  strcat(copy, found + strlen(from));
  return copy;
}

/* ---- files that fit together --------------------------------------------- */

const char network_text[] = "tacet: 1\n"
                            "network: tiny\n"
                            "layers:\n"
                            "  - name: L1\n"
                            "    type: CONV\n"
                            "    dims: {K: 8, C: 6, R: 3, S: 3, Y: 9, X: 8}\n"
                            "    stride: {Y: 2, X: 1}\n"
                            "  - name: L2\n"
                            "    type: FC\n"
                            "    dims: {K: 20, C: 24}\n"
                            "    repeat: 3\n";

#define DESIGN                                                                 \
  "clock: 200 MHz\n"                                                           \
  "pes: 16\n"                                                                  \
  "word: 16 bit\n"                                                             \
  "mac: 1 pJ\n"                                                                \
  "l1: {size: 1 KiB, read: 1 pJ, write: 1 pJ}\n"                               \
  "noc: {bandwidth: 4 words/cycle, latency: 1, hop: 2 pJ}\n"                   \
  "l2: {size: 16 KiB, read: 6 pJ, write: 6 pJ}\n"                              \
  "dram: {bandwidth: 25.6 GB/s, read: 200 pJ, write: 200 pJ}\n"                \
  "metadata: 0.1 pJ\n"                                                         \
  "dataflow: flow.yaml\n"

const char plain_text[] = "tacet: 1\n"
                          "accelerator: plain\n" DESIGN;

const char thrifty_text[] = "tacet: 1\n"
                            "accelerator: thrifty\n" DESIGN "sparse:\n"
                            "  weight: {l2: CSC, l1: CSC}\n"
                            "  input: {l2: bitmask, l1: COO}\n"
                            "  output: {dram: RLC}\n"
                            "  actions:\n"
                            "    - {at: l1, skip: weight, on: [input]}\n"
                            "    - {at: compute, gate: [weight]}\n"
                            "  issue: {vector: 2, along: K}\n";

const char dataflow_text[] = "tacet: 1\n"
                             "dataflow: flow\n"
                             "directives:\n"
                             "  - SpatialMap(1,1) K\n"
                             "  - TemporalMap(2,2) C\n"
                             "  - TemporalMap(2,2) Y'\n"
                             "  - Cluster(2)\n"
                             "  - SpatialMap(1,1) C\n";

const char profile_text[] =
    "tacet: 1\n"
    "profile: sparse\n"
    "layers:\n"
    "  L1: {density: {weight: 0.5, input: 0.75, output: 0.5}}\n"
    "  L2:\n"
    "    density:\n"
    "      weight: 0.25\n"
    "      input: {distribution: hypergeometric, density: 0.625}\n";

void files_write(void) {
  file_write("network.yaml", network_text);
  file_write("plain.yaml", plain_text);
  file_write("thrifty.yaml", thrifty_text);
  file_write("flow.yaml", dataflow_text);
  file_write("profile.yaml", profile_text);
}

int files_make(void **state) {
  if (scratch_make(state) != 0) return -1;
  files_write();
  return 0;
}
