/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * LiteLLM_SpendLogs: one row per request that the gateway answered, as CSV (a dump of the table) or JSON (array, JSON
 * lines, pages of /spend/logs); also LiteLLM's StandardLoggingPayload, as its S3 and GCS loggers write it.
 *
 *   api_key -> key   model_group -> route   model -> model   spend -> cost of the row
 *   team_id, organization_id, end_user, user, call_type, key_alias, request_tags -> tags for rules; a request tag
 *   `name:value` is that tag, and each is a `request_tag` as it stands
 *
 * prompt_tokens INCLUDES cached tokens, read and written. How many they are stands in metadata.usage_object or
 * metadata.additional_usage_values, in OpenAI's words (prompt_tokens_details.cached_tokens) or Anthropic's
 * (cache_read_input_tokens, cache_creation_input_tokens, cache_creation.ephemeral_5m/1h_input_tokens): the same tokens,
 * and so counted once. Writes whose life is not said are of 5 min.
 *
 * A row with cache_hit is a call that the gateway's own response cache answered: no tokens, no cost, whatever its row
 * repeats of the first answer. A failure is an error, a throttle (HTTP 429) or a denial (budget exceeded), without cost.
 *
 * Left out: latencies, messages, retries inside the SDK (they have no rows).
 * Source: BerriAI/litellm, schema.prisma and spend_tracking_utils.py. */
#include <cjson/cJSON.h>
#include <string.h>

#include "actuals/formats.h"
#include "actuals/record.h"

enum {
    REQUEST_ID,
    API_KEY,
    SPEND,
    PROMPT,
    COMPLETION,
    START,
    MODEL,
    GROUP,
    METADATA,
    CACHE_HIT,
    STATUS,
    TAGS,
    TEAM,
    ORGANIZATION,
    END_USER,
    USER,
    CALL_TYPE,
    CACHE_READ,
    CACHE_WRITE,
    N_FIELDS
};

static const struct record_field fields[N_FIELDS] = {
    [REQUEST_ID] = {"request_id", "id", 0},
    [API_KEY] = {"api_key", "metadata.user_api_key_hash", 0},
    [SPEND] = {"spend", "response_cost", 0},
    [PROMPT] = {"prompt_tokens", NULL, 1},
    [COMPLETION] = {"completion_tokens", NULL, 1},
    [START] = {"startTime", "start_time", 1},
    [MODEL] = {"model", NULL, 1},
    [GROUP] = {"model_group", NULL, 0},
    [METADATA] = {"metadata", NULL, 0},
    [CACHE_HIT] = {"cache_hit", NULL, 0},
    [STATUS] = {"status", NULL, 0},
    [TAGS] = {"request_tags", NULL, 0},
    [TEAM] = {"team_id", "metadata.user_api_key_team_id", 0},
    [ORGANIZATION] = {"organization_id", "metadata.user_api_key_org_id", 0},
    [END_USER] = {"end_user", NULL, 0},
    [USER] = {"user", "metadata.user_api_key_user_id", 0},
    [CALL_TYPE] = {"call_type", NULL, 0},
    [CACHE_READ] = {"cache_read_input_tokens", NULL, 0},
    [CACHE_WRITE] = {"cache_creation_input_tokens", NULL, 0},
};

static int knows(const char *head, size_t n)
{
    return head_has(head, n, "prompt_tokens") && head_has(head, n, "completion_tokens") &&
           (head_has(head, n, "startTime") || head_has(head, n, "start_time")) &&
           (head_has(head, n, "spend") || head_has(head, n, "response_cost"));
}

/* ---- cached tokens ---- */

struct cached {
    double read, write, write_5m, write_1h; /* write: in all; the others where they are told apart */
};

static void take_most(const struct cJSON *map, const char *name, double *most)
{
    const struct cJSON *item = cJSON_GetObjectItemCaseSensitive(map, name);
    if (cJSON_IsNumber(item) && item->valuedouble > *most) *most = item->valuedouble;
}

