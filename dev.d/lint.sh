# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# Runs the checks of dev.d/lint_checks.sh. Each is a function lint_<name> that prints its findings as file:line: text
# and nothing else; a check without findings is ok.

lint_list='layers calls math clock flags format warnings headers length docs licence units shell'

lint_about() {
    case $1 in
    layers) echo "imports run one way" ;;
    calls) echo "below cli/ nothing prints, exits or allocates" ;;
    math) echo "sim/ and models/ use fmath, not libm" ;;
    clock) echo "below cli/ no clock, no random source" ;;
    flags) echo "no flag that changes results" ;;
    format) echo "clang-format changes nothing" ;;
    warnings) echo "gcc has no warning" ;;
    headers) echo "headers compile alone: C11, C++17, nvcc" ;;
    length) echo "functions stay short" ;;
    docs) echo "pages name only files that exist" ;;
    licence) echo "every file of code has its SPDX line" ;;
    units) echo "3600 and 1e6 only in units.h" ;;
    shell) echo "shellcheck has nothing to say" ;;
    esac
}

verb_lint() {
    if [ "${1:-}" = --self-test ] && [ $# -eq 1 ]; then
        # shellcheck disable=SC2086 # lists of package names
        need "for lint" $packages_build $packages_lint
        step "lint catches what it is for" lint_selftest
        if [ $steps_failed -gt 0 ]; then exit 1; fi
        cat build/step.log
        exit 0
    fi
    for argument in "$@"; do
        case " $lint_list " in
        *" $argument "*) ;;
        *)
            complain "usage: ./dev lint [--self-test | CHECK...], where CHECK is one of: $lint_list"
            exit 2
            ;;
        esac
    done
    # shellcheck disable=SC2086 # lists of package names
    need "for lint" $packages_build $packages_lint
    if [ $# -eq 0 ]; then
        # shellcheck disable=SC2086
        set -- $lint_list
    fi
    lint_gather
    lint_failed=0
    for check in "$@"; do lint_one "$check"; done
    exit $lint_failed
}

lint_one() {
    lint_note=''
    announce "$1"
    "lint_$1" >build/lint/findings 2>&1 || echo "lint: the check '$1' itself ended with an error" >>build/lint/findings
    unannounce "$1"
    if [ -s build/lint/findings ]; then
        printf '%sFAIL%s  %-8s  %s\n' "$red" "$plain" "$1" "$(lint_about "$1")"
        sed 's/^/      /' build/lint/findings | head -n 60
        lint_failed=1
    else
        printf '%sok%s    %-8s  %s%s\n' "$green" "$plain" "$1" "$(lint_about "$1")" "${lint_note:+ ($lint_note)}"
    fi
}

# The files to look at, and their code without comments and texts.
lint_gather() {
    mkdir -p build/lint
    for room in sim models cuda scenarios actuals plots cli tests; do
        if [ -d $room ]; then find $room -name '*.[ch]' -o -name '*.cu' -o -name '*.cuh'; fi
    done | sort >build/lint/files
    xargs awk -f dev.d/code.awk <build/lint/files >build/lint/code
}
