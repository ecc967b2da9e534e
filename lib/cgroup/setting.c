// SPDX-License-Identifier: MIT
#include "cgroup/setting.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "cgroup/tree/keyed.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

enum {
	USEC_A_SECOND = 1000000,
	/* The kernel and systemd start from this period for cpu.max. The longer one is for shares
	 * so small that the quota would fall below the kernel's least, a millisecond. */
	PERIOD_USEC = 100000,
	PERIOD_LONG_USEC = 1000000,
	QUOTA_LEAST_USEC = 1000,
	/* Rounding may take this much from a share: systemd keeps hundredths of a percent in its
	 * drop-ins, and the kernel microseconds of a period. */
	QUOTA_SLACK_USEC = 100,
};

const struct cgroup_row cgroup_rows[CGROUP_LIMIT_COUNT] = {
	[CGROUP_CPU_MAX] = {"cpu.max", "cpu", "CPUQuotaPerSecUSec", CGROUP_FORM_QUOTA, "max 100000",
		{"cpu", "cpu.cfs_quota_us", true}},
	[CGROUP_CPU_WEIGHT] = {"cpu.weight", "cpu", "CPUWeight", CGROUP_FORM_WEIGHT, "100",
		{"cpu", "cpu.shares", true}},
	[CGROUP_CPUSET_CPUS] = {"cpuset.cpus", "cpuset", "AllowedCPUs", CGROUP_FORM_CPUS, "",
		{"cpuset", "cpuset.cpus", false}},
	[CGROUP_MEMORY_HIGH] = {"memory.high", "memory", "MemoryHigh", CGROUP_FORM_BYTES, "max",
		{"memory", NULL, false}},
	[CGROUP_MEMORY_MAX] = {"memory.max", "memory", "MemoryMax", CGROUP_FORM_BYTES, "max",
		{"memory", "memory.limit_in_bytes", true}},
	[CGROUP_MEMORY_SWAP_MAX] = {"memory.swap.max", "memory", "MemorySwapMax", CGROUP_FORM_BYTES,
		"max", {"memory", "memory.memsw.limit_in_bytes", false}},
	[CGROUP_PIDS_MAX] = {"pids.max", "pids", "TasksMax", CGROUP_FORM_NUMBER, "max",
		{"pids", "pids.max", true}},
	[CGROUP_IO_MAX] = {"io.max", "io", NULL, CGROUP_FORM_IO, "",
		{"blkio", "blkio.throttle.read_bps_device", true}},
	[CGROUP_IO_WEIGHT] = {"io.weight", "io", "IOWeight", CGROUP_FORM_WEIGHT, "default 100",
		{"blkio", "blkio.bfq.weight", true}},
};

const struct cgroup_io_row cgroup_io_rows[CGROUP_IO_COUNT] = {
	[CGROUP_IO_RBPS] = {"rbps", "IOReadBandwidthMax", "blkio.throttle.read_bps_device"},
	[CGROUP_IO_WBPS] = {"wbps", "IOWriteBandwidthMax", "blkio.throttle.write_bps_device"},
	[CGROUP_IO_RIOPS] = {"riops", "IOReadIOPSMax", "blkio.throttle.read_iops_device"},
	[CGROUP_IO_WIOPS] = {"wiops", "IOWriteIOPSMax", "blkio.throttle.write_iops_device"},
};

int cgroup_limit_id(const char *name, size_t length)
{
	for (int id = 0; id < CGROUP_LIMIT_COUNT; id++)
		if (strlen(cgroup_rows[id].name) == length &&
			memcmp(cgroup_rows[id].name, name, length) == 0)
			return id;
	return -ENOENT;
}

static int parse_quota(const char *text, struct cgroup_value *value)
{
	uint64_t quota, period;
	const char *end;

	if (keyed_parse_number(text, &quota, &end) < 0 || *end != ' ' ||
		keyed_parse_number(end + 1, &period, NULL) < 0 || period == 0)
		return -EBADMSG;
	value->number = quota == CGROUP_UNLIMITED
				? CGROUP_UNLIMITED
				: (uint64_t)((__uint128_t)quota * USEC_A_SECOND / period);
	return 0;
}

/* Parses the four numbers behind "MAJ:MIN"; those that are missing stay unlimited. */
static int parse_io_line(const char *p, struct cgroup_value *value)
{
	while (*p == ' ') {
		int i;

		p++;
		for (i = 0; i < CGROUP_IO_COUNT; i++) {
			size_t length = strlen(cgroup_io_rows[i].name);

			if (strncmp(p, cgroup_io_rows[i].name, length) == 0 && p[length] == '=') {
				p += length + 1;
				break;
			}
		}
		if (i == CGROUP_IO_COUNT || keyed_parse_number(p, &value->io[i], &p) < 0)
			return -EBADMSG;
	}
	return *p == '\0' || *p == '\n' ? 0 : -EBADMSG;
}

