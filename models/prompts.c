/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/prompts.h"

#include <stdio.h>
#include <string.h>

#include "models/param_rows.h"

static const struct param shares_rows[] = {
    TEXT("with", prompts_shares, with, PARAM_REQUIRED, PARAM_PLAIN, "a workload with `prompts: {distinct: ...}`"),
    NUMBER("share", prompts_shares, share, UNIT_SHARE, 0, 1, "100%", PARAM_PLAIN,
           "share of the calls that ask that workload's prompts, as popular as they are there"),
};
static const struct param_block prompts_shares_block = {
    .name = "shared prompts", ROWS(shares_rows), .size = sizeof(struct prompts_shares), .scalar_key = "with"};

#define PROMPTS_COUNT(K, F, MIN, HELP) COUNT(K, prompts, F, MIN, PROMPTS_MOST, PARAM_OPTIONAL, HELP)

static const struct param rows[] = {
    PROMPTS_COUNT("distinct", distinct, 1, "different prompts; each call draws one of them by `popularity`"),
    TEXT("popularity", prompts, popularity, "uniform", PARAM_PLAIN,
         "of `distinct`: `uniform`, or `zipf 0.9`: the k-th has a share proportional to k^-0.9"),
    NUMBER("renewed_every", prompts, renewed_every_s, UNIT_S, 0, 100.0 * 366 * S_PER_DAY, PARAM_OPTIONAL,
           PARAM_EXCLUDES_MIN, "of `distinct`: the time until each of them has been replaced once; 2 % a day is `50d`"),
    PROMPTS_COUNT("set", set, 1, "a task asks this many different prompts, once each: the set of a run"),
    PROMPTS_COUNT("new_each_run", new_each_run, 0, "of `set`: prompts that the run before did not ask"),
    BLOCK("shares", prompts, shares, prompts_shares_block, PARAM_OPTIONAL,
          "some calls ask another workload's prompts: {with: matching, share: 30%}"),
};

static int has_count(int64_t n)
{
    return n != (int64_t)PARAM_ABSENT;
}

static int is_given(double value)
{
    return value != PARAM_ABSENT;
}

int prompts_popularity(const char *text, double *exponent)
{
    char end;
    *exponent = 0;
    if (strcmp(text, "uniform") == 0) return 1;
    if (strncmp(text, "zipf ", 5) != 0 || strspn(text + 5, "0123456789.") != strlen(text + 5)) return 0;
    if (sscanf(text + 5, "%lf%c", exponent, &end) != 1) return 0;
    return *exponent >= 0 && *exponent <= FLOE_ZIPF_EXPONENT_MAX;
}

static int set_check(const struct prompts *p, struct complaint *c)
{
    if (has_count(p->distinct))
        return complain(c, "set", "`distinct` and `set` are two kinds of prompts: give one",
                        "distinct: each call draws one; set: each task asks all of them once");
    if (is_given(p->renewed_every_s))
        return complain(c, "renewed_every", "a set is renewed by `new_each_run`", "leave renewed_every out");
    if (strcmp(p->popularity, "uniform") != 0)
        return complain(c, "popularity", "each prompt of a set is asked once in each task", "leave popularity out");
    if (!has_count(p->new_each_run))
        return complain(c, "new_each_run", "a set needs `new_each_run`", "0 if every task asks the same prompts");
    if (p->new_each_run > p->set)
        return complain(c, "new_each_run", "more new prompts than the set has", "new_each_run is at most set");
    if (p->shares.with[0] != '\0')
        return complain(c, "shares", "the calls of a set all ask its own prompts", "leave shares out");
    return 1;
}

