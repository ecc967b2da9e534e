// SPDX-License-Identifier: MIT
/*
 * services.c - which PAM services open sessions, and do all of them lead to carrel?
 */
#include "helper/pam/services.h"
#include "base/cleanup.h"
#include "doctor.h"
#include "helper/pam/saved.h"
#include "stack.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* The services that are not wired and that carrel does not know: one finding names them all. */
struct unwired {
	char *names;
	size_t count;
};

static void add_unwired(struct doctor *doctor, struct unwired *unwired, const char *service)
{
	char *longer = NULL;

	if (asprintf(&longer, "%s%s%s", unwired->names ? unwired->names : "",
		    unwired->names ? ", " : "", service) < 0) {
		doctor->failed = true;
		return;
	}
	free(unwired->names);
	unwired->names = longer;
	unwired->count++;
}

static void judge_service(struct doctor *doctor, const struct pam_dirs *dirs, const char *service,
	struct unwired *unwired)
{
	struct pam_stack stack = {0};
	bool ours = pam_service_is_wired_by_default(service);
	int r;

	if (!ours && pam_service_excuse(service))
		return;
	r = pam_stack_load(dirs, service, "session", &stack);
	if (r < 0)
		doctor_add(doctor, ours ? DOCTOR_FAIL : DOCTOR_WARN, "PAM stack", NULL,
			"%s: it, or what it includes, cannot be read: %s", service,
			strerrordesc_np(-r));
	else if (doctor_stack_is_wired(&stack))
		doctor_stack_judge(doctor, service, &stack);
	else if (ours)
		doctor_add(doctor, DOCTOR_FAIL, "PAM stack", "carrel setup",
			"%s: not wired, its logins are not confined", service);
	else if (stack.count > 0)
		add_unwired(doctor, unwired, service);
	pam_stack_free(&stack);
}

/* Reports a stale copy. A file that carrel setup has copied hides the original, whatever its
 * package does to that. */
static void judge_copy(
	struct doctor *doctor, int root_fd, const struct pam_dirs *dirs, const char *service)
{
	if (saved_copy_is_stale(root_fd, dirs, service))
		doctor_add(doctor, DOCTOR_WARN, "PAM stack", "carrel setup copies it again",
			"%s: its package has changed it since carrel setup copied it to /etc/pam.d",
			service);
}

void doctor_stacks(struct doctor *doctor)
{
	cleanup_close int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[2 * CARREL_ERROR_TEXT_MAX], **names = NULL;
	struct pam_dirs dirs = PAM_DIRS_NONE;
	struct unwired unwired = {0};
	struct carrel_error err = {0};
	size_t count = 0;
	int r = pam_dirs_open(root_fd, true, &dirs, &err);

	if (r == 0 && (r = pam_dirs_list(&dirs, &names, &count)) < 0)
		error_set(&err, r, "list the PAM files");
	if (r < 0)
		doctor_add(doctor, DOCTOR_FAIL, "PAM stack", NULL, "%s",
			error_format(&err, text, sizeof(text)));
	for (size_t i = 0; i < count; i++) {
		judge_service(doctor, &dirs, names[i], &unwired);
		judge_copy(doctor, root_fd, &dirs, names[i]);
	}
	if (unwired.count > 0)
		doctor_add(doctor, DOCTOR_WARN, "PAM stack",
			"carrel setup SERVICE wires one; or take it out of use",
			"%s: not wired, %s sessions are not confined", unwired.names,
			unwired.count == 1 ? "its" : "their");
	free(unwired.names);
	pam_names_free(names, count);
	pam_dirs_close(&dirs);
}
