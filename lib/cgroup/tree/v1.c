// SPDX-License-Identifier: MIT
#include "cgroup/tree/v1.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/tree/keyed.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#define QUOTA       "cpu.cfs_quota_us"
#define PERIOD      "cpu.cfs_period_us"
#define MEMORY      "memory.limit_in_bytes"
#define MEMORY_SWAP "memory.memsw.limit_in_bytes"

enum {
	FILE_MAX = 1 << 20,
	SHARES = 1024, /* the cpu.shares for a weight of 100 */
	SHARES_LEAST = 2,
	WEIGHT = 100,
	WEIGHT_MOST = 10000,
	BFQ_WEIGHT_MOST = 1000,
};

/* The kernel turns "-1" into PAGE_COUNTER_MAX, which is a little below 2^63 on 64 bits. */
static const uint64_t memory_unlimited = UINT64_C(1) << 62;

static int write_number(int fd, const char *file, uint64_t number)
{
	char text[32] = "-1";

	if (number != CGROUP_UNLIMITED)
		snprintf(text, sizeof(text), "%" PRIu64, number);
	return fd_write_file(fd, file, text);
}

/* ---- cpu.max ---- */

static int read_cfs_quota(int fd, struct cgroup_setting *setting)
{
	cleanup_free char *quota = NULL;
	cleanup_free char *period = NULL;
	char text[64];
	int r;

	r = fd_read_file(fd, QUOTA, FILE_MAX, &quota);
	if (r == 0)
		r = fd_read_file(fd, PERIOD, FILE_MAX, &period);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%.*s %.*s", quota[0] == '-' ? 3 : (int)strcspn(quota, "\n"),
		quota[0] == '-' ? "max" : quota, (int)strcspn(period, "\n"), period);
	return cgroup_setting_parse(setting, text);
}

/* Takes the quota away before the period changes, since the new one may not suit it. */
static int write_period(int fd, uint64_t period)
{
	uint64_t present;
	int r = keyed_read_number(fd, PERIOD, &present);

	if (r < 0 || present == period)
		return r;
	r = write_number(fd, QUOTA, CGROUP_UNLIMITED);
	return r < 0 ? r : write_number(fd, PERIOD, period);
}

static int write_cfs_quota(int fd, const struct cgroup_setting *setting)
{
	cleanup_free char *text = cgroup_setting_format(setting);
	uint64_t quota, period;
	const char *end;
	int r;

	if (!text)
		return -ENOMEM;
	if (keyed_parse_number(text, &quota, &end) < 0 || *end != ' ' ||
		keyed_parse_number(end + 1, &period, NULL) < 0)
		return -EBADMSG;
	r = write_period(fd, period);
	return r < 0 ? r : write_number(fd, QUOTA, quota);
}

/* ---- weights ---- */

static uint64_t shares_of(uint64_t weight)
{
	uint64_t shares = weight * SHARES / WEIGHT;

	return shares < SHARES_LEAST ? SHARES_LEAST : shares;
}

static uint64_t weight_of_shares(uint64_t shares)
{
	return (shares * WEIGHT + SHARES / 2) / SHARES;
}

static int read_shares(int fd, struct cgroup_setting *setting)
{
	uint64_t shares;
	int r = keyed_read_number(fd, "cpu.shares", &shares);

	if (r == 0)
		setting->value.number = weight_of_shares(shares);
	return r;
}

static int write_shares(int fd, const struct cgroup_setting *setting)
{
	return write_number(fd, "cpu.shares", shares_of(setting->value.number));
}

static uint64_t bfq_of(uint64_t weight)
{
	return weight <= WEIGHT ? weight
				: WEIGHT + (weight - WEIGHT) * (BFQ_WEIGHT_MOST - WEIGHT) /
						   (WEIGHT_MOST - WEIGHT);
}

static uint64_t weight_of_bfq(uint64_t bfq)
{
	return bfq <= WEIGHT ? bfq
			     : WEIGHT + (bfq - WEIGHT) * (WEIGHT_MOST - WEIGHT) /
						(BFQ_WEIGHT_MOST - WEIGHT);
}

