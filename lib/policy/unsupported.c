// SPDX-License-Identifier: MIT
#include "policy/unsupported.h"

#include <stddef.h>
#include <string.h>

/* A NULL key stands for the whole section, a NULL value for the whole key. */
static const struct {
	const char *section, *key, *value;
} later[] = {
	{"session", "mode", "guest"},
	{"namespaces", "net", NULL},
	{"namespaces", "time", NULL},
	{"mounts", "home", NULL},
	{"mounts", "home.size", NULL},
	{"mounts", "dev", NULL},
	{"mounts", "dev.allow", NULL},
	{"mounts", "hide", NULL},
	{"mounts", "readonly", NULL},
	{"mounts", "bind", NULL},
	{"mounts", "root", NULL},
	{"security", NULL, NULL},
	{"network", NULL, NULL},
	{"guest", NULL, NULL},
	{"admission", NULL, NULL},
};

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool listed(const char *section, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (same(later[i].section, section) && same(later[i].key, key) &&
			same(later[i].value, value))
			return true;
	}
	return false;
}

bool unsupported_section(const char *section)
{
	return listed(section, NULL, NULL);
}

bool unsupported_key(const char *section, const char *key)
{
	return listed(section, key, NULL);
}

bool unsupported_value(const char *section, const char *key, const char *value)
{
	return listed(section, key, value);
}
