/* Reads the request, does the job, and writes the report once it is whole. */
#include "serve.h"

#include <stdlib.h>

#include "against.h"
#include "command.h"
#include "left_out.h"
#include "output.h"
#include "report.h"

static tacet_status write_report(FILE *out, const tacet_report *report,
                                 tacet_error *error) {
  switch (report->job->request->format) {
  case TACET_TEXT: tacet_report_text(out, report); break;
  case TACET_CSV: tacet_report_csv(out, report); break;
  case TACET_JSON: return tacet_report_json(out, report, error);
  case TACET_HDF5: break; /* of sweep only */
  }
  return TACET_OK;
}

/* The report in memory; *text is the caller's, also after an error. */
static tacet_status compose(char **text, size_t *size, const tacet_job *job,
                            tacet_error *error) {
  FILE *out = open_memstream(text, size);
  if (!out) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  tacet_report report;
  tacet_status status = tacet_report_make(&report, job, error);
  if (!status) status = write_report(out, &report, error);
  tacet_report_free(&report);
  const bool failed = ferror(out) != 0;
  if ((fclose(out) != 0 || failed) && !status)
    status = tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  return status;
}

static tacet_status do_job(const tacet_request *request, tacet_error *error) {
  if (request->against) return tacet_against_maestro(request, error);
  tacet_job job;
  char *text = NULL;
  size_t size = 0;
  tacet_status status = tacet_job_load(&job, request, error);
  if (!status) status = tacet_job_evaluate(&job, error);
  if (!status) tacet_tell_left_out(&job);
  if (!status) status = compose(&text, &size, &job, error);
  if (!status) status = tacet_output_write(request->output, text, size, error);
  free(text);
  tacet_job_free(&job);
  return status;
}

tacet_status tacet_print_help(const char *help, const tacet_request *request,
                              tacet_error *error) {
  fputs(help, stdout);
  puts("\nOptions:");
  tacet_request_help(stdout, request->command);
  puts("\nColumns; a star marks figures that are expected values where only "
       "the density\nof zeros is known:");
  tacet_columns_help(stdout);
  if (fflush(stdout) == 0) return TACET_OK;
  return tacet_fail(error, TACET_WRITE_FAILED, NULL,
                    "standard output cannot be written");
}

int tacet_serve(int argc, char **argv, int accelerators, const char *help) {
  tacet_request request;
  tacet_error error = {0};
  tacet_status status =
      tacet_request_read(&request, argc, argv, accelerators, &error);
  if (!status && request.help)
    status = tacet_print_help(help, &request, &error);
  else if (!status)
    status = do_job(&request, &error);
  tacet_request_free(&request);
  return status ? tacet_complain(&error) : 0;
}
