/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What must have the same bits on a device as on a host: jobs made of the headers of sim/, and a number for each.
 *
 * A check is a row of FLOE_DEVICE_CHECKS: a kind of job, a variant of it, and how many independent jobs there are. A
 * job is a FLOE_FN function of (variant, job) alone. It works in memory of its own and leaves two words:
 *   fingerprint  of what happened, in order: events, or the words of random streams
 *   sums         the hash of what was computed from it: exact sums, means, values of distributions
 * cuda/device_digest.cu gives a thread of the device to each job, a host loops over them, and all words must be equal.
 *
 * | kind       | a job is                                                                                            |
 * | profile    | one part of the math profile's digest (sim/math_profile.h)                                           |
 * | draws      | addresses all over the range of the generator; every distribution and law; block streams             |
 * | statistics | exact sums, moments, t intervals, batch means, MSER-5, a histogram, of drawn values                  |
 * | queue      | 6,000 steps of schedule, pop, cancel, reschedule, from 0 to 400 pending, with one structure          |
 * | mm1        | a replication of M/M/1 at 0.9/1.0 through the event queue: 22,000 customers, statistics on           |
 * | station    | a replication of a station: four classes, all kinds of arrivals, impatience, loss or balking         |
 *
 * A status that is not FLOE_OK is an assertion here, so two failures are never taken for agreement. The fault that can
 * not be seen here is one that host and device share: for those there are the tests of sim/. */
#ifndef FLOE_CUDA_DEVICE_CHECKS_H
#define FLOE_CUDA_DEVICE_CHECKS_H

#include "sim/batchmeans.h"
#include "sim/histogram.h"
#include "sim/math_profile.h"
#include "sim/mm1.h"
#include "sim/paired.h"
#include "sim/station.h"
#include "sim/warmup.h"

/* kind, variant, jobs, name */
#define FLOE_DEVICE_CHECKS(ROW)                                                                                        \
    ROW(profile, 0, FLOE_PROFILE_PARTS, "math profile")                                                                \
    ROW(draws, 0, 64, "draws and block streams")                                                                       \
    ROW(statistics, 0, 32, "statistics")                                                                               \
    ROW(queue, FLOE_QUEUE_SCAN, 32, "event queue: scan")                                                               \
    ROW(queue, FLOE_QUEUE_HEAP, 32, "event queue: heap")                                                               \
    ROW(queue, FLOE_QUEUE_LADDER, 32, "event queue: ladder")                                                           \
    ROW(queue, FLOE_QUEUE_AUTO, 32, "event queue: its own choice")                                                     \
    ROW(mm1, 0, 64, "M/M/1, a block of replications")                                                                  \
    ROW(station, FLOE_FIFO, 32, "station: FIFO")                                                                       \
    ROW(station, FLOE_LIFO, 32, "station: LIFO")                                                                       \
    ROW(station, FLOE_PRIORITY, 32, "station: priority")                                                               \
    ROW(station, FLOE_RESUME, 32, "station: preemptive, resume")                                                       \
    ROW(station, FLOE_RESAMPLE, 32, "station: preemptive, resample")                                                   \
    ROW(station, FLOE_PS, 32, "station: processor sharing")

enum { FLOE_DEVICE_JOBS_MAX = 64, FLOE_DEVICE_INSIDE_MAX = 1024, FLOE_DEVICE_ROOM_MAX = 256 };
enum { FLOE_DEVICE_QUEUE_MOST = 400, FLOE_DEVICE_QUEUE_STEPS = 6000, FLOE_DEVICE_HANDLES = 64 };
enum { FLOE_DEVICE_VALUES = 1000, FLOE_DEVICE_DRAWS = 512, FLOE_DEVICE_LIST = 24 };
enum { FLOE_DEVICE_WARMUP_CUSTOMERS = 2000, FLOE_DEVICE_CUSTOMERS = 20000 };

struct floe_device_result {
    uint64_t fingerprint;
    uint64_t sums;
};

