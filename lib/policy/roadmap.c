// SPDX-License-Identifier: MIT
#include "policy/roadmap.h"

#include <stddef.h>
#include <string.h>

/* A NULL key stands for the whole section. */
static const struct {
	const char *section, *key;
} later[] = {
	{"mounts", "root"},
	{"network", "egress"},
	{"network", "ingress"},
	{"penalty", NULL},
};

bool roadmap_has(const char *section, const char *key)
{
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (strcmp(later[i].section, section) == 0 &&
			(key ? later[i].key && strcmp(later[i].key, key) == 0 : !later[i].key))
			return true;
	return false;
}
