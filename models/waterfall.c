/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/waterfall.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/shapley.h"
#include "models/waterfall_blocks.h"

const struct waterfall_factor_row waterfall_factors[WATERFALL_FACTORS] = {
    [WATERFALL_DEMAND] = {"demand", "demand", "calls"},
    [WATERFALL_RESPONSE_CACHE] = {"response_cache", "response cache", "calls that it does not answer"},
    [WATERFALL_DENIED] = {"denied", "denied", "of those, calls that are sent upstream"},
    [WATERFALL_REQUESTS] = {"requests", "billed requests per call", "retries, fallbacks and refreshes"},
    [WATERFALL_MIX] = {"mix", "model mix", "share of each model and route in the requests"},
    [WATERFALL_TOKENS] = {"tokens", "tokens per request", "input and output, of each model"},
    [WATERFALL_PROMPT_CACHE] = {"prompt_cache", "prompt cache", "share of each class in a model's input"},
    [WATERFALL_PRICE] = {"price", "price", "dollars per token, of each model and class"},
    [WATERFALL_ACCEPTED] = {"accepted", "accepted share", "accepted results per call"},
};

const char *const waterfall_levels[WATERFALL_LEVELS] = {
    "calls", "calls not answered by a cache", "calls sent upstream", "billed requests", "tokens", "dollars"};

#define DEMAND_BIT (1u << WATERFALL_DEMAND)
#define ACCEPTED_BIT (1u << WATERFALL_ACCEPTED)

struct game {
    struct waterfall *waterfall;
    struct blocks blocks;
    int32_t *group_of; /* of a name, or of an hour: its group + 1 */
    int64_t n_group_of;
    double accepted[4];      /* of the whole, by DEMAND | ACCEPTED << 1 on side B */
    uint32_t accepted_moved; /* players that move it */
};

/* ---- groups and terms ---- */

/* There are 10 runs of demand to requests, 4 of them with tokens and 4 with all that follows, 7 other factors, and
 * FACT_KINDS terms that are not usage: fewer than WATERFALL_TERMS_MOST. */
static_assert(10 + 4 + 4 + 7 + FACT_KINDS <= WATERFALL_TERMS_MOST, "terms of a waterfall");

static struct waterfall_term *term_of(struct waterfall_group *group, uint32_t factors, int32_t kind)
{
    for (int32_t i = 0; i < group->n_terms; i++)
        if (group->terms[i].factors == factors && (factors != 0 || group->terms[i].kind == kind))
            return &group->terms[i];
    struct waterfall_term *term = &group->terms[group->n_terms++];
    memset(term, 0, sizeof *term);
    term->factors = factors;
    term->kind = kind;
    return term;
}

static struct waterfall_group *group_at(struct game *game, int64_t key)
{
    struct waterfall *w = game->waterfall;
    if (game->group_of[key] != 0) return &w->groups[game->group_of[key] - 1];
    if (w->n_groups == w->capacity) {
        const int32_t capacity = w->capacity == 0 ? 16 : w->capacity * 2;
        void *grown = realloc(w->groups, (size_t)capacity * sizeof *w->groups);
        if (grown == NULL) return NULL;
        w->groups = (struct waterfall_group *)grown;
        w->capacity = capacity;
    }
    struct waterfall_group *group = &w->groups[w->n_groups++];
    memset(group, 0, sizeof *group);
    group->key = key;
    game->group_of[key] = w->n_groups;
    return group;
}

static int64_t key_of(const struct waterfall *w, int32_t workload, int32_t consumer, int32_t model, int64_t hour)
{
    switch (w->options.by) {
    case WATERFALL_BY_CONSUMER: return consumer;
    case WATERFALL_BY_WORKLOAD: return workload;
    case WATERFALL_BY_MODEL: return model;
    case WATERFALL_BY_HOUR: return hour;
    default: return 0;
    }
}

/* ---- accepted results of the whole ---- */

static double accepted_by(const struct game *game, uint32_t on_b)
{
    if (game->waterfall->options.metric == WATERFALL_COST) return 1;
    return game->accepted[(on_b & DEMAND_BIT ? 1 : 0) | (on_b & ACCEPTED_BIT ? 2 : 0)];
}

