/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tasks that are a graph of steps: who waits for whom, how many calls a step makes, which of them must be answered, and
 * what becomes of the task. Both forms:
 *   as events        task_begin, task_round_begin, task_call_end: one task, call by call
 *   as expectations  models/task_hourly.h
 *
 * A step makes `calls` calls side by side; it has what it needs when `needed` of them are answered, and fails when that
 * can no longer be. A loop makes such rounds one after the other, `times` of them; a round that fails ends the loop, and
 * the step with it. A step begins
 *   when all steps that it comes after have ended, whether they succeeded or not, or,
 *   with `needs: k`, when k of them have succeeded; it fails, without a call, when k can no longer succeed.
 * A step without calls is a place where branches meet: it succeeds as soon as it begins.
 *
 * The task waits for its essential steps, for its last ones (no step comes after them) and for all that those wait for;
 * not for a step that only stands for one of k, as a third voter whom nobody waits for. It is accepted when these have
 * ended and every essential one has succeeded. When an essential step fails the task has failed: it begins nothing more
 * but what was due at that very instant, and what is under way runs to its end and is billed. An accepted task is `partial` if an optional step that it waited
 * for failed. Stragglers of a round that is decided run on; nobody waits for them. So every task ends in exactly one
 * state, and its calls are all counted.
 *
 * Words: series-parallel and general directed acyclic graphs as in workflow nets; k of n as in reliability theory
 * (Barlow, Proschan 1975). No numbers are taken from there.
 * Limits: TASK_STEPS_MOST steps, TASK_CALLS_MOST calls a round, TASK_ROUNDS_MOST rounds. A loop repeats one step, not
 * several. The number of rounds is drawn when the step begins and does not depend on what was answered. */
#ifndef FLOE_MODELS_TASK_H
#define FLOE_MODELS_TASK_H

#include "models/hedge.h"
#include "models/param.h"
#include "models/retry.h"
#include "models/tokens.h"
#include "sim/base.h"

#define TASK_STEPS_MOST 10
#define TASK_CALLS_MOST 1000
#define TASK_ROUNDS_MOST 128
#define TASK_SHARES_MOST 16 /* shares of 1, 2, 3 ... rounds */
#define TASK_NAME_BYTES 48  /* of a step */

#if defined(__cplusplus)
extern "C" {
#endif

enum service_tier { TIER_STANDARD, TIER_REAL_TIME, TIER_BATCH, TIER_BACKGROUND };
extern const char *const service_tier_names[];

struct task_name {
    char name[TASK_NAME_BYTES];
};

/* How many rounds: a number, a mean, or shares of 1, 2, 3 ... rounds. */
struct task_times {
    int64_t count; /* -1: not said */
    double mean;   /* of a geometric number of rounds, cut at `most`; PARAM_ABSENT: not said */
    int64_t most;  /* -1: TASK_ROUNDS_MOST */
    int32_t n_shares;
    double shares[TASK_SHARES_MOST];
};

/* What a step's calls are made of, where that differs from the workload's. */
struct task_tokens {
    struct token_law input, output;
    double prefix_tok, max_output_tok; /* PARAM_ABSENT: as the workload's */
};

struct task_step {
    char name[NAME_BYTES];
    int32_t n_after;
    struct task_name after[TASK_STEPS_MOST];
    int64_t needs;         /* of the steps in `after`; -1: wait for all, whatever becomes of them */
    int64_t calls, needed; /* needed -1: all */
    struct task_times times;
    int32_t is_essential;
    int32_t service_tier; /* enum service_tier */
    char model[NAME_BYTES];
    struct task_tokens tokens;
    int32_t n_retries;
    struct retry_layer retries[RETRY_LAYERS_MOST]; /* in place of the route's; none: those */
    struct hedge hedge;                            /* likewise */
};

extern const struct param_block task_name_block, task_times_block, task_tokens_block, task_step_block;

/* 1: sound. The key of a complaint is that of the graph: `search.after`. */
int task_check(const struct task_step *steps, int32_t n, struct complaint *complaint);

/* P(i + 1 rounds) = p[i]. */
struct task_rounds {
    int32_t most;
    double p[TASK_ROUNDS_MOST];
};

struct task_terms_step {
    uint32_t after; /* bits of steps */
    int32_t needs;  /* -1: all have ended */
    int32_t calls, needed;
    int32_t is_essential;
    struct task_rounds rounds;
};

/* The steps in the order of the file. */
struct task_terms {
    int32_t n;
    uint32_t awaited; /* bits: the steps without which the task does not end */
    struct task_terms_step steps[TASK_STEPS_MOST];
};

void task_rounds_derive(const struct task_times *times, struct task_rounds *rounds);
void task_derive(const struct task_step *steps, int32_t n, struct task_terms *terms);

#if defined(__cplusplus)
}
#endif

FLOE_FN double task_rounds_mean(const struct task_rounds *rounds)
{
    double mean = 0;
    for (int32_t i = 0; i < rounds->most; i++)
        mean += (i + 1) * rounds->p[i];
    return mean;
}