FLOE_FN struct floe_rng floe_device_rng(uint32_t job)
{
    struct floe_rng rng;
    rng.seed = 0x20261121u + ((uint64_t)(job % 8) << 40);
    rng.replication = job;
    return rng;
}

/* ---- the math profile ---- */

FLOE_FN size_t floe_device_profile_bytes(void)
{
    return FLOE_QUEUE_ALIGN;
}

FLOE_FN void floe_device_profile(int variant, uint32_t job, void *memory, struct floe_device_result *result)
{
    (void)variant;
    (void)memory;
    result->fingerprint = floe_profile_part_digest((int)job);
    result->sums = 0;
}

/* ---- draws ---- */

FLOE_FN size_t floe_device_draws_bytes(void)
{
    return floe_queue_aligned(sizeof(struct floe_gamma_table)) + floe_queue_aligned(sizeof(struct floe_block_stream));
}

/* Every distribution at one uniform. */
FLOE_FN void floe_device_draws_of(struct floe_hash *values, const struct floe_gamma_table *gamma, double u, int i)
{
    const double mean = (i & 1) ? 0.3 * i : floe_exp(0.07 * (i % 290));
    struct floe_law law = floe_law_of(FLOE_LAW_GAMMA, 2.385, 0.0);
    floe_hash_f64(values, floe_draw_exponential(u));
    floe_hash_f64(values, floe_draw_normal(u));
    floe_hash_f64(values, floe_draw_lognormal(u, -1.7, 0.03 * (i % 100)));
    floe_hash_f64(values, floe_draw_range(u, -2.385, 0.1 * i));
    floe_hash_u64(values, floe_draw_index(u, (uint64_t)1 << (i % 60) | (uint64_t)i));
    floe_hash_u64(values, (uint64_t)floe_draw_bernoulli(u, 0.2385));
    floe_hash_u64(values, floe_draw_poisson(u, mean));
    floe_hash_f64(values, floe_law_draw_s(&law, gamma, u));
    law = floe_law_of(FLOE_LAW_LOGNORMAL, 2.385, 1.7);
    floe_hash_f64(values, floe_law_draw_s(&law, gamma, u));
    law = floe_law_steps(0.7, 1 + (uint32_t)i % 7);
    floe_hash_f64(values, floe_law_draw_s(&law, gamma, u));
}

/* Buffers from an odd index on, and the last ones of the stream. */
FLOE_FN void floe_device_block_stream(struct floe_hash *values, struct floe_block_stream *stream)
{
    for (int i = 0; i < 3 * FLOE_BLOCK_DRAWS; i++)
        floe_hash_f64(values, floe_block_stream_next(stream));
    floe_block_stream_seek(stream, FLOE_RNG_DRAWS_MAX - FLOE_BLOCK_DRAWS - 7);
    while (floe_block_stream_index(stream) < FLOE_RNG_DRAWS_MAX)
        floe_hash_f64(values, floe_block_stream_next(stream));
}

FLOE_FN void floe_device_draws(int variant, uint32_t job, void *memory, struct floe_device_result *result)
{
    struct floe_gamma_table *gamma = (struct floe_gamma_table *)memory;
    struct floe_block_stream *block = (struct floe_block_stream *)(void *)((unsigned char *)memory +
                                                                           floe_queue_aligned(sizeof *gamma));
    const struct floe_rng rng = floe_device_rng(job);
    const uint32_t id = floe_stream_id("device", job & 1 ? "arrival" : "service") + job;
    struct floe_hash words = floe_hash_begin(), values = floe_hash_begin();
    struct floe_stream stream = floe_stream_at(rng, id, job);
    const enum floe_status status = floe_gamma_table_init(gamma, 0.35 + 0.6 * (job % 7));
    (void)variant;
    floe_assert(status == FLOE_OK, NULL, "no gamma table");
    for (int i = 0; i < FLOE_DEVICE_DRAWS; i++) {
        const uint64_t index = (uint64_t)i << (job % 40), word = floe_rng_word_sub(rng, id, index, (uint32_t)i % 5);
        floe_hash_u64(&words, word);
        floe_hash_u64(&words, floe_stream_next(&stream));
        floe_device_draws_of(&values, gamma, floe_uniform_from_word(word), i);
    }
    *block = floe_block_stream_at(rng, id, job & 1 ? FLOE_BLOCK_UNIFORM : FLOE_BLOCK_EXPONENTIAL, 2.385, job);
    floe_device_block_stream(&values, block);
    result->fingerprint = floe_hash_end(words);
    result->sums = floe_hash_end(values);
}

