/* Files that other files name: relative to the one that names them. */
#include "node.h"

#include <stdlib.h>
#include <string.h>

char *tacet_beside(const char *path, const char *name) {
  const char *slash = name[0] == '/' ? NULL : strrchr(path, '/');
  const size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
  char *joined = malloc(folder + strlen(name) + 1);
  if (!joined) return NULL;
  memcpy(joined, path, folder);
  strcpy(joined + folder, name);
  return joined;
}

tacet_status tacet_open_beside(tacet_doc **file, const tacet_node *node,
                               const char *what, tacet_error *error) {
  char name[256];
  *file = NULL;
  tacet_status status = tacet_as_name(name, sizeof name, node, what, error);
  if (status) return status;
  char *path = tacet_beside(tacet_doc_path(node->doc), name);
  if (!path) return tacet_no_memory(error);
  tacet_error reason = {0};
  status = tacet_doc_read(file, path, &reason);
  if (status == TACET_NO_FILE) {
    const tacet_place place = tacet_node_place(node);
    tacet_fail(error, status, &place, "%s \"%s\": %s", what, path,
               reason.message);
    tacet_advise(error, "the name is relative to this file");
  } else if (status && error) {
    *error = reason;
  }
  free(path);
  return status;
}
