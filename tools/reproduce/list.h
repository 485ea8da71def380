/* The sections there are; each is a file of its name. */
#ifndef TACET_REPRODUCE_LIST_H
#define TACET_REPRODUCE_LIST_H

#include "section.h"

section_run section_eyeriss_v2;
section_run section_eyeriss_chip;
section_run section_dstc;
section_run section_formats_fig1;
section_run section_stc;
section_run section_scnn;
section_run section_table7;
section_run section_attention;
section_run section_attention_patterns;
section_run section_crossover;
section_run section_maestro;
section_run section_network_masks;
section_run section_executor;

#endif
