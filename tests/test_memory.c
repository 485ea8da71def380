/* Runs the readers with every allocation failing once, libyaml's own
   included: each must end in TACET_NO_MEMORY, with nothing left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/spec.h"
#include "scratch.h"

/* ---- an allocator that fails on purpose --------------------------------- */

/* The sanitizers bring an allocator of their own; there the test is idle. */
#if defined(__SANITIZE_ADDRESS__)
#define OWN_ALLOCATOR 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_ALLOCATOR 0
#endif
#endif
#ifndef OWN_ALLOCATOR
#define OWN_ALLOCATOR 1
#endif

static long calls_left = -1; /* until one fails; -1: none does */
static long live;            /* blocks taken and not given back */

#if OWN_ALLOCATOR

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static bool fails(void) {
  if (calls_left < 0) return false;
  if (calls_left-- > 0) return false;
  calls_left = 0;
  errno = ENOMEM;
  return true;
}

static void *counted(void *block) {
  if (block) live++;
  return block;
}

void *malloc(size_t size) {
  return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
  return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
  if (fails()) return NULL;
  return block ? __libc_realloc(block, size) : counted(__libc_malloc(size));
}

void free(void *block) {
  if (block) live--;
  __libc_free(block);
}

#endif

/* ---- what is read ------------------------------------------------------- */

static const char network_text[] =
    "tacet: 1\n"
    "network: n\n"
    "layers:\n"
    "  - &a {name: a, type: CONV, dims: {K: 2, C: 2, Y: 4, X: 4}}\n"
    "  - {name: b, type: FC, dims: {K: 2, C: 2}}\n";

static const char dataflow_text[] = "tacet: 1\n"
                                    "dataflow: d\n"
                                    "directives: [Cluster(2)]\n";

static const char accelerator_text[] = "tacet: 1\n"
                                       "accelerator: a\n"
                                       "clock: 1 GHz\n"
                                       "pes: 4\n"
                                       "word: 8 bit\n"
                                       "l1: {size: 1 KiB}\n"
                                       "l2: {size: 1 MiB}\n"
                                       "noc: {bandwidth: 1 words/cycle}\n"
                                       "dram: {bandwidth: 1 GB/s}\n"
                                       "technology: technology.yaml\n"
                                       "dataflow: dataflow.yaml\n";

static const char technology_text[] = "tacet: 1\n"
                                      "technology: t\n"
                                      "l1: [{size: 1 KiB, energy: 1 pJ}]\n";

static tacet_status read_network(const tacet_doc *doc, tacet_error *error) {
  tacet_network network;
  const tacet_status status = tacet_network_read(&network, doc, error);
  tacet_network_free(&network);
  return status;
}

static tacet_status read_accelerator(const tacet_doc *doc, tacet_error *error) {
  static tacet_dataflow_set dataflow;
  tacet_accelerator accelerator;
  tacet_doc *file = NULL;
  tacet_status status = tacet_accelerator_read(&accelerator, doc, error);
  if (!status)
    status = tacet_accelerator_dataflow(&dataflow, &file, doc, error);
  tacet_doc_free(file);
  return status;
}

static tacet_status read_file(const char *path,
                              tacet_status (*read)(const tacet_doc *,
                                                   tacet_error *),
                              tacet_error *error) {
  tacet_doc *doc;
  tacet_status status = tacet_doc_read(&doc, path, error);
  if (status) return status;
  status = read(doc, error);
  if (!status) status = tacet_doc_check(doc, error);
  tacet_doc_free(doc);
  return status;
}

static void write_file(const char *name, const char *text) {
  FILE *file = fopen(scratch_path(name), "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

/* ---- failing ------------------------------------------------------------ */

/* Fails the n-th allocation and all after it, for n = 0, 1, ... until the
   file is read without one failing. */
static void fail_each(const char *path,
                      tacet_status (*read)(const tacet_doc *, tacet_error *)) {
  if (!OWN_ALLOCATOR) skip();
  tacet_status status = TACET_NO_MEMORY;
  long n = 0;
  for (; status == TACET_NO_MEMORY; n++) {
    tacet_error error = {0};
    const long before = live;
    calls_left = n;
    status = read_file(path, read, &error);
    calls_left = -1;
    assert_int_equal(live, before);
    if (status != TACET_OK && !strstr(error.message, "emory"))
      fail_msg("allocation %ld: %s", n, error.message);
  }
  assert_int_equal(status, TACET_OK);
  printf("%ld allocations failed\n", n - 1);
  assert_true(n > 20);
}

static void networks(void **state) {
  (void)state;
  write_file("network.yaml", network_text);
  fail_each(scratch_path("network.yaml"), read_network);
}

static void accelerators(void **state) {
  (void)state;
  write_file("dataflow.yaml", dataflow_text);
  write_file("technology.yaml", technology_text);
  write_file("accelerator.yaml", accelerator_text);
  fail_each(scratch_path("accelerator.yaml"), read_accelerator);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(networks),
      cmocka_unit_test(accelerators),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
