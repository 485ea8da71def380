/* The loop nest as pseudo-code: a line a loop, with the size of its tiles and
   its units beside it, and a line where a buffer keeps a tile. */
#include <string.h>

#include "explain.h"

/* ---- layer -------------------------------------------------------------- */

static void write_window(FILE *out, const tacet_layer *layer,
                         const tacet_rank *rank) {
  const char letters[] = {layer->dim[rank->term[0].dim].name[0],
                          layer->dim[rank->term[1].dim].name[0]};
  fprintf(out, "; %s = ", rank->name);
  for (int k = 0; k < 2; k++) {
    if (k) fputs(" + ", out);
    if (rank->term[k].coefficient > 1)
      fprintf(out, "%lld ", (long long)rank->term[k].coefficient);
    putc(letters[k] - 'A' + 'a', out);
  }
  if (rank->offset < 0) fprintf(out, " - %lld", (long long)-rank->offset);
}

static void write_layer(FILE *out, const tacet_layer *layer) {
  fprintf(out, "%s", tacet_layer_type_name(layer->type));
  for (int d = 0; d < layer->dims; d++)
    if (layer->dim[d].size > 1)
      fprintf(out, " %s=%lld", layer->dim[d].name,
              (long long)layer->dim[d].size);
  const tacet_tensor *input = &layer->tensor[TACET_INPUT];
  for (int r = 0; r < input->ranks; r++)
    if (input->rank[r].terms == 2 &&
        layer->dim[input->rank[r].term[1].dim].size > 1)
      write_window(out, layer, &input->rank[r]);
  fprintf(out, "\n%s MACs",
          tacet_grouped((double)tacet_layer_macs(layer)).text);
  for (int t = 0; t < TACET_TENSORS; t++)
    fprintf(out, "%s %s %s", t ? "," : ";", layer->tensor[t].name,
            tacet_grouped((double)tacet_tensor_size(&layer->tensor[t])).text);
  fputs(" words\n", out);
  const int64_t values = tacet_tensor_values(input);
  if (values < tacet_tensor_size(input))
    fprintf(out, "%s of the inputs are values, the others inserted zeros\n",
            tacet_grouped((double)values).text);
}

/* ---- tiles -------------------------------------------------------------- */

/* Extent of each dimension in the tile inside the first `position` loops, of
   one unit of the outer `levels` cluster levels and all within it. */
static void extents(int64_t extent[TACET_MAX_DIMS], const tacet_nest *nest,
                    int position, int levels) {
  int64_t units[TACET_MAX_DIMS];
  for (int d = 0; d < nest->layer->dims; d++) {
    extent[d] = nest->layer->dim[d].size;
    units[d] = 1;
  }
  for (int i = 0; i < position; i++) {
    const tacet_loop *loop = &nest->loop[i];
    extent[loop->dim] = loop->size;
    if (loop->spatial && loop->level >= levels)
      units[loop->dim] *= loop->tiles < loop->units ? loop->tiles : loop->units;
  }
  /* one unit's share of the loops that it stays for */
  for (int i = position; i < nest->loops; i++) {
    const tacet_loop *loop = &nest->loop[i];
    if (loop->spatial && loop->level < levels)
      extent[loop->dim] = loop->size * loop->folds;
  }
  for (int d = 0; d < nest->layer->dims; d++) {
    extent[d] *= units[d];
    if (extent[d] > nest->layer->dim[d].size)
      extent[d] = nest->layer->dim[d].size;
  }
}

static int64_t rank_extent(const tacet_rank *rank,
                           const int64_t extent[TACET_MAX_DIMS]) {
  int64_t length = 1;
  for (int k = 0; k < rank->terms; k++)
    length += rank->term[k].coefficient * (extent[rank->term[k].dim] - 1);
  return length < rank->size ? length : rank->size;
}

/* "weight K4 C8 S3 (96)"; only the words where the tile is no full box. */
static void write_tile(FILE *out, const tacet_nest *nest, int slot,
                       int position, int levels, int64_t words) {
  const tacet_tensor *tensor = &nest->layer->tensor[slot];
  int64_t extent[TACET_MAX_DIMS], box = 1;
  extents(extent, nest, position, levels);
  for (int r = 0; r < tensor->ranks; r++)
    box *= rank_extent(&tensor->rank[r], extent);
  fputs(tensor->name, out);
  for (int r = 0; r < tensor->ranks && box == words; r++) {
    const int64_t length = rank_extent(&tensor->rank[r], extent);
    if (length > 1)
      fprintf(out, " %s%lld", tensor->rank[r].name, (long long)length);
  }
  fprintf(out, " (%s)", tacet_grouped((double)words).text);
}

/* ---- lines -------------------------------------------------------------- */

static void indent(FILE *out, int depth) {
  fprintf(out, "%*s", 2 * depth + 2, "");
}

/* What the buffers below DRAM keep just outside a loop; L1's tiles of a step
   are told elsewhere. */
static void write_kept(FILE *out, const tacet_explained *e, int position) {
  const tacet_nest *nest = &e->nest;
  const int l1 = nest->storages - 1;
  for (int s = 1; s <= l1; s++) {
    for (int t = 0; t < TACET_TENSORS; t++) {
      if (nest->position[s][t] != position) continue;
      if (s == l1 && position == nest->loops) continue;
      indent(out, position);
      fprintf(out, "[%s keeps ", e->accelerator->storage[s].name);
      write_tile(out, nest, t, position, nest->level[s],
                 e->activity.footprint[s][t]);
      fputs("]\n", out);
    }
  }
}

