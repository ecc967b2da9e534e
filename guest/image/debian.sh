#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What makes a guest of a Debian that mmdebstrap has installed: no user, no key, no name; all of that
# comes at each start, as systemd's credentials. It travels in the command (build.c), which runs
#
#     chroot ROOT /bin/sh -s settings < debian          once the packages are there, before a recipe's own files
#     /bin/sh FOLDER/debian finish ROOT SUITE           when mmdebstrap has ended: makes kernel and initrd, beside
#                                                       FOLDER, and has in the root the last word on what no recipe
#                                                       may change: chroot ROOT /bin/sh -s seal SUITE < debian
set -eu
export LC_ALL=C.UTF-8

# Writes its input to file $1 with mode $2. Whatever was there before, a link above all, makes room.
put() {
	mkdir -p "${1%/*}"
	rm -f "$1"
	cat > "$1"
	chmod "$2" "$1"
}

mask() { # FOLDER NAME...
	folder=$1
	shift
	mkdir -p "$folder"
	for name; do ln -sfn /dev/null "$folder/$name"; done
}

# What follows would take a host apart.
in_new_root() {
	[ -e /.unfinished ] || refuse "is for a new root alone"
}

refuse() {
	echo "carrel: the recipe $*" >&2
	exit 1
}

settings() {
	in_new_root
	rm -rf /etc/apt/sources.list.d/*
	# A login prints the machine's version; under emulation that takes a second. And an empty list of
	# modules, for which a program would be started.
	rm -rf /etc/update-motd.d/* /etc/modules-load.d/modules.conf /var/log/apt /var/log/*.log /var/cache/debconf/*-old
	# What wakes up by itself, what has nothing to do in a guest, and what every boot waits for: under emulation
	# each costs up to a second. tmpfiles makes the device nodes twice; random numbers come from the host; the
	# journal is in memory.
	mask /etc/systemd/system apt-daily-upgrade.timer apt-daily.timer dpkg-db-backup.timer e2scrub_all.timer \
		e2scrub_reap.service fstrim.timer dev-hugepages.mount getty@tty1.service modprobe@drm.service \
		modprobe@efi_pstore.service ssh.socket sshd-keygen.service sys-fs-fuse-connections.mount \
		sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount systemd-hwdb-update.service \
		systemd-initctl.socket systemd-journal-flush.service systemd-networkd-persistent-storage.service \
		systemd-networkd-wait-online.service systemd-pstore.service systemd-random-seed.service \
		systemd-remount-fs.service systemd-tmpfiles-setup-dev-early.service systemd-udev-load-credentials.service
	mask /etc/systemd/system-generators systemd-gpt-auto-generator systemd-hibernate-resume-generator \
		systemd-rc-local-generator systemd-system-update-generator systemd-sysv-generator systemd-tpm2-generator

	printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' | put /etc/hosts 644
	echo "# The initrd has mounted the root; there is nothing else." | put /etc/fstab 644
	echo LANG=C.UTF-8 | put /etc/locale.conf 644
	printf "" | put /etc/motd 644
	# No account has a password, and some are to be root in their own guest.
	echo "%sudo ALL=(ALL:ALL) NOPASSWD: ALL" | put /etc/sudoers.d/carrel 440
	put /etc/systemd/network/80-carrel.network 644 <<-END
		[Match]
		Type=ether

		[Network]
		DHCP=ipv4
		LinkLocalAddressing=no
		IPv6AcceptRA=no

		[DHCPv4]
		ClientIdentifier=mac
		RapidCommit=yes
		SendHostname=no
		UseHostname=no
	END
	# Without a network no networkd. The initrd has loaded its driver.
	put /etc/systemd/system/systemd-networkd.service.d/carrel.conf 644 <<-END
		[Unit]
		ConditionPathExistsGlob=/sys/class/net/e*
	END
	put /etc/systemd/journald.conf.d/carrel.conf 644 <<-END
		[Journal]
		Storage=volatile
		RuntimeMaxUse=16M
	END
	# The console is the host administrator's: a shell, once somebody is there.
	put /etc/systemd/system/serial-getty@hvc0.service.d/carrel.conf 644 <<-'END'
		[Service]
		ExecStart=
		ExecStart=-/sbin/agetty --wait-cr --autologin root --noclear --keep-baud 115200 - $TERM
	END
	# Loaded for what the CPU or the board might have; whoever needs one still gets it.
	for module in acpi_cpufreq aesni_intel ahci crc32_pclmul crc32c_intel crct10dif_pclmul ghash_clmulni_intel \
		i2c_i801 iTCO_wdt intel_rapl_msr joydev lpc_ich pcspkr polyval_clmulni powernow_k8 psmouse rapl \
		serio_raw sha1_ssse3 sha256_ssse3 sha512_ssse3; do
		echo "blacklist $module"
	done | put /etc/modprobe.d/carrel.conf 644
	cd /etc/systemd/system
	mkdir -p multi-user.target.wants
	ln -sfn /usr/lib/systemd/system/multi-user.target default.target
	ln -sfn /usr/lib/systemd/system/systemd-networkd.service multi-user.target.wants/systemd-networkd.service
	# The disk is as large as the template says, from the first boot on.
	ln -sfn /usr/lib/systemd/system/systemd-growfs-root.service multi-user.target.wants/systemd-growfs-root.service
}

# In loading order; modprobe tells what they need. What a kernel has built in is passed over. The disk and its file
# system, on both machines that a guest is started on (virtio-mmio, PCI); the network, so that networkd knows at its
# start whether there is any; what systemd looks for before udev could load it: its credentials (fw_cfg); and vsock, by
# which the way in is open early.
modules="virtio_pci virtio_mmio virtio_blk crc32c_generic ext4 virtio_console virtio_net qemu_fw_cfg
	vmw_vsock_virtio_transport"

# The initrd is one program (guest/init), these modules and their order. It is not compressed: the modules are. The
# kernel has /dev/console in an archive of its own (usr/default_cpio_list).
boot() {
	root=$1 folder=$2
	kernels=$(ls "$root/boot" | grep -c '^vmlinuz-' || :)
	[ "$kernels" = 1 ] || refuse "leaves $kernels kernels in /boot, and an image has one"
	version=$(cd "$root/boot" && ls -d vmlinuz-*)
	version=${version#vmlinuz-}
	initrd=$folder/initrd
	mkdir -p "$initrd/dev" "$initrd/modules" "$initrd/root"
	install -m 755 "$folder/init" "$initrd/init"
	for module in $modules; do
		chroot "$root" modprobe -q -S "$version" --show-depends "$module" || :
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
		cp "$root$path" "$initrd/modules/"
		echo "${path##*/}" >> "$initrd/modules/order"
	done
	test -s "$initrd/modules/order"
	(cd "$initrd" && find . -mindepth 1 -printf '%P\n' | sort | cpio -o -H newc -R 0:0 --quiet) > "$folder/../initrd"
	mv "$root/boot/vmlinuz-$version" "$folder/../vmlinuz"
}

