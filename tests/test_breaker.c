/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The circuit breaker: its states one by one, the share of calls that it keeps away against a plain simulation and against
 * the events engine, what it does in an outage, and both engines side by side. */
#include "models/breaker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/retry_maker.h"
#include "tests/scenario_maker.h"

static const struct breaker_terms three = {.failures = 3, .open_ns = 100, .open_s = 1e-7};

static void call_of(struct breaker_state *state, int end, int64_t at_ns)
{
    breaker_hears(&three, state, breaker_ask(state, at_ns), end, at_ns);
}

static void it_opens_at_the_third_failure_in_a_row(void)
{
    struct breaker_state state = {0, 0, 0, 0, 0};
    call_of(&state, ATTEMPT_FAILED, 1);
    call_of(&state, ATTEMPT_TIMED_OUT, 2);
    call_of(&state, ATTEMPT_OK, 3); /* the row is broken */
    call_of(&state, ATTEMPT_THROTTLED, 4);
    call_of(&state, ATTEMPT_FAILED, 5);
    call_of(&state, ATTEMPT_REFUSED, 6); /* somebody answered */
    call_of(&state, ATTEMPT_FAILED, 7);
    call_of(&state, ATTEMPT_FAILED, 8);
    check(breaker_ask(&state, 8) != BREAKER_KEPT);
    call_of(&state, ATTEMPT_FAILED, 9);
    check_i64(breaker_ask(&state, 9), BREAKER_KEPT);
    check_i64(breaker_ask(&state, 108), BREAKER_KEPT);
    check(breaker_ask(&state, 109) != BREAKER_KEPT);
}

static void one_probe_decides(void)
{
    struct breaker_state state = {0, 0, 0, 0, 0};
    const int64_t late = breaker_ask(&state, 0);
    for (int i = 0; i < 3; i++)
        call_of(&state, ATTEMPT_FAILED, 10);
    const int64_t probe = breaker_ask(&state, 110);
    check(probe != BREAKER_KEPT);
    check_i64(breaker_ask(&state, 111), BREAKER_KEPT);    /* one at a time */
    breaker_hears(&three, &state, late, ATTEMPT_OK, 112); /* of before: says nothing */
    check_i64(breaker_ask(&state, 112), BREAKER_KEPT);
    breaker_hears(&three, &state, probe, ATTEMPT_FAILED, 120);
    check_i64(breaker_ask(&state, 219), BREAKER_KEPT);
    const int64_t second = breaker_ask(&state, 220);
    breaker_hears(&three, &state, second, ATTEMPT_OK, 230);
    check(breaker_ask(&state, 230) != BREAKER_KEPT);
    call_of(&state, ATTEMPT_FAILED, 231);
    call_of(&state, ATTEMPT_FAILED, 232);
    check(breaker_ask(&state, 233) != BREAKER_KEPT); /* the row begins anew */
}

/* n = 1, calls at once: closed for 1/q calls, then 1/(1-q) probes with l O kept before each.
 * q = 1/4, l O = 2: kept 8/3, let through 4 + 4/3: a third. */
static void one_failure_has_a_share_by_hand(void)
{
    const struct breaker_terms one = {1, 1, 4};
    const struct breaker_load load = {0.5, 0.25, 0, 0};
    check_rel(breaker_kept_share(&one, &load), 1.0 / 3, 1e-12);
    const struct breaker_load none = {0.5, 0, 0, 0};
    check_abs(breaker_kept_share(&one, &none), 0, 0);
}

/* ---- in the engines ---- */

static struct scenario *guarded(int64_t failures, double open_s, double errors)
{
    struct scenario *s = maker_scenario();
    struct route *route = &s->routes[0];
    s->time.horizon_s = 10 * S_PER_HOUR;
    s->workloads[0].demand.tasks_per_s = 2;
    route->latency.part[LATENCY_TTFT].mean_s = 1;
    route->latency.part[LATENCY_ERROR].mean_s = 0.5;
    route->chain[0].error_share = errors;
    route->chain[0].breaker = (struct breaker){failures, open_s};
    s->prices.models[s->prices.n_models] = s->prices.models[0];
    snprintf(s->prices.models[s->prices.n_models++].name, NAME_BYTES, "other");
    snprintf(route->chain[route->n_steps++].model, NAME_BYTES, "other");
    return s;
}

static const struct outcome *step_of(const struct result *result, int step, enum step_metric metric)
{
    return &result->steps[step].outcomes[metric];
}

