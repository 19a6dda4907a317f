# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# The main job, start to end: a real price file becomes a price book, a real hour of requests is priced with it.

verb_demo() {
    # shellcheck disable=SC2086 # a list of package names
    need "to build and run" $packages_build
    say_nvcc
    build_or_stop release
    mkdir -p out/demo
    say "prices: scenarios/data/litellm-model-prices-2026-07-02.json to out/demo/prices.yaml"
    build/floe prices import scenarios/data/litellm-model-prices-2026-07-02.json --date 2026-07-02 \
        --source "model_prices_and_context_window.json (BerriAI/litellm, MIT)" --out out/demo/prices.yaml \
        2>out/demo/prices-report.txt
    head -n 1 out/demo/prices-report.txt
    say "requests: scenarios/data/azure-llm-2023-conv.csv, simulated by scenarios/demo/azure-hour.yaml"
    say ""
    build/floe run scenarios/demo/azure-hour.yaml --set prices.book=out/demo/prices.yaml --expect --out out/demo
    say ""
    say "In out/demo: result.json, CSV tables, and two figures (calls_and_cost_by_hour.png, cost_by_route.png)."
}
