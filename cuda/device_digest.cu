/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Device digest = host digest: runs every check of cuda/device_checks.h on the host and on an NVIDIA GPU and compares
 * all words. docs/gpu.md tells how to build and run it.
 *
 *     device_digest            one row per check, then customers/s of M/M/1 for 1 to 1,024 blocks of 64 replications
 *     device_digest --host     without a GPU: the C compiler's functions against those of nvcc's host compiler (C++)
 *     device_digest --plant    (also with --host) one bit of each check's last job is flipped before the comparison
 *     device_digest --trap     a failed assertion must stop the device; asked for apart, since nothing runs after it
 *
 * Ends with 0: all equal; 1: a difference, or the device stopped; 2: wrong usage; 3: no device, or not enough memory.
 *
 * One thread does one job, in memory of its own. A job of the math profile has a block to itself, since parts take
 * different ways. A failed assertion traps: the device stops and the program says in which check. As the functions are
 * the same, the host, which runs first, stops at the same assertion and tells time, replication and seed. */
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "cuda/device_checks.h"
#include "cuda/device_host.h"
#include "sim/pool.h"

enum { THREADS = FLOE_BLOCK_REPLICATIONS, BLOCKS_MOST = 1024, ROUNDS = 3 };

/* ---- the device ---- */

#define KERNEL(kind)                                                                                                   \
    __global__ void __launch_bounds__(THREADS)                                                                         \
        device_##kind(int variant, uint32_t jobs, unsigned char *memory, size_t stride, floe_device_result *result)    \
    {                                                                                                                  \
        const uint32_t job = blockIdx.x * blockDim.x + threadIdx.x;                                                    \
        if (job < jobs) floe_device_##kind(variant, job, memory + job * stride, &result[job]);                         \
    }

KERNEL(profile)
KERNEL(draws)
KERNEL(statistics)
KERNEL(queue)
KERNEL(mm1)
KERNEL(station)

__global__ void device_assertion(int n)
{
    floe_assert(n == 0, nullptr, "planted");
}

typedef void kernel_fn(int variant, uint32_t jobs, unsigned char *memory, size_t stride, floe_device_result *result);

static kernel_fn *kernel_of(const floe_device_check *check)
{
    static const struct {
        const char *kind;
        kernel_fn *kernel;
    } rows[] = {{"profile", device_profile}, {"draws", device_draws}, {"statistics", device_statistics},
                {"queue", device_queue},     {"mm1", device_mm1},     {"station", device_station}};
    for (const auto &row : rows)
        if (strcmp(row.kind, check->kind) == 0) return row.kernel;
    return nullptr;
}

/* Ends the program with 3, or with 1 if the fault is the code's and not the machine's. */
static void must(cudaError_t error, const char *doing)
{
    if (error == cudaSuccess) return;
    const bool machine = error == cudaErrorMemoryAllocation || error == cudaErrorNoKernelImageForDevice ||
                         error == cudaErrorUnsupportedPtxVersion || error == cudaErrorInsufficientDriver;
    printf("%s: %s (%s)\n", doing, cudaGetErrorString(error), cudaGetErrorName(error));
    if (!machine) printf("the device stopped; a failed assertion traps (sim/base.h)\n");
    exit(machine ? FLOE_ENVIRONMENT : EXIT_FAILURE);
}

struct device_arrays {
    unsigned char *memory;
    floe_device_result *result;
};

/* Memory is filled with rubbish: a job must not lean on zeros. */
static device_arrays arrays_new(const floe_device_check *check, uint32_t jobs)
{
    device_arrays arrays;
    must(cudaMalloc(&arrays.memory, check->bytes * jobs), check->name);
    must(cudaMalloc(&arrays.result, sizeof(floe_device_result) * jobs), check->name);
    must(cudaMemset(arrays.memory, 0xa5, check->bytes * jobs), check->name);
    must(cudaMemset(arrays.result, 0xa5, sizeof(floe_device_result) * jobs), check->name);
    return arrays;
}

static void arrays_free(device_arrays arrays)
{
    must(cudaFree(arrays.memory), "cudaFree");
    must(cudaFree(arrays.result), "cudaFree");
}

