/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench/measure.h"
#include "models/run.h"
#include "sim/pool.h"

#define DEFAULT_REPLICATIONS 64
#define DEFAULT_SEED 1

enum option_kind {
    OPTION_TEXT,
    OPTION_LIST,
    OPTION_FLAG,
    OPTION_SEED,
    OPTION_REPLICATIONS,
    OPTION_THREADS,
    OPTION_ROUNDS,
    OPTION_ENGINE,
    OPTION_TRACE_REPLICATION
};

struct option_row {
    const char *name, *argument;
    enum option_kind kind;
    size_t offset, count_offset;
    unsigned verbs;
    const char *help;
};

#define VERB_ACTUALS (VERB_IMPORT | VERB_RECONCILE | VERB_DIFF) /* verbs that read exports */
#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
    {"--set", "PATH=VALUE", OPTION_LIST, AT(sets), AT(n_sets), VERB_CHECK | VERB_RUN | VERB_RECONCILE | VERB_DIFF,
     "change one key of the scenario, e.g. workloads.chat.tokens.output=300"},
    {"--engine", "NAME", OPTION_ENGINE, AT(engine), 0, VERB_RUN | VERB_RECONCILE | VERB_DIFF,
     "events (default): every request; hourly: expectations"},
    {"--seed", "N", OPTION_SEED, AT(seed), 0, VERB_RUN | VERB_RECONCILE | VERB_DIFF, "seed of all draws (default 1)"},
    {"--replications", "N", OPTION_REPLICATIONS, AT(replications), 0, VERB_RUN | VERB_RECONCILE | VERB_DIFF,
     "independent repetitions (default 64)"},
    {"--route", "NAME", OPTION_TEXT, AT(route), 0, VERB_RUN | VERB_DIFF, "only this route"},
    {"--json", "FILE", OPTION_TEXT, AT(json), 0, VERB_RUN, "the result as JSON; - for standard output"},
    {"--csv", "DIR", OPTION_TEXT, AT(csv), 0, VERB_RUN, "cells.csv, usage.csv and more into a folder"},
    {"--out", "DIR", OPTION_TEXT, AT(out), 0, VERB_RUN, "JSON, CSV and figures (gnuplot) into a folder"},
    {"--focus", "FILE", OPTION_TEXT, AT(focus), 0, VERB_RUN,
     "the bill by hour as FOCUS 1.2 CSV; - for standard output"},
    {"--trace-events", "FILE", OPTION_TEXT, AT(trace_events), 0, VERB_RUN,
     "every event of one replication as CSV; - for standard output"},
    {"--trace-replication", "N", OPTION_TRACE_REPLICATION, AT(trace_replication), 0, VERB_RUN, "which one (default 0)"},
    {"--expect", NULL, OPTION_FLAG, AT(is_expect), 0, VERB_RUN,
     "check the scenario's own expect rows; exit 4 if one fails"},
    {"--fail-if", "EXPR", OPTION_LIST, AT(fail_ifs), AT(n_fail_ifs), VERB_RUN,
     "exit 4 if it holds in a cell of the whole span, e.g. 'lcpr_usd > 0.05' or 'cost_usd > 9 in VARIANT'"},
    {"--threads", "N", OPTION_THREADS, AT(threads), 0, VERB_RUN | VERB_RECONCILE | VERB_DIFF,
     "workers (default: one per processor); same result"},
    {"--path", "NAME", OPTION_TEXT, AT(path), 0, VERB_RUN | VERB_RECONCILE | VERB_DIFF,
     "instruction set: auto, avx2, baseline; same result"},
    {"--date", "DATE", OPTION_TEXT, AT(date), 0, VERB_PRICES, "date of the price file, e.g. 2026-07-02 (required)"},
    {"--source", "TEXT", OPTION_TEXT, AT(source), 0, VERB_PRICES, "where it comes from (default: the file's name)"},
    {"--missing-cache", "POLICY", OPTION_TEXT, AT(missing_cache), 0, VERB_PRICES,
     "a cache class without a price: input (default) bills it as input, omit leaves it out"},
    {"--only", "TEXT", OPTION_TEXT, AT(only), 0, VERB_PRICES, "only models whose name contains this"},
    {"--out", "FILE", OPTION_TEXT, AT(out), 0, VERB_PRICES, "the price book; default: standard output"},
    {"--case", "ID", OPTION_TEXT, AT(case_id), 0, VERB_BENCH,
     "a queueing case beside its expected value: A1, A1.2, all, list, FILE.csv:ID"},
    {"--cases", "FILE", OPTION_TEXT, AT(cases), 0, VERB_BENCH, "cases of your own, as CSV (default: the program's)"},
    {"--seed", "N", OPTION_SEED, AT(seed), 0, VERB_BENCH, "of the cases' draws (default 1)"},
    {"--replications", "N", OPTION_REPLICATIONS, AT(replications), 0, VERB_BENCH,
     "of a case, at least 30 (default 64)"},
    {"--only", "TEXT", OPTION_TEXT, AT(only), 0, VERB_BENCH, "only timings whose name contains this"},
    {"--rounds", "N", OPTION_ROUNDS, AT(rounds), 0, VERB_BENCH, "of each timing (default 5)"},
    {"--threads", "N", OPTION_THREADS, AT(threads), 0, VERB_BENCH,
     "M/M/1 on N threads beside one (default 2); workers of a case"},
    {"--json", "FILE", OPTION_TEXT, AT(json), 0, VERB_BENCH, "the figures as JSON; - for standard output"},
    {"--out", "FILE", OPTION_TEXT, AT(out), 0, VERB_IMPORT, "the usage table as CSV; default: standard output"},
    {"--json", "FILE", OPTION_TEXT, AT(json), 0, VERB_IMPORT, "what was read and kept, as JSON; - for standard output"},
    {"--format", "NAME", OPTION_TEXT, AT(format), 0, VERB_ACTUALS, "of all files; default: seen by their first bytes"},
    {"--rules", "FILE", OPTION_TEXT, AT(rules), 0, VERB_ACTUALS, "YAML: which keys, models, hours, tags are whose"},
    {"--prices", "BOOK", OPTION_TEXT, AT(prices), 0, VERB_ACTUALS, "a price book, for usage without a cost"},
    {"--model", "[FILE=]NAME", OPTION_LIST, AT(models), AT(n_models), VERB_ACTUALS,
     "the model of a CloudWatch file (or of all) that does not say it"},
    {"--invocations", "WORD", OPTION_TEXT, AT(invocations), 0, VERB_ACTUALS,
     "CloudWatch counts accepted (default) or successful requests"},
    {"--from", "INSTANT", OPTION_TEXT, AT(from), 0, VERB_IMPORT, "only usage that began at or after it (UTC)"},
    {"--to", "INSTANT", OPTION_TEXT, AT(to), 0, VERB_IMPORT, "only usage that began before it"},
    {"--column", "FIELD=COLUMN", OPTION_LIST, AT(columns), AT(n_columns), VERB_ACTUALS,
     "plain CSV: which column holds a field, e.g. model=model_id"},
    {"--input-includes-cached", "yes|no", OPTION_TEXT, AT(input_includes_cached), 0, VERB_ACTUALS,
     "plain CSV: are cached tokens part of its input?"},
    {"--focus", "FILE", OPTION_TEXT, AT(focus), 0, VERB_IMPORT, "the usage as FOCUS 1.2 CSV; - for standard output"},
    {"--invoice", "FILE", OPTION_LIST, AT(invoices), AT(n_invoices), VERB_RECONCILE,
     "the invoice, e.g. a FOCUS export (required; several add up)"},
    {"--month", "YYYY-MM", OPTION_TEXT, AT(month), 0, VERB_RECONCILE, "the month to compare (required)"},
    {"--variant", "NAME", OPTION_TEXT, AT(variant), 0, VERB_RECONCILE, "default: the first"},
    {"--route", "NAME", OPTION_TEXT, AT(route), 0, VERB_RECONCILE, "the route that the invoice is of"},
    {"--normalize", NULL, OPTION_FLAG, AT(is_normalize), 0, VERB_RECONCILE,
     "scale a scenario that measures a part of the month"},
    {"--learn", "FILE", OPTION_TEXT, AT(learn), 0, VERB_RECONCILE,
     "prices and tokens as measured, as a scenario that extends FILE"},
    {"--json", "FILE", OPTION_TEXT, AT(json), 0, VERB_RECONCILE, "the comparison as JSON; - for standard output"},
    {"--expect", NULL, OPTION_FLAG, AT(is_expect), 0, VERB_RECONCILE,
     "exit 4 when more than 5 % of the invoice is residual or unknown"},
    {"--metric", "NAME", OPTION_TEXT, AT(metric), 0, VERB_DIFF, "cost (default), or lcpr: cost per accepted result"},
    {"--by", "WHAT", OPTION_TEXT, AT(by), 0, VERB_DIFF,
     "the same within each consumer, workload, model or hour; change: by declared change"},
    {"--normalize", NULL, OPTION_FLAG, AT(is_normalize), 0, VERB_DIFF, "per day: the periods may differ in length"},
    {"--json", "FILE", OPTION_TEXT, AT(json), 0, VERB_DIFF, "the waterfall as JSON; - for standard output"},
    {"--md", "FILE", OPTION_TEXT, AT(md), 0, VERB_DIFF, "as Markdown, for a pull request; - for standard output"},
    {"--out", "DIR", OPTION_TEXT, AT(out), 0, VERB_DIFF, "JSON, CSV, Markdown and a figure (gnuplot) into a folder"},
    {"--fail-if", "EXPR", OPTION_LIST, AT(fail_ifs), AT(n_fail_ifs), VERB_DIFF,
     "exit 4 if it holds: change_usd, change_share, a_usd or b_usd OP NUMBER"},
    {"--quiet", NULL, OPTION_FLAG, AT(is_quiet), 0,
     VERB_RUN | VERB_PRICES | VERB_CHECK | VERB_IMPORT | VERB_RECONCILE | VERB_DIFF, "errors and warnings only"},
    {"--help", NULL, OPTION_FLAG, AT(is_help), 0,
     VERB_CHECK | VERB_RUN | VERB_PRICES | VERB_HELP | VERB_BENCH | VERB_IMPORT | VERB_RECONCILE | VERB_DIFF,
     "this text"},
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

