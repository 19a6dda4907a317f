/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The functions of the math profile against the C library in long double (x87: 64 bits of mantissa, so that its own
 * error is 1/2048 ulp of a double; where long double is no wider than double these sweeps are skipped), and against
 * constants that were computed with mpmath at 50 digits. */
#include "harness.h"

#include <float.h>
#include <math.h>

#include "sim/fmath.h"
#include "sim/gamma.h"
#include "sim/normal.h"

static double uniform(uint64_t *state)
{
    return ((double)(test_random(state) >> 11) + 0.5) * 0x1p-53;
}

/* ---- the error of one result ---- */

/* In units of the last place of the wanted result; 1e9 where one of the two is NaN. */
static double error_in_ulp(double got, long double want)
{
    if (isnan(got) || isnan(want)) return isnan(got) && isnan(want) ? 0 : 1e9;
    const long double size = fabsl(want);
    if (size >= 0x1p1024L) return isinf(got) && (got > 0) == (want > 0) ? 0 : 1e9;
    int exponent = 0;
    frexpl(size, &exponent);
    const int last = size == 0 || exponent - 53 < -1074 ? -1074 : exponent - 53;
    if (isinf(got)) return (double)((0x1p1024L - size) / ldexpl(1, last));
    return (double)(fabsl(got - want) / ldexpl(1, last));
}

/* Relative; one subnormal step counts as 1e-15. */
static double error_relative(double got, long double want)
{
    if (isnan(got) || isnan(want)) return isnan(got) && isnan(want) ? 0 : 1e9;
    if ((double)want == got) return 0;
    const long double size = fabsl(want);
    if (size < 0x1p-1022L) return (double)(fabsl(got - want) / 0x1p-1074L) * 1e-15;
    return (double)(fabsl(got - want) / size);
}

/* Relative to the larger of 1 and the value. */
static double error_from_1(double got, long double want)
{
    if (isnan(got) || isnan(want)) return isnan(got) && isnan(want) ? 0 : 1e9;
    if ((double)want == got) return 0;
    return (double)(fabsl(got - want) / fmaxl(1, fabsl(want)));
}

/* ---- oracles ---- */

static long double sin_here(long double x)
{
    return fabsl(x) <= 0x1p20L ? sinl(x) : (long double)NAN;
}

static long double cos_here(long double x)
{
    return fabsl(x) <= 0x1p20L ? cosl(x) : (long double)NAN;
}

static long double lgamma_here(long double x)
{
    return x >= 0 ? lgammal(x) : (long double)NAN;
}

static const long double sqrt_half = 0.707106781186547524400844362104849039L;

static long double cdf_here(long double x)
{
    return 0.5L * erfcl(-x * sqrt_half);
}

/* How far the distribution function at x is from p, without cancellation in the middle nor in the tails. */
static long double cdf_minus(long double x, double p)
{
    if (p > 0.25 && p < 0.75) return 0.5L * erfl(x * sqrt_half) - ((long double)p - 0.5L);
    return p <= 0.25 ? cdf_here(x) - p : (1 - (long double)p) - cdf_here(-x);
}

/* Two steps of Newton from the result under test: any start near the quantile comes to the same end. */
static long double quantile_here(long double p)
{
    if (!(p > 0 && p < 1)) return p == 0 ? -(long double)INFINITY : p == 1 ? (long double)INFINITY : (long double)NAN;
    long double x = floe_normal_quantile((double)p);
    for (int i = 0; i < 2; i++)
        x -= cdf_minus(x, (double)p) * expl(x * x / 2) * 2.50662827463100050241576528481104525L;
    return x;
}

/* ---- sweeps ---- */

struct swept {
    double (*function)(double);
    long double (*oracle)(long double);
    double (*error)(double, long double);
    double limit;
    double low, high; /* where the interesting part of the domain is */
};

