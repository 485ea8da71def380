/* The options of tacet maestro: those of the published tool, in one table for
   parser and help. Opens no file. */
#include "maestro_request.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, FLAG, IGNORED };

static const struct option {
  const char *name;
  enum kind kind;
  size_t offset; /* in tacet_maestro_request */
  const char *help;
} options[] = {
    {"Mapping_file", TEXT, offsetof(tacet_maestro_request, mapping_file),
     "layers and their dataflows"},
    {"HW_file", TEXT, offsetof(tacet_maestro_request, hardware_file),
     "hardware, in place of all below but SIMD lanes"},
    {"num_pes", NUMBER, offsetof(tacet_maestro_request, hardware.pes),
     "PEs (7)"},
    {"num_simd_lanes", NUMBER,
     offsetof(tacet_maestro_request, hardware.simd_lanes),
     "MACs a PE and cycle (1)"},
    {"noc_bw_cstr", NUMBER,
     offsetof(tacet_maestro_request, hardware.noc_bandwidth),
     "elements a cycle on the NoC (no limit)"},
    {"noc_hops", NUMBER, offsetof(tacet_maestro_request, noc_hops),
     "hops of the NoC (1)"},
    {"noc_hop_latency", NUMBER,
     offsetof(tacet_maestro_request, noc_hop_latency), "cycles a hop (0)"},
    {"offchip_bw_cstr", NUMBER,
     offsetof(tacet_maestro_request, hardware.offchip_bandwidth),
     "elements a cycle off chip (70000)"},
    {"l1_size_cstr", NUMBER, offsetof(tacet_maestro_request, hardware.l1_size),
     "elements, compared with the need only (no limit)"},
    {"l2_size_cstr", NUMBER, offsetof(tacet_maestro_request, hardware.l2_size),
     "elements, compared with the need only (no limit)"},
    {"print_res", FLAG, offsetof(tacet_maestro_request, print_results),
     "a line a layer on standard output (true)"},
    {"print_res_csv_file", FLAG, offsetof(tacet_maestro_request, write_csv),
     "write the CSV (true)"},
    {"output", TEXT, offsetof(tacet_maestro_request, output),
     "or -o: write the CSV there, whole, and do not append"},
    {"print_log_file", IGNORED, 0, NULL},
    {"msg_print_lv", IGNORED, 0, NULL},
    {"dataflow_file", IGNORED, 0, NULL},
    {"layer_file", IGNORED, 0, NULL},
    {"noc_mc_support", IGNORED, 0, NULL},
    {"top_bw_only", IGNORED, 0, NULL},
    {"bw_sweep", IGNORED, 0, NULL},
    {"do_implicit_reduction", IGNORED, 0, NULL},
    {"do_fg_sync", IGNORED, 0, NULL},
    {"do_reduction_op", IGNORED, 0, NULL},
    {"full_buffer", IGNORED, 0, NULL},
    {"do_dse", IGNORED, 0, NULL},
    {"verbose", IGNORED, 0, NULL},
    {"print_design_space", IGNORED, 0, NULL},
    {"print_space", IGNORED, 0, NULL},
    {"min_num_PEs", IGNORED, 0, NULL},
    {"max_num_PEs", IGNORED, 0, NULL},
    {"min_noc_bw", IGNORED, 0, NULL},
    {"max_noc_bw", IGNORED, 0, NULL},
    {"pe_tick", IGNORED, 0, NULL},
    {"bw_tick", IGNORED, 0, NULL},
    {"area_constraint", IGNORED, 0, NULL},
    {"power_constraint", IGNORED, 0, NULL},
    {"optimization_target", IGNORED, 0, NULL},
};
enum { OPTIONS = sizeof options / sizeof options[0] };

static tacet_status misused(tacet_error *error) {
  tacet_advise(error, "\"tacet maestro --help\" explains");
  return TACET_BAD_USAGE;
}

/* A name in full, or as many of its letters as belong to no other. */
static tacet_status find(const struct option **found, const char *name,
                         size_t length, tacet_error *error) {
  int fits = 0;
  for (int i = 0; i < OPTIONS; i++) {
    if (strncmp(options[i].name, name, length)) continue;
    *found = &options[i];
    if (!options[i].name[length]) return TACET_OK;
    fits++;
  }
  if (fits == 1) return TACET_OK;
  tacet_fail(error, TACET_BAD_USAGE, NULL,
             fits ? "--%.*s may mean several options" : "no option --%.*s",
             (int)(length < 80 ? length : 80), name);
  return misused(error);
}

