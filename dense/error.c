/* Errors: filling them, and the one table from status to exit code. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *text;
  int exit_code;
} statuses[] = {
    [TACET_OK] = {"done", 0},
    [TACET_BAD_INPUT] = {"the input is wrong", 1},
    [TACET_INFEASIBLE] = {"the mapping does not fit the accelerator", 1},
    [TACET_BAD_USAGE] = {"the call is wrong", 2},
    [TACET_NO_MEMORY] = {"out of memory", 3},
    [TACET_NO_FILE] = {"a file cannot be used", 1},
    [TACET_OVERFLOW] = {"a count does not fit 64 bits", 1},
    [TACET_WRITE_FAILED] = {"a file could not be written", 3},
};

tacet_status tacet_fail(tacet_error *error, tacet_status status,
                        const tacet_place *place, const char *format, ...) {
  if (!error) return status;
  memset(error, 0, sizeof *error);
  error->status = status;
  if (place) {
    snprintf(error->file, sizeof error->file, "%s",
             place->file ? place->file : "");
    error->line = place->line;
    error->column = place->column;
  }
  va_list args;
  va_start(args, format);
  vsnprintf(error->message, sizeof error->message, format, args);
  va_end(args);
  return status;
}

tacet_status tacet_advise(tacet_error *error, const char *format, ...) {
  if (!error) return TACET_BAD_INPUT; /* a failure, though nobody asks which */
  va_list args;
  va_start(args, format);
  vsnprintf(error->hint, sizeof error->hint, format, args);
  va_end(args);
  return error->status;
}

void tacet_error_text(const tacet_error *error, char *text, int size) {
  char place[320] = "";
  if (error->file[0] && error->line > 0 && error->column > 0)
    snprintf(place, sizeof place, "%s:%d:%d: ", error->file, error->line,
             error->column);
  else if (error->file[0] && error->line > 0)
    snprintf(place, sizeof place, "%s:%d: ", error->file, error->line);
  else if (error->file[0])
    snprintf(place, sizeof place, "%s: ", error->file);
  const char *message =
      error->message[0] ? error->message : statuses[error->status].text;
  snprintf(text, (size_t)size, "%s%s%s%s", place, message,
           error->hint[0] ? "; " : "", error->hint);
}

int tacet_exit_code(tacet_status status) {
  return statuses[status].exit_code;
}
