/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/latency_curve.h"

#include <math.h>
#include <string.h>

#define STEP (1.0 / LATENCY_NODES_PER_E)
#define Z_FAR 8.0 /* beyond it a normal tail is below 1e-15 */

/* ---- masses on nodes ---- */

static void clear(struct latency_curve *curve, double shift_s)
{
    memset(curve, 0, sizeof *curve);
    curve->shift_s = shift_s;
}

static void finish(struct latency_curve *curve)
{
    curve->from = LATENCY_NODES, curve->to = 0;
    curve->above[LATENCY_NODES] = 0;
    for (int32_t i = LATENCY_NODES - 1; i >= 0; i--) {
        curve->above[i] = curve->above[i + 1] + curve->share[i];
        if (curve->share[i] <= 0) continue;
        curve->from = i;
        if (curve->to == 0) curve->to = i + 1;
    }
}

static void add_value(struct latency_curve *curve, double x, double share)
{
    const double place = x > 0 ? floe_log(x) * LATENCY_NODES_PER_E + LATENCY_NODE_OF_1 : -1;
    if (place < 0) { /* between 0 and the first node */
        const double right = x > 0 ? x / latency_node(0) : 0;
        curve->share[0] += share * right;
        curve->zero_share += share * (1 - right);
    } else if (place >= LATENCY_NODES - 1) {
        curve->share[LATENCY_NODES - 1] += share;
    } else {
        const int32_t i = (int32_t)place;
        const double low = latency_node(i), right = (x - low) / (latency_node(i + 1) - low);
        const double bounded = right < 0 ? 0 : right > 1 ? 1 : right;
        curve->share[i] += share * (1 - bounded);
        curve->share[i + 1] += share * bounded;
    }
}

/* ---- a continuous law, cell by cell ---- */

/* A law of log X = x. scale: its median or mean, in s. */
struct piece {
    int32_t law;
    double mu, sigma;   /* LOGNORMAL */
    double mean, shape; /* EXPONENTIAL, GAMMA */
    double from, to;    /* nearly all of it lies between, in log X */
};

struct beyond {
    double share, mean; /* P(X beyond) and E[X; X beyond] */
};

static struct beyond lognormal_beyond(const struct piece *p, double x, int is_upper)
{
    const double z = (x - p->mu) / p->sigma, sign = is_upper ? -1 : 1;
    const double mean = floe_exp(p->mu + p->sigma * p->sigma / 2);
    return (struct beyond){floe_normal_cdf(sign * z), mean * floe_normal_cdf(sign * (z - p->sigma))};
}

static struct beyond exponential_beyond(const struct piece *p, double x, int is_upper)
{
    const double t = floe_exp(x), y = t / p->mean;
    if (is_upper) return (struct beyond){floe_exp(-y), (t + p->mean) * floe_exp(-y)};
    const double below = -floe_expm1(-y);
    return (struct beyond){below, p->mean * below - t * floe_exp(-y)};
}

static struct beyond gamma_beyond(const struct piece *p, double x, int is_upper)
{
    const double g = x - floe_log(p->mean) + floe_log(p->shape);
    return (struct beyond){floe_gamma_tail(p->shape, g, !is_upper),
                           p->mean * floe_gamma_tail(p->shape + 1, g, !is_upper)};
}

static struct beyond beyond(const struct piece *p, double x, int is_upper)
{
    switch (p->law) {
    case LATENCY_EXPONENTIAL: return exponential_beyond(p, x, is_upper);
    case LATENCY_GAMMA: return gamma_beyond(p, x, is_upper);
    default: return lognormal_beyond(p, x, is_upper);
    }
}

static void add_cell(struct latency_curve *curve, int32_t i, double share, double mean)
{
    const double low = latency_node(i), high = latency_node(i + 1);
    double right = (mean - low * share) / (high - low);
    if (share <= 0) return;
    right = right < 0 ? 0 : right > share ? share : right;
    curve->share[i] += share - right;
    curve->share[i + 1] += right;
}

static void add_beyond(struct latency_curve *curve, struct beyond b, double weight)
{
    if (b.share > 0) add_value(curve, b.mean / b.share, weight * b.share);
}

