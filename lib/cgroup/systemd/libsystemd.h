/* SPDX-License-Identifier: MIT */
/*
 * libsystemd.h - sd-bus(3), loaded by the first call to systemd. Most logins make none (their
 * limits hold already), and sshd is spared a library that is larger than all else of carrel's.
 *
 * Functions go by the name sym_NAME, as systemd itself calls what it loads like this.
 */
#ifndef CARREL_CGROUP_SYSTEMD_LIBSYSTEMD_H
#define CARREL_CGROUP_SYSTEMD_LIBSYSTEMD_H

#include "base/error.h"

#include <systemd/sd-bus.h>

#define LIBSYSTEMD_FUNCTIONS(FUNCTION)                                                             \
	FUNCTION(sd_bus_call)                                                                      \
	FUNCTION(sd_bus_close_unref)                                                               \
	FUNCTION(sd_bus_error_free)                                                                \
	FUNCTION(sd_bus_is_ready)                                                                  \
	FUNCTION(sd_bus_message_append)                                                            \
	FUNCTION(sd_bus_message_append_array)                                                      \
	FUNCTION(sd_bus_message_appendv)                                                           \
	FUNCTION(sd_bus_message_close_container)                                                   \
	FUNCTION(sd_bus_message_new_method_call)                                                   \
	FUNCTION(sd_bus_message_open_container)                                                    \
	FUNCTION(sd_bus_message_read)                                                              \
	FUNCTION(sd_bus_message_unref)                                                             \
	FUNCTION(sd_bus_new)                                                                       \
	FUNCTION(sd_bus_process)                                                                   \
	FUNCTION(sd_bus_set_address)                                                               \
	FUNCTION(sd_bus_set_bus_client)                                                            \
	FUNCTION(sd_bus_start)                                                                     \
	FUNCTION(sd_bus_wait)

#define LIBSYSTEMD_DECLARE(name) extern typeof(name) *sym_##name;
LIBSYSTEMD_FUNCTIONS(LIBSYSTEMD_DECLARE)

/* Loads the library, which then stays; nothing may be called before this has returned 0. Returns
 * -ELIBACC with @err set where the library, or a function of it, is missing. */
int libsystemd_load(struct carrel_error *err);

/* Frees *message, for the cleanup attribute. */
static inline void libsystemd_message_unrefp(sd_bus_message **message)
{
	if (*message)
		sym_sd_bus_message_unref(*message);
}

/* Frees what sd-bus has put into *error, if anything, for the cleanup attribute. */
static inline void libsystemd_error_free(sd_bus_error *error)
{
	if (error->name)
		sym_sd_bus_error_free(error);
}

#endif
