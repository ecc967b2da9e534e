// SPDX-License-Identifier: MIT
#include "stack.h"
#include "helper/pam/edit.h"

#include <stdio.h>
#include <string.h>

static bool rule_has_module(const struct pam_rule *rule, const char *name)
{
	const char *slash = strrchr(rule->module, '/');

	return strcmp(slash ? slash + 1 : rule->module, name) == 0;
}

/* Returns whether the rule's module must have acted on the host before the session moves. */
static bool must_come_before(const struct pam_rule *rule)
{
	static const char *const before[] = {"pam_loginuid.so", "pam_systemd.so", "pam_elogind.so",
		"pam_selinux.so", "pam_limits.so", "pam_keyinit.so", "pam_mkhomedir.so"};

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (rule_has_module(rule, before[i]))
			return true;
	return false;
}

/* Returns whether the rule can end the stack in success, so that later rules do not run. */
static bool may_end_stack(const struct pam_rule *rule)
{
	return strcasecmp(rule->control, "sufficient") == 0 ||
	       strstr(rule->control, "success=done") != NULL;
}

/* Returns the rule behind @at that matters most, or NULL if carrel's is the last. */
static const struct pam_rule *rule_after(const struct pam_stack *stack, size_t at)
{
	const struct pam_rule *after = NULL;

	for (size_t i = at + 1; i < stack->count; i++) {
		const struct pam_rule *rule = &stack->rule[i];

		if (rule_has_module(rule, PAM_MODULE))
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
			"%s: %s of %s:%u runs after carrel", service, after->module, after->file,
			after->line);
		return false;
	}
	for (size_t i = 0; i < at; i++)
		if (may_end_stack(&stack->rule[i])) {
			doctor_add(doctor, DOCTOR_WARN, "PAM stack",
				"make that rule required or optional",
				"%s: %s:%u (%s %s) may end the stack before carrel", service,
				stack->rule[i].file, stack->rule[i].line, stack->rule[i].control,
				stack->rule[i].module);
			return false;
		}
	return true;
}

/* Which of carrel's rules: the one that opens, or the one that only closes. */
enum stack_rule { OPENING, CLOSING };

static bool is_carrels(const struct pam_rule *rule, enum stack_rule which)
{
	return rule_has_module(rule, PAM_MODULE) &&
	       (strcmp(rule->arguments, PAM_CLOSE) == 0) == (which == CLOSING);
}

/* Counts the rules of that kind in the first file that has one, and finds the first of them for
 * *ret_at. su-l includes su, and both are wired: the second call finds the first one's work. Two in
 * one file are somebody else's doing. */
static size_t count_rules(const struct pam_stack *stack, enum stack_rule which, size_t *ret_at)
{
	size_t found = 0, at = 0;

	for (size_t i = stack->count; i-- > 0;)
		if (is_carrels(&stack->rule[i], which)) {
			found += found == 0 ||
				 strcmp(stack->rule[i].file, stack->rule[at].file) == 0;
			at = i;
		}
	*ret_at = at;
	return found;
}

bool doctor_stack_is_wired(const struct pam_stack *stack)
{
	size_t at;

	return count_rules(stack, OPENING, &at) > 0;
}

static bool check_closing(struct doctor *doctor, const char *service, const struct pam_stack *stack)
{
	const struct pam_rule *first = &stack->rule[0];
	size_t at;

	if (count_rules(stack, CLOSING, &at) == 0)
		doctor_add(doctor, DOCTOR_WARN, "PAM stack", "carrel setup adds that line",
			"%s: no \"" PAM_MODULE " " PAM_CLOSE
			"\" comes first, so other modules close "
			"as root inside the user's view",
			service);
	else if (at > 0 && !rule_has_module(first, PAM_MODULE))
		doctor_add(doctor, DOCTOR_WARN, "PAM stack",
			"carrel setup puts carrel's closing line first again",
			"%s: %s of %s:%u comes before carrel, and closes inside the user's view",
			service, first->module, first->file, first->line);
	else
		return true;
	return false;
}

void doctor_stack_judge(struct doctor *doctor, const char *service, const struct pam_stack *stack)
{
	size_t at, found = count_rules(stack, OPENING, &at);
	const struct pam_rule *rule = &stack->rule[at];
	bool ordered = check_order(doctor, service, stack, at);
	bool closes = check_closing(doctor, service, stack);

	if (found > 1)
		doctor_add(doctor, DOCTOR_WARN, "PAM stack",
			"remove the lines that carrel setup did not write",
			"%s: %s appears %zu times", service, PAM_MODULE, found);
	else if (strcasecmp(rule->control, "required") != 0)
		doctor_add(doctor, DOCTOR_WARN, "PAM stack",
			"make it required: a login that fails to be confined goes on otherwise",
			"%s: %s:%u is %s", service, rule->file, rule->line, rule->control);
	else if (ordered && closes)
		doctor_add(doctor, DOCTOR_OK, "PAM stack", NULL, "%s: wired in %s:%u", service,
			rule->file, rule->line);
}
