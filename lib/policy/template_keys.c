// SPDX-License-Identifier: MIT
#include "policy/template.h"

#define MIB    (UINT64_C(1) << 20)
#define GIB    (UINT64_C(1) << 30)
#define TIB    (UINT64_C(1) << 40)
#define SECOND UINT64_C(1000000)

static const char *const emulations[] = {"deny", "allow", NULL};

static const char *const networks[] = {
	[TEMPLATE_NETWORK_NONE] = "none",
	[TEMPLATE_NETWORK_RESTRICTED] = "restricted",
	[TEMPLATE_NETWORK_USER] = "user",
	NULL,
};

const struct key template_keys[TEMPLATE_KEY_COUNT] = {
	[TEMPLATE_DESCRIPTION] =
		{
			.section = "template",
			.name = "description",
			KEY_MEMBER(struct guest_template, description),
			.type = &type_text,
			.default_text = "",
			.doc = "What carrel template list says about it.",
			.example = "Debian 13, two CPUs, 1 GiB",
		},
	[TEMPLATE_IMAGE] =
		{
			.section = "template",
			.name = "image",
			KEY_MEMBER(struct guest_template, image),
			.type = &type_name,
			.default_text = "",
			.doc = "The image that the guest's disk is made from, by name or by "
			       "digest: one of carrel image list. It has to be given.",
			.example = "debian-13",
		},
	[TEMPLATE_VCPUS] =
		{
			.section = "template",
			.name = "vcpus",
			KEY_MEMBER(struct guest_template, vcpus),
			.type = &type_count,
			.min = 1,
			.max = 255,
			.default_text = "1",
			.doc = "How many CPUs the guest sees. How much of the machine's it gets is "
			       "the user's cpu.max.",
			.example = "2",
		},
	[TEMPLATE_MEMORY] =
		{
			.section = "template",
			.name = "memory",
			KEY_MEMBER(struct guest_template, memory),
			.type = &type_size,
			.min = 64 * MIB,
			.max = 16 * TIB,
			.default_text = "1G",
			.doc = "The guest's RAM, whole MiB. The user's memory.max has to be 128M "
			       "larger, or 10% where that is more.",
			.example = "2G",
		},
	[TEMPLATE_EMULATION] =
		{
			.section = "template",
			.name = "emulation",
			KEY_MEMBER(struct guest_template, emulation),
			.type = &type_choice,
			.choices = emulations,
			.default_text = "deny",
			.doc = "Where there is no /dev/kvm: deny does not start the guest, allow "
			       "starts it emulated, some twenty times slower, and says so at login "
			       "and in carrel status. An emulated guest is no boundary against who "
			       "is root in it.",
			.example = "allow",
		},
	[TEMPLATE_NESTED] =
		{
			.section = "template",
			.name = "nested",
			KEY_MEMBER(struct guest_template, nested),
			.type = &type_bool,
			.default_text = "no",
			.doc = "Whether the guest may run KVM itself, where the host's can do "
			       "that (nested virtualisation). Then a hostile guest has much more "
			       "of KVM to attack.",
			.example = "yes",
		},
	[TEMPLATE_DISK] =
		{
			.section = "template",
			.name = "disk",
			KEY_MEMBER(struct guest_template, disk),
			.type = &type_size,
			.min = 256 * MIB,
			.max = 64 * TIB,
			.default_text = "10G",
			.doc = "The size of the guest's disk, whole MiB, and at least that of the "
			       "image. What the guest has not written takes no room. "
			       "It counts as a file of the user's. Where the host has no space "
			       "left, or the user's disk quota there, the guest is paused until it "
			       "has; logins that are open end after two minutes of that.",
			.example = "20G",
		},
	[TEMPLATE_DISK_PERSIST] =
		{
			.section = "template",
			.name = "disk.persist",
			KEY_MEMBER(struct guest_template, disk_persist),
			.type = &type_bool,
			.default_text = "yes",
			.doc = "Whether the disk is kept when the guest stops; no: it is "
			       "discarded, "
			       "and the next start begins with the image.",
			.example = "no",
		},
	[TEMPLATE_DISK_IO_MAX] =
		{
			.section = "template",
			.name = "disk.io.max",
			KEY_MEMBER(struct guest_template, disk_io),
			.type = &type_rates,
			.default_text = "",
			.doc = "Bytes and operations a second on the guest's disk; empty for no "
			       "limit. The user's io.max holds besides.",
			.example = "rbps=100M wbps=50M riops=2000 wiops=1000",
		},
	[TEMPLATE_NETWORK] =
		{
			.section = "template",
			.name = "network",
			KEY_MEMBER(struct guest_template, network),
			.type = &type_choice,
			.choices = networks,
			.default_text = "restricted",
			.doc = "none: no network card; restricted: one that reaches neither the "
			       "host nor other guests nor what is beyond; user: what the user "
			       "would reach from the host.",
			.example = "none",
		},
	[TEMPLATE_IDLE_STOP] =
		{
			.section = "template",
			.name = "idle_stop",
			KEY_MEMBER(struct guest_template, idle_stop),
			.type = &type_timeout,
			.min = 60 * SECOND,
			.max = UINT64_C(30) * 86400 * SECOND,
			.default_text = "no",
			.doc = "Stops a guest that nobody has been logged in to, and that has "
			       "done next to nothing, for so long. Not where the kernel does not "
			       "tell who is "
			       "connected to it (vsock_diag), nor within half a minute of a login.",
			.example = "30m",
		},
	[TEMPLATE_MAX_PER_HOST] =
		{
			.section = "template",
			.name = "max_per_host",
			KEY_MEMBER(struct guest_template, max_per_host),
			.type = &type_count_max,
			.min = 1,
			.max = 10000,
			.default_text = "max",
			.doc = "How many guests of this template may run at a time. [admission] of "
			       "carrel.ini(5) bounds all guests together.",
			.example = "20",
		},
};
