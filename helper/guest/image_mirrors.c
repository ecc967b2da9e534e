// SPDX-License-Identifier: MIT
#include "image_mirrors.h"
#include "../capture.h"
#include "base/cleanup.h"

#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

enum { PATIENCE_USEC = 30 * 1000 * 1000 };

/* "bookworm-security" is the pocket "-security" of a Debian; NULL for another system's release. */
static const char *pocket(const char *release)
{
	static const char *const suites[] = {"bookworm", "trixie", "forky", "sid"};

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		size_t length = strlen(suites[i]);

		if (strncmp(release, suites[i], length) != 0)
			continue;
		if (release[length] == '\0' || strcmp(release + length, "-updates") == 0 ||
			strcmp(release + length, "-security") == 0)
			return release + length;
	}
	return NULL;
}

static bool has(char **lines, int count, const char *line)
{
	for (int i = 0; i < count; i++)
		if (strcmp(lines[i], line) == 0)
			return true;
	return false;
}

/* Adds "deb URI SUITE-POCKET main", once. */
static int add(char *line, const char *suite, char **ret, int count)
{
	char *blank = strchr(line, ' ');
	const char *which = blank ? pocket(blank + 1) : NULL;
	char *made;

	if (!which || count == MIRRORS_MAX)
		return count;
	*blank = '\0';
	if (asprintf(&made, "deb %s %s%s main", line, suite, which) < 0)
		return -ENOMEM;
	if (has(ret, count, made)) {
		free(made);
		return count;
	}
	ret[count] = made;
	return count + 1;
}

int image_mirrors(const char *suite, char **ret)
{
	static char *const argv[] = {
		"apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", NULL};
	cleanup_free char *text = NULL;
	char *rest;
	int status, count = 0;

	ret[0] = NULL;
	if (capture("/usr/bin/apt-get", argv, deadline_in(PATIENCE_USEC), &text, &status) < 0 ||
		status != 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		int r = add(line, suite, ret, count);

		if (r < 0) {
			while (count > 0)
				free(ret[--count]);
			return r;
		}
		count = r;
		ret[count] = NULL;
	}
	return count;
}
