// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "policy/policy.h"

#include <errno.h>
#include <string.h>

char *const *policy_login_groups(const struct policy_login *login)
{
	if (login->fetch_groups)
		login->fetch_groups(login->fetch_data);
	return login->groups;
}

const char *policy_login_alias(const struct policy_login *login)
{
	if (login->fetch_alias)
		login->fetch_alias(login->fetch_data);
	return login->alias;
}

const char *policy_login_group(const struct policy_login *login)
{
	if (login->fetch_groups)
		login->fetch_groups(login->fetch_data);
	return login->group;
}

/* Returns @name, which becomes one component of a path, or NULL where it would be more than one or
 * would lead upwards. */
static const char *one_component(const char *name)
{
	if (!name || !*name || strchr(name, '/') || strcmp(name, ".") == 0 ||
		strcmp(name, "..") == 0)
		return NULL;
	return name;
}

static const char *field_of(char letter, const struct policy_login *login, const char *uid)
{
	switch (letter) {
	case 'u':
		return one_component(login->user);
	case 'U':
		return uid;
	case 'g':
		return one_component(policy_login_group(login));
	case 'h':
		return login->home && login->home[0] == '/' ? login->home : NULL;
	case '%':
		return "%";
	default:
		return NULL;
	}
}

char *policy_expand(const char *text, const struct policy_login *login)
{
	char uid[16], *result, *end;
	size_t room = strlen(text) + 1;

	snprintf(uid, sizeof(uid), "%u", (unsigned)login->uid);
	for (const char *at = strchr(text, '%'); at; at = strchr(at + 2, '%')) {
		const char *field = field_of(at[1], login, uid);

		if (!field) {
			errno = EINVAL;
			return NULL;
		}
		room += strlen(field);
	}
	result = malloc(room);
	if (!result)
		return NULL;
	for (end = result; *text; text++) {
		if (*text == '%')
			end = stpcpy(end, field_of(*++text, login, uid));
		else
			*end++ = *text;
	}
	*end = '\0';
	return result;
}
