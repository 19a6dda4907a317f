/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A parameter is said once: one row in the model's own file gives its key, unit, range, preset and help, and the place
 * of its value in the model's struct. The reader, `floe check`, `floe help`, docs/parameters.md, the digest of a
 * resolved scenario and the tests all walk these rows; none has a list of its own.
 *
 * A block is a list of rows over one struct. A row may hold another block, a map of blocks keyed by name, or a list of
 * blocks; so the scenario is a tree of rows, and its root is scenario_block (models/scenario.h).
 *
 * Values live in plain structs without pointers, in base units (models/units.h). What a user said about a value beyond
 * the value itself (a range, evidence, a source, a date, the place in the file) is a struct input beside the scenario.
 *
 * Absent optional values: numbers and counts PARAM_ABSENT (every optional number has a minimum of 0 or more), text "",
 * instants INSTANT_ABSENT, maps and lists 0 entries, choices take their preset. */
#ifndef FLOE_MODELS_PARAM_H
#define FLOE_MODELS_PARAM_H

#include <stddef.h>
#include <stdint.h>

#define PARAM_ABSENT (-1.0)
#define INSTANT_ABSENT INT64_MIN
#define NAME_BYTES 96 /* names of workloads, routes, windows, models: at most 95 bytes */
#define PATH_BYTES 256

enum param_kind {
    PARAM_NUMBER,  /* double, may be a range `a to b` */
    PARAM_COUNT,   /* int64_t, a whole number */
    PARAM_FLAG,    /* int32_t, `true` or `false` */
    PARAM_CHOICE,  /* int32_t, the index into `choices` */
    PARAM_TEXT,    /* char[size] */
    PARAM_INSTANT, /* int64_t, whole seconds since 1970-01-01T00:00:00Z; a date means its first second, UTC */
    PARAM_SERIES,  /* double[most], a list of exactly `most` numbers; absent: all 1 */
    PARAM_VALUES,  /* double[most] and an int32_t count at count_offset: a list of 1 to `most` numbers */
    PARAM_BLOCK,   /* a struct with rows of its own */
    PARAM_MAP,     /* struct[most] keyed by name (char[NAME_BYTES], the struct's first field), int32_t count */
    PARAM_LIST     /* struct[most] and an int32_t count; a single map in its place is a list of one */
};

enum param_unit {
    UNIT_NONE,           /* a plain number */
    UNIT_TOK,            /* `2931`, `2931 tok`, `4.2 ktok`, `1 Mtok` */
    UNIT_S,              /* `250ms`, `90s`, `5min`, `24h`, `30d`, `2w`; the unit must be given */
    UNIT_PER_S,          /* `5.5/s`, `60/min`, `6400/day`, `500000/month`, also `tasks/day`, `req/s` */
    UNIT_USD,            /* `12.50 usd`, `$12.50` */
    UNIT_USD_PER_TOK,    /* `3.00 usd/Mtok`, `0.003 usd/ktok`, `$3/Mtok` */
    UNIT_USD_PER_S,      /* `2.95 usd/hour` */
    UNIT_SHARE,          /* `99.9%` or `0.999` */
    UNIT_USD_PER_PERIOD, /* `50 usd/day`, `200 usd/30d`: the amount, and its period apart; `any`: no limit, PARAM_ABSENT
                          */
    UNIT_TOK_PER_S,      /* `200000 tok/min`, `2 Mtok/min` */
    UNIT_SHARE_PER_PERIOD /* `5%/month`, `40%/year`, `-2%/week`: the share, and its period apart */
};

#define PARAM_REQUIRED NULL /* preset of a row that must be given */
#define PARAM_OPTIONAL ""   /* preset of a row that may be absent */

enum param_flags {
    PARAM_PLAIN = 0,
    PARAM_NOT_HASHED = 1,    /* a name for people or a file name: it does not change what the scenario means */
    PARAM_EXCLUDES_MIN = 2,  /* the range is open below: value > min */
    PARAM_FREE_WHEN_ZERO = 4 /* a price: 0 is refused unless the block says `free: true` */
};

struct param_block;

struct param {
    const char *key;
    enum param_kind kind;
    enum param_unit unit;
    size_t offset;       /* of the value in the block's struct */
    size_t size;         /* of one value: TEXT its bytes, BLOCK/MAP/LIST the struct's sizeof */
    size_t count_offset; /* MAP, LIST, VALUES: the int32_t count. NUMBER per time: the int32_t flag "per month", or 0;
                          * NUMBER of UNIT_USD_PER_PERIOD: the int32_t period in s, 0 without a limit; of
                          * UNIT_SHARE_PER_PERIOD: in s, or minus a number of months */
    int32_t most;        /* MAP, LIST, VALUES, SERIES: entries */
    double min, max;     /* NUMBER, COUNT, SERIES, VALUES, in base units */
    const char *preset;  /* as a user would write it; PARAM_REQUIRED; PARAM_OPTIONAL */
    const char *const *choices; /* CHOICE: names, NULL at the end */
    const struct param_block *block;
    unsigned flags;
    const char *help; /* one line: what it is and, where it helps, an example */
};

/* What a block's own check has to say: which key, what is wrong, what would be right. */
struct complaint {
    char key[64];
    char what[240];
    char hint[240];
};

struct param_block {
    const char *name; /* "workload": for messages and docs */
    const struct param *rows;
    int32_t n_rows;
    size_t size;            /* of the struct */
    const char *scalar_key; /* a scalar in place of the block is this key's value; or NULL */
    const char
        *list_key; /* a list (or a map of none of the block's keys) in place of the block is this key's; or NULL */
    int (*check)(const void *block, struct complaint *complaint); /* 1: sound; what one row cannot see; or NULL */
};

enum evidence {
    EVIDENCE_NONE, /* not said */
    EVIDENCE_MEASURED,
    EVIDENCE_LOAD_TESTED,
    EVIDENCE_INVOICE,
    EVIDENCE_CONTRACT,
    EVIDENCE_PUBLIC,
    EVIDENCE_DERIVED,
    EVIDENCE_ASSUMED,
    EVIDENCE_SYNTHETIC,
    EVIDENCE_N
};

extern const char *const evidence_names[EVIDENCE_N + 1]; /* "" for none */

/* How an uncertain input spreads: `a to b` is a 90 % interval (5th and 95th percentile). */
enum input_law {
    LAW_POINT,       /* one value */
    LAW_LOGNORMAL,   /* a > 0 */
    LAW_NORMAL,      /* a <= 0 */
    LAW_LOGIT_NORMAL /* a share, 0 < a < b < 1 */
};

#define INPUT_PATH_BYTES 200
#define INPUT_TEXT_BYTES 200

/* One input of a resolved scenario: the leaf at `path`, its value in the struct at `offset` (the median if a range). */
struct input {
    char path[INPUT_PATH_BYTES]; /* workloads.matching.tokens.output.mean */
    uint32_t offset;             /* into struct scenario */
    const struct param *row;
    int32_t is_preset; /* the file said nothing: the row's preset was taken */
    enum input_law law;
    double low, high; /* LAW_POINT: both the value */
    enum evidence evidence;
    char source[INPUT_TEXT_BYTES];
    char date[16];
    int32_t file, line, column; /* where it was said; file is the reader's index, -1 for a preset */
};

struct inputs {
    struct input *items;
    int32_t n, capacity;
};

#endif
