// SPDX-License-Identifier: MIT
/*
 * root.c - what there is in the jails of QEMU, qemu-img and ssh: their libraries and data.
 */
#include "base/cleanup.h"
#include "config.h"
#include "guest/launch/argv.h"
#include "guest/privileges.h"
#include "guest/programs.h"
#include "jail.h"
#include "plan/empty_root.h"
#include "plan/guest.h"

#include <stdio.h>
#include <string.h>

/* Adds what QEMU loads by name: its modules, firmware and option ROMs (--help, -L). */
static int add_data(struct plan_ops *root)
{
	static const struct {
		const char *path;
		uint64_t attrs;
	} rows[] = {
		{"/usr/lib/" CARREL_MULTIARCH "/qemu", PLAN_ROOT_PROGRAM},
		{"/usr/lib64/qemu", PLAN_ROOT_PROGRAM},
		{"/usr/share/qemu", PLAN_ROOT_DATA | MOUNT_ATTR_RDONLY},
		{"/usr/share/seabios", PLAN_ROOT_DATA | MOUNT_ATTR_RDONLY},
		{"/usr/lib/ipxe", PLAN_ROOT_DATA | MOUNT_ATTR_RDONLY},
		{"/usr/share/ipxe", PLAN_ROOT_DATA | MOUNT_ATTR_RDONLY},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
		r = plan_root_bind_if_there(root, rows[i].path, rows[i].path, rows[i].attrs);
	return r < 0 ? r : 0;
}

static int add_device(struct plan_ops *root, const char *path, struct carrel_error *err)
{
	return plan_root_bind(root, path, path, PLAN_ROOT_DEVICE, err);
}

static int fill_for_qemu(
	struct plan_ops *root, const struct guest_machine *machine, struct carrel_error *err)
{
	int r = plan_root_program(root, QEMU_SYSTEM, err);

	if (r == 0)
		r = add_data(root);
	if (r == 0)
		r = add_device(root, "/dev/null", err);
	if (r == 0)
		r = add_device(root, "/dev/urandom", err);
	if (r == 0 && machine->kvm && machine->kvm_fd < 0)
		r = add_device(root, "/dev/kvm", err);
	/* QEMU answers the guest's questions for names by this host's servers. */
	if (r == 0 && machine->settings->template.network == TEMPLATE_NETWORK_USER)
		r = plan_root_bind_if_there(root, "/etc/resolv.conf", "/etc/resolv.conf",
			PLAN_ROOT_DATA | MOUNT_ATTR_RDONLY);
	return r;
}

static int fill_for_ssh(struct plan_ops *root, uid_t uid, struct carrel_error *err)
{
	static const char *const files[][2] = {
		{GUEST_KEY, JAIL_KEY}, {GUEST_KNOWN_HOSTS, JAIL_KNOWN_HOSTS}};
	char path[96], line[96];
	int r = plan_root_program(root, GUEST_SSH, err);

	for (size_t i = 0; r == 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), GUEST_RUN_DIR "/%u/%s", (unsigned)uid, files[i][0]);
		r = plan_root_bind(
			root, path, files[i][1], PLAN_ROOT_DATA | MOUNT_ATTR_RDONLY, err);
	}
	if (r == 0)
		r = add_device(root, "/dev/null", err);
	/* ssh looks up the account that it runs as. */
	snprintf(
		line, sizeof(line), "user:x:%u:%u::/:/\n", (unsigned)uid, (unsigned)GUEST_NO_GROUP);
	plan_root_folder(root, "etc", 0755);
	plan_root_file(root, "etc/passwd", line);
	plan_root_file(root, "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
	return r;
}

/* Begins a root with nothing in it, of which nothing comes back to the host. Returns NULL where
 * there is no memory. */
static struct plan_ops *begin_jail_root(struct carrel_error *err)
{
	struct plan_ops *root = calloc(1, sizeof(*root));

	if (!root) {
		error_set(err, -ENOMEM, "root of a jail");
		return NULL;
	}
	plan_ops_add(root, PLAN_OP_SLAVE, NULL, NULL);
	plan_root_begin(root);
	return root;
}

/* Gives the program a /proc, because it opens its files as /proc/self/fd/N. There is no other
 * process in it. */
static void enter_with_proc(struct plan_ops *root)
{
	plan_root_folder(root, "proc", 0555);
	plan_root_enter(root, "/proc", PLAN_ROOT_DATA | MOUNT_ATTR_RDONLY);
}

int jail_root_for_qemu(
	const struct guest_machine *machine, struct plan_ops **ret_root, struct carrel_error *err)
{
	cleanup_free struct plan_ops *root = begin_jail_root(err);
	int r = root ? fill_for_qemu(root, machine, err) : -ENOMEM;

	if (r < 0)
		return r;
	enter_with_proc(root);
	*ret_root = TAKE_PTR(root);
	return 0;
}

int jail_root_for_qemu_img(struct plan_ops **ret_root, struct carrel_error *err)
{
	cleanup_free struct plan_ops *root = begin_jail_root(err);
	int r = root ? plan_root_program(root, QEMU_IMG, err) : -ENOMEM;

	if (r == 0)
		r = add_data(root); /* block drivers are modules */
	if (r == 0)
		r = add_device(root, "/dev/null", err);
	if (r < 0)
		return r;
	enter_with_proc(root);
	*ret_root = TAKE_PTR(root);
	return 0;
}

int jail_root_for_ssh(uid_t uid, struct plan_ops **ret_root, struct carrel_error *err)
{
	cleanup_free struct plan_ops *root = begin_jail_root(err);
	int r = root ? fill_for_ssh(root, uid, err) : -ENOMEM;

	if (r < 0)
		return r;
	plan_root_enter(root, NULL, 0);
	*ret_root = TAKE_PTR(root);
	return 0;
}
