/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The inside of a station: what every discipline builds on. sim/station.h tells the story; read it first.
 *
 * A customer is a record in the arena, known by its index. It is waiting (in one of the lines), in service, or its
 * record is free. The words below move it and keep the accounts, each account in one place:
 *
 *   floe_station_wait        to the waiting: the level of Nq, the patience timer
 *   floe_station_end_wait    from the waiting: the level, the wait, the timer
 *   floe_station_begin       to a server of its own: the level, the completion timer
 *   floe_station_stop        from its server, finished or not: what was attained
 *   floe_station_leave       out of the station: the stay, the counts of its class, the record of the caller
 *
 * A line is a list through the records: taking somebody out of its middle (reneging) costs no search. There are as
 * many lines as classes; a discipline with one line uses line 0. */
#ifndef FLOE_SIM_STATION_STATE_H
#define FLOE_SIM_STATION_STATE_H

#include "sim/arrivals.h"
#include "sim/event.h"
#include "sim/lawstream.h"
#include "sim/rng.h"
#include "sim/timeavg.h"

enum { FLOE_STATION_CLASSES_MAX = 8 };
#define FLOE_CUSTOMER_NONE UINT32_MAX

/* The order of one instant: the lowest first. Why: sim/station.h. */
enum floe_station_kind {
    FLOE_STATION_END = 0,
    FLOE_STATION_MEASURE = 1,
    FLOE_STATION_COMPLETION = 2,
    FLOE_STATION_PATIENCE = 3,
    FLOE_STATION_ARRIVAL = 4 /* and up to 11: one for each class, class 0 first */
};

enum floe_outcome {
    FLOE_SERVED = 0,
    FLOE_BLOCKED = 1,    /* no room */
    FLOE_BALKED = 2,     /* came, saw how many there were, and went */
    FLOE_RENEGED = 3,    /* patience ran out before service began */
    FLOE_INTERRUPTED = 4 /* displaced from a server; stays inside */
};

enum floe_customer_state { FLOE_CUSTOMER_FREE = 0, FLOE_CUSTOMER_WAITING = 1, FLOE_CUSTOMER_IN_SERVICE = 2 };

struct floe_station_class {
    struct floe_arrivals_plan arrivals;
    struct floe_law service;
    struct floe_law patience;                                           /* until service first begins; NONE: endless */
    uint32_t gap_stream, batch_stream, service_stream, patience_stream; /* floe_station_class_name */
};

struct floe_station_parameters {
    uint32_t discipline; /* enum floe_discipline, sim/station.h */
    uint32_t servers;
    uint32_t classes;   /* class 0 is the most urgent where that matters */
    uint32_t places;    /* processor sharing: the most in service at once; 0: no limit. Otherwise not read */
    uint64_t room;      /* the most inside, those in service included: more are blocked; 0: no limit */
    uint64_t balk_from; /* who finds at least so many inside goes away; 0: nobody does */
    uint64_t customers; /* the run ends when so many were served in the measurement; 0: no such end */
    double warmup_s;
    double horizon_s; /* the run ends before what happens at this instant; 0: no such end */
    struct floe_station_class of_class[FLOE_STATION_CLASSES_MAX];
};

struct floe_customer {
    int64_t arrived_ns;
    int64_t since_ns;    /* waiting, or on this server, from here on */
    int64_t waited_ns;   /* in stretches that are over */
    int64_t began_ns;    /* the last service; -1: none yet */
    int64_t required_ns; /* the length of the service */
    int64_t patience_ns;
    int64_t left_ns; /* what of it was left at since_ns; processor sharing: the attained level at which it ends */
    uint64_t number; /* in its class: the address of its draws */
    uint64_t order;  /* of beginning service: who began later has the higher one */
    struct floe_handle timer; /* of patience or completion */
    uint32_t next, previous;  /* in its line; next also in the list of free records */
    uint32_t class_index;
    uint32_t line;
    uint32_t place; /* in in_service[], for the disciplines that keep it */
    uint32_t interruptions;
    uint32_t state;
    uint32_t reserved;
};

