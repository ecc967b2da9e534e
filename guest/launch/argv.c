// SPDX-License-Identifier: MIT
#include "argv.h"
#include "qemu.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIB = 1 << 20 };

static void add_word(struct guest_argv *argv, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add_word(struct guest_argv *argv, const char *format, ...)
{
	va_list args;

	if (argv->failed || argv->count == ARGV_MAX) {
		argv->failed = true;
		return;
	}
	va_start(args, format);
	if (vasprintf(&argv->word[argv->count], format, args) < 0) {
		argv->word[argv->count] = NULL;
		argv->failed = true;
	} else {
		argv->count++;
	}
	va_end(args);
}

/* Adds several words, up to a NULL, that have nothing to fill in. */
static void add_words(struct guest_argv *argv, const char *const *words)
{
	for (; *words; words++)
		add_word(argv, "%s", *words);
}

static int give_fd(struct guest_argv *argv, int fd)
{
	if (argv->n_fds == ARGV_FDS_MAX)
		argv->failed = true;
	else
		argv->fd[argv->n_fds++] = fd;
	return fd;
}

/* Adds the kind of machine, chosen by measurement: microvm starts fastest, and does not boot under
 * TCG. */
static void add_board(struct guest_argv *argv, const struct guest_machine *machine)
{
	const struct guest_template *template = &machine->settings->template;

	add_word(argv, "-M");
	if (machine->kvm) {
		add_word(argv, "microvm,acpi=on,rtc=on,isa-serial=off,pit=off,pic=off");
		if (machine->kvm_fd >= 0) {
			add_word(argv, "-add-fd");
			add_word(argv, "fd=%d,set=3", give_fd(argv, machine->kvm_fd));
		}
		add_word(argv, "-accel");
		add_word(argv, machine->kvm_fd >= 0 ? "kvm,device=/dev/fdset/3" : "kvm");
		add_word(argv, "-cpu");
		/* A processor has one of the two at most; QEMU does not mind the other. */
		add_word(argv, "host%s", template->nested ? "" : ",-vmx,-svm");
	} else {
		add_word(argv, "q35,sata=off,smbus=off,i8042=off,usb=off,vmport=off");
		add_word(argv, "-accel");
		/* The default size would be a quarter of the machine's memory. */
		add_word(
			argv, "tcg,thread=%s,tb-size=64", machine->one_thread ? "single" : "multi");
		add_words(argv, (const char *const[]){"-cpu", "max", NULL});
	}
	add_word(argv, "-smp");
	add_word(argv, "%llu", (unsigned long long)template->vcpus);
	add_word(argv, "-m");
	add_word(argv, "%lluM", (unsigned long long)(template->memory / MIB));
}

/* Returns the end of a device's name: virtio-blk-pci on q35, virtio-blk-device on microvm. */
static const char *bus_of(const struct guest_machine *machine)
{
	return machine->kvm ? "device" : "pci";
}

/* Adds the rates that are limited, as members of QEMU's ThrottleLimits (qapi/block-core.json). */
static void add_throttle(struct guest_argv *argv, const struct policy_io *io)
{
	const struct {
		const char *name;
		uint64_t rate;
	} rows[] = {{"bps-read", io->rbps}, {"bps-write", io->wbps}, {"iops-read", io->riops},
		{"iops-write", io->wiops}};
	char text[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].rate != POLICY_UNLIMITED)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\"%s\":%llu",
				used ? "," : "", rows[i].name, (unsigned long long)rows[i].rate);
	add_word(argv, "-object");
	add_word(argv, "{\"qom-type\":\"throttle-group\",\"id\":\"limits\",\"limits\":{%s}}", text);
	add_word(argv, "-blockdev");
	add_word(argv,
		"{\"driver\":\"throttle\",\"node-name\":\"disk\",\"throttle-group\":\"limits\","
		"\"file\":\"overlay\"}");
}

static bool has_limits(const struct policy_io *io)
{
	return io->rbps != POLICY_UNLIMITED || io->wbps != POLICY_UNLIMITED ||
	       io->riops != POLICY_UNLIMITED || io->wiops != POLICY_UNLIMITED;
}

static void add_disk(struct guest_argv *argv, const struct guest_machine *machine)
{
	const struct policy_io *io = &machine->settings->template.disk_io;
	bool limited = has_limits(io);

	add_word(argv, "-add-fd");
	add_word(argv, "fd=%d,set=1", give_fd(argv, machine->disk->overlay_fd));
	add_word(argv, "-add-fd");
	add_word(argv, "fd=%d,set=2", give_fd(argv, machine->disk->backing_fd));
	add_word(argv, "-blockdev");
	/* The image never changes, and anybody who may read it could lock it. */
	add_word(argv,
		"{\"driver\":\"file\",\"node-name\":\"image-file\",\"filename\":\"/dev/fdset/2\","
		"\"read-only\":true,\"locking\":\"off\"}");
	add_word(argv, "-blockdev");
	/* An image that another backs would not have been imported. */
	add_word(argv,
		"{\"driver\":\"%s\",\"node-name\":\"image\",\"file\":\"image-file\","
		"\"read-only\":true%s}",
		machine->disk->image.format,
		strcmp(machine->disk->image.format, "qcow2") == 0 ? ",\"backing\":null" : "");
	add_word(argv, "-blockdev");
	add_word(argv, "{\"driver\":\"file\",\"node-name\":\"overlay-file\",\"filename\":"
		       "\"/dev/fdset/1\",\"discard\":\"unmap\"}");
	add_word(argv, "-blockdev");
	add_word(argv,
		"{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"file\":\"overlay-file\","
		"\"backing\":\"image\",\"discard\":\"unmap\"}",
		limited ? "overlay" : "disk");
	if (limited)
		add_throttle(argv, io);
	add_word(argv, "-device");
	add_word(argv, "virtio-blk-%s,drive=disk,werror=stop", bus_of(machine));
}

