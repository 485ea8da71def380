/* The kinds of file that hold masks and weights, behind one interface. What a
   file is, its first bytes tell, never its name. */
#ifndef TACET_SOURCE_H
#define TACET_SOURCE_H

#include "input.h"
#include "target.h"

enum { TACET_MOST_LISTED = 16384 };

/* What a file holds. */
typedef struct tacet_listing {
  char kind[24]; /* "HDF5", "MatrixMarket", ... */
  int count;     /* arrays; what is beyond the room is an error */
  int others;    /* datasets that are no arrays of numbers */
  tacet_stored array[TACET_MOST_LISTED];
} tacet_listing;

/* A kind of file. Arrays are streamed: what a reader holds in memory at a time
   is bounded, whatever the file says. */
typedef struct tacet_source_kind {
  const char *name;
  /* head[size] is how the file of file_size bytes begins */
  bool (*is)(const unsigned char *head, size_t size, int64_t file_size);
  tacet_status (*list)(tacet_input *input, tacet_listing *listing,
                       tacet_error *error);
  /* `array` is a name as listed; kinds of files of one array take "" */
  tacet_status (*read)(tacet_input *input, const char *array,
                       tacet_target *target, tacet_error *error);
} tacet_source_kind;

extern const tacet_source_kind tacet_source_hdf5, tacet_source_npy,
    tacet_source_safetensors, tacet_source_market, tacet_source_smtx,
    tacet_source_text;

/* Lists the arrays of a file into *listing, which is zeroed. Both of these
   parse an untrusted file in this very process; sparse/files/guard.h does it in
   another. */
tacet_status tacet_source_list(tacet_listing *listing, const char *path,
                               const tacet_place *place, tacet_error *error);

/* Finds the array of this name, whose first / does not matter; of a file of one
   array "" will do. Error: TACET_BAD_INPUT, with what there is. */
tacet_status tacet_listing_find(const tacet_stored **found,
                                const tacet_listing *listing, const char *array,
                                const char *path, const tacet_place *place,
                                tacet_error *error);

/* Streams one array of target->file into the target. */
tacet_status tacet_source_read(tacet_target *target, const char *array,
                               tacet_error *error);

/* ---- for readers -------------------------------------------------------- */

/* Adds an array to the listing. */
tacet_status tacet_list_array(tacet_listing *listing,
                              const tacet_stored *stored,
                              const tacet_input *input, tacet_error *error);

/* Files of one array refuse any name for it. */
tacet_status tacet_refuse_name(const tacet_input *input, const char *array,
                               tacet_error *error);

/* Reads `count` values of a row-major array, from its value number `first` on,
   in rising order. */
typedef tacet_status tacet_slab_reader(void *context, int64_t first,
                                       int64_t count, unsigned char *values,
                                       tacet_error *error);

/* Streams a row-major array through a little memory into the target, whose
   axes are those of stored->size. */
tacet_status tacet_stream_slabs(const tacet_stored *stored,
                                const tacet_number *number,
                                tacet_target *target, tacet_slab_reader *read,
                                void *context, tacet_error *error);

/* Leaves an array that starts at the input's byte `offset` to whoever wants it
   raw, else streams it. raw->stored, number and by_columns are set. */
tacet_status tacet_stream_raw(tacet_input *input, tacet_raw *raw,
                              tacet_target *target, tacet_error *error);

/* Reads bytes first .. first+count-1 of packed bits. */
typedef tacet_status tacet_bytes_reader(void *context, int64_t first,
                                        int64_t count, unsigned char *bytes,
                                        tacet_error *error);

/* Packed bits that `read` gives, into a target that has begun. */
tacet_status tacet_bits_read(const tacet_raw *raw, tacet_bytes_reader *read,
                             void *context, tacet_target *target,
                             tacet_error *error);

/* Streams raw values of target->file. The target has not begun. */
tacet_status tacet_raw_read(const tacet_raw *raw, tacet_target *target,
                            tacet_error *error);

/* Does the array of a target that has begun have the tensor's own order, and
   this machine that of its bits? Then this makes target->bits of an array that
   raw->offset says where to find, and counts target->ones. */
bool tacet_is_in_order(const tacet_target *target);
tacet_status tacet_read_in_order(tacet_input *input, const tacet_raw *raw,
                                 tacet_target *target, tacet_error *error);

/* Turns the bits of each byte. */
void tacet_turn_bytes(unsigned char *bytes, int64_t count);

/* Product of the sizes times `bytes`, or an error if it overflows. */
tacet_status tacet_stored_bytes(int64_t *total, const tacet_input *input,
                                const tacet_stored *stored, int64_t bytes,
                                tacet_error *error);

/* Entries of text files on their way to a target. */
typedef struct tacet_entries {
  tacet_target *target;
  int count;
  int64_t row[512], column[512];
  double value[512];
} tacet_entries;

void tacet_entries_add(tacet_entries *entries, int64_t row, int64_t column,
                       double value);
void tacet_entries_flush(tacet_entries *entries);

#endif
