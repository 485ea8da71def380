/* One design point from end to end. Every stage can be called by itself; here
   they share the axes of the nest and what L2 costs. */
#include "bind/place.h"
#include "cost/reading.h"

void tacet_basis_make(tacet_basis *basis, const tacet_nest *nest) {
  basis->nest = nest;
  tacet_table_make(&basis->table, tacet_view_pes(nest));
  tacet_placed_at(basis->placed, &basis->table.axes, nest);
}

tacet_status tacet_basis_bind(tacet_basis *basis, tacet_nest *nest,
                              const tacet_layer *layer,
                              const tacet_dataflow *dataflow,
                              const tacet_accelerator *accelerator,
                              tacet_error *error) {
  tacet_status status = tacet_bind(nest, layer, dataflow, accelerator, error);
  if (status) return status;
  const tacet_view view = tacet_view_pes(nest);
  basis->nest = nest;
  tacet_axes_make(&basis->table.axes, &view);
  status = tacet_place_axes(nest, basis->placed, &basis->table.axes,
                            accelerator, error);
  if (!status) tacet_table_list(&basis->table);
  return status;
}

tacet_status tacet_evaluate(tacet_cost *cost, const tacet_layer *layer,
                            const tacet_dataflow *dataflow,
                            const tacet_accelerator *accelerator,
                            tacet_error *error) {
  tacet_nest nest;
  tacet_basis basis;
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_status status =
      tacet_basis_bind(&basis, &nest, layer, dataflow, accelerator, error);
  if (!status)
    status = tacet_read_basis(&counts, &timeline, &basis, accelerator, error);
  if (!status) tacet_cost_of(cost, &counts, &timeline, accelerator);
  return status;
}