static void *field(struct options *options, size_t offset)
{
    return (char *)options + offset;
}

static enum floe_status bad(const char *format, const char *a, const char *b)
{
    fputs("floe: ", stderr);
    fprintf(stderr, format, a, b);
    fputc('\n', stderr);
    return FLOE_BAD_USAGE;
}

static enum floe_status take_number(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    char *end;
    char range[80];
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && text[0] >= '0' && text[0] <= '9' && *value >= least &&
        *value <= most)
        return FLOE_OK;
    snprintf(range, sizeof range, "%llu to %llu", (unsigned long long)least, (unsigned long long)most);
    return bad("%s takes a whole number from %s", name, range);
}

static enum floe_status take_engine(const char *text, int32_t *engine)
{
    for (int32_t i = 0; engine_names[i] != NULL; i++)
        if (strcmp(text, engine_names[i]) == 0) {
            *engine = i;
            return FLOE_OK;
        }
    return bad("--engine takes events or hourly, not '%s'%s", text, "");
}

static enum floe_status take_list(const struct option_row *row, const char *text, struct options *options)
{
    const char **list = (const char **)field(options, row->offset);
    int *n = (int *)field(options, row->count_offset);
    if (*n == ARGUMENTS_MOST) return bad("%s was given more often than %s times", row->name, "64");
    list[(*n)++] = text;
    return FLOE_OK;
}

