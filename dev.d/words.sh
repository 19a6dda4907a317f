# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# How the script speaks: plain lines, and one row per step with its result and seconds. Colour only on a terminal.

green='' red='' yellow='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    green=$(printf '\033[32m') red=$(printf '\033[31m') yellow=$(printf '\033[33m') plain=$(printf '\033[0m')
fi

say() {
    printf '%s\n' "$*"
}

complain() {
    printf '%s\n' "$*" >&2
}

# Shown while a step runs, wiped before its row; nothing where nobody watches.
announce() {
    if [ -t 1 ]; then printf '%s ...' "$1"; fi
}

unannounce() {
    if [ -t 1 ]; then printf '\r%*s\r' $((${#1} + 4)) ''; fi
}

# row RESULT WHAT SECONDS NOTE, where RESULT is ok, FAIL or skip.
row() {
    case $1 in
    ok) colour=$green ;;
    FAIL) colour=$red ;;
    *) colour=$yellow ;;
    esac
    printf '%s%-4s%s  %-46s %5s s  %s\n' "$colour" "$1" "$plain" "$2" "$3" "$4" | sed 's/ *$//'
}

# step WHAT FUNCTION [ARGUMENT...]: runs the function and prints its row. The function may leave a few words in
# step_note. It returns 0 for ok, 77 for skip; anything else is a failure, counted in steps_failed, and what the
# function printed is shown.
steps_failed=0
step() {
    step_what=$1
    shift
    step_note=''
    step_code=0
    mkdir -p build
    announce "$step_what"
    step_begin=$(date +%s)
    "$@" >build/step.log 2>&1 || step_code=$?
    step_seconds=$(($(date +%s) - step_begin))
    unannounce "$step_what"
    case $step_code in
    0) row ok "$step_what" "$step_seconds" "$step_note" ;;
    77) row skip "$step_what" "$step_seconds" "$step_note" ;;
    *)
        row FAIL "$step_what" "$step_seconds" "$step_note"
        sed 's/^/      /' build/step.log
        steps_failed=$((steps_failed + 1))
        ;;
    esac
    return 0
}

cores() {
    nproc 2>/dev/null || echo 2
}

have() {
    command -v "$1" >/dev/null 2>&1
}
