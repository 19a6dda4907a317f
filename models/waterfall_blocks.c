/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/waterfall_blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/units.h"

int block_is_usage(int32_t kind)
{
    return fact_kinds[kind].family == FACT_FAMILY_TOKENS || fact_kinds[kind].family == FACT_FAMILY_SPEND;
}

static int is_chain(int32_t kind) /* of the chain: costs, and the counts that it is made of */
{
    return block_is_usage(kind) || fact_kinds[kind].family == FACT_FAMILY_COUNTS || kind == FACT_REQUEST;
}

/* ---- names of both sides in one table ---- */

enum dimension { DIM_WORKLOAD, DIM_CONSUMER, DIM_ROUTE, DIM_TIER, DIM_MODEL, DIMENSIONS };

static int32_t *field_of(struct block_entry *entry, enum dimension dimension)
{
    switch (dimension) {
    case DIM_WORKLOAD: return &entry->workload;
    case DIM_CONSUMER: return &entry->consumer;
    case DIM_ROUTE: return &entry->route;
    case DIM_TIER: return &entry->tier;
    default: return &entry->model;
    }
}

/* map[text of the side] = its index in names */
static enum floe_status names_join(const struct facts *facts, struct facts *names, int32_t **map)
{
    *map = (int32_t *)calloc((size_t)(facts->texts.n > 0 ? facts->texts.n : 1), sizeof **map);
    if (*map == NULL || facts_text(names, "", 0) < 0) return FLOE_ENVIRONMENT;
    for (int32_t i = 0; i < facts->texts.n; i++) {
        const char *text = facts_text_of(facts, i);
        (*map)[i] = facts_text(names, text, strlen(text));
        if ((*map)[i] < 0) return FLOE_ENVIRONMENT;
    }
    return FLOE_OK;
}

static int32_t joined(const int32_t *map, const struct facts *facts, int32_t text)
{
    return text <= 0 || text >= facts->texts.n ? 0 : map[text];
}

static double scale_of(const struct waterfall_side *side, int is_per_day)
{
    return is_per_day && side->to_at_s > side->from_at_s ? (double)S_PER_DAY / (double)(side->to_at_s - side->from_at_s)
                                                         : 1.0;
}

static void add_entry(struct blocks *blocks, const struct waterfall_side *side, int32_t which, const int32_t *map,
                      const struct fact *fact, double scale)
{
    struct block_entry *entry = &blocks->entries[blocks->n_entries];
    const struct facts *facts = side->facts;
    memset(entry, 0, sizeof *entry);
    entry->workload = joined(map, facts, fact->workload);
    entry->consumer = joined(map, facts, fact->consumer);
    entry->model = joined(map, facts, fact->model);
    entry->route = joined(map, facts, fact->route);
    entry->tier = joined(map, facts, fact->service_tier);
    entry->kind = fact->kind;
    entry->side = which;
    entry->hour = fact->from_at_s > side->from_at_s ? (fact->from_at_s - side->from_at_s) / S_PER_HOUR : 0;
    entry->at = blocks->n_entries++;
    entry->quantity = fact->quantity * scale;
    entry->is_unpriced = !fact_has(fact->cost_usd);
    entry->usd = fact_has(fact->cost_usd) ? fact->cost_usd * scale : 0;
}

static enum floe_status entries_of(const struct waterfall_side sides[WATERFALL_SIDES], struct waterfall *waterfall,
                                   struct blocks *blocks)
{
    enum floe_status status = FLOE_OK;
    const int64_t n = sides[0].facts->n + sides[1].facts->n;
    blocks->entries = (struct block_entry *)malloc((size_t)(n > 0 ? n : 1) * sizeof *blocks->entries);
    if (blocks->entries == NULL) return FLOE_ENVIRONMENT;
    for (int32_t s = 0; s < WATERFALL_SIDES && status == FLOE_OK; s++) {
        int32_t *map = NULL;
        const double scale = scale_of(&sides[s], waterfall->options.is_per_day);
        status = names_join(sides[s].facts, &waterfall->names, &map);
        for (int64_t i = 0; i < sides[s].facts->n && status == FLOE_OK; i++) {
            const struct fact *fact = &sides[s].facts->items[i];
            add_entry(blocks, &sides[s], s, map, fact, scale);
            if (fact->kind == FACT_ACCEPTED) waterfall->accepted[s] += fact->quantity * scale;
        }
        free(map);
    }
    return status;
}

