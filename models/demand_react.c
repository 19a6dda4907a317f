/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/demand_react.h"

#include <string.h>

#include "models/param_rows.h"

#define REACT_TIME_LEAST_S 1e-3

static const char *const law_names[] = {"exponential", "constant", NULL};

static const struct param time_rows[] = {
    NUMBER("mean", react_time, mean_s, UNIT_S, REACT_TIME_LEAST_S, S_PER_WEEK, PARAM_REQUIRED, PARAM_PLAIN,
           "how long on average"),
    CHOICE("law", react_time, law, law_names, "exponential", "how it scatters around its mean"),
};
static const struct param_block time_block = {
    .name = "time", ROWS(time_rows), .size = sizeof(struct react_time), .scalar_key = "mean"};

static const struct param asks_again_rows[] = {
    NUMBER("share", asks_again, share, UNIT_SHARE, 0, 1, PARAM_REQUIRED, PARAM_PLAIN,
           "of the users whose task failed, those who ask again; each time"),
    BLOCK("wait", asks_again, wait, time_block, PARAM_REQUIRED,
          "from the failure to the next ask: `30s`; {mean: 30s, law: constant}"),
    COUNT("most", asks_again, most, 1, REACT_ASKS_MOST, PARAM_OPTIONAL,
          "how often a user asks again for one thing at most; without it there is no limit"),
    NUMBER("patience", asks_again, patience_s, UNIT_S, REACT_TIME_LEAST_S, S_PER_WEEK, PARAM_OPTIONAL, PARAM_PLAIN,
           "a task that lasts longer is given up by its user, and runs on: it is billed and ends as failed"),
};
const struct param_block asks_again_block = {
    .name = "asks_again", ROWS(asks_again_rows), .size = sizeof(struct asks_again)};

static const struct param agents_rows[] = {
    COUNT("workers", agents, workers, 1, REACT_WORKERS_MOST, PARAM_REQUIRED,
          "how many there are; each has one task at a time"),
    BLOCK("think", agents, think, time_block, PARAM_REQUIRED,
          "from the end of a task to the start of the worker's next one: `5s`; {mean: 5s, law: constant}"),
};
const struct param_block agents_block = {.name = "agents", ROWS(agents_rows), .size = sizeof(struct agents)};

int react_check(const struct asks_again *asks, const struct agents *agents, struct complaint *c)
{
    if (asks->share >= 1 && asks->most <= 0)
        return complain(c, "asks_again", "where everybody asks again, without limit, nobody ever gives up",
                        "a share below 100%, or for example most: 5");
    if (asks->share > 0 && agents->workers > 0)
        return complain(c, "asks_again",
                        "a worker of a closed loop starts its next task whatever became of the last one",
                        "leave one out; `retries` of the route try a call again");
    return 1;
}

struct react_terms react_derive(const struct asks_again *asks, const struct agents *agents)
{
    struct react_terms terms;
    memset(&terms, 0, sizeof terms);
    if (asks->share > 0) {
        terms.share = asks->share;
        terms.most = asks->most > 0 ? asks->most : INT64_MAX;
        terms.wait = asks->wait;
        if (asks->patience_s > 0) terms.patience_ns = react_ns(asks->patience_s);
    }
    if (agents->workers > 0) {
        terms.workers = agents->workers;
        terms.think = agents->think;
    }
    return terms;
}
