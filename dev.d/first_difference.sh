# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# Names the first event where two runs differ. What `floe run --trace-events` writes is compared line by line, as texts:
# nothing is held in memory but the last few lines, and no nanosecond passes through a double.
#
# Two programs are first compared by their fingerprints.csv, which tells the first replication that differs; then only
# that one is written out (some 100 bytes per event) and compared.

first_difference_usage() {
    complain "usage: ./dev first-difference A.csv B.csv"
    complain "       ./dev first-difference --programs FLOE FLOE SCENARIO [OPTION of floe run...]"
    exit 2
}

verb_first_difference() {
    differ_awk=$PWD/dev.d/first_difference.awk
    cd "${OLDPWD:-.}" # names of files are relative to where the user stands
    if [ "${1:-}" = --programs ]; then
        shift
        [ $# -ge 3 ] || first_difference_usage
        differ_programs "$@"
    fi
    if [ $# -ne 2 ]; then first_difference_usage; fi
    for file in "$1" "$2"; do
        case $file in -*) first_difference_usage ;; esac
        differ_need "$file"
    done
    differ_code=0
    differ_files "$1" "$2" "$1" "$2" || differ_code=$?
    exit $differ_code
}

differ_need() {
    if [ ! -r "$1" ] || [ -d "$1" ]; then
        complain "There is no file $1 to read."
        exit 3
    fi
}

# differ_files A B NAME-OF-A NAME-OF-B: 0: the same; 1: said where; 2: no files of events.
differ_files() {
    DIFFER_OTHER=$2 DIFFER_A=$3 DIFFER_B=$4 awk -f "$differ_awk" <"$1"
}

# differ_programs FLOE FLOE SCENARIO [OPTION...]
differ_programs() {
    differ_a=$1 differ_b=$2
    shift 2
    differ_need "$1"
    for program in "$differ_a" "$differ_b"; do
        case $program in */*) ;; *) program=./$program ;; esac
        if [ ! -x "$program" ] || [ -d "$program" ]; then
            complain "There is no program $program to run."
            exit 3
        fi
    done
    differ_folder=$(mktemp -d)
    trap 'rm -rf "$differ_folder"' EXIT
    trap 'exit 130' INT TERM HUP
    differ_run "$differ_a" "$@" --csv "$differ_folder/a"
    differ_run "$differ_b" "$@" --csv "$differ_folder/b"
    differ_replication "$@"
    differ_code=0
    differ_files "$differ_folder/a.csv" "$differ_folder/b.csv" "$differ_a" "$differ_b" || differ_code=$?
    exit $differ_code
}

# differ_run PROGRAM ARGUMENT...: a run that has to succeed.
differ_run() {
    differ_program=$1
    shift
    case $differ_program in */*) ;; *) differ_program=./$differ_program ;; esac
    differ_code=0
    "$differ_program" run "$@" --quiet >"$differ_folder/out" 2>"$differ_folder/err" || differ_code=$?
    if [ $differ_code -ne 0 ]; then
        cat "$differ_folder/err" >&2
        complain "$differ_program run ended with $differ_code: nothing to compare."
        exit 3
    fi
}

# The first route and replication whose fingerprints differ, and its events. Ends with 0 where all are the same.
differ_replication() {
    for side in a b; do differ_need "$differ_folder/$side/fingerprints.csv"; done
    differ_found=$(awk -v other="$differ_folder/b/fingerprints.csv" '
        { if ((getline line <other) <= 0) line = "" }
        $0 "" != line "" { print; exit }' <"$differ_folder/a/fingerprints.csv")
    if [ -z "$differ_found" ]; then
        if ! cmp -s "$differ_folder/a/fingerprints.csv" "$differ_folder/b/fingerprints.csv"; then
            complain "The second program ran more routes or replications than the first."
            exit 1
        fi
        differ_count=$(($(wc -l <"$differ_folder/a/fingerprints.csv") - 1))
        if [ $differ_count -eq 0 ]; then
            complain "There are no fingerprints to compare: only the events engine has them."
            exit 2
        fi
        say "the same: $differ_count replications with the same fingerprints"
        exit 0
    fi
    # route,variant,replication,events,fingerprint; a name with commas is quoted, its quotes doubled
    differ_number=$(printf '%s\n' "$differ_found" | awk -F, '{ print $(NF - 2) }')
    differ_route=$(printf '%s\n' "$differ_found" | sed -e 's/,[^,]*,[^,]*,[^,]*,[^,]*$//' -e 's/^"\(.*\)"$/\1/' -e 's/""/"/g')
    say "the first that differs: replication $differ_number of route $differ_route"
    for side in a b; do
        if [ $side = a ]; then program=$differ_a; else program=$differ_b; fi
        differ_run "$program" "$@" --route "$differ_route" --trace-events "$differ_folder/$side.csv" \
            --trace-replication "$differ_number"
    done
}