/* ---- statistics ---- */

FLOE_FN size_t floe_device_statistics_bytes(void)
{
    return floe_queue_aligned(FLOE_DEVICE_VALUES * sizeof(double)) + floe_queue_aligned(sizeof(struct floe_histogram));
}

FLOE_FN void floe_device_hash_exact(struct floe_hash *h, const struct floe_exact *exact)
{
    const struct floe_interval interval = floe_interval_of(exact);
    floe_hash_i128(h, exact->sum);
    floe_hash_i128(h, (floe_i128)exact->squares_low);
    floe_hash_u64(h, exact->squares_high);
    floe_hash_u64(h, exact->n);
    floe_hash_u64(h, exact->clamped);
    floe_hash_f64(h, floe_exact_total(exact));
    floe_hash_f64(h, floe_exact_sd(exact));
    floe_hash_f64(h, interval.mean);
    floe_hash_f64(h, interval.half_width);
}

FLOE_FN void floe_device_hash_series(struct floe_hash *h, double *x, uint64_t n)
{
    const struct floe_obm obm = floe_obm(x, n, floe_obm_batch(n));
    floe_hash_f64(h, obm.mean);
    floe_hash_f64(h, obm.variance);
    floe_hash_f64(h, obm.df);
    floe_hash_f64(h, obm.half_width);
    const struct floe_warmup warmup = floe_warmup_mser(x, floe_warmup_batch(x, n, x)); /* in place */
    floe_hash_u64(h, warmup.deleted);
    floe_hash_f64(h, warmup.mean);
    floe_hash_f64(h, warmup.mser);
    floe_hash_u64(h, (uint64_t)warmup.doubt);
}

/* Values from 1e-9 to 1e9, both signs in what may be negative. */
FLOE_FN void floe_device_statistics(int variant, uint32_t job, void *memory, struct floe_device_result *result)
{
    double *x = (double *)memory;
    struct floe_histogram *histogram = (struct floe_histogram *)(void *)((unsigned char *)memory +
                                                                         floe_queue_aligned(FLOE_DEVICE_VALUES *
                                                                                            sizeof(double)));
    struct floe_hash words = floe_hash_begin(), h = floe_hash_begin();
    struct floe_stream stream = floe_stream_at(floe_device_rng(job), floe_stream_id("device", "statistics"), 0);
    struct floe_exact whole, half;
    struct floe_paired paired;
    (void)variant;
    floe_exact_init(&whole, (enum floe_unit)(job % FLOE_UNITS));
    floe_exact_init(&half, (enum floe_unit)(job % FLOE_UNITS));
    floe_paired_init(&paired, FLOE_UNIT_USD);
    floe_histogram_init(histogram);
    for (uint32_t i = 0; i < FLOE_DEVICE_VALUES; i++) {
        const double u = floe_stream_uniform(&stream), z = floe_draw_normal(u);
        x[i] = floe_draw_lognormal(u, 0.0, 0.1 * (double)(job + 1));
        floe_hash_f64(&words, x[i]);
        floe_exact_add(i % 3 == 0 ? &half : &whole, job % FLOE_UNITS == FLOE_UNIT_COUNT ? x[i] : z * x[i], NULL);
        floe_paired_add(&paired, x[i], x[i] + z, NULL);
        floe_histogram_add(histogram, x[i], NULL);
    }
    floe_exact_merge(&whole, &half, NULL);
    floe_device_hash_exact(&h, &whole);
    const struct floe_interval difference = floe_paired_interval(&paired);
    floe_hash_f64(&h, difference.mean);
    floe_hash_f64(&h, difference.half_width);
    floe_hash_f64(&h, floe_paired_gain(&paired));
    for (int i = 0; i <= 40; i++) {
        floe_hash_f64(&h, floe_histogram_quantile(histogram, 0.025 * i));
        floe_hash_f64(&h, floe_t_quantile(0.5 + 0.012 * i, 0.7 * (double)(job + 1) * (i + 1)));
    }
    floe_device_hash_series(&h, x, FLOE_DEVICE_VALUES);
    result->fingerprint = floe_hash_end(words);
    result->sums = floe_hash_end(h);
}