/* ---- what the groups are made of ---- */

struct named {
    int64_t n[WATERFALL_SIDES], n_common, n_rows[WATERFALL_SIDES];
};

/* How many names a dimension has on each side, and on both, in the rows of the chain. */
static enum floe_status count_names(struct blocks *blocks, const struct waterfall *waterfall, enum dimension dimension,
                                    struct named *named)
{
    const int64_t n = waterfall->names.texts.n;
    unsigned char *seen = (unsigned char *)calloc((size_t)(n > 0 ? n : 1), 1);
    memset(named, 0, sizeof *named);
    if (seen == NULL) return FLOE_ENVIRONMENT;
    for (int64_t i = 0; i < blocks->n_entries; i++) {
        struct block_entry *entry = &blocks->entries[i];
        if (!is_chain(entry->kind)) continue;
        named->n_rows[entry->side]++;
        seen[*field_of(entry, dimension)] |= (unsigned char)(1 << entry->side);
    }
    for (int64_t i = 1; i < n; i++) {
        named->n[WATERFALL_A] += seen[i] & 1;
        named->n[WATERFALL_B] += seen[i] >> 1 & 1;
        named->n_common += seen[i] == 3;
    }
    free(seen);
    return FLOE_OK;
}

static void leave_out(struct blocks *blocks, enum dimension dimension)
{
    for (int64_t i = 0; i < blocks->n_entries; i++)
        *field_of(&blocks->entries[i], dimension) = 0;
}

/* Workloads and consumers tell groups apart where both sides name some; routes and tiers cells, where they have a name
 * in common: "bedrock" of a simulation and "" of a bill are not two routes. A side without rows has no say. */
static enum floe_status choose_dimensions(struct blocks *blocks, struct waterfall *waterfall)
{
    for (int d = 0; d < DIM_MODEL; d++) {
        struct named named;
        if (count_names(blocks, waterfall, (enum dimension)d, &named) != FLOE_OK) return FLOE_ENVIRONMENT;
        const int is_group = d == DIM_WORKLOAD || d == DIM_CONSUMER;
        const int is_alone = named.n_rows[WATERFALL_A] == 0 || named.n_rows[WATERFALL_B] == 0;
        const int has = is_alone ||
                        (is_group ? named.n[WATERFALL_A] > 0 && named.n[WATERFALL_B] > 0 : named.n_common > 0);
        if (!has) leave_out(blocks, (enum dimension)d);
        if (d == DIM_WORKLOAD) waterfall->has_workloads = has;
        if (d == DIM_CONSUMER) waterfall->has_consumers = has;
    }
    return FLOE_OK;
}

/* Hours: every row of the chain spans one at most, and the periods are of one length, or of whole days. */
static void choose_hours(const struct waterfall_side sides[WATERFALL_SIDES], struct waterfall *waterfall,
                         struct blocks *blocks)
{
    const int64_t a_s = sides[WATERFALL_A].to_at_s - sides[WATERFALL_A].from_at_s;
    const int64_t b_s = sides[WATERFALL_B].to_at_s - sides[WATERFALL_B].from_at_s;
    waterfall->is_hour_of_day = a_s != b_s;
    waterfall->has_hours = a_s == b_s || (a_s % S_PER_DAY == 0 && b_s % S_PER_DAY == 0 && a_s > 0 && b_s > 0);
    for (int s = 0; s < WATERFALL_SIDES; s++)
        for (int64_t i = 0; i < sides[s].facts->n; i++) {
            const struct fact *fact = &sides[s].facts->items[i];
            if (is_chain(fact->kind) && fact->to_at_s - fact->from_at_s > S_PER_HOUR) waterfall->has_hours = 0;
        }
    for (int64_t i = 0; i < blocks->n_entries; i++) {
        if (!waterfall->has_hours) blocks->entries[i].hour = 0;
        if (waterfall->is_hour_of_day) blocks->entries[i].hour %= S_PER_DAY / S_PER_HOUR;
    }
    if (!waterfall->has_hours) waterfall->is_hour_of_day = 0;
}

