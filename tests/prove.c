/* Holds the dense and the sparse reading of many random cases against their
   executors, on all cores:

     prove [CASES [SEED [FOLDER]]]

   What it prints does not depend on the number of cores. The smallest form of
   the first failing cases goes to FOLDER as files ready to run. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case_features.h"
#include "case_files.h"
#include "judge.h"
#include "shrink.h"
#include "uses.h"

/* A block of cases is the unit that workers take and report. */
enum { BLOCK = 64, MOST_FEATURES = 128, MOST_FAILURES = 4, MOST_WORKERS = 64 };

/* Written to a pipe in one piece, so that workers may share it. */
typedef struct block {
  int64_t index;
  int64_t cases;
  int64_t failures;
  int64_t failed[MOST_FAILURES]; /* the first of them, as indices of cases */
  int64_t with[MOST_FEATURES];   /* cases that have the feature */
} block;

typedef struct proof {
  int64_t cases;
  uint64_t seed;
  const char *folder;
  block sum;
  bool *judged; /* owned; [blocks] */
} proof;

static int64_t block_count(const proof *p) {
  return (p->cases + BLOCK - 1) / BLOCK;
}

static bool fails(const masked_case *c) {
  return !judge_activity(&c->dense, false) || !judge_kept(&c->dense, false) ||
         !judge_sparse(c, false) || !judge_kept_sparse(c, false) ||
         !judge_uses(c, false);
}

/* ---- working ------------------------------------------------------------ */

static void judge_block(block *b, const proof *p, int64_t index,
                        masked_case *c) {
  const int64_t first = index * BLOCK;
  memset(b, 0, sizeof *b);
  b->index = index;
  for (int64_t i = first; i < first + BLOCK && i < p->cases; i++) {
    masked_make(c, p->seed + (uint64_t)i);
    for (int f = 0; f < case_feature_count(); f++)
      b->with[f] += case_has_feature(c, f);
    if (fails(c) && b->failures++ < MOST_FAILURES)
      b->failed[b->failures - 1] = i;
    b->cases++;
    masked_free(c);
  }
}

/* Worker w of n takes every n-th block. */
static void work(const proof *p, int w, int workers, int out) {
  masked_case *c = malloc(sizeof *c);
  if (!c) _exit(3);
  for (int64_t i = w; i < block_count(p); i += workers) {
    block b;
    judge_block(&b, p, i, c);
    if (write(out, &b, sizeof b) != sizeof b) _exit(3);
  }
  _exit(0);
}

static int worker_count(void) {
  const int64_t asked = (int64_t)environment_number("CORES", 0);
  const int64_t workers = asked ? asked : sysconf(_SC_NPROCESSORS_ONLN);
  return workers < 1 ? 1 : workers > MOST_WORKERS ? MOST_WORKERS : (int)workers;
}

/* Starts the workers; returns the end of the pipe to read from. */
static int start(const proof *p, int workers) {
  int ends[2];
  if (pipe(ends)) return -1;
  for (int w = 0; w < workers; w++) {
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      work(p, w, workers, ends[1]);
    }
    if (child < 0) return -1;
  }
  close(ends[1]);
  return ends[0];
}

/* ---- gathering ---------------------------------------------------------- */

static bool read_block(block *b, int in) {
  char *at = (char *)b;
  for (size_t left = sizeof *b; left > 0;) {
    const ssize_t got = read(in, at, left);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    left -= (size_t)got;
  }
  return true;
}

/* Keeps the first failures of all, whichever block comes first. */
static void keep_failures(block *sum, const block *b) {
  for (int i = 0; i < MOST_FAILURES && i < b->failures; i++) {
    int64_t index = b->failed[i];
    for (int k = 0; k < MOST_FAILURES; k++) {
      const int64_t kept = sum->failed[k];
      if (k < sum->failures && kept < index) continue;
      sum->failed[k] = index;
      index = kept;
      if (k >= sum->failures) break;
    }
    sum->failures++;
  }
  if (b->failures > MOST_FAILURES) sum->failures += b->failures - MOST_FAILURES;
}

static void add_block(proof *p, const block *b) {
  p->judged[b->index] = true;
  keep_failures(&p->sum, b);
  p->sum.cases += b->cases;
  for (int f = 0; f < MOST_FEATURES; f++) p->sum.with[f] += b->with[f];
}

