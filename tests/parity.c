/* Compares `tacet maestro` with rows that the published tool printed, column
   for column. The folder given holds mapping/NAME.m, hardware as hw/HW.m or
   options as hw/HW.args, and the rows as HW/NAME.csv; in split_HW/ those of
   layers that were run alone, with NAME.m beside. */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/maestro/maestro.h"
#include "../tools/command.h"
#include "scratch.h"

struct tally {
  long identical;
  long rows;
};

typedef struct path {
  char text[PATH_MAX];
} path;

/* A path too long is cut, and then not found. */
static path join(const char *folder, const char *prefix, const char *name,
                 const char *ending) {
  path joined = {""};
  const char *parts[] = {folder, "/", prefix, name, ending};
  for (int i = 0; i < 5; i++)
    strncat(joined.text, parts[i],
            sizeof joined.text - strlen(joined.text) - 1);
  return joined;
}

/* ---- lines -------------------------------------------------------------- */

/* The next line, "" behind the last, without its end and with every -nan as
   nan: the sign of a nan is the processor's. */
static const char *next_line(FILE *stream, char *line, int size) {
  line[0] = '\0';
  if (!stream || !fgets(line, size, stream)) return line;
  line[strcspn(line, "\n")] = '\0';
  for (char *at = line; (at = strstr(at, "-nan"));)
    memmove(at, at + 1, strlen(at));
  return line;
}

static void show_difference(const char *file, const char *theirs,
                            const char *ours) {
  printf("%s\n  theirs %s\n  ours   %s\n", file, theirs, ours);
}

/* The header counts as identical or the first row does not. */
static void compare(struct tally *tally, const char *their_file,
                    const char *our_file) {
  char theirs[4096], ours[4096];
  FILE *their_rows = fopen(their_file, "r");
  FILE *our_rows = fopen(our_file, "r");
  bool same = !strcmp(next_line(their_rows, theirs, sizeof theirs),
                      next_line(our_rows, ours, sizeof ours));
  while (next_line(their_rows, theirs, sizeof theirs)[0]) {
    same &= !strcmp(theirs, next_line(our_rows, ours, sizeof ours));
    if (!same) show_difference(their_file, theirs, ours);
    tally->identical += same;
    tally->rows++;
    same = true;
  }
  if (next_line(our_rows, ours, sizeof ours)[0]) {
    show_difference(their_file, "(no more rows)", ours);
    tally->identical--;
  }
  if (their_rows) fclose(their_rows);
  if (our_rows) fclose(our_rows);
}

/* ---- whole mappings ----------------------------------------------------- */

enum { MAX_ARGUMENTS = 32 };

typedef struct command {
  int argc;
  char *argv[MAX_ARGUMENTS];
} command;

static void add(command *line, char *argument) {
  if (line->argc < MAX_ARGUMENTS) line->argv[line->argc++] = argument;
}

/* The words of hw/NAME.args, kept in `words`, or hw/NAME.m. */
static void add_hardware(command *line, const char *oracle, const char *name,
                         path *words) {
  FILE *stream = fopen(join(oracle, "hw/", name, ".args").text, "r");
  if (!stream) {
    *words = join(oracle, "hw/", name, ".m");
    add(line, "--HW_file");
    add(line, words->text);
    return;
  }
  words->text[fread(words->text, 1, sizeof words->text - 1, stream)] = '\0';
  fclose(stream);
  for (char *word = strtok(words->text, " \n"); word;
       word = strtok(NULL, " \n"))
    add(line, word);
}

static void run_mapping(struct tally *tally, const char *oracle,
                        const char *hardware, const char *name) {
  command line = {.argc = 0};
  path rows = join(scratch_path("."), "", "rows", ".csv"), words;
  path mapping = join(oracle, "mapping/", name, ".m");
  path theirs = join(join(oracle, "", hardware, "").text, "", name, ".csv");
  add(&line, "maestro");
  add_hardware(&line, oracle, hardware, &words);
  add(&line, "--Mapping_file");
  add(&line, mapping.text);
  add(&line, "--output");
  add(&line, rows.text);
  add(&line, "--print_res=false");
  remove(rows.text);
  tacet_command_maestro(line.argc, line.argv);
  compare(tally, theirs.text, rows.text);
}