/* From the node at or above `from` on; what lies outside the cells goes to its own mean. */
static void add_piece(struct latency_curve *curve, const struct piece *p, double weight)
{
    int32_t i = (int32_t)floor(p->from * LATENCY_NODES_PER_E) + LATENCY_NODE_OF_1;
    int32_t end = (int32_t)ceil(p->to * LATENCY_NODES_PER_E) + LATENCY_NODE_OF_1;
    i = i < 0 ? 0 : i > LATENCY_NODES - 1 ? LATENCY_NODES - 1 : i;
    end = end < i ? i : end > LATENCY_NODES - 1 ? LATENCY_NODES - 1 : end;
    double x = (double)(i - LATENCY_NODE_OF_1) * STEP;
    struct beyond low = beyond(p, x, 0), high = beyond(p, x, 1);
    add_beyond(curve, low, weight);
    for (; i < end; i++) {
        x = (double)(i + 1 - LATENCY_NODE_OF_1) * STEP;
        const struct beyond next_low = beyond(p, x, 0), next_high = beyond(p, x, 1);
        const int is_upper = next_low.share > 0.5;
        add_cell(curve, i, weight * (is_upper ? high.share - next_high.share : next_low.share - low.share),
                 weight * (is_upper ? high.mean - next_high.mean : next_low.mean - low.mean));
        low = next_low, high = next_high;
    }
    add_beyond(curve, high, weight);
}

static void add_lognormal(struct latency_curve *curve, double mu, double sigma, double weight)
{
    const struct piece p = {LATENCY_LOGNORMAL, mu, sigma, 0, 0, mu - Z_FAR * sigma, mu + (Z_FAR + sigma) * sigma};
    add_piece(curve, &p, weight);
}

void latency_curve_of(const struct latency_dist *dist, const struct floe_gamma_table *tables, double scale,
                      struct latency_curve *curve)
{
    const double mean = scale * dist->mean_s;
    const double far_below = 14, far_above = 4; /* an exponential's, in log X: 1e-6 below, e^-54 above */
    clear(curve, 0);
    curve->zero_share = !(mean > 0) || latency_is_fixed(dist);
    if (curve->zero_share > 0) {
        curve->shift_s = mean;
    } else if (dist->law == LATENCY_EXPONENTIAL) {
        const double x = floe_log(mean);
        const struct piece p = {LATENCY_EXPONENTIAL, 0, 0, mean, 1, x - far_below, x + far_above};
        add_piece(curve, &p, 1);
    } else if (dist->law == LATENCY_GAMMA) {
        const struct floe_gamma_table *table = &tables[dist->table];
        const double x = floe_log(mean), rate = 2 * floe_log1p(1 / table->shape);
        const struct piece p = {LATENCY_GAMMA,
                                0,
                                0,
                                mean,
                                table->shape,
                                x + table->log_x[0],
                                x + table->log_x[FLOE_GAMMA_NODES - 1] + rate};
        add_piece(curve, &p, 1);
    } else if (dist->law == LATENCY_VALUES) {
        for (int32_t i = 0; i < dist->n; i++)
            add_value(curve, scale * dist->values_s[i], 1.0 / dist->n);
    } else {
        for (int32_t i = 0; i < dist->mix.n; i++)
            add_lognormal(curve, dist->mix.mu[i] + floe_log(scale), dist->mix.sigma[i], dist->mix.share[i]);
    }
    finish(curve);
}

/* ---- sums and products ---- */

/* Node i plus the node k below it lies at i + offset, `right` of the way to the next. */
struct sum_offset {
    int32_t offset;
    double right;
};

static struct sum_offset sum_offset_of(int32_t k)
{
    const double x = 1 + floe_exp(-(double)k * STEP), place = floe_log(x) * LATENCY_NODES_PER_E;
    struct sum_offset o = {(int32_t)place, 0};
    const double low = floe_exp((double)o.offset * STEP), high = floe_exp((double)(o.offset + 1) * STEP);
    o.right = (x - low) / (high - low);
    return o;
}

static void add_pairs(struct latency_curve *sum, const struct latency_curve *a, const struct latency_curve *b,
                      int32_t k)
{
    const struct sum_offset o = sum_offset_of(k);
    const int32_t last = LATENCY_NODES - 1;
    const int32_t from = (a->from > b->from + k ? a->from : b->from + k);
    const int32_t to = (a->to < b->to + k ? a->to : b->to + k);
    for (int32_t i = from; i < to; i++) { /* a's node lies k above b's */
        const double share = a->share[i] * b->share[i - k];
        const int32_t at = i + o.offset < last ? i + o.offset : last - 1;
        sum->share[at] += share * (1 - o.right);
        sum->share[at + 1] += share * o.right;
    }
}

static void curve_add(const struct latency_curve *a, const struct latency_curve *b, struct latency_curve *sum)
{
    clear(sum, a->shift_s + b->shift_s);
    sum->zero_share = a->zero_share * b->zero_share;
    for (int32_t i = 0; i < LATENCY_NODES; i++)
        sum->share[i] = a->zero_share * b->share[i] + b->zero_share * a->share[i];
    const int32_t top = a->to > b->to ? a->to : b->to, bottom = a->from < b->from ? a->from : b->from;
    const int is_pair = a->from < a->to && b->from < b->to;
    for (int32_t k = 0; is_pair && k < top - bottom; k++) {
        add_pairs(sum, a, b, k);
        if (k > 0) add_pairs(sum, b, a, k);
    }
    finish(sum);
}

