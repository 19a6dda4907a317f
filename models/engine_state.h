/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one replication of the events engine remembers: events and their records, tasks and calls that have not ended,
 * streams, caches, keys. All of it lies in memory of the caller, addressed by index. */
#ifndef FLOE_MODELS_ENGINE_STATE_H
#define FLOE_MODELS_ENGINE_STATE_H

#include "models/attempt.h"
#include "models/counts.h"
#include "models/plan_jobs.h"
#include "models/response_cache_events.h"
#include "sim/event.h"
#include "sim/fingerprint.h"

enum event_kind {
    EVENT_CALL_DONE,
    EVENT_COST_RECORDED,
    EVENT_CALL_START,
    EVENT_ARRIVAL,
    EVENT_RETRY,
    EVENT_ASK,
    EVENT_LEAVE,
    EVENT_HEDGE,
    EVENT_KINDS
};

struct event_kind_row {
    const char *name;
    int begins_calls; /* its record has tokens */
};
extern const struct event_kind_row event_kind_rows[EVENT_KINDS];

/* A refill of the response cache, or a cost that a key books after the answer: no task waits for it. */
#define EVENT_NO_TASK UINT64_MAX

/* What one event was and did. */
struct event_record {
    int64_t at_ns;
    uint64_t number; /* in its replication, from 1 */
    uint32_t kind, workload;
    uint64_t task;                  /* number in its workload, from 0; or EVENT_NO_TASK */
    uint64_t input_tok, output_tok; /* of the calls that it began */
    uint64_t fingerprint;           /* of the trajectory up to here; events_trace fills it */
};

#define SLOT_NONE UINT32_MAX

/* How draws are computed (sim/blockstream.h): as the copy of the engine that asks was compiled. */
#if defined(FLOE_HAVE_AVX2) && defined(__AVX2__) && defined(__FMA__)
#define FLOE_ENGINE_BLOCKS FLOE_BLOCK_PATH_AVX2
#else
#define FLOE_ENGINE_BLOCKS FLOE_BLOCK_PATH_BASELINE
#endif

struct task {
    uint64_t number; /* in its workload, from 0 */
    int64_t first_ns;
    uint64_t prefix; /* whose prompt prefix its calls have */
    uint32_t workload;
    int32_t bin;           /* where it arrived */
    int32_t phase;         /* whose demand it follows */
    uint32_t place;        /* its number in the occurrence of a job */
    uint32_t calls_begun;  /* of its phase's calls_per_task */
    uint32_t calls_left;   /* of a graph: calls and rounds that are under way; a free slot: the next free one */
    uint32_t calls_failed; /* denied, not answered, or answered wrongly */
    uint32_t calls_may_fail;
    uint32_t again; /* how often its user asked for the same before */
    int32_t is_left, has_patience;
    struct floe_handle leaves; /* has_patience */
};

enum call_kind {
    CALL_UPSTREAM,
    CALL_REFRESH, /* a refill that no task waits for */
    CALL_WAITS,   /* for the answer to another call */
    CALL_ASIDE    /* no call: the one of two attempts that its call does not wait for (models/engine_hedge.h) */
};

/* A call, or a refill, that has not ended. */
struct call {
    uint32_t task; /* its slot, or SLOT_NONE; a free slot: the next free one */
    uint32_t slot; /* its own */
    int32_t kind;
    int32_t workload, bin; /* workload: the load, models/load.h */
    int32_t round;         /* of the step of its task's graph */
    int32_t is_wrong;      /* it waits for an answer to something else */
    int32_t step;          /* of the chain */
    int32_t
        end; /* enum attempt_end of the attempt under way: known from its start; ATTEMPT_ENDS: hung up for another */
    int32_t attempt_bin; /* in which that began */
    uint32_t attempts;   /* that have begun */
    uint32_t input_tok, output_tok;
    uint64_t number;      /* in its workload, from 0 */
    uint64_t prefix;      /* whose prompt prefix it has */
    uint32_t generation;  /* of the prompt, for the entry that its answer fills */
    uint64_t fills;       /* entry + 1 that it fills, or waits for; 0: none */
    int32_t has_promised; /* others may wait for its answer */
    int32_t key;          /* gateway key that pays, or -1 */
    int64_t cost_pusd;
    struct budget_ticket ticket;
    int64_t began_ns, attempt_ns; /* the call, the attempt under way */
    int64_t asked_ns;             /* Retry-After of a throttle, or RETRY_NO_WAIT_ASKED */
    struct latency_times times;   /* of the attempt under way */
    struct retry_call retry;
    int32_t is_sent;         /* the client's own limit has let the next attempt pass */
    int64_t breaker;         /* the ticket of the step's breaker, or BREAKER_KEPT: none */
    int64_t until_ns;        /* when the attempt under way ends, */
    struct floe_handle done; /* and the event that says so */
    int32_t is_billed;       /* what it was billed, where it may be hung up for its hedge: */
    int32_t bill_slot;
    uint32_t bill_tok[TOKEN_CLASS_N];
    int64_t bill_pusd;
    int32_t quota; /* that `held` belongs to, or -1 */
    struct quota_ticket held;
    struct quota_tokens quota_tok;
};

