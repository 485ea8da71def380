/* Growing arrays for what is read, and their end. Knows no syntax. */
#include "collect.h"
#include "lexer.h"

#include <stdlib.h>
#include <string.h>

/* Makes room for one more item; *array is unchanged if there is none. */
static bool grow(void *array, int count, int *room, size_t item) {
  void *larger, *old;
  if (count < *room) return true;
  memcpy(&old, array, sizeof old);
  int more = *room ? 2 * *room : 64;
  larger = realloc(old, (size_t)more * item);
  if (!larger) return false;
  memcpy(array, &larger, sizeof larger);
  *room = more;
  return true;
}

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL,
                    "no memory for what the file says");
}

tacet_status maestro_add_layer(maestro_collection *collection,
                               const tacet_maestro_layer *layer,
                               tacet_error *error) {
  tacet_maestro_file *file = &collection->file;
  if (!grow(&file->layer, file->layers, &collection->layer_room,
            sizeof file->layer[0]))
    return no_memory(error);
  file->layer[file->layers++] = *layer;
  return TACET_OK;
}

tacet_status maestro_add_dim(maestro_collection *collection,
                             const tacet_maestro_dim *dim, tacet_error *error) {
  tacet_maestro_file *file = &collection->file;
  if (!grow(&file->dim_pool, collection->dims, &collection->dim_room,
            sizeof file->dim_pool[0]))
    return no_memory(error);
  file->dim_pool[collection->dims++] = *dim;
  return TACET_OK;
}

tacet_status maestro_add_directive(maestro_collection *collection,
                                   const tacet_maestro_directive *map,
                                   tacet_error *error) {
  tacet_maestro_file *file = &collection->file;
  if (!grow(&file->directive_pool, collection->directives,
            &collection->directive_room, sizeof file->directive_pool[0]))
    return no_memory(error);
  file->directive_pool[collection->directives++] = *map;
  return TACET_OK;
}

void maestro_add_remark(maestro_collection *collection,
                        const tacet_place *place, const char *word,
                        const char *what) {
  tacet_maestro_file *file = &collection->file;
  if (file->remarks == TACET_MAESTRO_MAX_REMARKS ||
      !grow(&file->remark, file->remarks, &collection->remark_room,
            sizeof file->remark[0]))
    return;
  tacet_fail(&file->remark[file->remarks++], TACET_OK, place, "\"%s\": %s",
             maestro_quote(word).text, what);
}

const tacet_maestro_dim *maestro_last_dims(const maestro_collection *collection,
                                           int dims) {
  if (dims == 0) return NULL;
  return &collection->file.dim_pool[collection->dims - dims];
}

void maestro_collected(tacet_maestro_file *file,
                       maestro_collection *collection) {
  int dims = 0, directives = 0;
  *file = collection->file;
  for (int i = 0; i < file->layers; i++) {
    tacet_maestro_layer *layer = &file->layer[i];
    if (layer->dims > 0) layer->dim = &file->dim_pool[dims];
    if (layer->directives > 0)
      layer->directive = &file->directive_pool[directives];
    dims += layer->dims;
    directives += layer->directives;
  }
}
