/* From names on the command line to the numbers in a job's files. */
#include "key.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/spec/node.h"
#include "../sparse/spelling.h"

/* ---- finding ------------------------------------------------------------ */

/* What follows "root." in `text`, or NULL. */
static const char *below(const char *text, const char *root) {
  const size_t length = strlen(root);
  if (length == 0 || strncmp(text, root, length) != 0) return NULL;
  return text[length] == '.' ? text + length + 1 : NULL;
}

static const char *name_of(const tacet_doc *doc) {
  const tacet_node *root = tacet_doc_root(doc);
  const int i = tacet_find_key(root, "accelerator");
  return i < 0 ? "" : tacet_node_text(tacet_node_item(root, i));
}

/* What follows a number: a unit, but no more of a formula. */
static const char *unit_of(const char *text) {
  char *end;
  strtod(text, &end);
  if (end == text) return "";
  return isalpha((unsigned char)end[strspn(end, " ")]) ? end : "";
}

static tacet_status add_place(tacet_key *key, const tacet_doc *doc,
                              const char *path, tacet_error *error) {
  tacet_number_place *place = &key->place[key->places];
  tacet_status status = tacet_doc_find(&place->node, doc, path, error);
  if (status) return status;
  place->unit = unit_of(tacet_node_text(place->node));
  key->places++;
  return TACET_OK;
}

static tacet_status find_in_designs(tacet_key *key, const tacet_job *job,
                                    tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int d = 0; d < job->designs && !status; d++) {
    const tacet_doc *doc = job->design[d].doc;
    const char *path = below(key->text, "accelerator");
    if (!path) path = below(key->text, name_of(doc));
    if (path) status = add_place(key, doc, path, error);
  }
  if (key->places) key->parts = TACET_PART_DESIGNS;
  return status;
}

static tacet_status find_in_profile(tacet_key *key, const tacet_job *job,
                                    const char *path, tacet_error *error) {
  key->parts = TACET_PART_PROFILE;
  if (job->profile_doc) return add_place(key, job->profile_doc, path, error);
  tacet_fail(error, TACET_BAD_USAGE, NULL, "\"%s\": there is no profile",
             tacet_show(key->text).text);
  return tacet_advise(error, "give one with -p");
}

static bool find_densities(tacet_key *key) {
  const char *tensor = below(key->text, "density");
  if (strcmp(key->text, "density") == 0)
    key->tensor[TACET_WEIGHT] = key->tensor[TACET_INPUT] = true;
  bool found = key->tensor[TACET_WEIGHT];
  for (int t = 0; t < TACET_TENSORS && tensor; t++) {
    key->tensor[t] = strcmp(tensor, tacet_slot_name(t)) == 0;
    found |= key->tensor[t];
  }
  return found;
}

static tacet_status unknown(const tacet_key *key, const tacet_node *parameters,
                            tacet_error *error) {
  static const char *const roots[] = {"density", "density.weight",
                                      "density.input", "density.output"};
  char known[160] = "";
  tacet_nearest nearest = {.word = key->text};
  for (int i = 0; parameters && i < tacet_node_count(parameters); i++) {
    tacet_nearest_offer(&nearest, tacet_node_key(parameters, i));
    tacet_list_word(known, sizeof known, tacet_node_key(parameters, i));
  }
  for (int i = 0; i < 4; i++) tacet_nearest_offer(&nearest, roots[i]);
  tacet_fail(error, TACET_BAD_USAGE, NULL,
             "\"%s\" is no parameter of the network, nor does it begin with "
             "network, accelerator, an accelerator's name, profile or density",
             tacet_show(key->text).text);
  if (nearest.found)
    return tacet_advise(error, "did you mean %s?", nearest.found);
  if (known[0]) return tacet_advise(error, "the parameters are %s", known);
  return tacet_advise(error, "the network has no parameters");
}

static tacet_status find_parameter(tacet_key *key, const tacet_job *job,
                                   tacet_error *error) {
  const tacet_node *root = tacet_doc_root(job->network_doc);
  const int i = tacet_find_key(root, "parameters");
  const tacet_node *map = i < 0 ? NULL : tacet_node_item(root, i);
  if (!map || tacet_find_key(map, key->text) < 0)
    return unknown(key, map, error);
  char path[TACET_NAME + 16];
  snprintf(path, sizeof path, "parameters.%s", key->text);
  key->parts = TACET_PART_NETWORK;
  return add_place(key, job->network_doc, path, error);
}

static tacet_status find_places(tacet_key *key, const tacet_job *job,
                                tacet_error *error) {
  const char *path = below(key->text, "network");
  if (path) {
    key->parts = TACET_PART_NETWORK;
    return add_place(key, job->network_doc, path, error);
  }
  path = below(key->text, "profile");
  if (path) return find_in_profile(key, job, path, error);
  tacet_status status = find_in_designs(key, job, error);
  if (status || key->places) return status;
  return find_parameter(key, job, error);
}

