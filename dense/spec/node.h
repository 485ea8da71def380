/* The inside of a document, for the files that make nodes (yaml.c) and turn
   them into values. Users of a document need only spec.h. */
#ifndef TACET_NODE_H
#define TACET_NODE_H

#include "spec.h"

typedef struct tacet_entry {
  tacet_node *key; /* NULL in a list */
  tacet_node *value;
  bool asked; /* some reader knows this key */
} tacet_entry;

struct tacet_node {
  tacet_node_kind kind;
  int line, column;
  int text_column;  /* of text[0]; 0 where the file spells the text otherwise,
                       by escapes or over several lines */
  const char *text; /* of a scalar */
  int entries, capacity;
  tacet_entry *entry;
  bool looked_into; /* some reader asked for a key */
  int asked, asked_capacity;
  const char **asked_key; /* [asked] keys readers know, present or not */
  int nodes;              /* in the tree below and with this one */
  int height;             /* of the tree below; 0: a scalar */
  tacet_doc *doc;
};

typedef struct tacet_block tacet_block;

struct tacet_doc {
  tacet_block *blocks; /* what tacet_doc_allocate gave */
  char *path;
  tacet_node *root;
};

/* ---- node.c ------------------------------------------------------------- */

/* An empty document, or NULL without memory. */
tacet_doc *tacet_doc_new(const char *path);

/* `size` zeroed bytes that live as long as the document, or NULL. */
void *tacet_doc_allocate(tacet_doc *doc, size_t size);

/* Room for one more in an array of the document: returns `array` or a larger
   copy of it (and updates *capacity), NULL without memory. */
void *tacet_doc_grow(tacet_doc *doc, void *array, int count, int *capacity,
                     size_t size);

tacet_status tacet_no_memory(tacet_error *error);

/* Where text + offset stands in the file, as exactly as can be told. */
tacet_place tacet_node_place_at(const tacet_node *node, size_t offset);

/* "text", "a list", "a map" or "nothing", for messages. */
const char *tacet_node_kind_name(const tacet_node *node);

/* Index of `key` in a map without asking for it, or -1. */
int tacet_find_key(const tacet_node *map, const char *key);

/* ---- wording.c ---------------------------------------------------------- */

/* Text made fit for one line of a message: short, no control characters. */
typedef struct tacet_shown {
  char text[64];
} tacet_shown;

tacet_shown tacet_show(const char *text);

/* Gathers candidates for "did you mean" and keeps the nearest. */
typedef struct tacet_nearest {
  const char *word;  /* as it was typed */
  const char *found; /* the nearest so far, NULL if none is near enough */
  int distance;
} tacet_nearest;

void tacet_nearest_offer(tacet_nearest *nearest, const char *candidate);

/* Appends `word` to a list in `text`: "a, b, c"; what does not fit is left
   out. */
void tacet_list_word(char *text, size_t size, const char *word);

typedef struct tacet_indexed_name {
  const char *name;
  int index;
} tacet_indexed_name;

/* Sorts `names` and returns the first index, in the order of indices, whose
   name an earlier one (*earlier) has already, or -1. */
int tacet_find_repeat(tacet_indexed_name *names, int count, int *earlier);

/* ---- value.c ------------------------------------------------------------ */

/* A key of a map and the member of a struct that takes its value. */
typedef enum tacet_field_kind {
  TACET_FIELD_INT,   /* int64_t */
  TACET_FIELD_REAL,  /* double */
  TACET_FIELD_BOOL,  /* bool */
  TACET_FIELD_BITS,  /* int64_t: a quantity of whole bits */
  TACET_FIELD_HERTZ, /* double; likewise the next */
  TACET_FIELD_PJ
} tacet_field_kind;

typedef struct tacet_field {
  const char *key;
  tacet_field_kind kind;
  bool required; /* else the member keeps its default */
  size_t offset; /* of the member */
  double min, max;
} tacet_field;

tacet_status tacet_read_fields(void *target, tacet_node *map,
                               const tacet_field *field, int fields,
                               tacet_error *error);

/* Whether there is a unit of that name, as "KiB"; *factor is what it is of the
   base unit of its kind. */
bool tacet_unit_find(tacet_unit *unit, double *factor, const char *name);

/* Splits "n unit" where the unit is of one of the kinds in `kinds`
   (1 << tacet_unit). *value is in the base unit of *unit. */
tacet_status tacet_as_measure(double *value, tacet_unit *unit,
                              const tacet_node *node, unsigned kinds,
                              const char *what, tacet_error *error);

/* ---- beside.c ----------------------------------------------------------- */

/* `name` in the folder of the file `path`, unless it is absolute. To be freed;
   NULL if there is no memory. */
char *tacet_beside(const char *path, const char *name);

/* Reads the file that a scalar names, relative to the scalar's own file.
   *file is the caller's, NULL if there is none. A missing file is blamed on
   the scalar; `what` names it there. */
tacet_status tacet_open_beside(tacet_doc **file, const tacet_node *node,
                               const char *what, tacet_error *error);

/* ---- formula.c ---------------------------------------------------------- */

enum { TACET_MAX_NAMES = 64 };

/* Keys of a map and the whole numbers they stand for. */
typedef struct tacet_names {
  tacet_node *map;
  int known; /* the first ones, which formulas may use */
  int64_t value[TACET_MAX_NAMES];
} tacet_names;

/* Like tacet_as_int, but the scalar may also be a formula: numbers, `names`
   (NULL: none), + - * / and parentheses; / must leave no rest. A name that is
   used counts as asked for. */
tacet_status tacet_as_formula(int64_t *value, const tacet_node *node,
                              const tacet_names *names, int64_t min,
                              int64_t max, const char *what,
                              tacet_error *error);

/* Length of the name that text starts with: letters, digits and _, no digit
   first; 0 if none. */
size_t tacet_name_length(const char *text);

#endif