/* Two thirds over [low, high], one third of any size: random exponent, or random bits. */
static double point(const struct swept *s, uint64_t *state)
{
    const double u = uniform(state);
    const uint64_t word = test_random(state);
    if (word % 3 != 0) return s->low + (s->high - s->low) * u;
    if (word % 2 != 0) return floe_bits_to(test_random(state));
    return ldexp(u - 0.5, (int)(word >> 32 & 127) - 100);
}

static void sweep(const struct swept *s)
{
    uint64_t state = 2385;
    double worst = 0, at = 0;
    const int n = test_is_long() ? 10000000 : 50000;
    if (LDBL_MANT_DIG <= DBL_MANT_DIG) {
        test_skip("long double is no wider than double here");
        return;
    }
    for (int i = 0; i < n; i++) {
        const double x = point(s, &state);
        const double error = s->error(s->function(x), s->oracle(x));
        if (error > worst) worst = error, at = x;
    }
    check_at(worst <= s->limit, __FILE__, __LINE__, "error %.4g at %a, allowed %g", worst, at, s->limit);
}

#define SWEEP(name, function, oracle, error, limit, low, high)                                                         \
    static void name(void)                                                                                             \
    {                                                                                                                  \
        sweep(&(const struct swept){function, oracle, error, limit, low, high});                                       \
    }

SWEEP(exp_sweep, floe_exp, expl, error_in_ulp, 1.0, -750, 715)
SWEEP(expm1_sweep, floe_expm1, expm1l, error_in_ulp, 2.0, -45, 60)
SWEEP(log_sweep, floe_log, logl, error_in_ulp, 1.0, 0, 4)
SWEEP(log1p_sweep, floe_log1p, log1pl, error_in_ulp, 1.0, -1, 3)
SWEEP(sin_sweep, floe_sin, sin_here, error_in_ulp, 1.0, -0x1p20, 0x1p20)
SWEEP(cos_sweep, floe_cos, cos_here, error_in_ulp, 1.0, -0x1p20, 0x1p20)
SWEEP(quantile_sweep, floe_normal_quantile, quantile_here, error_relative, 1e-14, 0, 1)
SWEEP(cdf_sweep, floe_normal_cdf, cdf_here, error_relative, 1e-14, -39, 9)
SWEEP(erfc_sweep, floe_erfc, erfcl, error_relative, 1e-14, -7, 28)
SWEEP(lgamma_sweep, floe_lgamma, lgamma_here, error_from_1, 1e-14, 0, 20)

/* x^y with results over the whole range of a double: half of the y are chosen to end near a random exponent. */
static void pow_sweep(void)
{
    uint64_t state = 2385;
    double worst = 0, at_x = 0, at_y = 0;
    const int n = test_is_long() ? 10000000 : 50000;
    if (LDBL_MANT_DIG <= DBL_MANT_DIG) {
        test_skip("long double is no wider than double here");
        return;
    }
    for (int i = 0; i < n; i++) {
        const double any = floe_bits_to(test_random(&state) >> 1), u = uniform(&state);
        const double x = i % 3 == 0 ? any : i % 3 == 1 ? 2 * u : 1 + ldexp(u - 0.5, -(i / 3 % 40));
        const double v = uniform(&state);
        const double y = i & 1 ? (1500 * v - 760) / floe_log(x) : 40 * v - 20;
        const double error = error_in_ulp(floe_pow(x, y), powl(x, y));
        if (error > worst) worst = error, at_x = x, at_y = y;
    }
    check_at(worst <= 2.0, __FILE__, __LINE__, "error %.4g ulp at %a ^ %a, allowed 2", worst, at_x, at_y);
}

/* ---- known answers: mpmath 1.3 with 50 digits, arguments being the doubles next to the decimals ---- */

