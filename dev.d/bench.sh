# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# Timings and the fuzzers: what is run by hand, not on every change.

verb_bench() {
    # shellcheck disable=SC2086 # a list of package names
    need "to build and test" $packages_build
    build_or_stop release
    found=no
    for program in build/release/bench/bench_*; do
        if [ ! -x "$program" ]; then continue; fi
        found=yes
        say "== $(basename "$program")"
        "$program" "$@"
    done
    if [ $found = no ]; then
        complain "There is no timing program: none of tests/bench/bench_*.c exists."
        exit 2
    fi
}

verb_fuzz() {
    complain "There are no fuzz targets in this version: they come with the input readers."
    exit 2
}
