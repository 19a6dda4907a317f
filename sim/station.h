/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A station: customers come, wait in line, are served by c servers, and go. A queue in the sense of queueing theory.
 *
 *   floe_station_init     the state, in memory of floe_station_bytes(inside_max) bytes, aligned to FLOE_QUEUE_ALIGN
 *   floe_station_run      until the horizon, until so many were served, or until nobody comes any more; then
 *                         floe_station_check. FLOE_FULL, with the number needed in `needed`, if more than inside_max
 *                         were ever inside; FLOE_BAD_INPUT if parameters contradict each other
 *   floe_station_begin_run, floe_station_handle   the same by single events, for callers that drive the queue
 *   floe_station_check    the identities below, as assertions
 *   floe_station_result   means of one class or of all
 *   floe_station_class_name   names the random streams of a class
 *
 * What can be asked for (struct floe_station_parameters): a discipline from the table below; servers; room for so many
 * (loss); balking at a length; up to 8 classes, each with arrivals (gaps of any law, a Poisson process by pieces of
 * time, a list; singly or in batches), a law of service and a law of patience.
 *
 * Draws. The gap before arrival event i, its batch, the service and the patience of customer i of a class each have
 * draw i of their own stream, taken when the customer comes, also if it does not stay. So a station with another
 * discipline, more servers or less room meets the same customers (common random numbers). The draws are computed 128 at
 * a time (sim/lawstream.h); the laws must not change after floe_station_init.
 *
 * One instant. The order of what happens at one instant is the order of the kinds:
 *   END          the horizon: a run is [0, horizon), what happens at the horizon belongs to the time after
 *   MEASURE      the end of the warm-up: the measurement is [warmup, horizon)
 *   COMPLETION   before reneging: whose patience lasts exactly until a server is free is served. Before arrivals: who
 *                comes at that instant finds the server free, finds room, and does not displace a service that is over
 *   PATIENCE     before arrivals: who comes finds the line without those who have just gone
 *   ARRIVAL      class 0 before class 1 ...; of one class in order; a batch enters one by one, all before anything else
 * Among completions of one instant: who began service first; among reneging: who began to wait first. What is set in
 * motion for the present instant (a service or a patience of no length) follows in the same order of kinds.
 *
 * Who comes first meets `room` (blocked), then `balk_from` (balked), each counted with those in service; of a batch
 * each one for itself. Patience counts from the arrival until service first begins.
 *
 * Exact integers, from the end of the warm-up to now, asserted in every run:
 *   area of N, Nq   = sum of the stays, of the waits, those of customers still inside up to now
 *   busy time       = service delivered: the services drawn for those served, what those inside have had of theirs, and
 *                     what was lost in interruptions (resample); less what those inside had had at the beginning
 *   inside + arrived = served + blocked + balked + reneged + inside now, for each class
 * A stay that began in the warm-up counts from its end in these sums, and in full in the means of those who leave.
 *
 * Cost per customer: 2 events, 3 with patience; O(log pending), and O(servers) to find whom to displace.
 *
 * A new discipline is one file sim/station_<name>.h with three functions, included and listed below:
 *   floe_<name>_enter(station, i)       customer i comes in: begins service or waits
 *   floe_<name>_complete(station, i)    the completion of i: it leaves, others begin
 *   floe_<name>_attained_ns(station)    service that those inside have had
 *
 * Left out: servers that break or keep hours, batch service, routing between stations, classes that change. */
#ifndef FLOE_SIM_STATION_H
#define FLOE_SIM_STATION_H

#include "sim/station_fifo.h"
#include "sim/station_lifo.h"
#include "sim/station_preemptive.h"
#include "sim/station_priority.h"
#include "sim/station_ps.h"
#include "sim/station_resample.h"
#include "sim/station_state.h"

#define FLOE_DISCIPLINES(ROW)                                                                                          \
    ROW(FIFO, fifo, "first in, first out")                                                                             \
    ROW(LIFO, lifo, "last in, first out")                                                                              \
    ROW(PRIORITY, priority, "priority by class, non-preemptive")                                                       \
    ROW(RESUME, resume, "priority by class, preemptive, resume")                                                       \
    ROW(RESAMPLE, resample, "priority by class, preemptive, resample")                                                 \
    ROW(PS, ps, "processor sharing, limited by places")

