/* Hardware files: `key: number` pairs in the words of mapping files. */
#include "lexer.h"
#include "text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct key {
  const char *name;
  size_t offset; /* in tacet_maestro_hardware */
  int fallback;  /* in files that do not name it */
} keys[] = {
    {"num_pes", offsetof(tacet_maestro_hardware, pes), 1},
    {"l1_size_cstr", offsetof(tacet_maestro_hardware, l1_size), INT_MAX},
    {"l2_size_cstr", offsetof(tacet_maestro_hardware, l2_size), INT_MAX},
    {"noc_bw_cstr", offsetof(tacet_maestro_hardware, noc_bandwidth), INT_MAX},
    {"offchip_bw_cstr", offsetof(tacet_maestro_hardware, offchip_bandwidth),
     INT_MAX},
    /* named after hops, used as cycles */
    {"NoC_NumHops", offsetof(tacet_maestro_hardware, noc_latency), 1},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static int *value_of(tacet_maestro_hardware *hardware, const struct key *key) {
  return (int *)(void *)((char *)hardware + key->offset);
}

static tacet_status find(const struct key **found, const maestro_token *token,
                         tacet_error *error) {
  for (int i = 0; i < KEYS; i++) {
    *found = &keys[i];
    if (!strcmp(token->text, keys[i].name)) return TACET_OK;
  }
  tacet_fail(error, TACET_BAD_INPUT, &token->place, "no hardware key \"%s\"",
             maestro_quote(token->text).text);
  tacet_advise(error, "there are num_pes, l1_size_cstr, l2_size_cstr, "
                      "noc_bw_cstr, offchip_bw_cstr and NoC_NumHops");
  return TACET_BAD_INPUT;
}

/* As the published tool reads numbers: leading digits count, "32.5" is 32. */
static tacet_status read_value(int *value, const struct key *key,
                               const maestro_token *token, tacet_error *error) {
  bool digits = token->text[0] >= '0' && token->text[0] <= '9';
  const char *rest;
  *value = maestro_number(token->text, &rest);
  if (*value >= 0 && digits) return TACET_OK;
  return tacet_fail(error, TACET_BAD_INPUT, &token->place,
                    "%s wants a number of at most %d, found \"%s\"", key->name,
                    INT_MAX, maestro_quote(token->text).text);
}

static tacet_status read_pairs(tacet_maestro_hardware *hardware, char *text,
                               size_t size, const char *path,
                               tacet_error *error) {
  maestro_lexer lexer;
  maestro_token token;
  for (int i = 0; i < KEYS; i++)
    *value_of(hardware, &keys[i]) = keys[i].fallback;
  maestro_lexer_start(&lexer, text, size, path);
  for (;;) {
    const struct key *key;
    maestro_lexer_next(&lexer, &token);
    if (!token.text[0]) return TACET_OK;
    tacet_status status = find(&key, &token, error);
    if (status != TACET_OK) return status;
    maestro_lexer_next(&lexer, &token);
    status = read_value(value_of(hardware, key), key, &token, error);
    if (status != TACET_OK) return status;
  }
}

tacet_status tacet_maestro_hardware_parse(tacet_maestro_hardware *hardware,
                                          const char *text, size_t size,
                                          const char *path,
                                          tacet_error *error) {
  char *copy;
  tacet_status status = maestro_copy(&copy, text, size, path, error);
  if (status == TACET_OK)
    status = read_pairs(hardware, copy, size, path, error);
  free(copy);
  return status;
}

tacet_status tacet_maestro_hardware_read(tacet_maestro_hardware *hardware,
                                         const char *path, tacet_error *error) {
  char *text;
  size_t size;
  tacet_status status = maestro_load(&text, &size, path, error);
  if (status == TACET_OK)
    status = read_pairs(hardware, text, size, path, error);
  free(text);
  return status;
}

tacet_status
tacet_maestro_hardware_check(const tacet_maestro_hardware *hardware,
                             tacet_error *error) {
  const struct {
    const char *name;
    int value;
  } divisors[] = {{"number of PEs", hardware->pes},
                  {"number of SIMD lanes", hardware->simd_lanes},
                  {"NoC bandwidth", hardware->noc_bandwidth},
                  {"off-chip bandwidth", hardware->offchip_bandwidth}};
  for (size_t i = 0; i < sizeof divisors / sizeof divisors[0]; i++)
    if (divisors[i].value < 1)
      return tacet_fail(error, TACET_BAD_INPUT, NULL,
                        "the %s is %d; it must be at least 1", divisors[i].name,
                        divisors[i].value);
  return TACET_OK;
}
