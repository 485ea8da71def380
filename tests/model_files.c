/* The files under models/, read or the test fails; used by several tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model_files.h"

void require(tacet_status status, const tacet_error *error) {
  if (!status) return;
  char text[1024];
  tacet_error_text(error, text, sizeof text);
  fail_msg("%s", text);
}

tacet_doc *read_doc(const char *path) {
  tacet_doc *doc;
  tacet_error error;
  require(tacet_doc_read(&doc, path, &error), &error);
  return doc;
}

void each_file(const char *folder, visit_file *visit, void *context) {
  DIR *directory = opendir(folder);
  if (!directory) fail_msg("cannot open %s", folder);
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (!strstr(entry->d_name, ".yaml")) continue;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    visit(path, context);
  }
  closedir(directory);
}

tacet_network read_network(const tacet_doc *doc) {
  tacet_network network;
  tacet_error error;
  require(tacet_network_read(&network, doc, &error), &error);
  require(tacet_doc_check(doc, &error), &error);
  return network;
}

/* In a product of two activations the weight slot holds none. */
bool has_weights(const tacet_layer *layer) {
  return layer->type != TACET_GEMM || layer->dim[0].size == 1;
}

double weights_of(const tacet_layer *layer) {
  const tacet_tensor *weight = &layer->tensor[TACET_WEIGHT];
  return has_weights(layer) ? (double)tacet_tensor_size(weight) : 0;
}

void check_near(const char *path, const char *what, double found,
                double published, double digit) {
  printf("  %s: %.9g %s\n", path, found, what);
  if (fabs(found - published) > digit)
    fail_msg("%s: %.9g %s; published are %.9g", path, found, what, published);
}