#define FLOE_DISCIPLINE_ENUM(NAME, name, text) FLOE_##NAME,
enum floe_discipline { FLOE_DISCIPLINES(FLOE_DISCIPLINE_ENUM) FLOE_DISCIPLINE_COUNT };
#undef FLOE_DISCIPLINE_ENUM

struct floe_station_means {
    double inside, waiting, busy;   /* L, Lq, servers busy: of the station, whatever the class */
    double empty_share, full_share; /* of the time */
    double sojourn_s, wait_s;       /* W and Wq of the served */
    double reneged_wait_s;
    double delayed_share;                              /* of those who came in: waited */
    double blocked_share, balked_share, reneged_share; /* of those who came */
    uint64_t arrived, served, blocked, balked, reneged, interrupted;
    uint64_t executed; /* events, in the whole run */
};

/* ---- the table, as switches ---- */

FLOE_FN const char *floe_discipline_text(uint32_t discipline)
{
#define FLOE_DISCIPLINE_CASE(NAME, name, text)                                                                         \
    case FLOE_##NAME: return text;
    switch (discipline) {
        FLOE_DISCIPLINES(FLOE_DISCIPLINE_CASE)
    }
#undef FLOE_DISCIPLINE_CASE
    return "";
}

FLOE_FN void floe_station_enter(struct floe_station *station, uint32_t i)
{
#define FLOE_DISCIPLINE_CASE(NAME, name, text)                                                                         \
    case FLOE_##NAME: floe_##name##_enter(station, i); break;
    switch (station->parameters.discipline) {
        FLOE_DISCIPLINES(FLOE_DISCIPLINE_CASE)
    }
#undef FLOE_DISCIPLINE_CASE
}

FLOE_FN void floe_station_complete(struct floe_station *station, uint32_t i)
{
#define FLOE_DISCIPLINE_CASE(NAME, name, text)                                                                         \
    case FLOE_##NAME: floe_##name##_complete(station, i); break;
    switch (station->parameters.discipline) {
        FLOE_DISCIPLINES(FLOE_DISCIPLINE_CASE)
    }
#undef FLOE_DISCIPLINE_CASE
}

FLOE_FN floe_i128 floe_station_attained_total_ns(const struct floe_station *station)
{
#define FLOE_DISCIPLINE_CASE(NAME, name, text)                                                                         \
    case FLOE_##NAME: return floe_##name##_attained_ns(station);
    switch (station->parameters.discipline) {
        FLOE_DISCIPLINES(FLOE_DISCIPLINE_CASE)
    }
#undef FLOE_DISCIPLINE_CASE
    return 0;
}

/* ---- what happens ---- */

FLOE_FN void floe_station_expect_arrival(struct floe_station *station, uint32_t c)
{
    int64_t at_ns = 0;
    const struct floe_arrivals_plan *plan = &station->parameters.of_class[c].arrivals;
    if (!floe_arrivals_next(plan, &station->arrivals[c], &station->side, &station->where, &at_ns)) return;
    floe_queue_schedule(&station->queue, at_ns, FLOE_STATION_ARRIVAL + c, c, 0);
}

/* A record with the draws of the next customer of this class. */
FLOE_FN uint32_t floe_station_customer(struct floe_station *station, uint32_t c)
{
    uint32_t i = floe_station_take(station);
    struct floe_customer *customer = &station->customer[i];
    const struct floe_station_class *of_class = &station->parameters.of_class[c];
    const struct floe_where *where = &station->where;
    const struct floe_gamma_table *tables = station->side.tables;
    double s = floe_law_stream_next_s(&station->services[c], &of_class->service, tables);
    customer->required_ns = floe_ns_from_s(s, where);
    customer->patience_ns = 0;
    if (of_class->patience.kind != FLOE_LAW_NONE) {
        s = floe_law_stream_next_s(&station->patiences[c], &of_class->patience, tables);
        customer->patience_ns = floe_ns_from_s(s, where);
    }
    customer->arrived_ns = customer->since_ns = where->now_ns;
    customer->waited_ns = 0;
    customer->began_ns = -1;
    customer->left_ns = customer->required_ns;
    customer->number = station->numbered[c]++;
    customer->order = 0;
    customer->timer.slot = customer->timer.generation = 0;
    customer->class_index = c;
    customer->interruptions = 0;
    customer->state = FLOE_CUSTOMER_FREE;
    return i;
}