/* ---- levels ---- */

struct tally {
    double calls, answered, upstream, billed, tok, usd;
};

static void tally_add(struct tally *tally, const struct block_entry *entry)
{
    if (entry->kind == FACT_CALL) tally->calls += entry->quantity;
    if (entry->kind == FACT_CACHE_HIT || entry->kind == FACT_STALE_SERVED) tally->answered += entry->quantity;
    if (entry->kind == FACT_UPSTREAM) tally->upstream += entry->quantity;
    if (entry->kind == FACT_REQUEST) tally->billed += entry->quantity;
    if (fact_kinds[entry->kind].family == FACT_FAMILY_TOKENS) tally->tok += entry->quantity;
    if (block_is_usage(entry->kind)) tally->usd += entry->usd;
}

static void levels_of(const struct tally *tally, double level[WATERFALL_LEVELS])
{
    const double rest = tally->calls - tally->answered;
    level[WATERFALL_CALLS] = tally->calls;
    level[WATERFALL_NOT_CACHED] = rest > WATERFALL_SAME * tally->calls ? rest : 0;
    level[WATERFALL_UPSTREAM] = tally->upstream;
    level[WATERFALL_BILLED] = tally->billed;
    level[WATERFALL_TOK] = tally->tok;
    level[WATERFALL_USD] = tally->usd;
}

/* Levels that were not counted: nothing there, and something in a finer one. */
static uint32_t levels_absent(const double level[WATERFALL_LEVELS])
{
    uint32_t absent = 0;
    int has_finer = 0;
    for (int i = WATERFALL_USD; i >= 0; i--) {
        if (!(level[i] > 0) && has_finer) absent |= 1u << i;
        has_finer |= level[i] != 0;
    }
    return absent;
}

static uint32_t tally_absent(const struct tally *tally)
{
    double level[WATERFALL_LEVELS];
    levels_of(tally, level);
    return levels_absent(level);
}

static void tally_range(const struct blocks *blocks, int64_t from, int64_t to, struct tally tallies[WATERFALL_SIDES])
{
    memset(tallies, 0, sizeof *tallies * WATERFALL_SIDES);
    for (int64_t i = from; i < to; i++)
        tally_add(&tallies[blocks->entries[i].side], &blocks->entries[i]);
}

/* ---- blocks as ranges of entries ---- */

static int order_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int order_entries(const void *left, const void *right)
{
    const struct block_entry *a = (const struct block_entry *)left, *b = (const struct block_entry *)right;
    const int64_t keys[][2] = {{a->workload, b->workload}, {a->consumer, b->consumer}, {a->hour, b->hour},
                               {a->model, b->model},       {a->route, b->route},       {a->tier, b->tier},
                               {a->kind, b->kind},         {a->side, b->side},         {a->at, b->at}};
    int order = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && order == 0; i++)
        order = order_i64(keys[i][0], keys[i][1]);
    return order;
}

static int is_same_group(const struct block_entry *a, const struct block_entry *b)
{
    return a->workload == b->workload && a->consumer == b->consumer;
}

static enum floe_status add_range(struct blocks *blocks, int64_t from, int64_t to)
{
    if (blocks->n_ranges == blocks->capacity) {
        const int64_t capacity = blocks->capacity == 0 ? 64 : blocks->capacity * 2;
        void *grown = realloc(blocks->ranges, (size_t)capacity * sizeof *blocks->ranges);
        if (grown == NULL) return FLOE_ENVIRONMENT;
        blocks->ranges = (struct block_range *)grown;
        blocks->capacity = capacity;
    }
    blocks->ranges[blocks->n_ranges].from = from;
    blocks->ranges[blocks->n_ranges++].to = to;
    return FLOE_OK;
}

/* The hours of one group: an hour in which a level is missing that the group does count is joined with the next hours
 * until it is there, the last ones with the hour before. */
