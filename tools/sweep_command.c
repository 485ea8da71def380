/* tacet sweep: a network on designs over ranges of numbers in their files. */
#include <signal.h>
#include <stdlib.h>

#include "command.h"
#include "output.h"
#include "serve.h"
#include "sweep_report.h"

static const char help[] =
    "tacet sweep -n NETWORK -a ACCELERATOR... --sweep KEY=RANGE... "
    "[OPTION]...\n"
    "\n"
    "What the network costs in total at every combination of the values. A KEY "
    "is\n"
    "  sequence                    a parameter of the network\n"
    "  density.weight              of every layer; density: weights and "
    "inputs\n"
    "  accelerator.noc.bandwidth   in the file of every accelerator\n"
    "  NAME.pes                    in that of the accelerator called so\n"
    "  network.layers.conv1.repeat, profile.layers.conv1.density.input\n"
    "Numbers without a unit keep those of the files; or 16 KiB:1 MiB:*2. The "
    "first key\n"
    "changes slowest. Ctrl-C writes the points that are done; the exit code is "
    "then 130.\n"
    "\n"
    "Example:\n"
    "  tacet sweep -n models/networks/vgg16.yaml \\\n"
    "    -a models/accelerators/scnn-dense.yaml -a "
    "models/accelerators/scnn.yaml \\\n"
    "    --sweep density=0.05:1:0.05 --format csv --plot scnn.svg\n";

/* ---- interruption ------------------------------------------------------- */

static volatile sig_atomic_t signal_seen;
static volatile int stop;

static void note_signal(int number) {
  signal_seen = number;
  stop = 1;
}

/* A second signal ends the program as ever. */
static void catch_signals(void) {
  struct sigaction action = {.sa_handler = note_signal,
                             .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

/* ---- all ---------------------------------------------------------------- */

static tacet_status write_report(FILE *out, const tacet_sweep *sweep,
                                 tacet_error *error) {
  switch (sweep->request->format) {
  case TACET_JSON: return tacet_sweep_json(out, sweep, error);
  case TACET_CSV: tacet_sweep_csv(out, sweep); break;
  default: tacet_sweep_text(out, sweep);
  }
  return TACET_OK;
}

/* *text is the caller's, also after an error. */
static tacet_status compose(char **text, size_t *size, const tacet_sweep *sweep,
                            tacet_error *error) {
  if (sweep->request->format == TACET_HDF5)
    return tacet_sweep_hdf5(text, size, sweep, error);
  FILE *out = open_memstream(text, size);
  if (!out) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  tacet_status status = write_report(out, sweep, error);
  const bool failed = ferror(out) != 0;
  if ((fclose(out) != 0 || failed) && !status)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  return status;
}

static tacet_status write_results(const tacet_sweep *sweep,
                                  tacet_error *error) {
  char *text = NULL, *picture = NULL;
  size_t size = 0, picture_size = 0;
  const char *plot = sweep->request->plot;
  tacet_status status = compose(&text, &size, sweep, error);
  if (!status)
    status = tacet_output_write(sweep->request->output, text, size, error);
  if (plot && !status)
    status = tacet_sweep_plot(&picture, &picture_size, sweep, error);
  if (plot && !status)
    status = tacet_output_write(plot, picture, picture_size, error);
  free(text);
  free(picture);
  return status;
}

static tacet_status do_sweep(const tacet_request *request, tacet_error *error) {
  tacet_sweep sweep;
  tacet_status status = tacet_sweep_make(&sweep, request, error);
  if (!status) {
    catch_signals();
    status = tacet_sweep_walk(&sweep, &stop, error);
  }
  if (!status) status = write_results(&sweep, error);
  if (!status && signal_seen)
    fprintf(stderr, "tacet: stopped; %lld of %lld points are done\n",
            (long long)sweep.done, (long long)sweep.points);
  tacet_sweep_free(&sweep);
  return status;
}

static tacet_status check(const tacet_request *request, tacet_error *error) {
  if (request->format != TACET_HDF5 || request->output) return TACET_OK;
  tacet_fail(error, TACET_BAD_USAGE, NULL, "HDF5 is not for a terminal");
  return tacet_advise(error, "name a file with -o");
}

int tacet_command_sweep(int argc, char **argv) {
  tacet_request request;
  tacet_error error = {0};
  tacet_status status = tacet_request_read(&request, argc, argv, argc, &error);
  if (!status && request.help)
    status = tacet_print_help(help, &request, &error);
  else if (!status && !(status = check(&request, &error)))
    status = do_sweep(&request, &error);
  tacet_request_free(&request);
  if (status) return tacet_complain(&error);
  if (signal_seen) raise((int)signal_seen);
  return 0;
}