static int sum_accepted(struct game *game)
{
    for (int64_t i = 0; i < game->blocks.n_ranges; i++) {
        const struct block *block = blocks_make(&game->blocks, game->waterfall, i);
        if (block == NULL) return 0;
        for (uint32_t set = 0; set < 4; set++)
            game->accepted[set] += block_accepted(block, (set & 1 ? DEMAND_BIT : 0) | (set & 2 ? ACCEPTED_BIT : 0));
        game->accepted_moved |= block->moved & ACCEPTED_BIT;
        if (!block->is_accepted_alone) game->accepted_moved |= block->moved & DEMAND_BIT;
    }
    return 1;
}

static enum floe_status find_accepted(struct game *game, char *why)
{
    struct waterfall *w = game->waterfall;
    if (w->options.metric == WATERFALL_COST) return FLOE_OK;
    for (int s = 0; s < WATERFALL_SIDES; s++)
        if (!(w->accepted[s] > 0)) {
            snprintf(why, WATERFALL_WHY_BYTES, "side %c has no accepted results, so it has no cost per accepted result",
                     "AB"[s]);
            return FLOE_BAD_INPUT;
        }
    if (!sum_accepted(game)) return FLOE_ENVIRONMENT;
    if (game->accepted[1] > 0 && game->accepted[2] > 0) return FLOE_OK;
    w->is_accepted_alone = 1;
    game->accepted[0] = game->accepted[1] = w->accepted[WATERFALL_A];
    game->accepted[2] = game->accepted[3] = w->accepted[WATERFALL_B];
    game->accepted_moved = ACCEPTED_BIT;
    return FLOE_OK;
}

/* ---- usage ---- */

struct players {
    int n, player[WATERFALL_FACTORS];
};

static struct players players_of(uint32_t bits)
{
    struct players players = {0, {0}};
    for (int p = 0; p < WATERFALL_FACTORS; p++)
        if (bits >> p & 1u) players.player[players.n++] = p;
    return players;
}

static uint32_t on_b_of(const struct players *players, uint32_t set)
{
    uint32_t on_b = 0;
    for (int i = 0; i < players->n; i++)
        if (set >> i & 1u) on_b |= 1u << players->player[i];
    return on_b;
}

/* The factors that a player stands for in a block; the demand of other groups moves one in which it is no player. */
static uint32_t factors_of(const struct block *block, int player)
{
    if (player == WATERFALL_ACCEPTED) return ACCEPTED_BIT;
    return block->factors[player] != 0 ? block->factors[player] : 1u << player;
}

static void add_values(struct waterfall_group *group, const double *v, int n)
{
    group->value[WATERFALL_A] += v[0];
    group->value[WATERFALL_B] += v[(1u << n) - 1];
    group->usage += v[0];
}

static void add_parts(struct waterfall_group *group, const struct block *block, const struct players *players,
                      const double *v)
{
    double parts[WATERFALL_FACTORS];
    shapley(v, players->n, parts);
    add_values(group, v, players->n);
    for (int p = 0; p < WATERFALL_CHAIN; p++)
        if (block->factors[p] != 0) (void)term_of(group, block->factors[p], 0);
    for (int i = 0; i < players->n; i++) {
        struct waterfall_term *term = term_of(group, factors_of(block, players->player[i]), 0);
        term->change += parts[i];
        term->alone += v[1u << i] - v[0];
    }
}

static void values_of(const struct game *game, const struct block *block, const struct players *players, int32_t cell,
                      double *v)
{
    for (uint32_t set = 0; set < 1u << players->n; set++) {
        const uint32_t on_b = on_b_of(players, set);
        v[set] = block_usd(block, on_b, cell) / accepted_by(game, on_b);
    }
}

static int add_block(struct game *game, const struct block *block)
{
    struct waterfall *w = game->waterfall;
    double v[1 << WATERFALL_FACTORS];
    const int is_lcpr = w->options.metric == WATERFALL_LCPR;
    const struct players players = players_of((block->moved & ~ACCEPTED_BIT) | (is_lcpr ? game->accepted_moved : 0));
    values_of(game, block, &players, -1, v);
    add_parts(&w->whole, block, &players, v);
    if (w->options.by == WATERFALL_BY_NOTHING) return 1;
    const int is_by_cell = w->options.by == WATERFALL_BY_MODEL;
    for (int32_t i = is_by_cell ? 0 : -1; i < (is_by_cell ? block->n_cells : 0); i++) {
        const int32_t model = is_by_cell ? block->cells[i].model : 0;
        struct waterfall_group *group = group_at(game, key_of(w, block->workload, block->consumer, model, block->hour));
        if (group == NULL) return 0;
        if (is_by_cell) values_of(game, block, &players, i, v);
        add_parts(group, block, &players, v);
    }
    return 1;
}

