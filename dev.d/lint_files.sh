#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lint_files.sh warnings|headers|format FILE...: looks at each file with the tool and prints its errors. A program of
# its own, so that several run at a time.
set -u
what=$1
shift
warnings=$(cat cmake/flags_warnings.txt)

# errors_of COMMAND...: silent when the command succeeds; otherwise its error lines, or all it said if it had none.
errors_of() {
    if said=$("$@" 2>&1); then return 0; fi
    printf '%s\n' "$said" | grep -E ': (fatal )?error:' || printf '%s: %s\n' "$file" "$said"
}

warnings_of() {
    define=''
    case $1 in
    cli/* | tests/* | sim/pool_threads.c) define='-D_GNU_SOURCE -DFLOE_VERSION="" -DFLOE_SOURCE_DIR="" -DFLOE_BINARY=""' ;;
    models/engine_cpu.c) define='-DFLOE_ENGINE_SUFFIX=baseline' ;;
    esac
    # shellcheck disable=SC2086 # lists of flags
    errors_of gcc -std=c11 -fsyntax-only -fmax-errors=5 -Werror $warnings $define -I . "$1"
}

# Included by an empty file, as its users do: unused functions are what a header is made of.
header_alone() {
    errors_of gcc -x c -std=c11 -fsyntax-only -fmax-errors=3 -Werror -Wall -Wextra -I . -include "$1" /dev/null
    errors_of g++ -x c++ -std=c++17 -fsyntax-only -fmax-errors=3 -I . -include "$1" /dev/null | sed 's/$/ (as C++17)/'
}

formatted() {
    errors_of clang-format --dry-run -Werror "$1" | head -n 1 | sed 's/^\([^ :]*:[0-9]*\):.*/\1: clang-format -i would change it/'
}

for file in "$@"; do
    case $what in
    warnings) warnings_of "$file" ;;
    headers) header_alone "$file" ;;
    format) formatted "$file" ;;
    esac
done | sed 's#^\./##'
