/* Mapping and model files: constants, networks and their layers, and going on
   behind a mistake. What stands in a layer is left to sections.c. */
#include "parser.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static bool is_memory(tacet_status status) {
  return status == TACET_NO_MEMORY;
}

/* ---- layers ------------------------------------------------------------- */

static tacet_status take_body(maestro_parser *parser) {
  bool seen[SECTIONS] = {false}; /* Type is the first */
  tacet_status status = maestro_expect(parser, "{", "\"{\" after Layer");
  while (status == TACET_OK && !maestro_is_word(parser, "}"))
    status = maestro_take_section(parser, seen);
  if (status != TACET_OK) return status;
  if (!seen[0])
    return tacet_fail(parser->error, TACET_BAD_INPUT, &parser->layer.place,
                      "the layer has no Type");
  maestro_advance(parser);
  return TACET_OK;
}

/* To behind the layer's last brace, or to the next layer if a brace is
   missing. */
static void skip_layer(maestro_parser *parser, int depth) {
  while (!maestro_at_end(parser) && parser->depth > depth &&
         !maestro_is_word(parser, "Layer"))
    maestro_advance(parser);
}

static tacet_status keep_problem(maestro_parser *parser) {
  tacet_error *problem = malloc(sizeof *problem);
  if (!problem)
    return tacet_fail(parser->error, TACET_NO_MEMORY, NULL,
                      "no memory for what the file says");
  *problem = *parser->error;
  parser->layer.problem = problem;
  return TACET_OK;
}

static tacet_status take_layer(maestro_parser *parser) {
  int depth = parser->depth;
  parser->layer = (tacet_maestro_layer){.place = parser->token.place};
  parser->strides = 0;
  if (parser->collection.file.layers == TACET_MAESTRO_MAX_LAYERS)
    return tacet_fail(parser->error, TACET_BAD_INPUT, &parser->token.place,
                      "more than %d layers", TACET_MAESTRO_MAX_LAYERS);
  maestro_advance(parser);
  parser->layer.name = maestro_take_last_name(parser, "");
  if (parser->layer.name[0]) parser->scratch = parser->layer.name;
  tacet_status status = take_body(parser);
  if (status == TACET_BAD_INPUT) {
    skip_layer(parser, depth);
    status = keep_problem(parser);
  }
  if (status != TACET_OK) return status;
  status =
      maestro_add_layer(&parser->collection, &parser->layer, parser->error);
  if (status != TACET_OK) free(parser->layer.problem);
  return status;
}

/* ---- what is around them ------------------------------------------------ */

/* The first problem outside of layers is kept. */
static void keep_file_problem(maestro_parser *parser) {
  tacet_error *problem = &parser->collection.file.problem;
  if (problem->status == TACET_OK) *problem = *parser->error;
}

static tacet_status take_network(maestro_parser *parser) {
  tacet_maestro_file *file = &parser->collection.file;
  file->network = maestro_take_last_name(parser, file->network);
  tacet_status status = maestro_expect(parser, "{", "\"{\" after Network");
  if (status != TACET_OK) return status;
  while (!maestro_accept(parser, "}")) {
    if (maestro_is_word(parser, "Layer")) {
      status = take_layer(parser);
      if (status != TACET_OK) return status;
    } else if (maestro_at_end(parser)) {
      return maestro_fail_here(parser, "\"}\" at the end of Network");
    } else {
      maestro_fail_here(parser, "Layer or \"}\"");
      keep_file_problem(parser);
      maestro_advance(parser);
    }
  }
  return TACET_OK;
}

static tacet_status take_constant(maestro_parser *parser) {
  if (parser->constants == TACET_MAESTRO_MAX_CONSTANTS)
    return tacet_fail(parser->error, TACET_BAD_INPUT, &parser->token.place,
                      "more than %d constants", TACET_MAESTRO_MAX_CONSTANTS);
  maestro_named *constant = &parser->constant[parser->constants];
  tacet_status status =
      maestro_take_name(parser, &constant->name, "a constant's name");
  if (status == TACET_OK)
    status = maestro_take_number(parser, &constant->value, 0);
  if (status == TACET_OK) parser->constants++;
  return status;
}

/* Words that are neither are passed over, as the published tool does; the
   first of each run is remarked upon. */
static tacet_status take_file(maestro_parser *parser) {
  bool known = true;
  tacet_status status = TACET_OK;
  while (!maestro_at_end(parser) && !is_memory(status)) {
    if (maestro_accept(parser, "Network")) {
      status = take_network(parser);
      known = true;
    } else if (maestro_accept(parser, "Constant")) {
      status = take_constant(parser);
      known = true;
    } else {
      if (known)
        maestro_remark(parser, "neither Network nor Constant: ignored");
      known = false;
      maestro_advance(parser);
    }
    if (status == TACET_BAD_INPUT) keep_file_problem(parser);
  }
  return is_memory(status) ? status : TACET_OK;
}

/* ---- files -------------------------------------------------------------- */

/* Takes over `text`. */
static tacet_status read_text(tacet_maestro_file *file, char *text, size_t size,
                              const char *path, tacet_error *error) {
  tacet_error mistake = {0};
  maestro_parser *parser = calloc(1, sizeof *parser);
  char *name = malloc(strlen(path) + 1);
  if (!parser || !name) {
    free(parser);
    free(name);
    free(text);
    return tacet_fail(error, TACET_NO_MEMORY, NULL, "no memory for the file");
  }
  strcpy(name, path);
  parser->error = &mistake;
  parser->token.text = "";
  parser->scratch = "";
  parser->collection.file =
      (tacet_maestro_file){.network = "", .path = name, .text = text};
  maestro_lexer_start(&parser->lexer, text, size, name);
  maestro_advance(parser);
  tacet_status status = take_file(parser);
  maestro_collected(file, &parser->collection);
  free(parser);
  if (status == TACET_OK) return status;
  tacet_maestro_free(file);
  if (error) *error = mistake;
  return status;
}

tacet_status tacet_maestro_read(tacet_maestro_file *file, const char *path,
                                tacet_error *error) {
  char *text;
  size_t size;
  *file = (tacet_maestro_file){0};
  tacet_status status = maestro_load(&text, &size, path, error);
  if (status != TACET_OK) return status;
  return read_text(file, text, size, path, error);
}

tacet_status tacet_maestro_parse(tacet_maestro_file *file, const char *text,
                                 size_t size, const char *path,
                                 tacet_error *error) {
  char *copy;
  *file = (tacet_maestro_file){0};
  tacet_status status = maestro_copy(&copy, text, size, path, error);
  if (status != TACET_OK) return status;
  return read_text(file, copy, size, path, error);
}

void tacet_maestro_free(tacet_maestro_file *file) {
  for (int i = 0; i < file->layers; i++) free(file->layer[i].problem);
  free(file->layer);
  free(file->remark);
  free(file->dim_pool);
  free(file->directive_pool);
  free(file->path);
  free(file->text);
  *file = (tacet_maestro_file){0};
}