static int parse_io(const char *text, dev_t device, struct cgroup_value *value)
{
	char key[32];
	const char *line;

	snprintf(key, sizeof(key), "%u:%u", major(device), minor(device));
	for (int i = 0; i < CGROUP_IO_COUNT; i++)
		value->io[i] = CGROUP_UNLIMITED;
	line = keyed_find_line(text, key);
	return line ? parse_io_line(line - 1, value) : 0;
}

int cgroup_setting_parse(struct cgroup_setting *setting, const char *text)
{
	struct cgroup_value *value = &setting->value;

	memset(value, 0, sizeof(*value));
	switch (cgroup_rows[setting->id].form) {
	case CGROUP_FORM_QUOTA:
		return parse_quota(text, value);
	case CGROUP_FORM_CPUS:
		return cpu_list_parse(text, value->cpus) < 0 ? -EBADMSG : 0;
	case CGROUP_FORM_IO:
		return parse_io(text, setting->device, value);
	case CGROUP_FORM_WEIGHT:
		if (strncmp(text, "default ", strlen("default ")) == 0)
			text += strlen("default ");
		return keyed_parse_number(text, &value->number, NULL);
	case CGROUP_FORM_NUMBER:
	case CGROUP_FORM_BYTES:
		return keyed_parse_number(text, &value->number, NULL);
	}
	return -EBADMSG;
}

void cgroup_setting_inherent(struct cgroup_setting *setting)
{
	/* The table's own texts always parse: tests/unit/cgroup_limits.c. */
	(void)cgroup_setting_parse(setting, cgroup_rows[setting->id].inherent);
}

static bool quota_holds(uint64_t wanted, uint64_t present)
{
	if (wanted == CGROUP_UNLIMITED || present == CGROUP_UNLIMITED)
		return wanted == present;
	return wanted >= present ? wanted - present < QUOTA_SLACK_USEC
				 : present - wanted < QUOTA_SLACK_USEC;
}

static uint64_t whole_pages(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return bytes == CGROUP_UNLIMITED ? bytes : bytes / page * page;
}

bool cgroup_setting_holds(const struct cgroup_setting *wanted, const struct cgroup_setting *present)
{
	const struct cgroup_value *w = &wanted->value, *p = &present->value;

	switch (cgroup_rows[wanted->id].form) {
	case CGROUP_FORM_QUOTA:
		return quota_holds(w->number, p->number);
	case CGROUP_FORM_CPUS:
		return memcmp(w->cpus, p->cpus, sizeof(w->cpus)) == 0;
	case CGROUP_FORM_IO:
		return memcmp(w->io, p->io, sizeof(w->io)) == 0;
	case CGROUP_FORM_BYTES:
		return whole_pages(w->number) == whole_pages(p->number);
	case CGROUP_FORM_NUMBER:
	case CGROUP_FORM_WEIGHT:
		return w->number == p->number;
	}
	return false;
}

static void print_number(FILE *out, uint64_t number)
{
	if (number == CGROUP_UNLIMITED)
		fputs("max", out);
	else
		fprintf(out, "%" PRIu64, number);
}

static void print_quota(FILE *out, uint64_t usec)
{
	uint64_t period = PERIOD_USEC;
	uint64_t quota = usec / (USEC_A_SECOND / PERIOD_USEC);

	if (quota < QUOTA_LEAST_USEC) {
		period = PERIOD_LONG_USEC;
		quota = usec < QUOTA_LEAST_USEC ? QUOTA_LEAST_USEC : usec;
	}
	print_number(out, usec == CGROUP_UNLIMITED ? CGROUP_UNLIMITED : quota);
	fprintf(out, " %" PRIu64, period);
}

static void print_io(FILE *out, dev_t device, const uint64_t *io)
{
	fprintf(out, "%u:%u", major(device), minor(device));
	for (int i = 0; i < CGROUP_IO_COUNT; i++) {
		fprintf(out, " %s=", cgroup_io_rows[i].name);
		print_number(out, io[i]);
	}
}

char *cgroup_setting_format(const struct cgroup_setting *setting)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	switch (cgroup_rows[setting->id].form) {
	case CGROUP_FORM_QUOTA:
		print_quota(out, setting->value.number);
		break;
	case CGROUP_FORM_CPUS:
		cpu_list_print(out, setting->value.cpus);
		break;
	case CGROUP_FORM_IO:
		print_io(out, setting->device, setting->value.io);
		break;
	case CGROUP_FORM_NUMBER:
	case CGROUP_FORM_BYTES:
	case CGROUP_FORM_WEIGHT:
		print_number(out, setting->value.number);
		break;
	}
	return stream_finish(out, &text);
}
