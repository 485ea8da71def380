/* Brings files into memory and refuses what is no text. Knows no words. */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tacet_status no_memory(const char *path, tacet_error *error) {
  tacet_place place = {.file = path};
  return tacet_fail(error, TACET_NO_MEMORY, &place, "no memory for the file");
}

static tacet_status check(const char *text, size_t size, const char *path,
                          tacet_error *error) {
  tacet_place place = {.file = path};
  if (size > TACET_MAESTRO_MAX_BYTES)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "the file is longer than %d MiB",
                      TACET_MAESTRO_MAX_BYTES >> 20);
  if (memchr(text, '\0', size))
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "the file is no text: it holds a NUL byte");
  return TACET_OK;
}

/* Reads until the end or one byte too many, whichever comes first. */
static char *read_all(size_t *size, FILE *stream) {
  size_t room = 64 << 10;
  char *buffer = malloc(room);
  *size = 0;
  while (buffer) {
    *size += fread(buffer + *size, 1, room - 1 - *size, stream);
    if (*size < room - 1 || *size > TACET_MAESTRO_MAX_BYTES) break;
    room *= 2;
    char *larger = realloc(buffer, room);
    if (!larger) free(buffer);
    buffer = larger;
  }
  if (buffer) buffer[*size] = '\0';
  return buffer;
}

tacet_status maestro_load(char **text, size_t *size, const char *path,
                          tacet_error *error) {
  tacet_place place = {.file = path};
  *text = NULL;
  FILE *stream = fopen(path, "rb");
  if (!stream)
    return tacet_fail(error, TACET_NO_FILE, &place,
                      "the file cannot be opened");
  char *buffer = read_all(size, stream);
  bool failed = ferror(stream);
  fclose(stream);
  if (!buffer) return no_memory(path, error);
  tacet_status status = failed ? tacet_fail(error, TACET_NO_FILE, &place,
                                            "the file cannot be read")
                               : check(buffer, *size, path, error);
  if (status == TACET_OK)
    *text = buffer;
  else
    free(buffer);
  return status;
}

tacet_status maestro_copy(char **copy, const char *text, size_t size,
                          const char *path, tacet_error *error) {
  *copy = NULL;
  tacet_status status = check(text, size, path, error);
  if (status != TACET_OK) return status;
  *copy = malloc(size + 1);
  if (!*copy) return no_memory(path, error);
  if (size) memcpy(*copy, text, size);
  (*copy)[size] = '\0';
  return TACET_OK;
}
