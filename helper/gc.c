// SPDX-License-Identifier: MIT
/*
 * gc.c - carrel gc: removes what a crash left, ends logins that have outlived their connection,
 * looks for what runs outside of its user's quotas, and stops guests whose user may have none any
 * more.
 */
#include "guest/image/store.h"
#include "helper/cli/command.h"
#include "helper/guest/verbs.h"
#include "outsiders.h"
#include "session/inventory.h"
#include "session/stranded.h"

#include <stdio.h>

enum { OPTION_DRY_RUN };

static void print_removal(void *data, const char *line)
{
	int *lines = data;

	++*lines;
	for (const char *p = line; *p; p++)
		putchar(*p >= 0x20 && *p < 0x7f ? *p : '?');
	putchar('\n');
}

static int run_gc(const struct command_input *input)
{
	bool dry = input->option[OPTION_DRY_RUN];
	struct carrel_error err = {0};
	int lines = 0, outside = 0;
	int stranded = stranded_end(dry, print_removal, &lines, &err);
	int count = stranded < 0 ? stranded
				 : inventory_sweep((uid_t)-1, dry, print_removal, &lines, &err);
	int images = count < 0 ? count : image_store_sweep(dry, &err);
	int stopped = 0;
	int guests = images < 0 ? images : guest_sweep(dry, print_removal, &lines, &stopped, &err);
	int adopted = guests < 0 ? guests : outsiders_adopt(dry, print_removal, &outside, &err);

	if (adopted < 0)
		return command_failed(&err);
	if (adopted > 0)
		printf("%d process%s moved into quotas.\n", adopted, adopted == 1 ? "" : "es");
	if (stopped > 0)
		printf("%d guest%s %s.\n", stopped, stopped == 1 ? "" : "s",
			dry ? "would be stopped" : "stopped");
	if (images > 0)
		print_removal(&lines, dry ? "a half-made image" : "a half-made image: removed");
	count += images + guests;
	if (stranded > 0)
		printf("%d login%s whose connection has ended.\n", stranded,
			stranded == 1 ? "" : "s");
	if (lines == 0)
		printf("Nothing was left behind.\n");
	else if (count > 0)
		printf("%d %s%s.\n", count, count == 1 ? "thing" : "things",
			dry ? " would be removed" : " removed");
	return COMMAND_DONE;
}

const struct command_verb verb_gc = {
	.name = "gc",
	.operands = "",
	.summary = "remove what a crash left; end logins and guests that nobody may have any more",
	.root = true,
	.options = {[OPTION_DRY_RUN] = {"dry-run", NULL,
			    "only say what would be removed or ended"}},
	.run = run_gc,
};
