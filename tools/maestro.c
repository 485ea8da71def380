/* tacet maestro: takes the options and files of the published MAESTRO and
   writes its CSV. What it computes stands in dense/maestro/. */
#include "command.h"
#include "maestro_request.h"
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The CSV in the making. */
struct rows {
  char *text;
  size_t length;
  size_t room;
  size_t header; /* length of its first line */
};

/* What a layer or the file is judged by at the end. */
struct tally {
  int64_t l1_need; /* the largest of any layer */
  int64_t l2_need;
  int exit_code;
};

/* ---- rows --------------------------------------------------------------- */

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "no memory for the CSV");
}

static tacet_status make_room(struct rows *rows, size_t more,
                              tacet_error *error) {
  if (rows->room - rows->length >= more) return TACET_OK;
  size_t room = 2 * (rows->length + more);
  char *text = realloc(rows->text, room);
  if (!text) return no_memory(error);
  rows->text = text;
  rows->room = room;
  return TACET_OK;
}

static tacet_status add_header(struct rows *rows, tacet_error *error) {
  const char *header = tacet_maestro_csv_header();
  size_t length = strlen(header);
  tacet_status status = make_room(rows, length + 1, error);
  if (status != TACET_OK) return status;
  memcpy(rows->text, header, length);
  rows->text[length] = '\n';
  rows->length = rows->header = length + 1;
  return TACET_OK;
}

static tacet_status add_row(struct rows *rows, const char *network,
                            const tacet_maestro_layer *layer,
                            const tacet_maestro_result *result,
                            const tacet_maestro_price *price,
                            const tacet_maestro_hardware *hardware,
                            tacet_error *error) {
  size_t size = 2048 + strlen(network) + strlen(layer->name);
  tacet_status status = make_room(rows, size, error);
  if (status != TACET_OK) return status;
  rows->length +=
      (size_t)tacet_maestro_csv_row(rows->text + rows->length, size, network,
                                    layer->name, result, price, hardware);
  rows->text[rows->length++] = '\n';
  return TACET_OK;
}

/* ---- the CSV ------------------------------------------------------------ */

/* The published tool's name for the CSV of a mapping: without its first two
   folders, up to the first dot. The caller frees it. */
static char *csv_name(const char *mapping) {
  for (int i = 0; i < 2; i++) {
    const char *slash = strchr(mapping, '/');
    if (slash) mapping = slash + 1;
  }
  size_t length = strcspn(mapping, ".");
  char *name = malloc(length + sizeof ".csv");
  if (!name) return NULL;
  memcpy(name, mapping, length);
  strcpy(name + length, ".csv");
  return name;
}

static bool exists(const char *path) {
  FILE *old = fopen(path, "r");
  if (old) fclose(old);
  return old != NULL;
}

/* As the published tool does: rows are appended, the header opens the file. */
static tacet_status append(const struct rows *rows, const char *path,
                           tacet_error *error) {
  tacet_place place = {.file = path};
  size_t skip = exists(path) ? rows->header : 0;
  FILE *stream = fopen(path, "a");
  if (!stream)
    return tacet_fail(error, TACET_NO_FILE, &place, "cannot be written: %s",
                      strerror(errno));
  fwrite(rows->text + skip, 1, rows->length - skip, stream);
  bool failed = ferror(stream);
  failed |= fclose(stream) != 0;
  if (!failed) return TACET_OK;
  return tacet_fail(error, TACET_WRITE_FAILED, &place, "cannot be written");
}

static tacet_status write_csv(const struct rows *rows,
                              const tacet_maestro_request *request,
                              tacet_error *error) {
  if (request->output)
    return tacet_output_write(request->output, rows->text, rows->length, error);
  char *path = csv_name(request->mapping_file);
  if (!path) return no_memory(error);
  tacet_status status = append(rows, path, error);
  free(path);
  return status;
}

/* ---- layers ------------------------------------------------------------- */

static void complain(struct tally *tally, const tacet_error *error) {
  int exit_code = tacet_complain(error);
  if (exit_code > tally->exit_code) tally->exit_code = exit_code;
}

static void print_layer(const tacet_maestro_layer *layer,
                        const tacet_maestro_result *result,
                        const tacet_maestro_price *price) {
  printf("%-24s %14lld cycles %16lld MACs %12g nJ %10g PEs used\n", layer->name,
         (long long)result->runtime, (long long)result->macs, price->energy,
         result->utilized_pes);
}

static void take_need(struct tally *tally, const tacet_maestro_result *result) {
  if (result->l1_size > tally->l1_need) tally->l1_need = result->l1_size;
  if (result->l2_size > tally->l2_need) tally->l2_need = result->l2_size;
}

