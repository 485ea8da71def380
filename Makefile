# tacet: `make` builds build/tacet and build/libtacet.a, `make demo` shows them
# at work, `make test` runs every test program. What Debian packages are
# missing, tools/install-deps installs on the way.
#
#   make SAN=1 test    under address and undefined-behaviour sanitizers
#   make lint          format, and warnings of gcc and clang as errors
#   make dense-only    builds and tests dense/ without sparse/, HDF5, CXSparse
#   make bench         runs tests/bench_*.c; figures also to the file JSON, a
#                      line each; PEER is the published tool's command
#   make prove         holds CASES random cases against the executors
#   make fuzz          builds tests/fuzz_*.c (needs clang and libclang-rt-dev)
#   make validate      holds tacet against the published figures in DATA
#   make reproduce     the same, with a page in build/reproduce (needs gnuplot)
#   make parity        checks against MAESTRO's own rows in the folder ORACLE
# V=1 shows the commands.

PREFIX = /usr/local
QUIET = $(if $(V),,@)
BUILD := build$(if $(SAN),/san)

# Beyond -Wall and -Wextra: -Wshadow, a name hides another that was meant;
# -Wconversion, a 64-bit count is cut short without a word; the last two, a
# function that no header declares, or declares with open arguments.
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
  -Wmissing-prototypes
ifdef SAN
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
endif
OPTIMIZE = -O2
CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L $(OPTIMIZE) -g -pthread \
  $(WARNINGS) $(WERROR) $(SANITIZE)

# What each folder may use; dense/ stands alone.
DENSE_PACKAGES = yaml-0.1
SPARSE_PACKAGES = $(DENSE_PACKAGES) hdf5 jansson libdeflate
TOOLS_PACKAGES = $(SPARSE_PACKAGES)
TESTS_PACKAGES = $(TOOLS_PACKAGES) cmocka
LIBRARIES = -lcxsparse -lm

objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)))
programs = $(patsubst %.c,$(BUILD)/%,$(wildcard $(1)))
DENSE := $(call objects,dense/*.c dense/*/*.c)
SPARSE := $(call objects,sparse/*.c sparse/*/*.c)
TOOLS := $(filter-out $(BUILD)/tools/main.o,$(call objects,tools/*.c))
SECTIONS := $(call objects,tools/reproduce/*.c)
EVERYTHING := $(DENSE) $(SPARSE) $(SECTIONS) $(call objects,tools/*.c tests/*.c)
REPRODUCE := $(BUILD)/tools/reproduce/reproduce
TESTS := $(call programs,tests/test_*.c)
BENCHES := $(call programs,tests/bench_*.c)
FUZZERS := $(call programs,tests/fuzz_*.c)
# What is left in tests/ serves several programs.
HELPERS := $(filter-out $(addsuffix .o,$(TESTS) $(BENCHES) $(FUZZERS)) \
  $(BUILD)/tests/parity.o $(BUILD)/tests/prove.o,$(call objects,tests/*.c))
# Tests that name nothing outside dense/, nor a helper that leads there, run
# without the rest.
beyond = $(subst $() ,,$(patsubst tests/%,|"%",$(shell grep -lE '$(1)' tests/*.h)))
OUTSIDE := "\.\./(sparse|tools)/|TACET_PROGRAM|hdf5
OUTSIDE := $(OUTSIDE)$(call beyond,$(OUTSIDE))
OUTSIDE := $(OUTSIDE)$(call beyond,$(OUTSIDE))
DENSE_TESTS := $(patsubst tests/%.c,$(BUILD)/dense-only/%,$(shell grep -LE \
  '$(OUTSIDE)' tests/test_*.c))

# Tests that need published figures look for them here, or are skipped.
override TACET_ORACLE := $(realpath $(or $(TACET_ORACLE),../shared/oracle))
ORACLE = $(TACET_ORACLE)/maestro
DATA = $(TACET_ORACLE)
$(eval $(if $(TACET_ORACLE),export,unexport) TACET_ORACLE)

.PHONY: all test demo dense-only bench prove fuzz fuzzers validate \
  reproduce parity lint objects install clean deps
.SECONDARY:
all: $(BUILD)/tacet $(BUILD)/libtacet.a

# ---- building --------------------------------------------------------------

deps:
	@tools/install-deps

$(BUILD)/dense/%.o: PACKAGES = $(DENSE_PACKAGES)
# A search evaluates design points by the million. Vectors do not help: where
# they have no multiplication of 64-bit counts, one takes ten instructions.
# Nothing reads errno or the flags of floating-point operations, for which
# rounding up would go a long way round.
$(BUILD)/dense/%.o: OPTIMIZE = -O3 -fno-tree-slp-vectorize -fno-math-errno \
  -fno-trapping-math
$(BUILD)/sparse/%.o: PACKAGES = $(SPARSE_PACKAGES)
$(BUILD)/tools/%.o: PACKAGES = $(TOOLS_PACKAGES)
$(BUILD)/tests/%.o: PACKAGES = $(TESTS_PACKAGES)
$(BUILD)/%.o: %.c Makefile | deps
	@mkdir -p $(@D); echo "  compile $<"
	$(QUIET)$(CC) $(CFLAGS) $$(pkg-config --cflags $(PACKAGES)) -MMD -MP -c \
	  -o $@ $<

$(BUILD)/libtacet.a: $(DENSE) $(SPARSE)
$(BUILD)/libtacet_dense.a: $(DENSE)
$(BUILD)/libtools.a: $(TOOLS)
$(BUILD)/libtests.a: $(HELPERS)
$(BUILD)/libreproduce.a: $(filter-out %/main.o,$(SECTIONS))
$(BUILD)/%.a: | deps
	@mkdir -p $(@D); rm -f $@
	$(QUIET)$(AR) rcs $@ $^

define link
@mkdir -p $(@D); echo "  link    $@"
$(QUIET)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
  $$(pkg-config --libs $(PACKAGES)) $(LIBRARIES)
endef

$(BUILD)/tacet: PACKAGES = $(TOOLS_PACKAGES)
$(BUILD)/tacet: $(BUILD)/tools/main.o $(BUILD)/libtools.a $(BUILD)/libtacet.a
	$(link)

$(REPRODUCE): PACKAGES = $(TOOLS_PACKAGES)
$(REPRODUCE): $(BUILD)/tools/reproduce/main.o $(BUILD)/libreproduce.a \
  $(BUILD)/libtests.a $(BUILD)/libtools.a $(BUILD)/libtacet.a
	$(link)

$(BUILD)/tests/%: PACKAGES = $(TESTS_PACKAGES)
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libreproduce.a \
  $(BUILD)/libtests.a $(BUILD)/libtools.a $(BUILD)/libtacet.a
	$(link)

$(BUILD)/dense-only/%: PACKAGES = $(DENSE_PACKAGES) cmocka
$(BUILD)/dense-only/%: LIBRARIES = -lm
$(BUILD)/dense-only/%: $(BUILD)/tests/%.o $(BUILD)/libtests.a \
  $(BUILD)/libtacet_dense.a
	$(link)

# ---- running ---------------------------------------------------------------

# Runs every program, also after one has failed.
run_all = @failed=; for program in $(1); do echo "== $$program"; \
  $$program || failed="$$failed $$program"; done; \
  if [ "$$failed" ]; then echo "failed:$$failed"; exit 1; fi; \
  echo "$(words $(1)) test programs passed"

test: export TACET_PROGRAM = $(BUILD)/tacet
test: $(BUILD)/tacet $(REPRODUCE) $(TESTS)
	$(call run_all,$(TESTS))

dense-only: $(DENSE_TESTS)
	$(call run_all,$(DENSE_TESTS))

DEMO = $(BUILD)/tacet compare -n models/networks/vgg16.yaml \
  -a models/accelerators/eyeriss-like.yaml \
  -a models/accelerators/csc-pe-array.yaml \
  -p density-profiles/vgg16-han2015.yaml
demo: $(BUILD)/tacet
	$(DEMO)
	@mkdir -p $(BUILD)/demo
	$(DEMO) --format csv -o $(BUILD)/demo/vgg16.csv

bench: $(BENCHES)
	@for program in $(BENCHES); do echo "== $$program"; $$program || exit; done

validate: $(REPRODUCE)
	$< validate "$(DATA)"

reproduce: $(REPRODUCE)
	@tools/install-deps plot; mkdir -p $(BUILD)/reproduce
	$< page "$(DATA)" $(BUILD)/reproduce

parity: $(BUILD)/tests/parity
	$< $(ORACLE)

# The smallest form of a failing case goes to the folder PROOF.
CASES = 20000
SEED = 1
PROOF = $(BUILD)/prove
prove: $(BUILD)/tests/prove
	@mkdir -p $(PROOF)
	$< $(CASES) $(SEED) $(PROOF)

fuzz:
	$(MAKE) BUILD=build/fuzz CC=clang fuzzers \
	  SANITIZE='-fsanitize=fuzzer-no-link,address,undefined'
fuzzers: LDFLAGS = -fsanitize=fuzzer
fuzzers: $(FUZZERS)

lint:
	@tools/install-deps lint
	clang-format --dry-run -Werror $(wildcard $(addsuffix /*.[ch],dense \
	  dense/* sparse sparse/* tools tools/reproduce tests))
	$(MAKE) BUILD=build/lint/gcc CC=gcc WERROR=-Werror objects
	$(MAKE) BUILD=build/lint/clang CC=clang WERROR=-Werror objects
objects: $(EVERYTHING)

install: all
	install -D -t $(DESTDIR)$(PREFIX)/bin $(BUILD)/tacet
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib $(BUILD)/libtacet.a
	for header in $(wildcard dense/*.h dense/*/*.h sparse/*.h sparse/*/*.h); do \
	  install -D -m 644 $$header \
	    $(DESTDIR)$(PREFIX)/include/tacet/$$header || exit; \
	done

clean:
	rm -rf build

-include $(EVERYTHING:.o=.d)