/* Adds what QEMU opens by fopen(3) and the like, which know no fdsets. */
static void add_kernel(struct guest_argv *argv, const struct guest_machine *machine)
{
	add_word(argv, "-kernel");
	add_word(argv, "/proc/self/fd/%d", give_fd(argv, machine->kernel_fd));
	add_word(argv, "-initrd");
	add_word(argv, "/proc/self/fd/%d", give_fd(argv, machine->initrd_fd));
	add_word(argv, "-append");
	/* logind hears of the power button by evdev, which udev does not always load. */
	add_word(argv, "%s panic=-1 modules-load=evdev%s", machine->disk->image.cmdline,
		machine->vsock_fd >= 0 ? " " GUEST_DOOR_CMDLINE : "");
}

static void add_credential(struct guest_argv *argv, const char *name, int fd)
{
	add_word(argv, "-fw_cfg");
	add_word(argv, "name=opt/io.systemd.credentials/%s,file=/proc/self/fd/%d", name,
		give_fd(argv, fd));
}

static void add_credentials(struct guest_argv *argv, const struct guest_machine *machine)
{
	const struct guest_credentials *credentials = machine->credentials;
	char name[GUEST_MACHINE_SIZE];

	guest_machine_name(machine->settings->account.name, name);
	add_credential(argv, "sysusers.extra", credentials->sysusers_fd);
	add_credential(argv, "tmpfiles.extra", credentials->tmpfiles_fd);
	add_word(argv, "-fw_cfg");
	add_word(argv, "name=opt/io.systemd.credentials/system.hostname,string=%s", name);
	if (machine->vsock_fd < 0)
		return;
	add_credential(argv, "systemd.extra-unit." GUEST_DOOR_UNIT, credentials->unit_fd);
	add_credential(argv, GUEST_DOOR_SECRET, credentials->secret_fd);
}

/*
 * Adds the way in, and the network of the template. none: no card or, without vsock, one that leads
 * to our port alone. restricted: a network in which there is nobody else, neither the host nor
 * another guest. user: whatever the user's programs on this host reach.
 */
static void add_network(struct guest_argv *argv, const struct guest_machine *machine)
{
	enum template_network network = machine->settings->template.network;
	char forward[64] = "";

	if (machine->vsock_fd >= 0) {
		add_word(argv, "-device");
		add_word(argv, "vhost-vsock-%s,guest-cid=%u,vhostfd=%d", bus_of(machine),
			machine->cid, give_fd(argv, machine->vsock_fd));
		if (network == TEMPLATE_NETWORK_NONE)
			return;
	} else {
		snprintf(forward, sizeof(forward), ",hostfwd=tcp:127.0.0.1:%u-:22", machine->port);
	}
	add_word(argv, "-netdev");
	add_word(argv, "user,id=net,ipv6=off,restrict=%s%s",
		network == TEMPLATE_NETWORK_USER ? "off" : "on", forward);
	add_word(argv, "-device");
	add_word(argv, machine->kvm ? "virtio-net-device,netdev=net"
				    : "virtio-net-pci,netdev=net,romfile=");
}

static void add_monitor(struct guest_argv *argv, const struct guest_machine *machine)
{
	add_word(argv, "-chardev");
	add_word(argv, "socket,id=qmp,fd=%d", give_fd(argv, machine->qmp_fd));
	add_word(argv, "-mon");
	add_word(argv, "chardev=qmp,mode=control");
	add_word(argv, "-chardev");
	add_word(argv, "socket,id=console,fd=%d", give_fd(argv, machine->console_fd));
	add_word(argv, "-device");
	add_word(argv, "virtio-serial-%s", bus_of(machine));
	add_word(argv, "-device");
	add_word(argv, "virtconsole,chardev=console");
}

static void add_other_devices(struct guest_argv *argv, const struct guest_machine *machine)
{
	add_word(argv, "-device");
	add_word(argv, "virtio-rng-%s", bus_of(machine));
	add_word(argv, "-device");
	add_word(argv, "virtio-balloon-%s,free-page-reporting=on", bus_of(machine));
	if (!machine->kvm) {
		/* It tells a panic from a reboot. */
		add_word(argv, "-device");
		add_word(argv, "pvpanic-pci");
	}
}

int guest_argv_build(
	const struct guest_machine *machine, struct guest_argv *ret_argv, struct carrel_error *err)
{
	static const char *const first[] = {"qemu-system-x86_64", "-nodefaults", "-no-user-config",
		"-display", "none", "-no-reboot", "-sandbox",
		"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", NULL};
	char name[GUEST_USER_SIZE];

	*ret_argv = (struct guest_argv){0};
	add_words(ret_argv, first);
	add_word(ret_argv, "-name");
	guest_user_name(machine->settings->account.name, name);
	add_word(ret_argv, "carrel-%s", name);
	add_board(ret_argv, machine);
	add_disk(ret_argv, machine);
	add_kernel(ret_argv, machine);
	add_credentials(ret_argv, machine);
	add_network(ret_argv, machine);
	add_monitor(ret_argv, machine);
	add_other_devices(ret_argv, machine);
	if (ret_argv->failed) {
		guest_argv_free(ret_argv);
		return error_set(err, -ENOMEM, "command line of QEMU");
	}
	return 0;
}

void guest_argv_free(struct guest_argv *argv)
{
	for (size_t i = 0; i < argv->count; i++)
		free(argv->word[i]);
	*argv = (struct guest_argv){0};
}
