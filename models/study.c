/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/study.h"

#include <string.h>

#include "models/result.h"

int32_t study_variant_find(const struct study *study, const char *name)
{
    for (int32_t i = 0; i < study->n_variants; i++)
        if (strcmp(study->variants[i].name, name) == 0) return i;
    return -1;
}

int32_t study_change_find(const struct study *study, const char *name)
{
    for (int32_t i = 0; i < study->n_changes; i++)
        if (strcmp(study->changes[i].name, name) == 0) return i;
    return -1;
}

int32_t study_setting_find(const struct study *study, const char *name)
{
    for (int32_t i = 0; i < study->n_settings; i++)
        if (strcmp(study->settings[i].name, name) == 0) return i;
    return -1;
}

int study_is_plain(const struct study *study)
{
    return study->n_variants == 1 && study->variants[0].n_phases == 1 &&
           strcmp(study->variants[0].name, VARIANT_BASE) == 0;
}