tacet_status tacet_key_find(tacet_key *key, tacet_job *job, const char *text,
                            tacet_error *error) {
  *key = (tacet_key){.text = text};
  if (find_densities(key)) return TACET_OK;
  const size_t most = job->designs > 1 ? (size_t)job->designs : 1;
  key->place = calloc(most, sizeof *key->place);
  return key->place ? find_places(key, job, error) : tacet_no_memory(error);
}

void tacet_key_free(tacet_key *key) {
  free(key->place);
  *key = (tacet_key){.places = 0};
}

/* ---- units -------------------------------------------------------------- */

static bool is_same_unit(const char *one, const char *other) {
  tacet_unit kind[2];
  double factor[2];
  one += strspn(one, " ");
  other += strspn(other, " ");
  return strcmp(one, other) == 0 ||
         (tacet_unit_find(&kind[0], &factor[0], one) &&
          tacet_unit_find(&kind[1], &factor[1], other) && kind[0] == kind[1] &&
          factor[0] == factor[1]);
}

/* A bare number would mean different things in different files. */
static tacet_status expect_one_unit(const tacet_key *key, tacet_error *error) {
  for (int i = 1; i < key->places; i++) {
    const tacet_number_place *first = &key->place[0], *other = &key->place[i];
    if (is_same_unit(first->unit, other->unit)) continue;
    tacet_fail(error, TACET_BAD_USAGE, NULL,
               "%s is \"%.60s\" in %.120s and \"%.60s\" in %.120s",
               tacet_show(key->text).text,
               tacet_show(tacet_node_text(first->node)).text,
               tacet_node_place(first->node).file,
               tacet_show(tacet_node_text(other->node)).text,
               tacet_node_place(other->node).file);
    return tacet_advise(error, "give its values a unit");
  }
  return TACET_OK;
}

tacet_status tacet_key_measure(tacet_key *key, const char *unit,
                               tacet_error *error) {
  if (!unit[0]) return expect_one_unit(key, error);
  if (!key->places)
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "%s has no unit; it cannot be in%s", key->text, unit);
  for (int i = 0; i < key->places; i++) key->place[i].unit = unit;
  return TACET_OK;
}

/* ---- changing ----------------------------------------------------------- */

tacet_status tacet_key_change(tacet_key *key, tacet_job *job, double value,
                              tacet_error *error) {
  if (key->places == 0 && !(value >= 0 && value <= 1))
    return tacet_fail(error, TACET_BAD_USAGE, NULL,
                      "%s goes from 0 to 1; it cannot be %g", key->text, value);
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (!key->tensor[t]) continue;
    job->imposes[t] = true;
    job->imposed[t] = value;
  }
  for (int i = 0; i < key->places; i++) {
    tacet_number_place *place = &key->place[i];
    snprintf(place->text, sizeof place->text, "%.15g%s", value, place->unit);
    tacet_node_say(place->node, place->text);
  }
  return TACET_OK;
}

/* ---- assignments -------------------------------------------------------- */

static tacet_status impose(tacet_key *key, tacet_job *job, const char *value,
                           tacet_error *error) {
  char *end;
  const double density = strtod(value, &end);
  if (end > value && !*end) return tacet_key_change(key, job, density, error);
  return tacet_fail(error, TACET_BAD_USAGE, NULL,
                    "%s is \"%s\"; expected 0 to 1", key->text,
                    tacet_show(value).text);
}

static bool is_number(const char *text) {
  char *end;
  strtod(text, &end);
  return end > text && !*end;
}

/* The text becomes the document's. */
static tacet_status write_text(const tacet_number_place *place,
                               const char *value, tacet_error *error) {
  const char *unit = is_number(value) ? place->unit : "";
  const size_t size = strlen(value) + strlen(unit) + 1;
  char *text = tacet_doc_allocate(place->node->doc, size);
  if (!text) return tacet_no_memory(error);
  snprintf(text, size, "%s%s", value, unit);
  tacet_node_say(place->node, text);
  return TACET_OK;
}

tacet_status tacet_key_set(tacet_job *job, const char *assignment,
                           tacet_error *error) {
  const char *value = strchr(assignment, '=');
  char name[256];
  const size_t length = value ? (size_t)(value - assignment) : 0;
  if (length == 0 || length >= sizeof name) {
    tacet_fail(error, TACET_BAD_USAGE, NULL, "\"%s\" sets nothing",
               tacet_show(assignment).text);
    return tacet_advise(error, "for example --set sequence=4096");
  }
  snprintf(name, sizeof name, "%.*s", (int)length, assignment);
  tacet_key key;
  tacet_status status = tacet_key_find(&key, job, name, error);
  if (!status && !key.places) status = impose(&key, job, value + 1, error);
  if (!status && is_number(value + 1)) status = expect_one_unit(&key, error);
  for (int i = 0; i < key.places && !status; i++)
    status = write_text(&key.place[i], value + 1, error);
  tacet_key_free(&key);
  return status;
}