/* Both vendors' words for one number: the larger counts, they are never added. */
static void take_usage(const struct cJSON *usage, struct cached *cached)
{
    const struct cJSON *details = cJSON_GetObjectItemCaseSensitive(usage, "prompt_tokens_details");
    const struct cJSON *lives[] = {cJSON_GetObjectItemCaseSensitive(usage, "cache_creation"),
                                   cJSON_GetObjectItemCaseSensitive(details, "cache_creation_token_details"),
                                   cJSON_GetObjectItemCaseSensitive(usage, "cache_creation_token_details")};
    take_most(usage, "cache_read_input_tokens", &cached->read);
    take_most(details, "cached_tokens", &cached->read);
    take_most(usage, "cache_creation_input_tokens", &cached->write);
    take_most(details, "cache_creation_tokens", &cached->write);
    for (int i = 0; i < 3; i++) {
        take_most(lives[i], "ephemeral_5m_input_tokens", &cached->write_5m);
        take_most(lives[i], "ephemeral_1h_input_tokens", &cached->write_1h);
    }
}

static struct cached cached_of(struct records *r, const struct cJSON *metadata)
{
    struct cached cached = {0, 0, 0, 0};
    double read, write;
    take_usage(cJSON_GetObjectItemCaseSensitive(metadata, "usage_object"), &cached);
    take_usage(cJSON_GetObjectItemCaseSensitive(metadata, "additional_usage_values"), &cached);
    if (record_number(r, CACHE_READ, &read) > 0 && read > cached.read) cached.read = read;
    if (record_number(r, CACHE_WRITE, &write) > 0 && write > cached.write) cached.write = write;
    if (cached.write < cached.write_5m + cached.write_1h) cached.write = cached.write_5m + cached.write_1h;
    return cached;
}

/* ---- names ---- */

static void add_tag(struct import_row *row, const char *name, size_t n, struct import_text value)
{
    if (value.n == 0 || row->n_tags == (int32_t)(sizeof row->tags / sizeof row->tags[0])) return;
    row->tags[row->n_tags].name = (struct import_text){name, n};
    row->tags[row->n_tags++].value = value;
}

static void add_field(struct records *r, int field, const char *name, struct import_row *row)
{
    add_tag(row, name, strlen(name), record_text(r, field));
}

static void add_request_tags(struct records *r, struct import_row *row)
{
    int is_broken;
    const struct cJSON *tags = record_json(r, TAGS, &is_broken), *tag;
    cJSON_ArrayForEach(tag, tags)
    {
        if (!cJSON_IsString(tag)) continue;
        const struct import_text text = {tag->valuestring, strlen(tag->valuestring)};
        const size_t colon = strcspn(text.at, ":=");
        add_tag(row, "request_tag", 11, text);
        if (colon > 0 && colon < text.n)
            add_tag(row, text.at, colon, (struct import_text){text.at + colon + 1, text.n - colon - 1});
    }
}

static void name_row(struct records *r, const struct cJSON *metadata, struct import_row *row)
{
    const struct cJSON *alias = cJSON_GetObjectItemCaseSensitive(metadata, "user_api_key_alias");
    row->id = record_text(r, REQUEST_ID);
    row->key = record_text(r, API_KEY);
    row->route = record_text(r, GROUP);
    row->model = record_text(r, MODEL);
    add_field(r, TEAM, "team_id", row);
    add_field(r, ORGANIZATION, "organization_id", row);
    add_field(r, END_USER, "end_user", row);
    add_field(r, USER, "user", row);
    add_field(r, CALL_TYPE, "call_type", row);
    if (cJSON_IsString(alias))
        add_tag(row, "key_alias", 9, (struct import_text){alias->valuestring, strlen(alias->valuestring)});
    add_request_tags(r, row);
}

/* ---- what happened ---- */

static int is_word(struct import_text text, const char *a, const char *b)
{
    return (text.n == strlen(a) && memcmp(text.at, a, text.n) == 0) ||
           (text.n == strlen(b) && memcmp(text.at, b, text.n) == 0);
}

static int says(const struct cJSON *map, const char *name, const char *part)
{
    const struct cJSON *item = cJSON_GetObjectItemCaseSensitive(map, name);
    return cJSON_IsString(item) && strstr(item->valuestring, part) != NULL;
}

