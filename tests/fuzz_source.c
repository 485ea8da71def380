/* libFuzzer: any bytes, as a file of any kind, must give a mask or an error of
   one line that names the file; the readers run in this very process. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sparse/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const tacet_tensor tensor = {
    .name = "weight",
    .ranks = 3,
    .rank = {{.name = "K", .size = 4},
             {.name = "C", .size = 3},
             {.name = "R", .size = 2}},
};

static void must(bool true_always) {
  if (!true_always) abort();
}

static const char *write_file(const uint8_t *data, size_t size) {
  static char path[64];
  if (!path[0])
    snprintf(path, sizeof path, "/dev/shm/tacet-fuzz-%ld", (long)getpid());
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  must(file >= 0 && write(file, data, size) == (ssize_t)size);
  close(file);
  return path;
}

static void check(tacet_status status, const tacet_error *error,
                  const char *path) {
  char text[1200];
  if (!status) return;
  must(status == error->status);
  tacet_error_text(error, text, sizeof text);
  must(strstr(text, path) != NULL || strstr(text, "layout") != NULL);
  for (const char *c = text; *c; c++) must((unsigned char)*c >= ' ');
}

static void read_array(const char *path, const char *name, const char *layout) {
  uint64_t bits[1] = {0};
  float magnitude[24] = {0};
  tacet_error error = {0};
  for (int way = 0; way < 2; way++) {
    tacet_target target = {.tensor = &tensor, .layout = layout, .file = path};
    target.bits = way ? NULL : bits;
    target.magnitude = way ? magnitude : NULL;
    check(tacet_source_read(&target, name, &error), &error, path);
  }
  must(bits[0] >> 24 == 0);
  for (int i = 0; i < 24; i++) must(!(magnitude[i] < 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static tacet_listing listing;
  static const char *const layouts[] = {"K(CR)", "KCR", "(RKC)", NULL};
  tacet_error error = {0};
  const char *path = write_file(data, size);
  listing.count = listing.others = 0;
  const tacet_status status = tacet_source_list(&listing, path, NULL, &error);
  check(status, &error, path);
  for (int l = 0; l < 4; l++) {
    for (int i = 0; i < listing.count && i < 3; i++)
      read_array(path, listing.array[i].name, layouts[l]);
    read_array(path, "w", layouts[l]);
  }
  return 0;
}
