# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# The math profile's digest and the fingerprints of a run of the events engine, under every compiler and level: same
# seed, same bits. tests/math_profile_digest.c and tests/trajectory_digest.c are compiled with the flags of every file
# and run; what they print must be the same each time.

digest_steps() {
    mkdir -p build/digest
    rm -f build/digest/*
    step "digest: gcc -O0" digest_with gcc '' gcc -O0
    step "digest: gcc -O3" digest_with gcc '' gcc -O3
    step "digest: gcc -O3 -march=x86-64-v3" digest_with v3 '' gcc -O3 -march=x86-64-v3
    step "digest: clang -O0" digest_with clang '' clang -O0
    step "digest: clang -O3" digest_with clang '' clang -O3
    step "digest: gcc -O3, aarch64" digest_with arm qemu-aarch64-static aarch64-linux-gnu-gcc -O3 -static
    step "digest: all the same" digests_agree
}

# digest_with CONDITION RUNNER COMPILER FLAG...
digest_with() {
    condition=$1 runner=$2
    shift 2
    if ! step_note=$(digest_impossible "$condition"); then return 77; fi
    digest_compiler=$*
    digest_file=build/digest/$(printf '%s' "$*" | tr -c 'a-zA-Z0-9-' '_')
    sources=$(find sim -maxdepth 1 -name '*.c' ! -name pool_threads.c)
    models=$(find models -maxdepth 1 -name '*.c')
    : >"$digest_file.digest"
    # shellcheck disable=SC2086 # a list of files
    digest_of math_profile $sources || return 1
    # shellcheck disable=SC2086
    digest_of trajectory tests/scenario_maker.c $models $sources || return 1
    step_note=$(tail -n 1 "$digest_file.digest")
}

# digest_of WHAT FILE...: compiles tests/WHAT_digest.c with these and adds what it prints. The compiler and its flags are
# in digest_compiler, a list of words; the runner is in `runner`.
digest_of() {
    what=$1
    shift
    # shellcheck disable=SC2046,SC2086 # lists of flags and files
    $digest_compiler -std=c11 $(cat cmake/flags_math.txt) -DFLOE_ENGINE_SUFFIX=baseline -I . -I tests \
        -o "$digest_file.program" "tests/${what}_digest.c" "$@" -lm || return 1
    # shellcheck disable=SC2086 # no runner is no word
    $runner "$digest_file.program" >>"$digest_file.digest"
}

# Says why a digest cannot be taken here and returns 1; silent and 0 where it can.
digest_impossible() {
    if [ ! -f tests/math_profile_digest.c ]; then
        echo "there is no tests/math_profile_digest.c"
        return 1
    fi
    case $1-$(uname -m) in
    v3-x86_64)
        for flag in avx2 bmi2 fma movbe f16c; do
            grep -qw "$flag" /proc/cpuinfo || {
                echo "this CPU has no $flag"
                return 1
            }
        done
        ;;
    v3-*)
        echo "this CPU is no x86-64"
        return 1
        ;;
    arm-aarch64)
        echo "this CPU is an aarch64: the rows above are its digests"
        return 1
        ;;
    esac
}

digests_agree() {
    count=$(find build/digest -name '*.digest' | wc -l)
    if [ "$count" -eq 0 ]; then
        step_note="no digest was taken"
        return 77
    fi
    different=$(for file in build/digest/*.digest; do cksum <"$file"; done | sort -u | wc -l)
    step_note="$count digests"
    if [ "$different" -eq 1 ]; then return 0; fi
    for file in build/digest/*.digest; do
        say "$(basename "$file" .digest): $(tr '\n' ' ' <"$file")"
    done
    return 1
}
