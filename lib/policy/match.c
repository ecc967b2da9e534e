// SPDX-License-Identifier: MIT
#include "policy/match.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "policy/address.h"
#include "policy/problems.h"
#include "policy/suggestion.h"
#include "policy/value.h"

#include <fnmatch.h>
#include <string.h>

static const char *const field_names[MATCH_FIELD_COUNT] = {
	[MATCH_USER] = "user",
	[MATCH_GROUP] = "group",
	[MATCH_SERVICE] = "service",
	[MATCH_HOST] = "host",
};

static bool brackets_close(const char *pattern)
{
	while ((pattern = strchr(pattern, '['))) {
		/* In "[]a]" and "[!]a]" the first ] is one of the set. */
		pattern++;
		pattern += *pattern == '!' || *pattern == '^';
		pattern += *pattern == ']';
		pattern = strchr(pattern, ']');
		if (!pattern)
			return false;
	}
	return true;
}

/* Returns whether @pattern looks like a part of an address. "10.1.*" would also fit
 * "10.1.evil.org", a name that whoever runs the reverse zone can choose. */
static bool is_numeric_glob(const char *pattern)
{
	return strspn(pattern, "0123456789.*?[]-!") == strlen(pattern) &&
	       strpbrk(pattern, "0123456789");
}

static int check_host(const char *pattern, char *reason)
{
	struct network network;
	const char *why;

	if (network_parse(pattern, &network, &why) == 0)
		return 0;
	if (strpbrk(pattern, "/:"))
		return reason_refuse(reason, "\"%s\" %s", pattern, why);
	if (is_numeric_glob(pattern))
		return reason_refuse(reason,
			"\"%s\" looks like addresses; write a network such as 10.1.0.0/16",
			pattern);
	return 0;
}

static int check_pattern(enum match_field field, const char *pattern, char *reason)
{
	if (*pattern == '!')
		pattern++;
	if (*pattern == '\0' || strchr("! \t", *pattern))
		return reason_refuse(
			reason, "a ! has to be followed directly by the pattern that it negates");
	if (field == MATCH_HOST && check_host(pattern, reason) < 0)
		return -EINVAL;
	if (!brackets_close(pattern))
		return reason_refuse(reason, "\"%s\" has a [ without a ]", pattern);
	return 0;
}

static int read_list(enum match_field field, const char *text, char ***ret_list, char *reason)
{
	cleanup(list_freep) char **list = NULL;
	int r = value_split_list(text, &list, reason);

	if (r < 0)
		return r;
	if (!list)
		return reason_refuse(reason, "is empty; leave the key out to match everyone");
	for (char **pattern = list; *pattern; pattern++) {
		r = check_pattern(field, *pattern, reason);
		if (r < 0)
			return r;
	}
	*ret_list = TAKE_PTR(list);
	return 0;
}

static int refuse_match_key(
	const struct scan_entry *entry, const char *file, struct policy_problems *problems)
{
	struct suggestion near = {.word = entry->key};

	for (size_t i = 0; i < MATCH_FIELD_COUNT; i++)
		suggest_try(&near, field_names[i]);
	return SCAN_REFUSE(entry, file, problems,
		near.best ? "unknown key; did you mean %s?" : "unknown key", near.best);
}

static int read_match_entry(const struct scan_entry *entry, const char *file, struct match *match,
	struct policy_problems *problems)
{
	char reason[REASON_MAX];
	int r;

	for (size_t i = 0; i < MATCH_FIELD_COUNT; i++) {
		if (strcmp(entry->key, field_names[i]) != 0)
			continue;
		if (entry->optional)
			return SCAN_REFUSE(
				entry, file, problems, "this key cannot have a leading ?");
		r = read_list((enum match_field)i, entry->value, &match->list[i], reason);
		if (r == -EINVAL)
			return SCAN_REFUSE(entry, file, problems, "%s", reason);
		return r;
	}
	return refuse_match_key(entry, file, problems);
}

int match_read(const struct scan *scan, const char *file, struct match *ret_match,
	struct policy_problems *problems)
{
	cleanup(match_free) struct match match = {0};
	bool any = false;
	int r, result = 0;

