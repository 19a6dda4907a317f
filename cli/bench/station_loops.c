/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/station_loops.h"

enum { MASK = LOOP_PLACES - 1 };

static int64_t next_ns(struct floe_block_stream *durations, const struct loop *loop)
{
    return floe_ns_from_s(floe_block_stream_next(durations), &loop->where);
}

static struct floe_block_stream stream_of(struct floe_rng rng, uint32_t stream, const struct floe_law *law)
{
    return floe_block_stream_at(rng, stream, FLOE_BLOCK_EXPONENTIAL, law->mean_s, 0);
}

void loop_begin(struct loop *loop, const struct floe_station_parameters *parameters, struct floe_rng rng)
{
    loop->where.now_ns = 0;
    loop->where.seed = rng.seed;
    loop->where.replication = rng.replication;
    for (uint32_t c = 0; c < 2; c++) {
        const struct floe_station_class *of_class = &parameters->of_class[c];
        loop->arrival_ns[c] = INT64_MAX;
        loop->line[c].first = loop->line[c].last = 0;
        if (c >= parameters->classes) continue;
        loop->gaps[c] = stream_of(rng, of_class->gap_stream, &of_class->arrivals.gap);
        loop->services[c] = stream_of(rng, of_class->service_stream, &of_class->service);
        loop->arrival_ns[c] = next_ns(&loop->gaps[c], loop);
    }
    loop->patiences = stream_of(rng, parameters->of_class[0].patience_stream, &parameters->of_class[0].patience);
    loop->now_ns = 0;
    loop->departure_ns = INT64_MAX;
    loop->inside = loop->served = loop->reneged = 0;
    loop->area = loop->sojourn_ns = 0;
}

static void advance(struct loop *loop, int64_t to_ns)
{
    loop->area += (floe_i128)(int64_t)loop->inside * (to_ns - loop->now_ns);
    loop->now_ns = to_ns;
}

/* The next customer of a class; the next arrival of it is drawn before its service. */
static struct loop_customer arrive(struct loop *loop, int c)
{
    struct loop_customer customer;
    customer.arrived_ns = loop->now_ns;
    loop->arrival_ns[c] = loop->now_ns + next_ns(&loop->gaps[c], loop);
    customer.left_ns = next_ns(&loop->services[c], loop);
    customer.patience_until_ns = INT64_MAX;
    customer.order = 0;
    loop->inside++;
    return customer;
}

static void leave(struct loop *loop, int64_t arrived_ns)
{
    loop->sojourn_ns += loop->now_ns - arrived_ns;
    loop->served++;
    loop->inside--;
}

/* ---- one line ---- */

void loop_fifo(struct loop *loop, uint64_t customers)
{
    struct loop_line *line = &loop->line[0]; /* who is in service is the first of it */
    while (loop->served < customers) {
        if (loop->departure_ns <= loop->arrival_ns[0]) {
            advance(loop, loop->departure_ns);
            leave(loop, line->customer[line->first++ & MASK].arrived_ns);
            loop->departure_ns = line->first < line->last ? loop->now_ns + line->customer[line->first & MASK].left_ns
                                                          : INT64_MAX;
        } else {
            advance(loop, loop->arrival_ns[0]);
            const struct loop_customer customer = arrive(loop, 0);
            if (line->first == line->last) loop->departure_ns = loop->now_ns + customer.left_ns;
            line->customer[line->last++ & MASK] = customer;
        }
    }
}

void loop_lifo(struct loop *loop, uint64_t customers)
{
    struct loop_customer *stack = loop->line[0].customer, current = {0, 0, 0, 0};
    uint64_t n = 0;
    while (loop->served < customers) {
        if (loop->departure_ns <= loop->arrival_ns[0]) {
            advance(loop, loop->departure_ns);
            leave(loop, current.arrived_ns);
            loop->departure_ns = INT64_MAX;
            if (n == 0) continue;
            current = stack[--n];
        } else {
            advance(loop, loop->arrival_ns[0]);
            const struct loop_customer customer = arrive(loop, 0);
            if (loop->departure_ns != INT64_MAX) {
                stack[n++ & MASK] = customer;
                continue;
            }
            current = customer;
        }
        loop->departure_ns = loop->now_ns + current.left_ns;
    }
}

/* ---- two classes ---- */

static struct loop_customer *most_urgent(struct loop *loop)
{
    for (int c = 0; c < 2; c++)
        if (loop->line[c].first < loop->line[c].last) return &loop->line[c].customer[loop->line[c].first++ & MASK];
    return NULL;
}

void loop_priority(struct loop *loop, uint64_t customers)
{
    struct loop_customer current = {0, 0, 0, 0};
    while (loop->served < customers) {
        const int c = loop->arrival_ns[0] <= loop->arrival_ns[1] ? 0 : 1;
        if (loop->departure_ns <= loop->arrival_ns[c]) {
            advance(loop, loop->departure_ns);
            leave(loop, current.arrived_ns);
            const struct loop_customer *next = most_urgent(loop);
            loop->departure_ns = INT64_MAX;
            if (next == NULL) continue;
            current = *next;
        } else {
            advance(loop, loop->arrival_ns[c]);
            const struct loop_customer customer = arrive(loop, c);
            if (loop->departure_ns != INT64_MAX) {
                loop->line[c].customer[loop->line[c].last++ & MASK] = customer;
                continue;
            }
            current = customer;
        }
        loop->departure_ns = loop->now_ns + current.left_ns;
    }
}

