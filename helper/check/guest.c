// SPDX-License-Identifier: MIT
/*
 * guest.c - checks policies and templates with each other.
 *
 * Which policies meet in one login depends on who logs in. So each file is taken in turn as one
 * that fits. The files without [match], and with the same one, then fit too, and any other may. The
 * values that a key can get that way are a list, and only if all of them are bad is there a
 * problem.
 */
#include "base/cleanup.h"
#include "base/list.h"
#include "base/machine.h"
#include "base/units.h"
#include "check.h"
#include "policy/problems.h"
#include "policy/suggestion.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One value that a key can have. Where @item is NULL, it is not set. */
struct possible_value {
	const struct policy_file *file;
	const struct assignment *item;
};

struct outcomes {
	struct possible_value *item;
	size_t count;
};

static void outcomes_free(struct outcomes *outcomes)
{
	free(outcomes->item);
}

static const struct assignment *find_assignment(const struct policy_file *file, enum policy_key key)
{
	for (size_t i = 0; i < file->assignments.count; i++)
		if (file->assignments.item[i].index == key)
			return &file->assignments.item[i];
	return NULL;
}

static bool same_match(const struct match *a, const struct match *b)
{
	for (size_t i = 0; i < MATCH_FIELD_COUNT; i++) {
		size_t length = list_length(a->list[i]);

		if (length != list_length(b->list[i]))
			return false;
		for (size_t j = 0; j < length; j++)
			if (strcmp(a->list[i][j], b->list[i][j]) != 0)
				return false;
	}
	return true;
}

/* Finds all values that @key may get where @chosen matches, in the order of merging. Returns 0 or
 * -ENOMEM. */
static int find_outcomes(const struct policy_folder *folder, const struct policy_file *chosen,
	enum policy_key key, struct outcomes *ret_outcomes)
{
	struct outcomes outcomes = {.count = 1};

	outcomes.item = calloc(folder->count + 1, sizeof(*outcomes.item));
	if (!outcomes.item)
		return -ENOMEM;
	for (size_t i = 0; i < folder->count; i++) {
		const struct policy_file *file = &folder->file[i];
		const struct assignment *item = find_assignment(file, key);

		if (file->refused || !item)
			continue;
		if (!match_has(&file->match, MATCH_ALL) || same_match(&file->match, &chosen->match))
			outcomes.count = 0;
		outcomes.item[outcomes.count++] =
			(struct possible_value){.file = file, .item = item};
	}
	*ret_outcomes = outcomes;
	return 0;
}

/* Returns the template's name, or NULL for none. */
static const char *name_of(const struct possible_value *outcome)
{
	return outcome->item && outcome->item->value.list ? outcome->item->value.list[0] : NULL;
}

static const struct guest_template *find_template(
	const struct template_set *templates, const char *name)
{
	for (size_t i = 0; name && i < templates->count; i++)
		if (strcmp(templates->item[i].name, name) == 0)
			return &templates->item[i];
	return NULL;
}

/* Adds a problem with the value of @outcome to @to, unless it is there. Returns 0 or -ENOMEM. */
__attribute__((format(printf, 4, 5))) static int add_problem(struct policy_problems *to,
	const struct possible_value *outcome, enum policy_key key, const char *format, ...)
{
	char reason[PROBLEM_REASON_MAX];
	va_list args;
	int r;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	/* It may have been found before, with another file as the chosen one. */
	for (size_t i = 0; i < to->count; i++) {
		const struct policy_problem *other = &to->item[i];

		if (other->line == outcome->item->line &&
			strcmp(other->file, outcome->file->path) == 0 &&
			strcmp(other->reason, reason) == 0)
			return 0;
	}
	r = problems_add(to, outcome->file->path, outcome->item->line, policy_keys[key].section,
		policy_keys[key].name, "%s", reason);
	return r == -ENOMEM ? r : 0;
}

static int check_name(const struct possible_value *outcome, const struct template_set *templates,
	struct check *check)
{
	const char *name = name_of(outcome);
	struct suggestion near = {.word = name};

	if (!name || list_has(templates->names, name))
		return 0;
	for (char **other = templates->names; other && *other; other++)
		suggest_try(&near, *other);
	if (near.best)
		return add_problem(&check->problems, outcome, POLICY_GUEST_TEMPLATE,
			"there is no template \"%s\" in %s; did you mean \"%s\"?", name,
			templates->dir, near.best);
	return add_problem(&check->problems, outcome, POLICY_GUEST_TEMPLATE,
		"there is no template \"%s\" in %s", name, templates->dir);
}

