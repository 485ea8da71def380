/* A file's layers, dimensions, directives and remarks while they are being
   read: arrays that grow. */
#ifndef TACET_MAESTRO_COLLECT_H
#define TACET_MAESTRO_COLLECT_H

#include "maestro.h"

typedef struct maestro_collection {
  tacet_maestro_file file; /* pointers into its pools are not set yet */
  int layer_room;
  int dims;
  int dim_room;
  int directives;
  int directive_room;
  int remark_room;
} maestro_collection;

/* Each appends a copy. Error: TACET_NO_MEMORY. The dimensions and directives
   of a layer are added before it. The layer's problem becomes the file's. */
tacet_status maestro_add_layer(maestro_collection *collection,
                               const tacet_maestro_layer *layer,
                               tacet_error *error);
tacet_status maestro_add_dim(maestro_collection *collection,
                             const tacet_maestro_dim *dim, tacet_error *error);
tacet_status maestro_add_directive(maestro_collection *collection,
                                   const tacet_maestro_directive *map,
                                   tacet_error *error);

/* Drops the remark if there are too many already, or no memory for it. */
void maestro_add_remark(maestro_collection *collection,
                        const tacet_place *place, const char *word,
                        const char *what);

/* The `dims` dimensions added last; NULL for none. */
const tacet_maestro_dim *maestro_last_dims(const maestro_collection *collection,
                                           int dims);

/* Points the layers to what is theirs, and hands the file over. */
void maestro_collected(tacet_maestro_file *file,
                       maestro_collection *collection);

#endif
