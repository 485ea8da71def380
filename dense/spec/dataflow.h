/* Dataflows: lists of directives, outermost first, as in the MAESTRO paper. */
#ifndef TACET_DATAFLOW_H
#define TACET_DATAFLOW_H

#include <stddef.h>

#include "../layer.h"

enum {
  TACET_MAX_LEVELS = 8,      /* cluster levels of a dataflow */
  TACET_MAX_DIRECTIVES = 64, /* of a dataflow, Cluster included */
  TACET_DIRECTIVE_TEXT = 96  /* bytes of a directive as text, with the
                                terminator */
};

typedef enum tacet_directive_kind {
  TACET_TEMPORAL_MAP,
  TACET_SPATIAL_MAP,
  TACET_CLUSTER
} tacet_directive_kind;

/* A size as a directive writes it: a number, or number * Sz(of). */
typedef struct tacet_extent {
  int64_t number;
  char of[4]; /* "" for a plain number */
} tacet_extent;

typedef struct tacet_directive {
  tacet_directive_kind kind;
  tacet_extent size;
  tacet_extent offset; /* not used by Cluster */
  char dim[4];         /* "K", "Y", "Y'", ...; "" for Cluster */
  tacet_place place;
} tacet_directive;

/* As files spell the kinds: "TemporalMap", ...; NULL-terminated. */
extern const char *const tacet_directive_names[];

/* A directive as files spell it: "TemporalMap(Sz(R),1) Y". */
void tacet_directive_text(char text[TACET_DIRECTIVE_TEXT],
                          const tacet_directive *directive);

typedef struct tacet_dataflow {
  char name[TACET_NAME];
  int directives;
  tacet_directive directive[TACET_MAX_DIRECTIVES];
} tacet_dataflow;

/* Writes what differs between a dataflow and one with other maps in the same
   places, "TemporalMap(8,8) C became TemporalMap(4,4) C; ...", cut to fit
   text[size]. Returns how many directives do. */
int tacet_dataflow_changes(char *text, size_t size,
                           const tacet_dataflow *before,
                           const tacet_dataflow *after);

/* A dataflow file: one list of directives for every layer type it covers. */
typedef struct tacet_dataflow_set {
  char name[TACET_NAME];
  bool covers[TACET_LAYER_TYPES];
  tacet_dataflow flow[TACET_LAYER_TYPES];
} tacet_dataflow_set;

#endif
