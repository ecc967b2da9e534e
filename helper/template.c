// SPDX-License-Identifier: MIT
/*
 * template.c - carrel template list and show: what guests can be made of.
 */
#include "policy/template.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "helper/cli/command.h"
#include "helper/cli/output.h"

#include <string.h>

enum { OPTION_JSON, OPTION_TEMPLATE_DIR };

static const char *template_folder(const struct command_input *input)
{
	return input->option[OPTION_TEMPLATE_DIR] ? input->option[OPTION_TEMPLATE_DIR]
						  : TEMPLATE_DIR;
}

/* ---- list ---- */

static void add_template_row(struct output_table *table, const struct guest_template *template)
{
	static const enum template_key columns[] = {TEMPLATE_VCPUS, TEMPLATE_MEMORY, TEMPLATE_DISK,
		TEMPLATE_EMULATION, TEMPLATE_IMAGE, TEMPLATE_DESCRIPTION};

	table_add(table, "%s", template->name);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		table_add(table, "%s",
			template->key[columns[i]].text[0] ? template->key[columns[i]].text : "-");
}

static json_t *json_row(const struct guest_template *template)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o}", "name",
		output_string(template->name), "description", output_string(template->description),
		"image", output_string(template->image), "vcpus", (json_int_t) template->vcpus,
		"memory", (json_int_t) template->memory, "disk", (json_int_t) template->disk,
		"emulation", output_string(template->key[TEMPLATE_EMULATION].text), "file",
		output_string(template->file));
}

/* Adds the template of that name. Returns COMMAND_INVALID where it is refused, and says on stderr
 * why. */
static int list_one(
	const char *dir, const char *name, struct output_table *table, json_t *templates)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup(template_free) struct guest_template template = {0};
	struct carrel_error err = {0};
	int r = template_load(dir, name, &template, &problems, &err);

	if (r == -EINVAL) {
		output_problems(&problems);
		return COMMAND_INVALID;
	}
	if (r < 0)
		return command_failed(&err);
	if (!templates)
		add_template_row(table, &template);
	else if (json_array_append_new(templates, json_row(&template)) < 0)
		return command_error(COMMAND_FAILED, "output: out of memory");
	return COMMAND_DONE;
}

static int run_template_list(const struct command_input *input)
{
	static const struct output_column columns[] = {{"NAME"}, {"VCPUS", true}, {"MEMORY", true},
		{"DISK", true}, {"EMULATION"}, {"IMAGE"}, {"DESCRIPTION"}};
	struct output_table table = OUTPUT_TABLE(columns);
	json_t *templates = input->option[OPTION_JSON] ? json_array() : NULL;
	cleanup(list_freep) char **names = NULL;
	struct carrel_error err = {0};
	int code = COMMAND_DONE, r;

	if (template_names(template_folder(input), &names, &err) < 0) {
		json_decref(templates);
		return command_failed(&err);
	}
	for (char **name = names; name && *name; name++) {
		r = list_one(template_folder(input), *name, &table, templates);
		if (r != COMMAND_DONE)
			code = r;
	}
	if (input->option[OPTION_JSON]) {
		table_free(&table);
		r = output_json(templates ? json_pack("{s:o}", "templates", templates) : NULL);
	} else if (names) {
		r = table_print(&table);
	} else {
		table_free(&table);
		printf("There is no template in %s.\n", template_folder(input));
		r = COMMAND_DONE;
	}
	return r == COMMAND_DONE ? code : r;
}

static const struct command_verb verb_template_list = {
	.name = "template list",
	.operands = "",
	.summary = "the templates of this host",
	.details = "Exit code 3: some template is refused, and the rest is shown.\n",
	.options =
		{
			[OPTION_JSON] = {"json", NULL, "one JSON document"},
			[OPTION_TEMPLATE_DIR] = {"template-dir", "DIR", "instead of " TEMPLATE_DIR},
		},
	.run = run_template_list,
};

/* ---- show ---- */

static const char *key_origin(
	const struct guest_template *template, size_t index, char *buf, size_t size)
{
	if (template->key[index].line)
		snprintf(buf, size, "%s:%u", template->file, template->key[index].line);
	else
		snprintf(buf, size, "default");
	return buf;
}

static int print_template_json(const struct guest_template *template)
{
	json_t *settings = json_object();
	char from[4096];

	for (size_t i = 0; settings && i < TEMPLATE_KEY_COUNT; i++) {
		json_t *entry = json_pack("{s:o, s:o}", "value",
			output_string(template->key[i].text), "origin",
			output_string(key_origin(template, i, from, sizeof(from))));

		if (json_object_set_new(settings, template_keys[i].name, entry) < 0) {
			json_decref(settings);
			settings = NULL;
		}
	}
	return output_json(json_pack("{s:o, s:o, s:o}", "name", output_string(template->name),
		"file", output_string(template->file), "settings", settings));
}

static int print_template_table(const struct guest_template *template)
{
	static const struct output_column columns[] = {{"KEY"}, {"VALUE"}, {"ORIGIN"}};
	struct output_table table = OUTPUT_TABLE(columns);
	char from[4096];

	for (size_t i = 0; i < TEMPLATE_KEY_COUNT; i++) {
		table_add(&table, "%s", template_keys[i].name);
		table_add(&table, "%s", template->key[i].text[0] ? template->key[i].text : "-");
		table_add(&table, "%s", key_origin(template, i, from, sizeof(from)));
	}
	return table_print(&table);
}

static int run_show(const struct command_input *input)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup(template_free) struct guest_template template = {0};
	struct carrel_error err = {0};
	int r = template_load(
		template_folder(input), input->operand[0], &template, &problems, &err);

	if (r == -EINVAL) {
		output_problems(&problems);
		return COMMAND_INVALID;
	}
	if (r < 0)
		return command_failed(&err);
	return input->option[OPTION_JSON] ? print_template_json(&template)
					  : print_template_table(&template);
}

static const struct command_verb verb_template_show = {
	.name = "template show",
	.operands = "NAME",
	.summary = "every key of a template, with the line that sets it",
	.min_operands = 1,
	.max_operands = 1,
	.options =
		{
			[OPTION_JSON] = {"json", NULL, "one JSON document"},
			[OPTION_TEMPLATE_DIR] = {"template-dir", "DIR", "instead of " TEMPLATE_DIR},
		},
	.run = run_show,
};

/* ---- the group ---- */

static const struct command_verb *const template_verbs[] = {
	&verb_template_list,
	&verb_template_show,
	NULL,
};

const struct command_verb verb_template = {
	.name = "template",
	.operands = "VERB",
	.summary = "the templates that guests are made of",
	.details = "Templates are the files of " TEMPLATE_DIR ", carrel.templates(5).\n"
		   "`carrel check` validates them.\n",
	.verbs = template_verbs,
};
