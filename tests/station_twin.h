/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plain twin of sim/station.h: no event queue, no lists, no timers, no running sums. Every customer is written down
 * beforehand, and each step looks at all of them for what happens next: the earliest time, then the lowest kind, then
 * the order of the kind. Draws by their address. Slow and obvious; for some dozens of customers. */
#ifndef FLOE_TESTS_STATION_TWIN_H
#define FLOE_TESTS_STATION_TWIN_H

#include <stdlib.h>

#include "sim/station.h"

enum { TWIN_MAX = 400 };
enum twin_state { TWIN_NOT_YET, TWIN_WAITS, TWIN_IN_SERVICE, TWIN_GONE };

struct twin_customer {
    int64_t arrives_ns, patience_ns, left_ns, since_ns, deadline_ns;
    int64_t began_ns, gone_ns, waited_ns; /* results, with the next two */
    int outcome, interruptions;
    int state, class_index;
    uint64_t number, event,
        order; /* event: who comes together has the same; of beginning to wait or to be served; a line is by rank */
    int64_t rank;
};

struct twin {
    const struct floe_station_parameters *p;
    const struct floe_side *side;
    struct floe_rng rng;
    struct twin_customer c[TWIN_MAX];
    int n;
    int64_t now_ns, in_hand_ns, end_ns;
    int64_t inside_area, waiting_area, busy_area; /* in the measurement */
    uint64_t order;
    int64_t ranks_first, ranks_last;
};

/* ---- who comes, and with what ---- */

static double twin_uniform(const struct twin *w, uint32_t stream, uint64_t index, uint32_t sub)
{
    return floe_uniform_from_word(floe_rng_word_sub(w->rng, stream, index, sub));
}

static int64_t twin_draw_ns(const struct twin *w, const struct floe_law *law, uint32_t stream, uint64_t i, uint32_t sub)
{
    return floe_ns_from_s(floe_law_draw_s(law, w->side->tables, twin_uniform(w, stream, i, sub)),
                          &(struct floe_where){0});
}

static uint64_t twin_batch(const struct twin *w, const struct floe_station_class *k, uint64_t event)
{
    if (k->arrivals.batch_kind == FLOE_BATCH_FIXED) return (uint64_t)k->arrivals.batch;
    double u = twin_uniform(w, k->batch_stream, event, 0), some = 1 - 1 / k->arrivals.batch;
    uint64_t n = 1; /* the smallest n with P(N <= n) >= u */
    for (double more = some; 1 - u < more; more *= some)
        n++;
    return n;
}

static void twin_come(struct twin *w, int class_index, uint64_t number, uint64_t event, int64_t at_ns)
{
    const struct floe_station_class *k = &w->p->of_class[class_index];
    struct twin_customer *c = &w->c[w->n++];
    if (w->n > TWIN_MAX) abort();
    memset(c, 0, sizeof *c);
    c->arrives_ns = at_ns;
    c->class_index = class_index;
    c->number = number;
    c->event = event;
    c->began_ns = c->gone_ns = c->deadline_ns = -1;
    c->outcome = -1;
    c->left_ns = twin_draw_ns(w, &k->service, k->service_stream, number, 0);
    c->patience_ns = k->patience.kind == FLOE_LAW_NONE ? -1
                                                       : twin_draw_ns(w, &k->patience, k->patience_stream, number, 0);
}

static int twin_by_arrival(const void *a, const void *b)
{
    const struct twin_customer *x = a, *y = b;
    if (x->arrives_ns != y->arrives_ns) return x->arrives_ns < y->arrives_ns ? -1 : 1;
    if (x->class_index != y->class_index) return x->class_index - y->class_index;
    return x->number < y->number ? -1 : 1;
}

static void twin_write_down(struct twin *w)
{
    for (int k = 0; k < (int)w->p->classes; k++) {
        const struct floe_station_class *of = &w->p->of_class[k];
        uint64_t number = 0, events = of->arrivals.events_max;
        int64_t at_ns = 0;
        if (of->arrivals.kind == FLOE_ARRIVALS_LIST) events = of->arrivals.list_n;
        for (uint64_t e = 0; e < events; e++) {
            if (of->arrivals.kind == FLOE_ARRIVALS_LIST)
                at_ns = w->side->list_ns[of->arrivals.list_from + e];
            else
                at_ns += twin_draw_ns(w, &of->arrivals.gap, of->gap_stream, e, 0);
            for (uint64_t b = twin_batch(w, of, e); b > 0; b--)
                twin_come(w, k, number++, e, at_ns);
        }
    }
    qsort(w->c, (size_t)w->n, sizeof w->c[0], twin_by_arrival);
}

/* ---- looking at everybody ---- */

static int twin_count(const struct twin *w, int state)
{
    int n = 0;
    for (int i = 0; i < w->n; i++)
        n += w->c[i].state == state;
    return n;
}

