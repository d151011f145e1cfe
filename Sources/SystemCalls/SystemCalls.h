/* System calls that the toolchain's own modules do not show or do not make easy. Header only. */
#ifndef REPLAY_SYSTEM_CALLS_H
#define REPLAY_SYSTEM_CALLS_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
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

/* What the current thread is about, for the case that it traps. TrapNote.swift alone uses these. */
#define TRAP_NOTE_MAX 8192
static _Thread_local char trapNote[TRAP_NOTE_MAX + 1] = {0};
static _Thread_local long trapNumber = -1;
static struct sigaction actionsBeforeTraps[32] = {0};

/* Sets the note of this thread: `count` bytes, and behind them `number` where it is 0 or more. */
static inline void setTrapNote(const char *bytes, int count, long number) {
  if (count > TRAP_NOTE_MAX) count = TRAP_NOTE_MAX;
  memcpy(trapNote, bytes, (size_t)count);
  trapNote[count] = 0;
  trapNumber = number;
}

static inline void setTrapNumber(long number) { trapNumber = number; }

/* Writes the note of the thread that has trapped, and lets the signal do what it did before. Only
   what is safe inside a signal handler is called. */
static inline void tellTrap(int number) {
  if (trapNote[0] != 0) {
    char digits[24];
    int start = sizeof digits;
    digits[--start] = '\n';
    for (long left = trapNumber; left >= 0; left = left < 10 ? -1 : left / 10) {
      digits[--start] = (char)('0' + left % 10);
    }
    ssize_t ignored = write(2, trapNote, strlen(trapNote));
    ignored = write(2, digits + start, sizeof digits - (size_t)start);
    (void)ignored;
  }
  sigaction(number, &actionsBeforeTraps[number], 0);
}

/* From now on a trap writes the note of its thread to the errors before the process ends. */
static inline void catchTraps(void) {
  static const int numbers[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
  for (unsigned index = 0; index < sizeof numbers / sizeof *numbers; index += 1) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = tellTrap;
    sigaction(numbers[index], &action, &actionsBeforeTraps[numbers[index]]);
  }
}

/* Whether a signal is ignored: `nohup` starts a process so, which means it to outlive its terminal. */
static inline int ignoresSignal(int number) {
  struct sigaction action;
  return sigaction(number, 0, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* From now on SIGINT, SIGTERM and SIGHUP write a byte to `descriptor`, and SIGPIPE does nothing. The
   first three may be blocked: a process inherits that from the thread that started it. */
static inline void catchStopSignals(int descriptor) {
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &stops, 0);
  stopSignalEnd = descriptor;
  setSignalHandler(SIGINT, noteStopSignal);
  setSignalHandler(SIGTERM, noteStopSignal);
  if (!ignoresSignal(SIGHUP)) setSignalHandler(SIGHUP, noteStopSignal);
  setSignalHandler(SIGPIPE, SIG_IGN);
}

/* How many signals have asked a command to end. Interruption.swift alone uses these: see above. */
static volatile sig_atomic_t interruptionCount = 0;

/* Counts; the second ends the process, for somebody who will not wait. */
static inline void noteInterruption(int number) {
  if (interruptionCount > 0) _exit(128 + number);
  interruptionCount = 1;
}

static inline void catchInterruptions(void) {
  setSignalHandler(SIGINT, noteInterruption);
  setSignalHandler(SIGTERM, noteInterruption);
  setSignalHandler(SIGPIPE, SIG_IGN);
}

static inline int interruptions(void) { return interruptionCount; }

/* Lets this process open as many descriptors as it may. */
static inline void raiseDescriptorLimit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_max != RLIM_INFINITY) limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/* The signals do again what they do by default. */
static inline void releaseStopSignals(void) {
  if (!ignoresSignal(SIGHUP)) setSignalHandler(SIGHUP, SIG_DFL);
  setSignalHandler(SIGINT, SIG_DFL);
  setSignalHandler(SIGTERM, SIG_DFL);
  setSignalHandler(SIGPIPE, SIG_DFL);
  stopSignalEnd = -1;
}

#ifdef __linux__
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
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
                                  int hangUps, uint64_t number) {
  struct epoll_event event = {0};
  event.events = (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0) | (hangUps ? EPOLLRDHUP : 0);
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
    ready[i].reads = gone || (events[i].events & (EPOLLIN | EPOLLRDHUP)) != 0;
    ready[i].writes = gone || (events[i].events & EPOLLOUT) != 0;
  }
  return count;
}

