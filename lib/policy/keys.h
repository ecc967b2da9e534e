/* SPDX-License-Identifier: MIT */
/*
 * keys.h - a row of a table of keys, and the table of policies. The parser, "did you mean",
 * defaults, check, explain and the manual page are all made from it.
 */
#ifndef CARREL_POLICY_KEYS_H
#define CARREL_POLICY_KEYS_H

#include "policy/type.h"

enum key_flags {
	KEY_USER_WIDE = 1 << 0,   /* refused in a file that matches on service or host */
	KEY_APPEND = 1 << 1,      /* a list that later files add to; an empty value resets it */
	KEY_OPTIONAL_OK = 1 << 2, /* may be written with a leading '?' */
};

struct key {
	const char *section;
	const char *name;
	const struct key_type *type;
	unsigned flags;
	uint64_t min, max;          /* bounds of numbers; both are 0 where there are none */
	const char *const *choices; /* NULL-terminated */
	const char *default_text;   /* parsed like any other value; "" for nothing */
	const char *doc;            /* sentences for the manual page */
	const char *example;
	size_t offset, size; /* of the member that value_store() fills; policies have none */
};

/* This is the row of a key. Its other members follow by name, and the sentences last. */
#define KEY_ROW(index_, section_, name_, type_, ...)                                               \
	[index_] = {.section = section_, .name = name_, .type = &type_, __VA_ARGS__}

/* In a row, this names the member of a struct that holds the key's value. */
#define KEY_MEMBER(object, member)                                                                 \
	.offset = offsetof(object, member), .size = sizeof(((object *)NULL)->member)

extern const struct key policy_keys[POLICY_KEY_COUNT];

#endif
