// SPDX-License-Identifier: MIT
/*
 * recipe.c - Debian 13 as a guest: no user, no key, no name; all of that comes at each start,
 * as systemd's credentials.
 */
#include "recipe.h"

#include <stddef.h>
#include <string.h>

/* What ssh, scp, sftp, rsync and git on the other side need, and a user expects to find. */
#define PACKAGES                                                                                   \
	"systemd,systemd-sysv,dbus,libpam-systemd,libnss-myhostname,udev,kmod,"                    \
	"linux-image-cloud-amd64,openssh-server,openssh-client,openssh-sftp-server,"               \
	"ca-certificates,e2fsprogs,iproute2,procps,sudo,rsync,git,less,vim-tiny"

static const char *const excluded[] = {
	"/usr/share/doc/*",
	"/usr/share/info/*",
	"/usr/share/locale/*",
	"/usr/share/man/*",
	NULL,
};

static const char *const removed[] = {
	/* This machine's, and that of the build. */
	"etc/hostname",
	"etc/ssh/ssh_host_*",
	"etc/apt/apt.conf.d/99mmdebstrap",
	/* Where this machine gets its packages from, by a proxy, a password or a path of its own.
	 */
	"etc/apt/sources.list",
	"etc/apt/sources.list.d/*",
	"etc/dpkg/dpkg.cfg.d/99mmdebstrap",
	"var/log/apt",
	"var/log/*.log",
	"var/cache/debconf/*-old",
	/* The kernel lies beside the disk. */
	"boot/*",
	"initrd.img*",
	"vmlinuz*",
	/* A login prints the machine's version; under emulation that takes a second. */
	"etc/update-motd.d/*",
	/* An empty list of modules, for which a program would be started. */
	"etc/modules-load.d/modules.conf",
	NULL,
};

/*
 * What wakes up by itself, what has nothing to do in a guest, and what every boot waits for: under
 * emulation each costs up to a second. tmpfiles makes the device nodes twice; random numbers come
 * from the host; the journal is in memory.
 */
static const char *const masked[] = {
	"apt-daily-upgrade.timer",
	"apt-daily.timer",
	"dpkg-db-backup.timer",
	"e2scrub_all.timer",
	"e2scrub_reap.service",
	"fstrim.timer",
	"dev-hugepages.mount",
	"getty@tty1.service",
	"modprobe@drm.service",
	"modprobe@efi_pstore.service",
	"ssh.socket",
	"sshd-keygen.service",
	"sys-fs-fuse-connections.mount",
	"sys-kernel-config.mount",
	"sys-kernel-debug.mount",
	"sys-kernel-tracing.mount",
	"systemd-hwdb-update.service",
	"systemd-initctl.socket",
	"systemd-journal-flush.service",
	"systemd-networkd-persistent-storage.service",
	"systemd-networkd-wait-online.service",
	"systemd-pstore.service",
	"systemd-random-seed.service",
	"systemd-remount-fs.service",
	"systemd-tmpfiles-setup-dev-early.service",
	"systemd-udev-load-credentials.service",
	NULL,
};

static const char *const generators[] = {
	"systemd-gpt-auto-generator",
	"systemd-hibernate-resume-generator",
	"systemd-rc-local-generator",
	"systemd-system-update-generator",
	"systemd-sysv-generator",
	"systemd-tpm2-generator",
	NULL,
};

/* By vsock nobody but the supervisor gets as far as sshd (guest/door), and by TCP nobody else
 * connects where the guest is closed to the host's network. With network = user, and without vsock,
 * connections of others cost the guest something and shut nobody out: no limit is near, and who
 * only connects is let go soon. An emulated guest needs its time. */
#define SSHD_CONFIG                                                                                \
	"HostKey /etc/ssh/ssh_host_ed25519_key\n"                                                  \
	"AuthenticationMethods publickey\n"                                                        \
	"PermitRootLogin prohibit-password\n"                                                      \
	"PasswordAuthentication no\n"                                                              \
	"UseDNS no\n"                                                                              \
	"LoginGraceTime 60\n"                                                                      \
	"PerSourcePenalties no\n"                                                                  \
	"MaxStartups 1000\n"                                                                       \
	"MaxSessions 100\n"

/* Debian's own: what the image was built from may be out of a guest's reach, or nobody's business.
 */
#define APT_SOURCES(suite)                                                                         \
	"Types: deb\n"                                                                             \
	"URIs: http://deb.debian.org/debian\n"                                                     \
	"Suites: " suite " " suite "-updates\n"                                                    \
	"Components: main\n"                                                                       \
	"Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"                              \
	"\n"                                                                                       \
	"Types: deb\n"                                                                             \
	"URIs: http://security.debian.org/debian-security\n"                                       \
	"Suites: " suite "-security\n"                                                             \
	"Components: main\n"                                                                       \
	"Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"

