// SPDX-License-Identifier: MIT
/*
 * quota.c - carrel quota: what the caller uses of their limits, and how often they have met them.
 *
 * It needs no privilege: it reads the caller's own cgroup, which a session can see, and the sizes
 * of its own temporary folders.
 */
#include "session/quota.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "helper/cli/command.h"
#include "helper/cli/limits.h"
#include "helper/cli/output.h"
#include "plan/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

enum {
	OPTION_JSON,
	BAR_WIDTH = 20,
	/* Long enough for several ticks of the scheduler, and short enough to wait for. */
	SAMPLE_USEC = 200 * 1000,
	NEARLY_FULL = 90, /* percent */
	FILLING = 75,
	FOLDERS_MAX = 2,
	CPU_SECOND = 1000 * 1000, /* cpu.max of one whole CPU (cgroup/limits.h) */
};

/* A temporary folder of the session's own. */
struct quota_folder {
	const char *path;
	uint64_t size, used; /* bytes */
};

struct quota_report {
	struct cgroup_manager *manager;
	char node[256]; /* "": the caller stands in no user's cgroup */
	struct session_quota quota;
	uint64_t swap_max;
	uint64_t cpu_now; /* microseconds of CPU per second, measured; UINT64_MAX: not known */
	struct cgroup_events events;
	struct quota_folder folder[FOLDERS_MAX];
	size_t n_folders;
};

/* Measures how much CPU the node uses at present, in microseconds per second. */
static uint64_t measure_cpu(const struct cgroup_manager *manager, const char *node)
{
	static const struct timespec pause = {.tv_nsec = SAMPLE_USEC * 1000};
	struct cgroup_usage first = CGROUP_USAGE_UNKNOWN, second = CGROUP_USAGE_UNKNOWN;
	deadline_t begin = deadline_in(0), took;

	if (cgroup_read_usage(manager, node, &first) < 0 || first.cpu_usec == UINT64_MAX)
		return UINT64_MAX;
	nanosleep(&pause, NULL);
	took = deadline_in(0) - begin;
	if (cgroup_read_usage(manager, node, &second) < 0 || second.cpu_usec < first.cpu_usec ||
		second.cpu_usec == UINT64_MAX || took == 0)
		return UINT64_MAX;
	return (second.cpu_usec - first.cpu_usec) * 1000000 / took;
}

/* Tells whether the caller is in a sandbox: on the host, temporary folders are everybody's. */
static bool is_in_sandbox(void)
{
	cleanup_free char *name = NULL;

	return fd_read_file(AT_FDCWD, "/proc/1/comm", 64, &name) == 0 &&
	       strcmp(name, "session-init\n") == 0;
}

