/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/task.h"

#include <stdio.h>

#include "models/param_rows.h"

const char *const service_tier_names[] = {"standard", "real-time", "batch", "background", NULL};

static const struct param name_rows[] = {
    TEXT("step", task_name, name, PARAM_REQUIRED, PARAM_PLAIN, "the name of another step of the task"),
};
const struct param_block task_name_block = {
    .name = "after", ROWS(name_rows), .size = sizeof(struct task_name), .scalar_key = "step"};

static const struct param times_rows[] = {
    COUNT("count", task_times, count, 1, TASK_ROUNDS_MOST, PARAM_OPTIONAL, "always so many rounds"),
    NUMBER("mean", task_times, mean, UNIT_NONE, 1, TASK_ROUNDS_MOST, PARAM_OPTIONAL, PARAM_PLAIN,
           "mean number of rounds; after each one the same chance of another (geometric), `most` at most"),
    COUNT("most", task_times, most, 1, TASK_ROUNDS_MOST, PARAM_OPTIONAL,
          "with `mean`: the largest number of rounds; without it 128"),
    VALUES("shares", task_times, shares, n_shares, UNIT_SHARE, TASK_SHARES_MOST, 0, 1,
           "shares of the tasks with 1, 2, 3 ... rounds: [50%, 30%, 20%]"),
};

static int64_t rounds_most(const struct task_times *t)
{
    return t->most > 0 ? t->most : TASK_ROUNDS_MOST;
}

static int times_check(const void *block, struct complaint *c)
{
    const struct task_times *t = (const struct task_times *)block;
    const int has_mean = t->mean != PARAM_ABSENT;
    double sum = 0;
    char what[160];
    if ((t->count > 0) + has_mean + (t->n_shares > 0) > 1)
        return complain(c, "count", "the rounds of a loop are a count, a mean or shares: one of them", "leave two out");
    if (t->most > 0 && !has_mean) return complain(c, "most", "`most` belongs to `mean`", "times: {mean: 3, most: 10}");
    if (has_mean && t->mean > 0.5 * (double)(1 + rounds_most(t))) {
        (void)snprintf(what, sizeof what, "a geometric number of rounds, %lld at most, has a mean of at most %g",
                       (long long)rounds_most(t), 0.5 * (double)(1 + rounds_most(t)));
        return complain(c, "mean", what, "a larger `most`, or `shares`");
    }
    for (int32_t i = 0; i < t->n_shares; i++)
        sum += t->shares[i];
    if (t->n_shares > 0 && (sum < 1 - 1e-9 || sum > 1 + 1e-9)) {
        (void)snprintf(what, sizeof what, "the shares add up to %.6g%%", 100 * sum);
        return complain(c, "shares", what, "they must add up to 100%");
    }
    return 1;
}
const struct param_block task_times_block = {.name = "times",
                                             ROWS(times_rows),
                                             .size = sizeof(struct task_times),
                                             .scalar_key = "count",
                                             .list_key = "shares",
                                             .check = times_check};

static const struct param tokens_rows[] = {
    BLOCK("input", task_tokens, input, token_law_block, PARAM_OPTIONAL, "input tokens of a call of this step"),
    BLOCK("output", task_tokens, output, token_law_block, PARAM_OPTIONAL, "output tokens of a call of this step"),
    NUMBER("prefix", task_tokens, prefix_tok, UNIT_TOK, 0, TOKENS_LARGEST, PARAM_OPTIONAL, PARAM_PLAIN,
           "tokens that every call of this step repeats in front of its input"),
    NUMBER("max_output", task_tokens, max_output_tok, UNIT_TOK, 1, TOKENS_LARGEST, PARAM_OPTIONAL, PARAM_PLAIN,
           "a longer answer is cut there"),
};
const struct param_block task_tokens_block = {
    .name = "tokens of a step", ROWS(tokens_rows), .size = sizeof(struct task_tokens)};