static void note_block(struct waterfall *w, const struct block *block)
{
    uint32_t several = 0;
    for (int p = 0; p < WATERFALL_CHAIN; p++)
        several |= block->factors[p] & (block->factors[p] - 1);
    w->n_blocks += block->n_cells > 0;
    w->n_blocks_folded += block->n_cells > 0 && several != 0;
    for (int32_t i = 0; i < block->n_cells; i++)
        for (int s = 0; s < WATERFALL_SIDES; s++)
            if (block->cells[i].spend_usd[s] == 0) w->unpriced_tok[s] += block->cells[i].unpriced_tok[s];
}

/* ---- what is not usage ---- */

/* One player more: the term itself. In a cost nothing else moves it. */
static void add_other(const struct game *game, struct waterfall_group *group, int32_t kind,
                      const double usd[WATERFALL_SIDES])
{
    double v[8], parts[3];
    const int is_lcpr = game->waterfall->options.metric == WATERFALL_LCPR;
    const struct players players = players_of(is_lcpr ? game->accepted_moved : 0);
    const int n = players.n + 1; /* the term is the last */
    for (uint32_t set = 0; set < 1u << n; set++)
        v[set] = usd[set >> players.n & 1u] / accepted_by(game, on_b_of(&players, set));
    shapley(v, n, parts);
    for (int i = 0; i < n; i++) {
        struct waterfall_term *term = i == players.n ? term_of(group, 0, kind)
                                                     : term_of(group, 1u << players.player[i], 0);
        term->change += parts[i];
        term->alone += v[1u << i] - v[0];
        if (i == players.n) term->from += v[0];
    }
    group->value[WATERFALL_A] += v[0];
    group->value[WATERFALL_B] += v[(1u << n) - 1];
}

static int is_other(const struct block_entry *entry)
{
    return !block_is_usage(entry->kind) && entry->usd != 0;
}

static int add_others(struct game *game)
{
    struct waterfall *w = game->waterfall;
    double(*usd)[WATERFALL_SIDES] = (double(*)[WATERFALL_SIDES])calloc(FACT_KINDS, sizeof *usd);
    if (usd == NULL) return 0;
    int is_enough = 1;
    for (int64_t i = 0; i < game->blocks.n_entries && is_enough; i++) {
        const struct block_entry *entry = &game->blocks.entries[i];
        double one[WATERFALL_SIDES] = {0, 0};
        if (!is_other(entry)) continue;
        usd[entry->kind][entry->side] += entry->usd;
        if (w->options.by == WATERFALL_BY_NOTHING) continue;
        one[entry->side] = entry->usd;
        struct waterfall_group *group = group_at(
            game, key_of(w, entry->workload, entry->consumer, entry->model, entry->hour));
        is_enough = group != NULL;
        if (is_enough) add_other(game, group, entry->kind, one);
    }
    for (int32_t kind = 0; kind < FACT_KINDS && is_enough; kind++)
        if (usd[kind][WATERFALL_A] != 0 || usd[kind][WATERFALL_B] != 0) add_other(game, &w->whole, kind, usd[kind]);
    free(usd);
    return is_enough;
}

/* ---- the end ---- */

static int lowest(uint32_t bits)
{
    int i = 0;
    while (i < WATERFALL_FACTORS && !(bits >> i & 1u))
        i++;
    return i;
}

static int comes_before(const struct waterfall_term *a, const struct waterfall_term *b)
{
    if ((a->factors == 0) != (b->factors == 0)) return b->factors == 0;
    if (a->factors == 0) return a->kind < b->kind;
    if (lowest(a->factors) != lowest(b->factors)) return lowest(a->factors) < lowest(b->factors);
    return a->factors < b->factors;
}

static void finish_group(const struct waterfall *w, struct waterfall_group *group)
{
    double sum = 0;
    int32_t largest = -1;
    for (int32_t i = 1; i < group->n_terms; i++)
        for (int32_t k = i; k > 0 && comes_before(&group->terms[k], &group->terms[k - 1]); k--) {
            const struct waterfall_term other = group->terms[k];
            group->terms[k] = group->terms[k - 1];
            group->terms[k - 1] = other;
        }
    for (int32_t i = 0; i < group->n_terms; i++) {
        struct waterfall_term *term = &group->terms[i];
        if (term->factors != 0)
            term->from = w->options.metric == WATERFALL_LCPR ? group->value[WATERFALL_A] : group->usage;
        sum += term->change;
        if (term->change != 0 && (largest < 0 || fabs(term->change) > fabs(group->terms[largest].change))) largest = i;
    }
    group->residue = waterfall_change(group) - sum;
    if (largest >= 0) group->terms[largest].change += group->residue;
}

