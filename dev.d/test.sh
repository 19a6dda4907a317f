# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# The tests, as a list of steps: to add one, write a function and give it a row in verb_test. The last line counts each
# test once, as run by the release build; a failure anywhere else is added to the failed ones.

verb_test() {
    tier=fast
    names=''
    for argument in "$@"; do
        case $argument in
        --long) tier=long ;;
        -*)
            complain "usage: ./dev test [--long] [NAME...]"
            exit 2
            ;;
        *) names="$names${names:+|}$argument" ;;
        esac
    done
    # shellcheck disable=SC2086 # lists of package names
    need "to build and test" $packages_build
    say_nvcc
    if [ $tier = long ]; then need_for_long; fi
    passed=0 failed=0 skipped=0 steps_counted=0
    mkdir -p build
    : >build/skips

    step "build" build_step release
    if [ $steps_failed -gt 0 ]; then close_tests; fi
    step "every test program is there" programs_exist
    step "tests" main_tests $tier
    step "build with address and undefined sanitizers" build_step debug
    step "tests with address and undefined sanitizers" more_tests debug
    if [ $tier = fast ]; then
        step "build the pool with the thread sanitizer" build_step tsan 'test_pool*'
        step "tests of the pool with the thread sanitizer" more_tests tsan 'test_pool*'
    else
        step "build with the thread sanitizer" build_step tsan
        step "tests with the thread sanitizer" more_tests tsan
        step "build with clang" build_step clang
        step "tests built with clang" more_tests clang
        digest_steps
        step "lint catches what it is for" lint_selftest
    fi
    close_tests
}

need_for_long() {
    # shellcheck disable=SC2086 # lists of package names
    need "for test --long" $packages_long $packages_lint
    # shellcheck disable=SC2086
    if [ "$(uname -m)" != aarch64 ]; then need "for the digests of test --long" $packages_arm; fi
}

# The names of the test programs, one a line, whose file matches the pattern and that the command line asked for.
programs() {
    for file in tests/${1:-test_*}.c; do
        if [ ! -f "$file" ]; then continue; fi
        basename "$file" .c | grep -E -- "${names:-.}" || true
    done
}

# build_step PRESET [PATTERN]: everything, or only the test programs of the pattern or of the command line.
build_step() {
    built=no
    targets=''
    if [ -n "${2:-}$names" ]; then
        targets=$(programs "${2:-}")
        if [ -z "$targets" ]; then
            step_note="there is no such test"
            return 77
        fi
        if [ -z "${2:-}" ] && [ -f cli/main.c ]; then targets="$targets floe"; fi
    fi
    # shellcheck disable=SC2086 # a list of target names
    build_preset "$1" $targets || {
        cat "build/$1.log"
        return 1
    }
    built=yes
    step_note=$(count_warnings "$1" | sed 's/^; //')
}

programs_exist() {
    there=0 absent=0
    for name in $(programs); do
        if [ -x "build/release/tests/$name" ]; then
            there=$((there + 1))
        else
            say "build/release/tests/$name is missing"
            absent=$((absent + 1))
        fi
    done
    step_note="$there programs"
    if [ $there -eq 0 ]; then say "no test program matches"; fi
    [ $absent -eq 0 ] && [ $there -gt 0 ]
}

# ctest_run PRESET TIER [PATTERN]: prints the failing programs' output; leaves run_passed, run_failed, run_skipped.
ctest_run() {
    log=build/$1/Testing/Temporary/LastTest.log
    rm -f "$log"
    : >build/skips.run
    which=$(programs "${3:-}" | tr '\n' '|')
    if [ -z "${3:-}$names" ]; then which="${which}layers|"; fi
    # shellcheck disable=SC2046 # the first is a command with its words, or nothing
    env ASAN_OPTIONS="${ASAN_OPTIONS:-detect_stack_use_after_return=1}" \
        UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}" $(address_layout "$1") \
        ctest --test-dir "build/$1" -C "$2" -L "^$2\$" -R "^(${which%|})(\\.long)?\$" -j "$(cores)" \
        >build/ctest.log 2>&1 </dev/null || true
    run_passed=0 run_failed=0 run_skipped=0
    if [ ! -f "$log" ]; then return 0; fi
    awk -v counts=build/counts -v skips=build/skips.run -f dev.d/tests.awk build/ctest.log "$log"
    read -r run_passed run_failed run_skipped <build/counts
    step_note="$run_passed passed, $run_failed failed, $run_skipped skipped"
}

# The thread sanitizer cannot start where the kernel spreads addresses very widely.
address_layout() {
    if [ "$1" = tsan ] && setarch "$(uname -m)" -R true 2>/dev/null; then echo "setarch $(uname -m) -R"; fi
}

main_tests() {
    ctest_run release "$1"
    cat build/skips.run >>build/skips
    passed=$run_passed skipped=$run_skipped
    if [ $((run_passed + run_failed)) -eq 0 ]; then
        say "no test ran"
        return 1
    fi
    count_failures
}

# more_tests PRESET [PATTERN]: the fast tests again, in another build. Its passes are not counted a second time.
more_tests() {
    if [ $built = no ]; then
        step_note="there is nothing built to run"
        return 77
    fi
    ctest_run "$1" fast "${2:-}"
    if [ $((run_passed + run_failed + run_skipped)) -eq 0 ]; then
        say "no test ran"
        return 1
    fi
    count_failures
}

count_failures() {
    failed=$((failed + run_failed))
    if [ "$run_failed" -eq 0 ]; then return 0; fi
    steps_counted=$((steps_counted + 1))
    return 1
}

# A step that failed without a test of its own counts as one failed test.
close_tests() {
    if [ -s build/skips ]; then
        say "skipped, with the reason:"
        sed 's/^skip  /  /' build/skips
    fi
    failed=$((failed + steps_failed - steps_counted))
    say "$passed passed, $failed failed, $skipped skipped"
    if [ $failed -eq 0 ] && [ $passed -gt 0 ]; then exit 0; fi
    exit 1
}
