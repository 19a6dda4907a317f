/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/sla_rules.h"

#include <string.h>

#include "models/param_rows.h"

const char *const sla_rule_names[SLA_RULES_N + 1] = {"none", "bedrock", "azure-openai", "google", "custom", NULL};

const struct sla_rule sla_rules[SLA_RULES_N] = {
    [SLA_NONE] = {.name = "none", .note = "no service level agreement: pay-as-you-go of most model vendors"},
    [SLA_BEDROCK] = {.name = "bedrock",
                     .bands = {{0.999, 0.10}, {0.99, 0.25}, {0.95, 1.00}},
                     .least_usd = 1,
                     .evidence = EVIDENCE_PUBLIC,
                     .source = "aws.amazon.com/bedrock/sla, text of 2023-10-04",
                     .date = "2023-10-04",
                     .note = "by Region and month; to be claimed by the end of the second billing cycle; measured on "
                             "the error rate; that throttles are left out was not read in the text"},
    [SLA_AZURE_OPENAI] = {.name = "azure-openai",
                          .bands = {{0.999, 0.10}, {0.99, 0.25}},
                          .evidence = EVIDENCE_ASSUMED,
                          .source = "redresscompliance.com (secondary) for the 99.9 %; the credits are background "
                                    "knowledge",
                          .date = "2025-11 to 2026-11",
                          .note = "look it up before relying on it"},
    [SLA_GOOGLE] = {.name = "google",
                    .bands = {{0.999, 0.10}, {0.99, 0.25}, {0.95, 0.50}},
                    .evidence = EVIDENCE_ASSUMED,
                    .source = "cloud.google.com/vision/sla for the 99.9 %; the bands are background knowledge",
                    .date = "2025-11 to 2026-11",
                    .note = "generative models: 99.5 to 99.9 % by model; errors count only if the client backed off "
                            "from 1 s, doubling to 32 s; look it up before relying on it"},
    [SLA_CUSTOM] = {.name = "custom", .note = "the bands of a contract"},
};

static const struct param band_rows[] = {
    NUMBER("below", sla_band, below_share, UNIT_SHARE, 0, 1, PARAM_REQUIRED, PARAM_EXCLUDES_MIN,
           "uptime of the month below this: `99.9%`"),
    NUMBER("credit", sla_band, credit_share, UNIT_SHARE, 0, 1, PARAM_REQUIRED, PARAM_PLAIN,
           "share of the month's bill that is given back"),
};
const struct param_block sla_band_block = {.name = "sla band", ROWS(band_rows), .size = sizeof(struct sla_band)};

static const struct param rows[] = {
    CHOICE("rules", sla, rules, sla_rule_names, "none", "a provider's published service credits; custom: `bands`"),
    MANY(PARAM_LIST, "bands", sla, bands, n_bands, SLA_BANDS_MOST, sla_band_block, PARAM_OPTIONAL,
         "of a contract, falling: [{below: 99.9%, credit: 10%}, {below: 99%, credit: 25%}]"),
};

static int sla_check(const void *block, struct complaint *c)
{
    const struct sla *sla = (const struct sla *)block;
    if (sla->rules == SLA_CUSTOM && sla->n_bands == 0)
        return complain(c, "bands", "custom service credits need their bands",
                        "bands: [{below: 99.9%, credit: 10%}, {below: 99%, credit: 25%}]");
    if (sla->rules != SLA_CUSTOM && sla->n_bands > 0)
        return complain(c, "bands", "bands belong to `rules: custom`", "a provider's own rules have theirs");
    for (int32_t i = 1; i < sla->n_bands; i++)
        if (sla->bands[i].below_share >= sla->bands[i - 1].below_share ||
            sla->bands[i].credit_share <= sla->bands[i - 1].credit_share)
            return complain(c, "bands", "each band must lie below the one before it and give more back",
                            "[{below: 99.9%, credit: 10%}, {below: 99%, credit: 25%}]");
    return 1;
}

const struct param_block sla_block = {
    .name = "sla", ROWS(rows), .size = sizeof(struct sla), .scalar_key = "rules", .check = sla_check};

void sla_derive(const struct sla *sla, struct sla_terms *terms)
{
    const struct sla_rule *rule = &sla_rules[sla->rules];
    const struct sla_band *bands = sla->rules == SLA_CUSTOM ? sla->bands : rule->bands;
    const int32_t most = sla->rules == SLA_CUSTOM ? sla->n_bands : SLA_BANDS_MOST;
    memset(terms, 0, sizeof *terms);
    terms->least_usd = rule->least_usd;
    while (terms->n_bands < most && bands[terms->n_bands].below_share > 0) {
        terms->bands[terms->n_bands] = bands[terms->n_bands];
        terms->n_bands++;
    }
}
