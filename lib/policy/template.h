/* SPDX-License-Identifier: MIT */
/*
 * template.h - templates, which say what a guest is made of: the files of /etc/carrel/templates.d.
 * They are read as strictly as policies, but not merged: a guest has one template.
 */
#ifndef CARREL_POLICY_TEMPLATE_H
#define CARREL_POLICY_TEMPLATE_H

#include "policy/keys.h"

#define TEMPLATE_DIR "/etc/carrel/templates.d"

/* Each is a row of template_keys. */
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

/* These are in the order of their names in template_keys. */
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
	char *image;       /* a name or a digest below IMAGE_DIR, where it may not exist */
	uint64_t vcpus;
	uint64_t memory, disk; /* bytes, which are whole MiB */
	bool emulation, nested, disk_persist;
	struct policy_io disk_io; /* without a path */
	enum template_network network;
	uint64_t idle_stop;    /* microseconds, or 0 for never */
	uint64_t max_per_host; /* or POLICY_UNLIMITED */
	/* Each key has a canonical text, and a line in @file or 0 for the built-in default. */
	struct {
		char *text;
		unsigned line;
	} key[TEMPLATE_KEY_COUNT];
};

/*
 * Reads template @name of @dir (TEMPLATE_DIR but for tests). Returns 0 and *ret_template (free with
 * template_free()); -ENOENT where there is no such template or @dir, or @name is not a valid name;
 * -EPERM where others than root can change @dir; -EINVAL where the file is refused, with all
 * problems in *ret_problems and the first in @err; -errno. *ret_problems, if that is not NULL, is
 * always written (free with policy_problems_free()).
 */
int template_load(const char *dir, const char *name, struct guest_template *ret_template,
	struct policy_problems *ret_problems, struct carrel_error *err);

/* Reads one file as template_load() would, whatever folder it is in. Returns 0; -EINVAL with
 * problems, also where there is no such file; -errno. */
int template_check_file(const char *path, struct guest_template *ret_template,
	struct policy_problems *ret_problems, struct carrel_error *err);

/*
 * Lists the templates of @dir by name, sorted, refused ones included. Returns 0 and *ret_names
 * (free with list_free()), NULL for none and also where there is no such folder; -EPERM where
 * others than root can change @dir; -errno.
 */
int template_names(const char *dir, char ***ret_names, struct carrel_error *err);

/* Frees all that @template owns, and leaves it empty. */
void template_free(struct guest_template *template);

/*
 * Returns the least memory.max of a user whose guest has @memory bytes of RAM: QEMU needs 128 MiB
 * besides, or 10 % where that is more, and below it the kernel would kill the whole guest. pids.max
 * has to be at least TEMPLATE_NEEDS_PIDS, or QEMU could not start its threads.
 */
uint64_t template_needs_memory(uint64_t memory);
enum { TEMPLATE_NEEDS_PIDS = 128 };

#endif
