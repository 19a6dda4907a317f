/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Demand that reacts, as a user writes it: what is refused, with its place, and what a sound text comes to. */
#include "tests/read_files.h"

#define DEMAND(d) SOUND_HEAD "workloads: {chat: {demand: {" d "}, tokens: {input: 2931, output: 400}}}\n" SOUND_ROUTES

static void users_who_cannot_be(void)
{
    refused(DEMAND("tasks: 1/s, asks_again: {share: 80%}"), 4, 41, "asks_again lacks `wait`", "");
    refused(DEMAND("tasks: 1/s, asks_again: {share: 130%, wait: 30s}"), 4, 61,
            "`share`: '130%' is out of range; allowed: 0% to 100%", "");
    refused(DEMAND("tasks: 1/s, asks_again: {share: 80%, wait: -5s}"), 4, 72,
            "`wait`: '-5s' is out of range; allowed: 1ms to 1w", "");
    refused(DEMAND("tasks: 1/s, asks_again: {share: 80%, wait: 0s}"), 4, 72, "out of range", "");
    refused(DEMAND("tasks: 1/s, asks_again: {share: 80%, wait: 30}"), 4, 72, "'30' has no unit", "");
    refused(DEMAND("tasks: 1/s, asks_again: {share: 80%, wait: 30s, most: 17}"), 4, 83,
            "`most`: '17' is out of range; allowed: 1 to 16", "");
    refused(DEMAND("tasks: 1/s, asks_again: {share: 80%, wait: 30s, patience: -1s}"), 4, 87,
            "`patience`: '-1s' is out of", "");
    refused(DEMAND("tasks: 1/s, asks_again: {share: 80%, wait: {mean: 30s, law: gamma}}"), 4, 89,
            "exponential, constant", "");
    refused(DEMAND("tasks: 1/s, asks_again: {share: 100%, wait: 30s}"), 4, 53, "without limit, nobody ever gives up",
            "most: 5");
    refused(DEMAND("tasks: 1/s, asks_agian: {share: 10%, wait: 30s}"), 4, 41, "unknown key 'asks_agian'",
            "did you mean 'asks_again'?");
}

static void users_of_what_has_none(void)
{
    refused(DEMAND("tasks: 1/day, at: '03:58', asks_again: {share: 80%, wait: 30s}"), 4, 68,
            "not in a job or a replayed", "retries");
    refused(DEMAND("agents: {workers: 5, think: 2s}, asks_again: {share: 80%, wait: 30s}"), 4, 74,
            "starts its next task whatever became of the last one", "leave one out");
}

static void workers_who_cannot_be(void)
{
    refused(DEMAND("agents: {workers: 5}"), 4, 29, "agents lacks `think`", "");
    refused(DEMAND("agents: {workers: 0, think: 2s}"), 4, 47, "`workers`: '0' is out of range; allowed: 1 to 1000000",
            "");
    refused(DEMAND("agents: {workers: 2.5, think: 2s}"), 4, 47, "`workers`", "");
    refused(DEMAND("agents: {workers: 5, think: 0s}"), 4, 57, "out of range", "");
}

static void workers_beside_what_they_replace(void)
{
    refused(DEMAND("tasks: 5/s, agents: {workers: 5, think: 2s}"), 4, 36, "there is no rate to give",
            "leave out `agents`");
    refused(DEMAND("agents: {workers: 5, think: 2s}, growth: 5%/month"), 4, 70, "there is no rate to give", "");
    refused(DEMAND("agents: {workers: 5, think: 2s}, bursts: {on: 2min, off: 20min, factor: 10}"), 4, 70,
            "there is no rate to give", "");
    refused(DEMAND("agents: {workers: 5, think: 2s}, hours: '10:00-13:00'"), 4, 37, "have no hours", "");
    refused(DEMAND("agents: {workers: 5, think: 2s}, at: '03:58'"), 4, 66, "there is no rate to give", "");
}

static void what_is_sound(void)
{
    const struct memory_file users = {
        "s.yaml", DEMAND("tasks: 1/s, asks_again: {share: 80%, wait: {mean: 30s, law: constant}, patience: 20s}"), 0};
    const struct memory_file workers = {"s.yaml", DEMAND("agents: {workers: 50, think: 5s}"), 0};
    struct floe_document *d = sound_at(&users, 1, NULL, 0, __FILE__, __LINE__);
    const struct asks_again *asks = &d->scenario.workloads[0].demand.asks_again;
    check(asks->share == 0.8 && asks->wait.mean_s == 30 && asks->wait.law == REACT_CONSTANT && asks->most == -1);
    check(asks->patience_s == 20);
    floe_document_free(d);
    d = sound_at(&workers, 1, NULL, 0, __FILE__, __LINE__);
    const struct agents *agents = &d->scenario.workloads[0].demand.agents;
    check(agents->workers == 50 && agents->think.mean_s == 5 && agents->think.law == REACT_EXPONENTIAL);
    floe_document_free(d);
}

static const struct test tests[] = {
    {"users who cannot be", users_who_cannot_be, FAST},
    {"users of what has none", users_of_what_has_none, FAST},
    {"workers who cannot be", workers_who_cannot_be, FAST},
    {"workers beside what they replace", workers_beside_what_they_replace, FAST},
    {"what is sound", what_is_sound, FAST},
};
TEST_MAIN("read_react", tests)