static void elementary_known_answers(void)
{
    check_rel(floe_exp(2.385), 10.859062664920514039, 2.3e-16);
    check_rel(floe_exp(-700.25), 7.6787238131108722116e-305, 2.3e-16);
    check_abs(floe_exp(-740.5), 2.5405991628101601162e-322, 0x1p-1074);
    check_rel(floe_log(2.385), 0.86919912434030445011, 2.3e-16);
    check_rel(floe_log(1e-310), -713.8013788281541651, 2.3e-16);
    check_rel(floe_log1p(2.385e-9), 2.384999997155887437e-9, 2.3e-16);
    check_rel(floe_log1p(-0.7615), -1.4333859686537409546, 2.3e-16);
    check_rel(floe_expm1(2.385e-9), 2.3850000028441124347e-9, 4.5e-16);
    check_rel(floe_expm1(-0.7615), -0.533034546768838969, 4.5e-16);
    check_rel(floe_sin(1e6), -0.34999350217129295212, 2.3e-16);
    check_rel(floe_cos(1e6), 0.93675212753314478694, 2.3e-16);
    check_rel(floe_sin(355), -0.000030144353359488449214, 2.3e-16);
    check_rel(floe_cos(2.385), -0.72717919253917256972, 2.3e-16);
}

static void pow_known_answers(void)
{
    check_rel(floe_pow(2.385, -612.7), 5.1625884500089298487e-232, 4.5e-16);
    check_rel(floe_pow(1.0000001, 7e9), 1.0141969717459648206e+304, 4.5e-16);
    check_abs(floe_pow(0.9, 7010.5), 1.6485891011423538507e-321, 0x1p-1073);
}

static void special_known_answers(void)
{
    check_rel(floe_erfc(5), 1.5374597944280348502e-12, 1e-14);
    check_rel(floe_erfc(26.25), 1.191076770672623004e-301, 1e-14);
    check_rel(floe_erfc(-0.3), 1.3286267594591274162, 1e-14);
    check_rel(floe_normal_cdf(-2.385), 0.0085395606766820040667, 1e-14);
    check_rel(floe_normal_cdf(-37.5), 4.6053530095819548438e-308, 1e-14);
    check_rel(floe_normal_quantile(0x1p-53), -8.2095361516013868556, 1e-14);
    check_rel(floe_normal_quantile(1e-300), -37.047096299361199237, 1e-14);
    check_rel(floe_normal_quantile(0.025), -1.9599639845400542118, 1e-14);
    check_rel(floe_normal_quantile(0.2385), -0.71113594090137733744, 1e-14);
    check_rel(floe_lgamma(0.3), 1.0957979948180755606, 1e-14);
    check_abs(floe_lgamma(2.385), 0.20712390650750363571, 1e-14);
    check_rel(floe_lgamma(1000000000.5), 19723265837.865349689, 1e-14);
    check_rel(floe_lgamma(1e-300), 690.77552789821370518, 1e-14);
}

/* Abramowitz and Stegun, Handbook of Mathematical Functions, tables 26.1 (P(x) at 1, 2, 3) and 26.5 (x of Q = 0.01),
 * 6.1 (Gamma(1.5) = 0.88622 69255) and 7.1 (erf 0.5 = 0.52049 98778). */
static void handbook_answers(void)
{
    check_abs(floe_normal_cdf(1), 0.841344746068543, 5e-16);
    check_abs(floe_normal_cdf(2), 0.977249868051821, 5e-16);
    check_abs(floe_normal_cdf(3), 0.998650101968370, 5e-16);
    check_abs(floe_normal_quantile(0.99), 2.32635, 5e-6);
    check_abs(floe_exp(floe_lgamma(1.5)), 0.8862269255, 5e-11);
    check_abs(1 - floe_erfc(0.5), 0.5204998778, 5e-11);
}

/* ---- edges ---- */

static const double infinity = (double)INFINITY;

