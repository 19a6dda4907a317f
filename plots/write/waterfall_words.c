/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The words and numbers that the page, the Markdown and the JSON of a waterfall share. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/units.h"
#include "plots/write/format.h"
#include "plots/write/page.h"
#include "plots/write/waterfall_page.h"

#define BIT(factor) (1u << (factor))

const char *waterfall_metric_name(const struct waterfall *w)
{
    return w->options.metric == WATERFALL_LCPR ? "lcpr_usd" : "cost_usd";
}

const char *waterfall_by_name(enum waterfall_by by)
{
    static const char *const names[] = {"", "consumer", "workload", "model", "hour"};
    return names[by];
}

/* Several factors that are one have a name where the field has one, otherwise their names with "and". */
void waterfall_caption(const struct waterfall_term *term, char to[WATERFALL_NAME_BYTES])
{
    const uint32_t requests = BIT(WATERFALL_DEMAND) | BIT(WATERFALL_RESPONSE_CACHE) | BIT(WATERFALL_DENIED) |
                              BIT(WATERFALL_REQUESTS);
    const uint32_t per_token = BIT(WATERFALL_PROMPT_CACHE) | BIT(WATERFALL_PRICE);
    size_t n = 0;
    if (term->factors == 0) {
        (void)snprintf(to, WATERFALL_NAME_BYTES, "%s", fact_kinds[term->kind].name);
        for (char *c = to; *c != '\0'; c++)
            if (*c == '_') *c = ' ';
    } else if (term->factors == requests) {
        (void)snprintf(to, WATERFALL_NAME_BYTES, "requests");
    } else if (term->factors == BIT(WATERFALL_CHAIN) - 1) {
        (void)snprintf(to, WATERFALL_NAME_BYTES, "cost, not split");
    } else if (term->factors == per_token) {
        (void)snprintf(to, WATERFALL_NAME_BYTES, "price per token, all classes");
    } else if (term->factors == (per_token | BIT(WATERFALL_TOKENS))) {
        (void)snprintf(to, WATERFALL_NAME_BYTES, "cost per request");
    } else {
        to[0] = '\0';
        for (int f = 0; f < WATERFALL_FACTORS; f++)
            if (term->factors >> f & 1u)
                n += (size_t)snprintf(to + n, WATERFALL_NAME_BYTES - n, "%s%s", n > 0 ? " and " : "",
                                      waterfall_factors[f].caption);
    }
}

static void hour_name(const struct waterfall *w, const struct waterfall_about *about, int64_t hour,
                      char to[WATERFALL_NAME_BYTES])
{
    struct floe_text text = {0};
    floe_text_instant(&text, about->sides[WATERFALL_B].from_at_s + hour * S_PER_HOUR);
    if (w->is_hour_of_day && text.n >= 16)
        (void)snprintf(to, WATERFALL_NAME_BYTES, "%.5s UTC", text.bytes + 11);
    else
        (void)snprintf(to, WATERFALL_NAME_BYTES, "%s", text.n > 0 ? text.bytes : "");
    floe_text_free(&text);
}

void waterfall_group_name(const struct waterfall *w, const struct waterfall_about *about,
                          const struct waterfall_group *group, char to[WATERFALL_NAME_BYTES])
{
    const char *name = waterfall_name(w, group);
    if (w->options.by == WATERFALL_BY_HOUR)
        hour_name(w, about, group->key, to);
    else if (name[0] == '\0')
        (void)snprintf(to, WATERFALL_NAME_BYTES, "(no %s named)", waterfall_by_name(w->options.by));
    else
        (void)snprintf(to, WATERFALL_NAME_BYTES, "%.350s", name);
}

void waterfall_format_change(char *to, double usd)
{
    char amount[FORMAT_BYTES];
    floe_format_usd(amount, fabs(usd), FORMAT_DIGITS);
    (void)snprintf(to, FORMAT_BYTES, "%s%.40s", usd < 0 ? "-" : usd > 0 ? "+" : "", amount);
}

double waterfall_share(double change, double whole)
{
    if (whole == 0) return NAN;
    return change == 0 ? 0 : change / whole;
}

void waterfall_format_ratio(char *to, double from, double by)
{
    const double ratio = from != 0 ? by / from : 0;
    if (from == 0 || !isfinite(ratio))
        (void)snprintf(to, FORMAT_BYTES, "-");
    else if (fabs(ratio) >= 1e4 || (fabs(ratio) < 1e-3 && ratio != 0))
        (void)snprintf(to, FORMAT_BYTES, "x%.1e", ratio);
    else if (fabs(ratio) >= 99.95)
        (void)snprintf(to, FORMAT_BYTES, "x%.0f", ratio);
    else
        (void)snprintf(to, FORMAT_BYTES, fabs(ratio) >= 9.995 ? "x%.1f" : "x%.3f", ratio);
}

