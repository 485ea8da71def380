/* From MAESTRO's files to YAML: the text, and the documents made of it. */
#include "import.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../dense/maestro/import.h"
#include "../dense/spec/node.h"
#include "command.h"

bool tacet_is_maestro(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot && strcmp(dot, ".m") == 0;
}

/* ---- text --------------------------------------------------------------- */

void tacet_write_quoted(FILE *out, const char *text) {
  putc('"', out);
  for (; *text; text++) {
    const unsigned char c = (unsigned char)*text;
    if (c < 0x20 || c == 0x7F)
      fprintf(out, "\\x%02X", c);
    else
      fprintf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
  }
  putc('"', out);
}

/* A name of its own for a layer: further ones of a name get a number. */
static void write_name(FILE *out, const tacet_maestro_file *file, int index) {
  const char *given = file->layer[index].name;
  char name[TACET_NAME];
  int count = 1;
  for (int i = 0; i < index; i++)
    count += strcmp(file->layer[i].name, given) == 0;
  if (count == 1)
    snprintf(name, sizeof name, "%s", given);
  else
    snprintf(name, sizeof name, "%.48s-%d", given, count);
  tacet_write_quoted(out, name);
}

/* Sizes of 1 that every type may leave out are left out. */
static void write_dims(FILE *out, const tacet_shape *shape) {
  const bool image = shape->type != TACET_GEMM && shape->type != TACET_FC;
  const bool channels = shape->type != TACET_DEPTHWISE;
  const struct {
    const char *name;
    int64_t size;
    bool needed;
  } dims[] = {{"M", shape->M, shape->type == TACET_GEMM},
              {"N", shape->N, shape->type == TACET_GEMM},
              {"G", shape->G, false},
              {"K", shape->K, channels},
              {"C", shape->C, channels && shape->type != TACET_GEMM},
              {"R", shape->R, false},
              {"S", shape->S, false},
              {"Y", shape->Y, image},
              {"X", shape->X, image}};
  const char *comma = "";
  fputs("    dims: {", out);
  for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
    const bool groups = !channels && dims[d].name[0] == 'G';
    if (!dims[d].needed && dims[d].size == 1 && !groups) continue;
    fprintf(out, "%s%s: %lld", comma, dims[d].name, (long long)dims[d].size);
    comma = ", ";
  }
  fputs("}\n", out);
  if (shape->stride[0] > 1 || shape->stride[1] > 1)
    fprintf(out, "    stride: {Y: %lld, X: %lld}\n",
            (long long)shape->stride[0], (long long)shape->stride[1]);
}

static void write_directives(FILE *out, const tacet_dataflow *dataflow) {
  for (int i = 0; i < dataflow->directives; i++) {
    char text[TACET_DIRECTIVE_TEXT];
    tacet_directive_text(text, &dataflow->directive[i]);
    fprintf(out, "        - %s\n", text);
  }
}

static void write_dataflow(FILE *out, tacet_layer_type type,
                           const tacet_dataflow *dataflow) {
  fputs("    dataflow:\n", out);
  if (type == TACET_GEMM)
    fputs("      by-type:\n        GEMM:\n", out);
  else
    fputs("      directives:\n", out);
  write_directives(out, dataflow);
}

static tacet_status write_layer(FILE *out, const tacet_maestro_file *file,
                                int index, tacet_error *error) {
  const tacet_maestro_layer *source = &file->layer[index];
  tacet_layer layer;
  tacet_shape shape;
  tacet_dataflow dataflow = {.directives = 0};
  tacet_status status = tacet_import_shape(&shape, source, error);
  if (!status) status = tacet_import_layer(&layer, source, error);
  if (!status && source->directives)
    status = tacet_import_dataflow(&dataflow, source, error);
  if (status) return status;
  fputs("  - name: ", out);
  write_name(out, file, index);
  fprintf(out, "\n    type: %s\n", tacet_layer_type_name(shape.type));
  write_dims(out, &shape);
  if (source->directives) write_dataflow(out, shape.type, &dataflow);
  return TACET_OK;
}

tacet_status tacet_import_network(FILE *out, const tacet_maestro_file *file,
                                  tacet_error *error) {
  if (file->problem.status) {
    *error = file->problem;
    return error->status;
  }
  const tacet_place place = {.file = file->path};
  if (file->layers == 0)
    return tacet_fail(error, TACET_BAD_INPUT, &place, "the file has no layers");
  char name[TACET_NAME];
  snprintf(name, sizeof name, "%s",
           file->network[0] ? file->network : "unnamed");
  fputs("tacet: 1\nnetwork: ", out);
  tacet_write_quoted(out, name);
  fputs("\nlayers:\n", out);
  tacet_status status = TACET_OK;
  for (int i = 0; i < file->layers && !status; i++)
    status = write_layer(out, file, i, error);
  return status;
}

