/* The child process of a reader, and what becomes of it. */
#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../masks/memory.h"

static const int64_t room = INT64_C(256) << 20;

/* ---- the child ---------------------------------------------------------- */

static void limit(int resource, int64_t soft) {
  struct rlimit limits;
  if (getrlimit(resource, &limits) != 0) return;
  if (limits.rlim_max == RLIM_INFINITY || (rlim_t)soft < limits.rlim_max)
    limits.rlim_max = (rlim_t)soft;
  if (limits.rlim_cur > limits.rlim_max) limits.rlim_cur = limits.rlim_max;
  setrlimit(resource, &limits);
}

/* Bytes of address space this process has; 0 if it cannot be told. */
static int64_t address_space(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return 0;
  long long pages = 0;
  if (fscanf(file, "%lld", &pages) != 1) pages = 0;
  fclose(file);
  return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* Sanitizers take terabytes of address space for themselves. */
static void limit_memory(void) {
#if defined(__SANITIZE_ADDRESS__)
  return;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return;
#endif
#endif
  const int64_t taken = address_space();
  if (taken > 0) limit(RLIMIT_AS, taken + room);
}

/* What the child reports. */
typedef struct verdict {
  int finished;
  tacet_status status;
  tacet_error error;
} verdict;

static _Noreturn void be_child(tacet_guarded_work *work, void *context,
                               int64_t seconds, verdict *found) {
  static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
    signal(fatal[i], SIG_DFL);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CPU, seconds);
  limit_memory();
  found->status = work(context, &found->error);
  found->finished = 1;
  _exit(0);
}

/* ---- the parent --------------------------------------------------------- */

static tacet_status refuse_death(int how, int64_t seconds, const char *file,
                                 const tacet_place *place, tacet_error *error) {
  const int cause = WIFSIGNALED(how) ? WTERMSIG(how) : 0;
  if (cause == SIGXCPU || cause == SIGKILL)
    return tacet_fail(error, TACET_BAD_INPUT, place,
                      "%s: cannot be read within %lld s", file,
                      (long long)seconds);
  tacet_fail(error, TACET_BAD_INPUT, place,
             "%s: is broken so badly that its reader died (%s)", file,
             cause ? strsignal(cause) : "it left early");
  return tacet_advise(error, "write the file anew");
}

/* The strings come from a process that may have run amok. */
static tacet_status take(const verdict *found, tacet_error *error) {
  if (found->status == TACET_OK) return TACET_OK;
  if (!error) return found->status;
  *error = found->error;
  error->status = found->status;
  error->file[sizeof error->file - 1] = '\0';
  error->message[sizeof error->message - 1] = '\0';
  error->hint[sizeof error->hint - 1] = '\0';
  return error->status;
}

static int wait_for(pid_t child) {
  int how = 0;
  while (waitpid(child, &how, 0) < 0 && errno == EINTR) continue;
  return how;
}

tacet_status tacet_guard_run(tacet_guarded_work *work, void *context,
                             const char *file, const tacet_place *place,
                             int64_t seconds, tacet_error *error) {
  verdict *found = tacet_memory_shared(sizeof *found);
  const pid_t child = found ? fork() : -1;
  if (child == 0) be_child(work, context, seconds, found);
  tacet_status status;
  if (child < 0) {
    status =
        tacet_fail(error, TACET_NO_MEMORY, place,
                   "%s: no process to read it in: %s", file, strerror(errno));
  } else {
    const int how = wait_for(child);
    const int known = found->status <= TACET_WRITE_FAILED;
    status = found->finished && known
                 ? take(found, error)
                 : refuse_death(how, seconds, file, place, error);
  }
  tacet_memory_free(found, sizeof *found);
  return status;
}
