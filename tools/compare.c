/* tacet compare: several designs beside each other. */
#include "command.h"

#include <limits.h>

#include "serve.h"

int tacet_command_compare(int argc, char **argv) {
  return tacet_serve(
      argc, argv, INT_MAX,
      "tacet compare -n NETWORK -a ACCELERATOR [-a ACCELERATOR]... "
      "[OPTION]...\n"
      "\n"
      "Puts the dense and the sparse reading of each design beside each other, "
      "layer by\n"
      "layer and in total. With -d all designs share one dataflow. The first "
      "design,\n"
      "read dense, is what the others are measured against.\n"
      "\n"
      "Example:\n"
      "  tacet compare -n models/networks/vgg16.yaml \\\n"
      "    -a models/accelerators/eyeriss-like.yaml \\\n"
      "    -a models/accelerators/csc-pe-array.yaml \\\n"
      "    -p density-profiles/vgg16-han2015.yaml --format csv -o vgg16.csv\n");
}
