/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The checks that compare a device with a host (cuda/device_checks.h): that they look at what they say, on the host;
 * that the program finds a difference; and, where there is a GPU, that there is none. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/device_checks.h"
#include "harness.h"
#include "program.h"

/* Runs check i here and returns its digest. */
static uint64_t run_check(int i, struct floe_device_result *result)
{
    const struct floe_device_check c = floe_device_check_at(i);
    void *memory = aligned_alloc(FLOE_QUEUE_ALIGN, c.bytes);
    memset(memory, 0x5a, c.bytes); /* a job must not lean on zeros */
    floe_device_check_loop(&c, memory, result);
    free(memory);
    return floe_device_check_digest(&c, result);
}

static void every_job_ends_otherwise(void)
{
    static struct floe_device_result result[FLOE_DEVICE_JOBS_MAX];
    for (int i = 0; i < FLOE_DEVICE_CHECK_COUNT; i++) {
        const struct floe_device_check c = floe_device_check_at(i);
        run_check(i, result);
        for (uint32_t job = 0; job < c.jobs; job++)
            for (uint32_t other = 0; other < job; other++)
                check_at(result[job].fingerprint != result[other].fingerprint, __FILE__, __LINE__,
                         "%s: jobs %u and %u have one fingerprint", c.name, job, other);
    }
}

static void the_first_check_is_the_digest_of_the_profile(void)
{
    static struct floe_device_result result[FLOE_DEVICE_JOBS_MAX];
    check_u64(run_check(0, result), floe_profile_digest());
}

static void every_structure_of_the_queue_gives_the_same(void)
{
    static struct floe_device_result first[FLOE_DEVICE_JOBS_MAX], again[FLOE_DEVICE_JOBS_MAX];
    int seen = 0;
    for (int i = 0; i < FLOE_DEVICE_CHECK_COUNT; i++) {
        const struct floe_device_check c = floe_device_check_at(i);
        if (c.job != floe_device_queue) continue;
        run_check(i, seen++ == 0 ? first : again);
        if (seen > 1) check(memcmp(first, again, c.jobs * sizeof first[0]) == 0);
    }
    check_i64(seen, 4);
}

/* Enough to call each way of leaving a station seen. */
static void stations_see_every_outcome(void)
{
    struct floe_device_result result;
    struct floe_device_station_state *state = aligned_alloc(FLOE_QUEUE_ALIGN, floe_device_station_bytes());
    for (int discipline = 0; discipline < FLOE_DISCIPLINE_COUNT; discipline++) {
        uint64_t blocked = 0, balked = 0, reneged = 0, interrupted = 0;
        for (uint32_t job = 0; job < 32; job++) {
            floe_device_station(discipline, job, state, &result);
            const struct floe_station_counts counts = floe_station_counts_all(&state->station);
            check(counts.served > 500);
            blocked += counts.blocked;
            balked += counts.balked;
            reneged += counts.reneged;
            interrupted += counts.interrupted;
        }
        check(blocked > 100 && balked > 100 && reneged > 1000);
        check((interrupted > 1000) == (discipline == FLOE_RESUME || discipline == FLOE_RESAMPLE));
    }
    free(state);
}

/* ---- the program, where nvcc has built it ---- */

#if defined(FLOE_DEVICE_DIGEST)
static int program_is_there(void)
{
    return 1;
}
#else
#define FLOE_DEVICE_DIGEST ""
static int program_is_there(void)
{
    test_skip("cuda/device_digest is built where nvcc is, by gcc, without sanitizers");
    return 0;
}
#endif

/* How many rows of the output end in this word. */
static int rows_that_end(const char *text, const char *word)
{
    int n = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        n += at[strlen(word)] == '\n';
    return n;
}

static void c_and_nvccs_host_compiler_agree(void)
{
    static struct floe_device_result result[FLOE_DEVICE_JOBS_MAX];
    if (!program_is_there()) return;
    struct program_run run = program_run(FLOE_DEVICE_DIGEST, "--host");
    check_i64(run.exit_status, 0);
    check_i64(rows_that_end(run.out, "  equal"), FLOE_DEVICE_CHECK_COUNT);
    for (int i = 0; i < FLOE_DEVICE_CHECK_COUNT; i++) {
        char both[80];
        const uint64_t digest = run_check(i, result);
        snprintf(both, sizeof both, " %016" PRIx64 "  %016" PRIx64 "  equal", digest, digest);
        check_contains(run.out, both);
    }
    program_free(&run);
}

static void one_planted_bit_is_found_in_each_check(void)
{
    if (!program_is_there()) return;
    struct program_run run = program_run(FLOE_DEVICE_DIGEST, "--host --plant");
    check_i64(run.exit_status, 1);
    check_i64(rows_that_end(run.out, "  NOT"), FLOE_DEVICE_CHECK_COUNT);
    check_i64(rows_that_end(run.out, "  equal"), 0);
    program_free(&run);
}

static void wrong_usage_is_told(void)
{
    if (!program_is_there()) return;
    struct program_run run = program_run(FLOE_DEVICE_DIGEST, "--hots");
    check_i64(run.exit_status, 2);
    check_contains(run.out, "usage:");
    program_free(&run);
}

static void device_digest_is_host_digest(void)
{
    static char why[300];
    if (!program_is_there()) return;
    struct program_run run = program_run(FLOE_DEVICE_DIGEST, "");
    if (run.exit_status == 3) {
        snprintf(why, sizeof why, "%.*s", (int)strcspn(run.out, "\n"), run.out);
        test_skip(why);
    } else {
        check_at(run.exit_status == 0, __FILE__, __LINE__, "%s", run.out);
        check_i64(rows_that_end(run.out, "  equal"), FLOE_DEVICE_CHECK_COUNT);
    }
    program_free(&run);
}

static const struct test tests[] = {
    {"every job of a check ends otherwise", every_job_ends_otherwise, FAST},
    {"the first check is the digest of the math profile", the_first_check_is_the_digest_of_the_profile, FAST},
    {"every structure of the queue gives the same", every_structure_of_the_queue_gives_the_same, FAST},
    {"stations see every outcome", stations_see_every_outcome, FAST},
    {"C and nvcc's host compiler agree", c_and_nvccs_host_compiler_agree, FAST},
    {"one planted bit is found in each check", one_planted_bit_is_found_in_each_check, FAST},
    {"wrong usage is told", wrong_usage_is_told, FAST},
    {"device digest is host digest", device_digest_is_host_digest, FAST},
};

TEST_MAIN("device_digest", tests)
