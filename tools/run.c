/* tacet run: one design. */
#include "command.h"
#include "serve.h"

int tacet_command_run(int argc, char **argv) {
  return tacet_serve(
      argc, argv, 1,
      "tacet run -n NETWORK -a ACCELERATOR [OPTION]...\n"
      "\n"
      "What the layers of a network cost on one design: read dense, as if no "
      "value were\n"
      "zero, and read sparse, with the zeros of a profile or of masks and what "
      "the\n"
      "design does about them. Both readings have the same loop nest.\n"
      "\n"
      "Example:\n"
      "  tacet run -n models/networks/vgg16.yaml \\\n"
      "    -a models/accelerators/csc-pe-array.yaml \\\n"
      "    -p density-profiles/vgg16-han2015.yaml --layer conv3_1\n"
      "\n"
      "With --against maestro and a mapping file, what the published tool "
      "makes of each\n"
      "layer stands beside the dense reading, and why the two differ.\n");
}
