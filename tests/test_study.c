/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/study.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/result.h"
#include "tests/harness.h"

static struct study *two_variants(void)
{
    struct study *s = (struct study *)calloc(1, sizeof *s);
    s->n_variants = 2;
    snprintf(s->variants[0].name, NAME_BYTES, "%s", "happened");
    snprintf(s->variants[1].name, NAME_BYTES, "%s", "grace");
    s->variants[0].n_phases = 3;
    s->variants[0].phases[0].from_at_s = 1000;
    s->variants[0].phases[1].from_at_s = 2385;
    s->variants[0].phases[2].from_at_s = 4000;
    s->variants[1].n_phases = 1;
    s->n_changes = 1;
    snprintf(s->changes[0].name, NAME_BYTES, "%s", "switch");
    s->n_settings = 2;
    snprintf(s->settings[0].name, NAME_BYTES, "%s", "llm");
    snprintf(s->settings[1].name, NAME_BYTES, "%s", "llm_model");
    return s;
}

static void a_phase_holds_from_its_first_second(void)
{
    struct study *s = two_variants();
    const struct study_variant *v = &s->variants[0];
    check_i64(study_phase_at(v, 0), 0);
    check_i64(study_phase_at(v, 1000), 0);
    check_i64(study_phase_at(v, 2384), 0);
    check_i64(study_phase_at(v, 2385), 1);
    check_i64(study_phase_at(v, 3999), 1);
    check_i64(study_phase_at(v, 4000), 2);
    check_i64(study_phase_at(v, INT64_MAX), 2);
    check_i64(study_phase_at(&s->variants[1], 4000), 0);
    free(s);
}

static void names_are_found(void)
{
    struct study *s = two_variants();
    check_i64(study_variant_find(s, "grace"), 1);
    check_i64(study_variant_find(s, "Grace"), -1);
    check_i64(study_change_find(s, "switch"), 0);
    check_i64(study_change_find(s, ""), -1);
    check_i64(study_setting_find(s, "llm_model"), 1);
    check_i64(study_setting_find(s, "llm_mode"), -1);
    free(s);
}

static void a_study_is_plain_if_one_scenario_says_it_all(void)
{
    struct study *s = two_variants();
    check(!study_is_plain(s));
    s->n_variants = 1;
    check(!study_is_plain(s));
    snprintf(s->variants[0].name, NAME_BYTES, "%s", VARIANT_BASE);
    check(!study_is_plain(s)); /* it has three phases */
    s->variants[0].n_phases = 1;
    check(study_is_plain(s));
    snprintf(s->variants[0].name, NAME_BYTES, "%s", "happened");
    check(!study_is_plain(s)); /* it is named in the results */
    free(s);
}

static const struct test tests[] = {
    {"a phase holds from its first second", a_phase_holds_from_its_first_second, FAST},
    {"names are found", names_are_found, FAST},
    {"a study is plain if one scenario says it all", a_study_is_plain_if_one_scenario_says_it_all, FAST},
};
TEST_MAIN("study", tests)
