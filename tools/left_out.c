/* Energies that a design's file leaves out count as nothing; says so, once,
   that nobody takes the rest for all. */
#include "left_out.h"

#include <stdio.h>
#include <string.h>

#include "../dense/spec/node.h"

typedef struct names {
  int count;
  char name[TACET_MAX_STORAGE + 1][TACET_NAME + 8];
} names;

static void add(names *all, const char *name, const char *accesses) {
  snprintf(all->name[all->count++], sizeof all->name[0], "%s%s", name,
           accesses);
}

static bool has(const tacet_node *map, const char *key) {
  return tacet_find_key(map, key) >= 0;
}

static const tacet_node *value_of(const tacet_node *map, const char *key) {
  return tacet_node_item(map, tacet_find_key(map, key));
}

/* The part of the file that describes a storage: dram, l2, buffers of
   clusters, and l1. */
static const tacet_node *part_of(const tacet_accelerator *accelerator,
                                 const tacet_node *root, int storage) {
  const bool cluster = storage > 1 && storage < accelerator->storages - 1;
  if (cluster) return tacet_node_item(value_of(root, "clusters"), storage - 2);
  return value_of(root, accelerator->storage[storage].name);
}

static void find(names *all, const tacet_design *design) {
  const tacet_accelerator *accelerator = &design->accelerator;
  const tacet_node *root = tacet_doc_root(design->doc);
  if (has(root, "technology")) return;
  if (!has(root, "mac")) add(all, "MACs", "");
  for (int s = accelerator->storages - 1; s >= 0; s--) {
    const tacet_node *part = part_of(accelerator, root, s);
    const bool read = has(part, "read"), write = has(part, "write");
    if (!read || !write)
      add(all, accelerator->storage[s].name,
          read ? " writes" : (write ? " reads" : ""));
  }
}

void tacet_tell_left_out(const tacet_job *job) {
  for (int d = 0; d < job->designs; d++) {
    names all = {.count = 0};
    find(&all, &job->design[d]);
    if (all.count == 0) continue;
    fprintf(stderr, "%s: energy leaves out ",
            tacet_show(job->design[d].accelerator.place.file).text);
    for (int i = 0; i < all.count; i++)
      fprintf(stderr, "%s%s",
              i == 0 ? "" : (i + 1 < all.count ? ", " : " and "), all.name[i]);
    fputs(", for which no figures are given\n", stderr);
  }
}