/* ---- a dataflow alone --------------------------------------------------- */

/* The first layer of each type, -1 where there is none. */
typedef struct firsts {
  int layer[TACET_LAYER_TYPES];
} firsts;

static bool is_same(const tacet_dataflow *a, const tacet_dataflow *b) {
  if (a->directives != b->directives) return false;
  char ignored[TACET_DIRECTIVE_TEXT];
  return tacet_dataflow_changes(ignored, sizeof ignored, a, b) == 0;
}

static tacet_status check_same(const tacet_maestro_layer *first,
                               const tacet_maestro_layer *layer,
                               tacet_error *error) {
  tacet_dataflow one, other;
  tacet_status status = tacet_import_dataflow(&one, first, error);
  if (!status) status = tacet_import_dataflow(&other, layer, error);
  if (status || is_same(&one, &other)) return status;
  tacet_fail(error, TACET_BAD_INPUT, &layer->place,
             "layer %s has another dataflow than layer %s",
             tacet_show(layer->name).text, tacet_show(first->name).text);
  return tacet_advise(error, "as a dataflow a mapping has one for all layers "
                             "of a type; give it with -n");
}

static tacet_status find_firsts(firsts *f, const tacet_maestro_file *file,
                                tacet_error *error) {
  for (int t = 0; t < TACET_LAYER_TYPES; t++) f->layer[t] = -1;
  tacet_status status = file->problem.status;
  if (status) *error = file->problem;
  for (int l = 0; l < file->layers && !status; l++) {
    tacet_shape shape;
    status = tacet_import_shape(&shape, &file->layer[l], error);
    if (status) break;
    int *first = &f->layer[shape.type];
    if (*first < 0) *first = l;
    status = check_same(&file->layer[*first], &file->layer[l], error);
  }
  return status;
}

/* That of CONV layers is for all types but GEMM that have none of their own. */
static tacet_status import_dataflow(FILE *out, const tacet_maestro_file *file,
                                    const firsts *f, tacet_error *error) {
  fputs("tacet: 1\ndataflow: ", out);
  tacet_write_quoted(out, file->network[0] ? file->network : "unnamed");
  const char *by_type = "\nby-type:\n";
  tacet_status status = TACET_OK;
  for (int t = 0; t < TACET_LAYER_TYPES && !status; t++) {
    if (f->layer[t] < 0) continue;
    tacet_dataflow dataflow;
    status = tacet_import_dataflow(&dataflow, &file->layer[f->layer[t]], error);
    if (t == TACET_CONV) {
      fputs("\ndirectives:\n", out);
    } else {
      fprintf(out, "%s      %s:\n", by_type,
              tacet_layer_type_name((tacet_layer_type)t));
      by_type = "";
    }
    if (!status) write_directives(out, &dataflow);
  }
  return status;
}

/* ---- an accelerator ----------------------------------------------------- */

/* What the file leaves unlimited holds all that a layer may have. */
static void write_size(FILE *out, const char *key, int elements,
                       const char *energy) {
  if (elements == INT_MAX)
    fprintf(out, "%s: {size: 1048576 GiB, ", key);
  else
    fprintf(out, "%s: {size: %d B, ", key, elements > 0 ? elements : 1);
  fprintf(out, "read: %s pJ, write: %s pJ}\n", energy, energy);
}

/* Energies: 0.23 pJ a MAC, 1.68 times as much in L1, 18.61 times in L2
   (reference of the published tool, its constants). */
void tacet_import_accelerator(FILE *out, const char *path,
                              const tacet_maestro_hardware *hardware) {
  const char *slash = strrchr(path, '/');
  const char *base = slash ? slash + 1 : path;
  char name[TACET_NAME];
  const size_t length = strlen(base) - strlen(".m");
  snprintf(name, sizeof name, "%.*s", length < 60 ? (int)length : 60, base);
  fputs("tacet: 1\naccelerator: ", out);
  tacet_write_quoted(out, name[0] ? name : "unnamed");
  fprintf(out,
          "\nclock: 1 GHz  # the file gives none\n"
          "pes: %d\n"
          "word: 8 bit\n"
          "mac: 0.23 pJ\n",
          hardware->pes);
  write_size(out, "l1", hardware->l1_size, "0.3864");
  write_size(out, "l2", hardware->l2_size, "4.2803");
  fprintf(out,
          "noc: {bandwidth: %d words/cycle, latency: %d}\n"
          "dram: {bandwidth: %d words/cycle}\n",
          hardware->noc_bandwidth, hardware->noc_latency,
          hardware->offchip_bandwidth);
}

void tacet_import_remark(const tacet_maestro_file *file) {
  for (int i = 0; i < file->remarks; i++) tacet_complain(&file->remark[i]);
}

/* ---- places ------------------------------------------------------------- */

