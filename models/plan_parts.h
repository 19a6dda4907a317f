/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts that fill a plan (models/plan.h), in the order in which plan_make calls them. Not for other rooms. */
#ifndef FLOE_MODELS_PLAN_PARTS_H
#define FLOE_MODELS_PLAN_PARTS_H

#include "models/load.h"
#include "models/plan.h"

FLOE_FN void *plan_writable(struct plan *plan, uint64_t offset)
{
    return (char *)plan + offset;
}

/* Graphs of tasks. plan_lay_out_tasks is asked while the block is laid out; then plan_derive_tasks fills in. Refuses a
 * change that makes another graph of one. */
void plan_lay_out_tasks(struct plan *plan, uint64_t *bytes);
enum floe_status plan_derive_tasks(struct plan *plan, const struct timeline *timeline, struct plan_fault *fault);

/* Streams, replayed rows, laws of tokens and the rate of tasks on every bin. */
void plan_derive_workload(struct plan *plan, const struct timeline *timeline, const struct traces *traces, int32_t w);
enum floe_status plan_check_replay(const struct plan *plan, const struct scenario *scenario,
                                   const struct traces *traces, int32_t w,
                                   struct plan_fault *fault); /* refuses a trace that lies elsewhere in time */
/* Refuses a change that makes another kind of demand of this one. */
enum floe_status plan_check_demand(const struct plan *plan, const struct timeline *timeline, int32_t w,
                                   struct plan_fault *fault);
enum floe_status plan_check_streams(const struct plan *plan, const struct scenario *scenario, struct plan_fault *fault);

/* From tasks to calls: how many are expected to begin on every bin. Reads the rates and loads. */
void plan_spread_calls(struct plan *plan, int32_t w);

/* What a call brings on average on each price slot. */
void plan_derive_means(struct plan *plan, const struct timeline *timeline, const struct traces *traces, int32_t phase,
                       int32_t r, int32_t w);

/* Chains: plan_lay_out_steps is asked while the block is laid out: `bytes` grows; then plan_derive_steps fills in. */
enum floe_status plan_lay_out_steps(struct plan *plan, const struct timeline *timeline, uint64_t *bytes,
                                    struct plan_fault *fault);
void plan_derive_steps(struct plan *plan, const struct timeline *timeline);
struct plan_step *plan_step_writable(struct plan *plan, int32_t phase, int32_t r, int32_t w, int32_t step);
const char *plan_model_of_step(const struct scenario *scenario, int32_t r, int32_t w, int32_t step);

/* Latency, retries and quotas; the steps are derived before. */
void plan_lay_out_routes(struct plan *plan, const struct timeline *timeline, uint64_t *bytes);
void plan_derive_routes(struct plan *plan, const struct timeline *timeline, const struct traces *traces,
                        struct latency_curves *work); /* work space */
int64_t plan_call_longest_ns(const struct plan *plan, int32_t phase, int32_t r, int32_t w);

/* Populations of prompts, keys and caches. plan_lay_out_caches is asked while the block is laid out: `bytes` grows; then
 * plan_derive_caches fills in. */
enum floe_status plan_lay_out_caches(struct plan *plan, const struct timeline *timeline, uint64_t *bytes,
                                     struct plan_fault *fault);
void plan_derive_caches(struct plan *plan, const struct timeline *timeline);
enum floe_status plan_check_budgets(const struct plan *plan, const struct timeline *timeline, struct plan_fault *fault);
uint64_t plan_reserve(uint64_t *bytes, uint64_t n, size_t each);

/* How many tasks and calls can be in flight at once on a route. */
void plan_set_capacity(struct plan *plan, const struct timeline *timeline, const struct traces *traces, int32_t r);

#endif