/* ---- the event queue ---- */

FLOE_FN size_t floe_device_queue_bytes(void)
{
    return floe_queue_bytes_as(FLOE_DEVICE_QUEUE_MOST, FLOE_QUEUE_LADDER);
}

/* Now, soon, later, far: ties, crowds and tails. */
FLOE_FN int64_t floe_device_delay_ns(uint64_t word)
{
    const int64_t size = (int64_t)(word >> 40);
    switch (word & 7) {
    case 0: return 0;
    case 1: return size << 20;
    case 2: return size % 4;
    default: return size;
    }
}

/* One step: the queue fills up and empties in waves of 1,500 steps. */
FLOE_FN void floe_device_queue_step(struct floe_queue *queue, struct floe_handle *handle, uint64_t word, uint32_t step,
                                    struct floe_fingerprint *fingerprint)
{
    struct floe_event event;
    struct floe_handle *some = &handle[(word >> 8) % FLOE_DEVICE_HANDLES];
    const int64_t at_ns = queue->where->now_ns + floe_device_delay_ns(word);
    const uint32_t grows = step / 750 % 2 == 0;
    if (word >> 60 == 0) {
        floe_queue_cancel(queue, *some);
    } else if (word >> 60 == 1) {
        const int was_live = floe_queue_reschedule(queue, *some, at_ns);
        fingerprint->state = floe_fingerprint_step(fingerprint->state, (uint64_t)was_live);
    } else if ((word >> 16) % 10 < (grows ? 9 : 2) && queue->pending < FLOE_DEVICE_QUEUE_MOST) {
        *some = floe_queue_schedule(queue, at_ns, (uint32_t)(word >> 32) % FLOE_QUEUE_KINDS, step, word);
    } else if (floe_queue_pop(queue, &event)) {
        floe_fingerprint_add(fingerprint, &event);
        fingerprint->state = floe_fingerprint_step(fingerprint->state, (uint64_t)event.generation << 32 | event.slot);
    }
}

FLOE_FN void floe_device_queue(int variant, uint32_t job, void *memory, struct floe_device_result *result)
{
    struct floe_queue queue;
    struct floe_event event;
    struct floe_handle handle[FLOE_DEVICE_HANDLES];
    const struct floe_rng rng = floe_device_rng(job);
    struct floe_where where = {0, rng.seed, rng.replication};
    struct floe_fingerprint fingerprint = floe_fingerprint_begin();
    struct floe_stream words = floe_stream_at(rng, floe_stream_id("device", "queue"), 0);
    struct floe_hash sums = floe_hash_begin();
    for (int i = 0; i < FLOE_DEVICE_HANDLES; i++)
        handle[i].slot = handle[i].generation = 0;
    floe_queue_init_as(&queue, memory, FLOE_DEVICE_QUEUE_MOST, &where, (enum floe_queue_structure)variant);
    for (uint32_t step = 0; step < FLOE_DEVICE_QUEUE_STEPS; step++)
        floe_device_queue_step(&queue, handle, floe_stream_next(&words), step, &fingerprint);
    while (floe_queue_pop(&queue, &event))
        floe_fingerprint_add(&fingerprint, &event);
    floe_assert(floe_queue_status(&queue) == FLOE_OK, &where, "the event queue ran full");
    floe_hash_u64(&sums, queue.executed);
    floe_hash_u64(&sums, queue.sequence);
    floe_hash_u64(&sums, queue.pending_max);
    floe_hash_u64(&sums, (uint64_t)where.now_ns);
    result->fingerprint = floe_fingerprint_end(fingerprint);
    result->sums = floe_hash_end(sums);
}

