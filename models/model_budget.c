/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/model_budget.h"

#include <string.h>

#include "models/param_rows.h"

#define BUDGET(K, T, PRESET, HELP)                                                                                     \
    {                                                                                                                  \
        ROW_BASE(K, T, budget_usd), .kind = PARAM_NUMBER, .unit = UNIT_USD_PER_PERIOD,                                 \
                                    .count_offset = offsetof(struct T, period_s), .min = 0, .max = BUDGET_USD_MOST,    \
                                    .preset = PRESET, .help = HELP                                                     \
    }

static const char *const allow_names[] = {"any", NULL};
static const char *const unlisted_names[] = {"deny", "allow", NULL};
static const char *const check_names[] = {"racy", "strict", NULL};
static const char *const window_names[] = {"first_use", "calendar", NULL};

static const struct param key_model_rows[] = {
    BUDGET("budget", key_model, "any", "what its calls may cost in a period: `50 usd/day`, `200 usd/30d`, `any`"),
};
const struct param_block key_model_block = {
    .name = "model of a key", ROWS(key_model_rows), .size = sizeof(struct key_model), .scalar_key = "budget"};

static const struct param key_models_rows[] = {
    CHOICE("allow", key_models, allow, allow_names, "any", "any: every model, unless some are listed"),
    MANY(PARAM_MAP, "listed", key_models, listed, n_listed, KEY_MODELS_MOST, key_model_block, PARAM_OPTIONAL,
         "the models that the key may use, each with its budget: {nova-pro: any, claude-opus-4-6: 50 usd/day}"),
};
const struct param_block key_models_block = {.name = "models of a key",
                                             ROWS(key_models_rows),
                                             .size = sizeof(struct key_models),
                                             .scalar_key = "allow",
                                             .list_key = "listed"};

static const struct param key_rows[] = {
    BLOCK("models", access_key, models, key_models_block, PARAM_OPTIONAL,
          "`any`, or the models that the key may use with their budgets"),
    BUDGET("budget", access_key, "any", "what all its calls together may cost in a period: `50 usd/day`"),
    CHOICE("unlisted", access_key, unlisted, unlisted_names, "deny",
           "a model that is not listed, where some are: deny it (403), or allow it without a limit of its own"),
    CHOICE("check", access_key, check, check_names, "racy",
           "racy: against what is recorded; strict: a call's highest cost is reserved when it starts"),
    CHOICE("window", access_key, window, window_names, "first_use",
           "a period begins with the first call after the last one ended, or by the calendar, UTC"),
    NUMBER("record_lag", access_key, record_lag_s, UNIT_S, 0, S_PER_DAY, "0s", PARAM_PLAIN,
           "from a call's end until its cost is recorded"),
};

static int access_key_check(const void *block, struct complaint *c)
{
    const struct access_key *key = (const struct access_key *)block;
    if (key->check == KEY_STRICT && key->record_lag_s > 0)
        return complain(c, "record_lag", "a strict budget is kept as calls start and end; nothing is recorded late",
                        "leave it out, or check: racy");
    return 1;
}

const struct param_block access_key_block = {
    .name = "key", ROWS(key_rows), .size = sizeof(struct access_key), .check = access_key_check};

/* Down, so that a limit is never more than it says; the same care for doubles as in budget_pico. */
static int64_t limit_pico(double usd)
{
    const double pusd = usd * PUSD_PER_USD, nearest = floor(pusd + 0.5);
    return (int64_t)(nearest - pusd > pusd * 0x1p-50 ? floor(pusd) : nearest);
}

/* Windows of a calendar key begin where a multiple of the period does, counted from a Monday (1970-01-05). */
static int64_t phase_ns(int64_t start_at_s, int32_t period_s)
{
    const int64_t monday_s = start_at_s - 4 * S_PER_DAY;
    return -(monday_s - calendar_floor_div(monday_s, period_s) * period_s) * NS_PER_S;
}

static struct budget_limit limit_of(double budget_usd, int32_t period_s, int64_t start_at_s)
{
    struct budget_limit limit = {BUDGET_NO_LIMIT, 1, 0};
    if (budget_usd == PARAM_ABSENT || period_s <= 0) return limit;
    limit.limit_pusd = limit_pico(budget_usd);
    limit.period_ns = period_s * NS_PER_S;
    limit.phase_ns = phase_ns(start_at_s, period_s);
    return limit;
}

void access_key_derive(const struct access_key *key, int64_t start_at_s, struct key_terms *terms)
{
    memset(terms, 0, sizeof *terms);
    terms->n_models = key->models.n_listed;
    terms->is_any = key->models.n_listed == 0;
    terms->is_unlisted_allowed = key->unlisted == KEY_UNLISTED_ALLOW;
    terms->is_strict = key->check == KEY_STRICT;
    terms->is_calendar = key->window == KEY_WINDOW_CALENDAR;
    terms->record_lag_ns = (int64_t)(key->record_lag_s * (double)NS_PER_S + 0.5);
    terms->all = limit_of(key->budget_usd, key->period_s, start_at_s);
    for (int32_t i = 0; i < KEY_MODELS_MOST; i++) {
        const struct key_model *model = &key->models.listed[i];
        terms->models[i] = i < terms->n_models ? limit_of(model->budget_usd, model->period_s, start_at_s)
                                               : limit_of(PARAM_ABSENT, 0, start_at_s);
    }
}

int32_t access_key_model(const struct access_key *key, const char *model)
{
    const char *stroke = strrchr(model, '/');
    int32_t found = KEY_UNLISTED_MODEL;
    for (int32_t i = 0; i < key->models.n_listed; i++) {
        if (strcmp(key->models.listed[i].name, model) == 0) return i;
        if (stroke != NULL && strcmp(key->models.listed[i].name, stroke + 1) == 0) found = i;
    }
    return found;
}

static double ends_within(const struct budget_limit *limit, double length_s)
{
    const double ends = length_s * (double)NS_PER_S / (double)limit->period_ns + 1;
    return limit->limit_pusd == BUDGET_NO_LIMIT ? 0 : floor(ends);
}

int32_t budget_pieces(const struct key_terms *terms, double length_s)
{
    double ends = ends_within(&terms->all, length_s);
    for (int32_t i = 0; i < terms->n_models; i++)
        ends += ends_within(&terms->models[i], length_s);
    return ends + 1 < BUDGET_PIECES_MOST ? (int32_t)ends + 1 : BUDGET_PIECES_MOST;
}