static enum floe_status add_hours(struct blocks *blocks, int64_t from, int64_t to, struct waterfall *waterfall)
{
    struct tally whole[WATERFALL_SIDES], tallies[WATERFALL_SIDES];
    const int64_t first_range = blocks->n_ranges;
    int64_t start = from;
    tally_range(blocks, from, to, whole);
    const uint32_t never = tally_absent(&whole[0]) | tally_absent(&whole[1]) | waterfall->absent[0] |
                           waterfall->absent[1];
    memset(tallies, 0, sizeof tallies);
    for (int64_t i = from; i < to; i++) {
        tally_add(&tallies[blocks->entries[i].side], &blocks->entries[i]);
        if (i + 1 < to && blocks->entries[i + 1].hour == blocks->entries[i].hour) continue;
        const uint32_t missing = tally_absent(&tallies[0]) | tally_absent(&tallies[1]);
        waterfall->n_joined += (missing & ~never) != 0;
        if ((missing & ~never) != 0) continue;
        if (add_range(blocks, start, i + 1) != FLOE_OK) return FLOE_ENVIRONMENT;
        start = i + 1;
        memset(tallies, 0, sizeof tallies);
    }
    if (start == to) return FLOE_OK;
    if (blocks->n_ranges == first_range) return add_range(blocks, start, to);
    blocks->ranges[blocks->n_ranges - 1].to = to;
    return FLOE_OK;
}

static void note_group(struct blocks *blocks, int64_t from, int64_t to, struct waterfall *waterfall)
{
    int on[WATERFALL_SIDES] = {0, 0};
    for (int64_t i = from; i < to; i++)
        on[blocks->entries[i].side] |= is_chain(blocks->entries[i].kind);
    waterfall->n_only[WATERFALL_A] += on[WATERFALL_A] && !on[WATERFALL_B];
    waterfall->n_only[WATERFALL_B] += on[WATERFALL_B] && !on[WATERFALL_A];
}

enum floe_status blocks_of(const struct waterfall_side sides[WATERFALL_SIDES], struct waterfall *waterfall,
                           struct blocks *blocks)
{
    struct tally whole[WATERFALL_SIDES];
    memset(blocks, 0, sizeof *blocks);
    enum floe_status status = entries_of(sides, waterfall, blocks);
    if (status == FLOE_OK) status = choose_dimensions(blocks, waterfall);
    if (status != FLOE_OK) return status;
    choose_hours(sides, waterfall, blocks);
    qsort(blocks->entries, (size_t)blocks->n_entries, sizeof *blocks->entries, order_entries);
    tally_range(blocks, 0, blocks->n_entries, whole);
    for (int s = 0; s < WATERFALL_SIDES; s++)
        waterfall->absent[s] = tally_absent(&whole[s]);
    for (int64_t from = 0, to; from < blocks->n_entries && status == FLOE_OK; from = to) {
        for (to = from + 1; to < blocks->n_entries; to++)
            if (!is_same_group(&blocks->entries[from], &blocks->entries[to])) break;
        note_group(blocks, from, to, waterfall);
        status = add_hours(blocks, from, to, waterfall);
    }
    return status;
}

void blocks_free(struct blocks *blocks)
{
    free(blocks->entries);
    free(blocks->ranges);
    free(blocks->block.cells);
    memset(blocks, 0, sizeof *blocks);
}

/* ---- one block: what was counted ---- */

static struct block_cell *cell_of(struct block *block, const struct block_entry *entry)
{
    for (int32_t i = block->n_cells; i-- > 0;) {
        struct block_cell *cell = &block->cells[i];
        if (cell->model == entry->model && cell->route == entry->route && cell->tier == entry->tier) return cell;
    }
    if (block->n_cells == block->capacity) {
        const int32_t capacity = block->capacity == 0 ? 8 : block->capacity * 2;
        void *grown = realloc(block->cells, (size_t)capacity * sizeof *block->cells);
        if (grown == NULL) return NULL;
        block->cells = (struct block_cell *)grown;
        block->capacity = capacity;
    }
    struct block_cell *cell = &block->cells[block->n_cells++];
    memset(cell, 0, sizeof *cell);
    cell->model = entry->model;
    cell->route = entry->route;
    cell->tier = entry->tier;
    return cell;
}