/* Returns the columns it took. */
static int write_code(FILE *out, const tacet_nest *nest, int i) {
  const tacet_loop *loop = &nest->loop[i];
  indent(out, i);
  return 2 * i + 2 +
         fprintf(out, "%s %s = 0 to %lld",
                 loop->spatial ? "parallel-for" : "for",
                 tacet_loop_name(nest, i).text, (long long)loop->tiles - 1);
}

static void write_units(FILE *out, const tacet_loop *loop) {
  if (!loop->spatial) return;
  const long long units = loop->units, tiles = loop->tiles;
  if (tiles <= units)
    fprintf(out, "%lld of %lld units", tiles, units);
  else if (tiles % units == 0)
    fprintf(out, "%lld units, %lld times", units, (long long)loop->folds);
  else
    fprintf(out, "%lld units, %lld times, last %lld", units,
            (long long)loop->folds, tiles % units);
}

static void write_loop(FILE *out, const tacet_nest *nest, int i, int column) {
  const tacet_loop *loop = &nest->loop[i];
  char size[32];
  const int used = write_code(out, nest, i);
  const int length =
      snprintf(size, sizeof size, "%s by %lld",
               nest->layer->dim[loop->dim].name, (long long)loop->size);
  fprintf(out, "%*s%s", column - used, "", size);
  if (loop->spatial) fprintf(out, "%*s", 12 - length, "");
  write_units(out, loop);
  putc('\n', out);
}

/* Where sizes stand: to the right of all code. */
static int code_width(const tacet_nest *nest) {
  int width = 40;
  for (int i = 0; i < nest->loops; i++) {
    char code[64];
    const int used = 2 * i + 4 +
                     snprintf(code, sizeof code, "parallel-for %s = 0 to %lld",
                              tacet_loop_name(nest, i).text,
                              (long long)nest->loop[i].tiles - 1);
    if (used > width) width = used;
  }
  return width;
}

static bool has_registers(const tacet_accelerator *accelerator) {
  for (int t = 0; t < TACET_TENSORS; t++)
    if (accelerator->registers[t]) return true;
  return false;
}

/* MACs of a whole tile for which a register holds an element: those of the
   innermost dimensions, up to one of the tensor's that moves. */
static int64_t held_for(const tacet_nest *nest, const int order[TACET_MAX_DIMS],
                        int slot) {
  int64_t macs = 1;
  for (int i = nest->layer->dims - 1; i >= 0; i--) {
    const int64_t size = nest->tile[order[i]];
    if (size > 1 && tacet_has_dim(&nest->layer->tensor[slot], order[i])) break;
    macs *= size;
  }
  return macs;
}

static void write_registers(FILE *out, const tacet_explained *e,
                            const int order[TACET_MAX_DIMS], int64_t macs) {
  const tacet_nest *nest = &e->nest;
  const char *before = "[registers hold";
  indent(out, nest->loops);
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (!e->accelerator->registers[t]) continue;
    const int64_t held = held_for(nest, order, t);
    fprintf(out, "%s %s for ", before, nest->layer->tensor[t].name);
    if (held == macs)
      fputs("the step", out);
    else
      fprintf(out, "%s MAC%s", tacet_grouped((double)held).text,
              held == 1 ? "" : "s");
    before = ",";
  }
  fputs("]\n", out);
}

/* What L1 holds of a step alone. */
static void write_held(FILE *out, const tacet_explained *e) {
  const tacet_nest *nest = &e->nest;
  const int l1 = nest->storages - 1;
  bool any = false;
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (nest->position[l1][t] < nest->loops) continue;
    if (any) fputs(", ", out);
    if (!any) indent(out, nest->loops);
    if (!any) fprintf(out, "[%s holds ", e->accelerator->storage[l1].name);
    write_tile(out, nest, t, nest->loops, nest->levels,
               e->activity.footprint[l1][t]);
    any = true;
  }
  if (any) fputs("]\n", out);
}

/* The step of a PE: what it holds, and the loops it runs by itself, with
   registers in their order. */
static void write_step(FILE *out, const tacet_explained *e) {
  const tacet_nest *nest = &e->nest;
  const bool ordered = has_registers(e->accelerator);
  int64_t macs = 1;
  int order[TACET_MAX_DIMS];
  tacet_mac_order(order, nest);
  write_held(out, e);
  indent(out, nest->loops);
  for (int i = 0; i < nest->layer->dims; i++) {
    const int d = ordered ? order[i] : i;
    if (nest->tile[d] == 1) continue;
    fprintf(out, "%s %s %lld", macs == 1 ? "in each PE, for" : ",",
            nest->layer->dim[d].name, (long long)nest->tile[d]);
    macs *= nest->tile[d];
  }
  if (ordered && macs > 1) fputs(", in this order", out);
  fprintf(out, "%s%s MAC%s\n", macs == 1 ? "in each PE, " : ": ",
          tacet_grouped((double)macs).text, macs == 1 ? "" : "s");
  if (ordered) write_registers(out, e, order, macs);
}

void tacet_explain_nest(FILE *out, const tacet_explained *e) {
  const tacet_nest *nest = &e->nest;
  write_layer(out, nest->layer);
  fputs("\nThe loop nest, outermost first, with the size of each loop's tiles; "
        "(n) counts words\n",
        out);
  const int column = code_width(nest);
  for (int i = 0; i < nest->loops; i++) {
    write_kept(out, e, i);
    write_loop(out, nest, i, column);
  }
  write_kept(out, e, nest->loops);
  write_step(out, e);
  if (nest->idle_pes > 0)
    fprintf(out, "%s of the %s PEs belong to no cluster.\n",
            tacet_grouped((double)nest->idle_pes).text,
            tacet_grouped((double)nest->pes).text);
}
