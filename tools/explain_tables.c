/* Tables with a column for each tensor. */
#include "explain.h"

/* ---- layout ------------------------------------------------------------- */

static void write_head(FILE *out, const tacet_explained *e, const char *title) {
  fprintf(out, "\n%-*s", TACET_EXPLAIN_LABEL, title);
  for (int t = 0; t < TACET_TENSORS; t++)
    fprintf(out, "%-*s", t < TACET_OUTPUT ? TACET_EXPLAIN_CELL : 0,
            e->nest.layer->tensor[t].name);
  putc('\n', out);
}

static void write_row(FILE *out, const char *label,
                      const tacet_words cell[TACET_TENSORS]) {
  fprintf(out, "  %-*s", TACET_EXPLAIN_LABEL - 2, label);
  for (int t = 0; t < TACET_TENSORS; t++)
    fprintf(out, "%-*s", t < TACET_OUTPUT ? TACET_EXPLAIN_CELL : 0,
            cell[t].text);
  putc('\n', out);
}

/* ---- in time ------------------------------------------------------------ */

static tacet_words mover_words(const tacet_explained *e, int storage,
                               int slot) {
  const tacet_nest *nest = &e->nest;
  const int loop = tacet_mover(nest, storage, slot);
  if (loop < 0) return tacet_say("nothing");
  const bool slides =
      storage == nest->storages - 1 && tacet_slides(nest, loop, slot);
  return tacet_say("%s%s", tacet_loop_name(nest, loop).text,
                   slides ? ", sliding" : "");
}

static tacet_words stay_words(const tacet_explained *e, int storage, int slot) {
  const int64_t steps = tacet_stay(&e->nest, storage, slot);
  return tacet_say("%s step%s", tacet_grouped((double)steps).text,
                   steps == 1 ? "" : "s");
}

void tacet_explain_stays(FILE *out, const tacet_explained *e) {
  write_head(out, e, "How long tiles stay");
  for (int s = e->nest.storages - 1; s > 0; s--) {
    tacet_words mover[TACET_TENSORS], stay[TACET_TENSORS];
    for (int t = 0; t < TACET_TENSORS; t++) {
      mover[t] = mover_words(e, s, t);
      stay[t] = stay_words(e, s, t);
    }
    const char *name = e->accelerator->storage[s].name;
    write_row(out, tacet_say("in %s, moved by", name).text, mover);
    write_row(out, "  so that they stay", stay);
  }
}

/* ---- in space ----------------------------------------------------------- */

static tacet_words spread_words(const tacet_explained *e, int loop, int slot) {
  const int outside = tacet_spread_among(&e->nest, loop) - 1;
  const tacet_link *noc = &e->accelerator->link[outside];
  switch (tacet_spread_of(&e->nest, loop, slot)) {
  case TACET_SPREAD_SAME:
    return tacet_say(noc->multicast ? "the same, multicast" : "the same, each");
  case TACET_SPREAD_OWN: return tacet_say("own");
  case TACET_SPREAD_OVERLAP:
    return tacet_say(noc->multicast ? "own, halos shared" : "own, halos too");
  case TACET_SPREAD_DIAGONAL: return tacet_say("diagonal");
  case TACET_SPREAD_SUM:
    if (noc->reduction) return tacet_say("added up");
    return tacet_say("added up in %s", e->accelerator->storage[outside].name);
  }
  return tacet_say("%s", "");
}

/* "Units of p and r with the same p + r share an input row." */
static void write_diagonals(FILE *out, const tacet_nest *nest) {
  const tacet_tensor *input = &nest->layer->tensor[TACET_INPUT];
  for (int r = 0; r < input->ranks; r++) {
    int loop[2] = {-1, -1};
    for (int i = 0; i < nest->loops && input->rank[r].terms == 2; i++)
      for (int k = 0; k < 2; k++)
        if (nest->loop[i].spatial &&
            nest->loop[i].dim == input->rank[r].term[k].dim)
          loop[k] = i;
    if (loop[0] < 0 || loop[1] < 0) continue;
    fputs("  Diagonal: units share the inputs where ", out);
    for (int k = 0; k < 2; k++) {
      if (k) fputs(" + ", out);
      if (input->rank[r].term[k].coefficient > 1)
        fprintf(out, "%lld ", (long long)input->rank[r].term[k].coefficient);
      fputs(tacet_loop_name(nest, loop[k]).text, out);
    }
    fputs(" is the same, as in row stationary.\n", out);
  }
}

void tacet_explain_shares(FILE *out, const tacet_explained *e) {
  bool any = false;
  for (int i = 0; i < e->nest.loops; i++) {
    if (!e->nest.loop[i].spatial) continue;
    tacet_words cell[TACET_TENSORS];
    if (!any) write_head(out, e, "How units share them");
    any = true;
    for (int t = 0; t < TACET_TENSORS; t++) cell[t] = spread_words(e, i, t);
    const tacet_words name = tacet_loop_name(&e->nest, i);
    write_row(out, tacet_say("along %s", name.text).text, cell);
  }
  if (any)
    write_diagonals(out, &e->nest);
  else
    fputs("\nNothing lies across units: one PE does all the work.\n", out);
}

