// SPDX-License-Identifier: MIT
#include "helper/cli/limits.h"
#include "base/cleanup.h"
#include "helper/cli/output.h"

#include <stdlib.h>

/* Makes a number of a limit that is one. "max" and limits of several parts stay text. */
static json_t *json_limit(const char *text)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	return end != text && *end == '\0' && number <= INT64_MAX ? json_integer((json_int_t)number)
								  : output_string(text);
}

json_t *limits_json(const struct cgroup_manager *manager, const char *path)
{
	json_t *limits = json_object();

	for (int id = 0; limits && id < CGROUP_LIMIT_COUNT; id++) {
		cleanup_free char *text = NULL;

		/* A controller that is not enabled has no file, and then the limit is not
		 * listed. */
		if (cgroup_read_limit(manager, path, (enum cgroup_limit_id)id, &text) < 0)
			continue;
		if (json_object_set_new(limits, cgroup_limit_name((enum cgroup_limit_id)id),
			    json_limit(text)) < 0) {
			json_decref(limits);
			limits = NULL;
		}
	}
	return limits;
}