seal() {
	in_new_root
	suite=$1
	# Accounts and keys come at each start, and everybody can read an image. A last line without its end counts as well.
	while IFS=: read -r name password rest || [ -n "$name" ]; do
		case $password in
		"" | [!*!]*) refuse "gives $name a password" ;;
		esac
	done < /etc/shadow
	while IFS=: read -r name password uid rest || [ -n "$name" ]; do
		[ "$uid" -lt 1000 ] || [ "$uid" -ge 60000 ] || refuse "makes the account $name"
		[ "$uid" -ne 0 ] || [ "$name" = root ] || refuse "makes $name root"
	done < /etc/passwd
	[ ! -e /root/.ssh/authorized_keys ] || refuse "lets somebody's key in as root"

	# This machine's, and that of the build; where it gets its packages from; the kernel, which lies beside the disk.
	rm -rf /etc/hostname /etc/ssh/ssh_host_* /etc/apt/apt.conf.d/99mmdebstrap /etc/dpkg/dpkg.cfg.d/99mmdebstrap \
		/etc/apt/sources.list /var/lib/dbus/machine-id /initrd.img* /vmlinuz* /.unfinished
	find /boot -mindepth 1 -delete
	# Empty: a new one at each boot, without a "first boot" and its work.
	printf "" | put /etc/machine-id 444
	# Nothing is new at the first boot (ConditionNeedsUpdate=).
	printf "" | put /etc/.updated 644
	printf "" | put /var/.updated 644
	# QEMU's own resolver, where a guest has a network at all.
	echo "nameserver 10.0.2.3" | put /etc/resolv.conf 644
	# Debian's own: what the image was built from may be out of a guest's reach, or nobody's business.
	put /etc/apt/sources.list.d/debian.sources 644 <<-END
		Types: deb
		URIs: http://deb.debian.org/debian
		Suites: $suite $suite-updates
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

		Types: deb
		URIs: http://security.debian.org/debian-security
		Suites: $suite-security
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	END
	# The host key is one of the credentials. A host that asks until logins are allowed is no attacker. By vsock nobody
	# but the supervisor gets as far as sshd (guest/door), and by TCP nobody else connects where the guest is closed to
	# the host's network. With network = user and without vsock, connections of others cost the guest something and shut
	# nobody out: no limit is near, and who only connects is let go soon. An emulated guest needs its time.
	put /etc/ssh/sshd_config.d/carrel.conf 644 <<-END
		HostKey /etc/ssh/ssh_host_ed25519_key
		AuthenticationMethods publickey
		PermitRootLogin prohibit-password
		PasswordAuthentication no
		UseDNS no
		LoginGraceTime 60
		PerSourcePenalties no
		MaxStartups 1000
		MaxSessions 100
	END
	echo 'SSHD_OPTS="-o LoginGraceTime=120"' | put /etc/default/ssh 644
	# For where there is no vsock, and so a network. A check of the configuration before each start is one sshd more.
	put /etc/systemd/system/ssh.service.d/carrel.conf 644 <<-END
		[Unit]
		ConditionPathExistsGlob=/sys/class/net/e*

		[Service]
		ExecStartPre=
	END
}

case $1 in
settings) settings ;;
finish)
	boot "$2" "${0%/*}"
	chroot "$2" /bin/sh -s seal "$3" < "$0"
	;;
seal) seal "$2" ;;
esac
