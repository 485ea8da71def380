/* Writes cases as YAML and masks as HDF5. */
#include "case_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../sparse/masks/mask_store.h"
#include "../sparse/spelling.h"

/* ---- network ------------------------------------------------------------ */

static void write_dims(FILE *out, const tacet_shape *s) {
  const struct {
    const char *name;
    int64_t size;
  } all[] = {{"N", s->N}, {"G", s->G}, {"K", s->K}, {"C", s->C},
             {"Y", s->Y}, {"X", s->X}, {"R", s->R}, {"S", s->S},
             {"B", s->B}, {"M", s->M}, {"D", s->D}, {"T", s->T}};
  static const char *const taken[TACET_LAYER_TYPES] = {
      [TACET_CONV] = "NGKCYXRS",       [TACET_DEPTHWISE] = "NGYXRS",
      [TACET_TRANSPOSED] = "NGKCYXRS", [TACET_FC] = "NKC",
      [TACET_CONV3D] = "NGKCDYXTRS",   [TACET_GEMM] = "BMNK",
  };
  const char *comma = "";
  fputs("    dims: {", out);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    if (!strchr(taken[s->type], all[i].name[0])) continue;
    fprintf(out, "%s%s: %lld", comma, all[i].name, (long long)all[i].size);
    comma = ", ";
  }
  fputs("}\n", out);
}

static void write_axes(FILE *out, const char *key, const tacet_shape *s,
                       const int64_t value[TACET_WINDOWS]) {
  fprintf(out, "    %s: {Y: %lld, X: %lld", key, (long long)value[0],
          (long long)value[1]);
  if (s->type == TACET_CONV3D) fprintf(out, ", D: %lld", (long long)value[2]);
  fputs("}\n", out);
}

static void write_sliding(FILE *out, const tacet_shape *s) {
  write_axes(out, "stride", s, s->stride);
  write_axes(out, "dilation", s, s->dilation);
  fprintf(out, "    padding: {Y: [%lld, %lld], X: [%lld, %lld]",
          (long long)s->pad_before[0], (long long)s->pad_after[0],
          (long long)s->pad_before[1], (long long)s->pad_after[1]);
  if (s->type == TACET_CONV3D)
    fprintf(out, ", D: [%lld, %lld]", (long long)s->pad_before[2],
            (long long)s->pad_after[2]);
  fputs("}\n", out);
  if (s->type == TACET_TRANSPOSED)
    write_axes(out, "output-padding", s, s->output_padding);
}

void case_write_network(FILE *out, const masked_case *c) {
  const tacet_shape *s = &c->dense.shape;
  fprintf(out, "tacet: 1\nnetwork: case-%llu\nlayers:\n",
          (unsigned long long)c->dense.seed);
  fprintf(out, "  - name: %s\n    type: %s\n", c->dense.layer.name,
          tacet_layer_type_name(s->type));
  write_dims(out, s);
  if (s->type != TACET_FC && s->type != TACET_GEMM) write_sliding(out, s);
  if (s->shared[TACET_WEIGHT]) fputs("    shared: [B]\n", out);
  if (s->shared[TACET_INPUT]) fputs("    shared: [A]\n", out);
  if (c->sparsity.tensor[TACET_OUTPUT].known) fputs("    known: output\n", out);
  if (c->sparsity.tensor[TACET_OUTPUT].density < 1)
    fprintf(out, "    density: {output: %.17g}\n",
            c->sparsity.tensor[TACET_OUTPUT].density);
}

/* ---- dataflow ----------------------------------------------------------- */

void case_write_dataflow(FILE *out, const masked_case *c) {
  const tacet_dataflow *flow = &c->dense.dataflow;
  fprintf(out, "tacet: 1\ndataflow: case-%llu\nby-type:\n  %s:",
          (unsigned long long)c->dense.seed,
          tacet_layer_type_name(c->dense.shape.type));
  fputs(flow->directives ? "\n" : " []\n", out);
  for (int i = 0; i < flow->directives; i++) {
    char text[TACET_DIRECTIVE_TEXT];
    tacet_directive_text(text, &flow->directive[i]);
    fprintf(out, "    - %s\n", text);
  }
}

/* ---- accelerator -------------------------------------------------------- */

static const char *yes(bool value) {
  return value ? "true" : "false";
}

static void write_buffer(FILE *out, const char *key,
                         const tacet_storage *storage) {
  fprintf(out, "%s: {size: %lld bit, contiguous: %s, double-buffered: ", key,
          (long long)storage->size_bits, yes(storage->contiguous));
}

