/* Writes a file beside its final name and renames it. */
#define _XOPEN_SOURCE 700 /* realpath */

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
}

static tacet_status fail(tacet_error *error, tacet_status status,
                         const char *path) {
  const tacet_place place = {.file = path};
  return tacet_fail(error, status, &place, "cannot be written: %s",
                    strerror(errno));
}

/* Returns false, with errno set, if not all of it could be written. */
static bool write_all(int file, const char *text, size_t size) {
  while (size > 0) {
    const ssize_t written = write(file, text, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text += written;
    size -= (size_t)written;
  }
  return true;
}

/* Into what is there already and is no regular file: a device or a pipe. */
static tacet_status write_through(const char *path, const char *text,
                                  size_t size, tacet_error *error) {
  const int file = open(path, O_WRONLY);
  if (file < 0) return fail(error, TACET_NO_FILE, path);
  bool done = write_all(file, text, size);
  done = close(file) == 0 && done;
  return done ? TACET_OK : fail(error, TACET_WRITE_FAILED, path);
}

/* Makes the file `temporary` with all of the text in it, or leaves none. */
static tacet_status write_beside(const char *temporary, const char *path,
                                 const char *text, size_t size,
                                 tacet_error *error) {
  const int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (file < 0) return fail(error, TACET_NO_FILE, path);
  bool done = write_all(file, text, size) && fsync(file) == 0;
  done = close(file) == 0 && done;
  tacet_status status = TACET_OK;
  if (!done) status = fail(error, TACET_WRITE_FAILED, path);
  if (!status && rename(temporary, path) != 0)
    status = fail(error, TACET_NO_FILE, path);
  if (status) unlink(temporary);
  return status;
}

/* Signals wait until the file is either there or gone. */
static tacet_status replace(const char *path, const char *text, size_t size,
                            tacet_error *error) {
  const size_t room = strlen(path) + 32;
  char *temporary = malloc(room);
  if (!temporary) return no_memory(error);
  snprintf(temporary, room, "%s.%ld.tmp", path, (long)getpid());
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  tacet_status status = write_beside(temporary, path, text, size, error);
  sigprocmask(SIG_SETMASK, &before, NULL);
  free(temporary);
  return status;
}

static tacet_status write_file(const char *path, const char *text, size_t size,
                               tacet_error *error) {
  struct stat found;
  if (stat(path, &found) != 0) return replace(path, text, size, error);
  if (!S_ISREG(found.st_mode)) return write_through(path, text, size, error);
  char *target = realpath(path, NULL); /* a link stays one */
  if (!target) return fail(error, TACET_NO_FILE, path);
  tacet_status status = replace(target, text, size, error);
  free(target);
  return status;
}

tacet_status tacet_output_write(const char *path, const char *text, size_t size,
                                tacet_error *error) {
  if (path) return write_file(path, text, size, error);
  if (write_all(STDOUT_FILENO, text, size)) return TACET_OK;
  return fail(error, TACET_WRITE_FAILED, "standard output");
}

/* ---- before ------------------------------------------------------------- */

/* Whether a file can be made in the folder where `path` lies. */
static tacet_status check_folder(const char *path, tacet_error *error) {
  char *folder = strdup(path);
  if (!folder) return no_memory(error);
  char *slash = strrchr(folder, '/');
  if (slash) slash[slash == folder] = '\0'; /* "/" stays */
  struct stat found;
  bool usable = stat(slash ? folder : ".", &found) == 0;
  if (usable && !S_ISDIR(found.st_mode)) {
    usable = false;
    errno = ENOTDIR;
  }
  usable = usable && access(slash ? folder : ".", W_OK | X_OK) == 0;
  const int reason = errno;
  free(folder);
  errno = reason;
  return usable ? TACET_OK : fail(error, TACET_NO_FILE, path);
}

tacet_status tacet_output_check(const char *path, tacet_error *error) {
  struct stat found;
  if (!path) return TACET_OK;
  if (stat(path, &found) != 0) return check_folder(path, error);
  if (S_ISDIR(found.st_mode)) {
    errno = EISDIR;
    return fail(error, TACET_NO_FILE, path);
  }
  if (!S_ISREG(found.st_mode))
    return access(path, W_OK) == 0 ? TACET_OK
                                   : fail(error, TACET_NO_FILE, path);
  char *target = realpath(path, NULL);
  if (!target) return fail(error, TACET_NO_FILE, path);
  tacet_status status = check_folder(target, error);
  free(target);
  return status;
}
