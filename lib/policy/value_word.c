// SPDX-License-Identifier: MIT
/*
 * value_word.c - parses words that a key offers to choose from. Names of files, and texts, are each
 * the one item of a value's list.
 */
#include "base/cleanup.h"
#include "base/list.h"
#include "policy/suggestion.h"
#include "policy/value.h"

#include <string.h>

static int parse_choice(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	struct suggestion near = {.word = text};

	reason_refuse(reason, "\"%s\" is not one of ", text);
	for (int i = 0; key->choices[i]; i++) {
		if (strcmp(key->choices[i], text) == 0) {
			ret_value->choice = i;
			return 0;
		}
		reason_append(reason, "%s%s", i ? ", " : "", key->choices[i]);
		suggest_try(&near, key->choices[i]);
	}
	if (near.best)
		reason_append(reason, "; did you mean \"%s\"?", near.best);
	return -EINVAL;
}

static char *format_choice(const struct key *key, const struct policy_value *value)
{
	return strdup(key->choices[value->choice]);
}

/* Stores into an enumeration without negative members, or into a bool. */
static int store_choice(struct policy_value *value, void *at, size_t size)
{
	if (size == sizeof(bool))
		*(bool *)at = value->choice;
	else
		*(unsigned *)at = (unsigned)value->choice;
	return 0;
}

/* Judges ASCII alone, as isalnum(3) would depend on the locale of the program that calls the
 * module. */
static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool value_is_name(const char *text)
{
	if (!is_alphanumeric(text[0]) || strlen(text) > VALUE_NAME_MAX)
		return false;
	for (; *text; text++)
		if (!is_alphanumeric(*text) && !strchr("._-", *text))
			return false;
	return true;
}

static int parse_name(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	(void)key;
	if (!value_is_name(text))
		return reason_refuse(reason,
			"\"%s\" is not a name: letters, digits, \".\", \"_\" and \"-\", the first a letter or digit, at most %d",
			text, VALUE_NAME_MAX);
	return list_append(&ret_value->list, (char *[]){(char *)text, NULL});
}

static int parse_text(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	(void)key;
	if (strlen(text) > VALUE_TEXT_MAX)
		return reason_refuse(reason, "is longer than %d bytes", VALUE_TEXT_MAX);
	if (strchr(text, '\t'))
		return reason_refuse(reason, "contains a tab");
	return list_append(&ret_value->list, (char *[]){(char *)text, NULL});
}

static char *format_word(const struct key *key, const struct policy_value *value)
{
	(void)key;
	return strdup(value->list ? value->list[0] : "");
}

/* Stores a copy of the word into a char *, "" where there is none. */
static int store_word(struct policy_value *value, void *at, size_t size)
{
	char *word = strdup(value->list ? value->list[0] : "");

	(void)size;
	if (!word)
		return -ENOMEM;
	free(*(char **)at);
	*(char **)at = word;
	return 0;
}

const struct key_type type_choice = {
	.parse = parse_choice,
	.format = format_choice,
	.store = store_choice,
};

const struct key_type type_name = {
	.parse = parse_name,
	.format = format_word,
	.store = store_word,
	.may_be_empty = true,
	.help = "a name",
};

const struct key_type type_text = {
	.parse = parse_text,
	.format = format_word,
	.store = store_word,
	.may_be_empty = true,
	.help = "a line of text",
};
