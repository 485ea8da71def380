/* The commands of `tacet mask`. Each writes its report to `out`. */
#ifndef TACET_MASK_COMMANDS_H
#define TACET_MASK_COMMANDS_H

#include "mask_request.h"

tacet_status tacet_mask_info(FILE *out, const tacet_mask_request *request,
                             tacet_error *error);
tacet_status tacet_mask_import(FILE *out, const tacet_mask_request *request,
                               tacet_error *error);
tacet_status tacet_mask_make_all(FILE *out, const tacet_mask_request *request,
                                 tacet_error *error);
tacet_status tacet_mask_prune(FILE *out, const tacet_mask_request *request,
                              tacet_error *error);
tacet_status tacet_mask_profile(FILE *out, const tacet_mask_request *request,
                                tacet_error *error);

#endif