/* ---- what the numbers rest on ---- */

static int is_absent_alike(const struct waterfall *w)
{
    return w->absent[WATERFALL_A] == w->absent[WATERFALL_B];
}

static void note_levels(const struct waterfall *w, int side, char to[WATERFALL_NAME_BYTES])
{
    size_t n = is_absent_alike(w) ? (size_t)snprintf(to, WATERFALL_NAME_BYTES, "neither side counts")
                                  : (size_t)snprintf(to, WATERFALL_NAME_BYTES, "%c does not count", "AB"[side]);
    int k = 0, of = 0;
    for (int i = 0; i < WATERFALL_LEVELS; i++)
        of += w->absent[side] >> i & 1u;
    for (int i = 0; i < WATERFALL_LEVELS; i++)
        if (w->absent[side] >> i & 1u) {
            n += (size_t)snprintf(to + n, WATERFALL_NAME_BYTES - n, "%s %s",
                                  k == 0        ? ""
                                  : k + 1 == of ? " or"
                                                : ",",
                                  waterfall_levels[i]);
            k++;
        }
    (void)snprintf(to + n, WATERFALL_NAME_BYTES - n, ": these factors are one with the next, on both sides");
}

/* The factors that are one somewhere, for example "demand, response cache and denied are one: requests". */
static int note_folded(const struct waterfall *w, int i, char to[WATERFALL_NAME_BYTES])
{
    for (int32_t t = 0; t < w->whole.n_terms; t++) {
        const struct waterfall_term *term = &w->whole.terms[t];
        char caption[WATERFALL_NAME_BYTES];
        size_t n = 0;
        int k = 0, of = 0;
        if ((term->factors & (term->factors - 1)) == 0 || i-- > 0) continue;
        for (int f = 0; f < WATERFALL_FACTORS; f++)
            of += term->factors >> f & 1u;
        for (int f = 0; f < WATERFALL_FACTORS; f++)
            if (term->factors >> f & 1u) {
                n += (size_t)snprintf(to + n, WATERFALL_NAME_BYTES - n, "%s%s",
                                      k == 0        ? ""
                                      : k + 1 == of ? " and "
                                                    : ", ",
                                      waterfall_factors[f].caption);
                k++;
            }
        waterfall_caption(term, caption);
        n += (size_t)snprintf(to + n, WATERFALL_NAME_BYTES - n, " are one");
        if (strstr(caption, " and ") == NULL)
            n += (size_t)snprintf(to + n, WATERFALL_NAME_BYTES - n, ": %.80s", caption);
        if (w->n_blocks_folded < w->n_blocks)
            (void)snprintf(to + n, WATERFALL_NAME_BYTES - n, " (in %lld of %lld groups at most)",
                           (long long)w->n_blocks_folded, (long long)w->n_blocks);
        return 1;
    }
    return 0;
}

static void note_unpriced(const struct waterfall *w, int side, char to[WATERFALL_NAME_BYTES])
{
    char tok[FORMAT_BYTES];
    floe_format_count(tok, w->unpriced_tok[side], FORMAT_DIGITS);
    (void)snprintf(to, WATERFALL_NAME_BYTES, "%c has %s tokens without a price: their cost counts as 0", "AB"[side],
                   tok);
}

static void note_only(const struct waterfall *w, char to[WATERFALL_NAME_BYTES])
{
    (void)snprintf(to, WATERFALL_NAME_BYTES, "groups that only A has: %lld; only B: %lld; they are demand",
                   (long long)w->n_only[WATERFALL_A], (long long)w->n_only[WATERFALL_B]);
}

#define PARTS_ODD 1e3 /* times both bills: no bill of one kind of usage does that */

/* The largest part, in bills. */
static double parts_size(const struct waterfall *w)
{
    const double *value = w->whole.value;
    const double bill = fmax(fabs(value[WATERFALL_A]), fabs(value[WATERFALL_B]));
    double largest = 0;
    for (int32_t t = 0; t < w->whole.n_terms; t++)
        largest = fmax(largest, fabs(w->whole.terms[t].change));
    return bill > 0 ? largest / bill : 0;
}

