/* Six significant digits, the way printf's %g gives them but several times
   faster: a third of a layer's time would otherwise be spent on them. What
   could round either way is left to printf. */
#include "digits.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LOWEST = -16, HIGHEST = 21 }; /* exponents that are dealt with here */

/* All exact. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21};

static double scale(double value, int exponent) {
  return exponent < 5 ? value * powers[5 - exponent]
                      : value / powers[exponent - 5];
}

/* Digits and exponent of value = d.ddddd * 10^exponent; false if the last
   digit is in doubt: scaling is wrong by less than 1e-9. */
static bool split(int *digits, int *exponent, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  int binary = (int)(bits >> 52) - 1023;           /* value = 1.xx * 2^binary */
  *exponent = (int)(0.30103 * binary + 400) - 400; /* or one less than it is */
  if (*exponent < LOWEST || *exponent >= HIGHEST) return false;
  double scaled = scale(value, *exponent);
  if (scaled >= 1e6) scaled = scale(value, ++*exponent);
  *digits = (int)(scaled + 0.5);
  double doubt = scaled + 0.5 - *digits;
  if (*digits == 1000000) {
    *digits = 100000;
    ++*exponent;
  }
  return doubt > 1e-8 && doubt < 1 - 1e-8;
}

static int write_plain(char *text, const char digit[6], int exponent) {
  int length = 0, kept = 6;
  while (kept > exponent + 1 && kept > 1 && digit[kept - 1] == '0') kept--;
  if (exponent < 0) {
    memcpy(text, "0.000", 5);
    length = 1 - exponent;
    memcpy(text + length, digit, (size_t)kept);
    return length + kept;
  }
  memcpy(text, digit, (size_t)exponent + 1);
  length = exponent + 1;
  if (kept == length) return length;
  text[length++] = '.';
  memcpy(text + length, digit + exponent + 1, (size_t)(kept - exponent - 1));
  return kept + 1;
}

static int write_power(char *text, const char digit[6], int exponent) {
  int kept = 6, length = 0;
  while (kept > 1 && digit[kept - 1] == '0') kept--;
  text[length++] = digit[0];
  if (kept > 1) text[length++] = '.';
  memcpy(text + length, digit + 1, (size_t)kept - 1);
  length += kept - 1;
  text[length++] = 'e';
  text[length++] = exponent < 0 ? '-' : '+';
  if (exponent < 0) exponent = -exponent;
  text[length++] = (char)('0' + exponent / 10);
  text[length++] = (char)('0' + exponent % 10);
  return length;
}

int maestro_digits(char text[MAESTRO_DIGITS], double value) {
  int digits, exponent;
  char digit[6];
  if (!(value > 0) || !split(&digits, &exponent, value))
    return snprintf(text, MAESTRO_DIGITS, "%g", value);
  for (int i = 5; i >= 0; i--, digits /= 10)
    digit[i] = (char)('0' + digits % 10);
  int length = exponent < -4 || exponent >= 6
                   ? write_power(text, digit, exponent)
                   : write_plain(text, digit, exponent);
  text[length] = '\0';
  return length;
}
