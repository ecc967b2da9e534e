// SPDX-License-Identifier: MIT
/*
 * gc.c - carrel gc: removes what a crash left, ends logins that have outlived their connection,
 * and looks for what runs outside of its user's quotas.
 */
#include "command.h"
#include "guest/image_store.h"
#include "guest_verbs.h"
#include "outsiders.h"
#include "session/inventory.h"
#include "session/stranded.h"

#include <stdio.h>

enum { OPTION_DRY_RUN };

static void report(void *data, const char *line)
{
	(void)data;
	for (const char *p = line; *p; p++)
		putchar(*p >= 0x20 && *p < 0x7f ? *p : '?');
	putchar('\n');
}

static int run(const struct command_input *input)
{
	bool dry = input->option[OPTION_DRY_RUN];
	struct carrel_error err = {0};
	int stranded = stranded_end(dry, report, NULL, &err);
	int count = stranded < 0 ? stranded : inventory_sweep((uid_t)-1, dry, report, NULL, &err);
	int images = count < 0 ? count : image_store_sweep(dry, &err);
	int guests = images < 0 ? images : guest_sweep(dry, report, NULL, &err);
	int adopted = guests < 0 ? guests : outsiders_adopt(dry, report, NULL, &err);

	if (adopted < 0)
		return command_failed(&err);
	if (adopted > 0)
		printf("%d process%s moved into quotas.\n", adopted, adopted == 1 ? "" : "es");
	if (images > 0)
		report(NULL, dry ? "a half-made image" : "a half-made image: removed");
	count += images + guests;
	if (stranded > 0)
		printf("%d login%s whose connection has ended.\n", stranded,
			stranded == 1 ? "" : "s");
	if (count + stranded == 0)
		printf("Nothing was left behind.\n");
	else if (count > 0)
		printf("%d %s%s.\n", count, count == 1 ? "thing" : "things",
			dry ? " would be removed" : " removed");
	return COMMAND_DONE;
}

const struct command_verb verb_gc = {
	.name = "gc",
	.operands = "",
	.summary = "remove what a crash left, and end logins that have outlived their connection",
	.root = true,
	.options = {[OPTION_DRY_RUN] = {"dry-run", NULL, "only say what would be removed or ended"}},
	.run = run,
};
