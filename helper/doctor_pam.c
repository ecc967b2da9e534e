// SPDX-License-Identifier: MIT
/*
 * doctor_pam.c - is the module there, and do the PAM stacks lead to it, last and once?
 */
#include "base/cleanup.h"
#include "doctor.h"
#include "pam_edit.h"
#include "pam_load.h"
#include "pam_stack.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define REMEDY_SETUP "carrel setup"

void doctor_module(struct doctor *doctor)
{
	cleanup_free char *path = NULL;
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	int r = pam_find_module("/", &path, &err);

	if (r == 0)
		r = pam_try_module(path, &err);
	if (r == 0)
		r = pam_check_needs(path, &err);
	if (r < 0)
		doctor_add(doctor, DOCTOR_FAIL, "PAM module", "install carrel again", "%s",
			error_format(&err, text, sizeof(text)));
	else
		doctor_add(doctor, DOCTOR_OK, "PAM module", NULL, "%s", path);
}

static bool is_module(const struct pam_rule *rule, const char *name)
{
	const char *slash = strrchr(rule->module, '/');

	return strcmp(slash ? slash + 1 : rule->module, name) == 0;
}

/* What must have acted on the host before the session moves (DESIGN §3). */
static bool must_come_before(const struct pam_rule *rule)
{
	static const char *const before[] = {"pam_loginuid.so", "pam_systemd.so", "pam_elogind.so",
		"pam_selinux.so", "pam_limits.so", "pam_keyinit.so", "pam_mkhomedir.so"};

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (is_module(rule, before[i]))
			return true;
	return false;
}

/* A rule that can end the stack in success, so that later rules do not run. */
static bool may_end_stack(const struct pam_rule *rule)
{
	return strcasecmp(rule->control, "sufficient") == 0 ||
	       strstr(rule->control, "success=done") != NULL;
}

/* The rule behind @at that matters most, NULL if carrel's is the last. */
static const struct pam_rule *rule_after(const struct pam_stack *stack, size_t at)
{
	const struct pam_rule *after = NULL;

	for (size_t i = at + 1; i < stack->count; i++) {
		const struct pam_rule *rule = &stack->rule[i];

		if (is_module(rule, PAM_MODULE))
			continue;
		if (must_come_before(rule))
			return rule;
		if (!after)
			after = rule;
	}
	return after;
}

static bool check_order(
	struct doctor *doctor, const char *service, const struct pam_stack *stack, size_t at)
{
	const struct pam_rule *after = rule_after(stack, at);

	if (after) {
		doctor_add(doctor, must_come_before(after) ? DOCTOR_FAIL : DOCTOR_WARN, "PAM stack",
			"carrel setup puts carrel's lines last again",
			"%s: %s of /etc/pam.d/%s:%u runs after carrel", service, after->module,
			after->file, after->line);
		return false;
	}
	for (size_t i = 0; i < at; i++)
		if (may_end_stack(&stack->rule[i])) {
			doctor_add(doctor, DOCTOR_WARN, "PAM stack",
				"make that rule required or optional",
				"%s: /etc/pam.d/%s:%u (%s %s) may end the stack before carrel",
				service, stack->rule[i].file, stack->rule[i].line,
				stack->rule[i].control, stack->rule[i].module);
			return false;
		}
	return true;
}

static void check_stack(struct doctor *doctor, const char *service, const struct pam_stack *stack)
{
	size_t found = 0, at = 0;
	bool ordered;

	/* su-l includes su, and both are wired: the second call finds the first one's work. Twice
	 * in one file is somebody else's doing. */
	for (size_t i = stack->count; i-- > 0;)
		if (is_module(&stack->rule[i], PAM_MODULE)) {
			found += found == 0 ||
				 strcmp(stack->rule[i].file, stack->rule[at].file) == 0;
			at = i;
		}
	if (found == 0) {
		doctor_add(doctor, DOCTOR_FAIL, "PAM stack", REMEDY_SETUP,
			"%s: not wired, its logins are not confined", service);
		return;
	}
	ordered = check_order(doctor, service, stack, at);
	if (found > 1)
		doctor_add(doctor, DOCTOR_WARN, "PAM stack",
			"remove the lines that carrel setup did not write",
			"%s: %s is there %zu times", service, PAM_MODULE, found);
	else if (strcasecmp(stack->rule[at].control, "required") != 0)
		doctor_add(doctor, DOCTOR_WARN, "PAM stack",
			"make it required: a login that fails to be confined goes on otherwise",
			"%s: /etc/pam.d/%s:%u is %s", service, stack->rule[at].file,
			stack->rule[at].line, stack->rule[at].control);
	else if (ordered)
		doctor_add(doctor, DOCTOR_OK, "PAM stack", NULL, "%s: wired in /etc/pam.d/%s:%u",
			service, stack->rule[at].file, stack->rule[at].line);
}

void doctor_stacks(struct doctor *doctor)
{
	cleanup_close int pam_dir = open("/" PAM_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (pam_dir < 0) {
		doctor_add(doctor, DOCTOR_FAIL, "PAM stack", NULL, "/%s cannot be opened: %s",
			PAM_DIR, strerrordesc_np(errno));
		return;
	}
	for (size_t i = 0; pam_services[i]; i++) {
		struct pam_stack stack = {0};
		int r;

		if (faccessat(pam_dir, pam_services[i], F_OK, 0) < 0 && errno == ENOENT)
			continue;
		r = pam_stack_load(pam_dir, pam_services[i], "session", &stack);
		if (r < 0)
			doctor_add(doctor, DOCTOR_FAIL, "PAM stack", NULL,
				"%s: it, or what it includes, cannot be read: %s", pam_services[i],
				strerrordesc_np(-r));
		else
			check_stack(doctor, pam_services[i], &stack);
		pam_stack_free(&stack);
	}
}
