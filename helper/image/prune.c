// SPDX-License-Identifier: MIT
/*
 * prune.c - carrel image prune: removes what a newer image of the same name has left behind.
 */
#include "guest/image/list.h"
#include "verbs.h"

enum { OPTION_DRY_RUN };

static bool is_left_behind(const struct image_entry *entry)
{
	return !entry->name && !entry->problem && entry->guests == 0;
}

/* Removes an image, and adds to *bytes what that gave back. An image that a guest is made from by
 * now stays. */
static int remove_entry(const struct image_entry *entry, bool dry, uint64_t *bytes)
{
	struct carrel_error err = {0};
	bool kept;
	int r = dry ? 0 : image_remove(entry->digest, &kept, &err);

	if (r == -EBUSY)
		return COMMAND_DONE;
	if (r < 0)
		return image_failed(&err);
	printf("%s: %s\n", entry->digest, dry ? "would be removed" : "removed");
	*bytes += entry->size;
	return COMMAND_DONE;
}

static int run_prune(const struct command_input *input)
{
	bool dry = input->option[OPTION_DRY_RUN];
	struct carrel_error err = {0};
	struct image_list list;
	uint64_t bytes = 0;
	int code = COMMAND_DONE;

	if (image_list_load(&list, &err) < 0)
		return command_failed(&err);
	for (size_t i = 0; code == COMMAND_DONE && i < list.count; i++)
		if (is_left_behind(&list.entry[i]))
			code = remove_entry(&list.entry[i], dry, &bytes);
	image_list_free(&list);
	if (code == COMMAND_DONE)
		printf("%llu MiB %s\n", (unsigned long long)(bytes >> 20),
			dry ? "would be free" : "are free");
	return code;
}

const struct command_verb verb_image_prune = {
	.name = "image prune",
	.operands = "",
	.summary = "remove the images that have no name and no guests",
	.details =
		"Those that a newer one of the same name has replaced, and that no guest is made\n"
		"from. A guest whose disk is not kept, and which runs from one, goes on.\n",
	.root = true,
	.root_why = IMAGE_ROOT_WHY,
	.options = {[OPTION_DRY_RUN] = {"dry-run", NULL, "only say which"}},
	.run = run_prune,
};
