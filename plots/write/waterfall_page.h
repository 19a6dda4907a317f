/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A waterfall (models/waterfall.h) for people, as JSON ("floe.diff/1", docs/diff.schema.json), as Markdown for a pull
 * request, and as CSV for a figure. docs/diff.md explains all of them. */
#ifndef FLOE_PLOTS_WRITE_WATERFALL_PAGE_H
#define FLOE_PLOTS_WRITE_WATERFALL_PAGE_H

#include "models/waterfall.h"
#include "plots/write/text.h"

#define WATERFALL_CHANGES_MOST 6
#define WATERFALL_NAME_BYTES 400

struct waterfall_about_side {
    const char *argument; /* as the user named it */
    const char *what;     /* "variant remembered, route bedrock", "" where there is nothing to say */
    int64_t from_at_s, to_at_s;
    const struct facts *facts;
};

/* A declared change of the scenario, and what moved without any (name NULL). */
struct waterfall_change_row {
    const char *name;
    double change, alone;
};

struct waterfall_about {
    struct waterfall_about_side sides[WATERFALL_SIDES];
    const char *how;          /* "events, 64 replications, seed 1"; "" for actuals alone */
    const char *repeat_by;    /* the command; or NULL */
    const char *const *notes; /* of the reader, and of the run */
    int n_notes;
    int n_changes; /* -1: not asked for */
    struct waterfall_change_row changes[WATERFALL_CHANGES_MOST + 1];
    int is_coloured;
};

FLOE_MUST_CHECK enum floe_status floe_write_waterfall(const struct waterfall *w, const struct waterfall_about *about,
                                                      struct floe_text *out);
FLOE_MUST_CHECK enum floe_status floe_write_waterfall_json(const struct waterfall *w,
                                                           const struct waterfall_about *about, struct floe_text *out);
FLOE_MUST_CHECK enum floe_status
floe_write_waterfall_markdown(const struct waterfall *w, const struct waterfall_about *about, struct floe_text *out);
/* waterfall.csv: group,term,change,from,alone,ratio,share; group "" is the whole. */
FLOE_MUST_CHECK enum floe_status floe_write_waterfall_csv(const struct waterfall *w,
                                                          const struct waterfall_about *about, struct floe_text *out);
/* plot_waterfall.csv: name,kind,from,to,label. kind 0: a side's value; 1: a part that adds; -1: one that takes away. */
FLOE_MUST_CHECK enum floe_status floe_write_waterfall_plot(const struct waterfall *w,
                                                           const struct waterfall_about *about, struct floe_text *out);
/* plot_title.csv */
FLOE_MUST_CHECK enum floe_status floe_write_waterfall_title(const struct waterfall *w,
                                                            const struct waterfall_about *about, struct floe_text *out);

/* ---- what the writers share ---- */

const char *waterfall_metric_name(const struct waterfall *w); /* "cost_usd", "lcpr_usd" */
const char *waterfall_by_name(enum waterfall_by by);          /* "consumer" */
void waterfall_caption(const struct waterfall_term *term, char to[WATERFALL_NAME_BYTES]);
void waterfall_group_name(const struct waterfall *w, const struct waterfall_about *about,
                          const struct waterfall_group *group, char to[WATERFALL_NAME_BYTES]);
void waterfall_format_change(char *to, double usd);            /* "+$131.38"; FORMAT_BYTES */
double waterfall_share(double change, double whole);           /* of the whole change; NAN where that is 0. Never -0 */
void waterfall_format_ratio(char *to, double from, double by); /* "x20.7", "-" */

/* What the numbers rest on: what was folded, joined, not counted, not priced. One sentence per call with i = 0, 1, ...;
 * 0: there is no more. */
int waterfall_note(const struct waterfall *w, int i, char to[WATERFALL_NAME_BYTES]);

/* Which models' share of the requests moved, most first: "claude-opus-4-6 0% -> 100%". "" if none did. */
void waterfall_models(const struct waterfall_about *about, char to[WATERFALL_NAME_BYTES]);

#endif
