/* How errors reach people. */
#include "command.h"

#include <stdio.h>

int tacet_complain(const tacet_error *error) {
  char text[1200];
  tacet_error_text(error, text, sizeof text);
  for (char *c = text; *c; c++) /* names on the command line may hold any */
    if ((unsigned char)*c < 0x20) *c = ' ';
  fprintf(stderr, "%s%s\n", error->file[0] ? "" : "tacet: ", text);
  return tacet_exit_code(error->status);
}
