/* Reals as text. */
#ifndef TACET_MAESTRO_DIGITS_H
#define TACET_MAESTRO_DIGITS_H

enum { MAESTRO_DIGITS = 32 };

/* Writes `value` as printf's %g does, terminated, and returns its length. */
int maestro_digits(char text[MAESTRO_DIGITS], double value);

#endif