static void exp_and_log_edges(void)
{
    check(floe_exp(0) == 1 && floe_exp(-0.0) == 1);
    check(floe_exp(infinity) == infinity && floe_exp(-infinity) == 0);
    check(floe_exp(0x1.62e42fefa39efp9) < infinity && floe_exp(0x1.62e42fefa39f0p9) == infinity);
    check(floe_exp(-0x1.74910d52d3051p9) == 0x1p-1074 && floe_exp(-0x1.74910d52d3052p9) == 0);
    check(floe_expm1(-infinity) == -1 && floe_expm1(infinity) == infinity && floe_expm1(0) == 0);
    check(floe_expm1(0x1p-1074) == 0x1p-1074);
    check(floe_log(1) == 0 && floe_log(0) == -infinity && floe_log(-0.0) == -infinity);
    check(floe_log(infinity) == infinity && isnan(floe_log(-0x1p-1074)) && isnan(floe_log(-infinity)));
    check_rel(floe_log(0x1p-1074), -744.44007192138126231, 2.3e-16);
    check(floe_log1p(0) == 0 && floe_log1p(-1) == -infinity && isnan(floe_log1p(-1.0000000000000002)));
    check(floe_log1p(infinity) == infinity && floe_log1p(0x1p-1074) == 0x1p-1074);
    check_rel(floe_log1p(DBL_MAX), 709.78271289338397310, 2.3e-16);
}

static void pow_edges(void)
{
    check(floe_pow(0, 0) == 1 && floe_pow(infinity, 0) == 1 && floe_pow(1, infinity) == 1);
    check(floe_pow(0, 2.385) == 0 && floe_pow(0, -2.385) == infinity);
    check(floe_pow(infinity, 2.385) == infinity && floe_pow(infinity, -2.385) == 0);
    check(floe_pow(2, infinity) == infinity && floe_pow(0.5, infinity) == 0 && floe_pow(0.5, -infinity) == infinity);
    check(isnan(floe_pow(-2, 2)) && isnan(floe_pow(NAN, 2)) && isnan(floe_pow(2, NAN)));
    check(floe_pow(2, 10) == 1024 && floe_pow(2, -1074) == 0x1p-1074 && floe_pow(2, 1023) == 0x1p1023);
    check(floe_pow(2, 1024) == infinity && floe_pow(3, 33) == 5559060566555523.0);
}

static void special_edges(void)
{
    check(floe_normal_quantile(0) == -infinity && floe_normal_quantile(1) == infinity);
    check(floe_normal_quantile(0.5) == 0 && isnan(floe_normal_quantile(-0.1)) && isnan(floe_normal_quantile(1.1)));
    check(floe_normal_cdf(-infinity) == 0 && floe_normal_cdf(infinity) == 1 && floe_normal_cdf(0) == 0.5);
    check(floe_erfc(infinity) == 0 && floe_erfc(-infinity) == 2 && floe_erfc(0) == 1);
    check(floe_lgamma(0) == infinity && isnan(floe_lgamma(-1)) && floe_lgamma(infinity) == infinity);
    check_abs(floe_lgamma(1), 0, 1e-14);
    check_abs(floe_lgamma(2), 0, 1e-14);
    check(isnan(floe_sin(0x1.0000000000001p20)) && isnan(floe_cos(infinity)) && !isnan(floe_sin(0x1p20)));
    check(floe_sin(0) == 0 && floe_cos(0) == 1);
}

static void nan_in_is_the_one_nan_out(void)
{
    double (*const all[])(double) = {floe_exp, floe_expm1,           floe_log,        floe_log1p, floe_sin,
                                     floe_cos, floe_normal_quantile, floe_normal_cdf, floe_erfc,  floe_lgamma};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (int sign = 0; sign < 2; sign++) {
            const double nan = floe_bits_to(0x7ff0000000012345u | (uint64_t)sign << 63);
            check_u64(floe_bits_of(all[i](nan)), floe_bits_of(floe_bits_nan()));
        }
}

static void nothing_returns_minus_zero(void)
{
    double (*const all[])(double) = {floe_expm1, floe_log1p, floe_sin};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        check_u64(floe_bits_of(all[i](-0.0)), 0);
    check_u64(floe_bits_of(floe_log(1)), 0);
    check_u64(floe_bits_of(floe_normal_quantile(0.5)), 0);
}