static int twin_busy(const struct twin *w)
{
    int n = twin_count(w, TWIN_IN_SERVICE), servers = (int)w->p->servers;
    return n < servers ? n : servers;
}

/* Processor sharing: who ends first. */
static int twin_least_left(const struct twin *w)
{
    int least = -1;
    for (int i = 0; i < w->n; i++) {
        if (w->c[i].state != TWIN_IN_SERVICE) continue;
        if (least < 0 || w->c[i].left_ns < w->c[least].left_ns ||
            (w->c[i].left_ns == w->c[least].left_ns && w->c[i].order < w->c[least].order))
            least = i;
    }
    return least;
}

/* Whole nanoseconds to everybody alike; what does not go round stays in hand, and so does what nobody needs. */
static void twin_share(struct twin *w, int64_t lasted_ns)
{
    int n = twin_count(w, TWIN_IN_SERVICE);
    if (n == 0) return;
    int64_t total_ns = lasted_ns * twin_busy(w) + w->in_hand_ns, each_ns = total_ns / n;
    int64_t most_ns = w->c[twin_least_left(w)].left_ns;
    if (each_ns > most_ns) each_ns = most_ns;
    for (int i = 0; i < w->n; i++)
        if (w->c[i].state == TWIN_IN_SERVICE) w->c[i].left_ns -= each_ns;
    w->in_hand_ns = total_ns - each_ns * n;
}

static int64_t twin_overlap(const struct twin *w, int64_t from_ns, int64_t to_ns)
{
    int64_t warmup_ns = (int64_t)(w->p->warmup_s * 1e9);
    if (from_ns < warmup_ns) from_ns = warmup_ns;
    return to_ns > from_ns ? to_ns - from_ns : 0;
}

/* Time goes by. */
static void twin_pass(struct twin *w, int64_t to_ns)
{
    int64_t measured_ns = twin_overlap(w, w->now_ns, to_ns), lasted_ns = to_ns - w->now_ns;
    int waiting = twin_count(w, TWIN_WAITS), in_service = twin_count(w, TWIN_IN_SERVICE);
    w->inside_area += measured_ns * (waiting + in_service);
    w->waiting_area += measured_ns * waiting;
    w->busy_area += measured_ns * twin_busy(w);
    if (w->p->discipline == FLOE_PS) {
        twin_share(w, lasted_ns);
    } else {
        for (int i = 0; i < w->n; i++)
            if (w->c[i].state == TWIN_IN_SERVICE) w->c[i].left_ns -= lasted_ns;
    }
    w->now_ns = to_ns;
}

static int64_t twin_completion_ns(const struct twin *w, int i)
{
    if (w->p->discipline != FLOE_PS) return w->now_ns + w->c[i].left_ns;
    int n = twin_count(w, TWIN_IN_SERVICE), busy = twin_busy(w);
    int64_t missing_ns = w->c[i].left_ns * n - w->in_hand_ns;
    return missing_ns > 0 ? w->now_ns + (missing_ns + busy - 1) / busy : w->now_ns;
}

struct twin_next {
    int64_t at_ns;
    int kind, i; /* 1 completion, 2 patience, 3 arrival */
    uint64_t order;
};

static void twin_consider(struct twin_next *next, int64_t at_ns, int kind, int i, uint64_t order)
{
    if (next->i >= 0) {
        if (next->at_ns != at_ns ? next->at_ns < at_ns : next->kind != kind ? next->kind < kind : next->order < order)
            return;
    }
    *next = (struct twin_next){at_ns, kind, i, order};
}

static struct twin_next twin_look(const struct twin *w)
{
    struct twin_next next = {0, 0, -1, 0};
    int least = w->p->discipline == FLOE_PS ? twin_least_left(w) : -1;
    for (int i = 0; i < w->n; i++) {
        const struct twin_customer *c = &w->c[i];
        if (c->state == TWIN_IN_SERVICE && (least < 0 || least == i))
            twin_consider(&next, twin_completion_ns(w, i), 1, i, c->order);
        if (c->state == TWIN_WAITS && c->deadline_ns >= 0) twin_consider(&next, c->deadline_ns, 2, i, c->order);
        if (c->state == TWIN_NOT_YET) twin_consider(&next, c->arrives_ns, 3, i, (uint64_t)i);
    }
    return next;
}

/* ---- what happens ---- */

static void twin_go(struct twin *w, int i, int outcome)
{
    w->c[i].state = TWIN_GONE;
    w->c[i].outcome = outcome;
    w->c[i].gone_ns = w->now_ns;
}

static void twin_wait(struct twin *w, int i, int ahead_of_all)
{
    struct twin_customer *c = &w->c[i];
    c->state = TWIN_WAITS;
    c->since_ns = w->now_ns;
    c->order = w->order++;
    c->rank = ahead_of_all ? --w->ranks_first : ++w->ranks_last;
    if (c->began_ns < 0 && c->patience_ns >= 0) c->deadline_ns = w->now_ns + c->patience_ns;
}

