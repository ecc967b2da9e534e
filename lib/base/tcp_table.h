/* SPDX-License-Identifier: MIT */
/*
 * tcp_table.h - finds TCP sockets of the caller's network namespace in /proc/net/tcp, whose format
 * Documentation/networking/proc_net_tcp.rst of the kernel describes.
 */
#ifndef CARREL_BASE_TCP_TABLE_H
#define CARREL_BASE_TCP_TABLE_H

#include <stdbool.h>
#include <sys/types.h>

/* The kernel writes 127.0.0.1 like this on a little-endian machine. */
#define TCP_TABLE_LOOPBACK "0100007F"

enum { TCP_TABLE_ADDRESS_SIZE = 33 };

struct tcp_socket {
	char local[TCP_TABLE_ADDRESS_SIZE], remote[TCP_TABLE_ADDRESS_SIZE]; /* hexadecimal */
	unsigned local_port, remote_port;
	unsigned state; /* TCP_LISTEN and the others of netinet/tcp.h */
	uid_t uid;      /* its owner */
};

/*
 * Calls @look with @data and each socket of @path, "/proc/self/net/tcp" or "/proc/self/net/tcp6",
 * until it returns true. Returns 1 if it has returned true; 0 if it has not, or if the kernel lacks
 * the protocol; -errno.
 */
int tcp_table_find(
	const char *path, bool (*look)(void *data, const struct tcp_socket *socket), void *data);

#endif
