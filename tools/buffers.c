/* Columns of buffers at cluster boundaries, each defined once; there are as
   many of them as the designs of a report have such buffers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../sparse/spelling.h"
#include "report.h"

#define AMOUNT(over, title, scale) TACET_STYLE_AMOUNT, {over, title}, scale

const tacet_buffer_column tacet_buffer_columns[TACET_BUFFER_FIGURES] = {
    [TACET_BUFFER_READS] = {"reads", "words that all these buffers read",
                            AMOUNT("words", "read", 1), false},
    [TACET_BUFFER_WRITES] = {"writes", "words written into them",
                             AMOUNT("words", "written", 1), false},
    [TACET_BUFFER_WORDS] = {"words",
                            "words over the network into them, both ways",
                            AMOUNT("words", "moved", 1), false},
    [TACET_BUFFER_BITS] = {"bit", "what these take on the way, with metadata",
                           AMOUNT("moved", "bit", 1), false},
    [TACET_BUFFER_ENERGY] = {"energy_pJ", "of reads and writes",
                             AMOUNT("energy", "J", 1e-12), false},
    [TACET_BUFFER_NETWORK_ENERGY] = {"network_energy_pJ", "of the words moved",
                                     AMOUNT("network", "J", 1e-12), false},
    [TACET_BUFFER_OCCUPANCY] = {"occupancy",
                                "share of a buffer that the tensor's tile "
                                "needs; in the total the largest",
                                TACET_STYLE_PERCENT,
                                {"full", "%"},
                                100,
                                true},
};

/* ---- figures ------------------------------------------------------------ */

static void fill(tacet_buffer *buffer, const tacet_nest *nest,
                 const tacet_accelerator *accelerator,
                 const tacet_counts *counts, int s) {
  const double size = (double)accelerator->storage[s].size_bits;
  strcpy(buffer->name, accelerator->storage[s].name);
  for (int t = 0; t < TACET_TENSORS; t++) {
    double *figure = buffer->figure[t];
    tacet_buffer_use use;
    tacet_buffer_use_of(&use, counts, accelerator, s, t);
    figure[TACET_BUFFER_READS] = use.reads;
    figure[TACET_BUFFER_WRITES] = use.writes;
    figure[TACET_BUFFER_WORDS] = use.words;
    figure[TACET_BUFFER_BITS] = use.bits;
    figure[TACET_BUFFER_ENERGY] = use.energy_pj;
    figure[TACET_BUFFER_NETWORK_ENERGY] = use.network_pj;
    figure[TACET_BUFFER_OCCUPANCY] =
        (double)tacet_tensor_need_bits(nest, accelerator, s, t) / size;
  }
}

void tacet_buffers_of(tacet_figures *figures, const tacet_nest *nest,
                      const tacet_accelerator *accelerator,
                      const tacet_counts *counts) {
  figures->buffers = nest->storages - 3;
  for (int i = 0; i < figures->buffers; i++)
    fill(&figures->buffer[i], nest, accelerator, counts, i + 2);
}

void tacet_buffers_add(tacet_figures *total, const tacet_figures *layer,
                       double times) {
  total->buffers = layer->buffers;
  for (int i = 0; i < layer->buffers; i++) {
    strcpy(total->buffer[i].name, layer->buffer[i].name);
    for (int t = 0; t < TACET_TENSORS; t++) {
      const double *one = layer->buffer[i].figure[t];
      double *all = total->buffer[i].figure[t];
      for (int f = 0; f < TACET_BUFFER_FIGURES; f++)
        all[f] = tacet_buffer_columns[f].is_share ? fmax(all[f], one[f])
                                                  : all[f] + times * one[f];
    }
  }
}

/* ---- sheets ------------------------------------------------------------- */

static bool has(const tacet_sheet *sheet, const char *name) {
  for (int i = 0; i < sheet->buffers; i++)
    if (strcmp(sheet->buffer[i], name) == 0) return true;
  return false;
}

tacet_status tacet_sheet_add(tacet_sheet *sheet, const tacet_figures *figures,
                             tacet_error *error) {
  for (int i = 0; i < figures->buffers; i++) {
    const char *name = figures->buffer[i].name;
    if (has(sheet, name)) continue;
    char(*larger)[16] = realloc(sheet->buffer, (size_t)(sheet->buffers + 1) *
                                                   sizeof *sheet->buffer);
    if (!larger)
      return tacet_fail(error, TACET_NO_MEMORY, NULL, "out of memory");
    sheet->buffer = larger;
    strcpy(larger[sheet->buffers++], name);
  }
  return TACET_OK;
}

void tacet_sheet_free(tacet_sheet *sheet) {
  free(sheet->buffer);
  *sheet = (tacet_sheet){.buffers = 0};
}

/* ---- columns ------------------------------------------------------------ */

/* Of which buffer, tensor and figure a column is. */
typedef struct place {
  int buffer, slot, figure;
} place;

static place place_of(int column) {
  const int i = column - tacet_column_count;
  return (place){i / (TACET_TENSORS * TACET_BUFFER_FIGURES),
                 i / TACET_BUFFER_FIGURES % TACET_TENSORS,
                 i % TACET_BUFFER_FIGURES};
}

int tacet_sheet_columns(const tacet_sheet *sheet) {
  return tacet_column_count +
         sheet->buffers * TACET_TENSORS * TACET_BUFFER_FIGURES;
}

tacet_column_key tacet_sheet_key(const tacet_sheet *sheet, int column) {
  tacet_column_key key;
  if (column < tacet_column_count) {
    snprintf(key.text, sizeof key.text, "%s", tacet_columns[column].key);
    return key;
  }
  const place at = place_of(column);
  snprintf(key.text, sizeof key.text, "%s_%s_%s", sheet->buffer[at.buffer],
           tacet_slot_name(at.slot), tacet_buffer_columns[at.figure].key);
  return key;
}

tacet_value tacet_sheet_value(const tacet_sheet *sheet, int column,
                              const tacet_row *row) {
  if (column < tacet_column_count) return tacet_columns[column].get(row);
  const place at = place_of(column);
  for (int i = 0; i < row->now->buffers; i++) {
    const tacet_buffer *buffer = &row->now->buffer[i];
    if (strcmp(buffer->name, sheet->buffer[at.buffer]) == 0)
      return (tacet_value){.number = buffer->figure[at.slot][at.figure]};
  }
  return (tacet_value){.number = NAN};
}
