/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/csv.h"

#include "plots/write/attribution.h"
#include "plots/write/blast.h"
#include "plots/write/csv_fields.h"
#include "plots/write/plot.h"
#include "plots/write/tables.h"

static void csv_span(struct floe_text *out, const struct result_span *span)
{
    csv_instant(out, span->from_at_s);
    csv_instant(out, span->to_at_s);
}

/* ---- cells.csv ---- */

static void cells_header(struct floe_text *out)
{
    floe_text_add(out, "workload,route,variant,window,start,end,replications");
    for (int m = 0; m < METRIC_N; m++)
        floe_text_printf(out, ",%s,%s_half_95", metric_rows[m].name, metric_rows[m].name);
    floe_text_add(out, ",lcpr_usd_n\n");
}

static void cells_row(struct floe_text *out, const struct result *r, const struct result_cell *cell)
{
    const struct result_span *span = &r->spans[cell->span];
    csv_text(out, result_workload(r, cell->workload));
    csv_text(out, result_route(r, cell->route));
    csv_text(out, table_variant(r, cell->variant));
    csv_text(out, span->window);
    csv_span(out, span);
    csv_count(out, r->replications);
    for (int m = 0; m < METRIC_N; m++) {
        csv_mean(out, &cell->outcomes[m]);
        csv_half_95(out, &cell->outcomes[m]);
    }
    csv_count(out, cell->outcomes[METRIC_LCPR].n);
    csv_end(out);
}

static enum floe_status write_cells(const struct result *result, struct floe_text *out)
{
    cells_header(out);
    for (int64_t i = 0; i < result->n_cells; i++)
        cells_row(out, result, &result->cells[i]);
    return floe_text_status(out);
}

/* ---- usage.csv, usage_by_window.csv ---- */

static void usage_names(struct floe_text *out, const struct result *r, const struct usage_row *row)
{
    csv_text(out, result_workload(r, row->workload));
    csv_text(out, result_consumer(r, row->variant, row->workload));
    csv_text(out, result_key(r, row->variant, row->workload));
    csv_text(out, result_route(r, row->route));
    csv_text(out, table_variant(r, row->variant));
    csv_text(out, row->model);
    csv_text(out, row->service_tier);
    csv_text(out, row->token_class);
}

static enum floe_status write_usage(const struct result *result, struct floe_text *out)
{
    csv_header(out, "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,"
                    "quantity,unit,unit_price_usd,cost_usd,replications");
    for (int64_t i = 0; i < result->by_hour.n; i++) {
        const struct usage_row *row = &result->by_hour.rows[i];
        csv_span(out, &result->spans[row->span]);
        usage_names(out, result, row);
        csv_mean(out, &row->quantity);
        csv_text(out, row->unit);
        csv_number(out, row->unit_price_usd);
        csv_mean(out, &row->cost_usd);
        csv_count(out, row->quantity.n);
        csv_end(out);
    }
    return floe_text_status(out);
}

static enum floe_status write_usage_by_window(const struct result *result, struct floe_text *out)
{
    csv_header(out, "start,end,window,workload,consumer,key,route,variant,model,service_tier,token_class,"
                    "quantity,quantity_half_95,unit,unit_price_usd,cost_usd,cost_usd_half_95,replications");
    for (int64_t i = 0; i < result->by_window.n; i++) {
        const struct usage_row *row = &result->by_window.rows[i];
        csv_span(out, &result->spans[row->span]);
        csv_text(out, result->spans[row->span].window);
        usage_names(out, result, row);
        csv_mean(out, &row->quantity);
        csv_half_95(out, &row->quantity);
        csv_text(out, row->unit);
        csv_number(out, row->unit_price_usd);
        csv_mean(out, &row->cost_usd);
        csv_half_95(out, &row->cost_usd);
        csv_count(out, row->quantity.n);
        csv_end(out);
    }
    return floe_text_status(out);
}

/* ---- steps.csv ---- */

