// SPDX-License-Identifier: MIT
// what: an image is built from Debian's own repositories alone, whatever else the machine's apt has
// needs:
// tier: fast
// deadline: 30s
#include "../../guest/image/mirrors.c"
#include "expect.h"

#include <stdio.h>

/* What apt-get says; NULL: there is none. */
static const char *said;

int program_capture(
	const struct program *program, deadline_t deadline, char **ret_text, int *ret_status)
{
	(void)program, (void)deadline;
	if (!said)
		return -ENOENT;
	*ret_text = strdup(said);
	*ret_status = 0;
	return 0;
}

/* @wanted: all lines, each with its newline. */
static void gives(int line, const char *text, const char *wanted)
{
	char *made[MIRRORS_MAX + 1], all[4096] = "";
	int count;

	said = text;
	count = image_mirrors("trixie", made);
	for (int i = 0; i < count; i++) {
		strncat(all, made[i], sizeof(all) - strlen(all) - 2);
		strcat(all, "\n");
		free(made[i]);
	}
	if (strcmp(all, wanted) == 0 && (count < 0 || !made[count]))
		return;
	expect_failed("line %d: %d: \"%s\", not \"%s\"", line, count, all, wanted);
}

#define SECURITY_LINE "deb http://security.debian.org/debian-security trixie-security main\n"

int main(void)
{
	gives(__LINE__,
		"http://deb.debian.org/debian/ bookworm main Debian\n"
		"http://deb.debian.org/debian/ bookworm main Debian\n"
		"http://deb.debian.org/debian/ bookworm contrib Debian\n"
		"https://mirror.example/debian/ bookworm-updates main Debian\n"
		"http://deb.debian.org/debian-security/ bookworm-security main Debian\n",
		"deb http://deb.debian.org/debian/ trixie main\n"
		"deb https://mirror.example/debian/ trixie-updates main\n"
		"deb http://deb.debian.org/debian-security/ trixie-security main\n");
	/* Others, passwords, paths of this machine; and no security of its own. */
	gives(__LINE__,
		"http://deb.debian.org/debian/ trixie main Debian\n"
		"https://download.docker.com/linux/debian/ trixie stable Docker\n"
		"https://download.docker.com/linux/debian/ trixie main Docker Inc\n"
		"https://packages.sury.org/php/ trixie main deb.sury.org\n"
		"https://debian.example/x/ trixie main Debian Plus\n"
		"http://user:s3cret@mirror.corp.example/debian/ trixie main Debian\n"
		"file:/srv/local/ trixie main Debian\n"
		"copy:/srv/local/ trixie main Debian\n"
		"http://deb.debian.org/debian/ trixie-backports main Debian\n"
		"http://deb.debian.org/debian/ trixie main \n"
		"http://deb.debian.org/debian/ trixie main\n"
		"http://deb.debian.org/debian/\n"
		"\n",
		"deb http://deb.debian.org/debian/ trixie main\n" SECURITY_LINE);
	/* Another system, or one whose lists say nothing: mmdebstrap's own choice, which has all.
	 */
	gives(__LINE__, "http://archive.ubuntu.com/ubuntu/ noble main Ubuntu\n", "");
	gives(__LINE__, "", "");
	gives(__LINE__, NULL, "");
	return expect_result();
}
