/* An HDF5 file that nobody vouches for: the way to its objects, one hard link
   at a time, and their attributes. Knows nothing of values or masks. */
#ifndef TACET_HDF5_FILE_H
#define TACET_HDF5_FILE_H

#define H5_USE_110_API
#include <hdf5.h>
#include <stdbool.h>

#include "../../dense/error.h"
#include "../masks/mask_values.h"

/* `file`, `path` and `place` (of the entry that names the object, for
   messages) are set by the caller and borrowed. */
typedef struct tacet_hdf5_file {
  const char *file;
  const char *path; /* of the object that messages are about */
  const tacet_place *place;
  hid_t id;
} tacet_hdf5_file;

/* Opens the file. Prevents HDF5 from loading plugins and from printing, in
   the whole process and in this thread. To be closed also after an error. */
tacet_status tacet_hdf5_open(tacet_hdf5_file *file, tacet_error *error);
void tacet_hdf5_close(tacet_hdf5_file *file);

/* Opens the object at `path`, following hard links only. *object is then to be
   given to tacet_hdf5_release. */
tacet_status tacet_hdf5_object(const tacet_hdf5_file *file, const char *path,
                               hid_t *object, tacet_error *error);

/* Closes an identifier of any kind; negative ones are fine. */
void tacet_hdf5_release(hid_t id);

/* ---- types -------------------------------------------------------------- */

/* Is the type an integer or an IEEE float of 8 to 64 bits, or an enumeration
   of two whose one is zero? Then *number says how it is stored. */
bool tacet_hdf5_number(hid_t type, tacet_number *number);
bool tacet_hdf5_boolean(hid_t type, tacet_number *number);

/* What else it is: "a string". */
const char *tacet_hdf5_class(hid_t type);

/* ---- attributes --------------------------------------------------------- */

/* Copies a text attribute; false if it is absent, no single text, or longer
   than size-1 bytes. */
bool tacet_hdf5_text(hid_t object, const char *name, char *text, size_t size);

/* A text attribute of any length up to 16 MiB; NULL if there is none. The
   caller frees it. */
char *tacet_hdf5_long_text(hid_t object, const char *name);

/* Reads an attribute of 1 .. most whole numbers; false if it is none. */
bool tacet_hdf5_numbers(hid_t object, const char *name, int64_t *number,
                        int *count, int most);

/* A list of texts. */
typedef struct tacet_hdf5_texts {
  int count;
  char **text;
} tacet_hdf5_texts;

/* Reads the attribute `name`, or, as Keras splits what is too long for one,
   name0, name1, ... An absent attribute is no error. */
tacet_status tacet_hdf5_text_list(const tacet_hdf5_file *file, hid_t object,
                                  const char *name, tacet_hdf5_texts *texts,
                                  tacet_error *error);
void tacet_hdf5_texts_free(tacet_hdf5_texts *texts);

/* ---- messages ----------------------------------------------------------- */

/* Error TACET_BAD_INPUT "file: path: message" at the file's place. */
tacet_status tacet_hdf5_refuse(const tacet_hdf5_file *file, tacet_error *error,
                               const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "cannot <what>: <what HDF5 says, on one line>" */
tacet_status tacet_hdf5_cannot(const tacet_hdf5_file *file, const char *what,
                               tacet_error *error);

#endif
