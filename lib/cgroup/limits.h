/* SPDX-License-Identifier: MIT */
/*
 * limits.h - the limits of a user, in the kernel's units, and the one table that maps each to its
 * cgroup-v2 file, systemd property and conversions.
 */
#ifndef CARREL_CGROUP_LIMITS_H
#define CARREL_CGROUP_LIMITS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum cgroup_limit_id {
	CGROUP_CPU_MAX,         /* microseconds of CPU per second */
	CGROUP_CPU_WEIGHT,      /* 1 to 10000 */
	CGROUP_CPUSET_CPUS,     /* in @cpus */
	CGROUP_MEMORY_HIGH,     /* bytes */
	CGROUP_MEMORY_MAX,      /* bytes */
	CGROUP_MEMORY_SWAP_MAX, /* bytes */
	CGROUP_PIDS_MAX,        /* tasks */
	CGROUP_IO_MAX,          /* in @io */
	CGROUP_IO_WEIGHT,       /* 1 to 10000 */
	CGROUP_LIMIT_COUNT
};

#define CGROUP_UNLIMITED UINT64_MAX

struct cgroup_limit {
	bool set;
	bool optional; /* it need not be enforced: "?" in the policy */
	uint64_t value;
};

struct cgroup_io {
	dev_t device; /* a whole disk, or a dm or md device: what io.max takes */
	uint64_t rbps, wbps, riops, wiops; /* CGROUP_UNLIMITED where not limited */
	char path[256];                    /* as the policy names it, for messages */
};

struct cgroup_limits {
	struct cgroup_limit limit[CGROUP_LIMIT_COUNT];
	char *cpus;           /* "0-3,7"; owned */
	struct cgroup_io *io; /* owned; several may lie on one disk */
	size_t n_io;
};

/* Frees what @limits (may be NULL) owns, and clears it. */
void cgroup_limits_free(struct cgroup_limits *limits);

/* Returns the name of the limit @id, "memory.max", or "?" where there is no such limit. */
const char *cgroup_limit_name(enum cgroup_limit_id id);

/* A set of limits: the limit @id is in it where bit 1 << id is set. */
typedef uint32_t cgroup_limit_set;

static inline cgroup_limit_set cgroup_limit_bit(enum cgroup_limit_id id)
{
	return (cgroup_limit_set)1 << id;
}

/* Holds the names of all limits. */
enum { CGROUP_LIMIT_NAMES_MAX = 128 };

/* Writes the names of the limits in @set, "io.max, io.weight", to @buf, which it returns. */
const char *cgroup_limit_names(cgroup_limit_set set, char buf[static CGROUP_LIMIT_NAMES_MAX]);

/*
 * Finds the block device behind @path as io.max takes it: a partition becomes its disk, dm and md
 * stay themselves, btrfs goes by mountinfo. Returns 0, or -errno with @err set: -ENOTSUP with a
 * reason for NFS, tmpfs, ZFS and overlay.
 */
int cgroup_block_device(const char *path, dev_t *ret_device, struct carrel_error *err);

#endif