/* ---- M/M/1 ---- */

FLOE_FN size_t floe_device_mm1_bytes(void)
{
    return floe_queue_aligned(sizeof(struct floe_mm1)) + floe_queue_aligned(floe_mm1_bytes(FLOE_DEVICE_INSIDE_MAX));
}

FLOE_FN uint64_t floe_device_mm1_sums(const struct floe_mm1 *mm1, const struct floe_mm1_means *means)
{
    struct floe_hash h = floe_hash_begin();
    floe_hash_i128(&h, mm1->sojourn_ns);
    floe_hash_i128(&h, mm1->wait_ns);
    floe_hash_i128(&h, mm1->stay_clipped_ns);
    floe_hash_i128(&h, mm1->wait_clipped_ns);
    floe_hash_i128(&h, mm1->service_delivered_ns);
    floe_hash_i128(&h, floe_timeavg_area(&mm1->inside, &mm1->where));
    floe_hash_i128(&h, floe_timeavg_area(&mm1->waiting, &mm1->where));
    floe_hash_i128(&h, floe_timeavg_area(&mm1->busy, &mm1->where));
    floe_hash_f64(&h, means->inside);
    floe_hash_f64(&h, means->waiting);
    floe_hash_f64(&h, means->sojourn_s);
    floe_hash_f64(&h, means->wait_s);
    floe_hash_f64(&h, means->busy_share);
    floe_hash_u64(&h, means->served);
    floe_hash_u64(&h, means->customers);
    floe_hash_u64(&h, means->executed);
    return floe_hash_end(h);
}

FLOE_FN void floe_device_mm1(int variant, uint32_t job, void *memory, struct floe_device_result *result)
{
    struct floe_mm1 *mm1 = (struct floe_mm1 *)memory;
    const struct floe_mm1_parameters parameters = {0.9, 1.0, FLOE_DEVICE_WARMUP_CUSTOMERS, FLOE_DEVICE_CUSTOMERS};
    void *arena = (unsigned char *)memory + floe_queue_aligned(sizeof *mm1);
    (void)variant;
    floe_mm1_init(mm1, parameters, FLOE_DEVICE_INSIDE_MAX, arena, floe_device_rng(job));
    const enum floe_status status = floe_mm1_run(mm1);
    floe_assert(status == FLOE_OK, &mm1->where, "M/M/1 ran full");
    const struct floe_mm1_means means = floe_mm1_result(mm1);
    result->fingerprint = means.fingerprint;
    result->sums = floe_device_mm1_sums(mm1, &means);
}

/* ---- stations ---- */

/* What a job of a station lies in; the arena of the station follows. */
struct floe_device_station_state {
    struct floe_station station;
    struct floe_station_parameters parameters;
    struct floe_gamma_table gamma;
    int64_t list_ns[FLOE_DEVICE_LIST];
};

FLOE_FN size_t floe_device_station_bytes(void)
{
    return floe_queue_aligned(sizeof(struct floe_device_station_state)) +
           floe_queue_aligned(floe_station_bytes(FLOE_DEVICE_ROOM_MAX));
}