static int read_bfq(int fd, struct cgroup_setting *setting)
{
	uint64_t bfq;
	int r = keyed_read_number(fd, "blkio.bfq.weight", &bfq);

	if (r == 0)
		setting->value.number = weight_of_bfq(bfq);
	return r;
}

static int write_bfq(int fd, const struct cgroup_setting *setting)
{
	return write_number(fd, "blkio.bfq.weight", bfq_of(setting->value.number));
}

/* ---- memory ---- */

static int read_bytes(int fd, const char *file, uint64_t *ret_bytes)
{
	int r = keyed_read_number(fd, file, ret_bytes);

	if (r == 0 && *ret_bytes >= memory_unlimited)
		*ret_bytes = CGROUP_UNLIMITED;
	return r;
}

static uint64_t add_limits(uint64_t memory, uint64_t swap)
{
	return memory > memory_unlimited || swap > memory_unlimited ? CGROUP_UNLIMITED
								    : memory + swap;
}

/* Reads both limits. There is no limit on swap where there is no swap accounting, or no limit on
 * memory. */
static int read_memory_and_swap(int fd, uint64_t *ret_memory, uint64_t *ret_swap)
{
	uint64_t both;
	int r = read_bytes(fd, MEMORY, ret_memory);

	if (r < 0)
		return r;
	r = read_bytes(fd, MEMORY_SWAP, &both);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_swap = r < 0 || both == CGROUP_UNLIMITED || *ret_memory == CGROUP_UNLIMITED
			    ? CGROUP_UNLIMITED
			    : both - *ret_memory;
	return 0;
}

static int read_memory(int fd, struct cgroup_setting *setting)
{
	return read_bytes(fd, MEMORY, &setting->value.number);
}

static int read_swap(int fd, struct cgroup_setting *setting)
{
	uint64_t memory;
	int r = fd_look(fd, MEMORY_SWAP);

	return r < 0 ? r : read_memory_and_swap(fd, &memory, &setting->value.number);
}

/* Writes both limits. The limit on memory and swap may never be lower than that on memory alone, so
 * the order depends on whether they rise or fall. */
static int write_memory_and_swap(int fd, uint64_t memory, uint64_t swap)
{
	uint64_t both, wanted = add_limits(memory, swap);
	int r = read_bytes(fd, MEMORY_SWAP, &both);

	if (r == -ENOENT)
		return write_number(fd, MEMORY, memory);
	if (r == 0 && wanted > both)
		r = write_number(fd, MEMORY_SWAP, wanted);
	if (r == 0)
		r = write_number(fd, MEMORY, memory);
	if (r == 0 && wanted < both)
		r = write_number(fd, MEMORY_SWAP, wanted);
	return r;
}

static int write_memory(int fd, const struct cgroup_setting *setting)
{
	uint64_t memory, swap;
	int r = read_memory_and_swap(fd, &memory, &swap);

	return r < 0 ? r : write_memory_and_swap(fd, setting->value.number, swap);
}

static int write_swap(int fd, const struct cgroup_setting *setting)
{
	uint64_t memory, swap;
	int r = read_memory_and_swap(fd, &memory, &swap);

	return r < 0 ? r : write_memory_and_swap(fd, memory, setting->value.number);
}

uint64_t v1_memory_held(int fd)
{
	uint64_t anonymous = 0, shmem = 0;

	(void)keyed_read_value(fd, "memory.stat", "total_rss", &anonymous);
	(void)keyed_read_value(fd, "memory.stat", "total_shmem", &shmem);
	return anonymous + shmem;
}

/* ---- io.max ---- */

