/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/quota.h"

#include <stdio.h>
#include <string.h>

#include "models/param_rows.h"

const char *const quota_limit_names[QUOTA_LIMITS + 1] = {
    "requests", "tokens", "input_tokens", "output_tokens", "tokens_per_day", "acceleration", NULL};

static const char *const say_names[] = {"as-rules", "no", "yes", NULL};
static const char *const rejection_names[] = {"as-rules", "free", "counted", NULL};
static const char *const reserve_names[] = {"as-rules", "none", "max_tokens", NULL};

#define LIMIT(K, F, HELP)                                                                                              \
    NUMBER(K, quota, F, UNIT_TOK_PER_S, 0, QUOTA_PER_S_MOST, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN, HELP)
#define SAY(K, F, HELP) CHOICE(K, quota, F, say_names, "as-rules", HELP)

static const struct param rows[] = {
    CHOICE("rules", quota, rules, quota_rule_names, "custom",
           "how a provider counts; every other key here goes before it; custom: one for every token"),
    LIMIT("tokens", tokens_per_s, "tokens per minute (TPM), input and output together: `200000 tok/min`, `2 Mtok/min`"),
    LIMIT("input_tokens", input_per_s, "input tokens per minute (ITPM), cache writes included: `30000 tok/min`"),
    LIMIT("output_tokens", output_per_s, "output tokens per minute (OTPM): `8000 tok/min`"),
    NUMBER("requests", quota, requests_per_s, UNIT_PER_S, 0, QUOTA_PER_S_MOST, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "requests per minute (RPM): `60/min`"),
    NUMBER("tokens_per_day", quota, day_tok, UNIT_TOK, 0, 1e12, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "tokens per day of UTC (TPD): `288 Mtok`"),
    NUMBER("burst", quota, burst_s, UNIT_S, 0, S_PER_DAY, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "how much of a limit may be used at once, in time: 1min; `1s` where 60 a minute are enforced as 1 a second"),
    NUMBER("burndown", quota, burndown, UNIT_NONE, 0, 1000, PARAM_OPTIONAL, PARAM_PLAIN,
           "quota tokens that one output token counts: 5 for Claude from 3.7 on at Bedrock"),
    CHOICE("reserve", quota, reserve, reserve_names, "as-rules",
           "what is held for the output when a request starts: its max_tokens, or none"),
    SAY("reserve_burndown", reserve_burndown,
        "is max_tokens multiplied by the burndown when it is held? Sources disagree"),
    SAY("reserve_cache_reads", reserve_cache_reads, "are cache reads held until a request ends?"),
    SAY("settle", settle, "does the real use take the place of what was held when a request ends?"),
    NUMBER("model_max_tokens", quota, model_max_tok, UNIT_TOK, 0, 1e9, PARAM_OPTIONAL, PARAM_PLAIN,
           "what is held for the output where a call sets no maximum: the model's, `64000 tok`"),
    NUMBER("count_cache_reads", quota, cache_read_ratio, UNIT_NONE, 0, 10, PARAM_OPTIONAL, PARAM_PLAIN,
           "quota tokens that a token read from a prompt cache counts: 0 or 0.1"),
    NUMBER("count_cache_writes", quota, cache_write_ratio, UNIT_NONE, 0, 10, PARAM_OPTIONAL, PARAM_PLAIN,
           "quota tokens that a token written to a prompt cache counts: 1 or 1.25"),
    CHOICE("rejections", quota, rejections, rejection_names, "as-rules",
           "does a throttled request count against `requests`? free or counted"),
    SAY("retry_after", retry_after, "does a throttled request learn when to come back?"),
    NUMBER("acceleration", quota, acceleration, UNIT_NONE, 1, 1000, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "use in one minute at most this many times that of the minute before: 1.5"),
    NUMBER("acceleration_floor", quota, acceleration_floor_tok, UNIT_TOK, 0, 1e12, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "use in one minute that `acceleration` never limits, tokens (requests where only they are limited)"),
};

static int is_limited(const struct quota *quota)
{
    const struct quota_rule *rule = &quota_rules[quota->rules];
    return quota->tokens_per_s != PARAM_ABSENT || quota->input_per_s != PARAM_ABSENT ||
           quota->output_per_s != PARAM_ABSENT || quota->requests_per_s != PARAM_ABSENT ||
           quota->day_tok != PARAM_ABSENT || rule->tokens_per_min > 0 || rule->input_per_min > 0 ||
           rule->output_per_min > 0 || rule->requests_per_min > 0;
}

static double chosen(double said, double by_rule)
{
    return said != PARAM_ABSENT ? said : by_rule;
}

