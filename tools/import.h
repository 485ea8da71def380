/* MAESTRO's files where YAML is expected: what they mean is written as YAML and
   read as such, so that nothing behind it knows the difference. */
#ifndef TACET_TOOLS_IMPORT_H
#define TACET_TOOLS_IMPORT_H

#include <stdio.h>

#include "../dense/maestro/maestro.h"
#include "../dense/spec/spec.h"

/* True for a path that ends in ".m". */
bool tacet_is_maestro(const char *path);

/* tacet_doc_read, also of a mapping or model file as a network with a dataflow
   for each layer that has one. Places in messages are those of the file. */
tacet_status tacet_open_network(tacet_doc **doc, const char *path,
                                tacet_error *error);

/* tacet_doc_read, also of a mapping file as a dataflow: for each type of layer
   the one that all its layers of that type have. Error TACET_BAD_INPUT if two
   of them have different ones, or none. */
tacet_status tacet_open_dataflow(tacet_doc **doc, const char *path,
                                 tacet_error *error);

/* tacet_doc_read, also of a hardware file as an accelerator without a
   dataflow. Energies are those of the published tool. */
tacet_status tacet_open_accelerator(tacet_doc **doc, const char *path,
                                    tacet_error *error);

/* A text as a double-quoted scalar of YAML. */
void tacet_write_quoted(FILE *out, const char *text);

/* Writes the YAML that stands for a mapping, model or hardware file to `out`;
   the caller asks ferror. */
tacet_status tacet_import_network(FILE *out, const tacet_maestro_file *file,
                                  tacet_error *error);
void tacet_import_accelerator(FILE *out, const char *path,
                              const tacet_maestro_hardware *hardware);

/* Says on standard error what the published tool reads otherwise than its
   writer may have meant. */
void tacet_import_remark(const tacet_maestro_file *file);

#endif
