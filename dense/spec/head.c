/* What every file starts with: format version, kind and name. */
#include "node.h"

/* An accelerator may have the last two as keys too, so it stands before. */
static const char *const kinds[] = {"profile", "accelerator", "network",
                                    "dataflow", "technology"};

static const char *kind_of(const tacet_node *root) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (tacet_find_key(root, kinds[i]) >= 0) return kinds[i];
  return NULL;
}

/* Where the data come from, for people: text or a list of texts. */
static tacet_status check_source(tacet_node *root, tacet_error *error) {
  const tacet_node *source = tacet_get(root, "source");
  if (!source || source->kind == TACET_SCALAR) return TACET_OK;
  tacet_status status = tacet_expect(source, TACET_LIST, "source", error);
  for (int i = 0; i < tacet_node_count(source) && !status; i++)
    status =
        tacet_expect(tacet_node_item(source, i), TACET_SCALAR, "source", error);
  return status;
}

tacet_status tacet_read_head(char *name, tacet_node *root, const char *kind,
                             tacet_error *error) {
  tacet_node *version, *named;
  tacet_status status = tacet_need(&version, root, "tacet", error);
  if (status) {
    tacet_advise(error, "begin the file with \"tacet: 1\"");
    return status;
  }
  int64_t number;
  status =
      tacet_as_int(&number, version, 1, 1, "tacet (the format version)", error);
  if (status) return status;
  const char *found = kind_of(root);
  if (found && tacet_find_key(root, kind) < 0) {
    const tacet_place place = tacet_node_place(root);
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "expected a file with the key \"%s\", found one with "
                      "\"%s\"",
                      kind, found);
  }
  status = tacet_need(&named, root, kind, error);
  if (!status) status = tacet_as_name(name, TACET_NAME, named, kind, error);
  if (!status) status = check_source(root, error);
  return status;
}
