# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# The checks of ./dev lint. To add one: a function here, its name and sentence in dev.d/lint.sh, and a planted fault in
# dev.d/lint_selftest.sh.

# calls_in ROOMS NAMES: the code of these rooms (a pattern) that calls one of these functions (a pattern).
calls_in() {
    grep -E "^($1)/" build/lint/code | grep -E "[^A-Za-z0-9_.>]($2)[[:space:]]*\(" || true
}

lint_layers() {
    grep -E ':[[:space:]]*#[[:space:]]*include' build/lint/code | awk '
        function room_of(path) {
            if (match(path, /^(scenarios\/read|plots\/write|actuals|sim|models|cuda|cli|tests)\//)) return substr(path, 1, RLENGTH - 1)
            return ""
        }
        BEGIN {
            sees["sim"] = " sim "
            sees["models"] = " sim models "
            sees["cuda"] = " sim models cuda "
            sees["scenarios/read"] = " sim models scenarios/read "
            sees["actuals"] = " sim models scenarios/read actuals "
            sees["plots/write"] = " sim models plots/write "
            sees["cli"] = " sim models cuda scenarios/read actuals plots/write cli "
            sees["tests"] = sees["cli"] "tests "
            system_only_above = "^(pthread|threads|unistd|time|locale|dlfcn|signal|setjmp|fcntl|sched|yaml|sys/.*|gsl/.*|cjson/.*|nettle/.*|CUnit/.*)[.]?h?$"
        }
        {
            split($0, part, ":")
            file = part[1]
            from = room_of(file)
            if (from == "") next
            line = $0
            if (match(line, /"[^"]*"/)) {
                wanted = substr(line, RSTART + 1, RLENGTH - 2)
                if (from == "tests" && wanted !~ /\//) next
                to = room_of(wanted)
                if (to == "") print file ":" part[2] ": \"" wanted "\" is not written from the root"
                else if (index(sees[from], " " to " ") == 0) print file ":" part[2] ": " from "/ may not see " to "/"
                else if (wanted ~ /\.\.\//) print file ":" part[2] ": \"" wanted "\" goes around the wall"
            } else if (match(line, /<[^>]*>/)) {
                wanted = substr(line, RSTART + 1, RLENGTH - 2)
                sub(/\.h$/, "", wanted)
                if ((from == "sim" || from == "models") && file != "sim/pool_threads.c" && wanted ~ system_only_above)
                    print file ":" part[2] ": <" wanted ".h> does not belong in " from "/"
                if (from == "plots/write" && wanted == "yaml") print file ":" part[2] ": only the reader reads YAML"
            }
        }'
}

lint_calls() {
    says='v?f?printf|f?puts|f?putc|putchar|perror|f?write|dprintf'
    ends='exit|_Exit|quick_exit|abort'
    asks='getenv|secure_getenv|setenv|putenv|setlocale|f?open|freopen|fdopen|popen|system'
    takes='malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|alloca|strdup|strndup'
    may_take='sim/pool_threads|models/plan|models/run|models/blast|models/tables|models/result|models/facts|models/reconcile|models/waterfall|models/waterfall_blocks' # before the run starts, and freed after it
    never='sprintf|vsprintf|gets|strcpy|strcat|strtok'
    calls_in 'sim|models' "$says|$ends|$asks|$takes" | grep -Ev '^sim/base\.c:[0-9]+:.*[^A-Za-z0-9_]abort\(' |
        grep -Ev "^($may_take)\.c:[0-9]+:.*[^A-Za-z0-9_]($takes)\(" || true
    calls_in 'scenarios/read|actuals|plots/write' "$says|$ends|$asks"
    calls_in 'sim|models|cuda|scenarios/read|actuals|plots/write|cli' "$never"
}

# Only what IEEE 754 rounds correctly may come from libm: sqrt, fma, fabs, floor, ceil, trunc, rint, and their like.
lint_math() {
    functions='exp|exp2|exp10|expm1|log|log2|log10|log1p|pow|sin|cos|sincos|tan|asin|acos|atan|atan2|sinh|cosh|tanh'
    functions="$functions|asinh|acosh|atanh|cbrt|hypot|erf|erfc|lgamma|lgamma_r|tgamma|j0|j1|jn|y0|y1|yn|powi"
    calls_in 'sim|models' "(__builtin_)?($functions)[fl]?"
}

lint_clock() {
    clocks='time|clock|clock_gettime|gettimeofday|timespec_get|localtime|localtime_r|mktime|difftime'
    chance='rand|rand_r|srand|random|srandom|drand48|lrand48|erand48|arc4random|getrandom|getentropy'
    calls_in 'sim|models|cuda|scenarios/read|actuals|plots/write' "$clocks|$chance" | grep -Ev '^cuda/[^:]*:[0-9]+:.*clock64' || true
}

lint_flags() {
    find CMakeLists.txt CMakePresets.json cmake dev dev.d .ci cuda -type f -name '[!.]*' 2>/dev/null >build/lint/build_files
    xargs grep -nE -e '-(ff[a]st-math|O[f]ast|funs[a]fe-math|fassociative-m[a]th|ffp-contract=f[a]st)' \
        -e '-(march|mtune|mcpu)=n[a]tive' -e '-use_f[a]st_math' -- <build/lint/build_files |
        grep -vE '^[^:]*:[0-9]+:[[:space:]]*(#|//|/?\*)' || true
    xargs grep -nE 'optimize.*(fast|unsafe|associative)-math|FP_CONTRACT[[:space:]]+ON' <build/lint/files || true
}

lint_format() {
    version=$(clang-format --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
    if [ "$version" != 14 ]; then
        lint_note="not looked at: the code is formatted by clang-format 14, here is ${version:-none}"
        return 0
    fi
    xargs -n 8 -P "$(cores)" sh dev.d/lint_files.sh format <build/lint/files
}

# Looks at every .c without generating code, with warnings as errors.
lint_warnings() {
    grep '\.c$' build/lint/files | xargs -n 4 -P "$(cores)" sh dev.d/lint_files.sh warnings | awk '!seen[$0]++'
}

lint_headers() {
    headers=$(grep -E '^(sim|models)/.*\.h$' build/lint/files || true)
    if [ -z "$headers" ]; then return 0; fi
    printf '%s\n' "$headers" | xargs -n 4 -P "$(cores)" sh dev.d/lint_files.sh headers | awk '!seen[$0]++'
    find_nvcc
    if [ -n "$nvcc" ]; then headers_as_cuda; else lint_note="no nvcc here"; fi
}

# All headers in one CUDA file: one run of nvcc, and no two headers may define the same name.
headers_as_cuda() {
    mkdir -p build/lint
    for header in sim/*.h models/*.h; do
        if [ -f "$header" ]; then printf '#include "%s"\n' "$header"; fi
    done >build/lint/headers.cu
    "$nvcc" -x cu -std=c++17 -arch=sm_90 --fmad=false -I . -c -o build/lint/headers.o build/lint/headers.cu \
        >build/lint/nvcc.log 2>&1 || grep -E 'error|fatal' build/lint/nvcc.log || cat build/lint/nvcc.log
}

lint_length() {
    xargs awk -v aim=60 -f dev.d/functions.awk <build/lint/files | sort -rn >build/lint/long
    if [ -s build/lint/long ]; then lint_note="$(wc -l <build/lint/long) longer than 60 lines: build/lint/long"; fi
    awk '$1 > 100 { print $2 ": " $3 "() has " $1 " lines; 60 is the aim, 100 the limit" }' build/lint/long
}

lint_docs() {
    pages=$(find . -maxdepth 1 -name '*.md'; if [ -d docs ]; then find docs -name '*.md'; fi)
    if [ -z "$pages" ]; then return 0; fi
    # shellcheck disable=SC2086 # a list of files
    awk -f dev.d/links.awk $pages | while IFS="$(printf '\t')" read -r place path; do
        if [ ! -e "$path" ]; then say "$place: there is no $path"; fi
    done
}

lint_licence() {
    while read -r file; do
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || say "$file:1: no SPDX line"
    done <build/lint/files
}

# A conversion has a name and one place. A count that happens to be a million says so: a comment "no unit" on its line.
# Tests keep their own numbers: they must not lean on what they test.
lint_units() {
    number='(3600(\.0*)?|1(\.0*)?[eE][+]?0*6|1000000(\.0*)?)[uUlLfF]*'
    grep -Ev '^(tests/|sim/units\.h:|models/units\.h:)' build/lint/code |
        grep -E "^[^:]*:[0-9]+:(.*[^A-Za-z0-9_.])?$number([^A-Za-z0-9_.]|\$)" |
        while IFS=: read -r file line code; do
            sed -n "${line}p" "$file" | grep -q 'no unit' || say "$file:$line:$code"
        done
}

# dev stands for the files of dev.d/ that it reads; other scripts are those that start with #!.
lint_shell() {
    scripts=$(find dev.d scripts .ci cuda -type f -exec grep -lE '^#!/bin/(ba)?sh' {} + 2>/dev/null || true)
    # shellcheck disable=SC2086 # a list of files
    shellcheck -x -f gcc dev $scripts || true
}