/* Class 0 steady, class 1 impatient with a daily rhythm, class 2 in batches and in whole seconds, class 3 a list. */
FLOE_FN void floe_device_station_classes(struct floe_station_parameters *p)
{
    struct floe_arrivals_plan *by_pieces = &p->of_class[1].arrivals;
    p->of_class[0].arrivals.gap = floe_law_of(FLOE_LAW_EXPONENTIAL, 1.3, 0.0);
    p->of_class[0].service = floe_law_of(FLOE_LAW_GAMMA, 0.9, 1.7);
    by_pieces->kind = FLOE_ARRIVALS_PIECEWISE;
    by_pieces->pieces = 3;
    for (int i = 0; i < 3; i++) {
        by_pieces->until_s[i] = 20.0 * (double)(i + 1) + 0.385;
        by_pieces->rate_per_s[i] = i == 1 ? 0.0 : 0.9 + 0.3 * i;
    }
    p->of_class[1].service = floe_law_of(FLOE_LAW_LOGNORMAL, 1.1, 1.3);
    p->of_class[1].patience = floe_law_of(FLOE_LAW_EXPONENTIAL, 4.0, 0.0);
    p->of_class[2].arrivals.gap = floe_law_steps(1.0, 9);
    p->of_class[2].arrivals.batch_kind = FLOE_BATCH_GEOMETRIC;
    p->of_class[2].arrivals.batch = 1.8;
    p->of_class[2].service = floe_law_steps(1.0, 2);
    p->of_class[2].patience = floe_law_of(FLOE_LAW_CONSTANT, 5.0, 0.0);
    p->of_class[3].arrivals.kind = FLOE_ARRIVALS_LIST;
    p->of_class[3].arrivals.list_n = FLOE_DEVICE_LIST;
    p->of_class[3].service = floe_law_of(FLOE_LAW_EXPONENTIAL, 2.0, 0.0);
}

/* Jobs differ by what ends them, and by loss or balking. */
FLOE_FN void floe_device_station_init(struct floe_device_station_state *state, enum floe_discipline discipline,
                                      uint32_t job)
{
    struct floe_station_parameters *p = &state->parameters;
    struct floe_side side;
    void *arena = (unsigned char *)state + floe_queue_aligned(sizeof *state);
    const enum floe_status status = floe_gamma_table_init(&state->gamma, 1.7);
    floe_assert(status == FLOE_OK, NULL, "no gamma table");
    for (int i = 0; i < FLOE_DEVICE_LIST; i++)
        state->list_ns[i] = (int64_t)(i / 3) * 40000000000;
    *p = floe_station_parameters_of(discipline, 2);
    p->classes = 4;
    floe_device_station_classes(p);
    p->places = job % 4 < 2 ? 5 : 0;
    p->warmup_s = job % 3 == 0 ? 0.0 : 50.0;
    if (job % 2 == 0) {
        p->room = 14;
        p->horizon_s = 900.0;
    } else {
        p->balk_from = 12;
        p->customers = 1500;
    }
    side.tables = &state->gamma;
    side.list_ns = state->list_ns;
    floe_station_init(&state->station, p, FLOE_DEVICE_ROOM_MAX, arena, floe_device_rng(job), &side, NULL);
}

FLOE_FN uint64_t floe_device_station_sums(const struct floe_station *station)
{
    struct floe_hash h = floe_hash_begin();
    floe_hash_i128(&h, floe_timeavg_area(&station->inside, &station->where));
    floe_hash_i128(&h, floe_timeavg_area(&station->waiting, &station->where));
    floe_hash_i128(&h, floe_timeavg_area(&station->busy, &station->where));
    floe_hash_i128(&h, station->delivered_ns);
    floe_hash_i128(&h, station->wasted_ns);
    for (int c = -1; c < (int)station->parameters.classes; c++) {
        const struct floe_station_means means = floe_station_result(station, c);
        floe_hash_f64(&h, means.inside);
        floe_hash_f64(&h, means.waiting);
        floe_hash_f64(&h, means.busy);
        floe_hash_f64(&h, means.empty_share);
        floe_hash_f64(&h, means.full_share);
        floe_hash_f64(&h, means.sojourn_s);
        floe_hash_f64(&h, means.wait_s);
        floe_hash_f64(&h, means.reneged_wait_s);
        floe_hash_f64(&h, means.delayed_share);
        floe_hash_u64(&h, means.arrived);
        floe_hash_u64(&h, means.served);
        floe_hash_u64(&h, means.blocked);
        floe_hash_u64(&h, means.balked);
        floe_hash_u64(&h, means.reneged);
        floe_hash_u64(&h, means.interrupted);
        floe_hash_u64(&h, means.executed);
    }
    return floe_hash_end(h);
}

