/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/facts.h"

#include <stdlib.h>
#include <string.h>

#include "models/model_name.h"
#include "sim/hash.h"

const struct fact_kind_row fact_kinds[FACT_KINDS] = {
    [FACT_INPUT_UNCACHED] = {"input_uncached", "tok", FACT_FAMILY_TOKENS, "input billed at the full price"},
    [FACT_CACHE_READ] = {"cache_read", "tok", FACT_FAMILY_TOKENS, "input read from the provider's prompt cache"},
    [FACT_CACHE_WRITE_5M] = {"cache_write_5m", "tok", FACT_FAMILY_TOKENS, "input written to it for 5 min"},
    [FACT_CACHE_WRITE_1H] = {"cache_write_1h", "tok", FACT_FAMILY_TOKENS, "input written to it for 1 h"},
    [FACT_OUTPUT] = {"output", "tok", FACT_FAMILY_TOKENS, "output"},
    [FACT_CACHE_STORAGE] = {"cache_storage", "tok s", FACT_FAMILY_BILLED, "tokens x seconds kept by a prompt cache"},
    [FACT_REQUEST] = {"request", "request", FACT_FAMILY_BILLED, "attempts that are billed"},
    [FACT_GPU_HOUR] = {"gpu_hour", "h", FACT_FAMILY_BILLED, "hours of a GPU"},
    [FACT_CALL] = {"call", "call", FACT_FAMILY_COUNTS, "calls that the application made"},
    [FACT_CACHE_HIT] = {"cache_hit", "call", FACT_FAMILY_COUNTS, "of them answered by the response cache"},
    [FACT_STALE_SERVED] = {"stale_served", "call", FACT_FAMILY_COUNTS, "of them answered in a grace window"},
    [FACT_DENIED] = {"denied", "call", FACT_FAMILY_COUNTS, "of them denied by a key or its budget"},
    [FACT_UPSTREAM] = {"upstream", "call", FACT_FAMILY_COUNTS, "of them sent to a provider"},
    [FACT_THROTTLE] = {"throttle", "attempt", FACT_FAMILY_COUNTS, "attempts that were throttled"},
    [FACT_ERROR] = {"error", "attempt", FACT_FAMILY_COUNTS, "attempts that failed"},
    [FACT_TASK] = {"task", "task", FACT_FAMILY_COUNTS, "tasks begun"},
    [FACT_ACCEPTED] = {"accepted", "task", FACT_FAMILY_COUNTS, "tasks accepted"},
    [FACT_SPEND] = {"spend", "usd", FACT_FAMILY_SPEND, "cost of usage that is not split by class"},
    [FACT_CREDIT] = {"credit", "usd", FACT_FAMILY_CHARGES, "credits and discounts of an invoice"},
    [FACT_TAX] = {"tax", "usd", FACT_FAMILY_CHARGES, "taxes of an invoice"},
    [FACT_ROUNDING] = {"rounding", "usd", FACT_FAMILY_CHARGES, "rounding of an invoice"},
    [FACT_IDLE] = {"idle", "usd", FACT_FAMILY_LEDGERS, "capacity that was paid for and not used"},
    [FACT_EVAL] = {"eval", "usd", FACT_FAMILY_LEDGERS, "evaluation"},
    [FACT_HUMAN] = {"human", "usd", FACT_FAMILY_LEDGERS, "people who review and repair"},
    [FACT_OPS] = {"ops", "usd", FACT_FAMILY_LEDGERS, "operation"},
    [FACT_RECONCILIATION] = {"reconciliation", "usd", FACT_FAMILY_LEDGERS, "invoice less trace"},
};

int fact_kind_find(const char *name, enum fact_kind *kind)
{
    for (int i = 0; i < FACT_KINDS; i++)
        if (strcmp(fact_kinds[i].name, name) == 0) {
            *kind = (enum fact_kind)i;
            return 1;
        }
    return 0;
}

/* ---- tables by hash ---- */

#define SLOTS_FIRST 256

/* A table of twice as many slots, all empty; NULL: no memory. */
static int64_t *slots_wider(int64_t *n_slots)
{
    const int64_t n = *n_slots == 0 ? SLOTS_FIRST : *n_slots * 2;
    int64_t *slots = (int64_t *)calloc((size_t)n, sizeof *slots);
    if (slots != NULL) *n_slots = n;
    return slots;
}

