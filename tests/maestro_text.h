/* Costs of layers given as text, for tests of dense/maestro. */
#ifndef TACET_MAESTRO_TEXT_TEST_H
#define TACET_MAESTRO_TEXT_TEST_H

#include "../dense/maestro/maestro.h"

/* Hardware of latency 1 and without limits but its PEs. */
tacet_maestro_hardware array_of(int pes);

/* Reads `text`, the inside of a network, which must be sound, and evaluates
   its last layer. */
tacet_status try_layer(tacet_maestro_result *result, const char *text,
                       const tacet_maestro_hardware *hardware,
                       tacet_error *error);

/* The same of a layer that must have a result, on given hardware or on
   array_of(pes). */
tacet_maestro_result cost_on(const tacet_maestro_hardware *hardware,
                             const char *text);
tacet_maestro_result cost(int pes, const char *text);

#endif
