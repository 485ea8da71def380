/* Keys and words that an input file may spell in two ways, ours and those of
   Sparseloop or of GEMM (B, A, Z for weight, input, output). */
#ifndef TACET_SPELLING_H
#define TACET_SPELLING_H

#include "../dense/spec/spec.h"

/* "weight", "input", "output" */
const char *tacet_slot_name(int slot);

/* The value of a key with two names, NULL if absent; both at once are an
   error. */
tacet_status tacet_get_either(tacet_node **value, tacet_node *map,
                              const char *name, const char *other,
                              tacet_error *error);

/* The value of the key of a tensor, NULL if absent. */
tacet_status tacet_get_tensor(tacet_node **value, tacet_node *map,
                              tacet_slot slot, tacet_error *error);

/* The text of a key's name, which lives as long as the document; NULL if
   absent. */
tacet_status tacet_get_text(const char **text, tacet_node *map, const char *key,
                            tacet_error *error);

/* The tensor that a scalar names. */
tacet_status tacet_as_tensor(tacet_slot *slot, const tacet_node *node,
                             const char *what, tacet_error *error);

#endif
