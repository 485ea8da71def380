/* The 52 columns of the published CSV, as its own streams print them: six
   significant digits, whole numbers in full. */
#include "digits.h"
#include "maestro.h"

#include <string.h>

/* A line in the making; `length` counts also what did not fit. */
struct line {
  char *text;
  size_t size;
  size_t length;
};

struct row {
  const char *network;
  const char *layer;
  const tacet_maestro_result *result;
  const tacet_maestro_price *price;
  const tacet_maestro_hardware *hardware;
};

/* ---- cells -------------------------------------------------------------- */

static void put(struct line *line, const char *text, size_t length) {
  if (line->length + length < line->size)
    memcpy(line->text + line->length, text, length);
  line->length += length;
}

static void put_text(struct line *line, const char *text) {
  put(line, text, strlen(text));
}

static void put_whole(struct line *line, int64_t value) {
  char digits[24], *at = digits + sizeof digits;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do *--at = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) *--at = '-';
  put(line, at, (size_t)(digits + sizeof digits - at));
}

static void put_real(struct line *line, double value) {
  char digits[MAESTRO_DIGITS];
  put(line, digits, (size_t)maestro_digits(digits, value));
}

/* ---- columns ------------------------------------------------------------ */

/* As reals are divided: by zero, too. */
static double per(int64_t a, int64_t b) {
  return (double)a / (double)b;
}

static double power_of(const tacet_maestro_price *price) {
  return price->pe_power + price->l1_power + price->l2_power + price->noc_power;
}

static double reuse_of(const tacet_maestro_traffic *traffic) {
  return per(traffic->l1_reads, traffic->l1_writes);
}

#define TRAFFIC(gap, lead, name, slot)                                         \
  WHOLE(gap, lead name " l1 read", result->traffic[slot].l1_reads)             \
  WHOLE(", ", " " name " l1 write", result->traffic[slot].l1_writes)           \
  WHOLE(", ", " " name " l2 read", result->traffic[slot].l2_reads)             \
  WHOLE(", ", " " name " l2 write", result->traffic[slot].l2_writes)           \
  REAL(", ", " " name " reuse factor", reuse_of(&result->traffic[slot]))

/* Each column once, in order: what stands before it in a row, its header with
   the published blanks, its value. */
#define COLUMNS                                                                \
  TEXT("", "Neural Network Name", row->network)                                \
  TEXT(",", " Layer Number", row->layer)                                       \
  WHOLE(",", " NumPEs", hardware->pes)                                         \
  WHOLE(",", " Runtime (Cycles)", result->runtime)                             \
  REAL(",", " Activity count-based Energy (nJ)", price->energy)                \
  REAL(",", " Throughput (MACs/Cycle)", throughput)                            \
  REAL(",", " Throughput Per Energy (GMACs/s*J)",                              \
       throughput / price->energy * 1e9)                                       \
  REAL(",", " Area", price->area)                                              \
  REAL(",", " Power", power_of(price))                                         \
  WHOLE(",", " NoC BW Req (Elements/cycle)", result->peak_bandwidth)           \
  REAL(",", " Avg BW Req", result->average_bandwidth)                          \
  WHOLE(",", " Peak BW Req", result->peak_bandwidth)                           \
  WHOLE(",", " Vector Width", hardware->simd_lanes)                            \
  WHOLE(",", " Offchip BW Req (Elements/cycle)", result->offchip_bandwidth)    \
  WHOLE(",", "  L2 SRAM Size Req (Bytes)", result->l2_size)                    \
  WHOLE(",", " L1 SRAM Size Req (Bytes)", result->l1_size)                     \
  REAL(",", " Multicasting Factor (Weight)",                                   \
       per(filter->l1_writes, filter->l2_reads))                               \
  REAL(",", " Multicasting Factor (Input)",                                    \
       per(input->l1_writes, input->l2_reads))                                 \
  WHOLE(",", " Num Total Input Pixels", result->written_inputs)                \
  WHOLE(",", " Num Total Weight Pixels", result->written_filters)              \
  REAL(",", " Ops/J", (double)result->macs / price->energy * 1e9)              \
  WHOLE(",", " Num MACs", result->macs)                                        \
  REAL(",", " PE power", price->pe_power)                                      \
  REAL(",", " L1 power", price->l1_power)                                      \
  REAL(",", " L2 power", price->l2_power)                                      \
  REAL(",", " NOC power", price->noc_power)                                    \
  TRAFFIC(",", " ", "input", TACET_MAESTRO_INPUT)                              \
  TRAFFIC(", ", "", "filter", TACET_MAESTRO_FILTER)                            \
  TRAFFIC(", ", "", "output", TACET_MAESTRO_OUTPUT)                            \
  WHOLE(", ", "Ingress Delay (Min)", result->ingress.least)                    \
  WHOLE(", ", " Ingress Delay (Max)", result->ingress.most)                    \
  WHOLE(", ", " Ingress Delay (Avg)", result->ingress.average)                 \
  WHOLE(", ", " Egress Delay (Min)", result->egress.least)                     \
  WHOLE(", ", " Egress Delay (Max)", result->egress.most)                      \
  WHOLE(", ", "  Egress Delay (Avg)", result->egress.average)                  \
  WHOLE(", ", "Compute Delay (Min)", result->compute.least)                    \
  WHOLE(", ", " Compute Delay (Min)", result->compute.most) /* sic */          \
  WHOLE(", ", " Compute Delay (Avg)", result->compute.average)                 \
  REAL(", ", "Avg number of utilized PEs", result->utilized_pes)               \
  REAL(", ", " Arithmetic Intensity", result->intensity)

const char *tacet_maestro_csv_header(void) {
#define TEXT(gap, header, value) "," header
#define WHOLE(gap, header, value) "," header
#define REAL(gap, header, value) "," header
  static const char header[] = COLUMNS;
#undef TEXT
#undef WHOLE
#undef REAL
  return header + 1; /* no comma before the first */
}

static void put_row(struct line *line, const struct row *row) {
  const tacet_maestro_result *result = row->result;
  const tacet_maestro_price *price = row->price;
  const tacet_maestro_hardware *hardware = row->hardware;
  const tacet_maestro_traffic *input = &result->traffic[TACET_MAESTRO_INPUT];
  const tacet_maestro_traffic *filter = &result->traffic[TACET_MAESTRO_FILTER];
  double throughput = per(result->macs, result->runtime);
#define TEXT(gap, header, value) put_text(line, gap), put_text(line, value);
#define WHOLE(gap, header, value) put_text(line, gap), put_whole(line, value);
#define REAL(gap, header, value) put_text(line, gap), put_real(line, value);
  COLUMNS
#undef TEXT
#undef WHOLE
#undef REAL
}

int tacet_maestro_csv_row(char *text, size_t size, const char *network,
                          const char *layer, const tacet_maestro_result *result,
                          const tacet_maestro_price *price,
                          const tacet_maestro_hardware *hardware) {
  struct line line = {.text = text, .size = size};
  struct row row = {network, layer, result, price, hardware};
  put_row(&line, &row);
  text[line.length < size ? line.length : 0] = '\0';
  return (int)line.length;
}
