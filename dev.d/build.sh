# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# Configures and compiles one preset into build/<preset>; what the tools said is in build/<preset>.log.

verb_build() {
    if [ $# -gt 0 ]; then
        complain "usage: ./dev build"
        exit 2
    fi
    # shellcheck disable=SC2086 # a list of package names
    need "to build and test" $packages_build
    say_nvcc
    build_or_stop release
    if [ ! -x build/floe ]; then
        complain "The build finished without build/floe: cli/main.c is missing."
        exit 1
    fi
    say "build/floe is ready ($build_seconds s$(count_warnings release))"
}

# build_or_stop PRESET: the whole log and exit 1 if it fails. Leaves build_seconds.
build_or_stop() {
    announce "building ($1)"
    build_begin=$(date +%s)
    build_code=0
    build_preset "$1" || build_code=$?
    build_seconds=$(($(date +%s) - build_begin))
    unannounce "building ($1)"
    if [ $build_code -ne 0 ]; then
        cat "build/$1.log" >&2
        complain "The $1 build failed; the lines above are build/$1.log."
        exit 1
    fi
}

# build_preset PRESET [TARGET...]: quiet; returns the compiler's verdict. One build at a time in a checkout.
build_preset() {
    mkdir -p build
    (
        if have flock; then flock 9; fi
        build_locked "$@"
    ) 9>build/.lock
}

build_locked() {
    preset=$1
    shift
    build_log=build/$preset.log
    : >"$build_log"
    if ! configured "$preset"; then
        configure "$preset" >>"$build_log" 2>&1 9>&- || return 1
    fi
    if [ $# -gt 0 ]; then set -- --target "$@"; fi
    cmake --build "build/$preset" "$@" -- -k 0 >>"$build_log" 2>&1 9>&-
}

# What a configuration depends on beside the CMake files, which ninja itself watches.
configuration() {
    find_nvcc
    printf 'werror=%s nvcc=%s\n' "${FLOE_WERROR:-OFF}" "$nvcc"
    cksum <CMakePresets.json
}

configured() {
    [ -f "build/$1/build.ninja" ] && [ "$(configuration)" = "$(cat "build/$1/.configuration" 2>/dev/null)" ]
}

configure() {
    find_nvcc
    if [ -n "$nvcc" ]; then
        CUDACXX=$nvcc
        export CUDACXX
    fi
    rm -f "build/$1/.configuration"
    # A cache whose first configure failed half-way remembers the failure: start it anew.
    if [ ! -f "build/$1/build.ninja" ]; then rm -rf "build/$1/CMakeCache.txt" "build/$1/CMakeFiles"; fi
    cmake --preset "$1" -DFLOE_WERROR="${FLOE_WERROR:-OFF}" || return 1
    configuration >"build/$1/.configuration"
}

count_warnings() {
    warnings=$(grep -c ' warning: ' "build/$1.log" || true)
    if [ "$warnings" -gt 0 ]; then printf '; warnings: %s, see build/%s.log' "$warnings" "$1"; fi
}
