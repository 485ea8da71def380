/* A temporary directory. Its two ends fit cmocka's group fixtures. */
#include "scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[512];

int scratch_make(void **state) {
  (void)state;
  const char *parent = getenv("TMPDIR");
  if (!parent || !*parent) parent = "/tmp";
  snprintf(directory, sizeof directory, "%s/tacet-XXXXXX", parent);
  return mkdtemp(directory) ? 0 : -1;
}

int scratch_remove(void **state) {
  (void)state;
  DIR *entries = opendir(directory);
  if (!entries) return -1;
  for (struct dirent *entry; (entry = readdir(entries));)
    if (entry->d_name[0] != '.') unlink(scratch_path(entry->d_name));
  closedir(entries);
  return rmdir(directory);
}

const char *scratch_path(const char *name) {
  static char paths[4][1024];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", directory, name);
  return path;
}