static enum floe_status take(const struct option_row *row, const char *text, struct options *options)
{
    uint64_t value = 0;
    enum floe_status status = FLOE_OK;
    switch (row->kind) {
    case OPTION_FLAG: *(int *)field(options, row->offset) = 1; break;
    case OPTION_TEXT: *(const char **)field(options, row->offset) = text; break;
    case OPTION_LIST: status = take_list(row, text, options); break;
    case OPTION_ENGINE: status = take_engine(text, &options->engine); break;
    case OPTION_SEED: status = take_number(row->name, text, 0, UINT64_MAX, &options->seed); break;
    case OPTION_REPLICATIONS:
        status = take_number(row->name, text, 1, RUN_REPLICATIONS_MOST, &value);
        options->replications = (uint32_t)value;
        break;
    case OPTION_TRACE_REPLICATION:
        status = take_number(row->name, text, 0, RUN_REPLICATIONS_MOST - 1, &options->trace_replication);
        options->has_trace_replication = 1;
        break;
    case OPTION_THREADS:
        status = take_number(row->name, text, 1, FLOE_POOL_WORKERS_MAX, &value);
        options->threads = (unsigned)value;
        break;
    case OPTION_ROUNDS:
        status = take_number(row->name, text, 1, BENCH_ROUNDS_MAX, &value);
        options->rounds = (unsigned)value;
        break;
    }
    return status;
}

