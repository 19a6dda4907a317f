/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Service credits: what a provider gives back on a month's bill when its uptime share fell below a band of its service
 * level agreement. One row per provider, with where it was read and how sure it is; a route may give its own bands.
 *
 *     credit = bill x share of the lowest band that the uptime fell below, if it exceeds the least amount paid
 *
 * Uptime here is the share of requests, or of time, that the provider served over the month; the caller says which.
 * Providers measure it their own way (an error rate over short intervals, throttles left out) and want a claim within a
 * time; `claimed` is the caller's share of months that are claimed.
 *
 * A credit is a part of the bill, not of the damage: it is booked beside the cost, never as fewer attempts.
 * Limits: one month, one service, one Region; no cap across services; credits on committed spend are a contract's. */
#ifndef FLOE_MODELS_SLA_RULES_H
#define FLOE_MODELS_SLA_RULES_H

#include "models/param.h"
#include "sim/base.h"

#define SLA_BANDS_MOST 4

#if defined(__cplusplus)
extern "C" {
#endif

enum sla_rules { SLA_NONE, SLA_BEDROCK, SLA_AZURE_OPENAI, SLA_GOOGLE, SLA_CUSTOM, SLA_RULES_N };

/* An uptime below `below_share` gives `credit_share` of the bill. */
struct sla_band {
    double below_share, credit_share;
};

struct sla_rule {
    const char *name;
    struct sla_band bands[SLA_BANDS_MOST]; /* falling; below_share 0 ends */
    double least_usd;                      /* a smaller credit is not paid */
    enum evidence evidence;
    const char *source, *date, *note;
};

extern const struct sla_rule sla_rules[SLA_RULES_N];
extern const char *const sla_rule_names[SLA_RULES_N + 1];

/* Of a provider. */
struct sla {
    int32_t rules; /* enum sla_rules */
    int32_t n_bands;
    struct sla_band bands[SLA_BANDS_MOST];
};

extern const struct param_block sla_band_block, sla_block;

struct sla_terms {
    struct sla_band bands[SLA_BANDS_MOST]; /* falling */
    int32_t n_bands;
    double least_usd;
};

void sla_derive(const struct sla *sla, struct sla_terms *terms);

#if defined(__cplusplus)
}
#endif

/* Dollars. Exactly at a band's edge the band does not apply. */
FLOE_FN double sla_credit(const struct sla_terms *terms, double uptime_share, double bill_usd)
{
    double share = 0;
    for (int32_t i = 0; i < terms->n_bands; i++)
        share = uptime_share < terms->bands[i].below_share ? terms->bands[i].credit_share : share;
    const double credit = share * bill_usd;
    return credit > terms->least_usd ? credit : 0;
}

#endif
