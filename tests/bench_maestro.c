/* Times the compatible reading, in microseconds a layer, on a mapping file:
   the one given, or the published tool's largest where TACET_ORACLE has it;
   and tacet's own evaluation of those of its layers that bind. PEER names a
   command of the published tool; it is run on the same files, alone, and
   timed beside. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../dense/maestro/import.h"
#include "../dense/maestro/maestro.h"
#include "../dense/spec/spec.h"
#include "bench.h"

/* The peer is another process, whose own time counts too. */
static double wall_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int fail(const tacet_error *error) {
  char text[1024];
  tacet_error_text(error, text, sizeof text);
  fprintf(stderr, "%s\n", text);
  return 1;
}

/* ---- stages ------------------------------------------------------------- */

enum stage { READ, COST, ROW, STAGES };
static const char *const stage_names[STAGES] = {"reading", "cost",
                                                "cost and CSV row"};

typedef struct job {
  const char *mapping;
  const char *hardware_file;
  tacet_maestro_hardware hardware;
  tacet_maestro_file file;
} job;

static void read_again(const job *work) {
  tacet_maestro_file file;
  tacet_error error;
  if (tacet_maestro_read(&file, work->mapping, &error) == TACET_OK)
    tacet_maestro_free(&file);
}

static void cost_layers(const job *work, bool rows) {
  const tacet_maestro_file *file = &work->file;
  tacet_maestro_batch batch;
  tacet_maestro_ledger ledger = {0};
  tacet_maestro_batch_of(&batch, file);
  for (int i = 0; i < file->layers; i++) {
    tacet_maestro_result result;
    tacet_maestro_price price;
    tacet_error error;
    char row[4096];
    if (tacet_maestro_cost(&result, &file->layer[i], &batch, &work->hardware,
                           &error) != TACET_OK ||
        !rows)
      continue;
    tacet_maestro_price_of(&price, &ledger, &result, &work->hardware);
    tacet_maestro_csv_row(row, sizeof row, file->network, file->layer[i].name,
                          &result, &price, &work->hardware);
  }
}

/* Microseconds a layer, in the best of several rounds. */
static double time_stage(const job *work, enum stage stage) {
  double best = 1e9, begin = bench_seconds();
  for (int round = 0; round < 5 || bench_seconds() - begin < 0.5; round++) {
    double start = bench_seconds();
    if (stage == READ)
      read_again(work);
    else
      cost_layers(work, stage == ROW);
    double taken = 1e6 * (bench_seconds() - start) / work->file.layers;
    if (taken < best) best = taken;
  }
  return best;
}

/* ---- tacet's own evaluation --------------------------------------------- */

/* One layer again and again: microseconds, or a negative number where it does
   not bind. */
static double time_own_layer(const tacet_maestro_layer *source,
                             const tacet_accelerator *accelerator) {
  enum { TIMES = 200 };
  tacet_layer layer;
  tacet_dataflow flow;
  tacet_cost cost;
  tacet_error error;
  if (tacet_import_layer(&layer, source, &error) ||
      tacet_import_dataflow(&flow, source, &error) ||
      tacet_evaluate(&cost, &layer, &flow, accelerator, &error))
    return -1;
  double start = bench_seconds();
  for (int i = 0; i < TIMES; i++)
    tacet_evaluate(&cost, &layer, &flow, accelerator, &error);
  return 1e6 * (bench_seconds() - start) / TIMES;
}

/* Microseconds a layer, of those that bind to an array as wide as the
   hardware's and with room for their tiles; their number. */
static int time_own(double *taken, const job *work) {
  tacet_doc *doc;
  tacet_accelerator accelerator;
  tacet_error error;
  int bound = 0;
  *taken = 0;
  if (tacet_doc_read(&doc, "models/accelerators/nvdla-like.yaml", &error) ||
      tacet_accelerator_read(&accelerator, doc, &error))
    return -fail(&error);
  accelerator.pes = work->hardware.pes;
  for (int s = 1; s < 3; s++) accelerator.storage[s].size_bits = INT64_MAX / 4;
  for (int i = 0; i < work->file.layers; i++) {
    double layer = time_own_layer(&work->file.layer[i], &accelerator);
    if (layer < 0) continue;
    *taken += layer;
    bound++;
  }
  tacet_doc_free(doc);
  if (bound > 0) *taken /= bound;
  return bound;
}

/* ---- the peer ----------------------------------------------------------- */

/* Microseconds a layer of one run, or a negative number. */
static double time_peer(const char *peer, const job *work) {
  char command[4 * PATH_MAX];
  int length = snprintf(command, sizeof command,
                        "%s --Mapping_file='%s' --HW_file='%s' "
                        "--print_res=false >/dev/null",
                        peer, work->mapping, work->hardware_file);
  if (length >= (int)sizeof command) return -1;
  double start = wall_seconds();
  if (system(command) != 0) return -1;
  return 1e6 * (wall_seconds() - start) / work->file.layers;
}

/* `own` is tacet's own evaluation of a layer in microseconds. */
static int compare(const double *taken, double own, const job *work) {
  const char *peer = getenv("PEER");
  if (!peer) return 0;
  double theirs = time_peer(peer, work);
  if (theirs < 0) {
    fprintf(stderr, "the peer failed: %s\n", peer);
    return 1;
  }
  bench_figure("maestro", "the peer", theirs, "us a layer");
  bench_figure("maestro", "the peer / cost and CSV row", theirs / taken[ROW],
               "times");
  bench_figure("maestro", "the peer / reading, cost and CSV row",
               theirs / (taken[ROW] + taken[READ]), "times");
  bench_figure("maestro", "the peer / tacet's own evaluation", theirs / own,
               "times");
  return 0;
}

static int bench(const char *mapping, const char *hardware) {
  job work = {.mapping = mapping,
              .hardware_file = hardware,
              .hardware = {.simd_lanes = 1}};
  double taken[STAGES], own;
  tacet_error error;
  if (tacet_maestro_hardware_read(&work.hardware, hardware, &error) ||
      tacet_maestro_read(&work.file, mapping, &error))
    return fail(&error);
  for (int stage = READ; stage < STAGES; stage++) {
    taken[stage] = time_stage(&work, (enum stage)stage);
    bench_figure("maestro", stage_names[stage], taken[stage], "us a layer");
  }
  int bound = time_own(&own, &work);
  int exit_code = bound < 0 ? 1 : 0;
  if (bound > 0) {
    char name[64];
    snprintf(name, sizeof name, "tacet's own evaluation (%d of %d layers)",
             bound, work.file.layers);
    bench_figure("maestro", name, own, "us a layer");
    exit_code = compare(taken, own, &work);
  }
  tacet_maestro_free(&work.file);
  return exit_code;
}

int main(int argc, char **argv) {
  char mapping[PATH_MAX], hardware[PATH_MAX];
  const char *oracle = getenv("TACET_ORACLE");
  if (argc == 3) return bench(argv[1], argv[2]);
  if (argc != 1) {
    fprintf(stderr, "usage: bench_maestro [MAPPING.m HARDWARE.m]\n");
    return 2;
  }
  if (!oracle || strlen(oracle) > PATH_MAX - 64) {
    printf("maestro: skipped, TACET_ORACLE is not set and no file given\n");
    return 0;
  }
  snprintf(mapping, sizeof mapping, "%s/maestro/mapping/Transformer_Complete.m",
           oracle);
  snprintf(hardware, sizeof hardware, "%s/maestro/hw/acc1.m", oracle);
  return bench(mapping, hardware);
}