/* ---- output tokens ---- */

static double output_cut(const struct latency_output *output, double tok)
{
    return output->max_output_tok != PARAM_ABSENT && tok > output->max_output_tok ? output->max_output_tok : tok;
}

static void add_tokens(struct latency_curve *curve, const struct latency_output *output, double tok, double share,
                       double scale)
{
    add_value(curve, output_cut(output, tok) * scale, share);
}

/* Whole numbers one by one up to TOKENS_EXACT_BELOW, then the cells of the law as it is: a token is under a cell there.
 * A law cut at max_output_tok keeps its cells below and has the rest on the cut. */
static void add_spread_tokens(struct latency_curve *curve, const struct latency_output *output, double scale)
{
    const struct token_dist *dist = output->dist;
    const double end = output->max_output_tok == PARAM_ABSENT ? TOKENS_LARGEST : output->max_output_tok;
    double low_tail = 1, k = 1;
    for (; k <= TOKENS_EXACT_BELOW; k++) {
        const double tail = token_tail(dist, k + 0.5);
        add_tokens(curve, output, k, low_tail - tail, scale);
        low_tail = tail;
    }
    double low = k - 0.5, low_mean = token_tail_integral(dist, low) + low * low_tail;
    while (low < end && low_tail > 1e-15) {
        const double next = low * floe_exp(STEP / 2) < end ? low * floe_exp(STEP / 2) : end;
        const double tail = token_tail(dist, next), mean = token_tail_integral(dist, next) + next * tail;
        const double share = low_tail - tail;
        if (share > 0) add_value(curve, (low_mean - mean) / share * scale, share);
        low = next, low_tail = tail, low_mean = mean;
    }
    if (low_tail > 0) add_tokens(curve, output, low_mean / low_tail, low_tail, scale);
}

static double output_fixed(const struct latency_output *output)
{
    const struct token_dist *dist = output->dist;
    const int is_whole = dist != NULL && dist->law == TOKENS_FIXED && dist->fixed == (double)(int64_t)dist->fixed;
    return is_whole ? output_cut(output, dist->fixed) : PARAM_ABSENT;
}

/* The law of output tokens x scale. */
static void tokens_curve(const struct latency_output *output, double scale, struct latency_curve *curve)
{
    const struct token_dist *dist = output->dist;
    clear(curve, 0);
    if (dist == NULL) {
        for (int64_t i = 0; i < output->n_rows; i++)
            add_tokens(curve, output, output->row_tok[i], 1 / (double)output->n_rows, scale);
    } else if (token_dist_is_spread(dist)) {
        add_spread_tokens(curve, output, scale);
    } else if (dist->law == TOKENS_VALUES) {
        for (int32_t i = 0; i < dist->n_values; i++)
            add_tokens(curve, output, dist->values[i], 1.0 / dist->n_values, scale);
    } else if (output_fixed(output) != PARAM_ABSENT) {
        curve->zero_share = 1;
        curve->shift_s = output_fixed(output) * scale;
    } else {
        const double below = (double)(int64_t)dist->fixed;
        add_tokens(curve, output, below, 1 - (dist->fixed - below), scale);
        add_tokens(curve, output, below + 1, dist->fixed - below, scale);
    }
    finish(curve);
}

/* A product of nodes is a node: e^(i h) e^(j h). Neither curve has a shift. */
static void curve_multiply(const struct latency_curve *a, const struct latency_curve *b, struct latency_curve *product)
{
    clear(product, 0);
    product->zero_share = 1 - (1 - a->zero_share) * (1 - b->zero_share);
    for (int32_t i = a->from; i < a->to; i++) {
        for (int32_t j = b->from; j < b->to; j++) {
            const int32_t at = i + j - LATENCY_NODE_OF_1;
            const double share = a->share[i] * b->share[j];
            if (at >= 0)
                product->share[at < LATENCY_NODES ? at : LATENCY_NODES - 1] += share;
            else
                product->zero_share += share; /* under 0.1 us */
        }
    }
    finish(product);
}

static void make_generation(const struct latency_terms *terms, const struct floe_gamma_table *tables,
                            const struct latency_output *output, struct latency_curves *curves)
{
    const struct latency_dist *tpot = &terms->part[LATENCY_TPOT];
    if (latency_is_fixed(tpot)) {
        tokens_curve(output, tpot->mean_s, &curves->generation);
    } else if (output_fixed(output) != PARAM_ABSENT) {
        latency_curve_of(tpot, tables, output_fixed(output), &curves->generation);
    } else {
        tokens_curve(output, 1, &curves->part);
        latency_curve_of(tpot, tables, 1, &curves->sum);
        curve_multiply(&curves->part, &curves->sum, &curves->generation);
    }
}