static const struct param step_rows[] = {
    MANY(PARAM_LIST, "after", task_step, after, n_after, TASK_STEPS_MOST, task_name_block, PARAM_OPTIONAL,
         "the steps that it waits for: `plan`, or [search, reflect]; without it it begins with the task"),
    COUNT(
        "needs", task_step, needs, 1, TASK_STEPS_MOST, PARAM_OPTIONAL,
        "k of the steps in `after` that must succeed; it begins with the k-th. Without it it waits for all of them to "
        "end, whatever becomes of the optional ones"),
    COUNT("calls", task_step, calls, 0, TASK_CALLS_MOST, "1", "calls side by side; 0: a place where branches meet"),
    COUNT("needed", task_step, needed, 1, TASK_CALLS_MOST, PARAM_OPTIONAL,
          "k of the calls that must be answered; it goes on with the k-th. Without it all"),
    BLOCK(
        "times", task_step, times, task_times_block, PARAM_OPTIONAL,
        "a loop: so many rounds of its calls, one after the other: 3, {mean: 4, most: 12}, {shares: [50%, 30%, 20%]}"),
    FLAG("essential", task_step, is_essential, "true",
         "the task fails when this step fails; false: it goes on without, and is accepted as partial"),
    TEXT("model", task_step, model, PARAM_OPTIONAL, PARAM_PLAIN,
         "the model that this step asks for, for routes whose chain says `from workload`"),
    BLOCK("tokens", task_step, tokens, task_tokens_block, PARAM_OPTIONAL,
          "of one call of this step, where they are not the workload's"),
    MANY(PARAM_LIST, "retries", task_step, retries, n_retries, RETRY_LAYERS_MOST, retry_layer_block, PARAM_OPTIONAL,
         "what retries a failed attempt of this step, innermost first, in place of the route's `retries`"),
    BLOCK("hedge", task_step, hedge, hedge_block, PARAM_OPTIONAL,
          "a second attempt beside one of this step that takes long, in place of the route's `hedge`: {quantile: 95%}"),
    CHOICE(
        "service_tier", task_step, service_tier, service_tier_names, "standard",
        "what the step could be served as: standard, real-time, batch, background. A note so far: it changes no price "
        "and no latency"),
};
const struct param_block task_step_block = {.name = "step", ROWS(step_rows), .size = sizeof(struct task_step)};

/* ---- what lies between the steps ---- */

static int32_t find(const struct task_step *steps, int32_t n, const char *name)
{
    for (int32_t i = 0; i < n; i++)
        if (strcmp(steps[i].name, name) == 0) return i;
    return -1;
}

static uint32_t after_bits(const struct task_step *steps, int32_t n, int32_t j)
{
    uint32_t bits = 0;
    for (int32_t i = 0; i < steps[j].n_after; i++) {
        const int32_t at = find(steps, n, steps[j].after[i].name);
        if (at >= 0) bits |= 1u << at;
    }
    return bits;
}

static void list_names(const struct task_step *steps, int32_t n, char *to, size_t size)
{
    size_t at = (size_t)snprintf(to, size, "its steps are");
    for (int32_t i = 0; i < n && at < size; i++)
        at += (size_t)snprintf(to + at, size - at, "%s %s", i == 0 ? "" : ",", steps[i].name);
}

static int complain_of(struct complaint *c, const struct task_step *step, const char *key, const char *what,
                       const char *hint)
{
    char path[sizeof c->key];
    (void)snprintf(path, sizeof path, "%.47s.%s", step->name, key);
    return complain(c, path, what, hint);
}

static int check_after(const struct task_step *steps, int32_t n, int32_t j, struct complaint *c)
{
    const struct task_step *step = &steps[j];
    char what[160], hint[240];
    for (int32_t i = 0; i < step->n_after; i++) {
        const int32_t at = find(steps, n, step->after[i].name);
        if (at < 0) {
            (void)snprintf(what, sizeof what, "the task has no step '%s'", step->after[i].name);
            list_names(steps, n, hint, sizeof hint);
            return complain_of(c, step, "after", what, hint);
        }
        for (int32_t k = 0; k < i; k++)
            if (strcmp(step->after[k].name, step->after[i].name) == 0) {
                (void)snprintf(what, sizeof what, "'%s' is named twice", step->after[i].name);
                return complain_of(c, step, "after", what, "name each step once");
            }
    }
    return 1;
}

static int check_counts(const struct task_step *step, struct complaint *c)
{
    char what[160];
    if (step->needed > step->calls) {
        (void)snprintf(what, sizeof what, "%lld answers are needed of %lld calls", (long long)step->needed,
                       (long long)step->calls);
        return complain_of(c, step, "needed", what, "1 to `calls`");
    }
    if (step->needs > step->n_after) {
        (void)snprintf(what, sizeof what, "%lld steps must succeed of the %d in `after`", (long long)step->needs,
                       (int)step->n_after);
        return complain_of(c, step, "needs", what, "1 to the number of steps in `after`");
    }
    const int is_loop = step->times.count > 1 || step->times.mean > 1 || step->times.n_shares > 1;
    if (step->calls == 0 && is_loop)
        return complain_of(c, step, "times", "a step without calls has nothing to repeat", "leave out `times`");
    if (strlen(step->name) >= TASK_NAME_BYTES) {
        (void)snprintf(what, sizeof what, "the name of a step has at most %d bytes", TASK_NAME_BYTES - 1);
        return complain(c, "", what, "a shorter name");
    }
    return 1;
}