/* Reports mode = guest where no template is named to make the guest of. */
static int check_mode(
	const struct policy_file *file, const struct outcomes *names, struct check *check)
{
	const struct possible_value mode = {
		.file = file, .item = find_assignment(file, POLICY_SESSION_MODE)};
	bool some = false, none = false;

	if (!mode.item || mode.item->value.choice != POLICY_MODE_GUEST)
		return 0;
	for (size_t i = 0; i < names->count; i++) {
		some |= name_of(&names->item[i]) != NULL;
		none |= name_of(&names->item[i]) == NULL;
	}
	if (!none)
		return 0;
	return add_problem(some ? &check->warnings : &check->problems, &mode, POLICY_SESSION_MODE,
		some ? "warning: guest needs a template; users whom no other policy matches have "
		       "none"
		     : "guest needs a template, and no policy has [guest] template for these "
		       "users");
}

static uint64_t number_of(const struct possible_value *outcome)
{
	const struct policy_value *value = outcome->item ? &outcome->item->value : NULL;

	if (!value)
		return POLICY_UNLIMITED;
	if (value->unit == POLICY_SIZE_PERCENT && value->number != POLICY_UNLIMITED)
		return machine_memory() / 100 * value->number;
	return value->number;
}

static const struct possible_value *largest_value(const struct outcomes *outcomes)
{
	const struct possible_value *best = &outcomes->item[0];

	for (size_t i = 1; i < outcomes->count; i++)
		if (number_of(&outcomes->item[i]) > number_of(best))
			best = &outcomes->item[i];
	return best;
}

/*
 * Returns the name of the template that needs the least memory. Returns NULL where a guest may get
 * no template, or one that is refused: then nothing can be said. Skips names without a template,
 * which check_name() reports.
 */
static const struct possible_value *smallest_template(
	const struct outcomes *names, const struct template_set *templates)
{
	const struct possible_value *best = NULL;
	uint64_t least = 0;

	for (size_t i = 0; i < names->count; i++) {
		const char *name = name_of(&names->item[i]);
		const struct guest_template *template = find_template(templates, name);

		if (!template && name && !list_has(templates->names, name))
			continue;
		if (!template)
			return NULL;
		if (best && template->memory >= least)
			continue;
		best = &names->item[i];
		least = template->memory;
	}
	return best;
}

/* Formats @bytes, rounded up, as what an admin has to add. */
static const char *format_mebibytes(uint64_t bytes, char *buf)
{
	return units_format_size((bytes + (1 << 20) - 1) >> 20 << 20, buf);
}

static int check_quotas(const struct possible_value *name, const struct guest_template *template,
	const struct outcomes *memory, const struct outcomes *pids, struct check *check)
{
	const struct possible_value *memory_max = largest_value(memory),
				    *pids_max = largest_value(pids);
	uint64_t need = template_needs_memory(template->memory), has = number_of(memory_max);
	char need_text[UNITS_TEXT_MAX], has_text[UNITS_TEXT_MAX], less_text[UNITS_TEXT_MAX];
	int r = 0;

	if (has < need)
		r = add_problem(&check->problems, name, POLICY_GUEST_TEMPLATE,
			"\"%s\" has %s of memory and needs a memory.max of %s; %s:%u gives %s, "
			"which is %s too little",
			template->name, template->key[TEMPLATE_MEMORY].text,
			format_mebibytes(need, need_text), memory_max->file->path,
			memory_max->item->line, units_format_size(has >> 20 << 20, has_text),
			format_mebibytes(need - has, less_text));
	has = number_of(pids_max);
	if (r == 0 && has < TEMPLATE_NEEDS_PIDS)
		r = add_problem(&check->problems, name, POLICY_GUEST_TEMPLATE,
			"\"%s\" needs a pids.max of %d; %s:%u gives %llu, which is %llu too few",
			template->name, TEMPLATE_NEEDS_PIDS, pids_max->file->path,
			pids_max->item->line, (unsigned long long)has,
			(unsigned long long)(TEMPLATE_NEEDS_PIDS - has));
	return r;
}

/* Reports all that can be said about logins that @file fits. */
static int check_chosen(const struct policy_folder *policies, const struct policy_file *file,
	const struct template_set *templates, struct check *check)
{
	cleanup(outcomes_free) struct outcomes names = {0}, memory = {0}, pids = {0};
	const struct possible_value *name;
	int r = find_outcomes(policies, file, POLICY_GUEST_TEMPLATE, &names);

	if (r == 0)
		r = find_outcomes(policies, file, POLICY_CGROUP_MEMORY_MAX, &memory);
	if (r == 0)
		r = find_outcomes(policies, file, POLICY_CGROUP_PIDS_MAX, &pids);
	if (r == 0)
		r = check_mode(file, &names, check);
	if (r < 0)
		return r;
	name = smallest_template(&names, templates);
	return name ? check_quotas(
			      name, find_template(templates, name_of(name)), &memory, &pids, check)
		    : 0;
}

int check_guests(const struct policy_folder *policies, const struct template_set *templates,
	struct check *check)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < policies->count; i++) {
		const struct policy_file *file = &policies->file[i];
		const struct possible_value name = {
			.file = file, .item = find_assignment(file, POLICY_GUEST_TEMPLATE)};

		r = check_name(&name, templates, check);
		if (r == 0 && !file->refused)
			r = check_chosen(policies, file, templates, check);
	}
	return r;
}