static void launch(const floe_device_check *check, uint32_t jobs, uint32_t threads, device_arrays arrays)
{
    kernel_of(check)<<<(jobs + threads - 1) / threads, threads>>>(check->variant, jobs, arrays.memory, check->bytes,
                                                                  arrays.result);
    must(cudaGetLastError(), check->name);
}

static void run_on_device(const floe_device_check *check, floe_device_result *result)
{
    const device_arrays arrays = arrays_new(check, check->jobs);
    launch(check, check->jobs, strcmp(check->kind, "profile") == 0 ? 1 : THREADS, arrays);
    must(cudaDeviceSynchronize(), check->name);
    must(cudaMemcpy(result, arrays.result, sizeof *result * check->jobs, cudaMemcpyDeviceToHost), check->name);
    arrays_free(arrays);
}

/* 0 and the reason printed where there is none. */
static int device_found(void)
{
    int devices = 0;
    cudaDeviceProp properties;
    const cudaError_t error = cudaGetDeviceCount(&devices);
    if (error != cudaSuccess || devices == 0) {
        printf("not yet run on a device: %s\n", error != cudaSuccess ? cudaGetErrorString(error) : "there is none");
        return 0;
    }
    must(cudaGetDeviceProperties(&properties, 0), "device 0");
    printf("device: %s, compute capability %d.%d, %d multiprocessors\n", properties.name, properties.major,
           properties.minor, properties.multiProcessorCount);
    return 1;
}

/* ---- the comparison ---- */

static void *host_memory(size_t bytes)
{
    void *memory = aligned_alloc(FLOE_QUEUE_ALIGN, bytes);
    if (memory == nullptr) {
        printf("not enough memory\n");
        exit(FLOE_ENVIRONMENT);
    }
    memset(memory, 0x5a, bytes);
    return memory;
}

static void print_difference(const floe_device_check *check, uint32_t job, const floe_device_result *first,
                             const floe_device_result *second)
{
    const bool is_profile = strcmp(check->kind, "profile") == 0;
    printf("    job %" PRIu32 "%s%s: %016" PRIx64 " %016" PRIx64 " and %016" PRIx64 " %016" PRIx64 "\n", job,
           is_profile ? " " : "", is_profile ? floe_profile_part_name((int)job) : "", first->fingerprint, first->sums,
           second->fingerprint, second->sums);
}

/* Prints the check's row and each job that differs; 1 if all words are equal. */
static int compare(const floe_device_check *check, const floe_device_result *first, const floe_device_result *second)
{
    uint32_t different = 0;
    for (uint32_t job = 0; job < check->jobs; job++)
        different += memcmp(&first[job], &second[job], sizeof first[job]) != 0;
    printf("%-32s %016" PRIx64 "  %016" PRIx64 "  %s\n", check->name, floe_device_check_digest(check, first),
           floe_device_check_digest(check, second), different == 0 ? "equal" : "NOT");
    for (uint32_t job = 0; different > 0 && job < check->jobs; job++)
        if (memcmp(&first[job], &second[job], sizeof first[job]) != 0)
            print_difference(check, job, &first[job], &second[job]);
    fflush(stdout);
    return different == 0;
}

/* Runs check i on both sides; 1 if they agree. */
static int run_check(int i, int on_host, int plant)
{
    static floe_device_result first[FLOE_DEVICE_JOBS_MAX], second[FLOE_DEVICE_JOBS_MAX];
    const floe_device_check check = floe_device_check_at(i);
    void *memory = host_memory(check.bytes);
    floe_device_host_run(i, memory, first);
    if (on_host)
        floe_device_check_loop(&check, memory, second);
    else
        run_on_device(&check, second);
    free(memory);
    if (plant) second[check.jobs - 1].fingerprint ^= 1;
    return compare(&check, first, second);
}

