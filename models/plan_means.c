/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's part on prices: what a call of a workload brings on average on each price slot of a route. Band b holds
 * the requests with more input than its threshold and not more than the next one's; all their tokens are billed there.
 */
#include <string.h>

#include "models/plan_parts.h"

static void means_from_trace(const struct price_row *row, const struct plan_load *p, const struct trace *trace,
                             struct slot_mean *means)
{
    for (int64_t i = 0; i < trace->n; i++) {
        struct slot_mean *mean = &means[price_band_at(row, trace->input_tok[i] + p->prefix.prefix_tok)];
        const double output_tok = trace->output_tok[i];
        mean->share += 1;
        mean->input_tok += trace->input_tok[i];
        mean->output_tok += output_tok < p->max_output_tok ? output_tok : p->max_output_tok;
    }
    for (int b = 0; b < PRICE_SLOTS_PER_ROW; b++) {
        means[b].share /= (double)trace->n;
        means[b].input_tok /= (double)trace->n;
        means[b].output_tok /= (double)trace->n;
    }
}

/* The prefix stands in front of the input: together they are above the threshold. */
static struct token_part above_threshold(const struct plan_load *p, double above_tok)
{
    const double above = above_tok - (double)(uint32_t)p->prefix.prefix_tok;
    return token_dist_above(&p->input, above < 0 ? -1 : above);
}

/* Band b holds the requests above its threshold and not above the next one; input and output are independent. */
static void means_from_laws(const struct price_row *row, const struct plan_load *p, struct slot_mean *means)
{
    const struct token_part cut = token_dist_above(&p->output, p->max_output_tok);
    const double output_tok = token_dist_above(&p->output, -1).mean - (cut.mean - cut.share * p->max_output_tok);
    struct token_part above = token_dist_above(&p->input, -1);
    for (int32_t b = 0; b <= row->n_bands; b++) {
        struct token_part next = {0, 0};
        if (b < row->n_bands) next = above_threshold(p, row->bands[b].above_tok);
        means[b].share = above.share - next.share;
        means[b].input_tok = above.mean - next.mean;
        means[b].output_tok = means[b].share * output_tok;
        above = next;
    }
}

static void derive_step(struct plan *plan, const struct timeline *timeline, const struct traces *traces, int32_t phase,
                        int32_t w, const struct plan_step *step)
{
    const struct plan_load *load = plan_load_of(plan, phase, w);
    const struct model_prices *model = plan_model(timeline, phase, step);
    struct slot_mean *means = (struct slot_mean *)plan_writable(plan, step->means_offset);
    memset(means, 0, sizeof *means * (size_t)(model->n_rows * PRICE_SLOTS_PER_ROW));
    if (load->tokens_from_row) return;
    for (int32_t i = 0; i < model->n_rows; i++) {
        if (load->tokens_trace >= 0)
            means_from_trace(&model->rows[i], load, &traces->items[load->tokens_trace],
                             means + i * PRICE_SLOTS_PER_ROW);
        else
            means_from_laws(&model->rows[i], load, means + i * PRICE_SLOTS_PER_ROW);
    }
}

void plan_derive_means(struct plan *plan, const struct timeline *timeline, const struct traces *traces, int32_t phase,
                       int32_t r, int32_t w)
{
    for (int32_t i = 0; i < plan->n_steps[r]; i++) {
        const struct plan_step *step = plan_step_of(plan, phase, r, w, i);
        if (step->model >= 0) derive_step(plan, timeline, traces, phase, w, step);
    }
}
