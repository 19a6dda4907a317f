/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prompts: which calls ask the same thing. A response cache can only serve what was asked before, so this decides more
 * about its hits than the cache does.
 *
 * A prompt is (population, place, generation). A population is what a workload asks from; a place is a rank or a
 * position in it, and the generation counts how often the place was given to a new prompt. Three kinds:
 *
 *   FRESH    nothing is said: every call asks what was never asked before
 *   POPULAR  `distinct` prompts; each call draws one, by Zipf's law of exponent s (sim/zipf.h; 0: all alike)
 *   SET      a task (a run) asks `set` prompts once each, `new_each_run` of them for the first time
 *
 * POPULAR may drift: within `renewed_every` each rank is given to a new prompt once. Rank r has the generation
 * floor(t / D + phase), its phase a hash of r in [0, 1): no state, and the ranks do not change all at once.
 *
 * SET. Run n asks the ids n m .. n m + set - 1 (m = new_each_run); id i has place i mod set and generation i / set, so
 * each place is asked once in each run. Call j of every run asks place j a mod set: a prompt comes at the same offset in
 * each run, and its period is exactly the period of the runs. a is the inverse, modulo set, of the number coprime to set
 * that lies nearest to set / golden ratio: place p is asked by call p a^-1 mod set, and the new ones, which are
 * neighbours, are spread over the run as evenly as any sequence can be (three-distance theorem: Sos 1958; Knuth 6.4).
 *
 * A share of the calls may ask another workload's prompts instead, as popular there as they are: overlap.
 *
 * Draws: calls of POPULAR take one uniform each, and one more where a share of another's population is set.
 *
 * Limits: popularity does not depend on the hour; calls are independent draws (no sessions); a drifting rank keeps its
 * popularity. In a SET the runs are alike, and another workload cannot share it. */
#ifndef FLOE_MODELS_PROMPTS_H
#define FLOE_MODELS_PROMPTS_H

#include "models/param.h"
#include "models/units.h"
#include "sim/draw.h"
#include "sim/zipf.h"

#define PROMPTS_MOST 67108864 /* 2^26, see sim/zipf.h */

struct prompts_shares {
    char with[NAME_BYTES]; /* a workload */
    double share;
};

struct prompts {
    int64_t distinct, set, new_each_run; /* or PARAM_ABSENT */
    char popularity[32];                 /* "zipf 0.9", "uniform" */
    double renewed_every_s;              /* PARAM_ABSENT: never */
    struct prompts_shares shares;        /* with "": none */
};

extern const struct param_block prompts_block;

int prompts_popularity(const char *text, double *exponent); /* "uniform" is 0; 0: not such a text */

/* What the block's own check cannot see; 1 or a complaint. `other` is the workload that shares.with names. */
int prompts_check_shared(const struct prompts *prompts, const struct prompts *other, struct complaint *complaint);
int prompts_check_calls(const struct prompts *prompts, int64_t calls_per_task, struct complaint *complaint);

/* ---- what follows from the parameters ---- */

enum prompts_kind { PROMPTS_FRESH, PROMPTS_POPULAR, PROMPTS_SET };

struct prompt_population {
    int32_t kind;
    uint32_t places; /* 0 if FRESH */
    uint32_t new_each_run, stride;
    double exponent;
    int64_t renewed_every_ns; /* 0: never */
    double shared_share;      /* of the calls, that ask the other workload's population */
};

void prompts_derive(const struct prompts *prompts, struct prompt_population *population);

/* Bytes of the Zipf table that prompts_draw reads: floe_zipf_init(memory, places, exponent). 0: none is needed. */
size_t prompts_table_bytes(const struct prompt_population *population);

struct prompt {
    uint32_t place;
    uint32_t generation;
};

/* ---- as events ---- */

/* 1: this call asks the other workload's population. */
FLOE_FN int prompts_draw_shared(const struct prompt_population *population, double u)
{
    return population->shared_share > 0 && floe_draw_bernoulli(u, population->shared_share);
}

/* The phase of a place: spread evenly over [0, renewed_every). */
FLOE_FN int64_t prompts_phase_ns(int64_t renewed_every_ns, uint32_t place)
{
    const uint64_t hash = floe_hash_mix((uint64_t)place + 0x9e3779b97f4a7c15u);
    return (int64_t)((floe_u128)hash * (uint64_t)renewed_every_ns >> 64);
}

