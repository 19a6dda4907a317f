/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outcomes against numbers worked out elsewhere: quantiles by counting, Student's t by GSL. */
#include "models/outcome.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "harness.h"

enum { MOST = 64 };

struct sample {
    double values[MOST];
    uint64_t n;
    double sorted[MOST];
    struct outcome_work work;
    struct floe_exact exact;
};

static struct outcome take(struct sample *s, enum metric_unit unit)
{
    s->work.sorted = s->sorted;
    return outcome_of(s->values, s->n, 1, unit, &s->work, &s->exact);
}

/* 1 .. n, shuffled by a step that shares no factor with n. */
static struct sample counted_to(uint64_t n, uint64_t step)
{
    struct sample s;
    memset(&s, 0, sizeof s);
    s.n = n;
    for (uint64_t i = 0; i < n; i++)
        s.values[i] = (double)(i * step % n + 1);
    return s;
}

/* The smallest value whose rank is at least p n: of 20 the 1st, 5th, 10th, 15th and 19th; of 7 the 1st, 2nd, 4th, ... */
static void quantiles_are_order_statistics(void)
{
    struct sample twenty = counted_to(20, 7), seven = counted_to(7, 3);
    struct outcome o = take(&twenty, METRIC_UNIT_COUNT);
    check_rel(o.p05, 1, 0), check_rel(o.p25, 5, 0), check_rel(o.p50, 10, 0);
    check_rel(o.p75, 15, 0), check_rel(o.p95, 19, 0);
    o = take(&seven, METRIC_UNIT_TOK);
    check_rel(o.p05, 1, 0), check_rel(o.p25, 2, 0), check_rel(o.p50, 4, 0);
    check_rel(o.p75, 6, 0), check_rel(o.p95, 7, 0);
}

/* 1 .. n has variance n (n + 1) / 12. */
static void the_interval_is_students(void)
{
    static const uint64_t sizes[] = {2, 7, 20, 7, 64}; /* one scratch serves them all, forwards and back */
    struct outcome_work work = {.sorted = NULL};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sample s = counted_to(sizes[i], 1);
        s.work = work;
        const struct outcome o = take(&s, METRIC_UNIT_COUNT);
        const double n = (double)sizes[i], sd = sqrt(n * (n + 1) / 12);
        check_u64(o.n, sizes[i]);
        check_rel(o.mean, (n + 1) / 2, 0);
        check_rel(o.sd, sd, 1e-15);
        check_rel(o.mcse, sd / sqrt(n), 1e-15);
        check_rel(o.half_95, gsl_cdf_tdist_Pinv(0.975, n - 1) * sd / sqrt(n), 1e-9);
        work = s.work;
    }
}

static void one_value_has_no_spread(void)
{
    struct sample s = counted_to(1, 1);
    s.values[0] = 2.385;
    const struct outcome o = take(&s, METRIC_UNIT_USD);
    check_u64(o.n, 1);
    check_rel(o.mean, 2.385, 1e-12);
    check_rel(o.p05, 2.385, 0), check_rel(o.p95, 2.385, 0);
    check_rel(o.sd + o.mcse + o.half_95, 0, 0);
}

static void what_is_not_defined_is_not_counted(void)
{
    struct sample s = counted_to(9, 2);
    struct outcome o = take(&s, METRIC_UNIT_USD_PER_ACCEPTED);
    check_u64(o.n, 9);
    s.values[0] = s.values[3] = OUTCOME_UNDEFINED; /* 1 and 7 */
    o = take(&s, METRIC_UNIT_USD_PER_ACCEPTED);
    check_u64(o.n, 7);
    check_rel(o.mean, 37.0 / 7, 1e-15);
    check_rel(o.p05, 2, 0);
    check_rel(o.half_95, gsl_cdf_tdist_Pinv(0.975, 6) * o.mcse, 1e-9);
    for (uint64_t i = 0; i < s.n; i++)
        s.values[i] = OUTCOME_UNDEFINED;
    o = take(&s, METRIC_UNIT_USD_PER_ACCEPTED);
    check_u64(o.n, 0);
    check_rel(o.mean + o.p50 + o.half_95, 0, 0);
}

/* Each unit has a quantum of its own: a millionth of a cent per accepted result is far below a count's. */
static void a_unit_keeps_its_precision(void)
{
    struct sample s = counted_to(1, 1);
    s.values[0] = 3.21e-10;
    check_rel(take(&s, METRIC_UNIT_USD_PER_ACCEPTED).mean, 3.21e-10, 1e-5);
    check_rel(take(&s, METRIC_UNIT_USD).mean, 3.21e-10, 2e-3);
    s.values[0] = 7e13;
    check_rel(take(&s, METRIC_UNIT_TOK).mean, 7e13, 0);
    check_rel(take(&s, METRIC_UNIT_COUNT).mean, 7e13, 0);
}

static void values_are_taken_by_their_stride(void)
{
    const double values[] = {1, 100, 2, 200, 6, 300};
    double sorted[3];
    struct outcome_work work = {.sorted = sorted};
    struct floe_exact exact;
    const struct outcome o = outcome_of(values + 1, 3, 2, METRIC_UNIT_COUNT, &work, &exact);
    check_rel(o.mean, 200, 0);
    check_rel(floe_exact_total(&exact), 600, 0);
    check_u64(exact.n, 3);
}

static const struct test tests[] = {
    {"quantiles are order statistics", quantiles_are_order_statistics, FAST},
    {"the interval is Student's", the_interval_is_students, FAST},
    {"one value has no spread", one_value_has_no_spread, FAST},
    {"what is not defined is not counted", what_is_not_defined_is_not_counted, FAST},
    {"a unit keeps its precision", a_unit_keeps_its_precision, FAST},
    {"values are taken by their stride", values_are_taken_by_their_stride, FAST},
};
TEST_MAIN("outcome", tests)
