/* What the readers of HDF5 files share. */
#ifndef TACET_SOURCE_HDF5_H
#define TACET_SOURCE_HDF5_H

#include "hdf5_dataset.h"
#include "source.h"

/* What a dataset is, named after dataset->file->path; *packed tells whether it
   holds packed bits. */
tacet_status tacet_hdf5_describe(tacet_stored *stored, bool *packed,
                                 const tacet_hdf5_dataset *dataset,
                                 tacet_error *error);

tacet_status tacet_hdf5_list(tacet_input *input, tacet_listing *listing,
                             tacet_error *error);

/* ---- one dataset of one axis -------------------------------------------- */

enum { TACET_COLUMN_SLAB = 16384 }; /* values on their way */

/* A zeroed one is fine to close. */
typedef struct tacet_column {
  tacet_hdf5_dataset dataset;
  const char *name; /* in the group file->path */
  int64_t count;
  unsigned char *values; /* [TACET_COLUMN_SLAB * bytes] */
} tacet_column;

tacet_status tacet_column_open(tacet_column *column,
                               const tacet_hdf5_file *file, const char *name,
                               tacet_error *error);
void tacet_column_close(tacet_column *column);

/* Reads a slab into column->values as it is stored. */
tacet_status tacet_column_values(const tacet_column *column, int64_t first,
                                 int64_t count, tacet_error *error);

/* Reads a slab of whole numbers, each of which must be in 0 .. most. */
tacet_status tacet_column_whole(const tacet_column *column, int64_t first,
                                int64_t count, int64_t most, int64_t *number,
                                tacet_error *error);

/* Reads all of them; *numbers is the caller's, NULL after an error. */
tacet_status tacet_column_all(const tacet_column *column, int64_t most,
                              int64_t **numbers, tacet_error *error);

/* ---- matrices ----------------------------------------------------------- */

/* A matrix that a group holds as several datasets. */
typedef struct tacet_compressed {
  tacet_stored stored;
  char values_type[24]; /* "iso[uint8]"; "" if not said */
  bool by_columns;      /* a pointer a column, not a row */
  bool mirrored;        /* one triangle of a symmetric matrix */
  bool iso;             /* one value for all entries */
  const char *major;    /* names of the datasets; NULL if there is none */
  const char *pointers;
  const char *minor;
  const char *values;
} tacet_compressed;

/* Fills *matrix if the group holds a matrix as AnnData or Binsparse write it;
   *known tells. An error if it is one that says something wrong. */
tacet_status tacet_compressed_find(tacet_compressed *matrix, bool *known,
                                   const tacet_hdf5_file *file, hid_t group,
                                   tacet_error *error);

/* Fills a zeroed *matrix by the JSON of the attribute `binsparse`. */
tacet_status tacet_binsparse_parse(tacet_compressed *matrix, const char *text,
                                   const tacet_hdf5_file *file,
                                   tacet_error *error);

/* Streams its entries into a target that has not begun. */
tacet_status tacet_compressed_read(const tacet_compressed *matrix,
                                   const tacet_hdf5_file *file,
                                   tacet_target *target, tacet_error *error);

/* ---- Keras -------------------------------------------------------------- */

/* What Keras calls things. */
typedef struct tacet_keras {
  const char *root; /* of the weights: "" or "/model_weights"; NULL if this is
                       no Keras 2 file */
  tacet_hdf5_texts layers;
} tacet_keras;

tacet_status tacet_keras_find(tacet_keras *keras, const tacet_hdf5_file *file,
                              tacet_error *error);
void tacet_keras_free(tacet_keras *keras);

/* Fills stored->layer and stored->layout if its name is one that Keras 2 or 3
   gives to a layer's weight. */
void tacet_keras_describe(const tacet_keras *keras, tacet_stored *stored);

/* Calls visit for each weight, in Keras' order, with its path. */
typedef tacet_status tacet_keras_visit(const char *path, void *context,
                                       tacet_error *error);
tacet_status tacet_keras_walk(const tacet_keras *keras,
                              const tacet_hdf5_file *file,
                              tacet_keras_visit *visit, void *context,
                              tacet_error *error);

#endif
