/* HDF5 files that are broken, lie or mean harm, and reading them as the mask
   of a weight[K=4, C=6]. */
#ifndef HOSTILE_FILE_H
#define HOSTILE_FILE_H

#include <hdf5.h>

#include "../sparse/masks/mask.h"

extern const unsigned char hostile_ones[24];

/* Reads the mask, and lets go of it; nothing of HDF5 stays open. */
tacet_error hostile_read(const tacet_mask_source *source);

/* Fails the test unless that is an error of one line, at the source's place,
   in which `message` stands. */
void hostile_check(const tacet_mask_source *source, const char *message);

/* A dataset of mask.h5, named in line 3 of network.yaml. */
tacet_mask_source hostile_source(const char *dataset, const char *layout);
void hostile_refused(const char *dataset, const char *layout,
                     const char *message);

/* ---- writing ------------------------------------------------------------ */

hid_t hostile_create(const char *name);

/* A dataset without values; takes over type, space and creation. */
void hostile_add(hid_t file, const char *name, hid_t type, hid_t space,
                 hid_t creation);
void hostile_add_ones(hid_t file, const char *name);
hid_t hostile_bytes(void);   /* a type */
hid_t hostile_matrix(void);  /* a space of 4 x 6 */
hid_t hostile_chunked(void); /* how a dataset is created */

/* mask.h5 with /L1/w as it should be, and open. */
hid_t hostile_create_good(void);

#endif