/* Lets messages about a node and all below it point to `place`. */
static void stand_at(tacet_node *node, const tacet_place *place) {
  node->line = place->line;
  node->column = place->column;
  node->text_column = 0;
  for (int i = 0; i < node->entries; i++) {
    if (node->entry[i].key) stand_at(node->entry[i].key, place);
    stand_at(node->entry[i].value, place);
  }
}

static tacet_node *value_of(const tacet_node *map, const char *key) {
  const int i = tacet_find_key(map, key);
  return i < 0 ? NULL : tacet_node_item(map, i);
}

static tacet_node *directives_of(const tacet_node *layer) {
  tacet_node *dataflow = value_of(layer, "dataflow");
  if (!dataflow) return NULL;
  tacet_node *by_type = value_of(dataflow, "by-type");
  return by_type ? tacet_node_item(by_type, 0)
                 : value_of(dataflow, "directives");
}

static void place_directives(const tacet_node *list,
                             const tacet_maestro_layer *source) {
  for (int d = 0; d < source->directives; d++)
    stand_at(tacet_node_item(list, d), &source->directive[d].place);
}

static void place_dataflow(const tacet_doc *doc, const tacet_maestro_file *file,
                           const firsts *f) {
  const tacet_node *root = tacet_doc_root(doc);
  const tacet_node *by_type = value_of(root, "by-type");
  for (int t = 0, i = 0; t < TACET_LAYER_TYPES; t++) {
    if (f->layer[t] < 0) continue;
    const tacet_node *list = t == TACET_CONV ? value_of(root, "directives")
                                             : tacet_node_item(by_type, i++);
    place_directives(list, &file->layer[f->layer[t]]);
  }
}

static void place_layers(const tacet_doc *doc, const tacet_maestro_file *file) {
  const tacet_node *layers = value_of(tacet_doc_root(doc), "layers");
  for (int l = 0; l < file->layers; l++) {
    const tacet_maestro_layer *source = &file->layer[l];
    tacet_node *layer = tacet_node_item(layers, l);
    stand_at(layer, &source->place);
    place_directives(directives_of(layer), source);
  }
}

/* ---- documents ---------------------------------------------------------- */

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
}

/* Closes `out`, which made text[size], and reads that as a document. */
static tacet_status parse(tacet_doc **doc, FILE *out, char **text,
                          const size_t *size, const char *path,
                          tacet_status status, tacet_error *error) {
  const bool failed = ferror(out) != 0;
  if ((fclose(out) != 0 || failed) && !status) status = no_memory(error);
  if (!status) status = tacet_doc_parse(doc, *text, *size, path, error);
  free(*text);
  return status;
}

typedef tacet_status opener(tacet_doc **doc, const tacet_maestro_file *file,
                            const char *path, tacet_error *error);

static tacet_status open_network(tacet_doc **doc,
                                 const tacet_maestro_file *file,
                                 const char *path, tacet_error *error) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return no_memory(error);
  tacet_status status = tacet_import_network(out, file, error);
  status = parse(doc, out, &text, &size, path, status, error);
  if (!status) place_layers(*doc, file);
  return status;
}

static tacet_status open_dataflow(tacet_doc **doc,
                                  const tacet_maestro_file *file,
                                  const char *path, tacet_error *error) {
  firsts f;
  tacet_status status = find_firsts(&f, file, error);
  if (status) return status;
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return no_memory(error);
  status = import_dataflow(out, file, &f, error);
  status = parse(doc, out, &text, &size, path, status, error);
  if (!status) place_dataflow(*doc, file, &f);
  return status;
}

static tacet_status open_mapping(tacet_doc **doc, const char *path,
                                 opener *open, tacet_error *error) {
  if (!tacet_is_maestro(path)) return tacet_doc_read(doc, path, error);
  tacet_maestro_file file;
  tacet_status status = tacet_maestro_read(&file, path, error);
  if (status) return status;
  tacet_import_remark(&file);
  status = open(doc, &file, path, error);
  tacet_maestro_free(&file);
  return status;
}

tacet_status tacet_open_network(tacet_doc **doc, const char *path,
                                tacet_error *error) {
  return open_mapping(doc, path, open_network, error);
}

tacet_status tacet_open_dataflow(tacet_doc **doc, const char *path,
                                 tacet_error *error) {
  return open_mapping(doc, path, open_dataflow, error);
}

tacet_status tacet_open_accelerator(tacet_doc **doc, const char *path,
                                    tacet_error *error) {
  if (!tacet_is_maestro(path)) return tacet_doc_read(doc, path, error);
  tacet_maestro_hardware hardware = {.simd_lanes = 1};
  tacet_status status = tacet_maestro_hardware_read(&hardware, path, error);
  if (!status) status = tacet_maestro_hardware_check(&hardware, error);
  if (status) return status;
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return no_memory(error);
  tacet_import_accelerator(out, path, &hardware);
  return parse(doc, out, &text, &size, path, TACET_OK, error);
}
