// SPDX-License-Identifier: MIT
#include "mail.h"
#include "base/cleanup.h"
#include "base/program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { ASK_USEC = 10 * 1000 * 1000 };

/* Reads what @argv prints. Fails where it does not end as it should. */
static int ask_mail_server(const char *const argv[], char **ret_text)
{
	cleanup_free char *text = NULL;
	int status = 0;
	int r = program_capture(&(struct program){.path = argv[0], .argv = argv},
		deadline_in(ASK_USEC), &text, &status);

	if (r == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		r = -EINVAL; /* not configured, mostly */
	if (r == 0) {
		*ret_text = text;
		text = NULL;
	}
	return r;
}

static bool has_value(const char *line, const char *option)
{
	size_t length = strlen(option);

	return strncmp(line, option, length) == 0 && strncmp(line + length, " = ", 3) == 0 &&
	       line[length + 3] != '\0';
}

/* One router of exim's, as -bP prints it: one option a line, with "no_" before those that are
 * off. */
struct router {
	char name[64];
	bool reads_file, pipes, forbids_pipes, filters, forbids_run;
};

static bool router_runs(const struct router *router)
{
	return router->reads_file && ((router->pipes && !router->forbids_pipes) ||
					     (router->filters && !router->forbids_run));
}

static void router_read(struct router *router, const char *line)
{
	const char *tail = strstr(line, " router:");

	if (tail && tail[strlen(" router:")] == '\0') {
		*router = (struct router){0};
		snprintf(router->name, sizeof(router->name), "%.*s", (int)(tail - line), line);
	}
	router->reads_file |= has_value(line, "file");
	router->pipes |= has_value(line, "pipe_transport");
	router->forbids_pipes |= strcmp(line, "forbid_pipe") == 0;
	router->filters |= strcmp(line, "allow_filter") == 0;
	router->forbids_run |= strcmp(line, "forbid_filter_run") == 0;
}

int mail_exim_runs(char *ret_detail, size_t size)
{
	static const char *const argv[] = {"/usr/sbin/exim4", "-bP", "routers", NULL};
	cleanup_free char *text = NULL;
	struct router router = {0};
	char *rest, *line;
	int r = ask_mail_server(argv, &text);

	if (r < 0)
		return r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		struct router before = router;

		router_read(&router, line);
		/* A router is known once the next one begins. */
		if (strcmp(before.name, router.name) != 0 && router_runs(&before)) {
			router = before;
			break;
		}
	}
	if (!router_runs(&router))
		return 0;
	snprintf(
		ret_detail, size, "its router %s runs programs that ~/.forward names", router.name);
	return 1;
}

int mail_postfix_runs(char *ret_detail, size_t size)
{
	static const char *const argv[] = {
		"/usr/sbin/postconf", "-h", "allow_mail_to_commands", NULL};
	cleanup_free char *text = NULL;
	char *rest, *word;
	int r = ask_mail_server(argv, &text);

	if (r < 0)
		return r;
	rest = text;
	while ((word = strsep(&rest, ", \t\n")))
		if (strcmp(word, "forward") == 0) {
			snprintf(ret_detail, size,
				"allow_mail_to_commands has forward, so ~/.forward runs programs");
			return 1;
		}
	return 0;
}