/* A list of those that have the flag, or have it not. */
static void write_tensors(FILE *out, const bool flag[TACET_TENSORS], bool has) {
  const char *before = "[";
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (flag[t] != has) continue;
    fprintf(out, "%s%s", before, tacet_slot_name(t));
    before = ", ";
  }
  fputs(*before == '[' ? "[]" : "]", out);
}

static void write_l1(FILE *out, const tacet_accelerator *a) {
  const tacet_storage *l1 = &a->storage[a->storages - 1];
  write_buffer(out, "l1", l1);
  if (l1->double_buffered)
    write_tensors(out, l1->single, false);
  else
    fputs("false", out);
  if (a->l1_bandwidth > 0)
    fprintf(out, ", bandwidth: %g words/cycle", a->l1_bandwidth);
  if (a->sums_bandwidth > 0)
    fprintf(out, ", sums: %g words/cycle", a->sums_bandwidth);
  if (l1->keeps) fputs(", keep: capacity", out);
  fputs(", registers: ", out);
  write_tensors(out, a->registers, true);
  fputs("}\n", out);
}

/* Only those of clusters' buffers have names. */
static const char *level_name(const tacet_accelerator *a, int storage) {
  if (storage < 2) return storage ? "l2" : "dram";
  return storage == a->storages - 1 ? "l1" : a->storage[storage].name;
}

static void write_format(FILE *out, const char *level,
                         const tacet_format *format) {
  char text[TACET_FORMAT_TEXT];
  tacet_format_text(text, sizeof text, format);
  fprintf(out, "    %s: %s\n", level, text);
}

static void write_formats(FILE *out, const tacet_features *features,
                          const tacet_accelerator *a) {
  for (int t = 0; t < TACET_OUTPUT; t++) {
    fprintf(out, "  %s:\n", tacet_slot_name(t));
    for (int s = 1; s < a->storages; s++)
      write_format(out, level_name(a, s), &features->format[s][t]);
  }
  fputs("  output:\n", out);
  write_format(out, "dram", &features->format[0][TACET_OUTPUT]);
}

static void write_rule(FILE *out, const tacet_rule *rule,
                       const tacet_accelerator *a) {
  const bool computes = rule->storage == TACET_AT_COMPUTE;
  const char *action = rule->skip ? "skip" : "gate";
  char on[64] = "";
  for (int t = 0; t < TACET_TENSORS; t++)
    if (rule->on[t])
      sprintf(on + strlen(on), "%s%s", *on ? ", " : "", tacet_slot_name(t));
  if (computes)
    fprintf(out, "    - {at: compute, %s: [%s]}\n", action, on);
  else
    fprintf(out, "    - {at: %s, %s: %s, on: [%s]%s}\n",
            level_name(a, rule->storage), action, tacet_slot_name(rule->target),
            on, rule->element ? ", granularity: element" : "");
}

static void write_sync(FILE *out, const tacet_sync *sync) {
  const long long steps = sync->steps;
  switch (sync->kind) {
  case TACET_SYNC_STEP: break;
  case TACET_SYNC_WINDOW:
    fprintf(out, "  sync: {window: %lld}\n", steps);
    break;
  case TACET_SYNC_QUEUE: fprintf(out, "  sync: {queue: %lld}\n", steps); break;
  case TACET_SYNC_END: fputs("  sync: end\n", out); break;
  }
}

static void write_balance(FILE *out, const masked_case *c) {
  const tacet_balance *balance = &c->features.balance;
  if (balance->kind != TACET_BALANCE_NOT)
    fprintf(out, "  balance: {%s: %s}\n",
            balance->kind == TACET_BALANCE_SORT ? "sort" : "pair",
            balance->along[c->dense.shape.type]);
}

static void write_issue(FILE *out, const masked_case *c) {
  const tacet_issue *issue = &c->dense.accelerator.issue;
  if (issue->kind == TACET_ISSUE_VECTOR)
    fprintf(out, "  issue: {vector: %lld, along: %s}\n",
            (long long)issue->width, issue->along[c->dense.shape.type]);
  if (issue->kind == TACET_ISSUE_OUTER)
    fprintf(out, "  issue: {outer: [%lld, %lld], halos: %s}\n",
            (long long)issue->weights, (long long)issue->inputs,
            issue->output_halos ? "output" : "input");
  write_sync(out, &c->dense.accelerator.sync);
  write_balance(out, c);
  const tacet_intersection *search = &c->dense.accelerator.intersection;
  if (search->examined)
    fprintf(out, "  intersection: {%s: %g}\n",
            search->examined == TACET_EXAMINES_PAIRS ? "pairs" : "coordinates",
            search->width);
}

