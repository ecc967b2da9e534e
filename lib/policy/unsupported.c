// SPDX-License-Identifier: MIT
#include "policy/unsupported.h"

#include <stddef.h>
#include <string.h>

/* A NULL key stands for the whole section. */
static const struct {
	const char *section, *key;
} later[] = {
	{"namespaces", "net"},
	{"namespaces", "time"},
	{"mounts", "home"},
	{"mounts", "home.size"},
	{"mounts", "dev"},
	{"mounts", "dev.allow"},
	{"mounts", "hide"},
	{"mounts", "readonly"},
	{"mounts", "bind"},
	{"mounts", "root"},
	{"security", NULL},
	{"network", NULL},
};

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool listed(const char *section, const char *key)
{
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (same(later[i].section, section) && same(later[i].key, key))
			return true;
	}
	return false;
}

bool unsupported_section(const char *section)
{
	return listed(section, NULL);
}

bool unsupported_key(const char *section, const char *key)
{
	return listed(section, key);
}