FLOE_FN void floe_station_turn_away(struct floe_station *station, uint32_t i, enum floe_outcome outcome)
{
    struct floe_customer *customer = &station->customer[i];
    struct floe_station_counts *counts = &station->counts[customer->class_index];
    if (outcome == FLOE_BLOCKED)
        counts->blocked++;
    else
        counts->balked++;
    floe_station_log(station, customer, outcome);
    customer->next = station->free;
    station->free = i;
}

/* A record is taken also for who is turned away: the arena has one more than inside_max. */
FLOE_FN void floe_station_admit(struct floe_station *station, uint32_t c)
{
    const struct floe_station_parameters *parameters = &station->parameters;
    uint64_t inside = (uint64_t)station->inside.level;
    int blocked = parameters->room > 0 && inside >= parameters->room;
    int balks = parameters->balk_from > 0 && inside >= parameters->balk_from;
    if (FLOE_UNLIKELY(inside >= station->inside_max) && !blocked && !balks) {
        station->status = FLOE_FULL;
        station->needed = inside + 1;
        return;
    }
    uint32_t i = floe_station_customer(station, c);
    station->counts[c].arrived++;
    if (blocked || balks) {
        floe_station_turn_away(station, i, blocked ? FLOE_BLOCKED : FLOE_BALKED);
    } else {
        floe_station_inside_change(station, c, 1);
        floe_station_enter(station, i);
    }
}

FLOE_FN void floe_station_arrival(struct floe_station *station, uint32_t c)
{
    uint64_t batch = floe_arrivals_batch(&station->parameters.of_class[c].arrivals, &station->arrivals[c]);
    floe_station_expect_arrival(station, c);
    for (uint64_t k = 0; k < batch && station->status == FLOE_OK; k++)
        floe_station_admit(station, c);
}

FLOE_FN void floe_station_renege(struct floe_station *station, uint32_t i)
{
    floe_station_end_wait(station, i);
    floe_station_leave(station, i, FLOE_RENEGED);
}

/* The end of the warm-up: levels stay, sums begin again. */
FLOE_FN void floe_station_measure(struct floe_station *station)
{
    floe_timeavg_restart(&station->inside, &station->where);
    floe_timeavg_restart(&station->waiting, &station->where);
    floe_timeavg_restart(&station->busy, &station->where);
    station->measured_from_ns = station->where.now_ns;
    station->empty_ns = station->full_ns = 0;
    station->stay_clipped_ns = station->wait_clipped_ns = 0;
    station->wasted_ns = 0;
    station->delivered_ns = -floe_station_attained_total_ns(station);
    station->served = 0;
    memset(station->counts, 0, sizeof station->counts);
    for (uint32_t c = 0; c < FLOE_STATION_CLASSES_MAX; c++)
        station->counts[c].inside_before = station->inside_of[c];
}

FLOE_FN void floe_station_handle(struct floe_station *station, const struct floe_event *event)
{
    switch (event->kind) {
    case FLOE_STATION_END: station->ended = 1; break;
    case FLOE_STATION_MEASURE:
        floe_station_measure(station);
        station->measuring = 1;
        break;
    case FLOE_STATION_COMPLETION: floe_station_complete(station, (uint32_t)event->a); break;
    case FLOE_STATION_PATIENCE: floe_station_renege(station, (uint32_t)event->a); break;
    default: floe_station_arrival(station, (uint32_t)event->a); break;
    }
}

