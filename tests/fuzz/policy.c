// SPDX-License-Identifier: MIT
/*
 * Any bytes as a policy file, as a template, and as carrel.ini. Besides not crashing, it must hold
 * that
 *  - what iniparser reads in a file that the strict scan accepts is what stands there;
 *  - a refused file has a reason, and one line of it;
 *  - the canonical texts of an accepted file are read back as the same values.
 * Built with libFuzzer, or with standalone.c where the compiler has none.
 */
#include "policy/policy.h"
#include "policy/template.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/dev/shm/carrel-fuzz-XXXXXX";
static char file[sizeof(folder) + 8];

static void tidy_up(void)
{
	unlink(file);
	rmdir(folder);
}

static void set_up(void)
{
	umask(022);
	if (!mkdtemp(folder))
		abort();
	snprintf(file, sizeof(file), "%s/a.ini", folder);
	atexit(tidy_up);
}

static void write_file(const void *data, size_t size)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		abort();
}

static void check_problems(const struct policy_problems *problems, bool refused)
{
	char text[4096];

	if (refused != (problems->count > 0))
		abort();
	for (size_t i = 0; i < problems->count; i++) {
		policy_problem_format(&problems->item[i], text, sizeof(text));
		if (strchr(text, '\n') || !*problems->item[i].reason ||
			strncmp(problems->item[i].reason, "iniparser", 9) == 0) {
			fprintf(stderr, "%s\n", text);
			abort();
		}
	}
}

static void load(struct policy *policy)
{
	const struct policy_login login = {
		.user = "alice",
		.uid = 1001,
		.groups = (char *const[]){"students", NULL},
		.service = "sshd",
		.rhost = "::ffff:10.1.2.3",
	};
	struct policy_problems problems = {0};

	if (policy_load(folder, &login, policy, &problems, NULL) < 0 || problems.count > 0)
		abort();
	policy_problems_free(&problems);
}

/* Writes what @policy says as one file that fits everyone. */
static void write_canonical(const struct policy *policy)
{
	const char *section = "";
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		const struct policy_setting *setting = &policy->setting[i];

		if (!setting->set)
			continue;
		if (strcmp(section, policy_keys[i].section) != 0)
			fprintf(out, "[%s]\n", policy_keys[i].section);
		section = policy_keys[i].section;
		fprintf(out, "%s%s = %s\n", setting->optional ? "?" : "", policy_keys[i].name,
			setting->text);
	}
	fclose(out);
	write_file(text, size);
	free(text);
}

static void check_round_trip(void)
{
	struct policy policy = {0}, again = {0};

	load(&policy);
	write_canonical(&policy);
	load(&again);
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		if (!policy.setting[i].set)
			continue;
		if (strcmp(policy.setting[i].text, again.setting[i].text) != 0 ||
			policy.setting[i].value.number != again.setting[i].value.number ||
			policy.setting[i].value.choice != again.setting[i].value.choice ||
			policy.setting[i].optional != again.setting[i].optional)
			abort();
	}
	policy_free(&policy);
	policy_free(&again);
}

static void check_template_round_trip(struct guest_template *template)
{
	struct guest_template again = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fputs("[template]\n", out);
	for (size_t i = 0; i < TEMPLATE_KEY_COUNT; i++)
		fprintf(out, "%s = %s\n", template_keys[i].name, template->key[i].text);
	fclose(out);
	write_file(text, size);
	free(text);
	if (template_load(folder, "a", &again, NULL, NULL) < 0)
		abort();
	for (size_t i = 0; i < TEMPLATE_KEY_COUNT; i++)
		if (strcmp(template->key[i].text, again.key[i].text) != 0)
			abort();
	if (template->memory != again.memory || template->idle_stop != again.idle_stop ||
		template->disk_io.wiops != again.disk_io.wiops)
		abort();
	template_free(&again);
}

static void check_as_template(void)
{
	struct policy_problems problems = {0};
	struct guest_template template = {0};
	int r = template_load(folder, "a", &template, &problems, NULL);

	check_problems(&problems, r < 0);
	policy_problems_free(&problems);
	if (r == 0)
		check_template_round_trip(&template);
	template_free(&template);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_problems problems = {0}, host_problems = {0};
	struct host_config config = {0};
	int r;

	if (!*file)
		set_up();
	write_file(data, size);
	r = policy_check_file(file, &problems, NULL);
	check_problems(&problems, r < 0);
	policy_problems_free(&problems);
	check_problems(&host_problems, host_config_load(file, &config, &host_problems, NULL) < 0);
	policy_problems_free(&host_problems);
	host_config_free(&config);
	check_as_template();
	if (r == 0) {
		write_file(data, size);
		check_round_trip();
	}
	return 0;
}