static int count(struct block *block, const struct block_entry *entry)
{
    const int s = entry->side;
    if (entry->kind == FACT_TASK) block->tasks[s] += entry->quantity;
    if (entry->kind == FACT_ACCEPTED) block->accepted[s] += entry->quantity;
    if (!block_is_usage(entry->kind) && entry->kind != FACT_REQUEST) return 1;
    struct block_cell *cell = cell_of(block, entry);
    if (cell == NULL) return 0;
    if (entry->kind == FACT_REQUEST) {
        cell->requests[s] += entry->quantity;
    } else if (entry->kind == FACT_SPEND) {
        cell->spend_usd[s] += entry->usd;
    } else {
        cell->tok[s][entry->kind] += entry->quantity;
        cell->unpriced_tok[s] += entry->is_unpriced ? entry->quantity : 0;
        cell->class_usd[s][entry->kind] += entry->usd;
    }
    return 1;
}

static double cell_tok(const struct block_cell *cell, int side)
{
    double sum = 0;
    for (int k = 0; k < BLOCK_CLASSES; k++)
        sum += cell->tok[side][k];
    return sum;
}

static double cell_usd(const struct block_cell *cell, int side)
{
    double sum = cell->spend_usd[side];
    for (int k = 0; k < BLOCK_CLASSES; k++)
        sum += cell->class_usd[side][k];
    return sum;
}

/* Of the levels that cells have too: one that a single cell lacks. */
static uint32_t cells_absent(const struct block *block)
{
    uint32_t absent = 0;
    for (int32_t i = 0; i < block->n_cells; i++)
        for (int s = 0; s < WATERFALL_SIDES; s++) {
            const struct block_cell *cell = &block->cells[i];
            const double tok = cell_tok(cell, s), usd = cell_usd(cell, s);
            if (!(cell->requests[s] > 0) && (tok != 0 || usd != 0)) absent |= 1u << WATERFALL_BILLED;
            if (!(tok > 0) && usd != 0) absent |= 1u << WATERFALL_TOK;
        }
    return absent;
}

/* Every dollar is that of tokens of a class. */
static int has_classes(const struct block *block)
{
    for (int32_t i = 0; i < block->n_cells; i++)
        for (int s = 0; s < WATERFALL_SIDES; s++) {
            const struct block_cell *cell = &block->cells[i];
            if (cell->spend_usd[s] != 0) return 0;
            for (int k = 0; k < BLOCK_CLASSES; k++)
                if (cell->class_usd[s][k] != 0 && !(cell->tok[s][k] > 0)) return 0;
        }
    return 1;
}

/* ---- one block: its factors ---- */

/* Quotients on both sides; one that has none takes the other's, and if neither has, both are 0. */
static void quotients(const double upper[WATERFALL_SIDES], const double lower[WATERFALL_SIDES], double *out_a,
                      double *out_b)
{
    const int has_a = lower[WATERFALL_A] > 0, has_b = lower[WATERFALL_B] > 0;
    const double a = has_a ? upper[WATERFALL_A] / lower[WATERFALL_A] : 0;
    const double b = has_b ? upper[WATERFALL_B] / lower[WATERFALL_B] : 0;
    *out_a = has_a ? a : b;
    *out_b = has_b ? b : a;
}

static int differs(double a, double b)
{
    return fabs(a - b) > WATERFALL_SAME * fmax(fabs(a), fabs(b));
}

/* Demand to requests: a level that is kept makes a factor of itself and of those before it that are not. Returns the
 * factors that are still to be made. */
static uint32_t set_scalars(struct block *block, double unit[WATERFALL_SIDES])
{
    uint32_t pending = 0;
    unit[WATERFALL_A] = unit[WATERFALL_B] = 1;
    for (int i = WATERFALL_CALLS; i <= WATERFALL_BILLED; i++) {
        pending |= 1u << i; /* levels and factors have the same numbers here */
        block->scalar[WATERFALL_A][i] = block->scalar[WATERFALL_B][i] = 1;
        if (!(block->kept >> i & 1u)) continue;
        int player = 0;
        while (!(pending >> player & 1u))
            player++;
        const double upper[] = {block->level[WATERFALL_A][i], block->level[WATERFALL_B][i]};
        quotients(upper, unit, &block->scalar[WATERFALL_A][player], &block->scalar[WATERFALL_B][player]);
        block->factors[player] = pending;
        unit[WATERFALL_A] = upper[WATERFALL_A];
        unit[WATERFALL_B] = upper[WATERFALL_B];
        pending = 0;
    }
    return pending;
}

