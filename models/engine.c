/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/engine.h"

#include <string.h>

const char *const engine_names[] = {"events", "hourly", NULL};

const struct event_kind_row event_kind_rows[EVENT_KINDS] = {
    [EVENT_CALL_DONE] = {"call_done", 0},   [EVENT_COST_RECORDED] = {"cost_recorded", 0},
    [EVENT_CALL_START] = {"call_start", 1}, [EVENT_ARRIVAL] = {"arrival", 1},
    [EVENT_RETRY] = {"retry", 1},           [EVENT_ASK] = {"ask", 1},
    [EVENT_LEAVE] = {"leave", 0},           [EVENT_HEDGE] = {"hedge", 1},
};

static const struct engine_path paths[] = {
#if defined(FLOE_HAVE_ENGINE_AVX2)
    {"avx2", "this processor has no AVX2 and FMA", engine_replicate_avx2, engine_trace_avx2},
#endif
    {"baseline", "", engine_replicate_baseline, engine_trace_baseline},
};
enum { N_PATHS = sizeof paths / sizeof paths[0] };

static int has_avx2(void)
{
#if defined(FLOE_HAVE_ENGINE_AVX2)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return 0;
#endif
}

int engine_path_is_available(const struct engine_path *path)
{
    return path->replicate == engine_replicate_baseline || has_avx2();
}

const struct engine_path *engine_paths(int *n)
{
    *n = N_PATHS;
    return paths;
}

const struct engine_path *engine_path_find(const char *name)
{
    int n;
    const struct engine_path *all = engine_paths(&n);
    for (int i = 0; i < n; i++)
        if (engine_path_is_available(&all[i]) &&
            (name == NULL || strcmp(name, "auto") == 0 || strcmp(name, all[i].name) == 0))
            return &all[i];
    return NULL;
}
