/* Random zeros, and what a design does about them, for the random cases of
   cases.h. */
#ifndef TESTS_SPARSE_CASES_H
#define TESTS_SPARSE_CASES_H

#include "../sparse/sparse.h"
#include "cases.h"

/* Makes masks of a case's tensors, all zeros and all ones among them, and
   random formats, gates and skips. The caller frees the masks. */
void case_zeros(const random_case *c, uint64_t *state,
                tacet_mask mask[TACET_TENSORS], tacet_features *features);

/* Gives the case's accelerator a random way of issuing MACs, and of waiting
   for its PEs. */
void case_issue(random_case *c, uint64_t *state);

/* Prints how the accelerator of a case issues and waits. */
void case_print_issue(const random_case *c);

/* Prints formats, rules and densities. */
void case_print_zeros(const tacet_mask mask[TACET_TENSORS],
                      const tacet_features *features);

/* A random case with its zeros; the masks are its own. */
typedef struct masked_case {
  random_case dense;
  tacet_mask mask[TACET_TENSORS]; /* of the output: sparsity may leave it */
  tacet_features features;
  tacet_sparsity sparsity;
} masked_case;

/* The same seed makes the dense case that case_make does, but for the ways of
   case_issue. Free the case. */
void masked_make(masked_case *c, uint64_t seed);
void masked_free(masked_case *c);

/* Gives c->dense the zeros that follow from its seed and shape. */
void masked_zeros(masked_case *c);

/* As cases_that_fail. */
int masked_cases_that_fail(uint64_t seed, uint64_t cases,
                           bool (*holds)(masked_case *c));

/* True if the sparse reading and its executor agree on the case in every
   counter and along the steps. If `tell`, prints where they first do not. */
bool judge_sparse(const masked_case *c, bool tell);

/* The same with an L1 that keeps tiles, as case_keep has it. */
bool judge_kept_sparse(const masked_case *c, bool tell);

#endif
