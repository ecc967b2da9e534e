/* SPDX-License-Identifier: MIT */
/*
 * value.h - reads, prints and copies the value of a key, whatever its type is.
 */
#ifndef CARREL_POLICY_VALUE_H
#define CARREL_POLICY_VALUE_H

#include "policy/keys.h"
#include "policy/reason.h"

enum {
	VALUE_NAME_MAX = 80, /* room for an image's digest, too */
	VALUE_TEXT_MAX = 100,
};

/*
 * Reads the whole of @text as @key's type and bounds say. Returns 0 and *ret_value (free with
 * value_free()); -EINVAL with why in @reason (REASON_MAX bytes); -ENOMEM. The type says which
 * members count, and whether @text may be empty (policy/type.h).
 */
int value_parse(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason);

/* Frees all that @value owns, and leaves it empty. */
void value_free(struct policy_value *value);

/* Reads @key's default as value_parse() would; "" is an empty value. Returns 0 or -ENOMEM. */
int value_parse_default(const struct key *key, struct policy_value *ret_value);

/* Returns the canonical text, which value_parse() reads as the same value, for the caller to free;
 * NULL where memory has run out. */
char *value_format(const struct key *key, const struct policy_value *value);

/*
 * Moves @value to the member of @object that @key's row names, and frees what that held. The
 * caller still frees what is left of @value. Returns 0 or -ENOMEM.
 */
int value_store(const struct key *key, struct policy_value *value, void *object);

/* Returns whether @value has nothing in it; only a type that may be empty has such values. */
bool value_is_empty(const struct key *key, const struct policy_value *value);

/* Copies @value with all that it points to (free with value_free()). Returns 0 or -ENOMEM. */
int value_copy(const struct policy_value *value, struct policy_value *ret_value);

/* Returns whether @text can name a file of ours: no folder, not hidden, nothing to quote. */
bool value_is_name(const char *text);

/*
 * Splits @text at commas into trimmed items; an empty text is an empty list. Returns 0 and
 * *ret_list (free with list_free()); -EINVAL with why in @reason for an item that is empty, is
 * listed twice, or has a tab in it; -ENOMEM.
 */
int value_split_list(const char *text, char ***ret_list, char *reason);

/* Returns @item, one of a list, without the '?' that may stand before it where @key may be
 * optional: what a file has said with a leading '?' of the key is merged in that form
 * (policy/merge.h). */
const char *value_item(const struct key *key, const char *item);

/*
 * Refuses a path that could be read in two ways: it has to be absolute, without . or .. and without
 * doubled slashes. @expands says whether %u and so on may be in it (policy_expand()). Returns 0, or
 * -EINVAL with why in @reason.
 */
int value_check_path(const char *path, bool expands, char *reason);

#endif
