/* libFuzzer: any bytes, read as a mapping and as a hardware file, must give
   layers or errors with a place that fit one line; and any layer a result or
   an error. */
#include <stdlib.h>
#include <string.h>

#include "../dense/maestro/maestro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_always) {
  if (!true_always) abort();
}

static void check_error(const tacet_error *error) {
  char text[1200];
  tacet_error_text(error, text, sizeof text);
  must(error->message[0] && !strchr(text, '\n'));
}

static void check_layer(const tacet_maestro_file *file, int index,
                        const tacet_maestro_batch *batch,
                        const tacet_maestro_hardware *hardware) {
  const tacet_maestro_layer *layer = &file->layer[index];
  tacet_maestro_result result;
  tacet_maestro_price price;
  tacet_maestro_ledger ledger = {0};
  tacet_error error = {0};
  char row[2048];
  tacet_status status =
      tacet_maestro_cost(&result, layer, batch, hardware, &error);
  must(status == error.status);
  if (layer->problem) must(status != TACET_OK && layer->problem->line > 0);
  if (status != TACET_OK) {
    check_error(&error);
    must(strcmp(error.file, "fuzz") == 0);
    return;
  }
  tacet_maestro_price_of(&price, &ledger, &result, hardware);
  tacet_maestro_csv_row(row, sizeof row, file->network, layer->name, &result,
                        &price, hardware);
}

static void check_mapping(const char *text, size_t size,
                          const tacet_maestro_hardware *hardware) {
  tacet_maestro_file file;
  tacet_maestro_batch batch;
  tacet_error error = {0};
  if (tacet_maestro_parse(&file, text, size, "fuzz", &error) != TACET_OK) {
    check_error(&error);
    return;
  }
  if (file.problem.status != TACET_OK) check_error(&file.problem);
  for (int i = 0; i < file.remarks; i++) check_error(&file.remark[i]);
  tacet_maestro_batch_of(&batch, &file);
  for (int i = 0; i < file.layers; i++) {
    for (int d = 0; d < file.layer[i].dims; d++)
      must(file.layer[i].dim[d].size >= 1 && file.layer[i].dim[d].stride >= 1);
    check_layer(&file, i, &batch, hardware);
  }
  tacet_maestro_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  tacet_maestro_hardware hardware = {.pes = 64,
                                     .simd_lanes = 1,
                                     .noc_bandwidth = 16,
                                     .noc_latency = 1,
                                     .offchip_bandwidth = 8};
  tacet_maestro_hardware read = hardware;
  tacet_error error = {0};
  const char *text = (const char *)data;
  if (tacet_maestro_hardware_parse(&read, text, size, "fuzz", &error))
    check_error(&error);
  check_mapping(text, size, &hardware);
  return 0;
}
