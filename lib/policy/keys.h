/* SPDX-License-Identifier: MIT */
/*
 * keys.h - a row of a table of keys, and the table of policies. The parser, "did you mean",
 * defaults, check, explain, the manual page and completion are all made from it.
 */
#ifndef CARREL_POLICY_KEYS_H
#define CARREL_POLICY_KEYS_H

#include "policy/policy.h"

enum key_type {
	KEY_CHOICE,    /* one of @choices */
	KEY_BOOL,      /* yes, no, true, false, on, off, 1, 0: choice 1 or 0 */
	KEY_COUNT,     /* a number in bounds */
	KEY_COUNT_MAX, /* a number in bounds, or "max" */
	KEY_SIZE,      /* bytes with K M G T (powers of 1024), no "max" */
	KEY_SIZE_MAX,  /* bytes, "25%" of the machine's memory, or "max" */
	KEY_CPU,       /* "200%" of one CPU, or "max" */
	KEY_CPUSET,    /* "0-3,7" */
	KEY_DURATION,  /* "5s", "30m", "1h": microseconds */
	KEY_LINGER,    /* "no", "yes", or a duration: 0, POLICY_UNLIMITED, microseconds */
	KEY_PATHS,     /* list of absolute paths */
	KEY_NAMES,     /* list of words */
	KEY_IO,        /* "/home rbps=50M wiops=100, /scratch wbps=1M" */
	KEY_RATES,     /* "rbps=50M wiops=100": one entry of KEY_IO without a path */
	KEY_PERCENT,   /* "400%" in bounds: 400 */
	KEY_TIMEOUT,   /* "no", or a duration in bounds: 0, microseconds */
	KEY_NAME,      /* a file's name: "debian-13"; or empty */
	KEY_TEXT,      /* anything that fits into a line of help; or empty */
};

enum key_flags {
	KEY_USER_WIDE = 1 << 0,   /* refused in a file that matches on service or host */
	KEY_APPEND = 1 << 1,      /* a list that later files add to; an empty value resets it */
	KEY_OPTIONAL_OK = 1 << 2, /* may be written with a leading '?' */
};

struct key {
	const char *section;
	const char *name;
	enum key_type type;
	unsigned flags;
	uint64_t min, max;          /* bounds of numbers; both 0: none */
	const char *const *choices; /* NULL-terminated */
	const char *default_text;   /* parsed like any other value; "" for nothing */
	const char *doc;            /* one sentence for the manual page */
	const char *example;
};

extern const struct key policy_keys[POLICY_KEY_COUNT];

#endif
