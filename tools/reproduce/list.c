/* The sections in the order of the page. */
#include "list.h"

#include <stddef.h>

const section_entry section_list[] = {
    {"eyeriss-v2", "Eyeriss V2 PE: eight layers with their real masks",
     "Wu et al., Sparseloop, MICRO 2022, figure 12", section_eyeriss_v2},
    {"formats", "Bitmasks and gates, or coordinates and skips",
     "Wu et al., Sparseloop, MICRO 2022, figure 1", section_formats_fig1},
    {"table7", "Eyeriss: zeros on the way to DRAM",
     "Wu et al., Sparseloop, MICRO 2022, table 7; Chen et al., Eyeriss, JSSC "
     "2017",
     section_table7},
    {"eyeriss-chip", "Eyeriss: latency of the chip, and where energy goes",
     "Chen et al., Eyeriss, JSSC 2017, table V; Chen, Emer, Sze, Eyeriss, "
     "ISCA 2016, figure 10",
     section_eyeriss_chip},
    {"dstc", "Dual-side sparse tensor core: ten densities",
     "Wang et al., Dual-side Sparse Tensor Core, ISCA 2021, figure 21; Wu et "
     "al., Sparseloop, MICRO 2022, figure 13",
     section_dstc},
    {"stc", "Tensor core for two of four weights",
     "NVIDIA A100 Tensor Core GPU Architecture, 2020; Wu et al., Sparseloop, "
     "MICRO 2022",
     section_stc},
    {"scnn", "SCNN over density, against a dense twin",
     "Parashar et al., SCNN, ISCA 2017: densities of GoogLeNet", section_scnn},
    {"maestro", "MAESTRO: five dataflows, and one for each layer",
     "Kwon et al., MAESTRO, MICRO 2019, section 5.1", section_maestro},
    {"crossover", "At which density a sparse design stops to pay",
     "the designs in models/accelerators, each against its dense twin",
     section_crossover},
    {"attention", "At which sequence length sparse attention starts to pay",
     "the designs for attention in models/accelerators, each against its "
     "dense twin",
     section_attention},
    {"attention-patterns", "A layer of BERT-base under patterns of attention",
     "Devlin et al., BERT, NAACL 2019; Beltagy et al., Longformer, 2020; "
     "Zaheer et al., Big Bird, NeurIPS 2020",
     section_attention_patterns},
    {"network-masks", "Models against masks on whole networks",
     "BERT-base and MobileNetV2, with zeros anywhere", section_network_masks},
    {"executor",
     "The sparse reading against its executor, models against masks",
     "random layers, dataflows, designs and zeros (tests/sparse_cases.h)",
     section_executor},
    {NULL, NULL, NULL, NULL},
};
