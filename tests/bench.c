/* Figures of benchmarks, as text and as JSON. */
#include "bench.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double bench_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void add_line(const char *file, const json_t *figure) {
  FILE *out = fopen(file, "a");
  char *text = json_dumps(figure, JSON_COMPACT);
  if (out == NULL || text == NULL || fprintf(out, "%s\n", text) < 0 ||
      fclose(out) != 0) {
    perror(file);
    exit(3);
  }
  free(text);
}

void bench_figure(const char *bench, const char *name, double value,
                  const char *unit) {
  printf("%-7s %-44s %12.4g %s\n", bench, name, value, unit);
  fflush(stdout);
  const char *file = getenv("JSON");
  if (file == NULL || *file == '\0') return;
  json_t *figure = json_pack("{s:s, s:s, s:f, s:s}", "bench", bench, "name",
                             name, "value", value, "unit", unit);
  add_line(file, figure);
  json_decref(figure);
}
