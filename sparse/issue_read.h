/* The part of `sparse` in accelerator files that is about PEs. Internal. */
#ifndef TACET_ISSUE_READ_H
#define TACET_ISSUE_READ_H

#include "../dense/spec/spec.h"
#include "sparse.h"

/* Reads issue, sync and intersection into the accelerator, and balance; what is
   not there keeps or gets its default (tacet_features_read). */
tacet_status tacet_issue_read(tacet_accelerator *accelerator,
                              tacet_balance *balance, tacet_node *sparse,
                              tacet_error *error);

#endif
