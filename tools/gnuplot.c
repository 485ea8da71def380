/* Runs gnuplot. Knows nothing of what it draws. */
#include "gnuplot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void tacet_gnuplot_quote(FILE *script, const char *text) {
  for (; *text; text++) {
    if (strchr("\"\\`$@", *text)) putc('\\', script);
    putc(*text, script);
  }
}

void tacet_gnuplot_begin(FILE *script, int entries, int columns) {
  static const struct {
    const char *colour;
    int mark;
  } types[TACET_LINE_TYPES] = {
      {"#2f6db3", 7},  {"#e08214", 5},  {"#3a9b62", 9}, {"#c4413b", 11},
      {"#7d5fb2", 13}, {"#1b9e9e", 6},  {"#8c6d46", 4}, {"#6f7781", 8},
      {"#c2569b", 10}, {"#9aa52c", 12}, {"#17436b", 2}, {"#e3918b", 1}};
  const int rows = (entries + columns - 1) / columns;
  fprintf(script,
          "set terminal svg size 820,%d font \"Helvetica,14\" linewidth 1.2 "
          "background \"white\"\n"
          "set termoption noenhanced\n"
          "set border 3 linecolor rgb \"#5b6470\"\n"
          "set tics nomirror textcolor rgb \"#333333\"\n"
          "set grid linecolor rgb \"#dde1e6\" linetype 1\n"
          "set key bmargin center horizontal Left reverse samplen 2 "
          "maxcols %d\n",
          400 + 22 * rows, columns);
  for (int i = 0; i < TACET_LINE_TYPES; i++)
    fprintf(script, "set linetype %d linecolor rgb \"%s\" pointtype %d\n",
            i + 1, types[i].colour, types[i].mark);
}

static tacet_status no_gnuplot(const tacet_place *place, tacet_error *error) {
  tacet_fail(error, TACET_NO_FILE, place,
             "gnuplot, which draws it, is not installed");
  return tacet_advise(error, "install the package gnuplot-nox, or draw the "
                             "figures by other means");
}

static tacet_status run(FILE *script, FILE *picture, const tacet_place *place,
                        tacet_error *error) {
  enum { not_found = 127 };
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    if (dup2(fileno(script), STDIN_FILENO) >= 0 &&
        dup2(fileno(picture), STDOUT_FILENO) >= 0)
      execlp("gnuplot", "gnuplot", (char *)NULL);
    _exit(not_found);
  }
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return TACET_OK;
  if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == not_found)
    return no_gnuplot(place, error);
  return tacet_fail(error, TACET_WRITE_FAILED, place,
                    "gnuplot failed to draw it");
}

static bool read_all(char **text, size_t *size, FILE *file) {
  fseek(file, 0, SEEK_END);
  const long length = ftell(file);
  rewind(file);
  *text = length > 0 ? malloc((size_t)length) : NULL;
  *size = *text ? fread(*text, 1, (size_t)length, file) : 0;
  return *text && *size == (size_t)length;
}

tacet_status tacet_gnuplot_draw(char **text, size_t *size, FILE *script,
                                const char *path, tacet_error *error) {
  const tacet_place place = {.file = path};
  *text = NULL;
  FILE *picture = tmpfile();
  const bool ready = picture && fflush(script) == 0 && !ferror(script);
  rewind(script);
  tacet_status status = TACET_OK;
  if (ready) status = run(script, picture, &place, error);
  if (!status && (!ready || !read_all(text, size, picture)))
    status = tacet_fail(error, TACET_WRITE_FAILED, NULL,
                        "a temporary file cannot be written");
  if (status) {
    free(*text);
    *text = NULL;
  }
  if (picture) fclose(picture);
  return status;
}