struct floe_line {
    uint32_t first, last, n, reserved;
};

/* Of one class, in the measurement. Sums are of those who left as the name says, in full. */
struct floe_station_counts {
    uint64_t inside_before; /* at its beginning */
    uint64_t arrived, served, blocked, balked, reneged;
    uint64_t delayed; /* found no free server, and waited */
    uint64_t interrupted;
    floe_i128 sojourn_ns, wait_ns; /* of the served */
    floe_i128 reneged_wait_ns;
};

/* One line of the caller's log, written when a customer leaves or is interrupted. */
struct floe_station_record {
    int64_t arrived_ns, began_ns, left_ns; /* began_ns: the last service, -1 if none */
    uint64_t number;
    uint32_t class_index;
    uint32_t outcome;
};

struct floe_station_log {
    struct floe_station_record *record; /* null: none is kept */
    uint64_t n, max;                    /* n counts on beyond max: nothing is written there */
};

struct floe_station {
    struct floe_station_parameters parameters;
    struct floe_side side;
    struct floe_where where;
    struct floe_queue queue;
    struct floe_customer *customer; /* the arena, like the next */
    uint32_t *in_service;           /* a heap or a list of customers, as the discipline likes */
    struct floe_station_log log;
    struct floe_timeavg inside, waiting, busy;
    struct floe_arrivals arrivals[FLOE_STATION_CLASSES_MAX];
    struct floe_law_stream services[FLOE_STATION_CLASSES_MAX], patiences[FLOE_STATION_CLASSES_MAX];
    uint64_t numbered[FLOE_STATION_CLASSES_MAX];
    uint64_t inside_of[FLOE_STATION_CLASSES_MAX];
    struct floe_line line[FLOE_STATION_CLASSES_MAX];
    struct floe_station_counts counts[FLOE_STATION_CLASSES_MAX];
    uint64_t begun;  /* services, for floe_customer.order */
    uint64_t served; /* in the measurement */
    uint32_t n_in_service;
    uint32_t inside_max, fresh, free;
    int64_t measured_from_ns;
    int64_t empty_ns, full_ns; /* how long nobody was inside, and how long there was no room, up to inside.since_ns */
    floe_i128 stay_clipped_ns, wait_clipped_ns; /* of stretches that are over, from measured_from_ns on */
    floe_i128 delivered_ns; /* service: required of the served + lost of the interrupted - attained at the beginning */
    floe_i128 wasted_ns;    /* that part of it which was repeated */
    /* processor sharing only: sim/station_ps.h */
    struct floe_handle completion;
    int64_t attained_ns, shared_at_ns, in_hand_ns;
    uint64_t needed; /* after FLOE_FULL: room for so many is needed */
    enum floe_status status;
    int measuring, ended;
};

/* ---- time ---- */

/* The part of a span ending now that lies in the measurement. */
FLOE_FN int64_t floe_station_clipped_ns(const struct floe_station *station, int64_t since_ns)
{
    return station->where.now_ns - (since_ns > station->measured_from_ns ? since_ns : station->measured_from_ns);
}

/* ---- records ---- */

FLOE_FN uint32_t floe_station_take(struct floe_station *station)
{
    uint32_t i = station->free;
    if (i == FLOE_CUSTOMER_NONE) return station->fresh++;
    station->free = station->customer[i].next;
    return i;
}

FLOE_FN void floe_station_log(struct floe_station *station, const struct floe_customer *customer,
                              enum floe_outcome outcome)
{
    struct floe_station_log *log = &station->log;
    if (FLOE_LIKELY(log->record == NULL)) return;
    if (log->n < log->max) {
        struct floe_station_record *record = &log->record[log->n];
        record->arrived_ns = customer->arrived_ns;
        record->began_ns = customer->began_ns;
        record->left_ns = station->where.now_ns;
        record->number = customer->number;
        record->class_index = customer->class_index;
        record->outcome = (uint32_t)outcome;
    }
    log->n++;
}

