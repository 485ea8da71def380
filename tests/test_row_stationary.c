/* Row-stationary mappings by their parameters against the files that write
   them out. Runs from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "../tools/reproduce/design.h"
#include "../tools/reproduce/row_stationary.h"

/* Table III of the chip's paper, as the files' first lines quote it. */
static const row_stationary table[] = {{96, 1, 7, 16, 1, 1, 2},
                                       {64, 1, 27, 16, 2, 1, 1},
                                       {64, 4, 13, 16, 4, 1, 4},
                                       {64, 4, 13, 16, 3, 2, 2}};

static void parameters_mean_what_the_files_say(void **state) {
  (void)state;
  tacet_error error = {0};
  tacet_doc *doc;
  tacet_network network;
  tacet_design design;
  assert_int_equal(tacet_doc_read(&doc, "models/networks/alexnet.yaml", &error),
                   TACET_OK);
  assert_int_equal(tacet_network_read(&network, doc, &error), TACET_OK);
  assert_int_equal(
      design_open(&design, "models/accelerators/eyeriss-like.yaml", &error),
      TACET_OK);
  for (int i = 0; i < 4; i++) {
    char path[64];
    tacet_doc *file;
    tacet_dataflow_set set;
    tacet_dataflow made;
    tacet_cost by_file, by_parameters;
    snprintf(path, sizeof path, "models/dataflows/eyeriss-alexnet/conv%d.yaml",
             i + 1);
    assert_int_equal(tacet_doc_read(&file, path, &error), TACET_OK);
    assert_int_equal(tacet_dataflow_read(&set, tacet_doc_root(file), &error),
                     TACET_OK);
    row_stationary mapping = table[i];
    mapping.n = 1; /* the network is for one image */
    row_stationary_flow(&made, &mapping);
    assert_int_equal(tacet_evaluate(&by_file, &network.layer[i],
                                    &set.flow[TACET_CONV], &design.accelerator,
                                    &error),
                     TACET_OK);
    assert_int_equal(tacet_evaluate(&by_parameters, &network.layer[i], &made,
                                    &design.accelerator, &error),
                     TACET_OK);
    assert_true(by_parameters.cycles == by_file.cycles);
    assert_true(by_parameters.energy.total == by_file.energy.total);
    tacet_doc_free(file);
  }
  design_close(&design);
  tacet_network_free(&network);
  tacet_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parameters_mean_what_the_files_say),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
