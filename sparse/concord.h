/* What a design can do about zeros, given what it knows of them where. */
#ifndef TACET_CONCORD_H
#define TACET_CONCORD_H

#include "sparse.h"

/* Error TACET_BAD_INPUT at the rule's place, with the reason, if the design
   cannot do what the rule says: skip tiles on zeros that it meets only by
   reading them, leave out outputs that still may get a sum, or skip single products of
   an outer one. */
tacet_status tacet_rule_check(const tacet_rule *rule,
                              const tacet_features *features,
                              const tacet_accelerator *accelerator,
                              tacet_error *error);

/* Whether zeros are neither read at the parent of boundary b nor written at its
   children (of outputs: the other way round). A level has an operand without
   zeros if it receives it compressed and does not expand it, as it does for
   children that receive it uncompressed; DRAM has what it sends. Finished
   outputs lose their zeros on the way. */
bool tacet_reads_compressed(const tacet_features *features,
                            const tacet_nest *nest, int b, int slot);
bool tacet_writes_compressed(const tacet_features *features,
                             const tacet_nest *nest, int b, int slot);

#endif
