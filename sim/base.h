/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The words that every room shares: the function qualifier, the status of a call, the assertion.
 *
 * FLOE_FN stands in front of every function on the hot path. Under gcc and clang it means `static inline`, under nvcc
 * it also means "for host and device", so that one source is compiled for both and nothing is typed twice.
 *
 * Three kinds of error, three ways out (docs/design.md):
 *   the user's input    a status and a text with place, range and hint; the program ends with 1
 *   the environment     a status that names the way out; the program ends with 3
 *   our own bug         floe_assert: stops at once and tells the simulated time, the replication and the seed,
 *                       which is all that is needed to run the same replication again
 *
 * Headers of sim/ and models/ are compiled as C11, as C++17 and by nvcc: no variable-length arrays, no _Generic, no
 * implicit conversion from void*, no _Atomic, no designated initialisers out of order. */
#ifndef FLOE_SIM_BASE_H
#define FLOE_SIM_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__CUDACC__)
#define FLOE_FN static inline __host__ __device__
#else
#define FLOE_FN static inline
#endif

/* The rare part of a hot function: kept out of its way. */
#if defined(__CUDACC__)
#define FLOE_RARE_FN static __noinline__ __attribute__((unused)) __host__ __device__
#elif defined(__GNUC__) || defined(__clang__)
#define FLOE_RARE_FN static __attribute__((noinline, unused))
#else
#define FLOE_RARE_FN static inline
#endif

/* Asks for the cache line of an address that will be read soon. Says nothing about what is computed. */
#if defined(__CUDA_ARCH__) || !(defined(__GNUC__) || defined(__clang__))
#define FLOE_SOON(address) ((void)(address))
#else
#define FLOE_SOON(address) __builtin_prefetch(address)
#endif

#if defined(__GNUC__) || defined(__clang__)
#define FLOE_MUST_CHECK __attribute__((warn_unused_result))
#define FLOE_LIKELY(x) __builtin_expect(!!(x), 1)
#define FLOE_UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define FLOE_MUST_CHECK
#define FLOE_LIKELY(x) (x)
#define FLOE_UNLIKELY(x) (x)
#endif

#if defined(__cplusplus)
extern "C" {
#endif

__extension__ typedef __int128 floe_i128; /* the one exception to "no typedef": the language has no keyword for them */
__extension__ typedef unsigned __int128 floe_u128;

/* The values up to FLOE_CHECK_FAILED are also the exit codes of the program. */
enum floe_status {
    FLOE_OK = 0,
    FLOE_BAD_INPUT = 1,    /* the user's file or value is wrong */
    FLOE_BAD_USAGE = 2,    /* the command line is wrong */
    FLOE_ENVIRONMENT = 3,  /* no GPU, disk full, file not readable, out of memory */
    FLOE_CHECK_FAILED = 4, /* a check that the user asked for did not hold */
    FLOE_FULL = 5,         /* a capacity from the plan was exceeded; the number needed travels with it */
    FLOE_CANCELLED = 6     /* the caller asked to stop; what was finished is kept */
};

/* Where a replication stands: enough to run it again. Held by the replication, named by a failed assertion. */
struct floe_where {
    int64_t now_ns;
    uint64_t seed;
    uint32_t replication;
};

/* Does not return. The rooms below cli/ never print: the program sets a handler that does; without one it aborts. */
typedef void floe_panic_fn(const struct floe_where *where, const char *what, const char *file, int line);
extern floe_panic_fn *floe_panic_handler; /* set once at start, before any thread */
void floe_panic(const struct floe_where *where, const char *what, const char *file, int line);

/* On a device it traps: the kernel ends, and every call after it returns an error. What time, replication and seed were
 * is told by the host, where the same replication fails the same assertion. */
#if defined(__CUDA_ARCH__)
#define floe_assert(condition, where, what)                                                                            \
    do {                                                                                                               \
        if (FLOE_UNLIKELY(!(condition))) __trap();                                                                     \
    } while (0)
#else
#define floe_assert(condition, where, what)                                                                            \
    do {                                                                                                               \
        if (FLOE_UNLIKELY(!(condition))) floe_panic((where), (what), __FILE__, __LINE__);                              \
    } while (0)
#endif

#if defined(__cplusplus)
}
#endif
#endif
