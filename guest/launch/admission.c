// SPDX-License-Identifier: MIT
#include "admission.h"
#include "base/cleanup.h"
#include "base/machine.h"
#include "base/units.h"
#include "guest/folder.h"
#include "guest/record.h"

#include <string.h>

/* What the guests that run have of the host, without that of @self. */
struct guests {
	uid_t self;
	const char *template;
	uint64_t same; /* guests of that template */
	uint64_t memory, vcpus;
	uid_t unknown; /* whose guest could not be counted */
};

static int count_guest(void *data, uid_t uid)
{
	struct guests *guests = data;
	struct guest_record record;
	cleanup_close int run = -EBADF;
	int r;

	if (uid == guests->self)
		return 0;
	run = guest_folder_open(GUEST_RUN_DIR, uid, false, NULL);
	if (run < 0)
		return run == -ENOENT ? 0 : run;
	r = guest_lives(run);
	if (r == 0)
		return 0;
	if (r == 1)
		r = guest_record_read(run, &record);
	/* A guest without a record has not been admitted yet, and will wait for our lock. */
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		guests->unknown = uid;
		return r;
	}
	guests->same += strcmp(record.template, guests->template) == 0;
	guests->memory += record.memory;
	guests->vcpus += record.vcpus;
	return 0;
}

/* Compares the template with memory.max and pids.max of the user; other limits only slow a guest
 * down. */
static int admit_user(const struct guest_settings *settings, struct carrel_error *err)
{
	const struct cgroup_limit *memory = &settings->limits.limit[CGROUP_MEMORY_MAX];
	const struct cgroup_limit *pids = &settings->limits.limit[CGROUP_PIDS_MAX];
	uint64_t needed = template_needs_memory(settings->template.memory);
	char is[UNITS_TEXT_MAX], needs[UNITS_TEXT_MAX], missing[UNITS_TEXT_MAX];

	if (memory->set && memory->value < needed) {
		error_set(err, -EDQUOT, "template %s for user %s", settings->template.name,
			settings->account.name);
		error_why(err, "memory.max of the user is %s, a guest needs %s: %s are missing",
			units_format_size(memory->value, is), units_format_size(needed, needs),
			units_format_size(needed - memory->value, missing));
		return -EDQUOT;
	}
	if (pids->set && pids->value < TEMPLATE_NEEDS_PIDS) {
		error_set(err, -EDQUOT, "template %s for user %s", settings->template.name,
			settings->account.name);
		error_why(err, "pids.max of the user is %llu, a guest needs %d: %llu are missing",
			(unsigned long long)pids->value, TEMPLATE_NEEDS_PIDS,
			(unsigned long long)(TEMPLATE_NEEDS_PIDS - pids->value));
		return -EDQUOT;
	}
	return 0;
}

static int refuse_for_host(const struct guest_settings *settings, struct carrel_error *err)
{
	return error_set(err, -EUSERS, "guest of user %s", settings->account.name);
}

static int admit_host(const struct guest_settings *settings, const struct guests *guests,
	struct carrel_error *err)
{
	const struct guest_template *template = &settings->template;
	uint64_t memory = host_config_guest_memory(&settings->config, machine_memory());
	uint64_t vcpus = host_config_guest_vcpus(&settings->config, machine_cpus());
	char limit[UNITS_TEXT_MAX], used[UNITS_TEXT_MAX], wanted[UNITS_TEXT_MAX],
		over[UNITS_TEXT_MAX];

	if (guests->same >= template->max_per_host) {
		refuse_for_host(settings, err);
		return error_why(err, "%llu guests of template %s run, max_per_host is %llu",
			(unsigned long long)guests->same, template->name,
			(unsigned long long)template->max_per_host);
	}
	if (guests->memory + template->memory > memory) {
		uint64_t more = guests->memory + template->memory - memory;

		refuse_for_host(settings, err);
		/* Half of an odd machine's memory is not a round number. */
		more = (more + 1023) / 1024 * 1024;
		return error_why(err,
			"it wants %s of memory, guests have %s of the %s that [admission] "
			"guest_memory allows: %s too much",
			units_format_size(template->memory, wanted),
			units_format_size(guests->memory, used),
			units_format_size(memory / 1024 * 1024, limit),
			units_format_size(more, over));
	}
	if (guests->vcpus + template->vcpus > vcpus) {
		refuse_for_host(settings, err);
		return error_why(err,
			"it wants %llu CPUs, guests have %llu of the %llu that [admission] "
			"guest_vcpus allows: %llu too many",
			(unsigned long long)template->vcpus, (unsigned long long)guests->vcpus,
			(unsigned long long)vcpus,
			(unsigned long long)(guests->vcpus + template->vcpus - vcpus));
	}
	return 0;
}

int guest_admit(const struct guest_settings *settings, struct carrel_error *err)
{
	struct guests guests = {
		.self = settings->account.login.uid, .template = settings->template.name};
	int r = admit_user(settings, err);

	if (r < 0)
		return r;
	r = guest_folders(GUEST_RUN_DIR, count_guest, &guests);
	if (r == 0) {
		r = admit_host(settings, &guests, err);
		return r < 0 ? r : guest_admit_disk(settings, err);
	}
	error_set(err, r, "guest of user %s", settings->account.name);
	if (guests.unknown == 0)
		return r;
	return error_why(err,
		"how much of the host the guest of uid %u has is not known, because its state "
		"cannot be read (%s); carrel guest stop %u ends it",
		(unsigned)guests.unknown, strerror(-r), (unsigned)guests.unknown);
}
