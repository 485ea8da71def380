/* The parts of what `tacet explain` writes. */
#ifndef TACET_TOOLS_EXPLAIN_H
#define TACET_TOOLS_EXPLAIN_H

#include <stdio.h>

#include "../dense/explain/explain.h"

/* A layer bound to a design. */
typedef struct tacet_explained {
  const tacet_accelerator *accelerator;
  tacet_nest nest;
  tacet_activity activity;
} tacet_explained;

enum {
  TACET_EXPLAIN_LABEL = 34, /* columns of a table's label */
  TACET_EXPLAIN_CELL = 20   /* and of what it says of a tensor */
};

/* Text that fits a cell or a few words. */
typedef struct tacet_words {
  char text[96];
} tacet_words;

tacet_words tacet_say(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* "1,234,567" */
tacet_words tacet_grouped(double value);

/* "512 B", "108 KiB", "20 bit" */
tacet_words tacet_size_words(int64_t bits);

/* "k", or "k0" and "k1" where several loops are over K. */
tacet_words tacet_loop_name(const tacet_nest *nest, int loop);

/* Layer, loop nest, and what buffers keep where in it. */
void tacet_explain_nest(FILE *out, const tacet_explained *explained);

/* How long tiles stay, how units share them, how often words are used, and
   how full the buffers are. */
void tacet_explain_stays(FILE *out, const tacet_explained *explained);
void tacet_explain_shares(FILE *out, const tacet_explained *explained);
void tacet_explain_reuse(FILE *out, const tacet_explained *explained);
void tacet_explain_buffers(FILE *out, const tacet_explained *explained);

/* The steps that take the time, and what binds the run. */
tacet_status tacet_explain_steps(FILE *out, const tacet_explained *explained,
                                 tacet_error *error);
tacet_status tacet_explain_bound(FILE *out, const tacet_explained *explained,
                                 tacet_error *error);

#endif
