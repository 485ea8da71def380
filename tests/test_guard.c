/* A reader's process may die in any way; this one goes on and says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sparse/files/guard.h"
#include "../sparse/masks/memory.h"
#include "scratch.h"

static const tacet_place place = {"network.yaml", 3, 7};

static tacet_error run(tacet_guarded_work *work, void *context) {
  tacet_error error = {0};
  const tacet_status status =
      tacet_guard_run(work, context, "mask.h5", &place, 1, &error);
  assert_int_equal(status, error.status);
  return error;
}

static void says(const tacet_error *error, const char *message) {
  if (!strstr(error->message, message)) puts(error->message);
  assert_non_null(strstr(error->message, message));
  assert_int_equal(error->status, TACET_BAD_INPUT);
}

static tacet_status write_number(void *context, tacet_error *error) {
  (void)error;
  *(int *)context = 42;
  return TACET_OK;
}

static void memory_is_shared(void **state) {
  (void)state;
  int *shared = tacet_memory_shared(sizeof *shared), own = 0;
  assert_non_null(shared);
  assert_int_equal(*shared, 0);
  assert_int_equal(run(write_number, shared).status, TACET_OK);
  assert_int_equal(*shared, 42);
  assert_int_equal(run(write_number, &own).status, TACET_OK);
  assert_int_equal(own, 0);
  tacet_memory_free(shared, sizeof *shared);
}

static tacet_status refuse(void *context, tacet_error *error) {
  tacet_fail(error, TACET_BAD_INPUT, context, "it is wrong");
  return tacet_advise(error, "make it right");
}

static void errors_come_through(void **state) {
  (void)state;
  tacet_place here = place;
  const tacet_error error = run(refuse, &here);
  says(&error, "it is wrong");
  assert_string_equal(error.hint, "make it right");
  assert_string_equal(error.file, "network.yaml");
  assert_int_equal(error.line, 3);
}

static tacet_status crash(void *context, tacet_error *error) {
  (void)context, (void)error;
  abort();
}

static tacet_status leave(void *context, tacet_error *error) {
  (void)context, (void)error;
  _exit(0);
}

static tacet_status spin(void *context, tacet_error *error) {
  (void)error;
  for (volatile int *on = context; *on;) continue;
  return TACET_OK;
}

static tacet_status lie(void *context, tacet_error *error) {
  (void)context;
  memset(error, 'x', sizeof *error);
  return TACET_BAD_INPUT;
}

static void deaths_are_errors(void **state) {
  (void)state;
  int on = 1;
  tacet_error error = run(crash, NULL);
  says(&error, "mask.h5: is broken so badly that its reader died (Aborted)");
  error = run(leave, NULL);
  says(&error, "its reader died (it left early)");
  error = run(spin, &on);
  says(&error, "mask.h5: cannot be read within 1 s");
  error = run(lie, NULL);
  assert_int_equal(error.status, TACET_BAD_INPUT);
  assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

static tacet_status write_a_file(void *context, tacet_error *error) {
  FILE *file = fopen(context, "w");
  if (!file) return tacet_fail(error, TACET_NO_FILE, NULL, "no file");
  fputs("x", file);
  fclose(file);
  return TACET_OK;
}

static void nothing_is_written(void **state) {
  (void)state;
  char path[1024];
  snprintf(path, sizeof path, "%s", scratch_path("file"));
  tacet_error error = run(write_a_file, path);
  assert_int_not_equal(error.status, TACET_OK);
  FILE *file = fopen(path, "r");
  assert_true(!file || fgetc(file) == EOF);
  if (file) fclose(file);
}

#if !defined(__SANITIZE_ADDRESS__)
static tacet_status swell(void *context, tacet_error *error) {
  char *block = malloc((size_t)1 << 30);
  (void)context;
  if (!block) return tacet_fail(error, TACET_BAD_INPUT, NULL, "no memory");
  for (size_t i = 0; i < (size_t)1 << 30; i += 4096) block[i] = 1;
  const char first = block[0];
  free(block);
  return first ? TACET_OK : TACET_OVERFLOW;
}

static void memory_is_bounded(void **state) {
  (void)state;
  const tacet_error error = run(swell, NULL);
  says(&error, "no memory");
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(memory_is_shared),
    cmocka_unit_test(errors_come_through),
    cmocka_unit_test(deaths_are_errors),
    cmocka_unit_test(nothing_is_written),
#if !defined(__SANITIZE_ADDRESS__)
    cmocka_unit_test(memory_is_bounded),
#endif
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
