/* The published arithmetic once more, straight from its rules: every case of
   every level is looked at by itself, nothing is kept or shared between
   cases. Slow; judges dense/maestro from its plan of levels on. */
#ifndef TACET_MAESTRO_JUDGE_H
#define TACET_MAESTRO_JUDGE_H

#include "../dense/maestro/levels.h"

/* Fills what cases give of a result: not `written_inputs` and
   `written_filters`. False where the published tool dies. */
bool judge_maestro(tacet_maestro_result *result, const maestro_plan *plan,
                   const tacet_maestro_hardware *hardware);

#endif