/* What a cell is per unit of `unit` (all cells' sum, or 1), by class or as one price. */
struct shape {
    int has_requests, has_tokens, has_classes;
    double unit[WATERFALL_SIDES];
};

static void set_one(double pair_a[], double pair_b[], int n)
{
    for (int i = 0; i < n; i++)
        pair_a[i] = pair_b[i] = i == 0;
}

static void set_mix(struct block_cell *cell, const struct shape *shape)
{
    double upper[WATERFALL_SIDES] = {cell_tok(cell, WATERFALL_A), cell_tok(cell, WATERFALL_B)};
    set_one(&cell->mix[WATERFALL_A], &cell->mix[WATERFALL_B], 1);
    if (!shape->has_requests && !shape->has_tokens) return;
    quotients(shape->has_requests ? cell->requests : upper, shape->unit, &cell->mix[WATERFALL_A],
              &cell->mix[WATERFALL_B]);
}

static void set_tokens(struct block_cell *cell, const struct shape *shape)
{
    double in[WATERFALL_SIDES], out[WATERFALL_SIDES];
    for (int s = 0; s < WATERFALL_SIDES; s++) {
        out[s] = shape->has_classes ? cell->tok[s][TOKEN_OUTPUT] : 0;
        in[s] = cell_tok(cell, s) - out[s];
    }
    set_one(cell->tokens[WATERFALL_A], cell->tokens[WATERFALL_B], 2);
    if (!shape->has_requests || !shape->has_tokens) {
        cell->tokens[WATERFALL_A][1] = cell->tokens[WATERFALL_B][1] = 1;
        return;
    }
    quotients(in, cell->requests, &cell->tokens[WATERFALL_A][0], &cell->tokens[WATERFALL_B][0]);
    quotients(out, cell->requests, &cell->tokens[WATERFALL_A][1], &cell->tokens[WATERFALL_B][1]);
}

/* Classes of the input; where there are no requests to count output by, of all tokens. */
static void set_split(struct block_cell *cell, const struct shape *shape)
{
    set_one(cell->split[WATERFALL_A], cell->split[WATERFALL_B], BLOCK_CLASSES);
    if (!shape->has_classes) return;
    for (int k = 0; k < BLOCK_CLASSES; k++) {
        double upper[WATERFALL_SIDES], lower[WATERFALL_SIDES];
        for (int s = 0; s < WATERFALL_SIDES; s++) {
            upper[s] = cell->tok[s][k];
            lower[s] = cell_tok(cell, s) - (shape->has_requests ? cell->tok[s][TOKEN_OUTPUT] : 0);
        }
        if (shape->has_requests && k == TOKEN_OUTPUT)
            cell->split[WATERFALL_A][k] = cell->split[WATERFALL_B][k] = 1;
        else
            quotients(upper, lower, &cell->split[WATERFALL_A][k], &cell->split[WATERFALL_B][k]);
    }
}

static void set_price(struct block_cell *cell, const struct shape *shape)
{
    double usd[WATERFALL_SIDES], lower[WATERFALL_SIDES];
    for (int s = 0; s < WATERFALL_SIDES; s++) {
        usd[s] = cell_usd(cell, s);
        lower[s] = shape->has_tokens ? cell_tok(cell, s) : shape->has_requests ? cell->requests[s] : shape->unit[s];
    }
    set_one(cell->price[WATERFALL_A], cell->price[WATERFALL_B], BLOCK_CLASSES);
    quotients(usd, lower, &cell->price[WATERFALL_A][0], &cell->price[WATERFALL_B][0]);
    if (!shape->has_classes) return;
    for (int k = 0; k < BLOCK_CLASSES; k++) {
        const double class_usd[] = {cell->class_usd[WATERFALL_A][k], cell->class_usd[WATERFALL_B][k]};
        const double class_tok[] = {cell->tok[WATERFALL_A][k], cell->tok[WATERFALL_B][k]};
        quotients(class_usd, class_tok, &cell->price[WATERFALL_A][k], &cell->price[WATERFALL_B][k]);
    }
}