/* The reduction of sin meets its worst arguments next to the multiples of pi/2. */
static void sin_and_cos_stay_exact_next_to_multiples_of_half_pi(void)
{
    if (LDBL_MANT_DIG <= DBL_MANT_DIG) {
        test_skip("long double is no wider than double here");
        return;
    }
    double worst = 0;
    for (int k = 1; k < 667543; k += test_is_long() ? 1 : 37) {
        const double x = (double)(k * 1.57079632679489661923132169163975144L);
        worst = fmax(worst, error_in_ulp(floe_sin(x), sinl(x)));
        worst = fmax(worst, error_in_ulp(floe_cos(x), cosl(x)));
    }
    check_at(worst <= 1.0, __FILE__, __LINE__, "error %.4g ulp", worst);
}

static void the_quantile_is_odd_about_one_half(void)
{
    uint64_t state = 9;
    for (int i = 0; i < 20000; i++) {
        const double u = ((double)(test_random(&state) >> 12 >> (i % 52)) + 0.5) * 0x1p-52;
        check(floe_normal_quantile(1 - u) == -floe_normal_quantile(u));
    }
}

/* Around each x, exp of the next doubles must not fall. Half the places are where the multiple of log 2 changes. */
static void exp_never_falls(void)
{
    uint64_t state = 10;
    int falls = 0;
    for (int i = 0; i < (test_is_long() ? 200000 : 4000); i++) {
        const double u = uniform(&state);
        const double change = ((double)(test_random(&state) % 2000) - 1000 + 0.5) * 0.693147180559945309417;
        const double x = i & 1 ? change : ldexp(u - 0.5, (int)(test_random(&state) % 60) - 50);
        uint64_t bits = floe_bits_of(fabs(x)) - 20;
        for (int j = 0; j < 40; j++, bits++) {
            const double here = floe_bits_to(bits), next = floe_bits_to(bits + 1);
            falls += x > 0 ? floe_exp(next) < floe_exp(here) : floe_exp(-next) > floe_exp(-here);
        }
    }
    check_i64(falls, 0);
}

static const struct test tests[] = {
    {"exp stays within 1 ulp", exp_sweep, FAST},
    {"expm1 stays within 2 ulp", expm1_sweep, FAST},
    {"log stays within 1 ulp", log_sweep, FAST},
    {"log1p stays within 1 ulp", log1p_sweep, FAST},
    {"pow stays within 2 ulp", pow_sweep, FAST},
    {"sin stays within 1 ulp", sin_sweep, FAST},
    {"cos stays within 1 ulp", cos_sweep, FAST},
    {"the normal quantile stays within 1e-14", quantile_sweep, FAST},
    {"the normal distribution function stays within 1e-14", cdf_sweep, FAST},
    {"erfc stays within 1e-14", erfc_sweep, FAST},
    {"lgamma stays within 1e-14 of the larger of 1 and the value", lgamma_sweep, FAST},
    {"exp, log, sin and their kin give known answers", elementary_known_answers, FAST},
    {"pow gives known answers at both ends of the range", pow_known_answers, FAST},
    {"normal and gamma functions give known answers", special_known_answers, FAST},
    {"the handbook's tables agree", handbook_answers, FAST},
    {"exp and log are right at the edges of their domains", exp_and_log_edges, FAST},
    {"pow is right at the edges of its domain", pow_edges, FAST},
    {"normal, gamma and circular functions are right at the edges", special_edges, FAST},
    {"NaN in is the one NaN out", nan_in_is_the_one_nan_out, FAST},
    {"nothing returns minus zero", nothing_returns_minus_zero, FAST},
    {"sin and cos stay exact next to multiples of half pi", sin_and_cos_stay_exact_next_to_multiples_of_half_pi, FAST},
    {"the normal quantile is odd about one half", the_quantile_is_odd_about_one_half, FAST},
    {"exp never falls", exp_never_falls, FAST},
};

TEST_MAIN("fmath", tests)
