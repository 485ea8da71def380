/* What went wrong, where, and what to do: the one way the library reports. */
#ifndef TACET_ERROR_H
#define TACET_ERROR_H

/* Every way to fail. The text and exit code of each stand in error.c. */
typedef enum tacet_status {
  TACET_OK = 0,
  TACET_BAD_INPUT,  /* a file says something wrong */
  TACET_INFEASIBLE, /* a mapping cannot be run on the accelerator */
  TACET_BAD_USAGE,  /* the call or command line is wrong */
  TACET_NO_MEMORY,
  TACET_NO_FILE,     /* a file cannot be opened, read or written */
  TACET_OVERFLOW,    /* a count does not fit 64 bits */
  TACET_WRITE_FAILED /* the machine did not take all of a file: disk full */
} tacet_status;

/* Filled by every function that fails. Strings are cut to fit, never lost. */
typedef struct tacet_error {
  tacet_status status;
  char file[256]; /* "" where no file is at fault */
  int line;       /* from 1; 0: the file as a whole */
  int column;     /* from 1; 0: the line as a whole */
  char message[512];
  char hint[256]; /* what to do about it; "" if nothing can be said */
} tacet_error;

/* A place in an input file. `file` is borrowed and outlives the place. */
typedef struct tacet_place {
  const char *file;
  int line;
  int column;
} tacet_place;

/* Fills *error and returns `status`, so that callers can `return
   tacet_fail(...)`. `place` may be NULL. The message is formatted like
   printf; the hint is cleared. error may be NULL. */
tacet_status tacet_fail(tacet_error *error, tacet_status status,
                        const tacet_place *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds advice to an error that tacet_fail filled; returns error->status, or
   TACET_BAD_INPUT if error is NULL. */
tacet_status tacet_advise(tacet_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes "file:line:column: message; hint" into text[size], always
   terminated. */
void tacet_error_text(const tacet_error *error, char *text, int size);

/* Exit code of the command line for a status: 0, 1 wrong or infeasible
   input, 2 usage, 3 the machine failed. */
int tacet_exit_code(tacet_status status);

#endif
