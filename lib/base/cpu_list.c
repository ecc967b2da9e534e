// SPDX-License-Identifier: MIT
#include "base/cpu_list.h"

#include <errno.h>
#include <string.h>

/* Parses one number, and moves *p behind it. */
static int parse_cpu(const char **p, unsigned *ret_cpu)
{
	unsigned cpu = 0;

	if (**p < '0' || **p > '9')
		return -EINVAL;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		cpu = cpu * 10 + (unsigned)(**p - '0');
		if (cpu >= CPU_LIST_MAX)
			return -EINVAL;
	}
	*ret_cpu = cpu;
	return 0;
}

int cpu_list_parse(const char *text, uint8_t ret_cpus[static CPU_LIST_BYTES])
{
	const char *p = text;
	unsigned first, last;
	int r;

	memset(ret_cpus, 0, CPU_LIST_BYTES);
	if (*p == '\0' || *p == '\n')
		return 0;
	for (;; p++) {
		r = parse_cpu(&p, &first);
		if (r < 0)
			return r;
		last = first;
		if (*p == '-') {
			p++;
			r = parse_cpu(&p, &last);
			if (r < 0)
				return r;
		}
		if (last < first)
			return -EINVAL;
		for (unsigned cpu = first; cpu <= last; cpu++)
			ret_cpus[cpu / 8] |= (uint8_t)(1u << (cpu % 8));
		if (*p == '\0' || *p == '\n')
			return 0;
		if (*p != ',')
			return -EINVAL;
	}
}

static bool has_cpu(const uint8_t *cpus, unsigned cpu)
{
	return cpu < CPU_LIST_MAX && (cpus[cpu / 8] >> (cpu % 8) & 1);
}

void cpu_list_print(FILE *out, const uint8_t cpus[static CPU_LIST_BYTES])
{
	const char *comma = "";

	for (unsigned first = 0; first < CPU_LIST_MAX; first++) {
		unsigned last = first;

		if (!has_cpu(cpus, first))
			continue;
		while (has_cpu(cpus, last + 1))
			last++;
		fprintf(out, "%s%u", comma, first);
		if (last > first)
			fprintf(out, "-%u", last);
		comma = ",";
		first = last;
	}
}

bool cpu_list_overlap(
	const uint8_t a[static CPU_LIST_BYTES], const uint8_t b[static CPU_LIST_BYTES])
{
	for (int i = 0; i < CPU_LIST_BYTES; i++)
		if (a[i] & b[i])
			return true;
	return false;
}
