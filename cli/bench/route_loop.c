/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands beside the events engine (cli/bench/bench_routes.c). Compiled like the engine's fastest path: on x86-64 for
 * AVX2 and FMA, because a comparison of two instruction sets would say nothing about the event style. */
#include "cli/bench/route_work.h"
#include "sim/blockstream.h"

int route_loop_is_available(void)
{
#if defined(__AVX2__)
    return floe_lanes_avx2();
#else
    return 1;
#endif
}

enum floe_status route_loop(void *context, struct bench_turn *turn)
{
    static struct floe_block_stream input, output;
    const struct route_work *work = (const struct route_work *)context;
    const struct plan_workload *p = &work->plan->workloads[0];
    const struct plan_load *load = plan_load_of(work->plan, 0, 0);
    const struct floe_rng rng = {ROUTE_SEED, 0};
    const struct traffic_rates rates = plan_rates(work->plan, 0);
    const int64_t horizon_ns = work->plan->horizon_ns, call_ns = work->plan->call_ns[0][0];
    struct traffic_state arrivals = traffic_begin(rng, p->stream[STREAM_ARRIVALS]);
    uint64_t calls = 0, ended = 0, input_tok = 0, output_tok = 0;
    int64_t arrival_ns = INT64_MAX;
    const double from_s = bench_processor_s();
    input = floe_block_stream_at(rng, p->stream[STREAM_INPUT], FLOE_BLOCK_UNIFORM, 1.0, 0);
    output = floe_block_stream_at(rng, p->stream[STREAM_OUTPUT], FLOE_BLOCK_UNIFORM, 1.0, 0);
    if (!traffic_next(&arrivals, rates, &arrival_ns)) arrival_ns = INT64_MAX;
    for (;;) {
        const int64_t end_ns = ended < calls ? work->ring[ended & (ROUTE_RING - 1)] : INT64_MAX;
        if ((end_ns < arrival_ns ? end_ns : arrival_ns) >= horizon_ns) break;
        if (end_ns <= arrival_ns) {
            ended++;
            continue;
        }
        work->ring[calls++ & (ROUTE_RING - 1)] = arrival_ns + call_ns;
        input_tok += (uint64_t)token_dist_draw(&load->input, floe_block_stream_next(&input));
        output_tok += (uint64_t)token_dist_draw(&load->output, floe_block_stream_next(&output));
        if (!traffic_next(&arrivals, rates, &arrival_ns)) arrival_ns = INT64_MAX;
    }
    turn->seconds = bench_processor_s() - from_s;
    turn->requests = calls;
    turn->check = calls + 3 * ended + 5 * input_tok + 7 * output_tok;
    return FLOE_OK;
}
