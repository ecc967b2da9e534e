/* SPDX-License-Identifier: MIT */
/*
 * mail.h - asks mail servers whether they run programs that users name in their homes.
 */
#ifndef CARREL_HELPER_DOCTOR_MAIL_H
#define CARREL_HELPER_DOCTOR_MAIL_H

#include <stddef.h>

/*
 * Each of these asks one mail server for its settings. Returns 1, with the setting that lets users
 * start programs in @ret_detail; 0 where the files of users can start nothing; -errno where the
 * server does not answer.
 */
int mail_exim_runs(char *ret_detail, size_t size);
int mail_postfix_runs(char *ret_detail, size_t size);

#endif
