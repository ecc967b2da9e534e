/* SPDX-License-Identifier: MIT */
/*
 * services.h - lists the PAM services that carrel wires by default, and those that open no session
 * for a user.
 */
#ifndef CARREL_HELPER_PAM_SERVICES_H
#define CARREL_HELPER_PAM_SERVICES_H

#include <stdbool.h>

/* Carrel wires these services where their file exists; the list is NULL-terminated. */
extern const char *const pam_services[];

/* Returns true if @name is one of pam_services. */
bool pam_service_is_wired_by_default(const char *name);

/* Returns the reason why the service @name need not be wired although it has session rules, such as
 * "it only unlocks a screen"; NULL where it should be wired. */
const char *pam_service_excuse(const char *name);

/* Returns true if @name can be the name of a service: not a path, and not a hidden file. */
bool pam_service_name_ok(const char *name);

#endif