static void show_progress(const proof *p) {
  if (isatty(STDERR_FILENO))
    fprintf(stderr, "\r%lld of %lld", (long long)p->sum.cases,
            (long long)p->cases);
}

/* True if every worker did all of its blocks. */
static bool gather(proof *p, int in) {
  block b;
  while (read_block(&b, in)) {
    add_block(p, &b);
    show_progress(p);
  }
  if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
  bool whole = true;
  for (int status; wait(&status) > 0;) {
    if (WIFSIGNALED(status))
      printf("a worker was ended by signal %d\n", WTERMSIG(status));
    whole = whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  for (int64_t i = 0; i < block_count(p) && !whole; i++) {
    if (p->judged[i]) continue;
    printf("it did not finish cases %lld to %lld\n", (long long)i * BLOCK,
           (long long)(i + 1) * BLOCK - 1);
    break;
  }
  return whole;
}

/* ---- telling ------------------------------------------------------------ */

static void show_features(const proof *p) {
  puts("\ncases with");
  for (int f = 0; f < case_feature_count(); f++)
    printf("  %-34s%9lld\n", case_feature_name(f), (long long)p->sum.with[f]);
}

static void show_positions(const random_case *c) {
  tacet_nest placed = c->nest;
  tacet_error error;
  if (tacet_place_tiles(&placed, &c->accelerator, &error) == TACET_OK &&
      memcmp(placed.position, c->nest.position, sizeof placed.position) == 0)
    return;
  for (int s = 1; s < c->nest.storages - 1; s++)
    printf("# It fails with %s outside of loop %d for weights, %d for inputs, "
           "%d for outputs, of %d;\n# the files lead to other places.\n",
           c->accelerator.storage[s].name, c->nest.position[s][0],
           c->nest.position[s][1], c->nest.position[s][2], c->nest.loops);
}

static void show_failure(const proof *p, int64_t index) {
  const uint64_t seed = p->seed + (uint64_t)index;
  masked_case *c = malloc(sizeof *c);
  if (!c) exit(3);
  case_shrink(c, seed, fails);
  printf("\n# case %lld, seed %llu, as small as it fails\n", (long long)index,
         (unsigned long long)seed);
  if (judge_activity(&c->dense, true) && judge_kept(&c->dense, true) &&
      judge_sparse(c, true) && judge_kept_sparse(c, true))
    judge_uses(c, true);
  show_positions(&c->dense);
  puts("# network.yaml");
  case_write_network(stdout, c);
  puts("# dataflow.yaml");
  case_write_dataflow(stdout, c);
  puts("# accelerator.yaml");
  case_write_accelerator(stdout, c);
  char folder[256];
  snprintf(folder, sizeof folder, "%s/case-%llu", p->folder,
           (unsigned long long)seed);
  if (case_write_files(folder, c))
    printf("# tacet run -n %s/network.yaml -a %s/accelerator.yaml -p "
           "%s/masks.h5\n",
           folder, folder, folder);
  masked_free(c);
  free(c);
}

static int tell(const proof *p, bool whole) {
  const block *sum = &p->sum;
  for (int i = 0; i < MOST_FAILURES && i < sum->failures; i++)
    show_failure(p, sum->failed[i]);
  show_features(p);
  printf("\nseed %llu\n%lld of %lld equal\n", (unsigned long long)p->seed,
         (long long)(sum->cases - sum->failures), (long long)p->cases);
  return whole && sum->cases == p->cases && sum->failures == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  proof p = {.cases = argc > 1 ? strtoll(argv[1], NULL, 10) : 20000,
             .seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1,
             .folder = argc > 3 ? argv[3] : "."};
  if (p.cases < 1 || case_feature_count() > MOST_FEATURES) {
    fputs("prove [CASES [SEED [FOLDER]]]\n", stderr);
    return 2;
  }
  p.judged = calloc((size_t)block_count(&p), sizeof *p.judged);
  if (!p.judged) return 3;
  fflush(stdout);
  const int in = start(&p, worker_count());
  if (in < 0) {
    perror("prove");
    return 3;
  }
  const bool whole = gather(&p, in);
  const int code = tell(&p, whole);
  free(p.judged);
  return code;
}