/* Reads the rate of a device. The file has a line "8:0 1048576" for each device with a limit. */
static int read_throttle(int fd, const char *file, dev_t device, uint64_t *ret_number)
{
	char key[32];
	int r;

	snprintf(key, sizeof(key), "%u:%u", major(device), minor(device));
	r = keyed_read_value(fd, file, key, ret_number);
	if (r == -ENOENT && fd_look(fd, file) == 0) {
		*ret_number = CGROUP_UNLIMITED;
		r = 0;
	}
	return r;
}

static int read_io(int fd, struct cgroup_setting *setting)
{
	for (int i = 0; i < CGROUP_IO_COUNT; i++) {
		int r = read_throttle(
			fd, cgroup_io_rows[i].v1_file, setting->device, &setting->value.io[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int write_io(int fd, const struct cgroup_setting *setting)
{
	for (int i = 0; i < CGROUP_IO_COUNT; i++) {
		uint64_t number = setting->value.io[i];
		char text[64];
		int r;

		/* 0 takes the limit away. */
		snprintf(text, sizeof(text), "%u:%u %" PRIu64, major(setting->device),
			minor(setting->device), number == CGROUP_UNLIMITED ? 0 : number);
		r = fd_write_file(fd, cgroup_io_rows[i].v1_file, text);
		if (r < 0)
			return r;
	}
	return 0;
}

int v1_first_device(int fd, struct cgroup_setting *setting)
{
	for (int i = 0; i < CGROUP_IO_COUNT; i++) {
		cleanup_free char *text = NULL;
		unsigned major_, minor_;
		int r = fd_read_file(fd, cgroup_io_rows[i].v1_file, FILE_MAX, &text);

		if (r < 0)
			return r;
		if (sscanf(text, "%u:%u ", &major_, &minor_) == 2) {
			setting->device = makedev(major_, minor_);
			return 0;
		}
	}
	return -ENOENT;
}

/* ---- files that read as in cgroup2 ---- */

static int read_same(int fd, struct cgroup_setting *setting)
{
	cleanup_free char *text = NULL;
	int r = fd_read_file(fd, cgroup_rows[setting->id].v1.file, FILE_MAX, &text);

	return r < 0 ? r : cgroup_setting_parse(setting, text);
}

static int write_same(int fd, const struct cgroup_setting *setting)
{
	cleanup_free char *text = cgroup_setting_format(setting);

	if (!text)
		return -ENOMEM;
	return fd_write_file(fd, cgroup_rows[setting->id].v1.file, text[0] ? text : "\n");
}

static const struct {
	int (*read)(int fd, struct cgroup_setting *setting);
	int (*write)(int fd, const struct cgroup_setting *setting);
} conversions[CGROUP_LIMIT_COUNT] = {
	[CGROUP_CPU_MAX] = {read_cfs_quota, write_cfs_quota},
	[CGROUP_CPU_WEIGHT] = {read_shares, write_shares},
	[CGROUP_CPUSET_CPUS] = {read_same, write_same},
	[CGROUP_MEMORY_MAX] = {read_memory, write_memory},
	[CGROUP_MEMORY_SWAP_MAX] = {read_swap, write_swap},
	[CGROUP_PIDS_MAX] = {read_same, write_same},
	[CGROUP_IO_MAX] = {read_io, write_io},
	[CGROUP_IO_WEIGHT] = {read_bfq, write_bfq},
};

int v1_read_setting(int fd, struct cgroup_setting *setting)
{
	if (!conversions[setting->id].read)
		return -ENOENT;
	memset(&setting->value, 0, sizeof(setting->value));
	return conversions[setting->id].read(fd, setting);
}

int v1_write_setting(int fd, const struct cgroup_setting *setting)
{
	if (!conversions[setting->id].write)
		return -ENOTSUP;
	return conversions[setting->id].write(fd, setting);
}

void v1_round(struct cgroup_setting *setting)
{
	uint64_t *number = &setting->value.number;

	if (setting->id == CGROUP_CPU_WEIGHT)
		*number = weight_of_shares(shares_of(*number));
	if (setting->id == CGROUP_IO_WEIGHT)
		*number = weight_of_bfq(bfq_of(*number));
}