void loop_resume(struct loop *loop, uint64_t customers)
{
    struct loop_customer current = {0, 0, 0, 0};
    int current_class = 0;
    loop->line[1].first = loop->line[1].last = LOOP_PLACES; /* the displaced go in front of the first */
    while (loop->served < customers) {
        const int c = loop->arrival_ns[0] <= loop->arrival_ns[1] ? 0 : 1;
        if (loop->departure_ns <= loop->arrival_ns[c]) {
            advance(loop, loop->departure_ns);
            leave(loop, current.arrived_ns);
            current_class = loop->line[0].first < loop->line[0].last ? 0 : 1;
            const struct loop_customer *next = most_urgent(loop);
            loop->departure_ns = INT64_MAX;
            if (next == NULL) continue;
            current = *next;
        } else {
            advance(loop, loop->arrival_ns[c]);
            const struct loop_customer customer = arrive(loop, c);
            if (loop->departure_ns != INT64_MAX && current_class <= c) {
                loop->line[c].customer[loop->line[c].last++ & MASK] = customer;
                continue;
            }
            if (loop->departure_ns != INT64_MAX) {
                current.left_ns = loop->departure_ns - loop->now_ns;
                loop->line[1].customer[--loop->line[1].first & MASK] = current;
            }
            current = customer;
            current_class = c;
        }
        loop->departure_ns = loop->now_ns + current.left_ns;
    }
}

/* ---- sharing: the levels of sim/station_ps.h, in a list that is looked through at each ending ---- */

struct sharing {
    uint64_t n, least, begun;
    int64_t level_ns, in_hand_ns, since_ns;
};

static void deal(struct sharing *s, const struct loop *loop)
{
    if (s->n > 0) {
        const int64_t n = (int64_t)s->n, total_ns = loop->now_ns - s->since_ns + s->in_hand_ns;
        const int64_t most_ns = loop->line[0].customer[s->least].left_ns - s->level_ns;
        const int64_t each_ns = total_ns / n < most_ns ? total_ns / n : most_ns;
        s->level_ns += each_ns;
        s->in_hand_ns = total_ns - each_ns * n;
    }
    s->since_ns = loop->now_ns;
}

static int ends_before(const struct loop_customer *a, const struct loop_customer *b)
{
    return a->left_ns != b->left_ns ? a->left_ns < b->left_ns : a->order < b->order;
}

static void expect(const struct sharing *s, struct loop *loop)
{
    loop->departure_ns = INT64_MAX;
    if (s->n == 0) return;
    const int64_t most_ns = loop->line[0].customer[s->least].left_ns - s->level_ns;
    const int64_t missing_ns = most_ns * (int64_t)s->n - s->in_hand_ns;
    loop->departure_ns = loop->now_ns + (missing_ns > 0 ? missing_ns : 0);
}

void loop_sharing(struct loop *loop, uint64_t customers)
{
    struct loop_customer *list = loop->line[0].customer;
    struct sharing s = {0, 0, 0, 0, 0, 0};
    while (loop->served < customers) {
        if (loop->departure_ns <= loop->arrival_ns[0]) {
            advance(loop, loop->departure_ns);
            deal(&s, loop);
            leave(loop, list[s.least].arrived_ns);
            list[s.least] = list[--s.n];
            s.least = 0;
            for (uint64_t i = 1; i < s.n; i++)
                if (ends_before(&list[i], &list[s.least])) s.least = i;
        } else {
            advance(loop, loop->arrival_ns[0]);
            deal(&s, loop);
            struct loop_customer customer = arrive(loop, 0);
            customer.left_ns += s.level_ns;
            customer.order = s.begun++;
            list[s.n & MASK] = customer;
            if (s.n == 0 || ends_before(&customer, &list[s.least])) s.least = s.n;
            s.n++;
        }
        expect(&s, loop);
    }
}

/* ---- patience: a line in order, looked through for the first to go ---- */

struct impatient {
    struct loop_customer *line;
    uint64_t n, first_to_go; /* of the line; who is in service is not in it */
};

static void look(struct impatient *s)
{
    s->first_to_go = 0;
    for (uint64_t i = 1; i < s->n; i++)
        if (s->line[i].patience_until_ns < s->line[s->first_to_go].patience_until_ns) s->first_to_go = i;
}

static void take_out(struct impatient *s, uint64_t place)
{
    for (uint64_t i = place; i + 1 < s->n; i++)
        s->line[i] = s->line[i + 1];
    s->n--;
    look(s);
}

void loop_reneging(struct loop *loop, uint64_t customers)
{
    struct impatient s = {loop->line[0].customer, 0, 0};
    struct loop_customer current = {0, 0, 0, 0};
    while (loop->served < customers) {
        const int64_t goes_ns = s.n > 0 ? s.line[s.first_to_go].patience_until_ns : INT64_MAX;
        if (loop->departure_ns <= goes_ns && loop->departure_ns <= loop->arrival_ns[0]) {
            advance(loop, loop->departure_ns);
            leave(loop, current.arrived_ns);
            loop->departure_ns = INT64_MAX;
            if (s.n == 0) continue;
            current = s.line[0];
            take_out(&s, 0);
        } else if (goes_ns <= loop->arrival_ns[0]) {
            advance(loop, goes_ns);
            take_out(&s, s.first_to_go);
            loop->reneged++;
            loop->inside--;
            continue;
        } else {
            advance(loop, loop->arrival_ns[0]);
            struct loop_customer customer = arrive(loop, 0);
            customer.patience_until_ns = loop->now_ns + next_ns(&loop->patiences, loop);
            if (loop->departure_ns != INT64_MAX) {
                s.line[s.n++ & MASK] = customer;
                if (customer.patience_until_ns < s.line[s.first_to_go].patience_until_ns) s.first_to_go = s.n - 1;
                continue;
            }
            current = customer;
        }
        loop->departure_ns = loop->now_ns + current.left_ns;
    }
}
