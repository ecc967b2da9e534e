/* SPDX-License-Identifier: MIT */
/*
 * type.h - the types of keys. A row says how a value of the type is read, printed, stored and
 * described; value_parse() and so on call it by way of a key (policy/value.h).
 */
#ifndef CARREL_POLICY_TYPE_H
#define CARREL_POLICY_TYPE_H

#include "policy/policy.h"

struct key;

struct key_type {
	/*
	 * Reads @text, which is not empty, into @ret_value, whose members are all 0. Returns 0,
	 * -EINVAL with why in @reason (REASON_MAX bytes), or -ENOMEM. The caller frees @ret_value
	 * in any case.
	 */
	int (*parse)(const struct key *key, const char *text, struct policy_value *ret_value,
		char *reason);

	/* Returns the canonical text for the caller to free, or NULL where memory has run out. */
	char *(*format)(const struct key *key, const struct policy_value *value);

	/*
	 * Takes what it needs of @value into the member at @at, which has @size bytes, and frees
	 * what the member held. Returns 0 or -ENOMEM. It is NULL where only policies have the type.
	 */
	int (*store)(struct policy_value *value, void *at, size_t size);

	bool may_be_empty; /* whether a file may give the key no value at all */
	const char *help;  /* what a value looks like; NULL where the key's choices tell */

	/* Only types of numbers have these. */
	int (*read)(const char *text, uint64_t *ret_number); /* as units_parse_count() */
	const char *(*print)(uint64_t number, char *buf);    /* as units_format_count() */
	const char *const *zero;      /* the words for 0, the canonical one first, or NULL */
	const char *const *unlimited; /* the words for POLICY_UNLIMITED, likewise */
	const char *noun;             /* completes "VALUE is not …" */
};

/* Each comment says what can be written, and then what value it becomes. */
extern const struct key_type type_choice; /* one of the key's choices: choice */
extern const struct key_type type_bool;   /* yes, true, on, 1, no, false, off, 0: choice 1 or 0 */
extern const struct key_type type_name;   /* the name of a file, "debian-13", or nothing: list */
extern const struct key_type type_text;   /* what fits into a line of help, or nothing: list */

extern const struct key_type type_count;     /* a whole number: number */
extern const struct key_type type_count_max; /* a whole number, or max: number */
extern const struct key_type type_size;      /* bytes with K, M, G or T (powers of 1024): number */
extern const struct key_type type_size_max;  /* bytes, "25%" or max: number, unit */
extern const struct key_type type_cpu;       /* "200%" of one CPU, or max: number */
extern const struct key_type type_percent;   /* "400%": number, which is 400 */
extern const struct key_type type_duration;  /* "500ms", "5s", "30m", "1h": number, microseconds */
extern const struct key_type type_timeout;   /* a duration, or no: number, 0 for no */
extern const struct key_type type_linger; /* a duration, no or yes: number, 0, POLICY_UNLIMITED */

extern const struct key_type type_paths; /* absolute paths: list */
extern const struct key_type type_binds; /* "/scratch/%u:/scratch", two absolute paths: list */
extern const struct key_type
	type_devices;                     /* "/dev/fuse, /dev/nvidia*", patterns below /dev: list */
extern const struct key_type type_peers;  /* "10.1.2.0/24:443, fd00::1" (policy/peer.h): list */
extern const struct key_type type_names;  /* words: list */
extern const struct key_type type_cpuset; /* "0-3,7": one item, sorted and merged, in list */
extern const struct key_type type_io;     /* "/home rbps=50M wiops=100, /scratch wbps=1M": io */
extern const struct key_type type_capabilities; /* default, none, "cap_net_raw": number, a set */
extern const struct key_type type_rates; /* "rbps=50M wiops=100": one entry of io without a path */

#endif