static int order_groups(const void *left, const void *right)
{
    const struct waterfall_group *a = (const struct waterfall_group *)left;
    const struct waterfall_group *b = (const struct waterfall_group *)right;
    const double x = fabs(waterfall_change(a)), y = fabs(waterfall_change(b));
    return x != y ? (x < y) - (x > y) : (a->key > b->key) - (a->key < b->key);
}

/* ---- what was counted, not what was multiplied ---- */

/* A's and B's values are the sums of the facts; the products agree with them but for rounding. */
static void set_counted(struct game *game)
{
    struct waterfall *w = game->waterfall;
    double usd[WATERFALL_SIDES] = {0, 0};
    for (int64_t i = 0; i < game->blocks.n_entries; i++)
        usd[game->blocks.entries[i].side] += game->blocks.entries[i].usd;
    for (int s = 0; s < WATERFALL_SIDES; s++)
        w->whole.value[s] = w->options.metric == WATERFALL_LCPR ? usd[s] / w->accepted[s] : usd[s];
}

static enum floe_status play(struct game *game, char *why)
{
    struct waterfall *w = game->waterfall;
    enum floe_status status = find_accepted(game, why);
    if (status != FLOE_OK) return status;
    for (int64_t i = 0; i < game->blocks.n_ranges; i++) {
        const struct block *block = blocks_make(&game->blocks, w, i);
        if (block == NULL || !add_block(game, block)) return FLOE_ENVIRONMENT;
        note_block(w, block);
    }
    if (!add_others(game)) return FLOE_ENVIRONMENT;
    set_counted(game);
    finish_group(w, &w->whole);
    for (int32_t i = 0; i < w->n_groups; i++)
        finish_group(w, &w->groups[i]);
    if (w->n_groups > 0) qsort(w->groups, (size_t)w->n_groups, sizeof *w->groups, order_groups);
    return FLOE_OK;
}

/* Names and hours are numbers from 0. */
static int make_group_of(struct game *game)
{
    game->n_group_of = game->waterfall->names.texts.n + 1;
    for (int64_t i = 0; i < game->blocks.n_entries; i++)
        if (game->blocks.entries[i].hour >= game->n_group_of) game->n_group_of = game->blocks.entries[i].hour + 1;
    game->group_of = (int32_t *)calloc((size_t)game->n_group_of, sizeof *game->group_of);
    return game->group_of != NULL;
}

enum floe_status waterfall_of(const struct waterfall_side sides[WATERFALL_SIDES], struct waterfall_options options,
                              struct waterfall *waterfall, char why[WATERFALL_WHY_BYTES])
{
    struct game game;
    memset(&game, 0, sizeof game);
    memset(waterfall, 0, sizeof *waterfall);
    why[0] = '\0';
    game.waterfall = waterfall;
    waterfall->options = options;
    enum floe_status status = blocks_of(sides, waterfall, &game.blocks);
    if (status == FLOE_OK && !make_group_of(&game)) status = FLOE_ENVIRONMENT;
    if (status == FLOE_OK) status = play(&game, why);
    blocks_free(&game.blocks);
    free(game.group_of);
    if (status != FLOE_OK) waterfall_free(waterfall);
    return status;
}

void waterfall_free(struct waterfall *waterfall)
{
    free(waterfall->groups);
    facts_free(&waterfall->names);
    memset(waterfall, 0, sizeof *waterfall);
}

const char *waterfall_name(const struct waterfall *waterfall, const struct waterfall_group *group)
{
    return waterfall->options.by == WATERFALL_BY_HOUR || waterfall->options.by == WATERFALL_BY_NOTHING
               ? ""
               : facts_text_of(&waterfall->names, (int32_t)group->key);
}

double waterfall_change(const struct waterfall_group *group)
{
    return group->value[WATERFALL_B] - group->value[WATERFALL_A];
}

int waterfall_has_ratio(const struct waterfall_term *term)
{
    return term->from != 0;
}

double waterfall_ratio(const struct waterfall_term *term)
{
    return (term->from + term->alone) / term->from;
}
