/* Tables with a column for each tensor. */
#include "explain.h"

/* ---- layout ------------------------------------------------------------- */

static void write_head(FILE *out, const tacet_explained *e, const char *title) {
  fprintf(out, "\n%-*s", TACET_EXPLAIN_LABEL, title);
  for (int t = 0; t < TACET_TENSORS; t++)
    fprintf(out, "%-*s", t < TACET_OUTPUT ? TACET_EXPLAIN_CELL : 0,
            e->nest.layer.tensor[t].name);
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
  const tacet_link *noc = &e->accelerator->link[e->nest.storages - 2];
  switch (tacet_spread_of(&e->nest, loop, slot)) {
  case TACET_SPREAD_SAME:
    return tacet_say(noc->multicast ? "the same, multicast" : "the same, each");
  case TACET_SPREAD_OWN: return tacet_say("own");
  case TACET_SPREAD_OVERLAP:
    return tacet_say(noc->multicast ? "own, halos shared" : "own, halos too");
  case TACET_SPREAD_DIAGONAL: return tacet_say("diagonal");
  case TACET_SPREAD_SUM:
    return tacet_say(noc->reduction ? "added up" : "added up in l2");
  }
  return tacet_say("%s", "");
}

/* "Units of p and r with the same p + r share an input row." */
static void write_diagonals(FILE *out, const tacet_nest *nest) {
  const tacet_tensor *input = &nest->layer.tensor[TACET_INPUT];
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

void tacet_explain_reuse(FILE *out, const tacet_explained *e) {
  static const char *const labels[] = {
      "MACs for a read of l1",   "MACs for a word in a PE",
      "PEs for a word of l2",    "words of l2 for one of dram",
      "MACs for a word of dram", "  if each passed dram once"};
  enum { rows = sizeof labels / sizeof *labels };
  tacet_words cell[rows][TACET_TENSORS];
  bool registers = false;
  for (int t = 0; t < TACET_TENSORS; t++) {
    tacet_reuse reuse;
    tacet_reuse_of(&reuse, &e->nest, &e->activity, t);
    const double times[rows] = {reuse.in_register, reuse.in_pe, reuse.in_space,
                                reuse.in_l2,       reuse.all,   reuse.best};
    for (int r = 0; r < rows; r++) cell[r][t] = times_words(times[r]);
    registers = registers || e->accelerator->registers[t];
  }
  write_head(out, e, "How often they are used");
  for (int r = registers ? 0 : 1; r < rows; r++)
    write_row(out, labels[r], cell[r]);
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
}
