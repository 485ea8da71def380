/* Words in messages: what was typed, made fit to print; the nearest word that
   was meant; names that come twice. */
#include "node.h"

#include <stdlib.h>
#include <string.h>

tacet_shown tacet_show(const char *text) {
  tacet_shown shown = {""};
  const size_t room = sizeof shown.text - sizeof "...";
  size_t length = strlen(text);
  if (length > room) {
    length = room;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    strcpy(shown.text + length, "...");
  }
  for (size_t i = 0; i < length; i++) {
    const unsigned char c = (unsigned char)text[i];
    shown.text[i] = c < 0x20 || c == 0x7F ? ' ' : text[i];
  }
  return shown;
}

/* ---- the nearest word --------------------------------------------------- */

/* Costs of an edit, so that a wrong case or dash loses to nothing else. */
enum { slip = 1, edit = 2, longest_word = 32 };

static char plain(char c) {
  if (c >= 'A' && c <= 'Z') return (char)(c - 'A' + 'a');
  return c == '_' ? '-' : c;
}

static int replace_cost(char a, char b) {
  if (a == b) return 0;
  return plain(a) == plain(b) ? slip : edit;
}

static int least(int a, int b) {
  return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap neighbours. */
static int distance(const char *a, size_t a_length, const char *b,
                    size_t b_length) {
  int cost[longest_word + 1][longest_word + 1];
  for (size_t i = 0; i <= a_length; i++) cost[i][0] = (int)i * edit;
  for (size_t j = 0; j <= b_length; j++) cost[0][j] = (int)j * edit;
  for (size_t i = 1; i <= a_length; i++) {
    for (size_t j = 1; j <= b_length; j++) {
      int best = least(cost[i - 1][j], cost[i][j - 1]) + edit;
      best = least(best, cost[i - 1][j - 1] + replace_cost(a[i - 1], b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = least(best, cost[i - 2][j - 2] + edit);
      cost[i][j] = best;
    }
  }
  return cost[a_length][b_length];
}

void tacet_nearest_offer(tacet_nearest *nearest, const char *candidate) {
  const size_t typed = strlen(nearest->word), meant = strlen(candidate);
  if (typed > longest_word || meant > longest_word) return;
  const size_t longer = typed > meant ? typed : meant;
  const int found = distance(nearest->word, typed, candidate, meant);
  const int edits = (int)(longer + 2) / 3; /* a third of it may be wrong */
  if (found > edits * edit || found >= (int)longer * edit) return;
  if (nearest->found && found >= nearest->distance) return;
  nearest->found = candidate;
  nearest->distance = found;
}

void tacet_list_word(char *text, size_t size, const char *word) {
  const size_t length = strlen(text);
  const char *comma = length ? ", " : "";
  if (length + strlen(comma) + strlen(word) >= size) return;
  strcat(strcpy(text + length, comma), word);
}

/* ---- names that come twice ---------------------------------------------- */

static int by_name(const void *a, const void *b) {
  const tacet_indexed_name *left = a, *right = b;
  const int order = strcmp(left->name, right->name);
  return order ? order
               : (left->index > right->index) - (left->index < right->index);
}

int tacet_find_repeat(tacet_indexed_name *names, int count, int *earlier) {
  int repeat = -1;
  if (count > 0) qsort(names, (size_t)count, sizeof *names, by_name);
  for (int i = 1; i < count; i++) {
    if (strcmp(names[i - 1].name, names[i].name) != 0) continue;
    if (repeat >= 0 && names[i].index > repeat) continue;
    repeat = names[i].index;
    *earlier = names[i - 1].index;
  }
  return repeat;
}
