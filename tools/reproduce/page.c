/* Writes HTML. Knows nothing of what sections are about. */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "../output.h"
#include "picture.h"

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>tacet against published results</title>\n"
    "<style>\n"
    "body { font: 16px/1.55 system-ui, Helvetica, Arial, sans-serif;\n"
    "  color: #1f2933; background: #f4f5f7; margin: 0; }\n"
    "main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }\n"
    "h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; }\n"
    "h2 { font-size: 1.3rem; line-height: 1.3; margin: 0; }\n"
    "p { max-width: 46rem; margin: .7rem 0; }\n"
    "a { color: #24578f; text-decoration: none; }\n"
    "a:hover { text-decoration: underline; }\n"
    "section, .summary { background: #fff; border: 1px solid #dfe3e8;\n"
    "  border-radius: 8px; padding: 1.4rem 1.6rem; margin: 1.4rem 0; }\n"
    ".paper, .time { color: #66717f; margin: .2rem 0 .9rem; }\n"
    ".time { margin: .9rem 0 0; font-size: .9rem; }\n"
    "figure { margin: 1.2rem 0; text-align: center; }\n"
    "img { max-width: 100%; height: auto; }\n"
    ".wide { overflow-x: auto; margin: 1rem 0; }\n"
    "table { border-collapse: collapse; font-size: .92rem;\n"
    "  font-variant-numeric: tabular-nums; }\n"
    "caption { text-align: left; font-weight: 600; padding: .2rem 0 .4rem; }\n"
    "th { text-align: left; font-weight: 600; color: #45505d;\n"
    "  border-bottom: 2px solid #dfe3e8; }\n"
    "th, td { padding: .32rem .9rem .32rem 0; vertical-align: top; }\n"
    "td { border-bottom: 1px solid #eceff2; }\n"
    ".figures th + th, .figures td + td { text-align: right; }\n"
    ".targets { width: 100%; }\n"
    ".verdict { font-size: .8rem; font-weight: 600; padding: .1rem .5rem;\n"
    "  border-radius: 1rem; white-space: nowrap; }\n"
    ".held { color: #17603a; background: #dcf3e4; }\n"
    ".missed { color: #8c1d18; background: #fbdfdd; }\n"
    ".skipped { color: #565f69; background: #e7eaee; }\n"
    "</style>\n"
    "</head>\n"
    "<body><main>\n"
    "<h1>tacet against published results</h1>\n"
    "<p>Each section runs the models of this repository and holds what comes "
    "out against figures that a paper publishes. No parameter is fitted to a "
    "figure. A section fails if it misses what it must reach.</p>\n";

/* ---- text --------------------------------------------------------------- */

static void write_text(FILE *out, const char *text) {
  for (; *text; text++) switch (*text) {
    case '<': fputs("&lt;", out); break;
    case '>': fputs("&gt;", out); break;
    case '&': fputs("&amp;", out); break;
    case '"': fputs("&quot;", out); break;
    default: putc(*text, out);
    }
}

static void write_element(FILE *out, const char *tag, const char *attributes,
                          const char *text) {
  fprintf(out, "<%s%s>", tag, attributes);
  write_text(out, text);
  fprintf(out, "</%s>", tag);
}

static void write_base64(FILE *out, const char *data, size_t size) {
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < size; i += 3) {
    unsigned bits = 0;
    for (size_t j = 0; j < 3; j++)
      bits = bits << 8 | (i + j < size ? (unsigned char)data[i + j] : 0);
    for (size_t j = 0; j < 4; j++)
      putc(i + j > size ? '=' : digits[bits >> (18 - 6 * j) & 63], out);
  }
}

static void write_verdict(FILE *out, const char *verdict) {
  fprintf(out, "<span class=\"verdict %s\">%s</span>", verdict, verdict);
}

/* ---- parts of a section ------------------------------------------------- */

static void write_targets(FILE *out, const tacet_section *section) {
  if (section->targets == 0) return;
  fputs("<div class=\"wide\"><table class=\"targets\">\n<tr><th></th>"
        "<th>target</th><th>must reach</th><th>tacet</th>"
        "<th>best published model</th></tr>\n",
        out);
  for (size_t i = 0; i < section->targets; i++) {
    const record_target *target = &section->target[i];
    fputs("<tr><td>", out);
    write_verdict(out, target->holds ? "held" : "missed");
    fputs("</td>", out);
    write_element(out, "td", "", target->target);
    write_element(out, "td", "", target->must);
    write_element(out, "td", "", target->reached);
    write_element(out, "td", "", target->prior);
    fputs("</tr>\n", out);
  }
  fputs("</table></div>\n", out);
}

static void write_table(FILE *out, const record_table *table) {
  const size_t columns = (size_t)table->columns;
  fputs("<div class=\"wide\"><table class=\"figures\">\n", out);
  write_element(out, "caption", "", table->title);
  for (size_t i = 0; i < table->cells; i++) {
    if (i % columns == 0) fputs("\n<tr>", out);
    write_element(out, i < columns ? "th" : "td", "", table->cell[i]);
    if (i % columns == columns - 1) fputs("</tr>", out);
  }
  fputs("\n</table></div>\n", out);
}

