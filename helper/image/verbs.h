/* SPDX-License-Identifier: MIT */
/*
 * verbs.h - what the verbs of carrel image share.
 */
#ifndef CARREL_HELPER_IMAGE_VERBS_H
#define CARREL_HELPER_IMAGE_VERBS_H

#include "guest/image/store.h"
#include "helper/cli/command.h"

#define IMAGE_ROOT_WHY "needs root, to whom " IMAGE_DIR " belongs"

extern const struct command_verb verb_image_list, verb_image_import, verb_image_remove,
	verb_image_prune;

/* The error on stderr: COMMAND_REFUSED while another addition is under way. */
int image_failed(const struct carrel_error *err);

/* The same, after what the program said that failed. */
int image_work_failed(struct image_work *work, const struct carrel_error *err);

/* "NAME: sha256-0123456789ab in 62 s" on stdout; COMMAND_DONE. */
int image_done(struct image_work *work, const char *digest);

#endif
