/* System calls of Linux that the toolchain's Glibc module does not show. Header only. */
#ifndef REPLAY_SYSTEM_CALLS_H
#define REPLAY_SYSTEM_CALLS_H

#ifdef __linux__
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Declared by sys/socket.h under _GNU_SOURCE only. */
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

/* Accepts a connection that is non-blocking and close-on-exec; -1 when none waits. */
static inline int acceptNonBlocking(int listener) {
  return accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* Opens a TCP socket that is non-blocking and close-on-exec. */
static inline int openStreamSocket(int family) {
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Opens an epoll descriptor. */
static inline int openPoller(void) { return epoll_create1(EPOLL_CLOEXEC); }

/* Watches a descriptor: operation 1 adds, 2 removes, 3 changes (EPOLL_CTL_...). */
static inline int watchDescriptor(int poller, int operation, int descriptor, int reads, int writes,
                                  uint64_t number) {
  struct epoll_event event = {0};
  event.events = (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0);
  event.data.u64 = number;
  return epoll_ctl(poller, operation, descriptor, &event);
}

/* What a ready descriptor can do. */
struct ReadyDescriptor {
  uint64_t number;
  int reads;
  int writes;
};

/* Waits for at most 64 ready descriptors; returns how many. */
static inline int waitForReady(int poller, int timeout, struct ReadyDescriptor *ready) {
  struct epoll_event events[64];
  int count = epoll_wait(poller, events, 64, timeout);
  for (int i = 0; i < count; i++) {
    int gone = (events[i].events & (EPOLLERR | EPOLLHUP)) != 0;
    ready[i].number = events[i].data.u64;
    ready[i].reads = gone || (events[i].events & EPOLLIN) != 0;
    ready[i].writes = gone || (events[i].events & EPOLLOUT) != 0;
  }
  return count;
}
#endif

#endif
