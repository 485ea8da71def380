/* Where the values of a stored array go: to the bits of a mask, to the
   magnitudes of weights, or as they are, slab by slab. Knows layouts, but no
   formats. */
#ifndef TACET_TARGET_H
#define TACET_TARGET_H

#include "../masks/layout.h"
#include "../masks/mask_values.h"

enum { TACET_ARRAY_NAME = 400 };

/* One array as a file holds it. */
typedef struct tacet_stored {
  char name[TACET_ARRAY_NAME]; /* "/conv1/kernel:0"; "" if it is the only one */
  char layer[TACET_NAME];      /* whose it is, if the file says so */
  char form[16];               /* "dense", "packed bits", "CSR", ... */
  char type[24];               /* "float32"; "pattern" if only places */
  char layout[TACET_LAYOUT];   /* "" unless the file says it */
  int axes;
  int64_t size[TACET_AXES];
  int64_t entries; /* of a sparse form what is stored; else -1 */
} tacet_stored;

/* Values that lie in the file one after the other and need no decoding, so
   that anyone can read them. What a reader says of them is checked again. */
typedef struct tacet_raw {
  bool found;
  bool by_columns; /* the first axis is innermost */
  bool packed;     /* bits, the lowest of a byte first */
  bool high_first; /* no, the highest first */
  int64_t offset;  /* in the file */
  int64_t file_size;
  tacet_number number;
  tacet_stored stored;
} tacet_raw;

/* Elements that are not zero, in any order. */
typedef struct tacet_places {
  int64_t room;
  int64_t count; /* more than room: there were more */
  int64_t element[];
} tacet_places;

/* The caller sets what is above the line; exactly one of bits, magnitude, value
   and places is not NULL; all but the last zeroed, and as large as the tensor.
   Places are taken of sparse forms only, values of vectors of floats. */
typedef struct tacet_target {
  const tacet_tensor *tensor;
  const char *layout; /* NULL: the file's own, or the only one that fits */
  const char *file;   /* of the array, for messages */
  const tacet_place *place; /* likewise */
  double threshold;         /* |w| > threshold is not zero */
  uint64_t *bits;           /* as tacet_mask.bits */
  float *magnitude;         /* [elements of the tensor] */
  double *value;            /* likewise, of a tensor of one rank */
  tacet_places *places;
  tacet_raw *raw; /* not NULL: a reader may fill it instead of reading */
  int workers;    /* threads that may read; 0: one a processor */
  /* ---- */
  tacet_axes axes;
  bool plain;    /* no axis is of several parts */
  int64_t twice; /* entries that are not zero where another is not either */
  int64_t ones;  /* of bits, if whoever made them has counted; else -1 */
} tacet_target;

/* Called first: finds the layout, and checks that the array's shape is the
   tensor's. `bits` and the others may all still be NULL. */
tacet_status tacet_target_begin(tacet_target *target,
                                const tacet_stored *stored, tacet_error *error);

/* A box of values, start[axis] .. start[axis]+length[axis]-1, row-major. They
   are overwritten. */
void tacet_target_box(tacet_target *target, const int64_t *start,
                      const int64_t *length, unsigned char *values,
                      const tacet_number *number);

/* Entries of a sparse matrix, as files have them: values[count] stored as
   `number` says, at places that are within the shape (of a vector, in column
   0). Entries at the same place add up, so one that is zero changes nothing. */
void tacet_target_entries(tacet_target *target, const int64_t *row,
                          const int64_t *column, int64_t count,
                          const unsigned char *values,
                          const tacet_number *number);

/* Called last of a sparse form: an error if entries came twice. */
tacet_status tacet_target_end(const tacet_target *target,
                              const tacet_stored *stored, tacet_error *error);

/* Error TACET_BAD_INPUT "file: array: message". */
tacet_status tacet_target_refuse(const tacet_target *target,
                                 const tacet_stored *stored, tacet_error *error,
                                 const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "4 x 6 x 3 x 3" */
typedef struct tacet_shape_text {
  char text[TACET_AXES * 24];
} tacet_shape_text;

tacet_shape_text tacet_shape_in_words(const int64_t *size, int axes);

#endif
