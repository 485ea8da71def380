/* HDF5 files with small masks, as tests want them. */
#ifndef TACET_MASK_FILE_H
#define TACET_MASK_FILE_H

#include <hdf5.h>

/* Makes the file in the scratch directory; close with H5Fclose. */
hid_t mask_file_make(const char *name);

/* Writes a dataset of unsigned bytes of up to four axes, size 0 where there
   are fewer; `values` are repeated: values[i % count]. */
void mask_file_put(hid_t file, const char *dataset, const hsize_t size[4],
                   const unsigned char *values, size_t count);

#endif