/* ---- lines ---- */

FLOE_FN void floe_line_put_last(struct floe_station *station, uint32_t l, uint32_t i)
{
    struct floe_line *line = &station->line[l];
    struct floe_customer *customer = &station->customer[i];
    customer->line = l;
    customer->next = FLOE_CUSTOMER_NONE;
    customer->previous = line->last;
    if (line->last == FLOE_CUSTOMER_NONE)
        line->first = i;
    else
        station->customer[line->last].next = i;
    line->last = i;
    line->n++;
}

FLOE_FN void floe_line_put_first(struct floe_station *station, uint32_t l, uint32_t i)
{
    struct floe_line *line = &station->line[l];
    struct floe_customer *customer = &station->customer[i];
    customer->line = l;
    customer->previous = FLOE_CUSTOMER_NONE;
    customer->next = line->first;
    if (line->first == FLOE_CUSTOMER_NONE)
        line->last = i;
    else
        station->customer[line->first].previous = i;
    line->first = i;
    line->n++;
}

FLOE_FN void floe_line_remove(struct floe_station *station, uint32_t i)
{
    struct floe_customer *customer = &station->customer[i];
    struct floe_line *line = &station->line[customer->line];
    if (customer->previous == FLOE_CUSTOMER_NONE)
        line->first = customer->next;
    else
        station->customer[customer->previous].next = customer->next;
    if (customer->next == FLOE_CUSTOMER_NONE)
        line->last = customer->previous;
    else
        station->customer[customer->next].previous = customer->previous;
    line->n--;
}

/* The first of the first line that is not empty, or FLOE_CUSTOMER_NONE. */
FLOE_FN uint32_t floe_line_first(const struct floe_station *station)
{
    for (uint32_t l = 0; l < station->parameters.classes; l++)
        if (station->line[l].n > 0) return station->line[l].first;
    return FLOE_CUSTOMER_NONE;
}

/* ---- levels ---- */

FLOE_FN void floe_station_inside_change(struct floe_station *station, uint32_t class_index, int difference)
{
    int64_t lasted_ns = station->where.now_ns - station->inside.since_ns;
    uint64_t level = (uint64_t)station->inside.level;
    if (level == 0) station->empty_ns += lasted_ns;
    if (level == station->parameters.room && level > 0) station->full_ns += lasted_ns;
    floe_timeavg_change(&station->inside, difference, &station->where);
    station->inside_of[class_index] += (uint64_t)(int64_t)difference;
}

FLOE_FN void floe_station_in_service_change(struct floe_station *station, int difference)
{
    station->n_in_service += (uint32_t)difference;
    uint32_t n = station->n_in_service, servers = station->parameters.servers;
    floe_timeavg_set(&station->busy, n < servers ? n : servers, &station->where);
}

FLOE_FN int floe_station_has_server(const struct floe_station *station)
{
    return station->n_in_service < station->parameters.servers;
}

/* ---- waiting ---- */

/* After the discipline has put it into a line. Patience counts from the arrival and ends when service first begins:
 * who was interrupted stays. */
FLOE_FN void floe_station_wait(struct floe_station *station, uint32_t i)
{
    struct floe_customer *customer = &station->customer[i];
    const struct floe_station_class *of_class = &station->parameters.of_class[customer->class_index];
    customer->state = FLOE_CUSTOMER_WAITING;
    customer->since_ns = station->where.now_ns;
    customer->timer.slot = customer->timer.generation = 0;
    floe_timeavg_change(&station->waiting, 1, &station->where);
    if (customer->began_ns >= 0) return;
    station->counts[customer->class_index].delayed++;
    if (of_class->patience.kind == FLOE_LAW_NONE) return;
    int64_t until_ns = floe_ns_after(&station->where, customer->patience_ns);
    customer->timer = floe_queue_schedule(&station->queue, until_ns, FLOE_STATION_PATIENCE, i, 0);
}

