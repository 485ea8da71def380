/* tacet's own reading of MAESTRO's mapping files: their layers and dataflows
   as tacet's structs. Knows nothing of the published arithmetic. */
#ifndef TACET_IMPORT_H
#define TACET_IMPORT_H

#include "../dense.h"
#include "maestro.h"

/* Reads off the shape of the layer that the file means. Errors: the layer's own
   problem, types without a layer (LSTM, POOL). */
tacet_status tacet_import_shape(tacet_shape *shape,
                                const tacet_maestro_layer *source,
                                tacet_error *error);

/* Makes the layer that the file means. Y and X are taken as written, with
   their padding, as MAESTRO's model files do; Y' and X' as output sizes; DSCONV
   is depthwise, TRCONV a convolution over the image that the file gives.
   Errors: the layer's own problem, a dimension that the type lacks, sizes
   that do not fit each other; types without a layer (LSTM, POOL). Places
   point into the file. */
tacet_status tacet_import_layer(tacet_layer *layer,
                                const tacet_maestro_layer *source,
                                tacet_error *error);

/* Makes its dataflow; directives keep their places. Error: none given, as in
   model files. */
tacet_status tacet_import_dataflow(tacet_dataflow *dataflow,
                                   const tacet_maestro_layer *source,
                                   tacet_error *error);

#endif