static void slots_put(int64_t *slots, int64_t n_slots, uint64_t hash, int64_t index)
{
    int64_t at = (int64_t)(hash & (uint64_t)(n_slots - 1));
    while (slots[at] != 0)
        at = (at + 1) & (n_slots - 1);
    slots[at] = index + 1;
}

static int is_crowded(int64_t n, int64_t n_slots)
{
    return (n + 1) * 2 > n_slots;
}

static int grow(void **items, int64_t *capacity, int64_t wanted, size_t size)
{
    if (wanted <= *capacity) return 1;
    const int64_t most = *capacity * 2 > wanted ? *capacity * 2 : wanted;
    void *grown = realloc(*items, (size_t)most * size);
    if (grown == NULL) return 0;
    *items = grown;
    *capacity = most;
    return 1;
}

/* ---- texts ---- */

static uint64_t text_hash(const char *text, size_t n)
{
    struct floe_hash hash = floe_hash_begin();
    floe_hash_bytes(&hash, text, n);
    return floe_hash_end(hash);
}

static const char *text_at(const struct fact_texts *texts, int64_t index)
{
    return texts->bytes + texts->starts[index];
}

static int64_t text_find(const struct fact_texts *texts, const char *text, size_t n)
{
    if (texts->n_slots == 0) return -1;
    int64_t at = (int64_t)(text_hash(text, n) & (uint64_t)(texts->n_slots - 1));
    for (; texts->slots[at] != 0; at = (at + 1) & (texts->n_slots - 1)) {
        const char *other = text_at(texts, texts->slots[at] - 1);
        if (strlen(other) == n && memcmp(other, text, n) == 0) return texts->slots[at] - 1;
    }
    return -1;
}

static int texts_widen(struct fact_texts *texts)
{
    int64_t n_slots = texts->n_slots;
    int64_t *slots = slots_wider(&n_slots);
    if (slots == NULL) return 0;
    for (int64_t i = 0; i < texts->n; i++)
        slots_put(slots, n_slots, text_hash(text_at(texts, i), strlen(text_at(texts, i))), i);
    free(texts->slots);
    texts->slots = slots;
    texts->n_slots = n_slots;
    return 1;
}

static int64_t text_add(struct fact_texts *texts, const char *text, size_t n)
{
    if (texts->n == INT32_MAX || (is_crowded(texts->n, texts->n_slots) && !texts_widen(texts))) return -1;
    if (!grow((void **)&texts->bytes, &texts->bytes_capacity, texts->n_bytes + (int64_t)n + 1, 1)) return -1;
    if (!grow((void **)&texts->starts, &texts->capacity, texts->n + 1, sizeof *texts->starts)) return -1;
    texts->starts[texts->n] = texts->n_bytes;
    memcpy(texts->bytes + texts->n_bytes, text, n);
    texts->bytes[texts->n_bytes + (int64_t)n] = '\0';
    texts->n_bytes += (int64_t)n + 1;
    slots_put(texts->slots, texts->n_slots, text_hash(text, n), texts->n);
    return texts->n++;
}

int32_t facts_text(struct facts *facts, const char *text, size_t n)
{
    struct fact_texts *texts = &facts->texts;
    if (texts->n == 0 && text_add(texts, "", 0) < 0) return -1;
    const char *end = (const char *)memchr(text, '\0', n);
    if (end != NULL) n = (size_t)(end - text);
    if (n > FACT_NAME_MOST) n = FACT_NAME_MOST;
    const int64_t found = text_find(texts, text, n);
    return (int32_t)(found >= 0 ? found : text_add(texts, text, n));
}

const char *facts_text_of(const struct facts *facts, int32_t index)
{
    return index <= 0 || index >= facts->texts.n ? "" : text_at(&facts->texts, index);
}

int32_t facts_text_find(const struct facts *facts, const char *text)
{
    return (int32_t)text_find(&facts->texts, text, strlen(text));
}

/* ---- facts ---- */

void facts_init(struct facts *facts)
{
    memset(facts, 0, sizeof *facts);
}