/* The factors that cells have, and which of them are one; see the head of waterfall.h. */
static void name_cell_factors(struct block *block, const struct shape *shape, uint32_t pending)
{
    const uint32_t tokens = 1u << WATERFALL_TOKENS, cache = 1u << WATERFALL_PROMPT_CACHE, price = 1u << WATERFALL_PRICE;
    const uint32_t mix = 1u << WATERFALL_MIX;
    if (!shape->has_requests && !shape->has_tokens) { /* all that is left is dollars */
        block->factors[WATERFALL_PRICE] = pending | mix | tokens | cache | price;
        return;
    }
    block->factors[WATERFALL_MIX] = mix;
    if (shape->has_requests && shape->has_tokens) block->factors[WATERFALL_TOKENS] = tokens;
    if (shape->has_classes) block->factors[WATERFALL_PROMPT_CACHE] = cache;
    block->factors[WATERFALL_PRICE] = price | (shape->has_classes ? 0 : cache) | (shape->has_tokens ? 0 : tokens);
}

/* Without requests, tokens are the last scalar: they go with the requests that are not counted. */
static void set_token_scalar(struct block *block, struct shape *shape, uint32_t pending)
{
    const double upper[] = {block->level[WATERFALL_A][WATERFALL_TOK], block->level[WATERFALL_B][WATERFALL_TOK]};
    int player = 0;
    while (!(pending >> player & 1u))
        player++;
    quotients(upper, shape->unit, &block->scalar[WATERFALL_A][player], &block->scalar[WATERFALL_B][player]);
    block->factors[player] = pending | 1u << WATERFALL_TOKENS;
    shape->unit[WATERFALL_A] = upper[WATERFALL_A];
    shape->unit[WATERFALL_B] = upper[WATERFALL_B];
}

static void set_factors(struct block *block)
{
    struct shape shape;
    memset(block->factors, 0, sizeof block->factors);
    uint32_t pending = set_scalars(block, shape.unit);
    shape.has_requests = (int)(block->kept >> WATERFALL_BILLED & 1u);
    shape.has_tokens = (int)(block->kept >> WATERFALL_TOK & 1u);
    shape.has_classes = shape.has_tokens && has_classes(block);
    if (!shape.has_requests && shape.has_tokens) {
        set_token_scalar(block, &shape, pending);
        pending = 0;
    }
    name_cell_factors(block, &shape, pending);
    for (int32_t i = 0; i < block->n_cells; i++) {
        set_mix(&block->cells[i], &shape);
        set_tokens(&block->cells[i], &shape);
        set_split(&block->cells[i], &shape);
        set_price(&block->cells[i], &shape);
    }
}

/* Per unit of the first level; where that has nothing, accepted results are counted as they are. */
static void set_accepted(struct block *block)
{
    int first = 0;
    while (first < WATERFALL_TOK && !(block->kept >> first & 1u))
        first++;
    const double unit[] = {block->level[WATERFALL_A][first], block->level[WATERFALL_B][first]};
    block->is_accepted_alone = !(block->kept >> first & 1u);
    for (int s = 0; s < WATERFALL_SIDES; s++)
        block->is_accepted_alone |= block->accepted[s] != 0 && !(unit[s] > 0);
    if (block->is_accepted_alone) {
        block->accepted_share[WATERFALL_A] = block->accepted[WATERFALL_A];
        block->accepted_share[WATERFALL_B] = block->accepted[WATERFALL_B];
    } else {
        quotients(block->accepted, unit, &block->accepted_share[WATERFALL_A], &block->accepted_share[WATERFALL_B]);
    }
}

