// SPDX-License-Identifier: MIT
// what: a link is followed only where root alone can change it, and nothing leaves a folder
// needs: native-root
// tier: fast
// deadline: 30s
#include "base/fd.h"
#include "expect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char base[64] = "/run/carrel-test-XXXXXX";

static char *in_base(const char *format)
{
	static char path[8][256];
	static int next;
	char *out = path[next++ % 8];

	snprintf(out, sizeof(path[0]), "%s/%s", base, format);
	return out;
}

static void canonical(const char *path, int wanted_error, const char *wanted)
{
	char *got = NULL;
	int r = fd_canonical_trusted(in_base(path), &got);

	expect_number(path, r, wanted_error);
	if (r == 0 && strcmp(got, in_base(wanted)) != 0) {
		expect_failed("%s: %s, not %s", path, got, in_base(wanted));
	}
	if (r == 0)
		free(got);
}

static void make_tree(void)
{
	mkdir(in_base("homes"), 0755);
	mkdir(in_base("homes/alice"), 0755);
	mkdir(in_base("homes/bob"), 0755);
	mkdir(in_base("disk"), 0755);
	mkdir(in_base("disk/carol"), 0755);
	mkdir(in_base("shared"), 01777);
	chmod(in_base("shared"), 01777);
	/* root's: */
	if (symlink("../disk/carol", in_base("homes/carol")) < 0 ||
		symlink("homes", in_base("h")) < 0 || symlink("loop", in_base("loop")) < 0 ||
		/* alice's: */
		symlink("../bob", in_base("homes/alice/bob")) < 0 ||
		/* anybody's: */
		symlink("../homes/bob", in_base("shared/bob")) < 0)
		expect_failed("making the tree: %s", strerror(errno));
	if (chown(in_base("homes/alice"), 1001, 1001) < 0)
		expect_failed("giving alice her home: %s", strerror(errno));
}

static void beneath(const char *path, int wanted_error)
{
	int dir = open(in_base("homes"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = fd_open_beneath(dir, path, O_PATH, 0);

	expect_number(path, fd < 0 ? fd : 0, wanted_error);
	if (fd >= 0)
		close(fd);
	close(dir);
}

static void replaced(void)
{
	int dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *text = NULL;
	struct stat st;

	expect_number("replace", fd_replace_file(dir, "file", "old\n", 0600), 0);
	expect_number("replace", fd_replace_file(dir, "file", "new\n", 0640), 0);
	expect_number("read", fd_read_file(dir, "file", 100, &text), 0);
	expect_number("text", text ? strcmp(text, "new\n") : -1, 0);
	free(text);
	expect_number("too long", fd_read_file(dir, "file", 3, &text), -EFBIG);
	fstatat(dir, "file", &st, 0);
	expect_number("mode", (int)(st.st_mode & 07777), 0640);
	expect_number("no such folder", fd_replace_file(dir, "none/file", "x", 0600), -ENOENT);
	close(dir);
}

int main(void)
{
	char command[128];

	if (!mkdtemp(base))
		return 1;
	chmod(base, 0755);
	make_tree();
	canonical("homes/alice", 0, "homes/alice");
	canonical("homes//alice/.", 0, "homes/alice");
	canonical("homes/carol", 0, "disk/carol");
	canonical("h/carol", 0, "disk/carol");
	canonical("h/../disk", 0, "disk");
	canonical("homes/alice/bob", -EPERM, NULL);
	canonical("shared/bob", -EPERM, NULL);
	canonical("homes/dave", -ENOENT, NULL);
	canonical("loop", -ELOOP, NULL);
	expect_number("relative", fd_canonical_trusted("homes", &(char *){NULL}), -EINVAL);
	beneath("alice", 0);
	beneath("carol", -ELOOP);
	beneath("../disk", -EXDEV);
	beneath("/etc", -EXDEV);
	replaced();
	snprintf(command, sizeof(command), "rm -rf %s", base);
	if (system(command) != 0)
		expect_failed("%s: failed", command);
	return expect_result();
}
