/* libFuzzer: any bytes, read as each kind of file, must give a value or an
   error with a place that fits one line. */
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/technology.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_always) {
  if (!true_always) abort();
}

static tacet_status read_network(const tacet_doc *doc, tacet_error *error) {
  tacet_network network;
  const tacet_status status = tacet_network_read(&network, doc, error);
  for (int i = 0; i < network.layers; i++)
    must(tacet_layer_macs(&network.layer[i]) >= 1);
  tacet_network_free(&network);
  return status;
}

static tacet_status read_dataflow(const tacet_doc *doc, tacet_error *error) {
  static tacet_dataflow_set dataflow;
  return tacet_dataflow_read(&dataflow, tacet_doc_root(doc), error);
}

static tacet_status read_accelerator(const tacet_doc *doc, tacet_error *error) {
  tacet_accelerator accelerator;
  const tacet_status status = tacet_accelerator_read(&accelerator, doc, error);
  if (!status) must(accelerator.link[0].bandwidth > 0);
  return status;
}

static tacet_status read_technology(const tacet_doc *doc, tacet_error *error) {
  tacet_technology technology;
  return tacet_technology_read(&technology, doc, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static tacet_status (*const readers[])(const tacet_doc *, tacet_error *) = {
      read_network, read_dataflow, read_accelerator, read_technology};
  for (int r = 0; r < 4; r++) {
    tacet_doc *doc;
    tacet_error error = {0};
    tacet_status status =
        tacet_doc_parse(&doc, (const char *)data, size, "fuzz", &error);
    if (!status) status = readers[r](doc, &error);
    if (!status) status = tacet_doc_check(doc, &error);
    tacet_doc_free(doc);
    must(status == error.status);
    char text[1200];
    tacet_error_text(&error, text, sizeof text);
    must(!strchr(text, '\n'));
    must(!status || (error.message[0] && strcmp(error.file, "fuzz") == 0));
  }
  return 0;
}
