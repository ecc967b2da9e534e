// SPDX-License-Identifier: MIT
#include "argv.h"
#include "qemu.h"

#include <stdio.h>
#include <string.h>

enum { MIB = 1 << 20 };

static int give_fd(struct guest_argv *argv, int fd)
{
	if (argv->n_fds == ARGV_FDS_MAX)
		argv->words.failed = true;
	else
		argv->fd[argv->n_fds++] = fd;
	return fd;
}

/* Adds the kind of machine, chosen by measurement: microvm starts fastest, and does not boot under
 * TCG. */
static void add_board(struct guest_argv *argv, const struct guest_machine *machine)
{
	const struct guest_template *template = &machine->settings->template;

	words_add(&argv->words, "-M");
	if (machine->kvm) {
		words_add(&argv->words, "microvm,acpi=on,rtc=on,isa-serial=off,pit=off,pic=off");
		if (machine->kvm_fd >= 0) {
			words_add(&argv->words, "-add-fd");
			words_add(&argv->words, "fd=%d,set=3", give_fd(argv, machine->kvm_fd));
		}
		words_add(&argv->words, "-accel");
		words_add(&argv->words, machine->kvm_fd >= 0 ? "kvm,device=/dev/fdset/3" : "kvm");
		words_add(&argv->words, "-cpu");
		/* A processor has one of the two at most; QEMU does not mind the other. */
		words_add(&argv->words, "host%s", template->nested ? "" : ",-vmx,-svm");
	} else {
		words_add(&argv->words, "q35,sata=off,smbus=off,i8042=off,usb=off,vmport=off");
		words_add(&argv->words, "-accel");
		/* The default size would be a quarter of the machine's memory. */
		words_add(&argv->words, "tcg,thread=%s,tb-size=64",
			machine->one_thread ? "single" : "multi");
		words_add_all(&argv->words, (const char *const[]){"-cpu", "max", NULL});
	}
	words_add(&argv->words, "-smp");
	words_add(&argv->words, "%llu", (unsigned long long)template->vcpus);
	words_add(&argv->words, "-m");
	words_add(&argv->words, "%lluM", (unsigned long long)(template->memory / MIB));
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
	words_add(&argv->words, "-object");
	words_add(&argv->words,
		"{\"qom-type\":\"throttle-group\",\"id\":\"limits\",\"limits\":{%s}}", text);
	words_add(&argv->words, "-blockdev");
	words_add(&argv->words,
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

	words_add(&argv->words, "-add-fd");
	words_add(&argv->words, "fd=%d,set=1", give_fd(argv, machine->disk->overlay_fd));
	words_add(&argv->words, "-add-fd");
	words_add(&argv->words, "fd=%d,set=2", give_fd(argv, machine->disk->backing_fd));
	words_add(&argv->words, "-blockdev");
	/* The image never changes, and anybody who may read it could lock it. */
	words_add(&argv->words,
		"{\"driver\":\"file\",\"node-name\":\"image-file\",\"filename\":\"/dev/fdset/2\","
		"\"read-only\":true,\"locking\":\"off\"}");
	words_add(&argv->words, "-blockdev");
	/* An image that another backs would not have been imported. */
	words_add(&argv->words,
		"{\"driver\":\"%s\",\"node-name\":\"image\",\"file\":\"image-file\","
		"\"read-only\":true%s}",
		machine->disk->image.format,
		strcmp(machine->disk->image.format, "qcow2") == 0 ? ",\"backing\":null" : "");
	words_add(&argv->words, "-blockdev");
	words_add(&argv->words, "{\"driver\":\"file\",\"node-name\":\"overlay-file\",\"filename\":"
				"\"/dev/fdset/1\",\"discard\":\"unmap\"}");
	words_add(&argv->words, "-blockdev");
	words_add(&argv->words,
		"{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"file\":\"overlay-file\","
		"\"backing\":\"image\",\"discard\":\"unmap\"}",
		limited ? "overlay" : "disk");
	if (limited)
		add_throttle(argv, io);
	words_add(&argv->words, "-device");
	words_add(&argv->words, "virtio-blk-%s,drive=disk,werror=stop", bus_of(machine));
}

/* Adds what QEMU opens by fopen(3) and the like, which know no fdsets. */
static void add_kernel(struct guest_argv *argv, const struct guest_machine *machine)
{
	words_add(&argv->words, "-kernel");
	words_add(&argv->words, "/proc/self/fd/%d", give_fd(argv, machine->kernel_fd));
	words_add(&argv->words, "-initrd");
	words_add(&argv->words, "/proc/self/fd/%d", give_fd(argv, machine->initrd_fd));
	words_add(&argv->words, "-append");
	/* logind hears of the power button by evdev, which udev does not always load. */
	words_add(&argv->words, "%s panic=-1 modules-load=evdev%s", machine->disk->image.cmdline,
		machine->vsock_fd >= 0 ? " " GUEST_DOOR_CMDLINE : "");
}

static void add_credential(struct guest_argv *argv, const char *name, int fd)
{
	words_add(&argv->words, "-fw_cfg");
	words_add(&argv->words, "name=opt/io.systemd.credentials/%s,file=/proc/self/fd/%d", name,
		give_fd(argv, fd));
}

static void add_credentials(struct guest_argv *argv, const struct guest_machine *machine)
{
	const struct guest_credentials *credentials = machine->credentials;
	char name[GUEST_MACHINE_SIZE];

	guest_machine_name(machine->settings->account.name, name);
	add_credential(argv, "sysusers.extra", credentials->sysusers_fd);
	add_credential(argv, "tmpfiles.extra", credentials->tmpfiles_fd);
	words_add(&argv->words, "-fw_cfg");
	words_add(&argv->words, "name=opt/io.systemd.credentials/system.hostname,string=%s", name);
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
		words_add(&argv->words, "-device");
		words_add(&argv->words, "vhost-vsock-%s,guest-cid=%u,vhostfd=%d", bus_of(machine),
			machine->cid, give_fd(argv, machine->vsock_fd));
		if (network == TEMPLATE_NETWORK_NONE)
			return;
	} else {
		snprintf(forward, sizeof(forward), ",hostfwd=tcp:127.0.0.1:%u-:22", machine->port);
	}
	words_add(&argv->words, "-netdev");
	words_add(&argv->words, "user,id=net,ipv6=off,restrict=%s%s",
		network == TEMPLATE_NETWORK_USER ? "off" : "on", forward);
	words_add(&argv->words, "-device");
	words_add(&argv->words, machine->kvm ? "virtio-net-device,netdev=net"
					     : "virtio-net-pci,netdev=net,romfile=");
}

