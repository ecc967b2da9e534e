// SPDX-License-Identifier: MIT
#include "cgroup/apply/cpuset.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/node.h"

#include <fcntl.h>
#include <string.h>

enum { CPUS_TEXT_MAX = 1 << 16 };

/* Reads the CPUs that processes may run on above the node @path. Returns 0 or -errno. */
static int read_present(const struct cgroup_manager *manager, const char *path,
	uint8_t ret_cpus[static CPU_LIST_BYTES])
{
	const struct cgroup_hierarchy *hierarchy = hierarchy_of(manager, CGROUP_CPUSET_CPUS);
	cleanup_close int fd = -EBADF;
	cleanup_free char *text = NULL;
	char above[256];
	int r;

	/* v1 has the file in every node. cgroup2 has it in the root, and where the controller is
	 * enabled. */
	snprintf(above, sizeof(above), "%.*s", hierarchy ? (int)(strrchr(path, '/') - path) : 0,
		path);
	fd = hierarchy ? hierarchy_open(hierarchy, above[0] ? above : "/")
		       : node_open(manager, "/");
	if (fd < 0)
		return fd;
	r = fd_read_file(fd, hierarchy ? "cpuset.effective_cpus" : "cpuset.cpus.effective",
		CPUS_TEXT_MAX, &text);
	return r < 0 ? r : cpu_list_parse(text, ret_cpus);
}

static bool is_empty(const uint8_t cpus[static CPU_LIST_BYTES])
{
	return cpus[0] == 0 && memcmp(cpus, cpus + 1, CPU_LIST_BYTES - 1) == 0;
}

void cpuset_fit(
	const struct cgroup_manager *manager, const char *path, struct cgroup_change *change)
{
	bool v1 = hierarchy_of(manager, CGROUP_CPUSET_CPUS);
	uint8_t present[CPU_LIST_BYTES], *wanted = change->wanted.value.cpus;
	bool emptied = change->reset && is_empty(wanted) && !is_empty(change->present.value.cpus);

	if (change->wanted.id != CGROUP_CPUSET_CPUS || (!v1 && !emptied) ||
		read_present(manager, path, present) < 0)
		return;
	if (change->reset)
		memcpy(wanted, present, CPU_LIST_BYTES);
	else if (cpu_list_overlap(wanted, present))
		for (int i = 0; i < CPU_LIST_BYTES; i++)
			wanted[i] &= present[i];
}

bool cpuset_possible(
	const struct cgroup_manager *manager, const char *path, const struct cgroup_change *change)
{
	uint8_t present[CPU_LIST_BYTES];

	return read_present(manager, path, present) < 0 ||
	       cpu_list_overlap(change->wanted.value.cpus, present);
}
