/* Opening untrusted HDF5 files. Old HDF5 reads other files when a file asks
   for it, so paths are walked one name at a time and only hard links are
   followed. */
#include "hdf5_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- messages ----------------------------------------------------------- */

tacet_status tacet_hdf5_refuse(const tacet_hdf5_file *file, tacet_error *error,
                               const char *format, ...) {
  char message[384];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return tacet_fail(error, TACET_BAD_INPUT, file->place, "%s: %s: %s",
                    file->file, file->path, message);
}

typedef struct hdf5_message {
  char text[256];
} hdf5_message;

static herr_t keep_first(unsigned depth, const H5E_error2_t *entry,
                         void *context) {
  hdf5_message *message = context;
  if (depth == 0 && entry->desc)
    snprintf(message->text, sizeof message->text, "%s", entry->desc);
  return 0;
}

/* What HDF5 says about its last failure, from where it happened, on one
   line. */
static hdf5_message hdf5_says(void) {
  hdf5_message message = {"HDF5 does not say why"};
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &message);
  for (char *c = message.text; *c; c++)
    if ((unsigned char)*c < ' ') *c = ' ';
  return message;
}

tacet_status tacet_hdf5_cannot(const tacet_hdf5_file *file, const char *what,
                               tacet_error *error) {
  const hdf5_message message = hdf5_says();
  return tacet_hdf5_refuse(file, error, "cannot %s: %s", what, message.text);
}

void tacet_hdf5_release(hid_t id) {
  if (id >= 0) H5Idec_ref(id);
}

/* ---- the file ----------------------------------------------------------- */

/* A writer that has the file open keeps a lock on it. */
static tacet_status refuse_open(const tacet_hdf5_file *file,
                                tacet_error *error) {
  const hdf5_message message = hdf5_says();
  tacet_fail(error, TACET_NO_FILE, file->place,
             "%s: cannot be read as HDF5: %s", file->file, message.text);
  if (!strstr(message.text, "lock")) return TACET_NO_FILE;
  return tacet_advise(error,
                      "a program that writes it still has it open; close it "
                      "there first");
}

tacet_status tacet_hdf5_open(tacet_hdf5_file *file, tacet_error *error) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  file->id = H5Fopen(file->file, H5F_ACC_RDONLY, H5P_DEFAULT);
  return file->id >= 0 ? TACET_OK : refuse_open(file, error);
}

void tacet_hdf5_close(tacet_hdf5_file *file) {
  tacet_hdf5_release(file->id);
  file->id = H5I_INVALID_HID;
}

/* ---- the way to an object -------------------------------------------------- */

static const char *link_name(H5L_type_t type) {
  switch (type) {
  case H5L_TYPE_SOFT: return "a soft link";
  case H5L_TYPE_EXTERNAL: return "an external link";
  default: return "a user-defined link";
  }
}

/* Moves *at from a group to its member called name[length], which is a part
   of the path. */
static tacet_status step_down(const tacet_hdf5_file *file, const char *path,
                              hid_t *at, const char *name, size_t length,
                              tacet_error *error) {
  const int way = (int)(name + length - path);
  char member[256];
  H5L_info_t link;
  if (length >= sizeof member)
    return tacet_hdf5_refuse(file, error, "a name is too long");
  memcpy(member, name, length);
  member[length] = '\0';
  if (H5Lexists(*at, member, H5P_DEFAULT) == 0)
    return tacet_hdf5_refuse(file, error, "the file has no %.*s", way, path);
  if (H5Lget_info(*at, member, &link, H5P_DEFAULT) < 0)
    return tacet_hdf5_cannot(file, "follow the path", error);
  if (link.type != H5L_TYPE_HARD)
    return tacet_hdf5_refuse(file, error,
                             "%.*s is %s; only hard links are followed", way,
                             path, link_name(link.type));
  const hid_t child = H5Oopen(*at, member, H5P_DEFAULT);
  if (child < 0) return tacet_hdf5_cannot(file, "open it", error);
  tacet_hdf5_release(*at);
  *at = child;
  return TACET_OK;
}

/* Goes down the path one name at a time, so that no link is followed unseen. */
tacet_status tacet_hdf5_object(const tacet_hdf5_file *file, const char *path,
                               hid_t *object, tacet_error *error) {
  tacet_status status = TACET_OK;
  *object = H5Oopen(file->id, "/", H5P_DEFAULT);
  if (*object < 0) return tacet_hdf5_cannot(file, "open the root group", error);
  for (const char *next = path; !status;) {
    const char *name = next + strspn(next, "/");
    const size_t length = strcspn(name, "/");
    if (length == 0) return TACET_OK;
    if (H5Iget_type(*object) == H5I_GROUP)
      status = step_down(file, path, object, name, length, error);
    else
      status = tacet_hdf5_refuse(file, error, "%.*s is not a group",
                                 (int)(next - path), path);
    next = name + length;
  }
  tacet_hdf5_release(*object);
  *object = H5I_INVALID_HID;
  return status;
}
