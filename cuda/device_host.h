/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The host's half of cuda/device_digest.cu: the checks compiled as C by the C compiler of the project, which on x86-64
 * takes the AVX2 path where the processor has it. */
#ifndef FLOE_CUDA_DEVICE_HOST_H
#define FLOE_CUDA_DEVICE_HOST_H

#if defined(__cplusplus)
extern "C" {
#endif

struct floe_device_result;

/* All jobs of check i; memory is that of one job, aligned to FLOE_QUEUE_ALIGN; result has a place for each. */
void floe_device_host_run(int i, void *memory, struct floe_device_result *result);

#if defined(__cplusplus)
}
#endif
#endif
