/* SPDX-License-Identifier: MIT */
/*
 * value.h - reads and prints one value of each type of the key table.
 */
#ifndef CARREL_POLICY_VALUE_H
#define CARREL_POLICY_VALUE_H

#include "policy/keys.h"
#include "policy/reason.h"

enum {
	VALUE_CPUS_MAX = 8192,
	VALUE_NAME_MAX = 80, /* of an image's digest, too */
	VALUE_TEXT_MAX = 100,
};

/*
 * Reads @text, whole, as @key's type and bounds say. Returns 0 and *ret_value (free with
 * value_free()); -EINVAL with why in @reason (REASON_MAX bytes); -ENOMEM.
 *
 * The type says which members hold (policy/type.h), and whether @text may be empty.
 */
int value_parse(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason);
void value_free(struct policy_value *value);

/* Reads @key's default as value_parse() would; "" is nothing for every type. Returns 0 or -ENOMEM.
 */
int value_parse_default(const struct key *key, struct policy_value *ret_value);

/* The canonical text, which value_parse() reads back as the same value. malloc'ed; NULL: out of
 * memory. */
char *value_format(const struct key *key, const struct policy_value *value);

/*
 * Moves @value to the member of @object that @key's row names, and frees what that held. What is
 * left of @value is still the caller's to free. Returns 0 or -ENOMEM.
 */
int value_store(const struct key *key, struct policy_value *value, void *object);

/* True for a list, set, io, name or text value that has nothing in it. False for all other types.
 */
bool value_is_empty(const struct key *key, const struct policy_value *value);

/* A deep copy. 0 or -ENOMEM. */
int value_copy(const struct policy_value *value, struct policy_value *ret_value);

/* Whether @text can name a file of ours: no folder, not hidden, nothing to quote. */
bool value_is_name(const char *text);

/*
 * Splits @text at commas into trimmed items; an empty text is an empty list. Returns 0 and
 * *ret_list (free with list_free()); -EINVAL with why in @reason for an item that is empty, is
 * listed twice, or has a tab in it; -ENOMEM.
 */
int value_split_list(const char *text, char ***ret_list, char *reason);

/*
 * Refuses a path that does not name the same place however it is read: only absolute ones, without
 * dots or doubled slashes. @expands: %u and so on may be in it (policy_expand()).
 */
int value_check_path(const char *path, bool expands, char *reason);

#endif