double latency_output_mean(const struct latency_output *output)
{
    double sum = 0;
    if (output->dist == NULL) {
        for (int64_t i = 0; i < output->n_rows; i++)
            sum += output_cut(output, output->row_tok[i]);
        return output->n_rows > 0 ? sum / (double)output->n_rows : 0;
    }
    if (output->max_output_tok == PARAM_ABSENT) return token_dist_above(output->dist, -1).mean;
    const struct token_part cut = token_dist_above(output->dist, output->max_output_tok);
    return token_dist_above(output->dist, -1).mean - (cut.mean - cut.share * output->max_output_tok);
}

/* Where the slices end, as shares of the answers. */
static const double slice_ends[] = {0.1, 0.2,  0.3,  0.4,   0.5,   0.6,   0.7,   0.8, 0.85,
                                    0.9, 0.94, 0.97, 0.985, 0.993, 0.997, 0.999, 1};

int32_t latency_output_lengths(const struct latency_terms *terms, const struct latency_output *output,
                               struct latency_curves *curves, int32_t most, double *tok, double *share)
{
    struct latency_curve *curve = &curves->part;
    int32_t slice = 0, n = 0;
    double left = slice_ends[0], below = 0;
    floe_assert(most >= (int32_t)(sizeof slice_ends / sizeof slice_ends[0]), NULL, "too few slices of output tokens");
    tok[0] = latency_output_mean(output), share[0] = 1;
    if (!(terms->part[LATENCY_TPOT].mean_s > 0) || output_fixed(output) != PARAM_ABSENT) return 1;
    tokens_curve(output, 1, curve);
    tok[0] = share[0] = 0;
    for (int32_t i = curve->from - 1; i < curve->to; i++) {
        const double value = curve->shift_s + (i < curve->from ? 0 : latency_node(i));
        double mass = i < curve->from ? curve->zero_share : curve->share[i];
        while (mass > 0) {
            const int is_last = slice + 1 == (int32_t)(sizeof slice_ends / sizeof slice_ends[0]);
            const double part = is_last || mass < left ? mass : left;
            tok[slice] += part * value, share[slice] += part;
            mass -= part, left -= part;
            if (mass > 0 || (!is_last && !(left > 0))) {
                below = slice_ends[slice++];
                left = slice_ends[slice] - below;
                tok[slice] = share[slice] = 0;
            }
        }
    }
    for (int32_t i = 0; i <= slice; i++)
        if (share[i] > 0) tok[n] = tok[i] / share[i], share[n++] = share[i];
    return n;
}

/* ---- the whole ---- */

void latency_curves_make(const struct latency_terms *terms, const struct floe_gamma_table *tables,
                         const struct latency_output *output, struct latency_curves *curves)
{
    make_generation(terms, tables, output, curves);
    latency_curve_of(&terms->part[LATENCY_NETWORK], tables, 1, &curves->sum);
    latency_curve_of(&terms->part[LATENCY_QUEUE], tables, 1, &curves->part);
    curve_add(&curves->sum, &curves->part, &curves->total);
    latency_curve_of(&terms->part[LATENCY_TTFT], tables, 1, &curves->part);
    curve_add(&curves->total, &curves->part, &curves->first_token);
    curve_add(&curves->first_token, &curves->generation, &curves->total);
}

double latency_answered_tok(const struct latency_terms *terms, const struct floe_gamma_table *tables,
                            const struct latency_output *output, struct latency_curves *curves)
{
    const struct latency_dist *tpot = &terms->part[LATENCY_TPOT];
    const struct latency_curve *speed = &curves->sum;
    double answered = 0;
    if (terms->timeout_ns == LATENCY_NEVER_NS) return latency_output_mean(output);
    tokens_curve(output, 1, &curves->part);
    latency_curve_of(tpot, tables, 1, &curves->sum);
    const double fixed_tok = curves->part.shift_s, zero = curves->part.zero_share;
    for (int32_t i = -1; i < curves->part.to; i++) {
        if (i >= 0 && i < curves->part.from) continue;
        const double tok = i < 0 ? fixed_tok : latency_node(i), share = i < 0 ? zero : curves->part.share[i];
        if (tok == 0 || share == 0) continue;
        double in_time = speed->zero_share *
                         (1 - latency_curve_above(&curves->first_token, terms->timeout_s - tok * speed->shift_s));
        for (int32_t j = speed->from; j < speed->to; j++)
            in_time += speed->share[j] *
                       (1 - latency_curve_above(&curves->first_token, terms->timeout_s - tok * latency_node(j)));
        answered += share * tok * in_time;
    }
    return answered;
}
