/* Numbers and names as an explanation says them. */
#include <ctype.h>
#include <stdarg.h>

#include "explain.h"

tacet_words tacet_say(const char *format, ...) {
  tacet_words words;
  va_list values;
  va_start(values, format);
  vsnprintf(words.text, sizeof words.text, format, values);
  va_end(values);
  return words;
}

tacet_words tacet_grouped(double value) {
  char digits[64];
  tacet_words words = {""};
  const int length = snprintf(digits, sizeof digits, "%.0f", value);
  int used = 0;
  for (int i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0) words.text[used++] = ',';
    words.text[used++] = digits[i];
  }
  words.text[used] = '\0';
  return words;
}

tacet_words tacet_size_words(int64_t bits) {
  const double bytes = (double)bits / 8;
  if (bits % 8) return tacet_say("%s bit", tacet_grouped((double)bits).text);
  if (bytes < 10 * 1024) return tacet_say("%s B", tacet_grouped(bytes).text);
  if (bytes < 1e7) return tacet_say("%.4g KiB", bytes / 1024);
  if (bytes < 1e10) return tacet_say("%.4g MiB", bytes / 1024 / 1024);
  return tacet_say("%.4g GiB", bytes / 1024 / 1024 / 1024);
}

tacet_words tacet_loop_name(const tacet_nest *nest, int loop) {
  const int dim = nest->loop[loop].dim;
  const int letter = tolower((unsigned char)nest->layer->dim[dim].name[0]);
  int before = 0, all = 0;
  for (int i = 0; i < nest->loops; i++) {
    if (nest->loop[i].dim != dim) continue;
    all++;
    if (i < loop) before++;
  }
  return all == 1 ? tacet_say("%c", letter) : tacet_say("%c%d", letter, before);
}
