/* Volumes of one case: the published tool's rules of reuse. `first` asks for
   the first unit that has work, which loads whole tiles, or else for one
   behind it, which shares with its neighbour; `cut` for a unit at the edge
   whose tile is cut. Knows no cycles. */
#include "volumes.h"

static int64_t at_edge(const maestro_tile *tile, bool edge) {
  return edge ? tile->mapped_edge : tile->mapped;
}

static int64_t new_at_edge(const maestro_tile *tile, bool edge) {
  return edge ? tile->unique_edge : tile->unique;
}

/* ---- operands ----------------------------------------------------------- */

/* A tensor's share of map i in the very first case. */
static int64_t first_fill(const maestro_meter *meter, int i, bool first,
                          bool cut) {
  const maestro_tiles *tiles = meter->tiles;
  const maestro_tile *tile = &tiles->in[i];
  bool edge = meter->step->edge >> i & 1;
  if (!(tiles->spatial >> i & 1)) return at_edge(tile, edge);
  if (!edge) return tile->mapped;
  if (tiles->edge_units > 1) return at_edge(tile, cut);
  return first || cut ? tile->mapped_edge : 1;
}

/* The same after map `moved` went on; `fresh` if inner maps did not start
   over. */
static int64_t refill(maestro_meter *meter, int i, int moved, bool fresh,
                      bool first, bool cut) {
  const maestro_tile *tile = &meter->tiles->in[i];
  bool initial = meter->step->initial >> i & 1;
  bool advances = !initial && i == moved && fresh;
  if (meter->tiles->spatial >> i & 1) {
    if (!first && (advances || (initial && i > moved)))
      return new_at_edge(tile, cut);
    return at_edge(tile, cut);
  }
  if (initial) return at_edge(tile, meter->step->edge >> i & 1);
  if (!advances) return tile->mapped;
  meter->stuck |= tile->unique == 0;
  return tile->unique;
}

static int64_t load(maestro_meter *meter, uint32_t ranks, bool first,
                    bool cut) {
  const maestro_step *step = meter->step;
  uint32_t all = (1u << meter->tiles->maps) - 1;
  uint32_t moving = all & ~step->initial;
  int moved = moving ? 31 - __builtin_clz(moving) : -1;
  int64_t volume = 1;
  if (moving && !(ranks >> moved & 1)) return 0;
  uint32_t inner = moving ? all & ~((2u << moved) - 1) : 0;
  bool fresh = !(ranks & inner & step->initial & ~step->single);
  for (uint32_t rest = ranks; rest; rest &= rest - 1) {
    int i = __builtin_ctz(rest);
    int64_t share = moving ? refill(meter, i, moved, fresh, first, cut)
                           : first_fill(meter, i, first, cut);
    volume = maestro_times(volume, share, &meter->overflow);
  }
  return volume;
}

int64_t maestro_ingress(maestro_meter *meter, tacet_maestro_tensor tensor) {
  const maestro_tiles *tiles = meter->tiles;
  uint32_t ranks = tiles->ranks[tensor];
  bool *overflow = &meter->overflow;
  int64_t units = tiles->units;
  if (tiles->shared[tensor] < 0) return load(meter, ranks, true, false);
  bool edge = ranks & tiles->spatial & meter->step->edge;
  bool cut = edge && meter->step->partial >> tiles->shared[tensor] & 1;
  if (edge) units = tiles->edge_units;
  if (units == 1) return load(meter, ranks, true, cut);
  int64_t volume = load(meter, ranks, true, false);
  if (units - cut > 1)
    volume =
        maestro_plus(volume,
                     maestro_times(units - 1 - cut,
                                   load(meter, ranks, false, false), overflow),
                     overflow);
  if (cut)
    volume = maestro_plus(volume, load(meter, ranks, false, true), overflow);
  return volume;
}

/* ---- outputs ------------------------------------------------------------ */

/* What one unit makes. */
struct unit {
  bool first;
  bool cut;
  bool sums;   /* count every partial sum, not just every output */
  bool shares; /* outputs at the first step's edge belong to the neighbour */
};

/* A spatial map's share; `tile` is that of the output's coordinate, and
   `edge_alone` what counts for a unit that works alone at the edge. */
