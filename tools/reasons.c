/* The reasons and their words. */
#include "reasons.h"

#define REASON(id) [TACET_REASON_##id]

const char *const tacet_reason_codes[TACET_REASONS] = {
    REASON(10) = "10",   REASON(15) = "15", REASON(16) = "16",
    REASON(16B) = "16b", REASON(17) = "17", REASON(19) = "19",
    REASON(21) = "21",   REASON(22) = "22", REASON(23) = "23",
    REASON(24) = "24",   REASON(25) = "25", REASON(30) = "30",
    REASON(A) = "A",     REASON(B) = "B",   REASON(C) = "C",
    REASON(D) = "D",     REASON(E) = "E",   REASON(F) = "F",
    REASON(G) = "G",     REASON(H) = "H",   REASON(I) = "I",
    REASON(J) = "J",
};

const char *const tacet_reason_texts[TACET_REASONS] = {
    REASON(10) = "the first layer of its type has no batch, so this one's is "
                 "lost",
    REASON(15) = "it counts steps in 32 bits, and there are more",
    REASON(16) = "of a tile larger than its dimension it takes the dimension "
                 "less the offset",
    REASON(16B) = "a tile smaller than its step, cut at the edge, is taken for "
                  "the whole dimension",
    REASON(17) = "with a stride, rows of the input count as outputs",
    REASON(19) = "where units are left without work, it drops words of the "
                 "last one that has some",
    REASON(21) = "off-chip time is that of the buffers, not of what moves",
    REASON(22) = "a transfer takes a cycle less than its words and latency, "
                 "and an empty one takes latency too",
    REASON(23) = "a unit alone at the edge writes inputs' rows for outputs",
    REASON(24) = "outputs of grouped layers have input channels",
    REASON(25) = "tiles cut at an edge are moved as whole ones",
    REASON(30) = "buffers hold anything; here tacet, too, is given larger ones",
    REASON(A) = "when a loop of another tensor advances it loads nothing, "
                "though inner loops start over",
    REASON(B) = "outputs are written at every step, also where they stay in "
                "the PE",
    REASON(C) = "neighbours load what they share each on their own at the "
                "first step, and wherever the array is not inside the loop "
                "that advances",
    REASON(D) = "when an inner loop starts over it loads whole tiles, though "
                "some of it is still there",
    REASON(E) = "a cluster fills its PEs before it computes, at every step",
    REASON(F) =
        "a cluster keeps what its PEs take in turn, and sums they write",
    REASON(G) = "nothing is charged for the last outputs, nor for the first "
                "words and the last from DRAM",
    REASON(H) =
        "rows behind the last window are loaded, and make the last tile "
        "with work a cut one",
    REASON(I) = "its network multicasts and adds, this accelerator's does not",
    REASON(J) = "in the last step of an array, a unit with a cut tile takes "
                "the place of the one before it",
};