/* Writes `a -> b -> a` of a step that waits for itself. */
static void write_cycle(const struct task_step *steps, int32_t n, int32_t from, uint32_t open, char *to, size_t size)
{
    int32_t path[TASK_STEPS_MOST + 1], length = 0, at = from;
    uint32_t seen = 0;
    while ((seen >> at & 1) == 0) { /* every open step waits for another open one */
        const uint32_t before = after_bits(steps, n, at) & open;
        seen |= 1u << at;
        path[length++] = at;
        for (at = 0; (before >> at & 1) == 0;)
            at++;
    }
    int32_t first = 0;
    while (path[first] != at)
        first++;
    size_t used = (size_t)snprintf(to, size, "the steps wait for each other in a circle: %s", steps[at].name);
    for (int32_t i = length - 1; i >= first && used < size; i--)
        used += (size_t)snprintf(to + used, size - used, " -> %s", steps[path[i]].name);
}

/* Takes away what waits for nothing until nothing is left. */
static int check_cycle(const struct task_step *steps, int32_t n, struct complaint *c)
{
    uint32_t open = (1u << n) - 1;
    char what[240];
    for (int32_t round = 0; round < n; round++)
        for (int32_t j = 0; j < n; j++)
            if ((after_bits(steps, n, j) & open) == 0) open &= ~(1u << j);
    if (open == 0) return 1;
    int32_t j = 0;
    while ((open >> j & 1) == 0)
        j++;
    write_cycle(steps, n, j, open, what, sizeof what);
    return complain_of(c, &steps[j], "after", what,
                       "a step can only come after one that does not wait for it; for "
                       "rounds of one step there is `times`");
}

int task_check(const struct task_step *steps, int32_t n, struct complaint *c)
{
    int n_essential = 0;
    for (int32_t j = 0; j < n; j++) {
        if (!check_counts(&steps[j], c) || !check_after(steps, n, j, c)) return 0;
        n_essential += steps[j].is_essential;
    }
    if (n_essential == 0)
        return complain_of(c, &steps[0], "essential", "no step is essential: every task would be accepted",
                           "leave `essential: false` out of the step that the task is for");
    return check_cycle(steps, n, c);
}

/* ---- derived ---- */

static double geometric_mean(double c, int32_t most, double *p)
{
    double sum = 0, mean = 0, term = 1;
    for (int32_t i = 0; i < most; i++, term *= c) {
        p[i] = term;
        sum += term;
        mean += (i + 1) * term;
    }
    for (int32_t i = 0; i < most; i++)
        p[i] /= sum;
    return mean / sum;
}

/* The chance of another round with which the cut law has this mean. */
static void derive_geometric(double mean, int32_t most, struct task_rounds *rounds)
{
    double low = 0, high = 1;
    for (int i = 0; i < 100; i++) {
        const double middle = 0.5 * (low + high);
        if (geometric_mean(middle, most, rounds->p) < mean)
            low = middle;
        else
            high = middle;
    }
    (void)geometric_mean(0.5 * (low + high), most, rounds->p);
}

void task_rounds_derive(const struct task_times *times, struct task_rounds *rounds)
{
    memset(rounds, 0, sizeof *rounds);
    rounds->most = times->count > 0 ? (int32_t)times->count : 1;
    if (times->mean != PARAM_ABSENT) {
        rounds->most = (int32_t)rounds_most(times);
        derive_geometric(times->mean, rounds->most, rounds);
    } else if (times->n_shares > 0) {
        rounds->most = times->n_shares;
        for (int32_t i = 0; i < times->n_shares; i++)
            rounds->p[i] = times->shares[i];
    } else {
        rounds->p[rounds->most - 1] = 1;
    }
}

static uint32_t awaited_of(const struct task_terms *terms)
{
    uint32_t awaited = (1u << terms->n) - 1;
    for (int32_t j = 0; j < terms->n; j++)
        awaited &= ~terms->steps[j].after; /* the last ones */
    for (int32_t j = 0; j < terms->n; j++)
        awaited |= (uint32_t)terms->steps[j].is_essential << j;
    for (int32_t round = 0; round < terms->n; round++)
        for (int32_t j = 0; j < terms->n; j++)
            if ((awaited >> j & 1) != 0 && task_waits_for_all(&terms->steps[j])) awaited |= terms->steps[j].after;
    return awaited;
}

void task_derive(const struct task_step *steps, int32_t n, struct task_terms *terms)
{
    memset(terms, 0, sizeof *terms);
    terms->n = n;
    for (int32_t j = 0; j < n; j++) {
        struct task_terms_step *to = &terms->steps[j];
        to->after = after_bits(steps, n, j);
        to->needs = (int32_t)steps[j].needs;
        to->calls = (int32_t)steps[j].calls;
        to->needed = (int32_t)(steps[j].needed > 0 ? steps[j].needed : steps[j].calls);
        to->is_essential = steps[j].is_essential;
        task_rounds_derive(&steps[j].times, &to->rounds);
    }
    terms->awaited = awaited_of(terms);
}
