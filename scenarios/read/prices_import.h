/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * LiteLLM's model_prices_and_context_window.json to a Floe price book: YAML text that the scenario reader takes as
 * `prices: {book: ...}`, and a report of everything that did not go into it, since a price list that is silently
 * incomplete is worse than none. What one row means is scenarios/read/litellm_row.h.
 *
 * Imported are the modes chat, completion and responses, and rows without a mode that have token prices (reported).
 * Every entry of the file is counted once:
 *     entries = sample + twice + filtered + other mode + not mapped + refused + imported
 * `sample_spec` is documentation. Of a key given twice the last counts, as in most parsers and in LiteLLM. A row with a
 * price of 0 is imported as `free: true` and listed: 0 often means that nobody knew. Names that do not fit NAME_BYTES
 * or have control characters are refused.
 *
 * A price is written as usd/Mtok with the fewest digits that read back as the very same double (decimal.h). The book is
 * a function of the bytes and the options alone: no clock, no version; rows keep the file's order.
 *
 * Not imported, but counted by field over the imported rows: batch, flex and priority tiers, audio, image, reasoning
 * and per-request prices, regional and provider-specific multipliers. Source: BerriAI/litellm, MIT licence. */
#ifndef FLOE_READ_PRICES_IMPORT_H
#define FLOE_READ_PRICES_IMPORT_H

#include "models/param.h"
#include "scenarios/read/json_text.h"
#include "sim/base.h"

enum prices_missing { PRICES_MISSING_INPUT, PRICES_MISSING_OMIT };

struct prices_import_options {
    const char *source; /* where the file is from; NULL: LiteLLM's own file by name */
    const char *date;   /* of the prices, 2026-07-02; NULL: none is written */
    enum prices_missing missing_cache_price;
    const char *only; /* `gpt-5*,claude`: comma-separated; with * or ? the whole name, else a part of it; NULL: all */
};

enum prices_note_kind {
    NOTE_FREE,       /* a price of 0 */
    NOTE_NO_MODE,    /* imported without a mode */
    NOTE_TWICE,      /* given twice, the last counts */
    NOTE_NOT_MAPPED, /* no input or output price per token */
    NOTE_REFUSED,    /* prices that cannot be right */
    NOTE_KIND_N
};

struct prices_note {
    enum prices_note_kind kind;
    char name[NAME_BYTES];
    char text[200];
};

struct prices_tally {
    char name[64];
    int64_t rows;
};

#define PRICES_TALLIES_MOST 128

struct prices_tallies {
    struct prices_tally items[PRICES_TALLIES_MOST];
    int32_t n;
    int64_t others; /* rows of names beyond PRICES_TALLIES_MOST */
};

struct prices_report {
    enum prices_missing missing_cache_price;
    int64_t entries, sample, twice, filtered, other_mode, not_mapped, refused, imported;
    int64_t free_rows, banded_rows, retiring_rows;       /* of the imported; retiring: with a deprecation_date */
    int64_t read_stated, read_assumed, read_left_out;    /* cache_read */
    int64_t write_stated, write_assumed, write_left_out; /* cache_write_5m */
    int64_t band_assumed;                                /* rows with a band whose cache price is assumed */
    struct prices_tallies modes;                         /* not imported, by mode */
    struct prices_tallies fields;                        /* of imported rows, not mapped, by field */
    struct prices_note *notes;
    int64_t n_notes, capacity;
};

/* Allocates *book (closed by a 0; free() it) and the report's notes. FLOE_BAD_INPUT: see `fault`, which has no line
 * when an option is wrong. FLOE_ENVIRONMENT: out of memory. `report` is zeroed unless FLOE_OK, and *book is NULL. */
enum floe_status floe_prices_import(const char *bytes, size_t n, const struct prices_import_options *options,
                                    char **book, size_t *book_n, struct prices_report *report,
                                    struct json_fault *fault) FLOE_MUST_CHECK;

/* The report as lines for people: the counts, the policy, then at most `most` notes of each kind (-1: all). */
enum floe_status floe_prices_report_text(const struct prices_report *report, int64_t most, char **text,
                                         size_t *n) FLOE_MUST_CHECK;

void floe_prices_report_free(struct prices_report *report);

#endif