/* Adds @path where it is a tmpfs with a size. */
static void add_folder(struct quota_report *report, const char *path)
{
	struct quota_folder *folder = &report->folder[report->n_folders];
	struct statfs fs;

	if (statfs(path, &fs) < 0 || fs.f_type != TMPFS_MAGIC || fs.f_blocks == 0)
		return;
	*folder = (struct quota_folder){
		.path = path,
		.size = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize,
		.used = (uint64_t)(fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize,
	};
	report->n_folders++;
}

static int gather_quota(struct quota_report *report, struct carrel_error *err)
{
	int r = cgroup_own_node(report->manager, report->node, sizeof(report->node));

	if (r < 0) {
		report->node[0] = '\0';
		return r == -ENOENT ? 0 : error_set(err, r, "the cgroup of this process");
	}
	report->cpu_now = measure_cpu(report->manager, report->node);
	quota_read(report->manager, report->node, true, &report->quota);
	if (cgroup_read_number(
		    report->manager, report->node, CGROUP_MEMORY_SWAP_MAX, &report->swap_max) < 0)
		report->swap_max = CGROUP_UNLIMITED;
	r = cgroup_read_events(report->manager, report->node, &report->events);
	if (r < 0)
		return error_set(err, r, "cgroup %s", report->node);
	if (is_in_sandbox()) {
		add_folder(report, "/tmp");
		add_folder(report, "/dev/shm");
	}
	return 0;
}

static const char *cpu_text(uint64_t usec_per_second, char *buf, size_t size)
{
	snprintf(buf, size, "%llu%%", (unsigned long long)usec_per_second * 100 / CPU_SECOND);
	return buf;
}

/* Returns @used in percent of @limit, 100 at most. */
static unsigned percent_of(uint64_t used, uint64_t limit)
{
	if (used >= limit)
		return 100;
	return (unsigned)((double)used * 100 / (double)limit);
}

/* Writes "[#####---------------]  27%" to @buf. */
static void draw_bar(unsigned percent, char *buf, size_t size)
{
	char bar[BAR_WIDTH + 1];
	unsigned filled = percent * BAR_WIDTH / 100;

	for (unsigned i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '-';
	bar[BAR_WIDTH] = '\0';
	snprintf(buf, size, "[%s] %3u%%", bar, percent);
}

/* Prints one line, unless @used is not known. */
static void print_row(const char *name, uint64_t used, uint64_t limit,
	const char *(*text)(uint64_t number, char *buf, size_t size))
{
	char is[32], may[32] = "no limit", bar[64] = "";
	enum output_style style = STYLE_PLAIN;

	if (used == UINT64_MAX)
		return;
	if (limit != CGROUP_UNLIMITED) {
		unsigned percent = percent_of(used, limit);

		text(limit, may, sizeof(may));
		draw_bar(percent, bar, sizeof(bar));
		style = percent >= NEARLY_FULL ? STYLE_RED
			: percent >= FILLING   ? STYLE_YELLOW
					       : STYLE_GREEN;
	}
	printf("%-10s %8s of %-8s%s%s%s%s\n", name, text(used, is, sizeof(is)), may,
		bar[0] ? "  " : "", bar[0] ? output_style(style) : "", bar,
		bar[0] ? output_style(STYLE_PLAIN) : "");
}

/* Says what a limit has done to the caller's processes, if anything. */
static void print_events(const struct cgroup_events *events)
{
	char text[32];

	if (events->throttled_usec != UINT64_MAX && events->throttled_usec > 0)
		printf("Held back at the CPU limit for %s in all.\n",
			output_duration(events->throttled_usec, text, sizeof(text)));
	if (events->oom_kills != UINT64_MAX && events->oom_kills > 0)
		printf("Killed at the memory limit: %llu %s.\n",
			(unsigned long long)events->oom_kills,
			events->oom_kills == 1 ? "process" : "processes");
	if (events->pids_refused != UINT64_MAX && events->pids_refused > 0)
		printf("Refused at the limit of processes: %llu %s.\n",
			(unsigned long long)events->pids_refused,
			events->pids_refused == 1 ? "start" : "starts");
}

/* Tells whether anything limits the caller. */
static bool holds_any(const struct quota_report *report)
{
	const struct session_quota *quota = &report->quota;

	return report->node[0] != '\0' &&
	       (quota->memory_max != CGROUP_UNLIMITED || quota->cpu_max != CGROUP_UNLIMITED ||
		       quota->pids_max != CGROUP_UNLIMITED ||
		       report->swap_max != CGROUP_UNLIMITED || report->n_folders > 0);
}

static int show_quota(const struct quota_report *report)
{
	const struct session_quota *quota = &report->quota;

	if (!holds_any(report)) {
		printf("No quota holds for this process.\n");
		return COMMAND_DONE;
	}
	print_row("memory", quota->use.memory, quota->memory_max, output_size);
	if (report->swap_max != CGROUP_UNLIMITED)
		print_row("swap", quota->use.swap, report->swap_max, output_size);
	print_row("CPU now", report->cpu_now, quota->cpu_max, cpu_text);
	print_row("processes", quota->use.pids, quota->pids_max, output_count);
	for (size_t i = 0; i < report->n_folders; i++)
		print_row(report->folder[i].path, report->folder[i].used, report->folder[i].size,
			output_size);
	print_events(&report->events);
	return COMMAND_DONE;
}

static json_t *folders_json(const struct quota_report *report)
{
	json_t *folders = json_array();

	for (size_t i = 0; i < report->n_folders; i++) {
		const struct quota_folder *folder = &report->folder[i];

		folders = output_append(folders,
			json_pack("{s:s, s:o, s:o}", "path", folder->path, "size",
				output_number(folder->size), "used", output_number(folder->used)));
	}
	return folders;
}

static json_t *cpu_percent_json(uint64_t usec_per_second)
{
	return output_number(
		usec_per_second == UINT64_MAX ? UINT64_MAX : usec_per_second * 100 / CPU_SECOND);
}

static int show_quota_json(const struct quota_report *report)
{
	const struct cgroup_usage *use = &report->quota.use;
	const struct cgroup_events *events = &report->events;

	if (report->node[0] == '\0')
		return output_json(json_pack("{s:I, s:{}}", "uid", (json_int_t)getuid(), "limits"));
	return output_json(json_pack(
		"{s:I, s:o, s:{s:o, s:o, s:o, s:o, s:o}, s:o, s:{s:o, s:o, s:o}}", "uid",
		(json_int_t)getuid(), "limits", limits_json(report->manager, report->node), "use",
		"memory", output_number(use->memory), "swap", output_number(use->swap), "pids",
		output_number(use->pids), "cpu_usec", output_number(use->cpu_usec), "cpu_percent",
		cpu_percent_json(report->cpu_now), "folders", folders_json(report), "events",
		"oom_kills", output_number(events->oom_kills), "pids_refused",
		output_number(events->pids_refused), "throttled_usec",
		output_number(events->throttled_usec)));
}

static int run_quota(const struct command_input *input)
{
	struct quota_report report = {.quota.use = CGROUP_USAGE_UNKNOWN};
	struct carrel_error err = {0};
	int r = manager_open(&report.manager, &err);

	if (r == 0)
		r = gather_quota(&report, &err);
	if (r < 0)
		r = command_failed(&err);
	else
		r = input->option[OPTION_JSON] ? show_quota_json(&report) : show_quota(&report);
	cgroup_manager_free(report.manager);
	return r;
}

const struct command_verb verb_quota = {
	.name = "quota",
	.operands = "",
	.summary = "what you use of your limits, and how often you have met them",
	.details = "Anybody may ask, inside of a session too. CPU is measured for a moment.\n",
	.options = {[OPTION_JSON] = {"json", NULL, "one JSON document"}},
	.run = run_quota,
};
