/* Listing the arrays of an HDF5 file: as Keras lists them, or by walking its
   hard links, each group once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source_hdf5.h"

enum { DEEPEST = 32, MOST_GROUPS = 65536 };

typedef struct walk {
  const tacet_input *input;
  tacet_hdf5_file *file;
  tacet_keras keras;
  tacet_listing *listing;
  char path[TACET_ARRAY_NAME];
  int depth;
  haddr_t *seen; /* addresses of groups; files can hold rings of them */
  int groups;
  tacet_error *error;
  tacet_status status;
} walk;

/* Lists a dataset if it is an array of numbers; takes over `object`. */
static tacet_status list_dataset(walk *w, hid_t object) {
  tacet_hdf5_dataset dataset;
  tacet_stored stored;
  bool packed;
  w->file->path = w->path;
  tacet_status status =
      tacet_hdf5_dataset_open(&dataset, w->file, object, NULL);
  if (!status) status = tacet_hdf5_describe(&stored, &packed, &dataset, NULL);
  tacet_hdf5_dataset_close(&dataset);
  if (status) {
    w->listing->others++;
    return TACET_OK;
  }
  if (!packed) tacet_keras_describe(&w->keras, &stored);
  return tacet_list_array(w->listing, &stored, w->input, w->error);
}

/* False if the group was visited, or there are too many. */
static bool is_new(walk *w, hid_t group) {
  H5O_info_t about;
  if (H5Oget_info(group, &about) < 0) return false;
  for (int i = 0; i < w->groups; i++)
    if (w->seen[i] == about.addr) return false;
  if (w->groups == MOST_GROUPS) return false;
  w->seen[w->groups++] = about.addr;
  return true;
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *link,
                         void *context);

static tacet_status list_group(walk *w, hid_t group) {
  tacet_compressed matrix;
  bool known;
  w->file->path = w->path[0] ? w->path : "/";
  tacet_status status =
      tacet_compressed_find(&matrix, &known, w->file, group, w->error);
  if (status) return status;
  if (known)
    return tacet_list_array(w->listing, &matrix.stored, w->input, w->error);
  if (w->depth == DEEPEST || !is_new(w, group)) return TACET_OK;
  w->depth++;
  const herr_t result =
      H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, w);
  w->depth--;
  if (result < 0 && !w->status)
    return tacet_hdf5_cannot(w->file, "list its members", w->error);
  return w->status;
}

static tacet_status list_object(walk *w, hid_t object) {
  tacet_status status = TACET_OK;
  if (H5Iget_type(object) == H5I_DATASET) return list_dataset(w, object);
  if (H5Iget_type(object) == H5I_GROUP) status = list_group(w, object);
  tacet_hdf5_release(object);
  return status;
}

/* Returns a negative number to stop. */
static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *link,
                         void *context) {
  walk *w = context;
  const size_t length = strlen(w->path);
  if (link->type != H5L_TYPE_HARD ||
      length + strlen(name) + 2 > sizeof w->path) {
    w->listing->others++;
    return 0;
  }
  const hid_t object = H5Oopen(group, name, H5P_DEFAULT);
  if (object < 0) {
    w->listing->others++;
    return 0;
  }
  snprintf(w->path + length, sizeof w->path - length, "/%s", name);
  w->status = list_object(w, object);
  w->path[length] = '\0';
  return w->status ? -1 : 0;
}

static tacet_status visit_weight(const char *path, void *context,
                                 tacet_error *error) {
  walk *w = context;
  hid_t object;
  tacet_status status = tacet_hdf5_object(w->file, path, &object, error);
  if (status) return status;
  snprintf(w->path, sizeof w->path, "%s", path);
  return list_object(w, object);
}

static tacet_status list_all(walk *w) {
  tacet_status status = tacet_keras_find(&w->keras, w->file, w->error);
  if (status) return status;
  if (w->keras.root)
    return tacet_keras_walk(&w->keras, w->file, visit_weight, w, w->error);
  hid_t root;
  status = tacet_hdf5_object(w->file, "/", &root, w->error);
  return status ? status : list_object(w, root);
}

tacet_status tacet_hdf5_list(tacet_input *input, tacet_listing *listing,
                             tacet_error *error) {
  tacet_hdf5_file file = {input->path, "/", input->place, H5I_INVALID_HID};
  walk w = {.input = input, .file = &file, .listing = listing, .error = error};
  w.seen = malloc(MOST_GROUPS * sizeof *w.seen);
  tacet_status status = w.seen ? tacet_hdf5_open(&file, error)
                               : tacet_fail(error, TACET_NO_MEMORY,
                                            input->place, "out of memory");
  if (!status) status = list_all(&w);
  tacet_keras_free(&w.keras);
  free(w.seen);
  tacet_hdf5_close(&file);
  return status;
}