static void print_remarks(const tacet_maestro_file *file) {
  for (int i = 0; i < file->remarks; i++) tacet_complain(&file->remark[i]);
}

static void remark_wrap(const tacet_maestro_layer *layer) {
  tacet_error remark;
  tacet_fail(&remark, TACET_OK, &layer->place,
             "the steps do not fit the 32 bits of the published tool: these "
             "numbers are its own, and wrong");
  tacet_complain(&remark);
}

/* A layer that fails is complained of, and the next one looked at. */
static tacet_status evaluate(struct rows *rows, struct tally *tally,
                             const tacet_maestro_request *request,
                             const tacet_maestro_file *file,
                             tacet_error *error) {
  tacet_maestro_batch batch;
  tacet_maestro_ledger ledger = {0};
  tacet_status status = add_header(rows, error);
  tacet_maestro_batch_of(&batch, file);
  for (int i = 0; i < file->layers && status == TACET_OK; i++) {
    const tacet_maestro_layer *layer = &file->layer[i];
    tacet_maestro_result result;
    tacet_maestro_price price;
    if (tacet_maestro_cost(&result, layer, &batch, &request->hardware, error) !=
        TACET_OK) {
      complain(tally, error);
      continue;
    }
    tacet_maestro_price_of(&price, &ledger, &result, &request->hardware);
    take_need(tally, &result);
    if (result.wrapped) remark_wrap(layer);
    if (request->print_results) print_layer(layer, &result, &price);
    status = add_row(rows, file->network, layer, &result, &price,
                     &request->hardware, error);
  }
  return status;
}

static void warn_of_capacity(const struct tally *tally,
                             const tacet_maestro_hardware *hardware) {
  const struct {
    const char *name;
    int64_t need;
    int size;
  } buffers[] = {{"L1", tally->l1_need, hardware->l1_size},
                 {"L2", tally->l2_need, hardware->l2_size}};
  for (int i = 0; i < 2; i++)
    if (buffers[i].need > buffers[i].size)
      printf("%s holds %d elements, but %lld are needed; nothing else is made "
             "of it\n",
             buffers[i].name, buffers[i].size, (long long)buffers[i].need);
}

/* ---- the command -------------------------------------------------------- */

static tacet_status read_hardware(tacet_maestro_request *request,
                                  tacet_error *error) {
  tacet_maestro_hardware *hardware = &request->hardware;
  if (request->hardware_file) {
    tacet_status status =
        tacet_maestro_hardware_read(hardware, request->hardware_file, error);
    if (status != TACET_OK) return status;
  } else if (__builtin_mul_overflow(request->noc_hops, request->noc_hop_latency,
                                    &hardware->noc_latency)) {
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "the hops' latencies do not fit 32 bits");
  }
  return tacet_maestro_hardware_check(hardware, error);
}

static tacet_status run(struct tally *tally,
                        const tacet_maestro_request *request,
                        const tacet_maestro_file *file, tacet_error *error) {
  struct rows rows = {0};
  print_remarks(file);
  if (file->problem.status != TACET_OK) complain(tally, &file->problem);
  tacet_status status = evaluate(&rows, tally, request, file, error);
  if (status == TACET_OK && request->print_results)
    warn_of_capacity(tally, &request->hardware);
  if (status == TACET_OK && request->write_csv && rows.length > rows.header)
    status = write_csv(&rows, request, error);
  free(rows.text);
  return status;
}

static tacet_status serve(struct tally *tally, tacet_maestro_request *request,
                          tacet_error *error) {
  tacet_maestro_file file;
  tacet_status status = read_hardware(request, error);
  if (status != TACET_OK) return status;
  status = tacet_maestro_read(&file, request->mapping_file, error);
  if (status != TACET_OK) return status;
  if (file.layers == 0 && file.problem.status == TACET_OK)
    status = tacet_fail(error, TACET_BAD_INPUT,
                        &(tacet_place){.file = request->mapping_file},
                        "the file has no layers");
  else
    status = run(tally, request, &file, error);
  tacet_maestro_free(&file);
  return status;
}

int tacet_command_maestro(int argc, char **argv) {
  tacet_maestro_request request;
  struct tally tally = {0};
  tacet_error error = {0};
  tacet_status status =
      tacet_maestro_request_read(&request, argc, argv, &error);
  if (status == TACET_OK && request.help) {
    tacet_maestro_request_help();
    return 0;
  }
  if (status == TACET_OK) status = serve(&tally, &request, &error);
  if (fflush(stdout) != 0 && status == TACET_OK)
    status = tacet_fail(&error, TACET_WRITE_FAILED, NULL,
                        "standard output cannot be written");
  if (status != TACET_OK) complain(&tally, &error);
  return tally.exit_code;
}