static void twin_begin(struct twin *w, int i)
{
    struct twin_customer *c = &w->c[i];
    if (c->state == TWIN_WAITS) c->waited_ns += w->now_ns - c->since_ns;
    c->state = TWIN_IN_SERVICE;
    c->began_ns = w->now_ns;
    c->order = w->order++;
    c->deadline_ns = -1;
}

static int twin_by_class(const struct twin *w)
{
    uint32_t d = w->p->discipline;
    return d == FLOE_PRIORITY || d == FLOE_RESUME || d == FLOE_RESAMPLE;
}

static int twin_next_in_line(const struct twin *w)
{
    int best = -1;
    for (int i = 0; i < w->n; i++) {
        if (w->c[i].state != TWIN_WAITS) continue;
        int k = twin_by_class(w) ? w->c[i].class_index : 0, best_k = 0;
        if (best >= 0 && twin_by_class(w)) best_k = w->c[best].class_index;
        if (best < 0 || k < best_k || (k == best_k && w->c[i].rank < w->c[best].rank)) best = i;
    }
    return best;
}

static int twin_victim(const struct twin *w, int class_index)
{
    int worst = -1;
    for (int i = 0; i < w->n; i++) {
        const struct twin_customer *c = &w->c[i];
        if (c->state != TWIN_IN_SERVICE || c->class_index <= class_index) continue;
        if (worst < 0 || c->class_index > w->c[worst].class_index ||
            (c->class_index == w->c[worst].class_index && c->order > w->c[worst].order))
            worst = i;
    }
    return worst;
}

static void twin_displace(struct twin *w, int i)
{
    struct twin_customer *c = &w->c[i];
    const struct floe_station_class *k = &w->p->of_class[c->class_index];
    c->interruptions++;
    if (w->p->discipline == FLOE_RESAMPLE)
        c->left_ns = twin_draw_ns(w, &k->service, k->service_stream, c->number, (uint32_t)c->interruptions);
    twin_wait(w, i, 1);
}

static void twin_enter(struct twin *w, int i)
{
    uint32_t d = w->p->discipline;
    uint32_t serving = (uint32_t)twin_count(w, TWIN_IN_SERVICE), inside = serving + (uint32_t)twin_count(w, TWIN_WAITS);
    uint32_t most = d != FLOE_PS ? w->p->servers : w->p->places > 0 ? w->p->places : UINT32_MAX;
    if (w->p->room > 0 && inside >= w->p->room) {
        twin_go(w, i, FLOE_BLOCKED);
    } else if (w->p->balk_from > 0 && inside >= w->p->balk_from) {
        twin_go(w, i, FLOE_BALKED);
    } else if (serving < most) {
        if (d == FLOE_PS) twin_share(w, 0); /* who comes gets nothing of what was in hand before */
        twin_begin(w, i);
    } else {
        int victim = d == FLOE_RESUME || d == FLOE_RESAMPLE ? twin_victim(w, w->c[i].class_index) : -1;
        if (victim >= 0) twin_displace(w, victim);
        if (victim >= 0)
            twin_begin(w, i);
        else
            twin_wait(w, i, d == FLOE_LIFO);
    }
}

static void twin_happen(struct twin *w, struct twin_next next)
{
    switch (next.kind) {
    case 1: {
        twin_go(w, next.i, FLOE_SERVED);
        int first = twin_next_in_line(w);
        if (first >= 0) twin_begin(w, first);
        break;
    }
    case 2:
        w->c[next.i].waited_ns += w->now_ns - w->c[next.i].since_ns;
        twin_go(w, next.i, FLOE_RENEGED);
        break;
    default: /* a whole batch, before anything else */
        for (int i = next.i, of = w->c[i].class_index; i < w->n && w->c[i].class_index == of; i++)
            if (w->c[i].event == w->c[next.i].event) twin_enter(w, i);
        break;
    }
}

static void twin_run(struct twin *w, const struct floe_station_parameters *p, const struct floe_side *side,
                     struct floe_rng rng)
{
    memset(w, 0, sizeof *w);
    w->p = p;
    w->side = side;
    w->rng = rng;
    twin_write_down(w);
    int64_t horizon_ns = p->horizon_s > 0 ? (int64_t)(p->horizon_s * 1e9) : INT64_MAX;
    for (;;) {
        struct twin_next next = twin_look(w);
        if (next.i < 0 || next.at_ns >= horizon_ns) break;
        twin_pass(w, next.at_ns);
        twin_happen(w, next);
    }
    if (p->horizon_s > 0) twin_pass(w, horizon_ns);
    w->end_ns = w->now_ns;
}

#endif
