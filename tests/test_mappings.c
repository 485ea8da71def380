/* The files under models/mappings/: that layers with dataflows of their own run
   on an accelerator. Runs from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "../tools/job.h"
#include "model_files.h"

typedef struct trial {
  const char *mapping;
  int accelerators; /* that run it */
} trial;

/* Every layer must have a dataflow: the accelerator's own does not count. */
static bool brings_its_dataflows(const tacet_job *job) {
  bool own = job->own != NULL;
  for (int l = 0; l < job->network.layers && own; l++) own = job->own[l].given;
  return own;
}

static void try_accelerator(const char *path, void *context) {
  trial *t = context;
  const tacet_request request = {.command = "run",
                                 .network = t->mapping,
                                 .accelerators = 1,
                                 .accelerator = &path};
  tacet_job job;
  tacet_error error;
  require(tacet_job_load(&job, &request, &error), &error);
  if (!brings_its_dataflows(&job))
    fail_msg("%s has a layer without a dataflow", t->mapping);
  t->accelerators += tacet_job_evaluate(&job, &error) == TACET_OK;
  tacet_job_free(&job);
}

static void try_mapping(const char *path, void *context) {
  trial t = {path, 0};
  each_file(ACCELERATORS, try_accelerator, &t);
  printf("  %s: on %d accelerators\n", path, t.accelerators);
  if (t.accelerators == 0) fail_msg("no accelerator runs %s", path);
  ++*(int *)context;
}

static void test_mappings_run_on_an_accelerator(void **state) {
  (void)state;
  int files = 0;
  each_file(MAPPINGS, try_mapping, &files);
  assert_true(files > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mappings_run_on_an_accelerator),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
