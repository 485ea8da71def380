/* Technology files: tables of the keys they have. */
#include "technology.h"

#include <string.h>

#define MOST_BITS 9007199254740992.0 /* 2^53 */
#define LEAST_PJ 1e-9                /* a law has no logarithm of 0 */
#define MOST_PJ 1e12
#define MOST_PRICE 1e15

/* ---- laws --------------------------------------------------------------- */

/* Key of a point's width or capacity; NULL: no points. */
static const char *const overs[TACET_CHARGES] = {
    [TACET_CHARGE_MAC] = "word",
    [TACET_CHARGE_L1] = "size",
    [TACET_CHARGE_L2] = "size",
};

static tacet_status need_quantity(double *value, tacet_node *map,
                                  const char *key, tacet_unit unit, double min,
                                  double max, tacet_error *error) {
  tacet_node *node;
  tacet_status status = tacet_need(&node, map, key, error);
  return status ? status
                : tacet_as_quantity(value, node, unit, min, max, key, error);
}

static tacet_status read_point(tacet_law *law, tacet_node *node,
                               const char *over, tacet_error *error) {
  const int i = law->points++;
  tacet_status status = tacet_expect(node, TACET_MAP, "a figure", error);
  if (!status)
    status =
        need_quantity(&law->at[i], node, over, TACET_BITS, 1, MOST_BITS, error);
  if (!status)
    status = need_quantity(&law->value[i], node, "energy", TACET_PJ, LEAST_PJ,
                           MOST_PJ, error);
  if (status || i == 0 || law->at[i] > law->at[i - 1]) return status;
  const tacet_place place = tacet_node_place(node);
  return tacet_fail(error, TACET_BAD_INPUT, &place,
                    "the %s of this figure is not larger than that of the "
                    "one before",
                    over);
}

static tacet_status read_law(tacet_law *law, tacet_node *node,
                             tacet_charge charge, tacet_error *error) {
  const char *over = overs[charge];
  if (!over || tacet_node_is(node) != TACET_LIST) {
    law->points = 1;
    return tacet_as_quantity(&law->value[0], node, TACET_PJ, LEAST_PJ, MOST_PJ,
                             tacet_charge_names[charge], error);
  }
  const int count = tacet_node_count(node);
  const tacet_place place = tacet_node_place(node);
  if (count < 1 || count > TACET_LAW_POINTS)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%s has %d figures; expected 1 to %d",
                      tacet_charge_names[charge], count, TACET_LAW_POINTS);
  tacet_status status = TACET_OK;
  for (int i = 0; i < count && !status; i++)
    status = read_point(law, tacet_node_item(node, i), over, error);
  return status;
}

/* ---- prices ------------------------------------------------------------- */

static const char *const components[TACET_COMPONENTS] = {
    [TACET_COMPONENT_MULTIPLIER] = "multiplier",
    [TACET_COMPONENT_L1_WORD] = "l1-word",
    [TACET_COMPONENT_L2_WORD] = "l2-word",
    [TACET_COMPONENT_BUS] = "bus",
    [TACET_COMPONENT_ARBITER] = "arbiter",
};

/* One quantity, or a list: [a, b, c] is a + b * PEs + c * PEs^2. */
static tacet_status read_terms(double term[TACET_PRICE_TERMS],
                               const tacet_node *node, tacet_unit unit,
                               const char *what, tacet_error *error) {
  if (tacet_node_is(node) != TACET_LIST)
    return tacet_as_quantity(&term[0], node, unit, 0, MOST_PRICE, what, error);
  const int count = tacet_node_count(node);
  const tacet_place place = tacet_node_place(node);
  if (count < 1 || count > TACET_PRICE_TERMS)
    return tacet_fail(error, TACET_BAD_INPUT, &place,
                      "%s has %d terms; expected 1 to %d", what, count,
                      TACET_PRICE_TERMS);
  tacet_status status = TACET_OK;
  for (int i = 0; i < count && !status; i++)
    status = tacet_as_quantity(&term[i], tacet_node_item(node, i), unit,
                               -MOST_PRICE, MOST_PRICE, what, error);
  return status;
}

static tacet_status read_price(tacet_price *price, tacet_node *root,
                               const char *key, tacet_unit unit,
                               tacet_error *error) {
  tacet_node *map = tacet_get(root, key);
  if (!map) return TACET_OK;
  tacet_status status = tacet_expect(map, TACET_MAP, key, error);
  for (int p = 0; p < TACET_COMPONENTS && !status; p++) {
    const tacet_node *node = tacet_get(map, components[p]);
    if (node)
      status = read_terms(price->term[p], node, unit, components[p], error);
  }
  return status;
}

/* ---- all ---------------------------------------------------------------- */

tacet_status tacet_technology_read(tacet_technology *technology,
                                   const tacet_doc *doc, tacet_error *error) {
  tacet_node *root = tacet_doc_root(doc);
  memset(technology, 0, sizeof *technology);
  tacet_status status =
      tacet_read_head(technology->name, root, "technology", error);
  if (!status)
    status = tacet_get_quantity(&technology->word_bits, root, "word",
                                TACET_BITS, 1, 4096, error);
  for (int c = 0; c < TACET_CHARGES && !status; c++) {
    tacet_node *node = tacet_get(root, tacet_charge_names[c]);
    if (node)
      status = read_law(&technology->energy[c], node, (tacet_charge)c, error);
  }
  if (!status)
    status = read_price(&technology->area, root, "area", TACET_UM2, error);
  if (!status)
    status = read_price(&technology->power, root, "power", TACET_MW, error);
  return status;
}
