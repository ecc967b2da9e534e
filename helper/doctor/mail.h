/* SPDX-License-Identifier: MIT */
/*
 * mail.h - do mail servers run the programs that users name in their homes?
 */
#ifndef CARREL_HELPER_DOCTOR_MAIL_H
#define CARREL_HELPER_DOCTOR_MAIL_H

#include <stddef.h>

/*
 * Each asks the mail server itself what it would do. 1 with the setting in @ret_detail, 0 where
 * users' files can start nothing, -errno where it does not say.
 */
int mail_exim_runs(char *ret_detail, size_t size);
int mail_postfix_runs(char *ret_detail, size_t size);

#endif
