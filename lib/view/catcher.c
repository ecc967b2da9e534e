// SPDX-License-Identifier: MIT
/*
 * catcher.c - makes a network in which every port leads to one place.
 *
 * Nobody listens in the network namespace of a login that ends in a guest. Whatever connects there,
 * such as sshd for a forwarded port, is handed to one listening socket by a program that the kernel
 * asks (BPF_PROG_TYPE_SK_LOOKUP, Linux 5.9). The accepted socket's own address tells which port was
 * meant. A program of the user's takes it on from there.
 */
#include "view/view.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BACKLOG = 64 };

static int call_bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

#define INSN(code_, dst, src, off_, imm_)                                                          \
	{                                                                                          \
		.code = (code_), .dst_reg = (dst), .src_reg = (src), .off = (off_), .imm = (imm_)  \
	}

/* Loads a program that looks the socket up in the map, 0 for IPv4 and 1 for IPv6, and gives the
 * connection to it. Where anything is missing, the look-up goes on as if the program had not been
 * asked. */
static int load_program(int map)
{
	const struct bpf_insn program[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_0, BPF_REG_6,
			offsetof(struct bpf_sk_lookup, protocol), 0),
		INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 17, IPPROTO_TCP),
		INSN(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_0, BPF_REG_6,
			offsetof(struct bpf_sk_lookup, family), 0),
		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 1, AF_INET),
		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 1),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0), /* the upper half of the number before */
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 7, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_7, BPF_REG_0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_sk_assign),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_7, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_sk_release),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, SK_PASS),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SK_LOOKUP,
		.expected_attach_type = BPF_SK_LOOKUP,
		.insns = (uintptr_t)program,
		.insn_cnt = sizeof(program) / sizeof(program[0]),
		.license = (uintptr_t) "Dual MIT/GPL",
	};

	return call_bpf(BPF_PROG_LOAD, &attr);
}

static int put_socket(int map, uint32_t key, int socket)
{
	uint32_t value = (uint32_t)socket;
	union bpf_attr attr = {
		.map_fd = (uint32_t)map, .key = (uintptr_t)&key, .value = (uintptr_t)&value};

	return call_bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

/* Has the caller's network namespace ask @program as long as the returned descriptor is open. */
static int link_to_network(int program)
{
	int network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	union bpf_attr attr = {
		.link_create = {.prog_fd = (uint32_t)program,
			.target_fd = (uint32_t)network,
			.attach_type = BPF_SK_LOOKUP},
	};
	int link;

	if (network < 0)
		return -1;
	link = call_bpf(BPF_LINK_CREATE, &attr);
	close(network);
	return link;
}

static int listen_on(const struct sockaddr *address, socklen_t size)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && (bind(fd, address, size) < 0 || listen(fd, BACKLOG) < 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int view_catch_connections(int ret_fds[2])
{
	const struct sockaddr_in four = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint32_t),
		.max_entries = 2};
	int map = call_bpf(BPF_MAP_CREATE, &attr);
	int program = map >= 0 ? load_program(map) : -1;

	if (program < 0)
		return -1;
	ret_fds[0] = listen_on((const struct sockaddr *)&four, sizeof(four));
	/* A host may have no IPv6. */
	ret_fds[1] = listen_on((const struct sockaddr *)&six, sizeof(six));
	if (ret_fds[0] < 0 || put_socket(map, 0, ret_fds[0]) < 0 ||
		(ret_fds[1] >= 0 && put_socket(map, 1, ret_fds[1]) < 0))
		return -1;
	/* The link stays open: it ends with us, and so does the network. */
	if (link_to_network(program) < 0)
		return -1;
	close(program);
	close(map);
	return 0;
}

/* Becomes the user's program @path in the child, with nothing of ours but @fds, and none of root's
 * rights. Does not return. */
static void become_user(const char *path, const int fds[2], uid_t uid, gid_t gid)
{
	enum { FIRST = 3, ABOVE = 64 };
	static char *const envp[] = {NULL};
	char *const argv[] = {(char *)path, NULL};
	sigset_t none;
	int high[2], n = 0;

	/* Both are first moved out of the way of the numbers that they are to have. */
	for (int i = 0; i < 2; i++)
		high[i] = fds[i] >= 0 ? fcntl(fds[i], F_DUPFD_CLOEXEC, ABOVE) : -1;
	for (int i = 0; i < 2; i++)
		if (high[i] >= 0 && dup2(high[i], FIRST + n++) < 0)
			_exit(1);
	if (syscall(SYS_close_range, FIRST + n, ~0u, 0) < 0 ||
		syscall(SYS_close_range, 0, FIRST - 1, 0) < 0)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
		setresuid(uid, uid, uid) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	execve(path, argv, envp);
	_exit(1);
}

int view_spawn(const char *path, const int fds[2], uid_t uid, gid_t gid)
{
	pid_t pid = fork();

	if (pid == 0)
		become_user(path, fds, uid, gid);
	return pid < 0 ? -1 : 0;
}
