// SPDX-License-Identifier: MIT
#include "base/units.h"
#include "policy/template.h"

static const char *const emulations[] = {"deny", "allow", NULL};

static const char *const networks[] = {
	[TEMPLATE_NETWORK_NONE] = "none",
	[TEMPLATE_NETWORK_RESTRICTED] = "restricted",
	[TEMPLATE_NETWORK_USER] = "user",
	NULL,
};

const struct key template_keys[TEMPLATE_KEY_COUNT] = {
	KEY_ROW(TEMPLATE_DESCRIPTION, "template", "description", type_text,
		KEY_MEMBER(struct guest_template, description), .default_text = "",
		.example = "Debian 13, two CPUs, 1 GiB",
		.doc = "What carrel template list says about the template."),
	KEY_ROW(TEMPLATE_IMAGE, "template", "image", type_name,
		KEY_MEMBER(struct guest_template, image), .default_text = "",
		.example = "debian-13",
		.doc = "The image that the guest's disk is made from, by name or by digest: one of those that carrel image list shows. "
		       "It has to be given."),
	KEY_ROW(TEMPLATE_VCPUS, "template", "vcpus", type_count,
		KEY_MEMBER(struct guest_template, vcpus), .min = 1, .max = 255, .default_text = "1",
		.example = "2",
		.doc = "How many CPUs the guest sees. "
		       "How much CPU time it gets is decided by the user's cpu.max."),
	KEY_ROW(TEMPLATE_MEMORY, "template", "memory", type_size,
		KEY_MEMBER(struct guest_template, memory), .min = 64 * UNITS_MIB,
		.max = 16 * UNITS_TIB, .default_text = "1G", .example = "2G",
		.doc = "The guest's RAM, in whole MiB. "
		       "The user's memory.max has to be larger by 128M, or by 10% where that is more."),
	KEY_ROW(TEMPLATE_EMULATION, "template", "emulation", type_choice,
		KEY_MEMBER(struct guest_template, emulation), .choices = emulations,
		.default_text = "deny", .example = "allow",
		.doc = "What happens where there is no /dev/kvm: deny does not start the guest; allow starts it emulated, some twenty times slower, and says so at login and in carrel status. "
		       "An emulated guest is no boundary against anybody who is root in it."),
	KEY_ROW(TEMPLATE_NESTED, "template", "nested", type_bool,
		KEY_MEMBER(struct guest_template, nested), .default_text = "no", .example = "yes",
		.doc = "Whether the guest may run KVM itself, where the host's KVM can do that (nested virtualisation). "
		       "A hostile guest then has much more of KVM to attack."),
	KEY_ROW(TEMPLATE_DISK, "template", "disk", type_size,
		KEY_MEMBER(struct guest_template, disk), .min = 256 * UNITS_MIB,
		.max = 64 * UNITS_TIB, .default_text = "10G", .example = "20G",
		.doc = "The size of the guest's disk, in whole MiB, and at least that of the image. "
		       "What the guest has not written takes no room. "
		       "The disk counts as a file of the user's. "
		       "While the host, or the user's disk quota there, has no space left, the guest is paused; logins that are open end after two minutes of that."),
	KEY_ROW(TEMPLATE_DISK_PERSIST, "template", "disk.persist", type_bool,
		KEY_MEMBER(struct guest_template, disk_persist), .default_text = "yes",
		.example = "no",
		.doc = "Whether the disk is kept when the guest stops; with no it is discarded, and the next start begins with the image."),
	KEY_ROW(TEMPLATE_DISK_IO_MAX, "template", "disk.io.max", type_rates,
		KEY_MEMBER(struct guest_template, disk_io), .default_text = "",
		.example = "rbps=100M wbps=50M riops=2000 wiops=1000",
		.doc = "Bytes and operations a second on the guest's disk; empty for no limit. "
		       "The user's io.max applies as well."),
	KEY_ROW(TEMPLATE_NETWORK, "template", "network", type_choice,
		KEY_MEMBER(struct guest_template, network), .choices = networks,
		.default_text = "restricted", .example = "none",
		.doc = "none: no network card; restricted: one that reaches neither the host nor other guests nor what is beyond; user: what the user would reach from the host."),
	KEY_ROW(TEMPLATE_IDLE_STOP, "template", "idle_stop", type_timeout,
		KEY_MEMBER(struct guest_template, idle_stop), .min = 60 * UNITS_SECOND,
		.max = 30 * UNITS_DAY, .default_text = "no", .example = "30m",
		.doc = "Stops a guest that nobody has been logged in to, and that has done next to nothing, for this long. "
		       "A guest is not stopped where the kernel does not tell who is connected to it (vsock_diag), nor within half a minute of a login."),
	KEY_ROW(TEMPLATE_MAX_PER_HOST, "template", "max_per_host", type_count_max,
		KEY_MEMBER(struct guest_template, max_per_host), .min = 1, .max = 10000,
		.default_text = "max", .example = "20",
		.doc = "How many guests of this template may run at once. "
		       "[admission] of carrel.ini(5) limits all guests together."),
};