/* As floe_station_run, with a fingerprint. */
FLOE_FN void floe_device_station(int variant, uint32_t job, void *memory, struct floe_device_result *result)
{
    struct floe_device_station_state *state = (struct floe_device_station_state *)memory;
    struct floe_station *station = &state->station;
    struct floe_fingerprint fingerprint = floe_fingerprint_begin();
    struct floe_event event;
    floe_device_station_init(state, (enum floe_discipline)variant, job);
    enum floe_status status = floe_station_begin_run(station);
    const uint64_t goal = state->parameters.customers > 0 ? state->parameters.customers : UINT64_MAX;
    while (status == FLOE_OK && !station->ended && station->served < goal && floe_queue_pop(&station->queue, &event)) {
        floe_fingerprint_add(&fingerprint, &event);
        floe_station_handle(station, &event);
        status = station->status;
    }
    if (status == FLOE_OK) status = floe_queue_status(&station->queue);
    floe_assert(status == FLOE_OK, &station->where, "the station ran full, or its parameters contradict each other");
    floe_station_check(station);
    result->fingerprint = floe_fingerprint_end(fingerprint);
    result->sums = floe_device_station_sums(station);
}

/* ---- the checks, for a host ---- */

typedef void floe_device_job_fn(int variant, uint32_t job, void *memory, struct floe_device_result *result);

struct floe_device_check {
    const char *name;
    const char *kind;
    int variant;
    uint32_t jobs;
    size_t bytes; /* of memory per job, a multiple of FLOE_QUEUE_ALIGN */
    floe_device_job_fn *job;
};

#define FLOE_DEVICE_CHECK_ONE(kind, variant, jobs, name) +1
enum { FLOE_DEVICE_CHECK_COUNT = 0 FLOE_DEVICE_CHECKS(FLOE_DEVICE_CHECK_ONE) };
#undef FLOE_DEVICE_CHECK_ONE

/* i from 0 to FLOE_DEVICE_CHECK_COUNT - 1. */
static inline struct floe_device_check floe_device_check_at(int i)
{
#define FLOE_DEVICE_CHECK_ROW(kind, variant, jobs, name)                                                               \
    {name, #kind, variant, jobs, floe_device_##kind##_bytes(), floe_device_##kind},
    const struct floe_device_check rows[] = {FLOE_DEVICE_CHECKS(FLOE_DEVICE_CHECK_ROW)};
#undef FLOE_DEVICE_CHECK_ROW
    return rows[i];
}

/* All jobs, one after the other, in the memory of one. */
static inline void floe_device_check_loop(const struct floe_device_check *check, void *memory,
                                          struct floe_device_result *result)
{
    for (uint32_t job = 0; job < check->jobs; job++)
        check->job(check->variant, job, memory, &result[job]);
}

/* One number for a check. The math profile's is the one that its tests hold. */
static inline uint64_t floe_device_check_digest(const struct floe_device_check *check,
                                                const struct floe_device_result *result)
{
    uint64_t part[FLOE_PROFILE_PARTS];
    struct floe_hash h = floe_hash_begin();
    for (uint32_t job = 0; job < check->jobs; job++) {
        if (check->job == floe_device_profile) part[job] = result[job].fingerprint;
        floe_hash_u64(&h, result[job].fingerprint);
        floe_hash_u64(&h, result[job].sums);
    }
    return check->job == floe_device_profile ? floe_profile_digest_of_parts(part) : floe_hash_end(h);
}

#endif