static int quota_check(const void *block, struct complaint *c)
{
    const struct quota *quota = (const struct quota *)block;
    const struct quota_rule *rule = &quota_rules[quota->rules];
    const double requests_per_s = chosen(quota->requests_per_s, rule->requests_per_min / S_PER_MIN);
    char what[160];
    if (!is_limited(quota))
        return complain(c, "tokens", "a quota without a limit limits nothing",
                        "for example `tokens: 200000 tok/min`, or `requests: 60/min`");
    if (requests_per_s > 0 && requests_per_s * chosen(quota->burst_s, rule->burst_s) < 1 - 1e-9) {
        snprintf(what, sizeof what, "in %g s less than one request comes free, so none would ever pass",
                 chosen(quota->burst_s, rule->burst_s));
        return complain(c, "burst", what, "a longer burst: at least 60 s over the requests per minute");
    }
    if (quota->rejections == QUOTA_REJECTIONS_COUNTED && requests_per_s <= 0)
        return complain(c, "rejections", "rejections count against `requests`, which has no limit here",
                        "give `requests`, or `rejections: free`");
    if ((quota->acceleration == PARAM_ABSENT) != (quota->acceleration_floor_tok == PARAM_ABSENT))
        return complain(c, quota->acceleration == PARAM_ABSENT ? "acceleration_floor" : "acceleration",
                        "`acceleration` and `acceleration_floor` go together",
                        "for example {acceleration: 1.5, acceleration_floor: 20000 tok}");
    return 1;
}

const struct param_block quota_block = {
    .name = "quota", ROWS(rows), .size = sizeof(struct quota), .scalar_key = "tokens", .check = quota_check};

static void derive_bucket(double per_s, double burst_s, struct quota_bucket *bucket)
{
    if (per_s <= 0) return;
    bucket->rate = (int64_t)(per_s * S_PER_MIN * (double)QUOTA_MICROS + 0.5);
    bucket->rate += bucket->rate == 0;
    bucket->depth = (int64_t)((double)bucket->rate * burst_s / S_PER_MIN + 0.5);
}

static int said(int32_t say, int32_t by_rule)
{
    return say == QUOTA_AS_RULES ? by_rule : say == QUOTA_YES;
}

static void derive_limits(const struct quota *quota, const struct quota_rule *rule, struct quota_terms *terms)
{
    const double burst_s = chosen(quota->burst_s, rule->burst_s);
    const double tokens_per_s = chosen(quota->tokens_per_s, rule->tokens_per_min / S_PER_MIN);
    const double day_tok = chosen(quota->day_tok, rule->day_tokens_of_tpm * tokens_per_s * S_PER_MIN);
    derive_bucket(tokens_per_s, burst_s, &terms->buckets[QUOTA_TOKENS]);
    derive_bucket(chosen(quota->input_per_s, rule->input_per_min / S_PER_MIN), burst_s, &terms->buckets[QUOTA_INPUT]);
    derive_bucket(chosen(quota->output_per_s, rule->output_per_min / S_PER_MIN), burst_s,
                  &terms->buckets[QUOTA_OUTPUT]);
    derive_bucket(chosen(quota->requests_per_s, rule->requests_per_min / S_PER_MIN), burst_s,
                  &terms->buckets[QUOTA_REQUESTS]);
    terms->day_micros = quota_micros(day_tok);
    if (quota->acceleration == PARAM_ABSENT) return;
    terms->ramp_permille = (int64_t)(quota->acceleration * 1000 + 0.5);
    terms->ramp_floor_micros = quota_micros(quota->acceleration_floor_tok);
}

static void derive_counting(const struct quota *quota, const struct quota_rule *rule, struct quota_terms *terms)
{
    const int reserves = quota->reserve == QUOTA_RESERVE_AS_RULES ? rule->reserves_output
                                                                  : quota->reserve == QUOTA_RESERVE_MAX_TOKENS;
    const int multiplies = said(quota->reserve_burndown, rule->reserves_burndown);
    terms->reserve_ratio = !reserves ? 0 : multiplies ? terms->burndown : 1;
    terms->read_ratio = chosen(quota->cache_read_ratio, rule->cache_read_ratio);
    terms->read_reserve_ratio = said(quota->reserve_cache_reads, rule->reserves_cache_reads) ? 1 : terms->read_ratio;
    terms->write_ratio = chosen(quota->cache_write_ratio, rule->cache_write_ratio);
    terms->model_max_tok = chosen(quota->model_max_tok, rule->model_max_tok);
    terms->settles = said(quota->settle, rule->settles);
    terms->tells_retry_after = said(quota->retry_after, rule->tells_retry_after);
    terms->counts_rejections = quota->rejections == QUOTA_REJECTIONS_AS_RULES
                                   ? rule->counts_rejections
                                   : quota->rejections == QUOTA_REJECTIONS_COUNTED;
}

void quota_derive(const struct quota *quota, const char *model, int64_t starts_at_s, struct quota_terms *terms)
{
    const struct quota_rule *rule = &quota_rules[quota->rules];
    memset(terms, 0, sizeof *terms);
    terms->is_on = is_limited(quota);
    terms->burndown = chosen(quota->burndown, quota_rule_burndown(rule, model));
    terms->day_begins_ns = -((starts_at_s % S_PER_DAY + S_PER_DAY) % S_PER_DAY) * NS_PER_S;
    derive_limits(quota, rule, terms);
    derive_counting(quota, rule, terms);
}
