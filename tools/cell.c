/* Rounds numbers to what fits a column. */
#include "cell.h"

#include <math.h>
#include <string.h>

/* So that three digits are shown; just below a power of ten it rounds up. */
static int decimals(double value) {
  if (fabs(value) < 9.995) return 2;
  return fabs(value) < 99.95 ? 1 : 0;
}

tacet_cell tacet_amount(double value) {
  static const char prefixes[] = "fpnum kMGTPE";
  const int none = 5, last = 11;
  int prefix = none;
  tacet_cell cell;
  for (; fabs(value) >= 999.5 && prefix < last; prefix++) value /= 1000;
  for (; value != 0 && fabs(value) < 0.9995 && prefix > 0; prefix--)
    value *= 1000;
  const int digits =
      prefix == none && value == floor(value) ? 0 : decimals(value);
  snprintf(cell.text, sizeof cell.text, "%.*f %c", digits, value,
           prefixes[prefix]);
  if (prefix == none) cell.text[strlen(cell.text) - 2] = '\0';
  return cell;
}

tacet_cell tacet_styled(tacet_column_style style, double number) {
  tacet_cell cell = {""};
  if (style == TACET_STYLE_AMOUNT) return tacet_amount(number);
  if (style == TACET_STYLE_PERCENT) {
    snprintf(cell.text, sizeof cell.text, "%.0f", number);
    return cell;
  }
  if (fabs(number) >= 999.5) return tacet_amount(number);
  snprintf(cell.text, sizeof cell.text, "%.*f", decimals(number), number);
  if (isnan(number)) strcpy(cell.text, "-");
  return cell;
}

tacet_cell tacet_cell_of(const tacet_column *column, const tacet_row *row) {
  const tacet_value value = column->get(row);
  tacet_cell cell = {""};
  if (column->style != TACET_STYLE_WORD)
    return tacet_styled(column->style, value.number * column->scale);
  snprintf(cell.text, sizeof cell.text, "%s", value.text);
  return cell;
}