void facts_free(struct facts *facts)
{
    free(facts->items);
    free(facts->slots);
    free(facts->texts.bytes);
    free(facts->texts.starts);
    free(facts->texts.slots);
    memset(facts, 0, sizeof *facts);
}

struct fact fact_of(int64_t from_at_s, int64_t to_at_s, enum fact_kind kind)
{
    struct fact fact;
    memset(&fact, 0, sizeof fact);
    fact.from_at_s = from_at_s;
    fact.to_at_s = to_at_s;
    fact.kind = (int32_t)kind;
    fact.unit_price_usd = fact.cost_usd = FACT_UNKNOWN;
    return fact;
}

static uint64_t fact_hash(const struct fact *f)
{
    struct floe_hash hash = floe_hash_begin();
    floe_hash_u64(&hash, (uint64_t)f->from_at_s);
    floe_hash_u64(&hash, (uint64_t)f->to_at_s);
    floe_hash_u64(&hash, (uint64_t)(uint32_t)f->workload << 32 | (uint32_t)f->consumer);
    floe_hash_u64(&hash, (uint64_t)(uint32_t)f->key << 32 | (uint32_t)f->route);
    floe_hash_u64(&hash, (uint64_t)(uint32_t)f->variant << 32 | (uint32_t)f->model);
    floe_hash_u64(&hash, (uint64_t)(uint32_t)f->service_tier << 32 | (uint32_t)f->kind);
    floe_hash_f64(&hash, f->unit_price_usd);
    return floe_hash_end(hash);
}

static int is_same_cell(const struct fact *a, const struct fact *b)
{
    return a->from_at_s == b->from_at_s && a->to_at_s == b->to_at_s && a->workload == b->workload &&
           a->consumer == b->consumer && a->key == b->key && a->route == b->route && a->variant == b->variant &&
           a->model == b->model && a->service_tier == b->service_tier && a->kind == b->kind &&
           a->unit_price_usd == b->unit_price_usd;
}

static int facts_index(struct facts *facts, int64_t n_slots)
{
    int64_t *slots = slots_wider(&n_slots);
    if (slots == NULL) return 0;
    for (int64_t i = 0; i < facts->n; i++)
        slots_put(slots, n_slots, fact_hash(&facts->items[i]), i);
    free(facts->slots);
    facts->slots = slots;
    facts->n_slots = n_slots;
    return 1;
}

/* Rows have changed or moved: the index anew, in its place. */
static void facts_reindex(struct facts *facts)
{
    if (facts->n_slots == 0) return;
    memset(facts->slots, 0, sizeof *facts->slots * (size_t)facts->n_slots);
    for (int64_t i = 0; i < facts->n; i++)
        slots_put(facts->slots, facts->n_slots, fact_hash(&facts->items[i]), i);
}

static struct fact *fact_find(const struct facts *facts, const struct fact *fact)
{
    int64_t at = (int64_t)(fact_hash(fact) & (uint64_t)(facts->n_slots - 1));
    for (; facts->slots[at] != 0; at = (at + 1) & (facts->n_slots - 1))
        if (is_same_cell(&facts->items[facts->slots[at] - 1], fact)) return &facts->items[facts->slots[at] - 1];
    return NULL;
}

enum floe_status facts_add(struct facts *facts, const struct fact *fact)
{
    if (is_crowded(facts->n, facts->n_slots) && !facts_index(facts, facts->n_slots)) return FLOE_ENVIRONMENT;
    struct fact *same = fact_find(facts, fact);
    if (same != NULL) {
        same->quantity += fact->quantity;
        if (fact_has(fact->cost_usd)) same->cost_usd = (fact_has(same->cost_usd) ? same->cost_usd : 0) + fact->cost_usd;
        return FLOE_OK;
    }
    if (facts->n == FACTS_MOST) return FLOE_FULL;
    if (!grow((void **)&facts->items, &facts->capacity, facts->n + 1, sizeof *facts->items)) return FLOE_ENVIRONMENT;
    slots_put(facts->slots, facts->n_slots, fact_hash(fact), facts->n);
    facts->items[facts->n++] = *fact;
    return FLOE_OK;
}

/* ---- order ---- */

