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

/* Each stage does what stands before it, too, for all layers of a file. */
enum stage { READ, COST, PRINT, STAGES };
static const char *const stage_names[STAGES] = {"read", "read and cost",
                                                "read, cost and print"};

static tacet_status run_layers(const tacet_maestro_file *file,
                               const tacet_maestro_hardware *hardware,
                               enum stage stage) {
  tacet_maestro_batch batch;
  tacet_maestro_ledger ledger = {0};
  char row[4096];
  tacet_maestro_batch_of(&batch, file);
  for (int i = 0; i < file->layers; i++) {
    tacet_maestro_result result;
    tacet_maestro_price price;
    tacet_error error;
    if (tacet_maestro_cost(&result, &file->layer[i], &batch, hardware,
                           &error) != TACET_OK)
      continue;
    if (stage < PRINT) continue;
    tacet_maestro_price_of(&price, &ledger, &result, hardware);
    tacet_maestro_csv_row(row, sizeof row, file->network, file->layer[i].name,
                          &result, &price, hardware);
  }
  return TACET_OK;
}

/* Microseconds a layer, the best of several rounds; negative on error. */
static double time_stage(const char *path,
                         const tacet_maestro_hardware *hardware,
                         enum stage stage, int *layers, tacet_error *error) {
  double best = 1e9, begin = seconds();
  for (int round = 0; round < 5 || seconds() - begin < 0.5; round++) {
    tacet_maestro_file file;
    double start = seconds();
    if (tacet_maestro_read(&file, path, error) != TACET_OK) return -1;
    *layers = file.layers;
    if (stage > READ) run_layers(&file, hardware, stage);
    tacet_maestro_free(&file);
    double taken = 1e6 * (seconds() - start) / *layers;
    if (taken < best) best = taken;
  }
  return best;
}

/* ---- the peer ----------------------------------------------------------- */

static double time_peer(const char *peer, const char *mapping,
                        const char *hardware, int layers) {
  char command[4 * PATH_MAX];
  int length = snprintf(command, sizeof command,
                        "%s --Mapping_file='%s' --HW_file='%s' "
                        "--print_res=false >/dev/null",
                        peer, mapping, hardware);
  if (length >= (int)sizeof command) return -1;
  double start = seconds();
  if (system(command) != 0) return -1;
  return 1e6 * (seconds() - start) / layers;
}

static int bench(const char *mapping, const char *hardware_path) {
  tacet_maestro_hardware hardware = {.simd_lanes = 1};
  tacet_error error;
  double taken = 0;
  int layers = 0;
  if (tacet_maestro_hardware_read(&hardware, hardware_path, &error))
    return fail(&error);
  for (int stage = READ; stage < STAGES; stage++) {
    taken = time_stage(mapping, &hardware, (enum stage)stage, &layers, &error);
    if (taken < 0) return fail(&error);
    printf("maestro, %-22s %8.2f us a layer (%d layers)\n", stage_names[stage],
           taken, layers);
  }
  const char *peer = getenv("PEER");
  if (!peer) return 0;
  double peer_taken = time_peer(peer, mapping, hardware_path, layers);
  if (peer_taken < 0) {
    fprintf(stderr, "the peer failed: %s\n", peer);
    return 1;
  }
  printf("maestro, %-22s %8.2f us a layer: %.0f times ours\n", "the peer",
         peer_taken, peer_taken / taken);
  return 0;
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
