// SPDX-License-Identifier: MIT
/*
 * template.c - are the templates valid, are their images there, and do the policies that
 * name them leave their guests room?
 */
#include "base/cleanup.h"
#include "doctor.h"
#include "helper/check/check.h"

#include <string.h>

static void add_findings(struct doctor *doctor, enum doctor_level level,
	const struct policy_problems *problems, const char *remedy)
{
	static const char warning[] = "warning: ";
	char line[2048], *at;

	for (size_t i = 0; i < problems->count; i++) {
		policy_problem_format(&problems->item[i], line, sizeof(line));
		at = strstr(line, warning);
		if (at)
			memmove(at, at + strlen(warning), strlen(at + strlen(warning)) + 1);
		doctor_add(doctor, level, "template", remedy, "%s", line);
	}
}

/* Checks the templates. A host without guests gets no line about them. */
void doctor_templates(struct doctor *doctor)
{
	cleanup(policy_problems_free) struct policy_problems ignored = {0};
	cleanup(policy_folder_free) struct policy_folder policies = {0};
	cleanup(template_set_free) struct template_set templates = {0};
	cleanup(host_config_free) struct host_config config = {0};
	cleanup(check_free) struct check check = {.config = &config};
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	int r;

	/* doctor_policies() has said what is wrong with these two. */
	(void)host_config_load(POLICY_HOST_INI, &config, NULL, NULL);
	r = check_templates(TEMPLATE_DIR, &check, &templates, &err);
	if (r == 0 && policy_folder_read(POLICY_DIR, &policies, &ignored, NULL) == 0 &&
		check_guests(&policies, &templates, &check) < 0)
		r = error_set(&err, -ENOMEM, "templates");
	if (r < 0) {
		doctor_add(doctor, DOCTOR_FAIL, "templates", NULL, "%s",
			error_format(&err, text, sizeof(text)));
		return;
	}
	add_findings(doctor, DOCTOR_FAIL, &check.problems, "correct it; carrel check looks again");
	add_findings(
		doctor, DOCTOR_WARN, &check.warnings, "carrel image list, carrel.templates(5)");
	if (templates.count > 0 && check.problems.count == 0)
		doctor_add(doctor, DOCTOR_OK, "templates", NULL, "%zu template%s, all valid",
			templates.count, templates.count == 1 ? "" : "s");
}