/* "--seed=7" and "--seed 7" are the same; `-o` and `-h` are short for --out and --help. */
static const struct option_row *row_of(enum verb_bits verb, const char *text, size_t length)
{
    if (length == 2 && strncmp(text, "-o", 2) == 0) text = "--out", length = 5;
    if (length == 2 && strncmp(text, "-h", 2) == 0) text = "--help", length = 6;
    for (int i = 0; i < N_ROWS; i++)
        if ((rows[i].verbs & verb) && strlen(rows[i].name) == length && strncmp(rows[i].name, text, length) == 0)
            return &rows[i];
    return NULL;
}

enum floe_status options_parse(enum verb_bits verb, int argc, char **argv, int first, struct options *options)
{
    int only_files = 0;
    memset(options, 0, sizeof *options);
    options->program = argv[0];
    options->seed = DEFAULT_SEED;
    options->replications = DEFAULT_REPLICATIONS;
    for (int i = first; i < argc; i++) {
        const char *text = argv[i];
        const size_t length = strcspn(text, "=");
        if (only_files || text[0] != '-' || text[1] == '\0') {
            if (options->n_files == ARGUMENTS_MOST) return bad("too many files%s%s", "", "");
            options->files[options->n_files++] = text;
            continue;
        }
        if (strcmp(text, "--") == 0) {
            only_files = 1;
            continue;
        }
        const struct option_row *row = row_of(verb, text, length);
        if (row == NULL) return bad("unknown option '%s'%s; --help lists the options", text, "");
        const char *value = text[length] == '=' ? text + length + 1 : NULL;
        if (row->argument == NULL && value != NULL) return bad("%s takes no value%s", row->name, "");
        if (row->argument != NULL && value == NULL && ++i == argc) return bad("%s needs %s", row->name, row->argument);
        if (row->argument != NULL && value == NULL) value = argv[i];
        const enum floe_status status = take(row, value, options);
        if (status != FLOE_OK) return status;
    }
    return FLOE_OK;
}

void options_print(enum verb_bits verb)
{
    char left[64];
    for (int i = 0; i < N_ROWS; i++) {
        if (!(rows[i].verbs & verb)) continue;
        snprintf(left, sizeof left, "%s %s", rows[i].name, rows[i].argument != NULL ? rows[i].argument : "");
        printf("  %-22s %s\n", left, rows[i].help);
    }
}