	for (size_t i = 0; i < scan->n_entries; i++) {
		if (strcmp(scan->entry[i].section, "match") != 0)
			continue;
		any = true;
		r = read_match_entry(&scan->entry[i], file, &match, problems);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = r;
	}
	/* Most likely the section's only key was commented out, which must neither confine nor free
	 * everyone. */
	for (size_t i = 0; !any && i < scan->n_sections; i++) {
		if (strcmp(scan->section[i].name, "match") == 0)
			return problems_add(problems, file, scan->section[i].line, "match", NULL,
				"is empty; leave the section out to match everyone");
	}
	if (result < 0)
		return result;
	*ret_match = TAKE_STRUCT(match);
	return 0;
}

void match_free(struct match *match)
{
	for (size_t i = 0; i < MATCH_FIELD_COUNT; i++)
		list_free(match->list[i]);
	*match = (struct match){0};
}

/* Returns whether @text, which is not empty, fits @pattern, which is given without its !. */
static bool pattern_fits(enum match_field field, const char *pattern, const char *text)
{
	struct address address;
	struct network network;
	const char *why;

	/* A backslash is part of a name: DOMAIN\alice is how Active Directory spells them. */
	if (field != MATCH_HOST)
		return fnmatch(pattern, text, FNM_NOESCAPE) == 0;
	if (network_parse(pattern, &network, &why) == 0)
		return address_parse(text, &address) && network_contains(&network, &address);
	return fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

/* Returns whether the login's other name fits. A name service may know a uid by several names, and
 * then the user chooses by which of them to log in. */
static bool alias_fits(const char *pattern, const struct policy_login *login)
{
	const char *alias = policy_login_alias(login);

	return alias && *alias && pattern_fits(MATCH_USER, pattern, alias);
}

/* Returns whether @pattern fits what the login has for @field. A login has many groups. */
static bool pattern_fits_login(
	enum match_field field, const char *pattern, const struct policy_login *login)
{
	const char *text = NULL;

	switch (field) {
	case MATCH_USER:
		text = login->user;
		if (alias_fits(pattern, login))
			return true;
		break;
	case MATCH_SERVICE:
		text = login->service;
		break;
	case MATCH_HOST:
		text = login->rhost;
		break;
	default:
		for (char *const *group = policy_login_groups(login); group && *group; group++) {
			if (**group && pattern_fits(field, pattern, *group))
				return true;
		}
		if (!login->groups)
			text = login->group;
	}
	return text && *text && pattern_fits(field, pattern, text);
}

/* Returns whether any pattern of the field's list fits: of those that are @negated, or of the
 * others. It returns false where there is no such pattern. */
static bool any_fits(const struct match *match, enum match_field field, bool negated,
	const struct policy_login *login)
{
	for (char **pattern = match->list[field]; pattern && *pattern; pattern++) {
		if ((**pattern == '!') == negated &&
			pattern_fits_login(field, *pattern + negated, login))
			return true;
	}
	return false;
}

static bool has_positive(char *const *list)
{
	for (; list && *list; list++) {
		if (**list != '!')
			return true;
	}
	return false;
}

bool match_fits(const struct match *match, const struct policy_login *login, unsigned fields)
{
	for (enum match_field field = 0; field < MATCH_FIELD_COUNT; field++) {
		if (!match->list[field] || !(fields & 1u << field))
			continue;
		if (has_positive(match->list[field]) && !any_fits(match, field, false, login))
			return false;
		if (any_fits(match, field, true, login))
			return false;
	}
	return true;
}

bool match_names(const struct match *match, const struct policy_login *login)
{
	return any_fits(match, MATCH_USER, false, login) ||
	       any_fits(match, MATCH_GROUP, false, login);
}

bool match_has(const struct match *match, unsigned fields)
{
	for (size_t i = 0; i < MATCH_FIELD_COUNT; i++) {
		if (match->list[i] && (fields & 1u << i))
			return true;
	}
	return false;
}