/* The failed assertion of a kernel must reach the host as an error. */
static int run_trap(void)
{
    device_assertion<<<1, 1>>>(0);
    must(cudaDeviceSynchronize(), "an assertion that holds");
    device_assertion<<<1, 1>>>(1);
    const cudaError_t error = cudaDeviceSynchronize();
    printf("a failed assertion on the device: %s\n", cudaGetErrorName(error));
    return error == cudaSuccess ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- throughput ---- */

/* Milliseconds of one launch, its start included. */
static float timed(const floe_device_check *check, uint32_t jobs, device_arrays arrays)
{
    cudaEvent_t begin, end;
    float ms = 0;
    must(cudaEventCreate(&begin), "events");
    must(cudaEventCreate(&end), "events");
    must(cudaEventRecord(begin), "events");
    launch(check, jobs, THREADS, arrays);
    must(cudaEventRecord(end), "events");
    must(cudaEventSynchronize(end), check->name);
    must(cudaEventElapsedTime(&ms, begin, end), "events");
    must(cudaEventDestroy(begin), "events");
    must(cudaEventDestroy(end), "events");
    return ms;
}

/* The best of three launches; the customers of the warm-up count, those who are never served do not. */
static void print_throughput(void)
{
    const double customers = FLOE_DEVICE_WARMUP_CUSTOMERS + FLOE_DEVICE_CUSTOMERS;
    size_t free_bytes = 0, bytes = 0;
    floe_device_check mm1 = floe_device_check_at(0);
    for (int i = 0; strcmp(mm1.kind, "mm1") != 0; i++)
        mm1 = floe_device_check_at(i);
    must(cudaMemGetInfo(&free_bytes, &bytes), "memory");
    printf("\nM/M/1 at 0.9/1.0, %.0f customers a replication, statistics and fingerprint on, best of %d launches\n",
           customers, (int)ROUNDS);
    printf("%8s %14s %12s %16s\n", "blocks", "replications", "seconds", "customers/s");
    for (uint32_t blocks = 1; blocks <= BLOCKS_MOST && blocks * THREADS * mm1.bytes < free_bytes / 2; blocks *= 4) {
        const uint32_t jobs = blocks * FLOE_BLOCK_REPLICATIONS;
        const device_arrays arrays = arrays_new(&mm1, jobs);
        float best_ms = timed(&mm1, jobs, arrays);
        for (int round = 1; round < ROUNDS; round++) {
            const float ms = timed(&mm1, jobs, arrays);
            best_ms = ms < best_ms ? ms : best_ms;
        }
        arrays_free(arrays);
        printf("%8" PRIu32 " %14" PRIu32 " %12.4f %16.4g\n", blocks, jobs, best_ms / 1e3,
               jobs * customers / best_ms * 1e3);
        fflush(stdout);
    }
}

/* ---- the program ---- */

static void say_panic(const floe_where *where, const char *what, const char *file, int line)
{
    printf("%s:%d: %s", file, line, what);
    if (where != nullptr)
        printf(" (t = %" PRId64 " ns, replication %" PRIu32 ", seed %" PRIu64 ")", where->now_ns, where->replication,
               where->seed);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int on_host = 0, plant = 0, trap = 0, equal = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--host") == 0) {
            on_host = 1;
        } else if (strcmp(argv[i], "--plant") == 0) {
            plant = 1;
        } else if (strcmp(argv[i], "--trap") == 0) {
            trap = 1;
        } else {
            printf("usage: device_digest [--host] [--plant] | --trap\n");
            return FLOE_BAD_USAGE;
        }
    }
    floe_panic_handler = say_panic;
    if ((trap || !on_host) && !device_found()) return FLOE_ENVIRONMENT;
    if (trap) return run_trap();
    printf("%-32s %-16s  %-16s\n", "", on_host ? "host, C" : "host", on_host ? "host, C++" : "device");
    for (int i = 0; i < FLOE_DEVICE_CHECK_COUNT; i++)
        equal += run_check(i, on_host, plant);
    printf("%d of %d checks are equal\n", equal, (int)FLOE_DEVICE_CHECK_COUNT);
    if (equal == FLOE_DEVICE_CHECK_COUNT && !on_host) print_throughput();
    return equal == FLOE_DEVICE_CHECK_COUNT ? EXIT_SUCCESS : EXIT_FAILURE;
}