static void write_features(FILE *out, const masked_case *c) {
  const tacet_features *features = &c->features;
  fputs("sparse:\n", out);
  write_formats(out, features, &c->dense.accelerator);
  write_issue(out, c);
  if (features->rules) fputs("  actions:\n", out);
  for (int r = 0; r < features->rules; r++)
    write_rule(out, &features->rule[r], &c->dense.accelerator);
}

static void write_noc(FILE *out, const tacet_link *noc) {
  const double *bus = noc->bus;
  if (bus[TACET_OUTPUT] > 0)
    fprintf(out,
            "noc: {bandwidth: {weight: %g words/cycle, input: %g words/cycle, "
            "output: %g words/cycle}, ",
            bus[TACET_WEIGHT], bus[TACET_INPUT], bus[TACET_OUTPUT]);
  else
    fprintf(out, "noc: {bandwidth: %g words/cycle, ", noc->bandwidth);
  fprintf(out, "latency: %lld, multicast: %s, reduction: %s}\n",
          (long long)noc->latency, yes(noc->multicast),
          noc->pe_adder ? "pe-adder" : yes(noc->reduction));
}

static void write_clusters(FILE *out, const tacet_accelerator *a) {
  if (a->storages > 3) fputs("clusters:\n", out);
  for (int s = 2; s < a->storages - 1; s++) {
    const tacet_storage *buffer = &a->storage[s];
    fprintf(out,
            "  - name: %s\n    level: %d\n    size: %lld bit\n"
            "    double-buffered: %s\n    contiguous: %s\n    ",
            buffer->name, buffer->level, (long long)buffer->size_bits,
            yes(buffer->double_buffered), yes(buffer->contiguous));
    write_noc(out, &a->link[s - 1]);
  }
}

void case_write_accelerator(FILE *out, const masked_case *c) {
  const tacet_accelerator *a = &c->dense.accelerator;
  fprintf(out, "tacet: 1\naccelerator: case-%llu\nclock: 1 GHz\n",
          (unsigned long long)c->dense.seed);
  fprintf(out, "pes: %lld\nlanes: %lld\nword: %lld bit\n", (long long)a->pes,
          (long long)a->lanes, (long long)a->word_bits);
  fprintf(out, "width: {weight: %lld bit, input: %lld bit, output: %lld bit}\n",
          (long long)a->width_bits[0], (long long)a->width_bits[1],
          (long long)a->width_bits[2]);
  write_l1(out, a);
  write_noc(out, &a->link[a->storages - 2]);
  write_clusters(out, a);
  write_buffer(out, "l2", &a->storage[1]);
  fprintf(out, "%s}\n", yes(a->storage[1].double_buffered));
  fprintf(out, "dram: {bandwidth: %g words/cycle}\n", a->link[0].bandwidth);
  fputs("dataflow: dataflow.yaml\n", out);
  write_features(out, c);
}

/* ---- files -------------------------------------------------------------- */

static bool write_file(const char *folder, const char *name,
                       void (*write)(FILE *, const masked_case *),
                       const masked_case *c) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *out = fopen(path, "w");
  if (out) write(out, c);
  if (out && fclose(out) == 0) return true;
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  return false;
}

static bool write_masks(const char *folder, const masked_case *c) {
  const bool output = c->sparsity.tensor[TACET_OUTPUT].mask != NULL;
  char path[512];
  tacet_error error;
  tacet_mask_store *file = NULL;
  snprintf(path, sizeof path, "%s/masks.h5", folder);
  tacet_status status = tacet_mask_store_start(&file, path, &error);
  for (int t = 0; t < (output ? 3 : 2) && !status; t++)
    status =
        tacet_mask_store_add(file, c->dense.layer.name,
                             &c->dense.layer.tensor[t], &c->mask[t], &error);
  if (!status) status = tacet_mask_store_finish(file, &error);
  if (status) fprintf(stderr, "%s: %s\n", path, error.message);
  return !status;
}

bool case_write_files(const char *folder, const masked_case *c) {
  if (mkdir(folder, 0777) && errno != EEXIST) {
    fprintf(stderr, "%s: %s\n", folder, strerror(errno));
    return false;
  }
  return write_file(folder, "network.yaml", case_write_network, c) &&
         write_file(folder, "dataflow.yaml", case_write_dataflow, c) &&
         write_file(folder, "accelerator.yaml", case_write_accelerator, c) &&
         write_masks(folder, c);
}
