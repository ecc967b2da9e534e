/* SPDX-License-Identifier: MIT */
/*
 * setting.h - one limit with its value, and the one table that says how the kernel and systemd
 * write it (cgroup-v2.rst, org.freedesktop.systemd1(5)). Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_SETTING_H
#define CARREL_CGROUP_SETTING_H

#include "base/cpu_list.h"
#include "cgroup/limits.h"

#include <stdint.h>
#include <sys/types.h>

enum cgroup_form {
	CGROUP_FORM_QUOTA,  /* "200000 100000", kept as microseconds a second */
	CGROUP_FORM_NUMBER, /* "512" or "max" */
	CGROUP_FORM_BYTES,  /* a number that the kernel rounds down to pages */
	CGROUP_FORM_WEIGHT, /* "100", or "default 100" and lines of devices */
	CGROUP_FORM_CPUS,   /* "0-3,7" */
	CGROUP_FORM_IO,     /* "8:0 rbps=1 wbps=max riops=max wiops=max", a line for each device */
};

struct cgroup_row {
	const char *name; /* of the key and of the v2 file */
	const char *controller;
	const char *property; /* systemd's; io.max has four, see cgroup_io_rows */
	enum cgroup_form form;
	const char *inherent; /* what holds where nobody has set anything, as the file says it */
	struct {
		const char *controller;
		const char *file; /* NULL: v1 has no such limit; lib/cgroup/tree/v1.c converts */
		bool by_systemd;  /* systemd sets it there as well */
	} v1;
};

enum { CGROUP_IO_RBPS, CGROUP_IO_WBPS, CGROUP_IO_RIOPS, CGROUP_IO_WIOPS, CGROUP_IO_COUNT };

struct cgroup_io_row {
	const char *name;
	const char *property;
	const char *v1_file;
};

extern const struct cgroup_row cgroup_rows[CGROUP_LIMIT_COUNT];
extern const struct cgroup_io_row cgroup_io_rows[CGROUP_IO_COUNT];

struct cgroup_value {
	uint64_t number; /* CGROUP_UNLIMITED: "max" */
	uint64_t io[CGROUP_IO_COUNT];
	uint8_t cpus[CPU_LIST_BYTES];
};

struct cgroup_setting {
	enum cgroup_limit_id id;
	dev_t device; /* io.max of every device is a setting of its own; else 0 */
	struct cgroup_value value;
};

/* Parses what a v2 file says into setting->value; of io.max the line of setting->device, and no
 * such line means no limit. Returns 0 or -EBADMSG. */
int cgroup_setting_parse(struct cgroup_setting *setting, const char *text);

/* Sets setting->value to what holds where nobody has set that limit. */
void cgroup_setting_inherent(struct cgroup_setting *setting);

/* Returns true if the kernel, told @wanted, would say @present: it rounds pages and quota periods.
 */
bool cgroup_setting_holds(
	const struct cgroup_setting *wanted, const struct cgroup_setting *present);

/* Returns the text that the v2 file takes, for the caller to free, or NULL where memory is short.
 */
char *cgroup_setting_format(const struct cgroup_setting *setting);

/* Returns the id of the limit with this name of @length bytes, or -ENOENT. */
int cgroup_limit_id(const char *name, size_t length);

#endif