static int order_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int order_of(const struct facts *facts, const struct fact *a, const struct fact *b)
{
    const int32_t names_a[] = {a->variant, a->workload, a->consumer, a->key, a->route, a->model, a->service_tier};
    const int32_t names_b[] = {b->variant, b->workload, b->consumer, b->key, b->route, b->model, b->service_tier};
    int order = order_i64(a->from_at_s, b->from_at_s);
    if (order == 0) order = order_i64(a->to_at_s, b->to_at_s);
    for (size_t i = 0; i < sizeof names_a / sizeof names_a[0] && order == 0; i++)
        if (names_a[i] != names_b[i])
            order = strcmp(facts_text_of(facts, names_a[i]), facts_text_of(facts, names_b[i]));
    if (order == 0) order = order_i64(a->kind, b->kind);
    return order != 0 ? order : (a->unit_price_usd > b->unit_price_usd) - (a->unit_price_usd < b->unit_price_usd);
}

static void sift_down(struct facts *facts, int64_t at, int64_t n)
{
    struct fact *items = facts->items;
    for (int64_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && order_of(facts, &items[child], &items[child + 1]) < 0) child++;
        if (order_of(facts, &items[at], &items[child]) >= 0) return;
        const struct fact swap = items[at];
        items[at] = items[child];
        items[child] = swap;
        at = child;
    }
}

/* By heap: no two facts are alike, so the order is the same as that of any other sort. The index is built anew. */
void facts_sort(struct facts *facts)
{
    for (int64_t i = facts->n / 2; i-- > 0;)
        sift_down(facts, i, facts->n);
    for (int64_t last = facts->n - 1; last > 0; last--) {
        const struct fact swap = facts->items[0];
        facts->items[0] = facts->items[last];
        facts->items[last] = swap;
        sift_down(facts, 0, last);
    }
    facts_reindex(facts);
}

void facts_span(const struct facts *facts, int64_t *from_at_s, int64_t *to_at_s)
{
    *from_at_s = *to_at_s = 0;
    for (int64_t i = 0; i < facts->n; i++) {
        if (i == 0 || facts->items[i].from_at_s < *from_at_s) *from_at_s = facts->items[i].from_at_s;
        if (i == 0 || facts->items[i].to_at_s > *to_at_s) *to_at_s = facts->items[i].to_at_s;
    }
}

/* ---- one name for one model ---- */

static int has_model(const struct facts *facts, const char *model)
{
    const int32_t text = facts_text_find(facts, model);
    for (int64_t i = 0; text >= 0 && i < facts->n; i++)
        if (facts->items[i].model == text) return 1;
    return 0;
}

/* The only model of `other` that is alike; NULL: none, or several. */
static const char *only_alike(const struct facts *other, const char *model)
{
    int32_t found = -1;
    for (int64_t i = 0; i < other->n; i++) {
        const int32_t text = other->items[i].model;
        if (text <= 0 || text == found || !model_name_is_alike(facts_text_of(other, text), model)) continue;
        if (found >= 0) return NULL;
        found = text;
    }
    return found >= 0 ? facts_text_of(other, found) : NULL;
}

enum floe_status facts_align_models(struct facts *facts, const struct facts *other, int32_t *from, int32_t *to,
                                    int32_t *n)
{
    const int64_t n_texts = facts->texts.n;
    for (int32_t text = 1; text < n_texts; text++) {
        if (!has_model(facts, facts_text_of(facts, text)) || has_model(other, facts_text_of(facts, text))) continue;
        const char *alike = only_alike(other, facts_text_of(facts, text));
        if (alike == NULL) continue;
        const int32_t new_text = facts_text(facts, alike, strlen(alike));
        if (new_text < 0) return FLOE_ENVIRONMENT;
        for (int64_t i = 0; i < facts->n; i++)
            if (facts->items[i].model == text) facts->items[i].model = new_text;
        if ((*n)++ == 0) *from = text, *to = new_text;
    }
    facts_reindex(facts);
    return FLOE_OK;
}

/* ---- from a result ---- */

static int32_t name(struct facts *facts, const char *text)
{
    return facts_text(facts, text, strlen(text));
}

/* Who and where; the texts that fail come out as -1 and are noticed by name_failed. */
static void name_fact(struct facts *facts, const struct result *r, int32_t variant, int32_t w, int32_t route,
                      struct fact *fact)
{
    fact->workload = name(facts, result_workload(r, w));
    fact->consumer = name(facts, result_consumer(r, variant, w));
    fact->key = name(facts, result_key(r, variant, w));
    fact->route = name(facts, result_route(r, route));
    fact->variant = name(facts, r->variants[variant]);
}