static int cell_moved(const struct block_cell *cell, int player)
{
    int moved = 0;
    if (player == WATERFALL_MIX) moved = differs(cell->mix[WATERFALL_A], cell->mix[WATERFALL_B]);
    for (int i = 0; player == WATERFALL_TOKENS && i < 2; i++)
        moved |= differs(cell->tokens[WATERFALL_A][i], cell->tokens[WATERFALL_B][i]);
    for (int k = 0; player == WATERFALL_PROMPT_CACHE && k < BLOCK_CLASSES; k++)
        moved |= differs(cell->split[WATERFALL_A][k], cell->split[WATERFALL_B][k]);
    for (int k = 0; player == WATERFALL_PRICE && k < BLOCK_CLASSES; k++)
        moved |= differs(cell->price[WATERFALL_A][k], cell->price[WATERFALL_B][k]);
    return moved;
}

static void set_moved(struct block *block)
{
    block->moved = 0;
    for (int p = 0; p < WATERFALL_CHAIN; p++) {
        int moved = p <= WATERFALL_REQUESTS && differs(block->scalar[WATERFALL_A][p], block->scalar[WATERFALL_B][p]);
        for (int32_t i = 0; i < block->n_cells && p > WATERFALL_REQUESTS; i++)
            moved |= cell_moved(&block->cells[i], p);
        if (moved) block->moved |= 1u << p;
    }
    if (differs(block->accepted_share[WATERFALL_A], block->accepted_share[WATERFALL_B]))
        block->moved |= 1u << WATERFALL_ACCEPTED;
}

const struct block *blocks_make(struct blocks *blocks, const struct waterfall *waterfall, int64_t i)
{
    struct block *block = &blocks->block;
    const struct block_range range = blocks->ranges[i];
    const struct block_entry *first = &blocks->entries[range.from];
    struct tally tallies[WATERFALL_SIDES];
    block->workload = first->workload;
    block->consumer = first->consumer;
    block->hour = first->hour;
    block->n_cells = 0;
    for (int s = 0; s < WATERFALL_SIDES; s++)
        block->tasks[s] = block->accepted[s] = 0;
    for (int64_t e = range.from; e < range.to; e++)
        if (!count(block, &blocks->entries[e])) return NULL;
    tally_range(blocks, range.from, range.to, tallies);
    uint32_t absent = waterfall->absent[0] | waterfall->absent[1] | cells_absent(block);
    for (int s = 0; s < WATERFALL_SIDES; s++) {
        levels_of(&tallies[s], block->level[s]);
        absent |= levels_absent(block->level[s]);
    }
    block->kept = ((1u << WATERFALL_LEVELS) - 1) & ~absent;
    set_factors(block);
    set_accepted(block);
    set_moved(block);
    return block;
}

/* ---- a block's values ---- */

static int side_of(uint32_t on_b, int player)
{
    return (int)(on_b >> player & 1u);
}

static double per_unit_usd(const struct block_cell *cell, uint32_t on_b)
{
    const double *tokens = cell->tokens[side_of(on_b, WATERFALL_TOKENS)];
    const double *split = cell->split[side_of(on_b, WATERFALL_PROMPT_CACHE)];
    const double *price = cell->price[side_of(on_b, WATERFALL_PRICE)];
    double usd = 0;
    for (int k = 0; k < BLOCK_CLASSES; k++)
        usd += tokens[k == TOKEN_OUTPUT] * split[k] * price[k];
    return cell->mix[side_of(on_b, WATERFALL_MIX)] * usd;
}

double block_usd(const struct block *block, uint32_t on_b, int32_t cell)
{
    double scalar = 1, usd = 0;
    for (int p = 0; p <= WATERFALL_REQUESTS; p++)
        scalar *= block->scalar[side_of(on_b, p)][p];
    if (cell >= 0) return scalar * per_unit_usd(&block->cells[cell], on_b);
    for (int32_t i = 0; i < block->n_cells; i++)
        usd += per_unit_usd(&block->cells[i], on_b);
    return scalar * usd;
}

double block_accepted(const struct block *block, uint32_t on_b)
{
    const double share = block->accepted_share[side_of(on_b, WATERFALL_ACCEPTED)];
    return block->is_accepted_alone ? share : share * block->scalar[side_of(on_b, WATERFALL_DEMAND)][WATERFALL_DEMAND];
}
