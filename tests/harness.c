/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base.h"

static int long_tier;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const int sanitized = 1;
#else
static const int sanitized = 0;
#endif
static const char *skipped_because;
static unsigned failures_shown;
enum { FAILURES_SHOWN_PER_TEST = 10 };

int test_is_long(void)
{
    return long_tier;
}

void test_skip(const char *why)
{
    skipped_because = why;
}

uint64_t test_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int check_at(int holds, const char *file, int line, const char *format, ...)
{
    char text[1200];
    va_list arguments;
    if (!holds) {
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        if (failures_shown++ < FAILURES_SHOWN_PER_TEST) printf("    %s:%d: %s\n", file, line, text);
    } else {
        text[0] = '\0';
    }
    CU_assertImplementation(holds ? CU_TRUE : CU_FALSE, (unsigned)line, text, file, "", CU_FALSE);
    return holds;
}

int check_u64_at(uint64_t got, uint64_t want, const char *what, const char *file, int line)
{
    return check_at(got == want, file, line, "%s: got %llu (%#llx), want %llu (%#llx)", what, (unsigned long long)got,
                    (unsigned long long)got, (unsigned long long)want, (unsigned long long)want);
}

int check_i64_at(int64_t got, int64_t want, const char *what, const char *file, int line)
{
    return check_at(got == want, file, line, "%s: got %lld, want %lld", what, (long long)got, (long long)want);
}

int check_text_at(const char *got, const char *want, const char *what, const char *file, int line)
{
    return check_at(strcmp(got, want) == 0, file, line, "%s: got \"%s\", want \"%s\"", what, got, want);
}

int check_contains_at(const char *text, const char *part, const char *what, const char *file, int line)
{
    return check_at(strstr(text, part) != NULL, file, line, "%s: \"%s\" does not contain \"%s\"", what, text, part);
}

int check_close_at(double got, double want, double tolerance, int is_relative, const char *what, const char *file,
                   int line)
{
    const double allowed = is_relative ? tolerance * fabs(want) : tolerance;
    return check_at(got == want || fabs(got - want) <= allowed, file, line, "%s: got %.17g, want %.17g (%s %g)", what,
                    got, want, is_relative ? "rel" : "abs", tolerance);
}

static void say_panic(const struct floe_where *where, const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: %s (t = %lld ns, replication %u, seed %llu)\n", file, line, what,
            where ? (long long)where->now_ns : 0, where ? where->replication : 0,
            where ? (unsigned long long)where->seed : 0);
}

/* What CUnit hands to its callbacks is a name; the counts are kept here. */
static unsigned passed, failed, skipped;

static void before_test(const CU_pTest test, const CU_pSuite suite)
{
    (void)test, (void)suite;
    skipped_because = NULL;
    failures_shown = 0;
}

static void after_test(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failure)
{
    if (failure != NULL) {
        failed++;
        printf("FAIL  %s: %s\n", suite->pName, test->pName);
    } else if (skipped_because != NULL) {
        skipped++;
        printf("skip  %s: %s (%s)\n", suite->pName, test->pName, skipped_because);
    } else {
        passed++;
        printf("ok    %s: %s\n", suite->pName, test->pName);
    }
    fflush(stdout);
}

int test_main(const char *suite_name, const struct test *tests, size_t n, int argc, char **argv)
{
    const char *only = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--long") == 0)
            long_tier = 1;
        else
            only = argv[i]; /* run the tests whose sentence contains this */
    }
    floe_panic_handler = say_panic;
    if (CU_initialize_registry() != CUE_SUCCESS) return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);
    for (size_t i = 0; i < n; i++) {
        if (tests[i].tier == LONG && !long_tier) continue;
        if (tests[i].tier == MANY && sanitized && !long_tier) continue;
        if (only != NULL && strstr(tests[i].sentence, only) == NULL) continue;
        CU_add_test(suite, tests[i].sentence, tests[i].run);
    }
    CU_set_test_start_handler(before_test);
    CU_set_test_complete_handler(after_test);
    CU_run_all_tests();
    CU_cleanup_registry();
    printf("%s: %u passed, %u failed, %u skipped\n", suite_name, passed, failed, skipped);
    fflush(stdout);
    return failed == 0 && passed + skipped > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