static void add_monitor(struct guest_argv *argv, const struct guest_machine *machine)
{
	words_add(&argv->words, "-chardev");
	words_add(&argv->words, "socket,id=qmp,fd=%d", give_fd(argv, machine->qmp_fd));
	words_add(&argv->words, "-mon");
	words_add(&argv->words, "chardev=qmp,mode=control");
	words_add(&argv->words, "-chardev");
	words_add(&argv->words, "socket,id=console,fd=%d", give_fd(argv, machine->console_fd));
	words_add(&argv->words, "-device");
	words_add(&argv->words, "virtio-serial-%s", bus_of(machine));
	words_add(&argv->words, "-device");
	words_add(&argv->words, "virtconsole,chardev=console");
}

static void add_other_devices(struct guest_argv *argv, const struct guest_machine *machine)
{
	words_add(&argv->words, "-device");
	words_add(&argv->words, "virtio-rng-%s", bus_of(machine));
	words_add(&argv->words, "-device");
	words_add(&argv->words, "virtio-balloon-%s,free-page-reporting=on", bus_of(machine));
	if (!machine->kvm) {
		/* It tells a panic from a reboot. */
		words_add(&argv->words, "-device");
		words_add(&argv->words, "pvpanic-pci");
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
	words_add_all(&ret_argv->words, first);
	words_add(&ret_argv->words, "-name");
	guest_user_name(machine->settings->account.name, name);
	words_add(&ret_argv->words, "carrel-%s", name);
	add_board(ret_argv, machine);
	add_disk(ret_argv, machine);
	add_kernel(ret_argv, machine);
	add_credentials(ret_argv, machine);
	add_network(ret_argv, machine);
	add_monitor(ret_argv, machine);
	add_other_devices(ret_argv, machine);
	if (ret_argv->words.failed) {
		guest_argv_free(ret_argv);
		return error_set(err, -ENOMEM, "command line of QEMU");
	}
	return 0;
}

void guest_argv_free(struct guest_argv *argv)
{
	words_free(&argv->words);
	*argv = (struct guest_argv){0};
}
