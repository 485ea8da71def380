/* Times the compatible reading, in microseconds a layer, on a mapping file:
   the one given, or the published tool's largest where TACET_ORACLE has it.
   PEER names a command of the published tool; it is run on the same files,
   alone, and timed beside. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../dense/maestro/maestro.h"

static double seconds(void) {
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
  double best = 1e9, begin = seconds();
  for (int round = 0; round < 5 || seconds() - begin < 0.5; round++) {
    double start = seconds();
    if (stage == READ)
      read_again(work);
    else
      cost_layers(work, stage == ROW);
    double taken = 1e6 * (seconds() - start) / work->file.layers;
    if (taken < best) best = taken;
  }
  return best;
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
  double start = seconds();
  if (system(command) != 0) return -1;
  return 1e6 * (seconds() - start) / work->file.layers;
}

static int compare(const double *taken, const job *work) {
  const char *peer = getenv("PEER");
  if (!peer) return 0;
  double theirs = time_peer(peer, work);
  if (theirs < 0) {
    fprintf(stderr, "the peer failed: %s\n", peer);
    return 1;
  }
  printf("maestro, the peer:          %8.2f us a layer, %.0f times a layer's "
         "cost and row, %.0f times with reading\n",
         theirs, theirs / taken[ROW], theirs / (taken[ROW] + taken[READ]));
  return 0;
}

static int bench(const char *mapping, const char *hardware) {
  job work = {.mapping = mapping,
              .hardware_file = hardware,
              .hardware = {.simd_lanes = 1}};
  double taken[STAGES];
  tacet_error error;
  if (tacet_maestro_hardware_read(&work.hardware, hardware, &error) ||
      tacet_maestro_read(&work.file, mapping, &error))
    return fail(&error);
  for (int stage = READ; stage < STAGES; stage++) {
    taken[stage] = time_stage(&work, (enum stage)stage);
    printf("maestro, %-18s %8.2f us a layer (%d layers)\n", stage_names[stage],
           taken[stage], work.file.layers);
  }
  int exit_code = compare(taken, &work);
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