static enum floe_status write_steps(const struct result *result, struct floe_text *out)
{
    floe_text_add(out, "workload,route,variant,window,task_step,step,model,region,");
    for (int m = 0; m < STEP_N; m++)
        csv_text(out, step_metric_names[m]);
    csv_text(out, "replications");
    csv_end(out);
    for (int64_t i = 0; i < result->n_steps; i++) {
        const struct result_step *step = &result->steps[i];
        const struct result_cell *cell = &result->cells[step->cell];
        csv_text(out, result_workload(result, cell->workload));
        csv_text(out, result_route(result, cell->route));
        csv_text(out, table_variant(result, cell->variant));
        csv_text(out, result->spans[cell->span].window);
        csv_text(out, step->task_step);
        csv_count(out, (uint64_t)step->step + 1);
        csv_text(out, step->model);
        csv_text(out, step->region);
        for (int m = 0; m < STEP_N; m++)
            csv_mean(out, &step->outcomes[m]);
        csv_count(out, step->outcomes[0].n);
        csv_end(out);
    }
    return floe_text_status(out);
}

/* ---- hours.csv ---- */

static void hours_rows(struct floe_text *out, const struct table_hours *hours, int32_t hour)
{
    const struct result *r = hours->result;
    for (int32_t w = 0; w < r->scenario->n_workloads; w++)
        for (int32_t route = 0; route < r->scenario->n_routes; route++) {
            if (table_cell(r, hours->variant, w, route, 0) == NULL) continue; /* not run */
            csv_instant(out, table_hours_span(hours, hour)->from_at_s);
            csv_count(out, (uint64_t)hour);
            csv_text(out, result_workload(r, w));
            csv_text(out, result_route(r, route));
            csv_number(out, table_hours_calls(hours, hour, w, route));
            csv_number(out, table_hours_cost_usd(hours, hour, w, route));
            csv_text(out, result_consumer(r, hours->variant, w));
            csv_text(out, table_variant(r, hours->variant));
            for (int i = 0; i < HOUR_METRICS; i++)
                if (hour_metrics[i] != METRIC_CALLS)
                    csv_number(out, result_hour_counts(r, hours->variant, hour, w, route)[i]);
            csv_instant(out, table_hours_span(hours, hour)->to_at_s);
            csv_text(out, result_key(r, hours->variant, w));
            csv_end(out);
        }
}

static enum floe_status write_hours(const struct result *result, struct floe_text *out)
{
    floe_text_add(out, "start,hour,workload,route,calls,cost_usd,consumer,variant,");
    for (int i = 0; i < HOUR_METRICS; i++)
        if (hour_metrics[i] != METRIC_CALLS) csv_text(out, metric_rows[hour_metrics[i]].name);
    csv_text(out, "end");
    csv_text(out, "key");
    csv_end(out);
    for (int32_t variant = 0; variant < result->n_variants; variant++) {
        struct table_hours hours;
        enum floe_status status = table_hours_init(&hours, result, variant);
        if (status != FLOE_OK) return status;
        for (int32_t hour = 0; hour < hours.n; hour++)
            hours_rows(out, &hours, hour);
        table_hours_free(&hours);
    }
    return floe_text_status(out);
}

/* ---- attribution.csv ---- */

static void attribution_rows(struct floe_text *out, const struct attribution *cuts, int32_t cut,
                             const struct result_cell *at)
{
    const struct result *r = cuts->result;
    struct attribution_group groups[WORKLOADS_MOST];
    const int32_t n = attribution_groups(cuts, cut, at->route, at->variant, at->span, groups);
    for (int32_t i = 0; i < n; i++) {
        struct floe_text by = {0};
        attribution_cut_name(cuts, cut, &by);
        csv_text(out, by.bytes);
        out->has_failed |= by.has_failed;
        floe_text_free(&by);
        csv_text(out, groups[i].name);
        csv_text(out, result_route(r, at->route));
        csv_text(out, table_variant(r, at->variant));
        csv_text(out, r->spans[at->span].window);
        csv_span(out, &r->spans[at->span]);
        for (int sum = 0; sum < ATTRIBUTION_SUMS; sum++)
            csv_mean(out, &groups[i].sums[sum]);
        csv_number(out, groups[i].cost_share);
        csv_count(out, (uint64_t)groups[i].n_workloads);
        csv_count(out, groups[i].sums[ATTRIBUTION_CALLS].n);
        csv_end(out);
    }
}

