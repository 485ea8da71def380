/* tacet mask: finds the command that the next argument names. */
#include "mask.h"

#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"
#include "command.h"
#include "output.h"

static const struct {
  const char *name;
  tacet_status (*run)(FILE *out, const tacet_mask_request *request,
                      tacet_error *error);
  bool report_is_output; /* what is printed goes where -o says */
  const char *usage, *help;
} commands[] = {
    {"info", tacet_mask_info, false, "FILE [OPTION]...",
     "what a file holds, and where its zeros are"},
    {"import", tacet_mask_import, false,
     "FILE... -n NETWORK -o MASKS.h5 [OPTION]...",
     "masks of a network's layers from any kind of file"},
    {"make", tacet_mask_make_all, false,
     "-n NETWORK -o MASKS.h5 --kind KIND | --density PATTERN [OPTION]...",
     "masks after a pattern, at random from a seed"},
    {"prune", tacet_mask_prune, false,
     "FILE... -n NETWORK -o MASKS.h5 [OPTION]...",
     "masks that keep the largest weights"},
    {"profile", tacet_mask_profile, true,
     "MASKS.h5 [-o PROFILE.yaml] [OPTION]...",
     "densities of masks, channel by channel, as a profile"},
};

enum { command_count = sizeof commands / sizeof *commands };

static int print_help(void) {
  puts("tacet mask COMMAND [FILE]... [OPTION]...\n"
       "\n"
       "Masks and weights as they lie on disk: HDF5 (datasets, Keras 2 and 3, "
       "tfmot,\n"
       "PyTorch exports, AnnData, Binsparse), .npy, safetensors, MatrixMarket, "
       "DLMC .smtx,\n"
       "text of 0 and 1. A file is known by what is in it.\n"
       "\n"
       "Commands:");
  for (int i = 0; i < command_count; i++)
    printf("  %-10s%s\n", commands[i].name, commands[i].help);
  puts("\ntacet mask COMMAND --help explains a command.");
  return fflush(stdout) == 0 ? 0 : tacet_exit_code(TACET_WRITE_FAILED);
}

static int refuse(const char *name) {
  tacet_error error;
  tacet_nearest nearest = {.word = name ? name : ""};
  for (int i = 0; i < command_count; i++)
    tacet_nearest_offer(&nearest, commands[i].name);
  tacet_fail(&error, TACET_BAD_USAGE, NULL,
             name ? "mask has no command \"%s\"" : "mask: a command is missing",
             tacet_show(name ? name : "").text);
  if (nearest.found)
    tacet_advise(&error, "did you mean %s?", nearest.found);
  else
    tacet_advise(&error, "expected info, import, make, prune or profile");
  return tacet_complain(&error);
}

/* The report is written once the whole of it is there. */
static tacet_status do_command(int index, const tacet_mask_request *request,
                               tacet_error *error) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  tacet_status status = commands[index].run(out, request, error);
  const bool failed = ferror(out) != 0;
  if ((fclose(out) != 0 || failed) && !status)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  if (!status)
    status = tacet_output_write(
        commands[index].report_is_output ? request->output : NULL, text, size,
        error);
  free(text);
  return status;
}

static int run(int index, int argc, char **argv) {
  tacet_mask_request request;
  tacet_error error = {0};
  tacet_status status = tacet_mask_request_read(&request, argc, argv, &error);
  if (!status && request.help) {
    printf("tacet mask %s %s\n\n%s.\n\nOptions:\n", commands[index].name,
           commands[index].usage, commands[index].help);
    tacet_mask_request_help(stdout, commands[index].name);
    if (fflush(stdout) != 0)
      status = tacet_fail(&error, TACET_WRITE_FAILED, NULL,
                          "standard output cannot be written");
  } else if (!status) {
    status = do_command(index, &request, &error);
  }
  tacet_mask_request_free(&request);
  return status ? tacet_complain(&error) : 0;
}

int tacet_command_mask(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : NULL;
  if (name && (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0))
    return print_help();
  for (int i = 0; name && i < command_count; i++)
    if (strcmp(commands[i].name, name) == 0) return run(i, argc - 1, argv + 1);
  return refuse(name);
}