/* ---- what must hold ---- */

FLOE_FN void floe_station_check_counts(const struct floe_station *station)
{
    uint64_t inside = 0;
    for (uint32_t c = 0; c < station->parameters.classes; c++) {
        const struct floe_station_counts *counts = &station->counts[c];
        uint64_t gone = counts->served + counts->blocked + counts->balked + counts->reneged;
        floe_assert(counts->inside_before + counts->arrived == gone + station->inside_of[c], &station->where,
                    "arrivals are not served + lost + reneged + inside");
        inside += station->inside_of[c];
    }
    floe_assert(inside == (uint64_t)station->inside.level, &station->where, "the classes inside are not those inside");
    floe_assert((uint64_t)station->waiting.level + station->n_in_service == inside, &station->where,
                "inside is not waiting + in service");
}

FLOE_FN void floe_station_check(const struct floe_station *station)
{
    const struct floe_where *where = &station->where;
    floe_i128 stays = station->stay_clipped_ns, waits = station->wait_clipped_ns;
    for (uint32_t i = 0; i < station->fresh; i++) {
        const struct floe_customer *customer = &station->customer[i];
        if (customer->state == FLOE_CUSTOMER_FREE) continue;
        stays += floe_station_clipped_ns(station, customer->arrived_ns);
        if (customer->state == FLOE_CUSTOMER_WAITING) waits += floe_station_clipped_ns(station, customer->since_ns);
    }
    floe_i128 service = station->delivered_ns + floe_station_attained_total_ns(station);
    floe_assert(floe_timeavg_area(&station->inside, where) == stays, where, "area of N is not the sum of the stays");
    floe_assert(floe_timeavg_area(&station->waiting, where) == waits, where, "area of Nq is not the sum of the waits");
    floe_assert(floe_timeavg_area(&station->busy, where) == service, where, "busy time is not the service delivered");
    floe_station_check_counts(station);
}

/* ---- a run ---- */

/* Names the streams of a class after whose customers they are; two stations with equal names meet the same ones. */
FLOE_FN void floe_station_class_name(struct floe_station_class *of_class, const char *name)
{
    of_class->gap_stream = floe_stream_id(name, "arrival");
    of_class->batch_stream = floe_stream_id(name, "batch");
    of_class->service_stream = floe_stream_id(name, "service");
    of_class->patience_stream = floe_stream_id(name, "patience");
}

/* One class without arrivals or services, for the caller to fill. */
FLOE_FN struct floe_station_parameters floe_station_parameters_of(enum floe_discipline discipline, uint32_t servers)
{
    static const char *const name[FLOE_STATION_CLASSES_MAX] = {"class 0", "class 1", "class 2", "class 3",
                                                               "class 4", "class 5", "class 6", "class 7"};
    struct floe_station_parameters parameters;
    memset(&parameters, 0, sizeof parameters);
    parameters.discipline = (uint32_t)discipline;
    parameters.servers = servers;
    parameters.classes = 1;
    for (int c = 0; c < FLOE_STATION_CLASSES_MAX; c++) {
        parameters.of_class[c].arrivals = floe_arrivals_plan_of(FLOE_ARRIVALS_RENEWAL);
        floe_station_class_name(&parameters.of_class[c], name[c]);
    }
    return parameters;
}

FLOE_FN uint64_t floe_station_pending_max(uint64_t inside_max)
{
    return inside_max + FLOE_STATION_CLASSES_MAX + 2; /* a timer each, arrivals, the end, the measurement */
}

/* 0 if no station can hold so many. */
FLOE_FN size_t floe_station_bytes(uint64_t inside_max)
{
    if (inside_max == 0 || inside_max > FLOE_QUEUE_CAPACITY_MAX) return 0;
    size_t queue = floe_queue_bytes(floe_station_pending_max(inside_max));
    size_t records = (size_t)(inside_max + 1) * (sizeof(struct floe_customer) + sizeof(uint32_t));
    return queue == 0 ? 0 : queue + records;
}

