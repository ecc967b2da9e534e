/* SPDX-License-Identifier: MIT */
/*
 * tcp_table.h - the TCP sockets of the caller's network namespace, as proc_net_tcp of the kernel's
 * documentation has them.
 */
#ifndef CARREL_BASE_TCP_TABLE_H
#define CARREL_BASE_TCP_TABLE_H

#include <stdbool.h>
#include <sys/types.h>

/* 127.0.0.1, as the kernel writes it on a little-endian machine. */
#define TCP_TABLE_LOOPBACK "0100007F"

enum { TCP_TABLE_ADDRESS_SIZE = 33 };

struct tcp_socket {
	char local[TCP_TABLE_ADDRESS_SIZE], remote[TCP_TABLE_ADDRESS_SIZE]; /* hexadecimal */
	unsigned local_port, remote_port;
	unsigned state; /* TCP_LISTEN and the others of netinet/tcp.h */
	uid_t uid;      /* whose it is */
};

/*
 * Calls @look with each socket of @path, "/proc/self/net/tcp" or "/proc/self/net/tcp6", until it
 * returns true. Returns 1 where it has; 0, also where the kernel has no such protocol; -errno.
 */
int tcp_table_find(
	const char *path, bool (*look)(void *data, const struct tcp_socket *socket), void *data);

#endif
