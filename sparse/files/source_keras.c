/* How Keras names weights. Version 2 lists them in attributes: layer_names of
   the root, weight_names of each layer's group. Version 3 has no lists; there
   /layers/conv2d/vars/0 is the first variable of a layer. */
#include <stdio.h>
#include <string.h>

#include "source_hdf5.h"

tacet_status tacet_keras_find(tacet_keras *keras, const tacet_hdf5_file *file,
                              tacet_error *error) {
  static const char *const roots[] = {"", "/model_weights"};
  *keras = (tacet_keras){.root = NULL};
  for (int i = 0; i < 2; i++) {
    hid_t group;
    if (tacet_hdf5_object(file, roots[i], &group, NULL)) continue;
    tacet_status status =
        tacet_hdf5_text_list(file, group, "layer_names", &keras->layers, error);
    tacet_hdf5_release(group);
    if (status) return status;
    if (keras->layers.count == 0) continue;
    keras->root = roots[i];
    return TACET_OK;
  }
  return TACET_OK;
}

void tacet_keras_free(tacet_keras *keras) {
  tacet_hdf5_texts_free(&keras->layers);
}

/* ---- names -------------------------------------------------------------- */

static void take_layer(tacet_stored *stored, const char *name, size_t length) {
  static const char wrapper[] = "prune_low_magnitude_";
  const size_t wrapped = sizeof wrapper - 1;
  strcpy(stored->layout, "keras");
  if (length > wrapped && strncmp(name, wrapper, wrapped) == 0) {
    name += wrapped;
    length -= wrapped;
  }
  if (length < sizeof stored->layer)
    snprintf(stored->layer, sizeof stored->layer, "%.*s", (int)length, name);
}

static void describe_v2(const tacet_keras *keras, tacet_stored *stored) {
  const size_t root = strlen(keras->root);
  if (strncmp(stored->name, keras->root, root) != 0) return;
  const char *rest = stored->name + root;
  rest += strspn(rest, "/");
  for (int i = 0; i < keras->layers.count; i++) {
    const char *layer = keras->layers.text[i];
    const size_t length = strlen(layer);
    if (length == 0 || strncmp(rest, layer, length) != 0) continue;
    if (rest[length] == '/') take_layer(stored, layer, length);
  }
}

static void describe_v3(tacet_stored *stored) {
  const char *vars = strstr(stored->name, "/vars/");
  if (!vars || strchr(vars + 6, '/')) return;
  const char *layer = vars;
  while (layer > stored->name && layer[-1] != '/') layer--;
  take_layer(stored, layer, (size_t)(vars - layer));
}

void tacet_keras_describe(const tacet_keras *keras, tacet_stored *stored) {
  if (keras->root)
    describe_v2(keras, stored);
  else
    describe_v3(stored);
}

/* ---- walking ------------------------------------------------------------ */

static tacet_status walk_layer(const tacet_keras *keras, const char *layer,
                               const tacet_hdf5_file *file,
                               tacet_keras_visit *visit, void *context,
                               tacet_error *error) {
  char path[TACET_ARRAY_NAME];
  hid_t group;
  tacet_hdf5_texts weights;
  snprintf(path, sizeof path, "%s/%s", keras->root, layer);
  tacet_status status = tacet_hdf5_object(file, path, &group, error);
  if (status) return status;
  status = tacet_hdf5_text_list(file, group, "weight_names", &weights, error);
  tacet_hdf5_release(group);
  for (int i = 0; !status && i < weights.count; i++) {
    const int length = snprintf(path, sizeof path, "%s/%s/%s", keras->root,
                                layer, weights.text[i]);
    status = length < (int)sizeof path
                 ? visit(path, context, error)
                 : tacet_hdf5_refuse(file, error, "a name is too long");
  }
  tacet_hdf5_texts_free(&weights);
  return status;
}

tacet_status tacet_keras_walk(const tacet_keras *keras,
                              const tacet_hdf5_file *file,
                              tacet_keras_visit *visit, void *context,
                              tacet_error *error) {
  tacet_status status = TACET_OK;
  for (int i = 0; !status && i < keras->layers.count; i++)
    status =
        walk_layer(keras, keras->layers.text[i], file, visit, context, error);
  return status;
}
