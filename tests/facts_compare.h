/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two usage fact tables, cell by cell: the same spans, names and kinds in the same order, and numbers to a relative
 * tolerance. Every difference is said. Sorts both. */
#ifndef FLOE_TESTS_FACTS_COMPARE_H
#define FLOE_TESTS_FACTS_COMPARE_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/facts.h"
#include "tests/harness.h"

#define FACTS_TOLERANCE 1e-9

static inline int is_near(double got, double want)
{
    return got == want || (fact_has(got) && fact_has(want) && fabs(got - want) <= FACTS_TOLERANCE * fabs(want));
}

static inline void fact_show(const struct facts *facts, const struct fact *f, char *out, size_t size)
{
    snprintf(out, size, "%lld-%lld %s|%s|%s|%s|%s|%s|%s %s %.17g x %.17g = %.17g", (long long)f->from_at_s,
             (long long)f->to_at_s, facts_text_of(facts, f->variant), facts_text_of(facts, f->workload),
             facts_text_of(facts, f->consumer), facts_text_of(facts, f->key), facts_text_of(facts, f->route),
             facts_text_of(facts, f->model), facts_text_of(facts, f->service_tier), fact_kinds[f->kind].name,
             f->quantity, f->unit_price_usd, f->cost_usd);
}

static inline int is_same_name(const struct facts *a, int32_t i, const struct facts *b, int32_t j)
{
    return strcmp(facts_text_of(a, i), facts_text_of(b, j)) == 0;
}

static inline int is_same_fact(const struct facts *a, const struct fact *f, const struct facts *b, const struct fact *g)
{
    return f->from_at_s == g->from_at_s && f->to_at_s == g->to_at_s && f->kind == g->kind &&
           is_same_name(a, f->variant, b, g->variant) && is_same_name(a, f->workload, b, g->workload) &&
           is_same_name(a, f->consumer, b, g->consumer) && is_same_name(a, f->key, b, g->key) &&
           is_same_name(a, f->route, b, g->route) && is_same_name(a, f->model, b, g->model) &&
           is_same_name(a, f->service_tier, b, g->service_tier) && is_near(f->quantity, g->quantity) &&
           is_near(f->unit_price_usd, g->unit_price_usd) && is_near(f->cost_usd, g->cost_usd);
}

static inline int facts_are_same(struct facts *got, struct facts *want)
{
    int n_different = 0;
    facts_sort(got);
    facts_sort(want);
    check_i64(got->n, want->n);
    for (int64_t i = 0; i < got->n && i < want->n && n_different < 3; i++) {
        char a[1024], b[1024];
        if (is_same_fact(got, &got->items[i], want, &want->items[i])) continue;
        fact_show(got, &got->items[i], a, sizeof a);
        fact_show(want, &want->items[i], b, sizeof b);
        check_at(0, __FILE__, __LINE__, "row %lld:\n  got  %s\n  want %s", (long long)i, a, b);
        n_different++;
    }
    return n_different == 0 && got->n == want->n;
}

/* The facts for which keep(fact) holds, with the same names. */
static inline void facts_filter(const struct facts *from, int (*keep)(const struct fact *), struct facts *to)
{
    facts_init(to);
    for (int64_t i = 0; i < from->n; i++) {
        struct fact f = from->items[i];
        int32_t *const names[] = {&f.variant, &f.workload, &f.consumer, &f.key, &f.route, &f.model, &f.service_tier};
        if (!keep(&f)) continue;
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            const char *text = facts_text_of(from, *names[k]);
            *names[k] = facts_text(to, text, strlen(text));
        }
        check(facts_add(to, &f) == FLOE_OK);
    }
}

#endif
