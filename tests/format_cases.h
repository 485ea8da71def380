/* Random formats. */
#ifndef TESTS_FORMAT_CASES_H
#define TESTS_FORMAT_CASES_H

#include "../sparse/formats/format.h"
#include "cases.h"

/* A format that can hold any values of the layer's tensor: by name, with
   numbers, or a stack of fibers over its ranks. */
tacet_format random_format(uint64_t *state, const tacet_layer *layer, int slot);

#endif