FLOE_FN void floe_station_reset(struct floe_station *station)
{
    struct floe_rng rng;
    rng.seed = station->where.seed;
    rng.replication = station->where.replication;
    for (uint32_t c = 0; c < FLOE_STATION_CLASSES_MAX; c++) {
        const struct floe_station_class *of_class = &station->parameters.of_class[c];
        floe_arrivals_init(&station->arrivals[c], &of_class->arrivals, rng, of_class->gap_stream,
                           of_class->batch_stream);
        floe_law_stream_init(&station->services[c], &of_class->service, rng, of_class->service_stream);
        floe_law_stream_init(&station->patiences[c], &of_class->patience, rng, of_class->patience_stream);
        station->line[c].first = station->line[c].last = FLOE_CUSTOMER_NONE;
    }
    station->free = FLOE_CUSTOMER_NONE;
    floe_timeavg_init(&station->inside, 0, 0);
    floe_timeavg_init(&station->waiting, 0, 0);
    floe_timeavg_init(&station->busy, 0, 0);
    floe_station_measure(station);
}

/* log may be null; side is what the plans refer to, and may be null if they refer to nothing. */
FLOE_FN void floe_station_init(struct floe_station *station, const struct floe_station_parameters *parameters,
                               uint64_t inside_max, void *memory, struct floe_rng rng, const struct floe_side *side,
                               const struct floe_station_log *log)
{
    memset(station, 0, sizeof *station);
    station->parameters = *parameters;
    station->where.seed = rng.seed;
    station->where.replication = rng.replication;
    if (side != NULL) station->side = *side;
    if (log != NULL) station->log = *log;
    floe_assert(floe_station_bytes(inside_max) > 0, &station->where, "a station of this size cannot be");
    station->inside_max = (uint32_t)inside_max;
    uint32_t pending_max = (uint32_t)floe_station_pending_max(inside_max);
    unsigned char *at = (unsigned char *)memory + floe_queue_bytes(pending_max);
    floe_queue_init(&station->queue, memory, pending_max, &station->where);
    station->customer = (struct floe_customer *)(void *)at;
    station->in_service = (uint32_t *)(void *)(at + (size_t)(inside_max + 1) * sizeof(struct floe_customer));
    floe_station_reset(station);
}

FLOE_FN int floe_station_parameters_fit(const struct floe_station *station)
{
    const struct floe_station_parameters *parameters = &station->parameters;
    int fit = parameters->discipline < FLOE_DISCIPLINE_COUNT && parameters->servers > 0;
    fit &= parameters->classes > 0 && parameters->classes <= FLOE_STATION_CLASSES_MAX;
    fit &= parameters->warmup_s >= 0 && parameters->horizon_s >= 0;
    fit &= parameters->horizon_s == 0 || parameters->horizon_s > parameters->warmup_s;
    for (uint32_t c = 0; fit && c < parameters->classes; c++) {
        const struct floe_station_class *of_class = &parameters->of_class[c];
        fit &= of_class->service.kind != FLOE_LAW_NONE && of_class->arrivals.batch >= 1.0;
    }
    return fit;
}

/* Everything that a run begins with is pending. */
FLOE_FN FLOE_MUST_CHECK enum floe_status floe_station_begin_run(struct floe_station *station)
{
    const struct floe_station_parameters *parameters = &station->parameters;
    struct floe_where *where = &station->where;
    if (!floe_station_parameters_fit(station)) return station->status = FLOE_BAD_INPUT;
    station->measuring = parameters->warmup_s == 0;
    if (parameters->horizon_s > 0)
        floe_queue_schedule(&station->queue, floe_ns_from_s(parameters->horizon_s, where), FLOE_STATION_END, 0, 0);
    if (parameters->warmup_s > 0)
        floe_queue_schedule(&station->queue, floe_ns_from_s(parameters->warmup_s, where), FLOE_STATION_MEASURE, 0, 0);
    for (uint32_t c = 0; c < parameters->classes; c++)
        floe_station_expect_arrival(station, c);
    return FLOE_OK;
}

