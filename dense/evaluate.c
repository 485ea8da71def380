/* One design point from end to end. Every stage can be called by itself; here
   they share the axes of the nest and what L2 costs. */
#include "place.h"
#include "reading.h"

tacet_status tacet_evaluate(tacet_cost *cost, const tacet_layer *layer,
                            const tacet_dataflow *dataflow,
                            const tacet_accelerator *accelerator,
                            tacet_error *error) {
  tacet_nest nest;
  tacet_table table;
  tacet_placed placed[TACET_TENSORS];
  tacet_counts counts;
  tacet_timeline timeline;
  tacet_status status = tacet_bind(&nest, layer, dataflow, accelerator, error);
  if (status) return status;
  tacet_view view = tacet_view_pes(&nest);
  tacet_axes_make(&table.axes, &view);
  status = tacet_place_axes(&nest, placed, &table.axes, accelerator, error);
  if (status) return status;
  tacet_table_list(&table);
  status = tacet_read_table(&counts, &timeline, &table, placed, &nest,
                            accelerator, error);
  if (!status) tacet_cost_of(cost, &counts, &timeline, accelerator);
  return status;
}
