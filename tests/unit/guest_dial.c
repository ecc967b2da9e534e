// SPDX-License-Identifier: MIT
// what: a connection is through a guest's door once that has answered the secret, and not before; one that it ends may be tried again
// needs:
// tier: fast
// deadline: 30s
#include "../../guest/dial.c"
#include "expect.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const unsigned char secret[DOOR_SECRET_SIZE] = "what only the two of them know.";
/* Returns the other end. */
static int connect_one(struct dial *dial)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
		perror("socketpair");
		_exit(1);
	}
	*dial = (struct dial){.fd = pair[0]};
	return pair[1];
}

static void let_in(void)
{
	struct dial dial;
	int door = connect_one(&dial);
	unsigned char heard[2 * DOOR_SECRET_SIZE];
	char banner[4];

	expect_number("it is to be written to first", dial_awaits(&dial), POLLOUT);
	expect_number("has not answered", dial_go_on(&dial, secret), -EINPROGRESS);
	expect_number("is asked again", dial_go_on(&dial, secret), -EINPROGRESS);
	expect_number("and listened to", dial_awaits(&dial), POLLIN);
	expect_number("the secret, once", (int)read(door, heard, sizeof(heard)), DOOR_SECRET_SIZE);
	expect_number("that secret", memcmp(heard, secret, DOOR_SECRET_SIZE), 0);
	expect_number("answers, and sshd does", (int)write(door, "+SSH-", 5), 5);
	expect_number("has answered", dial_go_on(&dial, secret), 0);
	expect_number("what sshd says is left", (int)read(dial.fd, banner, sizeof(banner)), 4);
	expect_number("all of it", memcmp(banner, "SSH-", 4), 0);
	close(door);
	close(dial.fd);
}

static void kept_out(void)
{
	struct dial dial;
	int door = connect_one(&dial);

	(void)dial_go_on(&dial, secret);
	expect_number("something else", (int)write(door, "S", 1), 1);
	expect_number("is no door", dial_go_on(&dial, secret), -EPROTO);
	close(dial.fd);
	close(door);

	door = connect_one(&dial);
	(void)dial_go_on(&dial, secret);
	close(door);
	expect_number("is sent away", dial_go_on(&dial, secret), -ECONNRESET);
	close(dial.fd);

	door = connect_one(&dial);
	close(door);
	expect_number("is sent away before", dial_go_on(&dial, secret), -ECONNRESET);
	close(dial.fd);
}

static void no_door(void)
{
	struct dial dial;
	int other = connect_one(&dial);
	char byte;

	expect_number("needs no answer", dial_go_on(&dial, NULL), 0);
	expect_number("and says nothing", (int)read(other, &byte, 1), -1);
	close(other);
	close(dial.fd);
}

int main(void)
{
	let_in();
	kept_out();
	no_door();
	return expect_result();
}
