// SPDX-License-Identifier: MIT
// what: a QEMU that takes /dev/kvm as a descriptor is given it, and an older one opens it by its name; a vsock has a door
// tier: fast
// deadline: 30s
#include "../../guest/launch/argv.h"
#include "expect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What follows @option for the first time, where it is followed by @value at all. */
static bool has(const struct guest_argv *argv, const char *option, const char *value)
{
	for (size_t i = 0; i + 1 < argv->words.count; i++)
		if (strcmp(argv->words.word[i], option) == 0 &&
			strcmp(argv->words.word[i + 1], value) == 0)
			return true;
	return false;
}

/* Whether a word of it holds both. */
static bool has_word(const struct guest_argv *argv, const char *one, const char *other)
{
	for (size_t i = 0; i < argv->words.count; i++)
		if (strstr(argv->words.word[i], one) && strstr(argv->words.word[i], other))
			return true;
	return false;
}

static bool gives(const struct guest_argv *argv, int fd)
{
	for (size_t i = 0; i < argv->n_fds; i++)
		if (argv->fd[i] == fd)
			return true;
	return false;
}

/* QEMU takes no longer ones (FW_CFG_MAX_FILE_PATH in its fw_cfg.h, with the NUL). */
static void expect_fw_cfg_names(const struct guest_argv *argv)
{
	enum { NAME_SIZE = 56 };

	for (size_t i = 0; i + 1 < argv->words.count; i++)
		if (strcmp(argv->words.word[i], "-fw_cfg") == 0)
			expect_true(argv->words.word[i + 1],
				strcspn(argv->words.word[i + 1] + strlen("name="), ",") <
					NAME_SIZE);
}

static void build(bool kvm, int kvm_fd, int vsock_fd, struct guest_argv *ret_argv)
{
	static char user[] = "alice", format[] = "raw", cmdline[] = "quiet";
	static struct guest_settings settings = {.account = {.name = user},
		.template = {.vcpus = 1,
			.memory = 1 << 28,
			.disk_io = {.rbps = POLICY_UNLIMITED,
				.wbps = POLICY_UNLIMITED,
				.riops = POLICY_UNLIMITED,
				.wiops = POLICY_UNLIMITED}}};
	static struct guest_disk disk = {.overlay_fd = 11, .backing_fd = 12};
	static struct guest_credentials credentials = {13, 14, 19, 20};
	struct guest_machine machine = {.settings = &settings,
		.disk = &disk,
		.credentials = &credentials,
		.kvm = kvm,
		.kvm_fd = kvm_fd,
		.kernel_fd = 15,
		.initrd_fd = 16,
		.qmp_fd = 17,
		.console_fd = 18,
		.vsock_fd = vsock_fd,
		.port = 2222};

	disk.image.format = format;
	disk.image.cmdline = cmdline;
	expect_true("builds", guest_argv_build(&machine, ret_argv, NULL) == 0);
}

int main(void)
{
	struct guest_argv argv;

	build(true, 42, -EBADF, &argv);
	expect_true("given: the descriptor is QEMU's", gives(&argv, 42));
	expect_true("given: as a set", has(&argv, "-add-fd", "fd=42,set=3"));
	expect_true(
		"given: the accelerator has it", has(&argv, "-accel", "kvm,device=/dev/fdset/3"));
	guest_argv_free(&argv);
	build(true, -EBADF, -EBADF, &argv);
	expect_true("older: by its name", has(&argv, "-accel", "kvm"));
	expect_true("older: four descriptors of the disk and the kernel, two of credentials, two "
		    "sockets",
		argv.n_fds == 8);
	expect_true("no vsock, no door", !has_word(&argv, "quiet", "systemd.ssh_auto") &&
						 !has_word(&argv, "name=", "carrel.door"));
	guest_argv_free(&argv);
	build(true, -EBADF, 21, &argv);
	expect_true("its door, and nobody else's listener",
		has_word(&argv, "quiet", " systemd.ssh_auto=no systemd.wants=d.service"));
	expect_true("the door's unit",
		has(&argv, "-fw_cfg",
			"name=opt/io.systemd.credentials/systemd.extra-unit.d.service,"
			"file=/proc/self/fd/19"));
	expect_true("its secret, by descriptor",
		gives(&argv, 20) && has(&argv, "-fw_cfg",
					    "name=opt/io.systemd.credentials/carrel.door,"
					    "file=/proc/self/fd/20"));
	expect_fw_cfg_names(&argv);
	guest_argv_free(&argv);
	build(false, -EBADF, -EBADF, &argv);
	expect_true("who locks an image keeps no guest from starting",
		has_word(&argv, "\"image-file\"", "\"locking\":\"off\""));
	expect_true("it is told what to call itself",
		has(&argv, "-fw_cfg",
			"name=opt/io.systemd.credentials/system.hostname,string=carrel-alice"));
	expect_true("emulated", has(&argv, "-accel", "tcg,thread=multi,tb-size=64"));
	guest_argv_free(&argv);
	return expect_result();
}
