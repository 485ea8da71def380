/* Reads and writes of L1, and the registers between it and a PE's MACs. Must
   know nothing of the sparse reading, which it judges. */
#include "executor_port.h"

#include <stdlib.h>
#include <string.h>

tacet_status tacet_port_make(tacet_port *port, const tacet_walk *walk,
                             const tacet_accelerator *accelerator,
                             tacet_counts *counts, tacet_error *error) {
  *port =
      (tacet_port){.walk = walk, .accelerator = accelerator, .counts = counts};
  tacet_mac_order(port->order, walk->nest);
  port->pe = calloc((size_t)walk->pes, sizeof *port->pe);
  if (!port->pe)
    return tacet_fail(error, TACET_NO_MEMORY, NULL,
                      "out of memory to walk a layer");
  for (int64_t pe = 0; pe < walk->pes; pe++) port->pe[pe].step = -1;
  return TACET_OK;
}

void tacet_port_free(tacet_port *port) {
  free(port->pe);
}

/* One read; of a partial sum a write, too. */
static void count(tacet_port *port, int t, tacet_state state) {
  tacet_state_count(&port->counts->l1_reads[t], state);
  if (t == TACET_OUTPUT) tacet_state_count(&port->counts->l1_writes, state);
}

static double accesses_of(int t, tacet_state state) {
  if (state == TACET_SKIPPED) return 0;
  return t == TACET_OUTPUT ? 2 : 1;
}

static bool same_element(const tacet_port *port, int t, const tacet_pe_port *pe,
                         const int64_t *point) {
  const tacet_layer *layer = port->walk->nest->layer;
  for (int d = 0; d < layer->dims; d++)
    if (tacet_has_dim(&layer->tensor[t], d) && pe->point[d] != point[d])
      return false;
  return true;
}

static double use_register(tacet_port *port, int t, tacet_pe_port *pe,
                           const int64_t *point, tacet_state state) {
  bool first = pe->step < 0;
  bool same = !first && same_element(port, t, pe, point);
  bool paused = t == TACET_OUTPUT && pe->step < port->step - 1;
  if (!same || paused) {
    if (!first) count(port, t, pe->read[t]);
    pe->read[t] = TACET_SKIPPED;
    pe->again[t] = same;
  }
  if (state >= pe->read[t]) return 0;
  bool timed = pe->read[t] == TACET_SKIPPED && !pe->again[t];
  pe->read[t] = state;
  return timed ? accesses_of(t, state) : 0;
}

double tacet_port_use(tacet_port *port, int64_t pe, const int64_t *point,
                      const tacet_mac_states *states) {
  tacet_pe_port *of = &port->pe[pe];
  double accesses = 0;
  for (int t = 0; t < TACET_TENSORS; t++) {
    if (port->accelerator->registers[t]) {
      accesses += use_register(port, t, of, point, states->read[t]);
    } else {
      count(port, t, states->read[t]);
      accesses += accesses_of(t, states->read[t]);
    }
  }
  of->step = port->step;
  memcpy(of->point, point, sizeof of->point);
  return accesses;
}

void tacet_port_end(tacet_port *port) {
  for (int64_t pe = 0; pe < port->walk->pes; pe++)
    for (int t = 0; t < TACET_TENSORS; t++)
      if (port->accelerator->registers[t] && port->pe[pe].step >= 0)
        count(port, t, port->pe[pe].read[t]);
}