static enum floe_status write_attribution(const struct result *result, struct floe_text *out)
{
    const struct attribution cuts = attribution_of(result);
    csv_header(out, "by,name,route,variant,window,start,end,calls,denied,invocations,cost_usd,cost_share,workloads,"
                    "replications");
    for (int32_t cut = 0; cut < cuts.n; cut++)
        for (int64_t i = 0; i < result->n_cells; i++)
            if (attribution_begins(result, i)) attribution_rows(out, &cuts, cut, &result->cells[i]);
    return floe_text_status(out);
}

/* ---- blast_radius.csv ---- */

static enum floe_status write_blast_radius(const struct result *result, struct floe_text *out)
{
    csv_header(out, "setting,owner,workload,consumer,route,variant,reads_it,invocations,invocations_without,cost_usd,"
                    "cost_without_usd,difference_usd,factor");
    for (int32_t i = 0; i < result->n_blast; i++) {
        const struct result_blast *row = &result->blast[i];
        csv_text(out, row->setting);
        csv_text(out, row->owner);
        csv_text(out, result_workload(result, row->workload));
        csv_text(out, result_consumer(result, 0, row->workload));
        csv_text(out, result_route(result, row->route));
        csv_text(out, table_variant(result, 0));
        csv_count(out, row->is_reader != 0);
        csv_number(out, row->invocations);
        csv_number(out, row->invocations_without);
        csv_number(out, row->cost_usd);
        csv_number(out, row->cost_without_usd);
        csv_number(out, blast_difference_usd(row));
        csv_number(out, blast_factor(row));
        csv_end(out);
    }
    return floe_text_status(out);
}

/* ---- fingerprints.csv ---- */

static enum floe_status write_fingerprints(const struct result *result, struct floe_text *out)
{
    csv_header(out, "route,variant,replication,events,fingerprint");
    for (int32_t i = 0; i < result->n_trajectories; i++)
        for (uint32_t r = 0; r < result->replications; r++) {
            const struct trajectory *trajectory = &result->trajectories[i].items[r];
            csv_text(out, result_route(result, result->trajectories[i].route));
            csv_text(out, table_variant(result, result->trajectories[i].variant));
            csv_count(out, r);
            csv_count(out, trajectory->events);
            csv_hex(out, trajectory->fingerprint);
            csv_end(out);
        }
    return floe_text_status(out);
}

const struct floe_csv_file floe_csv_files[FLOE_CSV_FILES] = {
    [FLOE_CSV_CELLS] = {"cells.csv", write_cells},
    [FLOE_CSV_USAGE] = {"usage.csv", write_usage},
    [FLOE_CSV_USAGE_BY_WINDOW] = {"usage_by_window.csv", write_usage_by_window},
    [FLOE_CSV_STEPS] = {"steps.csv", write_steps},
    [FLOE_CSV_HOURS] = {"hours.csv", write_hours},
    [FLOE_CSV_ATTRIBUTION] = {"attribution.csv", write_attribution},
    [FLOE_CSV_BLAST_RADIUS] = {"blast_radius.csv", write_blast_radius},
    [FLOE_CSV_FINGERPRINTS] = {"fingerprints.csv", write_fingerprints},
    [FLOE_CSV_PLOT_CALLS] = {"plot_calls.csv", floe_plot_calls},
    [FLOE_CSV_PLOT_COST] = {"plot_cost.csv", floe_plot_cost},
    [FLOE_CSV_PLOT_BILL] = {"plot_bill.csv", floe_plot_bill},
    [FLOE_CSV_PLOT_TITLE] = {"plot_title.csv", floe_plot_title},
};
