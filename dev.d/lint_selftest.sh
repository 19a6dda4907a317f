# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# Lint's own test. In a small copy of the project every check must first be content; then, one at a time, a fault is
# planted for each check, and the check must name the planted file.

lint_selftest() {
    here=$(pwd)
    copy=$(mktemp -d "${TMPDIR:-/tmp}/floe-lint.XXXXXX")
    planted_ok=0 planted_bad=0
    mkdir -p "$copy/sim" "$copy/models" "$copy/docs" "$copy/.ci" "$copy/build"
    cp -R dev dev.d cmake CMakeLists.txt CMakePresets.json .clang-format "$copy/"
    cp sim/base.h sim/base.c "$copy/sim/"
    cp .ci/run "$copy/.ci/"
    for check in $lint_list; do
        if ! selftest_lint "$check"; then
            say "missed: without a fault, the check '$check' is not content"
            sed 's/^/    /' "$copy/build/selftest"
            planted_bad=$((planted_bad + 1))
        fi
    done
    plant_all
    cd "$here" || return 1
    rm -rf "$copy"
    say "$planted_ok planted faults caught, $planted_bad missed"
    step_note="$planted_ok planted faults caught, $planted_bad missed"
    [ $planted_bad -eq 0 ] && [ $planted_ok -gt 0 ]
}

selftest_lint() {
    (cd "$copy" && FLOE_SKIP_SETUP=1 NO_COLOR=1 ./dev lint "$1") >"$copy/build/selftest" 2>&1
}

# plant CHECK FILE LINE...: writes the file (C gets its SPDX line) and expects the check to name it.
plant() {
    write_planted "$@"
    if selftest_lint "$1"; then
        missed "the fault in $2 went past the check '$1'"
    elif grep -qF "$2:" "$copy/build/selftest"; then
        planted_ok=$((planted_ok + 1))
    else
        missed "the check '$1' failed without naming $2"
    fi
    rm -f "$copy/$2"
}

# harmless CHECK FILE LINE...: looks like a fault and is none.
harmless() {
    write_planted "$@"
    if selftest_lint "$1"; then planted_ok=$((planted_ok + 1)); else missed "the check '$1' takes $2 for a fault"; fi
    rm -f "$copy/$2"
}

write_planted() {
    planted_file=$copy/$2
    mkdir -p "$(dirname "$planted_file")"
    case $1-$2 in
    licence-*) : >"$planted_file" ;;
    *.[ch]) echo '/* SPDX-License-Identifier: GPL-3.0-or-later */' >"$planted_file" ;;
    *) : >"$planted_file" ;;
    esac
    shift 2
    printf '%s\n' "$@" >>"$planted_file"
}

missed() {
    say "missed: $1"
    sed 's/^/    /' "$copy/build/selftest"
    planted_bad=$((planted_bad + 1))
}

plant_all() {
    plant layers sim/up.c '#include "models/units.h"'
    plant layers models/up.h '#include "cli/arguments.h"'
    plant layers scenarios/read/beside.c '#include "plots/write/writers.h"'
    plant layers plots/write/beside.c '#include "scenarios/read/reader.h"'
    plant layers actuals/beside.c '#include "plots/write/text.h"'
    plant layers scenarios/read/up.h '#include "actuals/import.h"'
    plant layers sim/around.c '#include "../models/units.h"'
    plant layers models/above.c '#include <pthread.h>'

    plant calls sim/prints.c 'void f(void) { printf("x"); }'
    plant calls sim/ends.h 'static inline void f(void) { exit(1); }'
    plant calls models/takes.c 'void *f(void) { return malloc(8); }'
    plant calls scenarios/read/asks.c 'char *f(void) { return getenv("HOME"); }'
    plant calls plots/write/prints.c 'void f(void) { fprintf(stderr, "x"); }'
    plant calls actuals/opens.c 'FILE *f(void) { return fopen("x", "r"); }'
    plant calls cli/copies.c 'void f(char *a, char *b) { strcpy(a, b); }'
    harmless calls sim/quiet.c '/* printf( in a comment, over' '   two lines: exit(1) */' 'const char *t = "malloc(8)"; // abort()'
    harmless calls plots/write/text.c 'void f(char *b) { snprintf(b, 8, "%d", 1); x_free(b); }'

    plant math sim/curve.h 'static inline double f(double x) { return exp(x); }'
    plant math models/curve.c 'double f(double x) { return 2 * powf(x, 2); }'
    harmless math models/own.c 'double f(double x) { return floe_exp(sqrt(x)) + fma(x, x, 1); }'

    plant clock models/now.c 'long f(void) { return time(NULL); }'
    plant clock scenarios/read/chance.c 'int f(void) { return rand(); }'

    plant flags cmake/fast.cmake 'add_compile_options(-ff''ast-math)'
    plant flags cmake/native.cmake 'add_compile_options(-march=''native)'
    plant flags sim/fast.c '__attribute__((optimize("fast''-math"))) double f(double x);'

    plant format sim/ugly.c 'int  f( void ){return 1;}'
    plant warnings sim/warns.c 'int f(long n);' 'int f(long n)' '{' '    return n;' '}'
    plant headers sim/needs.h 'static inline size_t f(void)' '{' '    return 1;' '}'
    plant headers models/casts.h 'static inline int *f(void *p)' '{' '    return p;' '}'
    # shellcheck disable=SC2046 # one word a line is wanted
    plant length sim/long.c 'int f(void)' '{' $(seq 101) '}'
    plant docs docs/page.md 'See [the other page](absent.md).'
    plant docs docs/page.md 'See `sim/absent.h`.'
    harmless docs docs/page.md 'See [the design](page.md#top), `sim/base.h` and [that](mailto:x).'
    plant licence sim/bare.c 'int x;'
    plant units models/hours.c 'double f(double s) { return s / 3600.0; }'
    plant units cli/million.c 'double f(double x) { return x * 1e6; }'
    harmless units models/units.h '#define S_PER_HOUR 3600.0'
    harmless units models/near.c 'int a = 13600, b = 36001; /* 3600 */'
    harmless units models/most.c 'int most = 1000000; /* no unit */'
    plant shell dev.d/quotes.sh '#!/bin/sh' 'rm $1'
}