FLOE_FN FLOE_MUST_CHECK enum floe_status floe_station_run(struct floe_station *station)
{
    struct floe_event event;
    uint64_t goal = station->parameters.customers > 0 ? station->parameters.customers : UINT64_MAX;
    enum floe_status status = floe_station_begin_run(station);
    if (status != FLOE_OK) return status;
    while (!station->ended && station->status == FLOE_OK && floe_queue_pop(&station->queue, &event)) {
        floe_station_handle(station, &event);
        if (FLOE_UNLIKELY(station->served >= goal) && station->measuring) break;
    }
    if (station->status == FLOE_OK) station->status = floe_queue_status(&station->queue);
    if (station->status == FLOE_OK) floe_station_check(station);
    return station->status;
}

/* ---- results ---- */

FLOE_FN double floe_station_share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

FLOE_FN double floe_station_mean_s(floe_i128 sum_ns, uint64_t n)
{
    return n > 0 ? floe_i128_double(sum_ns) / (double)n / FLOE_NS_PER_S : 0.0;
}

FLOE_FN void floe_station_means_of_counts(struct floe_station_means *means, const struct floe_station_counts *counts)
{
    uint64_t came_in = counts->arrived - counts->blocked - counts->balked;
    means->sojourn_s = floe_station_mean_s(counts->sojourn_ns, counts->served);
    means->wait_s = floe_station_mean_s(counts->wait_ns, counts->served);
    means->reneged_wait_s = floe_station_mean_s(counts->reneged_wait_ns, counts->reneged);
    means->delayed_share = floe_station_share(counts->delayed, came_in);
    means->blocked_share = floe_station_share(counts->blocked, counts->arrived);
    means->balked_share = floe_station_share(counts->balked, counts->arrived);
    means->reneged_share = floe_station_share(counts->reneged, counts->arrived);
    means->arrived = counts->arrived;
    means->served = counts->served;
    means->blocked = counts->blocked;
    means->balked = counts->balked;
    means->reneged = counts->reneged;
    means->interrupted = counts->interrupted;
}

FLOE_FN struct floe_station_counts floe_station_counts_all(const struct floe_station *station)
{
    struct floe_station_counts all = station->counts[0];
    for (uint32_t c = 1; c < station->parameters.classes; c++) {
        const struct floe_station_counts *counts = &station->counts[c];
        all.inside_before += counts->inside_before;
        all.arrived += counts->arrived;
        all.served += counts->served;
        all.blocked += counts->blocked;
        all.balked += counts->balked;
        all.reneged += counts->reneged;
        all.delayed += counts->delayed;
        all.interrupted += counts->interrupted;
        all.sojourn_ns += counts->sojourn_ns;
        all.wait_ns += counts->wait_ns;
        all.reneged_wait_ns += counts->reneged_wait_ns;
    }
    return all;
}

/* class_index from 0, or -1 for all classes together. */
FLOE_FN struct floe_station_means floe_station_result(const struct floe_station *station, int class_index)
{
    struct floe_station_means means;
    struct floe_station_counts counts = class_index < 0 ? floe_station_counts_all(station)
                                                        : station->counts[class_index];
    const struct floe_where *where = &station->where;
    int64_t lasted_ns = where->now_ns - station->measured_from_ns, rest_ns = where->now_ns - station->inside.since_ns;
    uint64_t level = (uint64_t)station->inside.level;
    int64_t empty_ns = station->empty_ns + (level == 0 ? rest_ns : 0);
    int64_t full_ns = station->full_ns + (level > 0 && level == station->parameters.room ? rest_ns : 0);
    means.inside = floe_timeavg_mean(&station->inside, where);
    means.waiting = floe_timeavg_mean(&station->waiting, where);
    means.busy = floe_timeavg_mean(&station->busy, where);
    means.empty_share = lasted_ns > 0 ? (double)empty_ns / (double)lasted_ns : 0.0;
    means.full_share = lasted_ns > 0 ? (double)full_ns / (double)lasted_ns : 0.0;
    means.executed = station->queue.executed;
    floe_station_means_of_counts(&means, &counts);
    return means;
}

#endif
