/* Layers out of text, and their cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "maestro_text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

tacet_maestro_hardware array_of(int pes) {
  return (tacet_maestro_hardware){.pes = pes,
                                  .simd_lanes = 1,
                                  .noc_bandwidth = INT_MAX,
                                  .noc_latency = 1,
                                  .offchip_bandwidth = 70000,
                                  .l1_size = INT_MAX,
                                  .l2_size = INT_MAX};
}

tacet_status try_layer(tacet_maestro_result *result, const char *text,
                       const tacet_maestro_hardware *hardware,
                       tacet_error *error) {
  char whole[4096];
  tacet_maestro_file file;
  tacet_maestro_batch batch;
  int size = snprintf(whole, sizeof whole, "Network N {\n%s\n}\n", text);
  assert_int_equal(TACET_OK, tacet_maestro_parse(&file, whole, (size_t)size,
                                                 "test.m", error));
  assert_int_equal(TACET_OK, file.problem.status);
  assert_true(file.layers > 0);
  tacet_maestro_batch_of(&batch, &file);
  tacet_status status = tacet_maestro_cost(result, &file.layer[file.layers - 1],
                                           &batch, hardware, error);
  tacet_maestro_free(&file);
  return status;
}

tacet_maestro_result cost_on(const tacet_maestro_hardware *hardware,
                             const char *text) {
  tacet_maestro_result result;
  tacet_error error = {0};
  if (try_layer(&result, text, hardware, &error))
    fail_msg("%d: %s", error.line, error.message);
  return result;
}

tacet_maestro_result cost(int pes, const char *text) {
  tacet_maestro_hardware hardware = array_of(pes);
  return cost_on(&hardware, text);
}