/* ---- as events ---- */

FLOE_FN int32_t task_rounds_draw(const struct task_rounds *rounds, double uniform)
{
    double below = 0;
    int32_t i = 0;
    for (; i < rounds->most - 1; i++) {
        below += rounds->p[i];
        if (uniform < below) break;
    }
    return i + 1;
}

/* Of one step of one task. */
struct task_step_state {
    int32_t round, rounds; /* under way, from 1; in all */
    int32_t answered, failed;
    int32_t is_decided; /* the round */
};

struct task_state {
    uint32_t begun, ended, succeeded; /* bits of steps */
    int32_t is_over, is_failed;
    struct task_step_state steps[TASK_STEPS_MOST];
};

FLOE_FN int32_t task_count_bits(uint32_t bits)
{
    int32_t n = 0;
    for (; bits != 0; bits &= bits - 1)
        n++;
    return n;
}

/* 1: a step begins only when all steps in its `after` have ended. */
FLOE_FN int task_waits_for_all(const struct task_terms_step *step)
{
    return step->needs < 0 || step->needs == task_count_bits(step->after);
}

enum task_gate { TASK_WAITS, TASK_READY, TASK_NEVER };

/* May a step begin, given which steps have ended, and how? */
FLOE_FN enum task_gate task_gate_of(const struct task_terms_step *step, uint32_t ended, uint32_t succeeded)
{
    if (step->needs < 0) return (ended & step->after) == step->after ? TASK_READY : TASK_WAITS;
    if (task_count_bits(succeeded & step->after) >= step->needs) return TASK_READY;
    const int32_t possible = task_count_bits(step->after & ~(ended & ~succeeded));
    return possible < step->needs ? TASK_NEVER : TASK_WAITS;
}

FLOE_FN void task_step_end(const struct task_terms *terms, struct task_state *state, int32_t j, int is_ok)
{
    state->ended |= 1u << j;
    state->succeeded |= (uint32_t)(is_ok != 0) << j;
    if (is_ok || !terms->steps[j].is_essential) return;
    state->is_over = state->is_failed = 1;
}

/* Steps that can begin now, as bits; those that never will have failed, those without calls have succeeded. */
FLOE_FN uint32_t task_advance(const struct task_terms *terms, struct task_state *state)
{
    uint32_t begin = 0;
    for (int32_t i = 0; i < terms->n && !state->is_over; i++) {
        int is_settled = 1;
        for (int32_t j = 0; j < terms->n && !state->is_over; j++) {
            if (((state->begun | state->ended) >> j & 1) != 0) continue;
            const enum task_gate gate = task_gate_of(&terms->steps[j], state->ended, state->succeeded);
            if (gate == TASK_WAITS) continue;
            if (gate == TASK_NEVER || terms->steps[j].calls == 0) {
                task_step_end(terms, state, j, gate == TASK_READY);
                is_settled = 0;
                continue;
            }
            state->begun |= 1u << j;
            begin |= 1u << j;
        }
        if (is_settled) break;
    }
    if ((state->ended & terms->awaited) == terms->awaited) state->is_over = 1;
    return state->is_over ? 0 : begin;
}

/* A new task: the steps that begin with it. */
FLOE_FN uint32_t task_begin(const struct task_terms *terms, struct task_state *state)
{
    memset(state, 0, sizeof *state);
    return task_advance(terms, state);
}

/* A step begins, with so many rounds to make. */
FLOE_FN void task_step_begin(struct task_state *state, int32_t j, int32_t rounds)
{
    state->steps[j].round = 0;
    state->steps[j].rounds = rounds;
}

/* The next round of a step. Returns how many calls it makes. */
FLOE_FN int32_t task_round_begin(const struct task_terms *terms, struct task_state *state, int32_t j)
{
    struct task_step_state *step = &state->steps[j];
    step->round++;
    step->answered = step->failed = step->is_decided = 0;
    return terms->steps[j].calls;
}

/* A call of a round of step j has ended. Returns the steps that begin a round now, as bits; j itself among them: its
 * next one. */
FLOE_FN uint32_t task_call_end(const struct task_terms *terms, struct task_state *state, int32_t j, int32_t round,
                               int is_answered)
{
    struct task_step_state *step = &state->steps[j];
    const struct task_terms_step *rule = &terms->steps[j];
    if (state->is_over || round != step->round || step->is_decided) return 0;
    step->answered += is_answered != 0;
    step->failed += is_answered == 0;
    const int is_ok = step->answered >= rule->needed;
    if (!is_ok && step->failed <= rule->calls - rule->needed) return 0;
    step->is_decided = 1;
    if (is_ok && step->round < step->rounds) return 1u << j;
    task_step_end(terms, state, j, is_ok);
    return task_advance(terms, state);
}

FLOE_FN int task_is_partial(const struct task_terms *terms, const struct task_state *state)
{
    return state->is_over && !state->is_failed && (terms->awaited & ~state->succeeded) != 0;
}

#endif
