# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# Timings and the fuzzers: what is run by hand, not on every change.

verb_bench() {
    # shellcheck disable=SC2086 # a list of package names
    need "to build and test" $packages_build
    build_or_stop release
    build/floe bench "$@"
}

verb_fuzz() {
    complain "There are no fuzz targets in this version: they come with the input readers."
    exit 2
}
