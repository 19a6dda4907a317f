/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plots/write/page.h"
#include "plots/write/rests.h"
#include "plots/write/tables.h"

enum { WINDOW_COLUMNS = 14, WARNINGS_SHOWN = 5, ASSUMED_SHOWN = 3, MODEL_INDENT = 4 };

/* ---- which cells ---- */

static double mean_or(const struct result_cell *cell, enum metric metric, double otherwise)
{
    const struct outcome *o = &cell->outcomes[metric];
    return o->n > 0 ? o->mean : otherwise;
}

/* By cost per accepted unit, where equal by bill. What accepts nothing has none: it comes last, by bill. */
static int is_cheaper(const struct result_cell *a, const struct result_cell *b)
{
    const double lcpr_a = mean_or(a, METRIC_LCPR, INFINITY), lcpr_b = mean_or(b, METRIC_LCPR, INFINITY);
    if (lcpr_a != lcpr_b) return lcpr_a < lcpr_b;
    return mean_or(a, METRIC_COST_TOTAL, INFINITY) < mean_or(b, METRIC_COST_TOTAL, INFINITY);
}

/* The cheapest cell of the workload that is not shown yet, by route where equal; or NULL. */
static const struct result_cell *next_cheapest(const struct page *page, int32_t workload)
{
    const struct result_cell *best = NULL;
    for (int64_t i = 0; i < page->result->n_cells; i++) {
        const struct result_cell *cell = &page->result->cells[i];
        int is_candidate = cell->variant == 0 && cell->span == 0 && cell->workload == workload;
        for (int k = 0; k < page->n_shown; k++)
            is_candidate &= page->shown[k] != cell;
        if (is_candidate && (best == NULL || is_cheaper(cell, best))) best = cell;
    }
    return best;
}

static void choose_cells(struct page *page)
{
    int32_t n_workloads = page->result->scenario->n_workloads;
    int quota = n_workloads < PAGE_CELLS_SHOWN ? PAGE_CELLS_SHOWN / n_workloads : 1;
    for (int32_t w = 0; w < n_workloads; w++)
        for (int i = 0; i < quota && page->n_shown < PAGE_CELLS_SHOWN; i++) {
            const struct result_cell *cell = next_cheapest(page, w);
            if (cell != NULL) page->shown[page->n_shown++] = cell;
        }
    for (int64_t i = 0; i < page->result->n_cells; i++)
        page->n_hidden += page->result->cells[i].variant == 0 && page->result->cells[i].span == 0;
    page->n_hidden -= page->n_shown;
}

/* ---- what was simulated ---- */

/* 90061 s to "1d 1h": the two largest parts. */
static void add_duration(struct floe_text *out, double s)
{
    static const struct {
        double s;
        const char *unit;
    } parts[] = {{S_PER_DAY, "d"}, {S_PER_HOUR, "h"}, {S_PER_MIN, "min"}, {1, "s"}};
    int n = 0;
    s = s < 1 ? s : floor(s + 0.5);
    for (int i = 0; i < 4 && n < 2; i++) {
        double count = i < 3 ? floor(s / parts[i].s) : s;
        if (count == 0 && !(i == 3 && n == 0)) continue;
        floe_text_printf(out, "%s%.4g%s", n++ > 0 ? " " : "", count, parts[i].unit);
        s -= count * parts[i].s;
    }
}

static void print_title(struct page *page)
{
    const struct result *r = page->result;
    const char *title = r->scenario->title[0] != '\0' ? r->scenario->title : r->file;
    if (title[0] == '\0') return;
    page_heading(page, title);
    floe_text_add(page->out, "\n");
}

