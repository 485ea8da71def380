/* Which of a file's arrays is meant by a name. */
#include "source.h"

#include <stdio.h>
#include <string.h>

#include "../../dense/spec/node.h"

static const char *bare(const char *name) {
  return name + strspn(name, "/");
}

/* The nearest, or as many as there is room for. */
static tacet_status advise_names(const tacet_listing *listing,
                                 const char *array, tacet_error *error) {
  char names[160] = "";
  tacet_nearest nearest = {.word = bare(array)};
  int shown = 0;
  for (int i = 0; i < listing->count; i++)
    tacet_nearest_offer(&nearest, bare(listing->array[i].name));
  if (array[0] && nearest.found)
    return tacet_advise(error, "did you mean /%s?", nearest.found);
  for (size_t length = 1; shown < listing->count; shown++) {
    tacet_list_word(names, sizeof names, listing->array[shown].name);
    if (strlen(names) < length) break;
    length = strlen(names) + 1;
  }
  if (shown == listing->count) return tacet_advise(error, "it has %s", names);
  return tacet_advise(error,
                      "it has %s and %d more, which `tacet mask info` lists",
                      names, listing->count - shown);
}

tacet_status tacet_listing_find(const tacet_stored **found,
                                const tacet_listing *listing, const char *array,
                                const char *path, const tacet_place *place,
                                tacet_error *error) {
  *found = NULL;
  for (int i = 0; i < listing->count; i++)
    if (strcmp(bare(listing->array[i].name), bare(array)) == 0)
      *found = &listing->array[i];
  if (!array[0] && listing->count == 1) *found = &listing->array[0];
  if (*found) return TACET_OK;
  if (listing->count == 0)
    return tacet_fail(error, TACET_BAD_INPUT, place, "%s: holds no arrays",
                      path);
  if (array[0])
    tacet_fail(error, TACET_BAD_INPUT, place, "%s: holds no array %s", path,
               array);
  else
    tacet_fail(error, TACET_BAD_INPUT, place,
               "%s: holds %d arrays; expected the name of one as `dataset`",
               path, listing->count);
  return advise_names(listing, array, error);
}
