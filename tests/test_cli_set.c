/* The option --set: numbers in files changed from the command line give what
   files changed by hand give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* `from` becomes `to` in the text of a file, or --set says so. */
typedef struct change {
  const char *file;
  const char *text;
  const char *from, *to;
  const char *set;
} change;

static const change changes[] = {
    {"network.yaml", network_text, "repeat: 3", "repeat: 7",
     "network.layers.L2.repeat=7"},
    {"network.yaml", network_text, "K: 20", "K: 50",
     "network.layers.L2.dims.K=50"},
    {"thrifty.yaml", thrifty_text, "pes: 16", "pes: 6", "thrifty.pes=6"},
    {"thrifty.yaml", thrifty_text, "bandwidth: 4 words", "bandwidth: 9 words",
     "accelerator.noc.bandwidth=9"},
    {"thrifty.yaml", thrifty_text, "read: 6 pJ", "read: 8 pJ",
     "accelerator.l2.read=8"},
    {"thrifty.yaml", thrifty_text, "read: 6 pJ", "read: 0.009 nJ",
     "accelerator.l2.read=0.009 nJ"},
    {"thrifty.yaml", thrifty_text, "pes: 16", "pes: 16\nlanes: 2",
     "thrifty.lanes=2"},
    {"profile.yaml", profile_text, "weight: 0.25", "weight: 0.125",
     "profile.layers.L2.density.weight=0.125"},
    {"profile.yaml", profile_text, "{weight: 0.5, input: 0.75, output: 0.5}",
     "{weight: 0.5, input: 0.75}", "profile.layers.L1.density.output=1"},
};

static char *output_with(const char *set) {
  char arguments[512];
  snprintf(arguments, sizeof arguments,
           "run -n network.yaml -a thrifty.yaml -p profile.yaml --format csv "
           "--set '%s'",
           set);
  return program_output(arguments);
}

static char *output_of_changed_file(const change *c) {
  char *changed = text_replaced(c->text, c->from, c->to);
  file_write(c->file, changed);
  free(changed);
  char *output = program_output("run -n network.yaml -a thrifty.yaml "
                                "-p profile.yaml --format csv");
  file_write(c->file, c->text);
  return output;
}

static void changes_what_it_names(void **state) {
  (void)state;
  char *before = output_with("network.layers.L2.repeat=3");
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    char *set = output_with(changes[i].set);
    char *edited = output_of_changed_file(&changes[i]);
    assert_string_equal(set, edited);
    if (strcmp(set, before) == 0)
      fail_msg("%s changes nothing", changes[i].set);
    free(set);
    free(edited);
  }
  free(before);
}

static void densities_are_those_of_every_layer(void **state) {
  (void)state;
  file_write("even.yaml", "tacet: 1\nprofile: even\n"
                          "default: {density: {weight: 0.3, input: 0.3}}\n");
  char *set = program_output("run -n network.yaml -a thrifty.yaml --format csv "
                             "--set density=0.3");
  char *file = program_output("run -n network.yaml -a thrifty.yaml "
                              "-p even.yaml --format csv");
  assert_string_equal(set, file);
  free(set);
  free(file);
}

static const struct {
  const char *set;
  int exit_code;
  const char *says;
} refused[] = {
    {"length=5", 2, "is no parameter of the network"},
    {"length", 2, "\"length\" sets nothing"},
    {"=5", 2, "sets nothing"},
    {"densty=0.5", 2, "did you mean density?"},
    {"density.wieght=0.5", 2, "did you mean density.weight?"},
    {"density=1.5", 2, "goes from 0 to 1"},
    {"density=nan", 2, "goes from 0 to 1"},
    {"density=x", 2, "expected 0 to 1"},
    {"accelerator.pse=5", 1, "unknown key \"pse\"; did you mean \"pes\"?"},
    {"accelerator.pes=x", 1, "thrifty.yaml:4:6: pes is \"x\""},
    {"accelerator.l1=5", 1, "expected one number here, found a map"},
    {"accelerator.pes.most=5", 1, "there is no \"most\" in text"},
    {"network.layers.L3.repeat=5", 1, "no \"L3\" in a list; did you mean L1?"},
    {"thrift.pes=5", 2, "nor does it begin with"},
};

static void refuses_what_is_not_there(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    char arguments[512];
    snprintf(arguments, sizeof arguments,
             "run -n network.yaml -a thrifty.yaml --set '%s'", refused[i].set);
    const ran r = program_run(arguments);
    check_refused(&r, refused[i].exit_code, refused[i].says);
  }
  const ran r = program_run("run -n network.yaml -a thrifty.yaml "
                            "--set profile.default.density.weight=0.5");
  check_refused(&r, 2, "there is no profile; give one with -p");
}

static void parameters_are_known_by_name(void **state) {
  (void)state;
  file_write("long.yaml", "tacet: 1\nnetwork: long\n"
                          "parameters: {length: 3, twice: 2 * length}\n"
                          "layers:\n"
                          "  - {name: L, type: FC, dims: {K: twice, C: 4}}\n");
  char *longer = program_output("run -n long.yaml -a plain.yaml --format csv "
                                "--set length=50");
  char *direct = program_output("run -n long.yaml -a plain.yaml --format csv "
                                "--set 'twice=length + 97'");
  assert_string_equal(longer, direct);
  free(longer);
  free(direct);
  const ran r = program_run("run -n long.yaml -a plain.yaml --set lenght=5");
  check_refused(&r, 2, "did you mean length?");
}

int main(int argc, char **argv) {
  (void)argc;
  program_find(getenv("TACET_PROGRAM"), argv[0]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(changes_what_it_names),
      cmocka_unit_test(densities_are_those_of_every_layer),
      cmocka_unit_test(refuses_what_is_not_there),
      cmocka_unit_test(parameters_are_known_by_name),
  };
  return cmocka_run_group_tests(tests, files_make, scratch_remove);
}