static void print_what(struct page *page)
{
    const struct result *r = page->result;
    const struct time_span *time = &r->scenario->time;
    struct floe_text *out = page->out;
    floe_text_add(out, "Simulated: ");
    add_duration(out, time->horizon_s);
    floe_text_add(out, " from ");
    floe_text_instant(out, time->start_at_s);
    floe_text_printf(out, ", %u replication%s, seed %llu\n", (unsigned)r->replications, r->replications == 1 ? "" : "s",
                     (unsigned long long)r->seed);
    floe_text_printf(out, "%s engine on %s, math profile %d, digest %016llx\n", r->engine, r->backend,
                     (int)r->math_profile, (unsigned long long)r->digest);
    if (r->n_trajectories > 0) {
        const struct trajectory all = result_trajectory(r);
        char events[FORMAT_BYTES];
        floe_format_count(events, (double)all.events, FORMAT_DIGITS);
        floe_text_printf(out, "%s events, fingerprint %016llx\n", events, (unsigned long long)all.fingerprint);
    }
    if (time->warmup_s > 0) {
        floe_text_add(out, "The first ");
        add_duration(out, time->warmup_s);
        floe_text_add(out, " only warm up; they are not in the numbers.\n");
    }
    floe_text_add(out, "\n");
}

/* ---- the cells ---- */

/* What a column shows of a cell. */
enum what { WHAT_TASKS, WHAT_CALLS, WHAT_INPUT, WHAT_OUTPUT, WHAT_COST, WHAT_LCPR, WHAT_N };

/* Input tokens are the sum of their classes. The half-width of a sum is at most the sum of the half-widths. */
static struct outcome input_of(const struct result_cell *cell)
{
    struct outcome sum = {0};
    for (int c = 0; c < TOKEN_CLASS_N; c++) {
        const struct outcome *o = &cell->outcomes[METRIC_TOK_FIRST + c];
        if (c == TOKEN_OUTPUT || o->n == 0) continue;
        sum.mean += o->mean;
        sum.half_95 += o->n > 1 ? o->half_95 : 0;
        sum.n = o->n;
    }
    return sum;
}

static struct outcome value_of(const struct result_cell *cell, enum what what)
{
    static const enum metric metrics[WHAT_N] = {[WHAT_TASKS] = METRIC_TASKS,
                                                [WHAT_CALLS] = METRIC_CALLS,
                                                [WHAT_OUTPUT] = METRIC_TOK_FIRST + TOKEN_OUTPUT,
                                                [WHAT_COST] = METRIC_COST_TOTAL,
                                                [WHAT_LCPR] = METRIC_LCPR};
    return what == WHAT_INPUT ? input_of(cell) : cell->outcomes[metrics[what]];
}

static double largest_of(const struct page *page, enum what what)
{
    double largest = 0;
    for (int i = 0; i < page->n_shown; i++) {
        struct outcome o = value_of(page->shown[i], what);
        if (o.n > 0 && o.mean > largest) largest = o.mean;
    }
    return largest;
}

static void format_what(char *to, enum what what, double x, const struct page_scale *scale, int digits)
{
    if (what == WHAT_COST || what == WHAT_LCPR)
        floe_format_usd(to, x, digits);
    else
        page_format_count(to, x, scale, digits);
}

static void format_half(char *to, enum what what, const struct outcome *o, const struct page_scale *scale)
{
    char half[FORMAT_BYTES];
    if (o->n < 2 || !(o->half_95 > 0)) return;
    format_what(half, what, o->half_95, scale, FORMAT_DIGITS_HALF);
    (void)snprintf(to, FORMAT_BYTES, "+-%.40s", half);
}

/* The second line of a cell: its model, and the half-widths. Left out when it would be empty. */
static void add_cell(const struct page *page, struct grid *grid, const struct result_cell *cell,
                     const struct page_scale *const *scales)
{
    const char *route = result_route(page->result, cell->route);
    char models[GRID_NAME_BYTES];
    const char *model = models;
    table_models(page->result, cell, models, sizeof models);
    struct grid_line below = {.indent = MODEL_INDENT};
    struct grid_line *line = grid_add(grid, 2, route);
    int is_needed = model[0] != '\0' && strcmp(model, route) != 0;
    if (is_needed) (void)snprintf(below.name, sizeof below.name, "%s", model);
    for (int what = 0; what < WHAT_N; what++) {
        struct outcome o = value_of(cell, (enum what)what);
        format_what(line->values[what], (enum what)what, o.n > 0 ? o.mean : NAN, scales[what], FORMAT_DIGITS);
        format_half(below.values[what], (enum what)what, &o, scales[what]);
        is_needed |= below.values[what][0] != '\0';
    }
    if (is_needed) *grid_add(grid, 0, "") = below;
}

