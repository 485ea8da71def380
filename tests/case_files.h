/* Random cases as the files of a job, ready for the command line. */
#ifndef TESTS_CASE_FILES_H
#define TESTS_CASE_FILES_H

#include <stdio.h>

#include "sparse_cases.h"

void case_write_network(FILE *out, const masked_case *c);
void case_write_dataflow(FILE *out, const masked_case *c);

/* With the case's rules and formats. It names dataflow.yaml. */
void case_write_accelerator(FILE *out, const masked_case *c);

/* Writes network.yaml, dataflow.yaml, accelerator.yaml and masks.h5 into the
   folder, which is made if need be. False, with a word on standard error, if
   that does not work. */
bool case_write_files(const char *folder, const masked_case *c);

#endif
