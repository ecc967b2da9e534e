// SPDX-License-Identifier: MIT
/*
 * list.c - carrel image list and carrel image remove.
 */
#include "guest/image/list.h"
#include "helper/cli/output.h"
#include "verbs.h"

#include <string.h>
#include <time.h>

enum { OPTION_JSON };

static uint64_t seconds_of(const char *created)
{
	struct tm tm = {0};
	const char *end = strptime(created, "%Y-%m-%dT%H:%M:%SZ", &tm);

	return end && *end == '\0' ? (uint64_t)timegm(&tm) : 0;
}

static void add_image_row(struct output_table *table, const struct image_entry *entry)
{
	const char *digest = entry->digest + strlen(IMAGE_DIGEST_PREFIX);
	char text[32];

	table_add(table, "%s", entry->name ? entry->name : "-");
	if (entry->problem) {
		for (int i = 0; i < 5; i++)
			table_add(table, "-");
		table_add(table, "%s", entry->problem);
		return;
	}
	table_add(table, "%.*s", IMAGE_HEX_SHORT, digest);
	table_add(table, "%s", entry->image.format);
	table_add(table, "%s", output_size(entry->image.virtual_size, text, sizeof(text)));
	table_add(table, "%s", output_size(entry->size, text, sizeof(text)));
	table_add(table, "%zu", entry->guests);
	table_add(table, "%s", output_time(seconds_of(entry->image.created), text, sizeof(text)));
}

static int print_image_table(const struct image_list *list)
{
	static const struct output_column columns[] = {{"NAME"}, {"DIGEST"}, {"FORMAT"},
		{"SIZE", true}, {"ON DISK", true}, {"GUESTS", true}, {"CREATED"}};
	struct output_table table = OUTPUT_TABLE(columns);

	if (list->count == 0) {
		printf("No images; carrel image build debian-13 makes one.\n");
		return COMMAND_DONE;
	}
	for (size_t i = 0; i < list->count; i++)
		add_image_row(&table, &list->entry[i]);
	return table_print(&table);
}

static json_t *json_image(const struct image_entry *entry)
{
	json_t *name = entry->name ? output_string(entry->name) : json_null();

	if (entry->problem)
		return json_pack(
			"{s:o, s:o}", "name", name, "problem", output_string(entry->problem));
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:I, s:o, s:o}", "name", name, "digest",
		entry->digest, "format", entry->image.format, "virtual_size",
		output_number(entry->image.virtual_size), "disk_usage", output_number(entry->size),
		"guests", (json_int_t)entry->guests, "created", output_string(entry->image.created),
		"cmdline", output_string(entry->image.cmdline));
}

static int print_image_json(const struct image_list *list)
{
	json_t *images = json_array();

	for (size_t i = 0; i < list->count; i++)
		images = output_append(images, json_image(&list->entry[i]));
	return output_json(json_pack("{s:o}", "images", images));
}

static int run_image_list(const struct command_input *input)
{
	struct carrel_error err = {0};
	struct image_list list;
	int r = image_list_load(&list, &err);

	if (r < 0)
		return command_failed(&err);
	r = input->option[OPTION_JSON] ? print_image_json(&list) : print_image_table(&list);
	for (size_t i = 0; i < list.count; i++)
		if (list.entry[i].problem && r == COMMAND_DONE)
			r = COMMAND_FAILED;
	image_list_free(&list);
	return r;
}

const struct command_verb verb_image_list = {
	.name = "image list",
	.operands = "",
	.summary = "the images, and how many guests are made from each",
	.details = "One without a name was replaced by a newer one.\n",
	.options = {[OPTION_JSON] = {"json", NULL, "one JSON document"}},
	.run = run_image_list,
};

static int run_remove(const struct command_input *input)
{
	struct carrel_error err = {0};
	bool kept = false;
	int r = image_remove(input->operand[0], &kept, &err);

	if (r < 0)
		return image_failed(&err);
	printf("%s: removed%s\n", input->operand[0], kept ? "; it has another name" : "");
	return COMMAND_DONE;
}

const struct command_verb verb_image_remove = {
	.name = "image remove",
	.operands = "NAME | sha256-DIGEST",
	.summary = "remove an image that no guest is made from",
	.min_operands = 1,
	.max_operands = 1,
	.root = true,
	.root_why = IMAGE_ROOT_WHY,
	.run = run_remove,
};