static void note_parts(const struct waterfall *w, char to[WATERFALL_NAME_BYTES])
{
    (void)snprintf(
        to, WATERFALL_NAME_BYTES,
        "a part is %.0e times the bills, and others cancel it: some count of one side does not belong to its "
        "tokens or dollars",
        parts_size(w));
}

int waterfall_note(const struct waterfall *w, int i, char to[WATERFALL_NAME_BYTES])
{
    if (parts_size(w) > PARTS_ODD && i-- == 0) {
        note_parts(w, to);
        return 1;
    }
    for (int s = 0; s < WATERFALL_SIDES; s++)
        if (w->unpriced_tok[s] > 0 && i-- == 0) {
            note_unpriced(w, s, to);
            return 1;
        }
    for (int s = 0; s < WATERFALL_SIDES; s++)
        if (w->absent[s] != 0 && !(s == WATERFALL_B && is_absent_alike(w)) && i-- == 0) {
            note_levels(w, s, to);
            return 1;
        }
    if ((w->n_only[WATERFALL_A] > 0 || w->n_only[WATERFALL_B] > 0) && i-- == 0) {
        note_only(w, to);
        return 1;
    }
    if (w->is_accepted_alone && i-- == 0) {
        (void)snprintf(to, WATERFALL_NAME_BYTES,
                       "demand does not move the accepted results: no share of it holds on "
                       "both sides");
        return 1;
    }
    if (!w->has_hours && w->n_blocks > 0 && i-- == 0) {
        (void)snprintf(to, WATERFALL_NAME_BYTES,
                       "without hours: a side has rows longer than an hour, so what moves "
                       "within the day is not seen");
        return 1;
    }
    return note_folded(w, i, to);
}

/* ---- models ---- */

struct share {
    const char *model;
    double quantity[WATERFALL_SIDES];
};
enum { MODELS_COMPARED = 32, MODELS_SHOWN = 3 };

static struct share *share_of(struct share *shares, int *n, const char *model)
{
    for (int i = 0; i < *n; i++)
        if (strcmp(shares[i].model, model) == 0) return &shares[i];
    if (*n == MODELS_COMPARED) return NULL;
    shares[*n] = (struct share){model, {0, 0}};
    return &shares[(*n)++];
}

static double moved_by(const struct share *share, const double sums[WATERFALL_SIDES])
{
    return fabs(share->quantity[WATERFALL_B] / sums[WATERFALL_B] - share->quantity[WATERFALL_A] / sums[WATERFALL_A]);
}

/* 0: a side has no requests, or there are too many models to say. */
static int shares_of(const struct waterfall_about *about, struct share *shares, int *n, double sums[WATERFALL_SIDES])
{
    sums[WATERFALL_A] = sums[WATERFALL_B] = 0;
    for (int s = 0; s < WATERFALL_SIDES; s++)
        for (int64_t i = 0; about->sides[s].facts != NULL && i < about->sides[s].facts->n; i++) {
            const struct fact *fact = &about->sides[s].facts->items[i];
            if (fact->kind != FACT_REQUEST) continue;
            struct share *share = share_of(shares, n, facts_text_of(about->sides[s].facts, fact->model));
            if (share == NULL) return 0;
            share->quantity[s] += fact->quantity;
            sums[s] += fact->quantity;
        }
    return sums[WATERFALL_A] > 0 && sums[WATERFALL_B] > 0;
}

void waterfall_models(const struct waterfall_about *about, char to[WATERFALL_NAME_BYTES])
{
    struct share shares[MODELS_COMPARED];
    double sums[WATERFALL_SIDES];
    int n = 0;
    size_t at = 0;
    to[0] = '\0';
    if (!shares_of(about, shares, &n, sums)) return;
    for (int shown = 0; shown < MODELS_SHOWN; shown++) {
        int best = -1;
        char a[FORMAT_BYTES], b[FORMAT_BYTES];
        for (int i = 0; i < n; i++)
            if (shares[i].model != NULL && (best < 0 || moved_by(&shares[i], sums) > moved_by(&shares[best], sums)))
                best = i;
        if (best < 0 || !(moved_by(&shares[best], sums) > 1e-9)) return;
        page_format_share(a, shares[best].quantity[WATERFALL_A] / sums[WATERFALL_A]);
        page_format_share(b, shares[best].quantity[WATERFALL_B] / sums[WATERFALL_B]);
        at += (size_t)snprintf(to + at, WATERFALL_NAME_BYTES - at, "%s%.60s %s -> %s", shown > 0 ? ", " : "",
                               shares[best].model[0] == '\0' ? "(no model)" : shares[best].model, a, b);
        shares[best] = shares[--n];
    }
}