static void check_twin(int64_t failures, double open_s, double errors, int is_retried, int is_exact)
{
    struct scenario *s = guarded(failures, open_s, errors);
    struct result events, hourly;
    if (is_retried) s->routes[0].retries[s->routes[0].n_retries++] = layer_of(RETRY_OPENAI_PYTHON);
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 8), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    for (int step = 0; step < 2; step++)
        for (int m = STEP_CALLS; m < STEP_N; m++) {
            const struct outcome *e = step_of(&events, step, (enum step_metric)m);
            const struct outcome *h = step_of(&hourly, step, (enum step_metric)m);
            const double scale = m == STEP_COST ? e->mean : step_of(&events, 0, STEP_CALLS)->mean;
            const double bound = fmax(fmax(0.02 * e->mean, 3 * e->mcse), 0.002 * scale);
            check_at(fabs(e->mean - h->mean) <= bound, __FILE__, __LINE__,
                     "failures %d, errors %g, step %d: %s events %g +- %.2g, hourly %g", (int)failures, errors, step,
                     step_metric_names[m], e->mean, e->mcse, h->mean);
        }
    check((hourly.cells[0].doubt & HOURLY_DOUBT_BREAKER) == 0);
    const struct outcome *kept = step_of(&events, 0, STEP_KEPT);
    check(kept->mean > 100);
    /* what is kept away goes to the next step, without an attempt */
    if (!is_retried)
        check_abs(step_of(&events, 0, STEP_ATTEMPTS)->mean + kept->mean, step_of(&events, 0, STEP_CALLS)->mean, 1e-6);
    if (is_exact) {
        const struct breaker_terms terms = {failures, 0, open_s};
        const struct breaker_load load = {2, errors, 1, 0.5};
        const double want = breaker_kept_share(&terms, &load) * step_of(&events, 0, STEP_CALLS)->mean;
        check_at(fabs(kept->mean - want) < 3.5 * kept->mcse && kept->mcse < 0.03 * want, __FILE__, __LINE__,
                 "failures %d, errors %g: kept %g +- %.2g, by renewal %g", (int)failures, errors, kept->mean,
                 kept->mcse, want);
    }
    result_free(&events);
    result_free(&hourly);
    free(s);
}

static void both_engines_agree_on_single_errors(void)
{
    check_twin(1, 10, 0.1, 0, 1);
    check_twin(2, 30, 0.3, 0, 1);
    check_twin(3, 5, 0.5, 0, 1);
    check_twin(5, 30, 0.6, 0, 1);
    check_twin(2, 20, 0.5, 1, 0);
}

/* Planned: 10 minutes in which all attempts fail. Until it opens, 3 calls fail; then a probe every 30 s and its wait for
 * a call; the fallback answers the rest. Without a breaker all 1,200 calls of the outage would try in vain. */
static void an_outage_is_felt_by_few(void)
{
    struct scenario *s = guarded(3, 30, PARAM_ABSENT);
    struct availability *a = &s->routes[0].chain[0].availability;
    struct result result, hourly;
    s->routes[0].chain[0].error_share = 0;
    a->n_planned = 1;
    a->planned[0].at_s = MONDAY_AT_S + S_PER_HOUR;
    a->planned[0].for_s = 10 * S_PER_MIN;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 8), &result);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const double failed = step_of(&result, 0, STEP_ERRORS)->mean;
    check_at(failed > 20 && failed < 30, __FILE__, __LINE__, "%g errors", failed);
    check_abs(step_of(&result, 0, STEP_KEPT)->mean, 1200, 100);
    check_abs(maker_outcome(&result, 0, METRIC_FAILED)->mean, 0, 0);
    check(hourly.cells[0].doubt != 0);
    result_free(&result);
    result_free(&hourly);
    free(s);
}

/* Without a step to go to, what is kept away fails without an attempt. */
static void without_a_fallback_calls_fail_at_once(void)
{
    struct scenario *s = guarded(2, 30, 0.3);
    struct result result;
    s->routes[0].n_steps = 1;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &result);
    const double calls = maker_outcome(&result, 0, METRIC_CALLS)->mean;
    const double attempts = maker_outcome(&result, 0, METRIC_ATTEMPTS)->mean;
    check(attempts < 0.5 * calls);
    check_abs(maker_outcome(&result, 0, METRIC_FAILED)->mean,
              calls - attempts + maker_outcome(&result, 0, METRIC_ERRORS)->mean, 1e-6);
    result_free(&result);
    free(s);
}

static void half_a_breaker_is_refused(void)
{
    struct complaint c;
    const struct breaker no_time = {5, PARAM_ABSENT}, no_number = {(int64_t)PARAM_ABSENT, 30}, sound = {5, 30};
    check(!(breaker_block.check)(&no_time, &c));
    check_text(c.key, "failures");
    check(!(breaker_block.check)(&no_number, &c));
    check_text(c.key, "open");
    check((breaker_block.check)(&sound, &c));
}

static const struct test tests[] = {
    {"it opens at the third failure in a row", it_opens_at_the_third_failure_in_a_row, FAST},
    {"one probe decides", one_probe_decides, FAST},
    {"one failure has a share by hand", one_failure_has_a_share_by_hand, FAST},
    {"without a fallback calls fail at once", without_a_fallback_calls_fail_at_once, FAST},
    {"an outage is felt by few", an_outage_is_felt_by_few, FAST},
    {"both engines agree on single errors", both_engines_agree_on_single_errors, MANY},
    {"half a breaker is refused", half_a_breaker_is_refused, FAST},
};
TEST_MAIN("breaker", tests)
