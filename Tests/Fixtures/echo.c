// A proxy that hands on bytes as it reads them, one client after the other, and says behind each how
// many reads its upstream's answer took. It counts what replay says that it has cut.
// Usage: echo PORT UPSTREAM-ADDRESS

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct sockaddr_in address(const char *host, int port) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &place.sin_addr);
  return place;
}

// Hands on what can be read; 0 when there is no more.
static ssize_t pass(int from, int to) {
  static char bytes[65536];
  ssize_t count = read(from, bytes, sizeof bytes);
  return count > 0 && write(to, bytes, count) == count ? count : 0;
}

int main(int count, char **words) {
  char *colon = count == 3 ? strrchr(words[2], ':') : NULL;
  if (!colon) return 2;
  *colon = 0;
  int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in here = address("127.0.0.1", atoi(words[1]));
  struct sockaddr_in there = address(words[2], atoi(colon + 1));
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (void *)&here, sizeof here) || listen(listener, 16)) return 2;
  for (;;) {
    int client = accept(listener, NULL, NULL), upstream = socket(AF_INET, SOCK_STREAM, 0);
    long reads = 0;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(upstream, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct pollfd both[] = {{client, POLLIN, 0}, {upstream, POLLIN, 0}};
    int open = connect(upstream, (void *)&there, sizeof there) == 0;
    while (open && poll(both, 2, -1) > 0) {
      if (both[1].revents) open = pass(upstream, client) > 0 && ++reads;
      if (open && both[0].revents) open = pass(client, upstream) > 0;
    }
    if (reads) fprintf(stderr, "reads %ld\n", reads);
    close(client);
    close(upstream);
  }
}