static void add_columns(const struct page *page, struct grid *grid, const struct page_scale **scales)
{
    static const char *const heads[WHAT_N] = {"tasks", "calls", "input", "output", "cost", "LCPR"};
    for (int what = 0; what < WHAT_N; what++) {
        double largest = largest_of(page, (enum what)what);
        int is_tok = what == WHAT_INPUT || what == WHAT_OUTPUT;
        int is_usd = what == WHAT_COST || what == WHAT_LCPR;
        scales[what] = is_tok ? page_tok_scale(largest) : page_count_scale(is_usd ? 0 : largest);
        const char *unit = what == WHAT_COST ? "usd" : what == WHAT_LCPR ? "usd/unit" : scales[what]->name;
        (void)grid_column(grid, heads[what], unit);
    }
}

static void print_which_variant(struct page *page)
{
    const struct result *r = page->result;
    struct floe_text s = {0};
    if (r->n_variants < 2) return;
    floe_text_add(&s, "Variant ");
    table_cut(&s, table_variant(r, 0), PAGE_NAME_COLUMNS);
    floe_text_printf(&s, ", the first of %d; all of them side by side below.", (int)r->n_variants);
    if (s.n > 0) page_wrapped(page->out, s.bytes, 0);
    page->out->has_failed |= s.has_failed;
    floe_text_free(&s);
}

/* Below each table of cells: what is missing is said where it is missing. */
static void count_hidden(struct page *page)
{
    if (page->n_hidden > 0) floe_text_printf(page->out, "... %lld more (see --csv)\n", (long long)page->n_hidden);
}

static void print_cells(struct page *page)
{
    struct grid grid;
    const struct page_scale *scales[WHAT_N];
    print_which_variant(page);
    grid_init(&grid, "Workload, route");
    add_columns(page, &grid, scales);
    for (int i = 0; i < page->n_shown; i++) {
        const struct result_cell *cell = page->shown[i];
        char name[GRID_NAME_BYTES];
        (void)snprintf(name, sizeof name, "%s (unit: %s)", result_workload(page->result, cell->workload),
                       page->result->scenario->workloads[cell->workload].unit);
        if (i == 0 || page->shown[i - 1]->workload != cell->workload) (void)grid_add(&grid, 0, name);
        add_cell(page, &grid, cell, scales);
    }
    grid_print(&grid, page->is_coloured, page->out);
    count_hidden(page);
}

/* ---- what the numbers mean ---- */

static void print_undefined(struct page *page)
{
    for (int i = 0; i < page->n_shown; i++) {
        const struct result_cell *cell = page->shown[i];
        uint64_t n = cell->outcomes[METRIC_LCPR].n;
        if (n >= page->result->replications) continue;
        floe_text_add(page->out, "LCPR of ");
        floe_format_plain(page->out, result_workload(page->result, cell->workload));
        floe_text_add(page->out, " / ");
        floe_format_plain(page->out, result_route(page->result, cell->route));
        floe_text_printf(page->out, ": nothing was accepted in %llu of %u replications.\n",
                         (unsigned long long)(page->result->replications - n), (unsigned)page->result->replications);
    }
}