static const struct recipe_file files[] = {
	/* Empty: a new one at each boot, without a "first boot" and its work. */
	{"etc/machine-id", 0444, ""},
	{"etc/hosts", 0644, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"},
	/* QEMU's own resolver, where a guest has a network at all. */
	{"etc/resolv.conf", 0644, "nameserver 10.0.2.3\n"},
	{"etc/fstab", 0644, "# The initrd has mounted the root; there is nothing else.\n"},
	{"etc/locale.conf", 0644, "LANG=C.UTF-8\n"},
	{"etc/motd", 0644, ""},
	/* Nothing is new at the first boot (ConditionNeedsUpdate=). */
	{"etc/.updated", 0644, ""},
	{"var/.updated", 0644, ""},
	/* No account has a password, and some are to be root in their own guest. */
	{"etc/sudoers.d/carrel", 0440, "%sudo ALL=(ALL:ALL) NOPASSWD: ALL\n"},
	/* The host key is one of the credentials. A host that asks until logins are allowed is no
	 * attacker. */
	{"etc/ssh/sshd_config.d/carrel.conf", 0644, SSHD_CONFIG},
	{"etc/default/ssh", 0644, "SSHD_OPTS=\"-o LoginGraceTime=120\"\n"},
	{"etc/apt/sources.list.d/debian.sources", 0644, APT_SOURCES("trixie")},
	/* For where there is no vsock, and so a network. A check of the configuration before each
	 * start is one sshd more. */
	{"etc/systemd/system/ssh.service.d/carrel.conf", 0644,
		"[Unit]\nConditionPathExistsGlob=/sys/class/net/e*\n\n"
		"[Service]\nExecStartPre=\n"},
	{"etc/systemd/network/80-carrel.network", 0644,
		"[Match]\nType=ether\n\n"
		"[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n\n"
		"[DHCPv4]\nClientIdentifier=mac\nRapidCommit=yes\nSendHostname=no\nUseHostname="
		"no\n"},
	/* Without a network no networkd. The initrd has loaded its driver. */
	{"etc/systemd/system/systemd-networkd.service.d/carrel.conf", 0644,
		"[Unit]\nConditionPathExistsGlob=/sys/class/net/e*\n"},
	{"etc/systemd/journald.conf.d/carrel.conf", 0644,
		"[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\n"},
	/* The console is the host administrator's: a shell, once somebody is there. */
	{"etc/systemd/system/serial-getty@hvc0.service.d/carrel.conf", 0644,
		"[Service]\nExecStart=\nExecStart=-/sbin/agetty --wait-cr --autologin root "
		"--noclear --keep-baud 115200 - $TERM\n"},
	/* Loaded for what the CPU or the board might have; whoever needs one still gets it. */
	{"etc/modprobe.d/carrel.conf", 0644,
		"blacklist acpi_cpufreq\nblacklist aesni_intel\nblacklist ahci\n"
		"blacklist crc32_pclmul\nblacklist crc32c_intel\nblacklist crct10dif_pclmul\n"
		"blacklist ghash_clmulni_intel\nblacklist i2c_i801\n"
		"blacklist iTCO_wdt\nblacklist intel_rapl_msr\nblacklist joydev\n"
		"blacklist lpc_ich\nblacklist pcspkr\nblacklist polyval_clmulni\n"
		"blacklist powernow_k8\nblacklist psmouse\nblacklist rapl\n"
		"blacklist serio_raw\nblacklist sha1_ssse3\nblacklist sha256_ssse3\n"
		"blacklist sha512_ssse3\n"},
	{NULL},
};

static const struct recipe_link links[] = {
	{"etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target"},
	{"etc/systemd/system/multi-user.target.wants/systemd-networkd.service",
		"/usr/lib/systemd/system/systemd-networkd.service"},
	/* The disk is as large as the template says, from the first boot on. */
	{"etc/systemd/system/multi-user.target.wants/systemd-growfs-root.service",
		"/usr/lib/systemd/system/systemd-growfs-root.service"},
	{NULL},
};

/* TERM=dumb: systemd asks a terminal for its size, and waits for an answer that does not come. */
static const struct image_recipe recipes[] = {
	{
		.name = "debian-13",
		.suite = "trixie",
		.packages = PACKAGES,
		.cmdline = "console=hvc0 root=/dev/vda rw quiet panic=-1 net.ifnames=0 TERM=dumb",
		.size = "1G",
		.bytes = UINT64_C(1) << 30,
		.excluded = excluded,
		.removed = removed,
		.masked = masked,
		.generators = generators,
		.files = files,
		.links = links,
	},
};

const struct image_recipe *image_recipe_find(const char *name)
{
	for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++)
		if (strcmp(recipes[i].name, name) == 0)
			return &recipes[i];
	return NULL;
}

const char *image_recipe_names(void)
{
	return "debian-13";
}
