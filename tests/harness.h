/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a test program is written: one test_<file>.c per file, a table of sentences, and one line of main.
 *
 *     static void draws_do_not_depend_on_order(void) { ... check_u64(got, want); ... }
 *     static const struct test tests[] = {
 *         {"a draw does not depend on the order of draws", draws_do_not_depend_on_order, FAST},
 *         {"exp stays within 1 ulp on ten million points", exp_ulp, LONG},
 *     };
 *     TEST_MAIN("rng", tests)
 *
 * The program runs its fast tests; with --long also the others. It ends with 1 if one failed. A test that cannot run
 * calls test_skip("why") and returns: it is counted as skipped, never as passed. */
#ifndef FLOE_TESTS_HARNESS_H
#define FLOE_TESTS_HARNESS_H

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>

/* MANY: many draws or runs through code that FAST tests visit too; fast, but left out under a sanitizer, which is some ten
 * times slower and would see nothing new. */
enum test_tier { FAST = 0, MANY = 1, LONG = 2 };

struct test {
    const char *sentence;
    void (*run)(void);
    enum test_tier tier;
};

int test_main(const char *suite, const struct test *tests, size_t n, int argc, char **argv);
int test_is_long(void);                /* 1 when the slow tier was asked for */
void test_skip(const char *why);       /* the running test cannot run here */
uint64_t test_random(uint64_t *state); /* splitmix64: a source of test cases that is not the code under test */

#define TEST_MAIN(suite, tests)                                                                                        \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        return test_main((suite), (tests), sizeof(tests) / sizeof((tests)[0]), argc, argv);                            \
    }

/* Each evaluates its arguments once, returns whether it holds, and otherwise prints what was got and what was wanted,
 * with file and line. */
int check_at(int holds, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));

#define check(condition) check_at(!!(condition), __FILE__, __LINE__, "%s", #condition)
#define check_u64(got, want) check_u64_at((got), (want), #got, __FILE__, __LINE__)
#define check_i64(got, want) check_i64_at((got), (want), #got, __FILE__, __LINE__)
#define check_text(got, want) check_text_at((got), (want), #got, __FILE__, __LINE__)
#define check_contains(text, part) check_contains_at((text), (part), #text, __FILE__, __LINE__)
#define check_rel(got, want, tolerance) check_close_at((got), (want), (tolerance), 1, #got, __FILE__, __LINE__)
#define check_abs(got, want, tolerance) check_close_at((got), (want), (tolerance), 0, #got, __FILE__, __LINE__)

int check_u64_at(uint64_t got, uint64_t want, const char *what, const char *file, int line);
int check_i64_at(int64_t got, int64_t want, const char *what, const char *file, int line);
int check_text_at(const char *got, const char *want, const char *what, const char *file, int line);
int check_contains_at(const char *text, const char *part, const char *what, const char *file, int line);
/* NaN is never close; a relative tolerance is of `want`. */
int check_close_at(double got, double want, double tolerance, int is_relative, const char *what, const char *file,
                   int line);

#endif