static int name_failed(const struct fact *fact)
{
    return fact->workload < 0 || fact->consumer < 0 || fact->key < 0 || fact->route < 0 || fact->variant < 0 ||
           fact->model < 0 || fact->service_tier < 0;
}

static enum floe_status add_named(struct facts *facts, const struct fact *fact)
{
    return name_failed(fact) ? FLOE_ENVIRONMENT : facts_add(facts, fact);
}

static int is_wanted(const struct result_span *span, int64_t from_at_s, int64_t to_at_s)
{
    return span->from_at_s >= from_at_s && span->from_at_s < to_at_s;
}

static enum floe_status add_usage(const struct result *r, const struct usage_row *row, struct facts *facts)
{
    const struct result_span *span = &r->spans[row->span];
    enum fact_kind kind;
    if (!fact_kind_find(row->token_class, &kind)) return FLOE_BAD_INPUT;
    struct fact fact = fact_of(span->from_at_s, span->to_at_s, kind);
    name_fact(facts, r, row->variant, row->workload, row->route, &fact);
    fact.model = name(facts, row->model);
    fact.service_tier = name(facts, row->service_tier);
    fact.quantity = row->quantity.mean;
    fact.unit_price_usd = row->unit_price_usd;
    fact.cost_usd = row->cost_usd.mean;
    return add_named(facts, &fact);
}

/* Which kind a count of a clock hour is. */
static const struct {
    enum metric metric;
    enum fact_kind kind;
} counted[] = {{METRIC_CALLS, FACT_CALL},        {METRIC_CACHE_HITS, FACT_CACHE_HIT},
               {METRIC_DENIED, FACT_DENIED},     {METRIC_STALE_SERVED, FACT_STALE_SERVED},
               {METRIC_UPSTREAM, FACT_UPSTREAM}, {METRIC_THROTTLES, FACT_THROTTLE},
               {METRIC_ERRORS, FACT_ERROR},      {METRIC_TASKS, FACT_TASK},
               {METRIC_ACCEPTED, FACT_ACCEPTED}};

static enum floe_status add_counts(const struct result *r, int32_t variant, int32_t hour, int32_t w, int32_t route,
                                   struct facts *facts)
{
    const struct result_span *span = &r->spans[r->n_windows + hour];
    enum floe_status status = FLOE_OK;
    for (size_t i = 0; i < sizeof counted / sizeof counted[0] && status == FLOE_OK; i++) {
        struct fact fact = fact_of(span->from_at_s, span->to_at_s, counted[i].kind);
        fact.quantity = result_hour_count(r, variant, hour, w, route, counted[i].metric);
        if (fact.quantity == 0) continue;
        name_fact(facts, r, variant, w, route, &fact);
        status = add_named(facts, &fact);
    }
    return status;
}

enum floe_status facts_of_result(const struct result *result, int32_t variant, int32_t route, int64_t from_at_s,
                                 int64_t to_at_s, struct facts *facts)
{
    const int32_t n_hours = result->hour_counts == NULL ? 0 : result->n_spans - result->n_windows;
    enum floe_status status = FLOE_OK;
    for (int64_t i = 0; i < result->by_hour.n && status == FLOE_OK; i++) {
        const struct usage_row *row = &result->by_hour.rows[i];
        if ((variant < 0 || row->variant == variant) && (route < 0 || row->route == route) &&
            is_wanted(&result->spans[row->span], from_at_s, to_at_s))
            status = add_usage(result, row, facts);
    }
    for (int32_t v = 0; v < result->n_variants; v++)
        for (int32_t hour = 0; hour < n_hours; hour++)
            for (int32_t w = 0; w < result->scenario->n_workloads; w++)
                for (int32_t r = 0; r < result->scenario->n_routes && status == FLOE_OK; r++)
                    if ((variant < 0 || v == variant) && (route < 0 || r == route) &&
                        is_wanted(&result->spans[result->n_windows + hour], from_at_s, to_at_s))
                        status = add_counts(result, v, hour, w, r, facts);
    return status;
}