/* One line where a provider gives something back, with the most of it; the cost above does not know it. */
static void print_credits(struct page *page)
{
    const struct result_cell *most = NULL;
    struct floe_text line = {0};
    char usd[FORMAT_BYTES];
    int n = 0;
    for (int64_t i = 0; i < page->result->n_cells; i++) {
        const struct result_cell *cell = &page->result->cells[i];
        const struct outcome *o = &cell->outcomes[METRIC_SERVICE_CREDITS];
        if (cell->variant != 0 || cell->span != 0 || o->n == 0 || !(o->mean > 0)) continue;
        if (most == NULL || o->mean > most->outcomes[METRIC_SERVICE_CREDITS].mean) most = cell;
        n++;
    }
    if (most == NULL) return;
    floe_format_usd(usd, most->outcomes[METRIC_SERVICE_CREDITS].mean, FORMAT_DIGITS);
    floe_text_printf(&line, "Service credits, if claimed and not in the cost: %s of ", usd);
    table_two_names(result_workload(page->result, most->workload), result_route(page->result, most->route),
                    PAGE_PAIR_COLUMNS, &line);
    floe_text_printf(&line, n > 1 ? "; %d more (see --csv)." : ".", n - 1);
    if (line.n > 0) page_wrapped(page->out, line.bytes, 0);
    page->out->has_failed |= line.has_failed;
    floe_text_free(&line);
}

static void print_legend(struct page *page)
{
    int has_half = 0;
    for (int i = 0; i < page->n_shown; i++)
        for (int what = 0; what < WHAT_N; what++) {
            struct outcome o = value_of(page->shown[i], (enum what)what);
            has_half |= o.n > 1 && o.half_95 > 0;
        }
    floe_text_add(page->out, "LCPR: cost per accepted unit.");
    if (has_half)
        floe_text_printf(page->out, " +-: half-width of the 95 %% interval, n = %u.",
                         (unsigned)page->result->replications);
    floe_text_add(page->out, "\n");
    print_undefined(page);
    print_credits(page);
}

/* ---- cost by window ---- */

static int add_windows(const struct page *page, struct grid *grid)
{
    int n = page->result->n_windows - 1;
    if (n > PAGE_WINDOWS_SHOWN) n = PAGE_WINDOWS_SHOWN;
    for (int i = 1; i <= n; i++) {
        char name[FORMAT_BYTES];
        page_window_name(page, i, WINDOW_COLUMNS, name);
        (void)grid_column(grid, name, "");
    }
    return n;
}

static void print_windows(struct page *page)
{
    struct grid grid;
    if (page->result->n_windows < 2 || page->result->n_variants > 1) return;
    grid_init(&grid, "Cost by window");
    int n = add_windows(page, &grid);
    for (int k = 0; k < page->n_shown; k++) {
        struct grid_line *line = page_add_pair(page, &grid, page->shown[k]->workload, page->shown[k]->route,
                                               PAGE_PAIR_COLUMNS);
        for (int i = 1; i <= n; i++) {
            const struct result_cell *cell = table_cell(page->result, 0, page->shown[k]->workload,
                                                        page->shown[k]->route, i);
            (void)floe_format_usd(line->values[i - 1], page_mean(cell, METRIC_COST_TOTAL), FORMAT_DIGITS);
        }
    }
    floe_text_add(page->out, "\n");
    grid_print(&grid, page->is_coloured, page->out);
    count_hidden(page);
    if (page->result->n_windows - 1 > n)
        floe_text_printf(page->out, "... %d more windows (see --csv)\n", (int)page->result->n_windows - 1 - n);
}

/* ---- the bill ---- */

static void print_bill(struct page *page)
{
    static const char *const heads[TABLE_BILL_N][2] = {{"input", ""},           {"cache", "read"},
                                                       {"cache write", "5min"}, {"cache write", "1h"},
                                                       {"output", ""},          {"other", ""}};
    struct grid grid;
    int is_used[TABLE_BILL_N], columns[TABLE_BILL_N];
    table_bill_used(page->result, is_used);
    grid_init(&grid, page->result->n_variants > 1 ? "First variant's bill" : "Bill by token class");
    for (int part = 0; part < TABLE_BILL_N; part++)
        columns[part] = is_used[part] ? grid_column(&grid, heads[part][0], heads[part][1]) : -1;
    for (int k = 0; k < page->n_shown; k++) {
        double usd[TABLE_BILL_N];
        table_bill(page->result, page->shown[k], usd);
        struct grid_line *line = page_add_pair(page, &grid, page->shown[k]->workload, page->shown[k]->route,
                                               PAGE_PAIR_COLUMNS);
        for (int part = 0; part < TABLE_BILL_N; part++)
            if (columns[part] >= 0) (void)floe_format_usd(line->values[columns[part]], usd[part], FORMAT_DIGITS);
    }
    floe_text_add(page->out, "\n");
    grid_print(&grid, page->is_coloured, page->out);
    count_hidden(page);
}

