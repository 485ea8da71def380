/* JSON values that may fail: a NULL stands for a lack of memory and passes
   through, so that only the last one is asked. */
#ifndef TACET_JSON_H
#define TACET_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "../dense/dense.h"

/* An integer if the value is whole, null if it is not finite. */
json_t *tacet_json_number(double value);

/* null if text is NULL. In text that is no UTF-8, as names of files may be,
   what is not ASCII becomes "?". */
json_t *tacet_json_text(const char *text);

/* Takes over `value`; frees *object and makes it NULL if either is NULL or
   memory is short. Likewise for arrays. */
void tacet_json_set(json_t **object, const char *key, json_t *value);
void tacet_json_append(json_t **array, json_t *value);

/* A member of a struct and its key. */
typedef enum tacet_member_kind {
  TACET_MEMBER_INT,    /* int64_t */
  TACET_MEMBER_DOUBLE, /* double */
  TACET_MEMBER_BOOL    /* bool */
} tacet_member_kind;

typedef struct tacet_member {
  const char *key;
  tacet_member_kind kind;
  size_t offset;
} tacet_member;

/* Sets a key for every member of `whole`. */
void tacet_json_members(json_t **object, const void *whole,
                        const tacet_member *members, int count);

/* Writes an object and ends its line; takes it over. NULL stands for a lack
   of memory. */
tacet_status tacet_json_write(FILE *out, json_t *object, tacet_error *error);

#endif