/* How many bytes of a connection the peer's kernel has not acknowledged; -1 when that is not known. */
static inline int unacknowledgedBytes(int descriptor) {
  int count = 0;
  return ioctl(descriptor, SIOCOUTQ, &count) == 0 ? count : -1;
}

/* Opens a socket on which the kernel answers questions about sockets; no privilege is needed. */
static inline int openSocketDiagnosis(void) {
  return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

/* The other end of a connection, when that is a socket of this machine and network namespace. */
struct PeerQueue {
  uint32_t unread;   /* bytes that its kernel holds and its program has not read */
  uint64_t received; /* bytes that its kernel has received in order; 0 when it does not tell */
};

/* Fills in an end of the question: network byte order, as in a socket address. */
static inline void setDiagnosisEnd(const struct sockaddr_storage *from, uint32_t address[4],
                                   uint16_t *port) {
  if (from->ss_family == AF_INET) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)from;
    memcpy(address, &four->sin_addr, 4);
    *port = four->sin_port;
  } else {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
    memcpy(address, &six->sin6_addr, 16);
    *port = six->sin6_port;
  }
}

/* The question for one socket, by its four-tuple. */
struct DiagnosisQuestion {
  struct nlmsghdr header;
  struct inet_diag_req_v2 request;
};

static inline int setDiagnosisQuestion(struct DiagnosisQuestion *question, int descriptor) {
  struct sockaddr_storage own = {0}, peer = {0};
  socklen_t ownLength = sizeof own, peerLength = sizeof peer;
  if (getsockname(descriptor, (struct sockaddr *)&own, &ownLength) != 0) return errno;
  if (getpeername(descriptor, (struct sockaddr *)&peer, &peerLength) != 0) return errno;
  memset(question, 0, sizeof *question);
  question->header.nlmsg_len = sizeof *question;
  question->header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question->header.nlmsg_flags = NLM_F_REQUEST;
  struct inet_diag_req_v2 *request = &question->request;
  request->sdiag_family = (uint8_t)own.ss_family;
  request->sdiag_protocol = IPPROTO_TCP;
  request->idiag_ext = 1 << (INET_DIAG_INFO - 1);
  request->idiag_states = ~0u;
  /* The source of the socket asked about is the peer. */
  setDiagnosisEnd(&peer, request->id.idiag_src, &request->id.idiag_sport);
  setDiagnosisEnd(&own, request->id.idiag_dst, &request->id.idiag_dport);
  request->id.idiag_cookie[0] = request->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return 0;
}

/* Where tcpi_bytes_received lies in struct tcp_info, whose header is at odds with the C library's. */
#define RECEIVED_OFFSET 128

/* Asks about the other end of a connection; 0, or an error number. */
static inline int askPeerQueue(int diagnosis, int descriptor, struct PeerQueue *queue) {
  struct DiagnosisQuestion question;
  int error = setDiagnosisQuestion(&question, descriptor);
  if (error != 0) return error;
  if (send(diagnosis, &question, sizeof question, 0) < 0) return errno;
  union {
    struct nlmsghdr header;
    char bytes[4096];
  } answer;
  /* The kernel has answered when `send` returns. */
  ssize_t length = recv(diagnosis, &answer, sizeof answer, MSG_DONTWAIT);
  if (length < 0) return errno;
  if (!NLMSG_OK(&answer.header, (uint32_t)length)) return EPROTO;
  if (answer.header.nlmsg_type == NLMSG_ERROR) {
    return -((struct nlmsgerr *)NLMSG_DATA(&answer.header))->error;
  }
  struct inet_diag_msg *message = (struct inet_diag_msg *)NLMSG_DATA(&answer.header);
  /* Without a socket of this four-tuple the kernel answers with the listener of the port. */
  if (message->id.idiag_dport != question.request.id.idiag_dport) return ENOENT;
  queue->unread = message->idiag_rqueue;
  queue->received = 0;
  struct rtattr *attribute = (struct rtattr *)(message + 1);
  int left = (int)(answer.header.nlmsg_len - NLMSG_LENGTH(sizeof *message));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type != INET_DIAG_INFO) continue;
    if (RTA_PAYLOAD(attribute) < RECEIVED_OFFSET + sizeof queue->received) continue;
    memcpy(&queue->received, (char *)RTA_DATA(attribute) + RECEIVED_OFFSET, sizeof queue->received);
  }
  return 0;
}
#endif

#endif
