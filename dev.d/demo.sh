# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh

verb_demo() {
    # shellcheck disable=SC2086 # a list of package names
    need "to build and run" $packages_build
    build_or_stop release
    mkdir -p out/demo
    build/floe run scenarios/demo/azure-hour.yaml --out out/demo
}
