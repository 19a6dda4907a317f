/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/response_cache.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

static void refresh_is_read_and_refused(void)
{
    int32_t kind = -1;
    double per_s = -1;
    check(cache_refresh_of("none", &kind, &per_s) && kind == CACHE_REFRESH_NONE);
    check(cache_refresh_of("unlimited", &kind, &per_s) && kind == CACHE_REFRESH_UNLIMITED);
    check(cache_refresh_of("2.385/s", &kind, &per_s) && kind == CACHE_REFRESH_LIMITED && per_s == 2.385);
    check(cache_refresh_of("90/min", &kind, &per_s) && per_s == 1.5);
    check(cache_refresh_of("7200/hour", &kind, &per_s) && per_s == 2);
    const char *const wrong[] = {"",     "5",     "/s",    "0/s",   "-1/s", "5/",   "5/day",
                                 "5/sx", "nan/s", "inf/s", "1e3/s", "5 /s", "None", "5/s "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_at(!cache_refresh_of(wrong[i], &kind, &per_s), __FILE__, __LINE__, "accepted '%s'", wrong[i]);
}

static struct response_cache plain(void)
{
    struct response_cache c;
    memset(&c, 0, sizeof c);
    c.ttl_s = 90.5;
    c.capacity = (int64_t)PARAM_ABSENT;
    c.restart_every_s = PARAM_ABSENT;
    snprintf(c.grace.refresh, sizeof c.grace.refresh, "6/min");
    return c;
}

static void rules_follow_from_the_parameters(void)
{
    struct response_cache c = plain();
    struct cache_rules rules;
    cache_rules_derive(&c, &rules);
    check_i64(rules.ttl_ns, 90500000000);
    check_i64(rules.restart_every_ns, 0);
    check_u64(rules.capacity, 0);
    check_rel(rules.refresh_per_s, 0.1, 1e-15);
    check_rel(cache_refresh_burst(&rules), 1, 0);
    check_i64(cache_restarted_ns(&rules, 123), 0);
    c.capacity = 200, c.restart_every_s = 10, c.grace.for_s = 60;
    cache_rules_derive(&c, &rules);
    check_u64(rules.capacity, 200);
    check_i64(cache_restarted_ns(&rules, 29999999999), 20000000000);
    check_i64(cache_restarted_ns(&rules, 30000000000), 30000000000);
    check(response_cache_is_given(&c));
    c.ttl_s = PARAM_ABSENT;
    check(!response_cache_is_given(&c));
}

static void the_window_is_closed_at_both_ends(void)
{
    struct response_cache c = plain();
    struct cache_rules rules;
    cache_rules_derive(&c, &rules);
    check(!cache_window_holds(cache_grace_window(&rules, 5, 9), 9));
    rules.grace_for_ns = 10;
    check(!cache_window_holds(cache_grace_window(&rules, 5, 9), 4));
    check(cache_window_holds(cache_grace_window(&rules, 5, 9), 5));
    check(cache_window_holds(cache_grace_window(&rules, 5, 9), 15));
    check(!cache_window_holds(cache_grace_window(&rules, 5, 9), 16));
    rules.grace_from = CACHE_GRACE_FROM_FIRST_USE;
    check(!cache_window_holds(cache_grace_window(&rules, 5, 9), 8));
    check(cache_window_holds(cache_grace_window(&rules, 5, 9), 19));
    check(!cache_window_holds(cache_no_window(), 0));
}

static void contradictions_are_refused(void)
{
    struct response_cache c = plain();
    struct complaint complaint;
    check((response_cache_block.check)(&c, &complaint));
    c.semantic.wrong_share = 0.1;
    check(!(response_cache_block.check)(&c, &complaint));
    check_text(complaint.key, "semantic");
    c.semantic.similar_share = 0.1;
    check((response_cache_block.check)(&c, &complaint));
    for (int32_t i = 0; i < response_cache_block.n_rows; i++)
        if (strcmp(response_cache_block.rows[i].key, "grace") == 0) {
            const struct param_block *grace = response_cache_block.rows[i].block;
            check((grace->check)(&c.grace, &complaint));
            snprintf(c.grace.refresh, sizeof c.grace.refresh, "often");
            check(!(grace->check)(&c.grace, &complaint));
            check_contains(complaint.hint, "5/s");
            return;
        }
    check(0);
}

static const struct test tests[] = {
    {"a limit of refreshes is read, and refused where it makes no sense", refresh_is_read_and_refused, FAST},
    {"rules follow from the parameters", rules_follow_from_the_parameters, FAST},
    {"a grace window is closed at both ends", the_window_is_closed_at_both_ends, FAST},
    {"contradictions are refused", contradictions_are_refused, FAST},
};
TEST_MAIN("response_cache", tests)