/* ---- reuse -------------------------------------------------------------- */

static tacet_words times_words(double times) {
  if (times >= 9999.5) return tacet_grouped(times);
  return tacet_say("%.*f", times < 99.95 ? 1 : 0, times);
}

typedef struct reuse_rows {
  int rows;
  tacet_words label[2 * TACET_MAX_STORAGE + 2];
  tacet_words cell[2 * TACET_MAX_STORAGE + 2][TACET_TENSORS];
} reuse_rows;

static void add_reuse(reuse_rows *table, tacet_words label,
                      const double times[TACET_TENSORS]) {
  table->label[table->rows] = label;
  for (int t = 0; t < TACET_TENSORS; t++)
    table->cell[table->rows][t] = times_words(times[t]);
  table->rows++;
}

/* Of a level between DRAM and L1: across its children, and in time. */
static void add_level(reuse_rows *table, const tacet_explained *e,
                      const tacet_reuse reuse[TACET_TENSORS], int s) {
  const tacet_storage *storage = e->accelerator->storage;
  double in_space[TACET_TENSORS], in_time[TACET_TENSORS];
  for (int t = 0; t < TACET_TENSORS; t++) {
    in_space[t] = reuse[t].in_space[s];
    in_time[t] = reuse[t].in_time[s];
  }
  add_reuse(table,
            s == e->nest.storages - 2
                ? tacet_say("PEs for a word of %s", storage[s].name)
                : tacet_say("%s buffers for a word of %s", storage[s + 1].name,
                            storage[s].name),
            in_space);
  add_reuse(table,
            s == 1 ? tacet_say("words of %s for one of %s", storage[s].name,
                               storage[0].name)
                   : tacet_say("words of %s for one taken", storage[s].name),
            in_time);
}

void tacet_explain_reuse(FILE *out, const tacet_explained *e) {
  enum { in_register, in_pe, all, best, kinds };
  tacet_reuse reuse[TACET_TENSORS];
  double times[kinds][TACET_TENSORS];
  bool registers = false;
  reuse_rows table = {.rows = 0};
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_reuse_of(&reuse[t], &e->nest, &e->activity, t);
    times[in_register][t] = reuse[t].in_register;
    times[in_pe][t] = reuse[t].in_pe;
    times[all][t] = reuse[t].all;
    times[best][t] = reuse[t].best;
    registers = registers || e->accelerator->registers[t];
  }
  if (registers)
    add_reuse(&table, tacet_say("MACs for a read of l1"), times[in_register]);
  add_reuse(&table, tacet_say("MACs for a word in a PE"), times[in_pe]);
  for (int s = e->nest.storages - 2; s > 0; s--) add_level(&table, e, reuse, s);
  add_reuse(&table, tacet_say("MACs for a word of dram"), times[all]);
  add_reuse(&table, tacet_say("  if each passed dram once"), times[best]);
  write_head(out, e, "How often they are used");
  for (int r = 0; r < table.rows; r++)
    write_row(out, table.label[r].text, table.cell[r]);
}

/* ---- buffers ------------------------------------------------------------ */

static tacet_words need_words(const tacet_explained *e, int storage, int slot) {
  const int64_t need =
      tacet_tensor_need_bits(&e->nest, e->accelerator, storage, slot);
  const int64_t once =
      e->activity.footprint[storage][slot] * e->accelerator->width_bits[slot];
  return tacet_say("%s%s", need > once ? "2 x " : "",
                   tacet_size_words(once).text);
}

/* What is said of one holds for each of them. */
static void write_number(FILE *out, const tacet_explained *e, int storage) {
  const int64_t buffers = tacet_buffers(&e->nest, storage);
  const int64_t pes = tacet_buffers(&e->nest, e->nest.storages - 1) / buffers;
  fprintf(out, "  There %s %s %s, for %s PE%s%s.\n",
          buffers == 1 ? "is" : "are", tacet_grouped((double)buffers).text,
          e->accelerator->storage[storage].name,
          tacet_grouped((double)pes).text, pes == 1 ? "" : "s",
          buffers == 1 ? "" : " each");
}

void tacet_explain_buffers(FILE *out, const tacet_explained *e) {
  write_head(out, e, "How full the buffers are");
  for (int s = e->nest.storages - 1; s > 0; s--) {
    const tacet_storage *storage = &e->accelerator->storage[s];
    const int64_t need = tacet_need_bits(&e->nest, e->accelerator, s);
    tacet_words cell[TACET_TENSORS];
    for (int t = 0; t < TACET_TENSORS; t++) cell[t] = need_words(e, s, t);
    const tacet_words label =
        tacet_say("%s: %s of %s%s", storage->name, tacet_size_words(need).text,
                  tacet_size_words(storage->size_bits).text,
                  need > storage->size_bits ? " (!)" : "");
    write_row(out, label.text, cell);
  }
  for (int s = 2; s < e->nest.storages - 1; s++) write_number(out, e, s);
}
