/* tacet convert: MAESTRO's files as YAML. */
#include "command.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "output.h"

typedef struct conversion {
  const char *input, *output;
  bool help;
} conversion;

static const char help[] =
    "tacet convert FILE.m [-o FILE.yaml]\n"
    "\n"
    "Writes a mapping or model file of MAESTRO as a network, with each layer's "
    "dataflow\n"
    "in it, or a hardware file as an accelerator. What the YAML says is what "
    "the other\n"
    "commands read in the file itself.\n"
    "\n"
    "Options:\n"
    "  -o, --output FILE         write there, whole or not at all\n"
    "  -h, --help                explain the command\n"
    "\n"
    "Example:\n"
    "  tacet convert vgg16_kcp_ws.m -o vgg16.yaml\n";

/* ---- the command line --------------------------------------------------- */

static tacet_status misused(tacet_error *error, const char *message) {
  tacet_fail(error, TACET_BAD_USAGE, NULL, "%s", message);
  return tacet_advise(error, "\"tacet convert --help\" explains");
}

static tacet_status read_options(conversion *asked, int argc, char **argv,
                                 tacet_error *error) {
  static const struct option options[] = {
      {"output", required_argument, NULL, 'o'},
      {"help", no_argument, NULL, 'h'},
      {0}};
  opterr = 0;
  optind = 1;
  for (int id; (id = getopt_long(argc, argv, ":o:h", options, NULL)) != -1;) {
    if (id == ':') return misused(error, "--output needs a FILE");
    if (id == '?') return misused(error, "unknown option");
    if (id == 'o' && asked->output)
      return misused(error, "--output is given twice");
    if (id == 'o') asked->output = optarg;
    asked->help |= id == 'h';
  }
  if (asked->help) return TACET_OK;
  if (optind + 1 != argc) return misused(error, "convert needs one file");
  asked->input = argv[optind];
  if (tacet_is_maestro(asked->input)) return TACET_OK;
  return misused(error, "convert needs a file whose name ends in .m");
}

/* ---- the command -------------------------------------------------------- */

/* A mapping file is no hardware file from its first word on. */
static tacet_status write_yaml(FILE *out, const char *path,
                               tacet_error *error) {
  tacet_maestro_hardware hardware;
  tacet_maestro_file file;
  if (tacet_maestro_hardware_read(&hardware, path, error) == TACET_OK) {
    hardware.simd_lanes = 1;
    tacet_status status = tacet_maestro_hardware_check(&hardware, error);
    if (!status) tacet_import_accelerator(out, path, &hardware);
    return status;
  }
  tacet_status status = tacet_maestro_read(&file, path, error);
  if (status) return status;
  tacet_import_remark(&file);
  status = tacet_import_network(out, &file, error);
  tacet_maestro_free(&file);
  return status;
}

static tacet_status convert(const conversion *asked, tacet_error *error) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  tacet_status status = write_yaml(out, asked->input, error);
  const bool failed = ferror(out) != 0;
  if ((fclose(out) != 0 || failed) && !status)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  if (!status) status = tacet_output_write(asked->output, text, size, error);
  free(text);
  return status;
}

int tacet_command_convert(int argc, char **argv) {
  conversion asked = {.input = NULL};
  tacet_error error = {0};
  tacet_status status = read_options(&asked, argc, argv, &error);
  if (!status && asked.help)
    status = tacet_output_write(NULL, help, strlen(help), &error);
  else if (!status)
    status = convert(&asked, &error);
  return status ? tacet_complain(&error) : 0;
}
