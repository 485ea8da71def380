/* Files through a buffer of fixed size: no length that a file states decides
   how much memory is taken. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- messages ----------------------------------------------------------- */

tacet_status tacet_input_refuse(const tacet_input *input, tacet_error *error,
                                const char *format, ...) {
  char message[384];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return tacet_fail(error, TACET_BAD_INPUT, input->place, "%s: %s", input->path,
                    message);
}

tacet_status tacet_input_refuse_line(const tacet_input *input,
                                     tacet_error *error, const char *format,
                                     ...) {
  char message[384];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return tacet_fail(error, TACET_BAD_INPUT, input->place, "%s:%lld: %s",
                    input->path, (long long)input->line, message);
}

/* ---- opening ------------------------------------------------------------ */

/* O_NONBLOCK: a pipe without a writer would wait for one. */
tacet_status tacet_input_open(tacet_input *input, const char *path,
                              const tacet_place *place, tacet_error *error) {
  struct stat about;
  input->path = path;
  input->place = place;
  input->offset = 0;
  input->line = 1;
  input->next = input->filled = 0;
  input->descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (input->descriptor < 0)
    return tacet_fail(error, TACET_NO_FILE, place, "%s: cannot be opened: %s",
                      path, strerror(errno));
  if (fstat(input->descriptor, &about) == 0 && S_ISREG(about.st_mode)) {
    input->size = (int64_t)about.st_size;
    input->modified = about.st_mtim;
    return TACET_OK;
  }
  close(input->descriptor);
  return tacet_fail(error, TACET_NO_FILE, place, "%s: is not a regular file",
                    path);
}

void tacet_input_close(tacet_input *input) {
  close(input->descriptor);
}

tacet_status tacet_input_unchanged(const tacet_input *input,
                                   tacet_error *error) {
  struct stat about;
  if (fstat(input->descriptor, &about) == 0 && about.st_size == input->size &&
      about.st_mtim.tv_sec == input->modified.tv_sec &&
      about.st_mtim.tv_nsec == input->modified.tv_nsec)
    return TACET_OK;
  tacet_input_refuse(input, error, "changed while it was read");
  return tacet_advise(error, "try again once whoever writes it is done");
}

/* ---- bytes -------------------------------------------------------------- */

/* Fills the empty buffer; a failed read looks like the end of the file. */
static bool fill(tacet_input *input) {
  const ssize_t got = pread(input->descriptor, input->buffer,
                            sizeof input->buffer, (off_t)input->offset);
  input->next = 0;
  input->filled = got > 0 ? (size_t)got : 0;
  input->offset += (int64_t)input->filled;
  return input->filled > 0;
}

int tacet_input_peek(tacet_input *input) {
  if (input->next == input->filled && !fill(input)) return -1;
  return input->buffer[input->next];
}

int tacet_input_take(tacet_input *input) {
  const int byte = tacet_input_peek(input);
  if (byte < 0) return byte;
  input->next++;
  input->line += byte == '\n';
  return byte;
}

void tacet_input_seek(tacet_input *input, int64_t offset) {
  input->offset = offset;
  input->line = 1;
  input->next = input->filled = 0;
}

/* Large pieces need not go through the buffer. Returns what was read. */
static int64_t copy_directly(tacet_input *input, unsigned char *bytes,
                             int64_t count) {
  int64_t done = 0;
  while (count - done >= (int64_t)sizeof input->buffer) {
    const ssize_t got = pread(input->descriptor, bytes + done,
                              (size_t)(count - done), (off_t)input->offset);
    if (got <= 0) break;
    done += got;
    input->offset += got;
  }
  return done;
}

tacet_status tacet_input_copy(tacet_input *input, void *bytes, int64_t count,
                              tacet_error *error) {
  unsigned char *to = bytes;
  if (input->next == input->filled) {
    const int64_t direct = copy_directly(input, to, count);
    to += direct;
    count -= direct;
  }
  while (count > 0) {
    if (tacet_input_peek(input) < 0)
      return tacet_input_refuse(input, error, "ends after %lld bytes",
                                (long long)input->offset);
    int64_t ready = (int64_t)(input->filled - input->next);
    if (ready > count) ready = count;
    memcpy(to, input->buffer + input->next, (size_t)ready);
    input->next += (size_t)ready;
    to += ready;
    count -= ready;
  }
  return TACET_OK;
}

void tacet_input_skip_line(tacet_input *input) {
  for (int byte = 0; byte >= 0 && byte != '\n';) byte = tacet_input_take(input);
}

/* ---- text --------------------------------------------------------------- */

static bool is_space(int byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void skip_space(tacet_input *input) {
  while (is_space(tacet_input_peek(input))) tacet_input_take(input);
}

/* What stands there instead of what was expected. */
static tacet_status unexpected(tacet_input *input, const char *what,
                               tacet_error *error) {
  const int byte = tacet_input_peek(input);
  if (byte < 0)
    return tacet_input_refuse_line(input, error, "the file ends before %s",
                                   what);
  const bool shown = byte > ' ' && byte < 127;
  return tacet_input_refuse_line(input, error,
                                 shown ? "expected %s, found '%c'"
                                       : "expected %s, found byte 0x%02x",
                                 what, byte);
}

tacet_status tacet_input_count(tacet_input *input, int64_t *count,
                               const char *what, tacet_error *error) {
  skip_space(input);
  if (tacet_input_peek(input) == ',') tacet_input_take(input);
  skip_space(input);
  int64_t value = 0, digits = 0;
  for (;; digits++) {
    const int digit = tacet_input_peek(input) - '0';
    if (digit < 0 || digit > 9) break;
    if (__builtin_mul_overflow(value, INT64_C(10), &value) ||
        __builtin_add_overflow(value, digit, &value))
      return tacet_input_refuse_line(input, error, "%s does not fit 64 bits",
                                     what);
    tacet_input_take(input);
  }
  const int after = tacet_input_peek(input);
  if (digits == 0 || !(after < 0 || after == ',' || is_space(after)))
    return unexpected(input, what, error);
  *count = value;
  return TACET_OK;
}

tacet_status tacet_input_word(tacet_input *input, char *word, size_t size,
                              const char *what, tacet_error *error) {
  size_t length = 0;
  skip_space(input);
  for (int byte; (byte = tacet_input_peek(input)) > 0 && !is_space(byte);) {
    if (length + 1 == size)
      return tacet_input_refuse_line(input, error, "%s is too long", what);
    word[length++] = (char)tacet_input_take(input);
  }
  word[length] = '\0';
  return length ? TACET_OK : unexpected(input, what, error);
}

tacet_status tacet_input_end(tacet_input *input, tacet_error *error) {
  skip_space(input);
  if (tacet_input_peek(input) >= 0)
    return unexpected(input, "the end of the file", error);
  return tacet_input_unchanged(input, error);
}
