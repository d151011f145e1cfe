/* System calls that the toolchain's own modules do not show or do not make easy. Header only. */
#ifndef REPLAY_SYSTEM_CALLS_H
#define REPLAY_SYSTEM_CALLS_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Where the handler below writes. StopSignals.swift alone uses these functions: a static variable of a
   header has one copy for each file that does. */
static volatile int stopSignalEnd = -1;

/* Writes one byte; hardly anything else is safe inside a signal handler. */
static inline void noteStopSignal(int number) {
  int saved = errno;
  char byte = (char)number;
  ssize_t ignored = write(stopSignalEnd, &byte, 1);
  (void)ignored;
  errno = saved;
}

static inline void setSignalHandler(int number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = handler;
  sigaction(number, &action, 0);
}

/* From now on SIGINT and SIGTERM write a byte to `descriptor`, and SIGPIPE does nothing. The first
   two may be blocked: a process inherits that from the thread that started it. */
static inline void catchStopSignals(int descriptor) {
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &stops, 0);
  stopSignalEnd = descriptor;
  setSignalHandler(SIGINT, noteStopSignal);
  setSignalHandler(SIGTERM, noteStopSignal);
  setSignalHandler(SIGPIPE, SIG_IGN);
}

/* The three signals do again what they do by default. */
static inline void releaseStopSignals(void) {
  setSignalHandler(SIGINT, SIG_DFL);
  setSignalHandler(SIGTERM, SIG_DFL);
  setSignalHandler(SIGPIPE, SIG_DFL);
  stopSignalEnd = -1;
}

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
