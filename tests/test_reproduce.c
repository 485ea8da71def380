/* What sections say, as a page and as pictures. Runs from the top folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tools/reproduce/page.h"
#include "../tools/reproduce/picture.h"
#include "program.h"

/* ---- sections made up --------------------------------------------------- */

static tacet_status good(tacet_section *section, const char *data,
                         tacet_error *error) {
  (void)data, (void)error;
  static const char *const header[] = {"layer", "cycles"};
  static const char *const row[] = {"a<b", "17"};
  section_says(section, "%d %s", 3, "words & \"more\"");
  section_table(section, "Figures", 2, header);
  section_row(section, row);
  section_target(section, true, "first", "1", "1.5", "2");
  section_picture(section, "Bars and a `line`", "x", "y", false, true);
  section_series(section, "bars", SECTION_BARS);
  section_bar(section, "left", 1);
  section_bar(section, "right", 300);
  section_series(section, "marks", SECTION_MARKS);
  section_point(section, 0, 2);
  section_point(section, 0.5, NAN);
  const int drawn[] = {1};
  section_bars(section, "Of the table", "y", drawn, 1);
  return TACET_OK;
}

static tacet_status bad(tacet_section *section, const char *data,
                        tacet_error *error) {
  (void)data, (void)error;
  section_target(section, true, "one", "", "", "");
  section_target(section, false, "other", "", "", "");
  return TACET_OK;
}

static tacet_status absent(tacet_section *section, const char *data,
                           tacet_error *error) {
  (void)error;
  section_skip(section, "no %s", data);
  return TACET_OK;
}

static const section_entry entries[] = {
    {"good", "A good one", "somewhere", good},
    {"bad", "A bad one", "nowhere", bad},
    {"absent", "One without data", "anywhere", absent},
};

static bool has_gnuplot(void) {
  return system("command -v gnuplot >/dev/null") == 0;
}

/* ---- the page ----------------------------------------------------------- */

static void add_section(page *p, const section_entry *entry) {
  tacet_section section;
  tacet_error error;
  assert_int_equal(section_record(&section, entry, "data", &error), TACET_OK);
  assert_int_equal(section_holds(&section), entry->run != bad);
  assert_int_equal(page_add(p, &section, &error), TACET_OK);
  section_free(&section);
}

static void check_says(const char *text, const char *what) {
  if (!strstr(text, what)) fail_msg("the page does not say %s", what);
}

static void pages_show_what_sections_say(void **state) {
  (void)state;
  if (!has_gnuplot()) skip();
  page p;
  tacet_error error;
  assert_int_equal(page_begin(&p, scratch_path("."), &error), TACET_OK);
  for (int i = 0; i < 3; i++) add_section(&p, &entries[i]);
  assert_int_equal(page_end(&p, &error), TACET_OK);
  page_free(&p);
  char *text = file_read("index.html");
  check_says(text, "2 held, 1 missed");
  check_says(text, "not at hand: 1.");
  check_says(text, "3 words &amp; &quot;more&quot;");
  check_says(text, "<td>a&lt;b</td><td>17</td>");
  check_says(text, "<td>1.5</td><td>2</td>");
  check_says(text, "<a href=\"#absent\">One without data</a>");
  check_says(text, "<td>no data</td>");
  check_says(text, "alt=\"Bars and a `line`\"");
  /* "<?xml " and no other beginning, in base 64 */
  check_says(text, "src=\"data:image/svg+xml;base64,PD94bWwg");
  assert_null(strstr(text, "a<b"));
  free(text);
}

/* ---- pictures ----------------------------------------------------------- */

static void pictures_show_every_series(void **state) {
  (void)state;
  if (!has_gnuplot()) skip();
  tacet_section section;
  tacet_error error;
  section_record(&section, &entries[0], "", &error);
  char *svg;
  size_t size;
  assert_int_equal(
      picture_draw(&svg, &size, &section.picture[0], "x.svg", &error),
      TACET_OK);
  char *text = calloc(1, size + 1);
  memcpy(text, svg, size);
  static const char *const words[] = {
      "bars", "marks", "left", "right", "Bars and a `line`", "</svg>"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    check_says(text, words[i]);
  free(text);
  free(svg);
  section_free(&section);
}

static void tables_are_drawn(void **state) {
  (void)state;
  tacet_section section;
  tacet_error error;
  section_record(&section, &entries[0], "", &error);
  assert_int_equal(section.pictures, 2);
  const record_series *series = &section.picture[1].serie[0];
  assert_string_equal(series->name, "cycles");
  assert_int_equal(series->points, 1);
  assert_string_equal(series->point[0].label, "a<b");
  assert_true(series->point[0].y == 17);
  section_free(&section);
}

static void draw_nothing(const record_picture *picture, tacet_status expected,
                         const char *says) {
  char *svg;
  size_t size;
  tacet_error error;
  assert_int_equal(picture_draw(&svg, &size, picture, "x.svg", &error),
                   expected);
  check_says(error.message, says);
}

static void pictures_that_cannot_be_drawn_say_why(void **state) {
  (void)state;
  char label[80][4], name[] = "series", title[] = "title", axis[] = "";
  record_point points[80];
  for (int i = 0; i < 80; i++) {
    snprintf(label[i], sizeof label[i], "%d", i);
    points[i] = (record_point){.label = label[i], .y = 1};
  }
  record_series series = {.name = name, .plot = SECTION_BARS, .point = points};
  record_picture picture = {.title = title,
                            .x_title = axis,
                            .y_title = axis,
                            .series = 1,
                            .serie = &series};
  draw_nothing(&picture, TACET_BAD_INPUT, "has no points");
  series.points = 80;
  draw_nothing(&picture, TACET_BAD_INPUT, "more than 64 groups");
  series.points = 1;
  char *path = strdup(getenv("PATH"));
  setenv("PATH", "/nonexistent", 1);
  draw_nothing(&picture, TACET_NO_FILE, "gnuplot, which draws it, is not");
  setenv("PATH", path, 1);
  free(path);
}

/* ---- the sections there are --------------------------------------------- */

/* Those that hold tacet against figures of others do not run without them. */
static void sections_without_figures_are_skipped(void **state) {
  (void)state;
  static const char *const own[] = {"crossover", "attention",
                                    "attention-patterns", "network-masks",
                                    "executor"};
  for (const section_entry *entry = section_list; entry->slug; entry++) {
    bool needs = true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
      needs &= strcmp(entry->slug, own[i]) != 0;
    if (!needs) continue;
    tacet_section section;
    tacet_error error;
    const tacet_status status =
        section_record(&section, entry, "nowhere", &error);
    if (status) fail_msg("%s: %s", entry->slug, error.message);
    if (!section.skipped && section.targets == 0)
      fail_msg("%s neither ran nor was skipped", entry->slug);
    section_free(&section);
  }
}

int main(int argc, char **argv) {
  (void)argc, (void)argv;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pages_show_what_sections_say),
      cmocka_unit_test(pictures_show_every_series),
      cmocka_unit_test(tables_are_drawn),
      cmocka_unit_test(pictures_that_cannot_be_drawn_say_why),
      cmocka_unit_test(sections_without_figures_are_skipped),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
