/* tacet explain: what a dataflow means for a layer. */
#include "explain.h"

#include <stdlib.h>

#include "command.h"
#include "job.h"
#include "output.h"

static const char help[] =
    "tacet explain -n NETWORK -a ACCELERATOR [--layer NAME]... [OPTION]...\n"
    "\n"
    "What a dataflow means for a layer: its loop nest, what stays where and "
    "how often it\n"
    "is used, how full the buffers are, which steps take the time, and what "
    "binds the\n"
    "run. All of it is the dense reading.\n"
    "\n"
    "Example:\n"
    "  tacet explain -n models/networks/alexnet.yaml \\\n"
    "    -a models/accelerators/eyeriss-like.yaml --layer conv3\n";

static void write_head(FILE *out, const tacet_job *job, int layer,
                       const char *fitted) {
  const tacet_design *design = &job->design[0];
  fprintf(out, "%s%s of %s on %s, dataflow %s\n", layer ? "\n\n" : "",
          tacet_job_layer(job, layer)->name, job->network.name,
          design->accelerator.name, tacet_job_dataflow(job, layer, 0)->name);
  if (fitted[0]) fprintf(out, "To fit, %s.\n", fitted);
}

/* Everything about a mapping that fits, and of one that does not what it
   would need: then the error of `status`. */
static tacet_status explain(FILE *out, tacet_explained *e, tacet_status status,
                            tacet_error *error) {
  tacet_error unused;
  if (tacet_activity_totals(&e->activity, &e->nest, e->accelerator, &unused)) {
    *error = unused;
    return unused.status;
  }
  tacet_explain_nest(out, e);
  if (!status) {
    tacet_explain_stays(out, e);
    tacet_explain_shares(out, e);
    tacet_explain_reuse(out, e);
  }
  tacet_explain_buffers(out, e);
  if (!status) status = tacet_explain_steps(out, e, error);
  if (!status) status = tacet_explain_bound(out, e, error);
  return status;
}

static tacet_status explain_layer(FILE *out, const tacet_job *job, int layer,
                                  tacet_error *error) {
  char fitted[TACET_FITTED];
  tacet_explained e = {.accelerator = &job->design[0].accelerator};
  tacet_status status = tacet_job_bind(&e.nest, fitted, job, layer, 0, error);
  if (status && e.nest.storages == 0) return status; /* it does not bind */
  write_head(out, job, layer, fitted);
  return explain(out, &e, status, error);
}

/* *text is the caller's, and of use also after an error. */
static tacet_status compose(char **text, size_t *size, const tacet_job *job,
                            tacet_error *error) {
  FILE *out = open_memstream(text, size);
  if (!out) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  tacet_status status = TACET_OK;
  for (int l = 0; l < job->layers && !status; l++)
    status = explain_layer(out, job, l, error);
  const bool failed = ferror(out) != 0;
  if ((fclose(out) != 0 || failed) && !status)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  return status;
}

/* What is known of a mapping that does not fit is shown, but no file. */
static tacet_status answer(const tacet_request *request, tacet_error *error) {
  tacet_job job;
  tacet_error unused;
  char *text = NULL;
  size_t size = 0;
  tacet_status status = tacet_job_load(&job, request, error);
  if (!status) {
    status = compose(&text, &size, &job, error);
    if (!status)
      status = tacet_output_write(request->output, text, size, error);
    else if (text && !request->output)
      tacet_output_write(NULL, text, size, &unused);
  }
  free(text);
  tacet_job_free(&job);
  return status;
}

static tacet_status print_help(const tacet_request *request,
                               tacet_error *error) {
  fputs(help, stdout);
  puts("\nOptions:");
  tacet_request_help(stdout, request->command);
  if (fflush(stdout) == 0) return TACET_OK;
  return tacet_fail(error, TACET_WRITE_FAILED, NULL,
                    "standard output cannot be written");
}

int tacet_command_explain(int argc, char **argv) {
  tacet_request request;
  tacet_error error = {0};
  tacet_status status = tacet_request_read(&request, argc, argv, 1, &error);
  if (!status && request.help)
    status = print_help(&request, &error);
  else if (!status)
    status = answer(&request, &error);
  tacet_request_free(&request);
  return status ? tacet_complain(&error) : 0;
}