FLOE_FN uint32_t prompts_generation(const struct prompt_population *population, uint32_t place, int64_t now_ns)
{
    if (population->renewed_every_ns == 0) return 0;
    const uint64_t at_ns = (uint64_t)now_ns + (uint64_t)prompts_phase_ns(population->renewed_every_ns, place);
    return (uint32_t)(at_ns / (uint64_t)population->renewed_every_ns);
}

/* POPULAR: what a call asks that draws u. */
FLOE_FN struct prompt prompts_draw(const struct prompt_population *population, const struct floe_zipf *zipf, double u,
                                   int64_t now_ns)
{
    struct prompt prompt;
    prompt.place = (uint32_t)(population->exponent > 0 ? floe_zipf_draw(zipf, u) - 1
                                                       : floe_draw_index(u, population->places));
    prompt.generation = prompts_generation(population, prompt.place, now_ns);
    return prompt;
}

/* SET: who lives at a place in run n. */
FLOE_FN struct prompt prompts_at_place(const struct prompt_population *population, uint64_t run, uint32_t place)
{
    const uint64_t set = population->places, first = run * population->new_each_run, at = first % set;
    struct prompt prompt;
    prompt.place = place;
    prompt.generation = (uint32_t)((first + (place >= at ? place - at : place + set - at)) / set);
    return prompt;
}

/* SET: what call j of run n asks; calls beyond `set` begin again. */
FLOE_FN struct prompt prompts_of_run(const struct prompt_population *population, uint64_t run, uint64_t call)
{
    const uint64_t set = population->places;
    return prompts_at_place(population, run, (uint32_t)(call % set * population->stride % set));
}

/* Is this prompt of run n asked for the first time? */
FLOE_FN int prompts_is_new(const struct prompt_population *population, uint64_t run, struct prompt prompt)
{
    const uint64_t id = (uint64_t)prompt.generation * population->places + prompt.place;
    return run == 0 || id >= (run - 1) * population->new_each_run + population->places;
}

/* ---- as expectations ---- */

enum { PROMPT_CLASSES_MOST = 40, PROMPT_CLASSES_SINGLE = 8 };

/* Places that are about as popular as each other: `count` of them, each asked by `each` of the population's calls. */
struct prompt_classes {
    int32_t n, reserved;
    double count[PROMPT_CLASSES_MOST], each[PROMPT_CLASSES_MOST];
};

/* The first rank behind class i of n ranks: single ranks first, then ends in geometric steps. */
FLOE_FN uint64_t prompt_class_end(uint64_t n, int32_t i)
{
    if (i < PROMPT_CLASSES_SINGLE) return (uint64_t)i + 2;
    const double steps = PROMPT_CLASSES_MOST - PROMPT_CLASSES_SINGLE;
    const double ratio = (double)(n + 1) / (PROMPT_CLASSES_SINGLE + 1);
    const double end = (PROMPT_CLASSES_SINGLE + 1) *
                       floe_exp(floe_log(ratio) * (i + 1 - PROMPT_CLASSES_SINGLE) / steps);
    return i + 1 < PROMPT_CLASSES_MOST ? (uint64_t)(end + 0.5) : n + 1;
}

/* POPULAR. All alike: one class. Else at most 40; a class of the widest catalogue (2^26 ranks) spans a factor of 1.64 in
 * rank. What it costs to take a class at its mean is within 0.3 % of the hits (Zipf 0.6 to 1.2). */
FLOE_FN void prompt_classes_of(const struct prompt_population *population, struct prompt_classes *classes)
{
    const uint64_t places = population->places;
    const double total = floe_zipf_sum(1, places, population->exponent);
    uint64_t from = 1;
    classes->n = classes->reserved = 0;
    for (int32_t i = 0; i < PROMPT_CLASSES_MOST; i++) {
        uint64_t end = population->exponent > 0 ? prompt_class_end(places, i) : places + 1;
        if (end > places + 1) end = places + 1;
        if (end <= from) continue;
        classes->count[classes->n] = (double)(end - from);
        classes->each[classes->n] = floe_zipf_sum(from, end - 1, population->exponent) / total / (double)(end - from);
        classes->n++;
        from = end;
    }
}

#endif
