/* What the benchmarks share: a clock, and figures as lines of text and, where
   the environment's JSON names a file, as lines of JSON added to it. */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

/* Seconds of this thread's own time on the processor, which other programs
   disturb less than the time of day. */
double bench_seconds(void);

/* A figure of a benchmark: "dense", "AlexNet, C-P", 1e6, "evaluations/s". */
void bench_figure(const char *bench, const char *name, double value,
                  const char *unit);

#endif