static int64_t spatial_share(const maestro_meter *meter, int i,
                             const maestro_tile *tile, int64_t edge_alone,
                             struct unit unit) {
  bool edge = meter->step->edge >> i & 1;
  bool initial = meter->step->initial >> i & 1;
  bool alone = meter->tiles->edge_units == 1;
  int64_t whole = unit.first          ? tile->mapped
                  : tile->unique != 0 ? tile->unique
                                      : 1;
  if (!edge) return whole;
  if (initial && !unit.cut) return whole;
  if (initial)
    return alone || !unit.shares ? tile->mapped_edge : tile->unique_edge;
  if (alone) return unit.first || unit.cut ? edge_alone : 1;
  return unit.cut ? tile->unique_edge : whole;
}

static int64_t make(maestro_meter *meter, struct unit unit) {
  const maestro_tiles *tiles = meter->tiles;
  const maestro_step *step = meter->step;
  int64_t volume = 1;
  uint32_t all = (1u << tiles->maps) - 1;
  uint32_t reduced = unit.sums ? all & ~tiles->ranks[TACET_MAESTRO_OUTPUT] : 0;
  for (uint32_t rest = reduced | tiles->output; rest; rest &= rest - 1) {
    int i = __builtin_ctz(rest);
    bool is_output = tiles->output >> i & 1;
    const maestro_tile *in = &tiles->in[i];
    const maestro_tile *tile = is_output ? &tiles->out[i] : in;
    struct unit here = unit;
    here.shares = unit.shares && is_output;
    /* alone at the edge, the input's extent is taken for the output's */
    int64_t share = tiles->spatial >> i & 1
                        ? spatial_share(meter, i, tile, in->mapped_edge, here)
                        : at_edge(tile, step->edge >> i & 1);
    volume = maestro_times(volume, share, &meter->overflow);
  }
  return volume;
}

/* The first unit, those between, and the last one if its tile is cut. */
static int64_t make_all(maestro_meter *meter, int64_t units, bool cut,
                        bool sums) {
  bool *overflow = &meter->overflow;
  struct unit unit = {.first = true, .sums = sums, .shares = true};
  if (units == 1) {
    unit.cut = cut;
    return make(meter, unit);
  }
  int64_t volume = make(meter, unit);
  unit.first = sums;
  if (units - cut > 1)
    volume = maestro_plus(
        volume, maestro_times(units - 1 - cut, make(meter, unit), overflow),
        overflow);
  unit.first = false;
  unit.cut = true;
  unit.shares = !sums;
  if (cut) volume = maestro_plus(volume, make(meter, unit), overflow);
  return volume;
}

static bool output_edge(const maestro_meter *meter) {
  const maestro_tiles *tiles = meter->tiles;
  return tiles->ranks[TACET_MAESTRO_OUTPUT] & tiles->spatial &
         meter->step->edge;
}

static bool output_cut(const maestro_meter *meter) {
  int shared = meter->tiles->shared[TACET_MAESTRO_OUTPUT];
  return output_edge(meter) && (meter->step->partial >> shared & 1);
}

int64_t maestro_egress(maestro_meter *meter) {
  const maestro_tiles *tiles = meter->tiles;
  if (tiles->shared[TACET_MAESTRO_OUTPUT] < 0)
    return make_all(meter, 1, false, false);
  return make_all(meter, output_edge(meter) ? tiles->edge_units : tiles->units,
                  output_cut(meter), false);
}

int64_t maestro_critical_psums(maestro_meter *meter) {
  bool alone = meter->tiles->edge_units == 1;
  return make_all(meter, 1, alone && output_cut(meter), true);
}

int64_t maestro_psums(maestro_meter *meter) {
  const maestro_tiles *tiles = meter->tiles;
  const maestro_step *step = meter->step;
  bool edge = step->edge & tiles->spatial;
  bool cut = edge && (step->partial >> tiles->last_spatial & 1);
  if (edge) return make_all(meter, tiles->edge_units, cut, true);
  return maestro_times(tiles->units, make_all(meter, 1, false, true),
                       &meter->overflow);
}