FLOE_FN void floe_station_end_wait(struct floe_station *station, uint32_t i)
{
    struct floe_customer *customer = &station->customer[i];
    floe_line_remove(station, i);
    customer->waited_ns += station->where.now_ns - customer->since_ns;
    station->wait_clipped_ns += floe_station_clipped_ns(station, customer->since_ns);
    floe_timeavg_change(&station->waiting, -1, &station->where);
    if (customer->timer.generation != 0) floe_queue_cancel(&station->queue, customer->timer);
}

/* ---- service, each on a server of its own ---- */

FLOE_FN void floe_station_begin(struct floe_station *station, uint32_t i)
{
    struct floe_customer *customer = &station->customer[i];
    customer->state = FLOE_CUSTOMER_IN_SERVICE;
    customer->since_ns = customer->began_ns = station->where.now_ns;
    customer->order = station->begun++;
    int64_t end_ns = floe_ns_after(&station->where, customer->left_ns);
    customer->timer = floe_queue_schedule(&station->queue, end_ns, FLOE_STATION_COMPLETION, i, 0);
    floe_station_in_service_change(station, 1);
}

/* Somebody from a line onto a server; FLOE_CUSTOMER_NONE is nobody. */
FLOE_FN void floe_station_serve(struct floe_station *station, uint32_t i)
{
    if (i == FLOE_CUSTOMER_NONE) return;
    floe_station_end_wait(station, i);
    floe_station_begin(station, i);
}

FLOE_FN void floe_station_leave(struct floe_station *station, uint32_t i, enum floe_outcome outcome)
{
    struct floe_customer *customer = &station->customer[i];
    struct floe_station_counts *counts = &station->counts[customer->class_index];
    if (outcome == FLOE_SERVED) {
        counts->served++;
        counts->sojourn_ns += station->where.now_ns - customer->arrived_ns;
        counts->wait_ns += customer->waited_ns;
        station->delivered_ns += customer->required_ns;
        station->served++;
    } else {
        counts->reneged++;
        counts->reneged_wait_ns += customer->waited_ns;
    }
    station->stay_clipped_ns += floe_station_clipped_ns(station, customer->arrived_ns);
    floe_station_inside_change(station, customer->class_index, -1);
    floe_station_log(station, customer, outcome);
    customer->state = FLOE_CUSTOMER_FREE;
    customer->next = station->free;
    station->free = i;
}

/* The end of a service that was not interrupted. */
FLOE_FN void floe_station_finish(struct floe_station *station, uint32_t i)
{
    floe_station_in_service_change(station, -1);
    floe_station_leave(station, i, FLOE_SERVED);
}

/* Off its server before the end; the caller puts it into a line and then calls floe_station_wait. */
FLOE_FN void floe_station_interrupt(struct floe_station *station, uint32_t i)
{
    struct floe_customer *customer = &station->customer[i];
    floe_queue_cancel(&station->queue, customer->timer);
    customer->left_ns -= station->where.now_ns - customer->since_ns;
    customer->interruptions++;
    station->counts[customer->class_index].interrupted++;
    floe_station_in_service_change(station, -1);
    floe_station_log(station, customer, FLOE_INTERRUPTED);
}

/* The service that those inside have had, of the services they are in. Disciplines with servers of their own. */
FLOE_FN floe_i128 floe_station_attained_ns(const struct floe_station *station)
{
    floe_i128 attained_ns = 0;
    for (uint32_t i = 0; i < station->fresh; i++) {
        const struct floe_customer *customer = &station->customer[i];
        if (customer->state == FLOE_CUSTOMER_FREE || customer->began_ns < 0) continue;
        attained_ns += customer->required_ns - customer->left_ns;
        if (customer->state == FLOE_CUSTOMER_IN_SERVICE) attained_ns += station->where.now_ns - customer->since_ns;
    }
    return attained_ns;
}

#endif
