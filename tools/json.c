/* Building JSON values on jansson. */
#include "json.h"

#include <math.h>

json_t *tacet_json_number(double value) {
  const double largest = 9007199254740992.0; /* 2^53: whole doubles end */
  if (!isfinite(value)) return json_null();
  if (value == floor(value) && fabs(value) <= largest)
    return json_integer((json_int_t)value);
  return json_real(value);
}

json_t *tacet_json_text(const char *text) {
  if (!text) return json_null();
  json_t *string = json_string(text);
  if (string) return string;
  char ascii[1024];
  snprintf(ascii, sizeof ascii, "%s", text);
  for (char *c = ascii; *c; c++)
    if ((unsigned char)*c >= 0x80) *c = '?';
  return json_string(ascii);
}

void tacet_json_set(json_t **object, const char *key, json_t *value) {
  if (*object && json_object_set_new(*object, key, value) == 0) return;
  if (!*object) json_decref(value);
  json_decref(*object);
  *object = NULL;
}

void tacet_json_append(json_t **array, json_t *value) {
  if (*array && json_array_append_new(*array, value) == 0) return;
  if (!*array) json_decref(value);
  json_decref(*array);
  *array = NULL;
}

static json_t *member_value(const void *at, tacet_member_kind kind) {
  switch (kind) {
  case TACET_MEMBER_INT: return json_integer(*(const int64_t *)at);
  case TACET_MEMBER_DOUBLE: return tacet_json_number(*(const double *)at);
  case TACET_MEMBER_BOOL: break;
  }
  return json_boolean(*(const bool *)at);
}

void tacet_json_members(json_t **object, const void *whole,
                        const tacet_member *members, int count) {
  for (int m = 0; m < count; m++)
    tacet_json_set(
        object, members[m].key,
        member_value((const char *)whole + members[m].offset, members[m].kind));
}

tacet_status tacet_json_write(FILE *out, json_t *object, tacet_error *error) {
  const int failed =
      !object ||
      json_dumpf(object, out, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
  json_decref(object);
  if (failed) return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
  putc('\n', out);
  return TACET_OK;
}