/* ---- warnings ---- */

static int is_assumed(const struct result *r, const struct input *input)
{
    if (input->evidence != EVIDENCE_ASSUMED) return 0;
    for (int64_t i = 0; i < r->n_cells; i++) {
        if (r->cells[i].span != 0) continue;
        const struct rests rests = rests_of(r, &r->cells[i]);
        if (rests_on(&rests, input)) return 1;
    }
    return 0;
}

/* "- only assumed: a, b, c and 2 more (see --json)" */
static void print_assumed(const struct result *r, struct floe_text *out)
{
    struct floe_text list = {0};
    int n = 0;
    for (int32_t i = 0; r->inputs != NULL && i < r->inputs->n; i++) {
        if (!is_assumed(r, &r->inputs->items[i])) continue;
        if (n < ASSUMED_SHOWN)
            floe_text_printf(&list, "%s%s", n > 0 ? ", " : "- only assumed: ", r->inputs->items[i].path);
        n++;
    }
    if (n > ASSUMED_SHOWN) floe_text_printf(&list, " and %d more (see --json)", n - ASSUMED_SHOWN);
    if (list.n > 0) page_wrapped(out, list.bytes, 2);
    out->has_failed |= list.has_failed;
    floe_text_free(&list);
}

static void print_warning(const struct result_warning *warning, struct floe_text *out)
{
    struct floe_text line = {0};
    floe_text_printf(&line, "- %s", warning->text);
    if (line.n > 0) page_wrapped(out, line.bytes, 2);
    if (warning->key[0] != '\0') {
        floe_text_add(out, "  key: ");
        floe_format_plain(out, warning->key);
        floe_text_add(out, "\n");
    }
    out->has_failed |= line.has_failed;
    floe_text_free(&line);
}

static void print_warnings(struct page *page)
{
    const struct result *r = page->result;
    struct floe_text list = {0};
    for (int32_t i = 0; i < r->n_warnings && i < WARNINGS_SHOWN; i++)
        print_warning(&r->warnings[i], &list);
    if (r->n_warnings > WARNINGS_SHOWN)
        floe_text_printf(&list, "- ... %d more (see --json)\n", (int)(r->n_warnings - WARNINGS_SHOWN));
    print_assumed(r, &list);
    if (list.n > 0) {
        floe_text_add(page->out, "\n");
        grid_heading("Warnings", page->is_coloured, page->out);
        floe_text_add(page->out, list.bytes);
    }
    page->out->has_failed |= list.has_failed;
    floe_text_free(&list);
}

/* ---- the page ---- */

enum floe_status floe_write_report(const struct result *result, const struct floe_report_options *options,
                                   struct floe_text *out)
{
    struct page page = {.result = result, .out = out, .is_coloured = options->is_coloured};
    choose_cells(&page);
    print_title(&page);
    print_what(&page);
    print_cells(&page);
    print_legend(&page);
    page_print_routes(&page);
    print_windows(&page);
    page_print_by_variant(&page);
    page_print_tasks(&page);
    page_print_calls(&page);
    page_print_graphs(&page);
    page_print_chain(&page);
    page_print_latency(&page);
    print_bill(&page);
    page_print_whose(&page);
    page_print_blast(&page);
    print_warnings(&page);
    if (options->repeat_by != NULL && options->repeat_by[0] != '\0') {
        floe_text_add(out, "\n");
        floe_format_plain(out, options->repeat_by);
        floe_text_add(out, "\n");
    }
    return floe_text_status(out);
}
