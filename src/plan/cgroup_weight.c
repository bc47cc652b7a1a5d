/*
 * cpu.shares as cpu.weight. The curve goes through (2, 1), (1024, 100) and (262144, 10000), so that
 * the default of either version is the default of the other:
 *
 *   weight = ceil(10^((l^2 + 125 l) / 612 - 7/34)),  l = log2(shares)
 *
 * The two functions needed are here, as linking libm costs every start of the program more than
 * the whole computation.
 */
#include "cgroup.h"

#include "base/banned.h"

enum {
	LOG_BITS = 52,
	EXP_TERMS = 24,
	EXP_HALVINGS = 4
};

/* Binary digits of the logarithm by repeated squaring. @x >= 1 */
static double log2_of(uint64_t x)
{
	double result = 0, digit = 0.5, m = (double)x;

	for (; m >= 2; m /= 2)
		result += 1;
	for (int i = 0; i < LOG_BITS; i++, digit /= 2) {
		m *= m;
		if (m >= 2) {
			m /= 2;
			result += digit;
		}
	}
	return result;
}

/* e^(x / 16) by its series, then squared four times. 0 <= @x <= 10 */
static double exp_of(double x)
{
	double term = 1, sum = 1;

	x /= 1 << EXP_HALVINGS;
	for (int i = 1; i < EXP_TERMS; i++) {
		term *= x / i;
		sum += term;
	}
	for (int i = 0; i < EXP_HALVINGS; i++)
		sum *= sum;
	return sum;
}

uint64_t plan_cpu_weight(uint64_t shares)
{
	const double ln10 = 2.302585092994045684, slack = 1e-9; /* exact points stay exact */
	double l, weight;
	uint64_t whole;

	if (shares == 0)
		return 0;
	if (shares <= PLAN_CPU_SHARES_MIN)
		return 1;
	if (shares >= PLAN_CPU_SHARES_MAX)
		return PLAN_CPU_WEIGHT_MAX;
	l = log2_of(shares);
	weight = exp_of(((l * l + 125 * l) / 612 - 7.0 / 34) * ln10) - slack;
	whole = (uint64_t)weight;
	return (double)whole < weight ? whole + 1 : whole;
}
