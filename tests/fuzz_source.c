/* libFuzzer: any bytes, as a file of any kind, must give a mask or an error of
   one line that names the file; the readers run in this very process. */
#include <string.h>

#include "reader_fuzz.h"

static const tacet_tensor tensor = {
    .name = "weight",
    .ranks = 3,
    .rank = {{.name = "K", .size = 4},
             {.name = "C", .size = 3},
             {.name = "R", .size = 2}},
};

/* Stricter than fuzz_check: here nothing that cannot be printed gets out. */
static void check(tacet_status status, const tacet_error *error,
                  const char *path) {
  char text[1200];
  if (!status) return;
  fuzz_must(status == error->status);
  tacet_error_text(error, text, sizeof text);
  fuzz_must(strstr(text, path) != NULL || strstr(text, "layout") != NULL);
  for (const char *c = text; *c; c++) fuzz_must((unsigned char)*c >= ' ');
}

static tacet_status read_name(void *name, tacet_target *target,
                              tacet_error *error) {
  const tacet_status status = tacet_source_read(target, name, error);
  check(status, error, target->file);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static tacet_listing listing;
  static char w[] = "w";
  static const char *const layouts[] = {"K(CR)", "KCR", "(RKC)", NULL};
  tacet_error error = {0};
  const char *path = fuzz_file(data, size);
  listing.count = listing.others = 0;
  const tacet_status status = tacet_source_list(&listing, path, NULL, &error);
  check(status, &error, path);
  for (int l = 0; l < 4; l++) {
    for (int i = 0; i < listing.count && i < 3; i++)
      fuzz_read_array(&tensor, layouts[l], path, read_name,
                      listing.array[i].name);
    fuzz_read_array(&tensor, layouts[l], path, read_name, w);
  }
  return 0;
}
