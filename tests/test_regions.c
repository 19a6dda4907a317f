/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One model in two regions: quotas, outages and what a wrong name is told. */
#include <stdlib.h>

#include "models/run.h"
#include "tests/read_files.h"
#include "tests/scenario_maker.h"

#define TWO_REGIONS(QUOTAS, REST)                                                                                      \
    "floe: 1\n"                                                                                                        \
    "time: {start: 2026-03-16T00:00Z, horizon: 3h}\n"                                                                  \
    "prices: {models: {m: {input: 3.00 usd/Mtok, output: 15.00 usd/Mtok}}}\n"                                          \
    "workloads: {chat: {demand: {tasks: 10/s}, tokens: {input: 100, output: 10}}}\n"                                   \
    "routes:\n"                                                                                                        \
    "  api:\n"                                                                                                         \
    "    quotas: {" QUOTAS "}\n"                                                                                       \
    "    chain: [{model: m, region: us" REST "}, {model: m, region: eu, when: [throttle, error]}]\n"

static struct result run_of(const char *yaml, enum engine_kind engine)
{
    struct floe_document *d = sound(yaml);
    struct result r;
    maker_run(&d->scenario, NULL, maker_options(engine, 2), &r);
    check_i64(r.n_steps, 2);
    check_text(r.steps[1].region, "eu");
    r.scenario = NULL; /* it ends with the document */
    floe_document_free(d);
    return r;
}

static double answers(const struct result *r, int step)
{
    return r->steps[step].outcomes[STEP_INVOCATIONS].mean;
}

/* 6/s here and 20/s there: what overflows is answered there. */
static void each_region_has_its_quota(void)
{
    for (int engine = 0; engine < 2; engine++) {
        struct result r = run_of(TWO_REGIONS("m@us: {requests: 6/s}, m@eu: {requests: 20/s}", ""),
                                 engine == 0 ? ENGINE_EVENTS : ENGINE_HOURLY);
        check_rel(answers(&r, 0), 6.0 * 3 * 3600, 0.02); /* and what the bucket held */
        check_rel(answers(&r, 0) + answers(&r, 1), 10.0 * 3 * 3600, 0.01);
        result_free(&r);
    }
}

/* One quota by the model's name: both regions draw on it, and a second region is no help. */
static void regions_share_the_quota_of_their_model(void)
{
    struct result r = run_of(TWO_REGIONS("m: {requests: 6/s}", ""), ENGINE_EVENTS);
    check_rel(answers(&r, 0) + answers(&r, 1), 6.0 * 3 * 3600, 0.02);
    result_free(&r);
}

/* A region that is down half of the time, and one that is not. */
static void an_outage_is_of_one_region(void)
{
    struct result r = run_of(TWO_REGIONS("m@us: {requests: 100/s}", ", availability: {mtbf: 5min, mttr: 5min}"),
                             ENGINE_EVENTS);
    check(answers(&r, 0) < 0.75 * 10 * 3 * 3600);
    check_rel(answers(&r, 0) + answers(&r, 1), 10.0 * 3 * 3600, 0.01);
    result_free(&r);
}

static void a_region_that_nobody_asks_is_refused(void)
{
    refused(TWO_REGIONS("m@ap: {requests: 6/s}", ""), 7, 14, "no step of route 'api' asks the region 'ap'", "region: ");
    refused(TWO_REGIONS("k@us: {requests: 6/s}", ""), 7, 14, "the model 'k' has no prices", "");
}

static const struct test tests[] = {
    {"each region has its quota", each_region_has_its_quota, FAST},
    {"regions share the quota of their model", regions_share_the_quota_of_their_model, FAST},
    {"an outage is of one region", an_outage_is_of_one_region, FAST},
    {"a region that nobody asks is refused", a_region_that_nobody_asks_is_refused, FAST},
};
TEST_MAIN("regions", tests)
