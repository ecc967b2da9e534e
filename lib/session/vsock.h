/* SPDX-License-Identifier: MIT */
/*
 * vsock.h - keeps a session with a network of its own from AF_VSOCK, whose addresses no network
 * namespace separates (vsock(7)).
 */
#ifndef CARREL_SESSION_VSOCK_H
#define CARREL_SESSION_VSOCK_H

#include "base/error.h"

/*
 * Has the kernel refuse AF_VSOCK sockets (EPFNOSUPPORT) to this thread and to all that it starts
 * from now on. What would get past the filter is refused as well: io_uring (EPERM), and the
 * socketcall(2) of other ABIs, as far as it makes a socket (EPERM). The filter cannot be taken
 * back, so a caller that opens many sessions has it once. Returns 0, or -errno and @err.
 */
int vsock_refuse(struct carrel_error *err);

#endif