/* The picture as a file, and inside the page, where other pictures' names
   cannot meet its own. */
static tacet_status write_picture(page *p, const tacet_section *section,
                                  size_t number, tacet_error *error) {
  char path[1024], suffix[32] = "";
  if (number > 0) snprintf(suffix, sizeof suffix, "-%zu", number + 1);
  snprintf(path, sizeof path, "%s/%s%s.svg", p->folder, section->entry->slug,
           suffix);
  const record_picture *picture = &section->picture[number];
  char *svg = NULL;
  size_t size = 0;
  tacet_status status = picture_draw(&svg, &size, picture, path, error);
  if (!status) status = tacet_output_write(path, svg, size, error);
  if (!status) {
    fputs("<figure><img alt=\"", p->body);
    write_text(p->body, picture->title);
    fputs("\" src=\"data:image/svg+xml;base64,", p->body);
    write_base64(p->body, svg, size);
    fputs("\"></figure>\n", p->body);
  }
  free(svg);
  return status;
}

/* ---- sections ----------------------------------------------------------- */

/* A row of the table that the page begins with, for each target. */
static void write_summary(page *p, const tacet_section *section) {
  FILE *out = p->summary;
  const size_t rows = section->skipped ? 1 : section->targets;
  for (size_t i = 0; i < rows; i++) {
    const record_target *target = section->skipped ? NULL : &section->target[i];
    const char *verdict = "skipped";
    if (target) verdict = target->holds ? "held" : "missed";
    fputs("<tr><td>", out);
    write_verdict(out, verdict);
    fprintf(out, "</td><td><a href=\"#%s\">", section->entry->slug);
    write_text(out, target ? target->target : section->entry->title);
    fputs("</a></td>", out);
    write_element(out, "td", "", target ? target->must : "");
    write_element(out, "td", "", target ? target->reached : section->skipped);
    write_element(out, "td", "", target ? target->prior : "");
    fputs("</tr>\n", out);
    p->held += verdict[0] == 'h';
    p->missed += verdict[0] == 'm';
  }
  p->skipped += section->skipped != NULL;
}

tacet_status page_add(page *p, const tacet_section *section,
                      tacet_error *error) {
  FILE *out = p->body;
  write_summary(p, section);
  fprintf(out, "<section id=\"%s\">\n", section->entry->slug);
  write_element(out, "h2", "", section->entry->title);
  putc('\n', out);
  write_element(out, "p", " class=\"paper\"", section->entry->paper);
  putc('\n', out);
  if (section->skipped) {
    write_verdict(out, "skipped");
    write_element(out, "p", "", section->skipped);
  }
  tacet_status status = TACET_OK;
  if (!section->skipped) {
    for (size_t i = 0; i < section->paragraphs; i++) {
      write_element(out, "p", "", section->paragraph[i]);
      putc('\n', out);
    }
    for (size_t i = 0; i < section->pictures && !status; i++)
      status = write_picture(p, section, i, error);
    for (size_t i = 0; i < section->tables; i++)
      write_table(out, &section->table[i]);
    write_targets(out, section);
    fprintf(out, "<p class=\"time\">Run in %.3g s.</p>\n", section->seconds);
  }
  fputs("</section>\n", out);
  return status;
}

/* ---- the page ----------------------------------------------------------- */

static tacet_status no_memory(tacet_error *error) {
  return tacet_fail(error, TACET_NO_MEMORY, NULL, "no memory for the page");
}

tacet_status page_begin(page *p, const char *folder, tacet_error *error) {
  *p = (page){.folder = folder};
  p->summary = open_memstream(&p->summary_text, &p->summary_size);
  p->body = open_memstream(&p->body_text, &p->body_size);
  return p->summary && p->body ? TACET_OK : no_memory(error);
}

static bool finish(FILE **stream) {
  FILE *out = *stream;
  *stream = NULL;
  return out && fclose(out) == 0;
}

tacet_status page_end(page *p, tacet_error *error) {
  char *text = NULL;
  size_t size = 0;
  const bool whole = finish(&p->summary) && finish(&p->body);
  FILE *out = whole ? open_memstream(&text, &size) : NULL;
  if (!out) return no_memory(error);
  fputs(head, out);
  fprintf(out,
          "<p>Targets: %d held, %d missed. Sections skipped, as their figures "
          "are not at hand: %d.</p>\n",
          p->held, p->missed, p->skipped);
  fputs("<div class=\"summary wide\"><table class=\"targets\">\n<tr><th></th>"
        "<th>target</th><th>must reach</th><th>tacet</th>"
        "<th>best published model</th></tr>\n",
        out);
  fputs(p->summary_text, out);
  fputs("</table></div>\n", out);
  fputs(p->body_text, out);
  fputs("</main></body>\n</html>\n", out);
  if (!finish(&out)) {
    free(text);
    return no_memory(error);
  }
  char path[1024];
  snprintf(path, sizeof path, "%s/index.html", p->folder);
  const tacet_status status = tacet_output_write(path, text, size, error);
  free(text);
  return status;
}

void page_free(page *p) {
  finish(&p->summary);
  finish(&p->body);
  free(p->summary_text);
  free(p->body_text);
}
