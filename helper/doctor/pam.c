// SPDX-License-Identifier: MIT
/*
 * pam.c - is the module there, and can PAM load it whatever becomes of this host?
 */
#include "base/cleanup.h"
#include "doctor.h"
#include "helper/pam/load.h"

void doctor_module(struct doctor *doctor)
{
	cleanup_free char *path = NULL;
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	int r = pam_find_module("/", &path, &err);

	if (r == 0)
		r = pam_try_module(path, &err);
	if (r == 0)
		r = pam_check_needs(path, &err);
	if (r < 0)
		doctor_add(doctor, DOCTOR_FAIL, "PAM module", "install carrel again", "%s",
			error_format(&err, text, sizeof(text)));
	else
		doctor_add(doctor, DOCTOR_OK, "PAM module", NULL, "%s", path);
}