/* All memory of a replication but its counts; sizes: events_memory_bytes. */
struct events_memory {
    void *queue_arena; /* floe_queue_bytes(queue_capacity), aligned to FLOE_QUEUE_ALIGN */
    struct task *tasks;
    struct task_state *graphs; /* one per task, where some workload has a graph */
    struct call *calls;
    void *cache_entries, *cache_nodes; /* of the response cache */
    struct prompt_entry *prompt_entries;
    struct retry_client *clients; /* [workload][step] */
    uint32_t queue_capacity, tasks_capacity, calls_capacity;
    struct events_state *state;
    void *hourly; /* hourly_memory_bytes, for the hourly engine */
};

/* How a replication ended. */
struct replication_end {
    uint64_t needed; /* FLOE_FULL: the capacity that would have been enough up to that moment; else 0 */
    uint64_t events; /* how many happened */
    uint64_t fingerprint;
    uint32_t doubt; /* enum hourly_doubt, of the hourly engine */
};

/* What a run of one route reads. */
struct route_run {
    const struct timeline *timeline;
    const struct traces *traces;
    const struct plan *plan;
    int32_t route;
    uint64_t seed;
};

struct workload_state {
    struct traffic_state arrivals;
    struct floe_block_stream input, output, row, prompt;
    uint64_t tasks;    /* that arrived */
    uint64_t calls;    /* that began: call i takes draw i of every stream */
    int64_t trace_row; /* the next to replay */
    int32_t phase;     /* whose laws the streams of tokens have */
    uint32_t id;       /* in the fingerprint: the stream of its arrivals */
    struct job_state job;
    uint64_t storage_rest;             /* of token ns that the prompt cache kept, what is no whole token second yet */
    int64_t switched_ns, first_use_ns; /* the last switch of its cache key that it has noticed, and its call then */
    /* Fractions of cached tokens, in 2^-32 tokens, carried to the next call of the same price slot. */
    uint64_t cache_rest[PRICE_SLOTS_MOST][3];
};

struct events_state {
    struct route_run run;
    struct floe_where where;
    struct floe_queue queue;
    struct counts counts;
    int32_t bin, phase; /* of now */
    struct task *tasks;
    struct task_state *graphs;
    struct call *calls;
    uint32_t tasks_capacity, fresh_task, free_task;
    uint32_t calls_capacity, fresh_call, free_call;
    uint64_t slots_needed; /* 0, or the capacity that was missing */
    struct cache_events cache;
    struct prompt_entry *prompt_entries;
    struct retry_client *clients; /* [workload][step] */
    struct quota_state quotas[QUOTAS_MOST];
    struct breaker_state breakers[CHAIN_STEPS_MOST];
    struct outage_state outages[AVAILABLE_MOST], common_outages[AVAILABLE_MOST];
    struct key_state keys[KEYS_MOST];
    struct event_record now;
    struct floe_fingerprint fingerprint;
    struct workload_state workloads[WORKLOADS_MOST];
};

/* ---- slots ---- */

FLOE_FN uint32_t task_take(struct events_state *s)
{
    const uint32_t slot = s->free_task;
    if (slot != SLOT_NONE) {
        s->free_task = s->tasks[slot].calls_left;
        return slot;
    }
    if (s->fresh_task < s->tasks_capacity) return s->fresh_task++;
    s->slots_needed = (uint64_t)s->tasks_capacity + 1;
    return SLOT_NONE;
}

FLOE_FN void task_release(struct events_state *s, uint32_t slot)
{
    s->tasks[slot].calls_left = s->free_task;
    s->free_task = slot;
}

FLOE_FN uint32_t call_take(struct events_state *s)
{
    const uint32_t slot = s->free_call;
    if (slot != SLOT_NONE) {
        s->free_call = s->calls[slot].task;
        return slot;
    }
    if (s->fresh_call < s->calls_capacity) return s->fresh_call++;
    s->slots_needed = (uint64_t)s->calls_capacity + 1;
    return SLOT_NONE;
}

FLOE_FN void call_release(struct events_state *s, uint32_t slot)
{
    s->calls[slot].task = s->free_call;
    s->free_call = slot;
}

/* The generator of this replication. */
FLOE_FN struct floe_rng events_rng(const struct events_state *s)
{
    struct floe_rng rng;
    rng.seed = s->run.seed;
    rng.replication = s->where.replication;
    return rng;
}

#endif
