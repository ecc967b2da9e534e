/* SPDX-License-Identifier: MIT */
/*
 * template.h - what a guest is made of: one file of /etc/carrel/templates.d, the third table of
 * the policy engine. Read as strictly as a policy, but nothing is merged: a guest has one template.
 */
#ifndef CARREL_POLICY_TEMPLATE_H
#define CARREL_POLICY_TEMPLATE_H

#include "policy/keys.h"

#define TEMPLATE_DIR "/etc/carrel/templates.d"

/* One row of template_keys[] each. */
enum template_key {
	TEMPLATE_DESCRIPTION,
	TEMPLATE_IMAGE,
	TEMPLATE_VCPUS,
	TEMPLATE_MEMORY,
	TEMPLATE_EMULATION,
	TEMPLATE_NESTED,
	TEMPLATE_DISK,
	TEMPLATE_DISK_PERSIST,
	TEMPLATE_DISK_IO_MAX,
	TEMPLATE_NETWORK,
	TEMPLATE_IDLE_STOP,
	TEMPLATE_MAX_PER_HOST,
	TEMPLATE_KEY_COUNT
};

extern const struct key template_keys[TEMPLATE_KEY_COUNT];

/* In the order of their names in the table. */
enum template_network {
	TEMPLATE_NETWORK_NONE,
	TEMPLATE_NETWORK_RESTRICTED,
	TEMPLATE_NETWORK_USER,
};

enum { TEMPLATE_NAME_MAX = 64 };

struct guest_template {
	char *name;        /* "small" */
	char *file;        /* "/etc/carrel/templates.d/small.ini", for messages and origins */
	char *description; /* "" where there is none */
	char *image; /* a name or a digest, below IMAGE_DIR; whether it is there is not known */
	uint64_t vcpus;
	uint64_t memory, disk; /* bytes, whole MiB */
	bool emulation, nested, disk_persist;
	struct policy_io disk_io; /* path NULL; POLICY_UNLIMITED where there is no limit */
	enum template_network network;
	uint64_t idle_stop;    /* microseconds; 0: never */
	uint64_t max_per_host; /* POLICY_UNLIMITED: as many as admission lets start */
	/* For show and check: canonical text, and the line of @file; 0 is the built-in default. */
	struct {
		char *text;
		unsigned line;
	} key[TEMPLATE_KEY_COUNT];
};

/*
 * Reads template @name of @dir (TEMPLATE_DIR but for tests). Returns 0 and *ret_template (free with
 * template_free()); -ENOENT where there is none, or its name cannot be one, or @dir is missing;
 * -EPERM where others than root can change @dir; -EINVAL where the file is refused, with
 * *ret_problems filled and the first one in @err; -ENOMEM; -errno. @ret_problems may be NULL;
 * otherwise it is always written (free with policy_problems_free()).
 */
int template_load(const char *dir, const char *name, struct guest_template *ret_template,
	struct policy_problems *ret_problems, struct carrel_error *err);

/* Checks one file as template_load() would, whatever folder it is in. 0, or -EINVAL with problems,
 * also where there is no such file; -ENOMEM. */
int template_check_file(const char *path, struct guest_template *ret_template,
	struct policy_problems *ret_problems, struct carrel_error *err);

/*
 * The names of the templates of @dir, sorted, refused ones included: a NULL-terminated list to be
 * freed with list_free(); NULL for none, also where there is no such folder. 0, -EPERM where others
 * than root can change @dir, -errno.
 */
int template_names(const char *dir, char ***ret_names, struct carrel_error *err);

void template_free(struct guest_template *template);

/*
 * What the quotas of a user must allow for a guest of that much memory: memory.max at least its RAM
 * and what QEMU needs besides (128 MiB, or 10 % where that is more), pids.max at least 128. Below
 * it the kernel would kill the whole guest, or QEMU could not start its threads.
 */
uint64_t template_needs_memory(uint64_t memory);
enum { TEMPLATE_NEEDS_PIDS = 128 };

#endif
