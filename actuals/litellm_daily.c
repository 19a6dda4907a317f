/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * LiteLLM's daily tables (LiteLLM_DailyUserSpend, ...TeamSpend, ...TagSpend): sums by day, key and model, as CSV or JSON.
 * prompt_tokens includes cached tokens. Each row is a span of 24 h: what happened within the day cannot be told apart,
 * and the import says so. The tables by user, team and tag hold the same requests: import one of them.
 * Source: BerriAI/litellm, schema.prisma. */
#include <string.h>

#include "actuals/formats.h"
#include "actuals/record.h"
#include "models/units.h"

enum {
    DATE,
    API_KEY,
    MODEL,
    GROUP,
    PROMPT,
    COMPLETION,
    CACHE_READ,
    CACHE_WRITE,
    SPEND,
    REQUESTS,
    SUCCESSFUL,
    FAILED,
    TEAM,
    USER,
    TAG,
    N_FIELDS
};

static const struct record_field fields[N_FIELDS] = {
    [DATE] = {"date", NULL, 1},
    [API_KEY] = {"api_key", NULL, 0},
    [MODEL] = {"model", NULL, 1},
    [GROUP] = {"model_group", NULL, 0},
    [PROMPT] = {"prompt_tokens", NULL, 1},
    [COMPLETION] = {"completion_tokens", NULL, 1},
    [CACHE_READ] = {"cache_read_input_tokens", NULL, 0},
    [CACHE_WRITE] = {"cache_creation_input_tokens", NULL, 0},
    [SPEND] = {"spend", NULL, 0},
    [REQUESTS] = {"api_requests", NULL, 0},
    [SUCCESSFUL] = {"successful_requests", NULL, 0},
    [FAILED] = {"failed_requests", NULL, 0},
    [TEAM] = {"team_id", NULL, 0},
    [USER] = {"user_id", "user", 0},
    [TAG] = {"tag", NULL, 0},
};

static int knows(const char *head, size_t n)
{
    return head_has(head, n, "date") && head_has(head, n, "prompt_tokens") &&
           (head_has(head, n, "api_requests") || head_has(head, n, "successful_requests"));
}

static void add_tag(struct records *r, int field, const char *name, struct import_row *row)
{
    const struct import_text value = record_text(r, field);
    if (value.n == 0) return;
    row->tags[row->n_tags].name = (struct import_text){name, strlen(name)};
    row->tags[row->n_tags++].value = value;
}

static void name_row(struct records *r, struct import_row *row)
{
    row->key = record_text(r, API_KEY);
    row->route = record_text(r, GROUP);
    row->model = record_text(r, MODEL);
    add_tag(r, TEAM, "team_id", row);
    add_tag(r, USER, "user", row);
    add_tag(r, TAG, "request_tag", row);
}

/* A row without a model name is kept: its spend is somebody's. */
static int fill_row(struct records *r, struct import_row *row)
{
    double values[N_FIELDS];
    int has[N_FIELDS];
    import_row_clear(row);
    row->line = r->line;
    if (record_instant(r, DATE, &row->from_at_s) <= 0) {
        import_dropped(r->in, r->line, "date is no date");
        return 0;
    }
    for (int field = PROMPT; field <= FAILED; field++) {
        has[field] = record_number(r, field, &values[field]);
        if (has[field] >= 0) continue;
        import_dropped(r->in, r->line, "%s is no number", fields[field].name);
        return 0;
    }
    row->to_at_s = row->from_at_s + S_PER_DAY;
    name_row(r, row);
    const double answered = has[SUCCESSFUL] ? values[SUCCESSFUL] : values[REQUESTS] - values[FAILED];
    const double calls = has[REQUESTS] ? values[REQUESTS] : answered + values[FAILED];
    row->quantity[FACT_CALL] = row->quantity[FACT_UPSTREAM] = calls;
    row->quantity[FACT_REQUEST] = answered;
    row->quantity[FACT_ERROR] = values[FAILED];
    row->quantity[FACT_OUTPUT] = values[COMPLETION];
    import_split_input(r->in, row, values[PROMPT], values[CACHE_READ], values[CACHE_WRITE], 0);
    if (has[SPEND] && values[SPEND] < 0) import_changed(r->in, row->line, "spend is negative: set to 0");
    if (has[SPEND]) row->cost_usd = values[SPEND] > 0 ? values[SPEND] : 0;
    return 1;
}

static enum floe_status read_file(struct import *in, struct import_stream *stream, struct import_fault *fault)
{
    const enum floe_status status = records_import(in, stream, fields, N_FIELDS, fill_row, fault);
    if (status == FLOE_OK)
        import_warn(
            in, "LiteLLM's daily tables do not say which calls its response cache answered: each counts as one that "
                "went upstream");
    return status;
}

const struct import_format import_litellm_daily = {
    "litellm-daily", "LiteLLM's daily spend tables, CSV or JSON, sums of 24 h", 1, knows, read_file, NULL, NULL};
