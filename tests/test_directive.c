/* Directives as text: what is written is what was read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "../dense/spec/spec.h"
#include "spoil.h"

static const char flow_text[] = "tacet: 1\n"
                                "dataflow: words\n"
                                "directives:\n"
                                "  - TemporalMap(Sz(R), 1) Y;\n"
                                "  - SpatialMap(2*Sz(K),64) K\n"
                                "  - Cluster(Sz(R), P)\n"
                                "  - TemporalMap(3,3) X'\n";

static const char *const written[] = {
    "TemporalMap(Sz(R),1) Y",
    "SpatialMap(2*Sz(K),64) K",
    "Cluster(Sz(R))",
    "TemporalMap(3,3) X'",
};

static tacet_dataflow read_flow(const char *text) {
  tacet_dataflow_set set;
  tacet_error error = {0};
  tacet_doc *doc = parsed(text);
  if (tacet_dataflow_read(&set, tacet_doc_root(doc), &error))
    fail_msg("%s", error.message);
  tacet_doc_free(doc);
  return set.flow[TACET_CONV];
}

static void writes_directives(void **state) {
  (void)state;
  const tacet_dataflow flow = read_flow(flow_text);
  assert_int_equal(flow.directives, 4);
  for (int i = 0; i < flow.directives; i++) {
    char text[TACET_DIRECTIVE_TEXT];
    tacet_directive_text(text, &flow.directive[i]);
    assert_string_equal(text, written[i]);
  }
}

static void tells_changes(void **state) {
  (void)state;
  const tacet_dataflow before = read_flow(flow_text);
  tacet_dataflow after = before;
  char text[128], cut[24];
  assert_int_equal(tacet_dataflow_changes(text, sizeof text, &before, &after),
                   0);
  assert_string_equal(text, "");
  after.directive[0].kind = TACET_SPATIAL_MAP;
  after.directive[2].size = (tacet_extent){.number = 2};
  assert_int_equal(tacet_dataflow_changes(text, sizeof text, &before, &after),
                   2);
  assert_string_equal(text,
                      "TemporalMap(Sz(R),1) Y became SpatialMap(Sz(R),1) Y; "
                      "Cluster(Sz(R)) became Cluster(2)");
  assert_int_equal(tacet_dataflow_changes(cut, sizeof cut, &before, &after), 2);
  assert_string_equal(cut, "TemporalMap(Sz(R),1) Y ");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_directives),
      cmocka_unit_test(tells_changes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
