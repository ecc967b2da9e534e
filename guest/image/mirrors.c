// SPDX-License-Identifier: MIT
#include "mirrors.h"
#include "base/cleanup.h"
#include "base/program.h"

#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

enum { PATIENCE_USEC = 30 * 1000 * 1000 };

/* Returns the pocket of a release of Debian, "-security" of "bookworm-security", or NULL for
 * another system's release. */
static const char *pocket_of(const char *release)
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

static bool has_line(char **lines, int count, const char *line)
{
	for (int i = 0; i < count; i++)
		if (strcmp(lines[i], line) == 0)
			return true;
	return false;
}

/* Returns whether a build may use @uri. A machine's own apt may use more: a path is none in the new
 * root, and a password would be on command lines. */
static bool is_usable(const char *uri)
{
	const char *host = strstr(uri, "://");

	return (strncmp(uri, "http://", 7) == 0 || strncmp(uri, "https://", 8) == 0) &&
	       !memchr(host + 3, '@', strcspn(host + 3, "/"));
}

/* Reads a line "URI CODENAME COMPONENT ORIGIN". The origin may have blanks. Returns false where the
 * line is not of Debian's archive. */
static bool read_target(char *line, const char **ret_uri, const char **ret_pocket)
{
	char *rest = line;
	const char *uri = strsep(&rest, " "), *codename = strsep(&rest, " ");
	const char *component = strsep(&rest, " ");

	if (!rest || strcmp(rest, "Debian") != 0 || strcmp(component, "main") != 0)
		return false;
	*ret_uri = uri;
	*ret_pocket = pocket_of(codename);
	return *ret_pocket && is_usable(uri);
}

/* Adds "deb URI SUITE-POCKET main", once. */
static int add_mirror(const char *uri, const char *suite, const char *which, char **ret, int count)
{
	char *made;

	if (count == MIRRORS_MAX)
		return count;
	if (asprintf(&made, "deb %s %s%s main", uri, suite, which) < 0)
		return -ENOMEM;
	if (has_line(ret, count, made)) {
		free(made);
		return count;
	}
	ret[count] = made;
	return count + 1;
}

/* Adds security updates if there are none: a machine without them is no reason for guests without
 * them. */
static int add_security(const char *suite, char **ret, int count)
{
	for (int i = 0; i < count; i++)
		if (strstr(ret[i], "-security main"))
			return count;
	return count == 0 ? 0 : add_mirror(MIRROR_SECURITY, suite, "-security", ret, count);
}

int image_mirrors(const char *suite, char **ret)
{
	static const char *const argv[] = {"apt-get", "indextargets", "--format",
		"$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)", NULL};
	static const struct program apt = {.path = "/usr/bin/apt-get", .argv = argv};
	cleanup_free char *text = NULL;
	char *rest;
	int status, count = 0;

	memset(ret, 0, (MIRRORS_MAX + 1) * sizeof(*ret));
	if (program_capture(&apt, deadline_in(PATIENCE_USEC), &text, &status) < 0 || status != 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &rest); line && count >= 0;
		line = strtok_r(NULL, "\n", &rest)) {
		const char *uri, *which;

		if (read_target(line, &uri, &which))
			count = add_mirror(uri, suite, which, ret, count);
	}
	if (count >= 0)
		count = add_security(suite, ret, count);
	for (char **made = ret; count < 0 && *made; made++)
		free(*made);
	return count;
}