static bool read_number(int *number, const char *value) {
  char *end;
  long long read = strtoll(value, &end, 10);
  if (end == value || *end || read < 0 || read > INT_MAX) return false;
  *number = (int)read;
  return true;
}

static bool read_flag(bool *flag, const char *value) {
  static const char *const words[] = {"false", "true", "no", "yes",
                                      "off",   "on",   "0",  "1"};
  for (int i = 0; i < 8; i++) {
    *flag = i % 2;
    if (!strcmp(value, words[i])) return true;
  }
  return false;
}

static tacet_status set(tacet_maestro_request *request,
                        const struct option *option, const char *value,
                        tacet_error *error) {
  char *field = (char *)request + option->offset;
  bool understood = true;
  switch (option->kind) {
  case TEXT: memcpy(field, &value, sizeof value); break;
  case NUMBER: understood = read_number((int *)(void *)field, value); break;
  case FLAG: understood = read_flag((bool *)(void *)field, value); break;
  case IGNORED: break;
  }
  if (understood) return TACET_OK;
  tacet_fail(error, TACET_BAD_USAGE, NULL, "--%s wants %s, not \"%.80s\"",
             option->name,
             option->kind == FLAG ? "true or false"
                                  : "a whole number of 0 or more",
             value);
  return misused(error);
}

/* Reads argv[*next], and what follows it if its value does. */
static tacet_status read_option(tacet_maestro_request *request, int argc,
                                char **argv, int *next, bool seen[OPTIONS],
                                tacet_error *error) {
  const char *name = argv[(*next)++];
  const struct option *option = NULL;
  if (!strcmp(name, "-o")) name = "--output";
  if (strncmp(name, "--", 2) || !name[2]) {
    tacet_fail(error, TACET_BAD_USAGE, NULL, "\"%.80s\" is no option", name);
    return misused(error);
  }
  size_t length = strcspn(name += 2, "=");
  const char *value = name[length]   ? name + length + 1
                      : *next < argc ? argv[(*next)++]
                                     : NULL;
  tacet_status status = find(&option, name, length, error);
  if (status != TACET_OK) return status;
  if (!value || seen[option - options]) {
    tacet_fail(error, TACET_BAD_USAGE, NULL,
               value ? "--%s is given twice" : "--%s needs a value",
               option->name);
    return misused(error);
  }
  seen[option - options] = true;
  return set(request, option, value, error);
}

tacet_status tacet_maestro_request_read(tacet_maestro_request *request,
                                        int argc, char **argv,
                                        tacet_error *error) {
  bool seen[OPTIONS] = {false};
  *request = (tacet_maestro_request){.hardware = {.pes = 7,
                                                  .simd_lanes = 1,
                                                  .noc_bandwidth = INT_MAX,
                                                  .offchip_bandwidth = 70000,
                                                  .l1_size = INT_MAX,
                                                  .l2_size = INT_MAX},
                                     .noc_hops = 1,
                                     .print_results = true,
                                     .write_csv = true};
  for (int next = 1; next < argc;) {
    if (!strcmp(argv[next], "--help") || !strcmp(argv[next], "-h")) {
      request->help = true;
      return TACET_OK;
    }
    tacet_status status = read_option(request, argc, argv, &next, seen, error);
    if (status != TACET_OK) return status;
  }
  if (request->mapping_file) return TACET_OK;
  tacet_fail(error, TACET_BAD_USAGE, NULL, "--Mapping_file is missing");
  return misused(error);
}

static void print_ignored(void) {
  int column = 80;
  printf("\nTaken as there, but without effect:");
  for (int i = 0; i < OPTIONS; i++) {
    if (options[i].help) continue;
    int width = (int)strlen(options[i].name) + 1;
    column += width;
    if (column > 79) column = printf("\n ") - 1 + width;
    printf(" %s", options[i].name);
  }
  printf("\n");
}

void tacet_maestro_request_help(void) {
  printf("usage: tacet maestro --Mapping_file=FILE [--HW_file=FILE] "
         "[--OPTION=VALUE]...\n\n"
         "Evaluates the layers of a mapping file as the published MAESTRO "
         "does, defects\nincluded, and appends a row for each to its CSV. A "
         "name may be cut short as long\nas no other option begins like "
         "it.\n\n");
  for (int i = 0; i < OPTIONS; i++)
    if (options[i].help)
      printf("  --%-20s %s\n", options[i].name, options[i].help);
  print_ignored();
}