static int prompts_check(const void *block, struct complaint *c)
{
    const struct prompts *p = (const struct prompts *)block;
    double exponent;
    if (!prompts_popularity(p->popularity, &exponent))
        return complain(c, "popularity", "popularity is `uniform` or `zipf` and an exponent from 0 to 5",
                        "for example 'zipf 0.9'");
    if (has_count(p->set)) return set_check(p, c);
    if (has_count(p->new_each_run))
        return complain(c, "new_each_run", "`new_each_run` belongs to a `set`",
                        "for example {set: 6999, new_each_run: 338}");
    if (!has_count(p->distinct) && (exponent > 0 || is_given(p->renewed_every_s)))
        return complain(c, "distinct", "popularity and renewed_every need `distinct`", "for example {distinct: 6400}");
    return 1;
}

const struct param_block prompts_block = {
    .name = "prompts", ROWS(rows), .size = sizeof(struct prompts), .check = prompts_check};

int prompts_check_shared(const struct prompts *prompts, const struct prompts *other, struct complaint *c)
{
    if (prompts == other) return complain(c, "shares", "a workload cannot share its own prompts", "");
    if (!has_count(other->distinct))
        return complain(c, "shares", "only prompts with `distinct` can be shared",
                        "give that workload {distinct: ..., popularity: ...}");
    return 1;
}

int prompts_check_calls(const struct prompts *prompts, int64_t calls_per_task, struct complaint *c)
{
    char hint[128];
    if (!has_count(prompts->set) || prompts->set == calls_per_task) return 1;
    snprintf(hint, sizeof hint, "set: %lld here, calls_per_task: %lld in demand", (long long)prompts->set,
             (long long)calls_per_task);
    return complain(c, "set", "a task asks each prompt of its set once: `set` is its calls_per_task", hint);
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b > 0) {
        const uint64_t rest = a % b;
        a = b, b = rest;
    }
    return a;
}

/* The number coprime to n nearest to n / golden ratio; from above where two are as near. */
static uint64_t golden_step(uint64_t n)
{
    const double inverse_golden_ratio = 0.61803398874989485;
    const uint64_t near = (uint64_t)((double)n * inverse_golden_ratio + 0.5);
    for (uint64_t off = 0; off < n; off++) {
        if (greatest_common_divisor(near + off, n) == 1) return near + off;
        if (near > off && greatest_common_divisor(near - off, n) == 1) return near - off;
    }
    return 1;
}

/* a with a b = 1 modulo n, by Euclid's algorithm. */
static uint64_t inverse_modulo(uint64_t b, uint64_t n)
{
    int64_t r0 = (int64_t)n, r1 = (int64_t)(b % n), t0 = 0, t1 = 1;
    while (r1 > 0) {
        const int64_t q = r0 / r1, r2 = r0 - q * r1, t2 = t0 - q * t1;
        r0 = r1, r1 = r2, t0 = t1, t1 = t2;
    }
    return (uint64_t)(t0 < 0 ? t0 + (int64_t)n : t0);
}

void prompts_derive(const struct prompts *p, struct prompt_population *population)
{
    memset(population, 0, sizeof *population);
    population->kind = p->set > 0 ? PROMPTS_SET : p->distinct > 0 ? PROMPTS_POPULAR : PROMPTS_FRESH;
    population->shared_share = p->shares.with[0] != '\0' ? p->shares.share : 0;
    if (population->kind == PROMPTS_POPULAR) {
        population->places = (uint32_t)p->distinct;
        prompts_popularity(p->popularity, &population->exponent);
        if (is_given(p->renewed_every_s)) population->renewed_every_ns = (int64_t)(p->renewed_every_s * NS_PER_S + 0.5);
    }
    if (population->kind == PROMPTS_SET) {
        population->places = (uint32_t)p->set;
        population->new_each_run = (uint32_t)p->new_each_run;
        population->stride = (uint32_t)(inverse_modulo(golden_step(population->places), population->places) %
                                        population->places);
    }
}

size_t prompts_table_bytes(const struct prompt_population *population)
{
    return population->kind == PROMPTS_POPULAR && population->exponent > 0 ? floe_zipf_bytes(population->places) : 0;
}