/* ---- layers run alone --------------------------------------------------- */

static void write_alone(FILE *rows, const tacet_maestro_file *file, int index,
                        const tacet_maestro_hardware *hardware) {
  tacet_maestro_file alone = *file;
  tacet_maestro_batch batch;
  tacet_maestro_ledger ledger = {0};
  tacet_maestro_result result;
  tacet_maestro_price price;
  tacet_error error;
  char row[4096];
  alone.layers = 1;
  alone.layer = &file->layer[index];
  tacet_maestro_batch_of(&batch, &alone);
  if (tacet_maestro_cost(&result, alone.layer, &batch, hardware, &error)) {
    tacet_complain(&error);
    return;
  }
  tacet_maestro_price_of(&price, &ledger, &result, hardware);
  tacet_maestro_csv_row(row, sizeof row, file->network, alone.layer->name,
                        &result, &price, hardware);
  fprintf(rows, "%s\n", row);
}

static void run_alone(struct tally *tally, const char *oracle,
                      const char *hardware, const char *name) {
  path folder = join(oracle, "split_", hardware, "");
  path ours = join(scratch_path("."), "", "rows", ".csv");
  tacet_maestro_file file;
  tacet_maestro_hardware given = {.simd_lanes = 1};
  tacet_error error;
  FILE *rows = fopen(ours.text, "w");
  if (!rows ||
      tacet_maestro_read(&file, join(folder.text, "", name, ".m").text,
                         &error) ||
      tacet_maestro_hardware_read(
          &given, join(oracle, "hw/", hardware, ".m").text, &error)) {
    fprintf(stderr, "split_%s/%s cannot be run\n", hardware, name);
    exit(1);
  }
  fprintf(rows, "%s\n", tacet_maestro_csv_header());
  for (int i = 0; i < file.layers; i++) write_alone(rows, &file, i, &given);
  fclose(rows);
  tacet_maestro_free(&file);
  compare(tally, join(folder.text, "", name, ".csv").text, ours.text);
}

/* ---- the folder --------------------------------------------------------- */

typedef void visit(struct tally *tally, const char *oracle,
                   const char *hardware, const char *name);

/* Visits every NAME.csv in a folder. */
static void visit_rows(struct tally *tally, const char *oracle,
                       const char *folder, const char *hardware, visit *run) {
  DIR *entries = opendir(join(oracle, "", folder, "").text);
  if (!entries) return;
  for (struct dirent *entry; (entry = readdir(entries));) {
    char *ending = strrchr(entry->d_name, '.');
    if (!ending || strcmp(ending, ".csv")) continue;
    *ending = '\0';
    run(tally, oracle, hardware, entry->d_name);
  }
  closedir(entries);
}

static bool visit_hardware(struct tally *mappings, struct tally *alone,
                           const char *oracle) {
  DIR *entries = opendir(join(oracle, "", "hw", "").text);
  if (!entries) return false;
  for (struct dirent *entry; (entry = readdir(entries));) {
    if (entry->d_name[0] == '.') continue;
    char *hardware = entry->d_name;
    hardware[strcspn(hardware, ".")] = '\0';
    path split = {"split_"};
    strncat(split.text, hardware, sizeof split.text - 8);
    visit_rows(mappings, oracle, hardware, hardware, run_mapping);
    visit_rows(alone, oracle, split.text, hardware, run_alone);
  }
  closedir(entries);
  return true;
}

int main(int argc, char **argv) {
  struct tally mappings = {0}, alone = {0};
  if (argc != 2) {
    fprintf(stderr, "usage: parity FOLDER\n");
    return 2;
  }
  if (scratch_make(NULL)) return 3;
  bool found = visit_hardware(&mappings, &alone, argv[1]);
  scratch_remove(NULL);
  if (!found) {
    fprintf(stderr, "parity: %s has no folder hw\n", argv[1]);
    return 1;
  }
  if (alone.rows > 0)
    printf("layers run alone: %ld/%ld rows identical\n", alone.identical,
           alone.rows);
  printf("parity: %ld/%ld rows identical\n", mappings.identical, mappings.rows);
  return mappings.identical != mappings.rows || mappings.rows == 0 ||
         alone.identical != alone.rows;
}