static int is_code_429(const struct cJSON *error)
{
    const struct cJSON *code = cJSON_GetObjectItemCaseSensitive(error, "error_code");
    return (cJSON_IsNumber(code) && code->valuedouble == 429) || says(error, "error_code", "429");
}

static void take_failure(struct import *in, const struct cJSON *metadata, double spend, struct import_row *row)
{
    const struct cJSON *error = cJSON_GetObjectItemCaseSensitive(metadata, "error_information");
    const int is_denied = says(error, "error_class", "BudgetExceeded") ||
                          says(error, "error_message", "budget_exceeded");
    row->quantity[is_denied ? FACT_DENIED : FACT_UPSTREAM] = 1;
    if (!is_denied) {
        const int is_throttle = is_code_429(error) || says(error, "error_class", "RateLimit") ||
                                says(error, "error_class", "hrottling");
        row->quantity[is_throttle ? FACT_THROTTLE : FACT_ERROR] = 1;
    }
    import_changed(in, row->line, "a failure: %s, without tokens and cost",
                   is_denied ? "denied" : "an error or throttle");
    if (spend > 0) import_changed(in, row->line, "a failure with a spend: the spend is not counted");
}

static void take_hit(struct import *in, double spend, struct import_row *row)
{
    row->quantity[FACT_CACHE_HIT] = 1;
    row->cost_usd = 0;
    import_changed(in, row->line, "answered by the gateway's response cache: a call without tokens and cost");
    if (spend > 0) import_changed(in, row->line, "a response-cache hit with a spend: the spend is not counted");
}

static void take_answer(struct records *r, const struct cJSON *metadata, double prompt, double completion,
                        int has_spend, double spend, struct import_row *row)
{
    const struct cached cached = cached_of(r, metadata);
    row->quantity[FACT_UPSTREAM] = row->quantity[FACT_REQUEST] = 1;
    row->quantity[FACT_OUTPUT] = completion;
    import_split_input(r->in, row, prompt, cached.read, cached.write - cached.write_1h, cached.write_1h);
    if (has_spend && spend < 0) import_changed(r->in, row->line, "spend is negative: set to 0");
    if (has_spend) row->cost_usd = spend > 0 ? spend : 0;
}

/* 1: to be added; 0: dropped, and counted. */
static int fill_row(struct records *r, struct import_row *row)
{
    double prompt, completion, spend;
    int is_broken;
    import_row_clear(row);
    row->line = r->line;
    if (record_instant(r, START, &row->from_at_s) <= 0) {
        import_dropped(r->in, r->line, "startTime is no instant");
        return 0;
    }
    const int has_spend = record_number(r, SPEND, &spend);
    if (record_number(r, PROMPT, &prompt) < 0 || record_number(r, COMPLETION, &completion) < 0 || has_spend < 0) {
        import_dropped(r->in, r->line, "prompt_tokens, completion_tokens or spend is no number");
        return 0;
    }
    const struct cJSON *metadata = record_json(r, METADATA, &is_broken);
    if (is_broken) import_changed(r->in, r->line, "metadata is no JSON: cached tokens and tags in it are not known");
    row->to_at_s = row->from_at_s;
    row->quantity[FACT_CALL] = 1;
    name_row(r, metadata, row);
    if (is_word(record_text(r, CACHE_HIT), "True", "true"))
        take_hit(r->in, spend, row);
    else if (is_word(record_text(r, STATUS), "failure", "error"))
        take_failure(r->in, metadata, spend, row);
    else
        take_answer(r, metadata, prompt, completion, has_spend, spend, row);
    return 1;
}

static enum floe_status read_file(struct import *in, struct import_stream *stream, struct import_fault *fault)
{
    return records_import(in, stream, fields, N_FIELDS, fill_row, fault);
}

const struct import_format import_litellm_spend = {
    "litellm-spend", "LiteLLM_SpendLogs, CSV or JSON, one row per request", 1, knows, read_file, NULL, NULL};
