/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mechanisms together, as they were found to trip over each other: each text is a small scenario that once stopped a run in
 * the middle. Both engines must get through, with books that balance (they assert that) and numbers that are numbers. */
#include <math.h>
#include <stdlib.h>

#include "models/run.h"
#include "tests/read_files.h"
#include "tests/scenario_maker.h"

#define HEAD(HORIZON)                                                                                                  \
    "floe: 1\n"                                                                                                        \
    "time: {start: 2026-03-16T00:00Z, horizon: " HORIZON "}\n"                                                         \
    "prices: {models: {a: {input: 3.00 usd/Mtok, output: 15.00 usd/Mtok}, b: {input: 0.3 usd/Mtok, output: 1.5 "       \
    "usd/Mtok}}}\n"

/* Of the cell, in both engines. */
static void runs_through(const char *yaml)
{
    struct floe_document *d = sound(yaml);
    for (int engine = 0; engine < 2; engine++) {
        struct result r;
        maker_run(&d->scenario, NULL, maker_options(engine == 0 ? ENGINE_EVENTS : ENGINE_HOURLY, 2), &r);
        for (int m = 0; m < METRIC_N; m++) {
            const struct outcome *o = maker_outcome(&r, 0, (enum metric)m);
            check(o->n == 0 || (isfinite(o->mean) && o->mean >= 0));
        }
        check(maker_outcome(&r, 0, METRIC_ATTEMPTS)->mean > 0);
        result_free(&r);
    }
    floe_document_free(d);
}

/* Layers upon layers against a counted quota: in the end every attempt is throttled, and none is late. */
static void every_attempt_throttled(void)
{
    runs_through(
        HEAD("5h") "workloads: {w: {demand: {tasks: 3/s, asks_again: {share: 70%, wait: 5s, most: 3}, "
                   "calls_per_task: 4}, tokens: {input: 200, output: 500}}}\n"
                   "routes: {r: {chain: [{model: a, errors: 20%}], quotas: {a: {requests: 1000/min, rejections: "
                   "counted}}, retries: [openai-python, strands], latency: {ttft: {mixture: [{weight: 9, mean: "
                   "0.5s, cv: 0.5}, {weight: 1, mean: 20s, p95: 60s}]}, tpot: 10ms, timeout: 5s}}}\n");
}

/* A client that holds its first attempt back has promised an answer to those who wait for it. */
static void calls_held_back_that_others_wait_for(void)
{
    runs_through(
        HEAD("30min") "gateway: {response_cache: {ttl: 10min, coalesce: true}}\n"
                      "workloads: {w: {demand: {tasks: 3/s, calls_per_task: 3}, prompts: {distinct: 200, "
                      "popularity: zipf 0.9}, tokens: {input: 200, output: 800}}}\n"
                      "routes: {r: {chain: [{model: a}, {model: b, when: [throttle], errors: 1%, breaker: "
                      "{failures: 1, open: 30s}}], quotas: {a: {requests: 3/s, rejections: counted}}, retries: "
                      "[botocore-adaptive, litellm], latency: {ttft: 1s, tpot: 10ms, timeout: 5s}, hedge: "
                      "{after: 2s}}}\n");
}

/* As long as the overload lasts a client with a rate limit of its own piles calls up. */
static void a_client_that_holds_back_all_there_is(void)
{
    runs_through(
        HEAD("1h") "workloads: {w: {demand: {tasks: 8/s, calls_per_task: 5}, tokens: {input: 200, output: 200}}}\n"
                   "routes: {r: {chain: [a], quotas: {a: {requests: 1000/min, rejections: counted}}, retries: "
                   "botocore-adaptive}}\n");
}

/* A strict budget reserves for what may be billed: a timed-out attempt, and the one behind it. */
static void a_strict_budget_and_timeouts_that_are_billed(void)
{
    runs_through(
        HEAD("3h") "keys: {k: {budget: 5 usd/h, check: strict}}\n"
                   "workloads: {w: {consumer: {key: k}, demand: {tasks: 1/s}, tokens: {input: 200, output: 400, "
                   "max_output: 400}}}\n"
                   "routes: {r: {chain: [{model: a}, {model: b}], retries: openai-python, latency: {ttft: {mean: "
                   "2s, p95: 6s}, timeout: 3s}, hedge: {after: 2s, loser: bill}}}\n");
}

/* A worker goes on when its task is over, though calls of it still run. */
static void workers_whose_tasks_leave_stragglers(void)
{
    runs_through(
        HEAD("2h") "workloads: {w: {model: a, demand: {agents: {workers: 28, think: 2s}}, tokens: {input: 200, "
                   "output: 300}, task: {plan: {calls: 2}, search: {calls: 4, needed: 3, times: [50%, 50%]}}}}\n"
                   "routes: {r: {chain: [{model: a}, {model: b}], retries: botocore-legacy, latency: {ttft: "
                   "{mean: 1s, p95: 3.5s}, timeout: 5s}}}\n");
}

/* What is wrong with a part of a mixture is said, also where the words are another check's. */
static void a_part_of_a_mixture_is_told_what_it_lacks(void)
{
    refused(
        HEAD("1h") "workloads: {w: {demand: {tasks: 1/s}, tokens: {input: {mixture: [{weight: 1, mean: 200}, {weight: "
                   "1, mean: 500, cv: 1}]}, output: 3}}}\nroutes: {r: {chain: [a]}}\n",
        4, 84, "needs exactly two of mean, median, p95, cv", "weight: 3");
}

static const struct test tests[] = {
    {"every attempt throttled", every_attempt_throttled, FAST},
    {"calls held back that others wait for", calls_held_back_that_others_wait_for, FAST},
    {"a client that holds back all there is", a_client_that_holds_back_all_there_is, FAST},
    {"a strict budget, and timeouts that are billed", a_strict_budget_and_timeouts_that_are_billed, FAST},
    {"workers whose tasks leave stragglers", workers_whose_tasks_leave_stragglers, FAST},
    {"a part of a mixture is told what it lacks", a_part_of_a_mixture_is_told_what_it_lacks, FAST},
};
TEST_MAIN("combined", tests)
