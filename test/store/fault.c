/*
 * Ends a process in the midst of what it writes, below the engine: preloaded (LD_PRELOAD) into a test's writer, and into nothing else.
 *
 * FAULT_BELOW  calls that write to files whose paths begin so are counted, over all threads
 * FAULT_AT     before the call of this number the process is killed (SIGKILL); 0 never, but the calls are told of
 * FAULT_HOW    kill   nothing else
 *              torn   half of what the call was to write is written first, in whole sectors: a disk writes each as one
 *              cut    as after a power cut: whatever was written and not flushed is as before
 *              some   as after a power cut that came while the disk was at it: of what was not flushed every second page is as before
 * FAULT_LOG    a file to which each call is written, one a line
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR 512
#define PAGE 4096

/* What stood where something was written that is not flushed yet, the latest first. */
struct undo {
  struct undo *next;
  dev_t device;
  ino_t inode;
  int fd;
  off_t at;
  off_t size; /* of the file */
  size_t length;
  char before[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct undo *undos;
static int count, kill_at = -1, log_fd = -1;
static const char *below, *how;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }
static ssize_t real_pwrite(int fd, const void *bytes, size_t length, off_t at) {
  static ssize_t (*call)(int, const void *, size_t, off_t);
  if (!call) call = real("pwrite64");
  return call(fd, bytes, length, at);
}

static void begin(void) {
  const char *at = getenv("FAULT_AT"), *log = getenv("FAULT_LOG");
  below = getenv("FAULT_BELOW");
  how = getenv("FAULT_HOW");
  kill_at = below && at ? atoi(at) : 0;
  if (log) log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The path of a file that counts, from `below` on; null for any other. */
static const char *counted(int fd, char path[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = below ? readlink(link, path, PATH_MAX - 1) : -1;
  if (length < 0) return NULL;
  path[length] = 0;
  return strncmp(path, below, strlen(below)) == 0 ? path + strlen(below) : NULL;
}

static void keep(int fd, size_t length, off_t at) {
  struct stat file;
  if (fstat(fd, &file) != 0) return;
  /* Zeros where the file ended. */
  struct undo *undo = calloc(1, sizeof *undo + length);
  /* Opened for writing only. */
  if (pread(fd, undo->before, length, at) < 0) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int readable = open(link, O_RDONLY | O_CLOEXEC);
    if (pread(readable, undo->before, length, at) < 0) abort();
    close(readable);
  }
  undo->next = undos;
  undo->device = file.st_dev;
  undo->inode = file.st_ino;
  undo->fd = dup(fd);
  undo->at = at;
  undo->size = file.st_size;
  undo->length = length;
  undos = undo;
}

static void flushed(int fd) {
  struct stat file;
  if (fstat(fd, &file) != 0) return;
  for (struct undo **at = &undos; *at;) {
    struct undo *undo = *at;
    if (undo->device == file.st_dev && undo->inode == file.st_ino) {
      *at = undo->next;
      close(undo->fd);
      free(undo);
    } else
      at = &undo->next;
  }
}

/* What was written through a descriptor that flushes it, and nothing else. */
static void latest_is_flushed(void) {
  struct undo *undo = undos;
  undos = undo->next;
  close(undo->fd);
  free(undo);
}

/* Writes what stood there before, the latest first, so that what was written twice is as it was at the first. */
static void lose(int every) {
  for (struct undo *undo = undos; undo; undo = undo->next) {
    for (size_t done = 0; done < undo->length; done += PAGE) {
      off_t at = undo->at + (off_t)done;
      size_t left = undo->length - done;
      if ((at / PAGE) % every == 0) real_pwrite(undo->fd, undo->before + done, left < PAGE ? left : PAGE, at);
    }
    if (every == 1 && ftruncate(undo->fd, undo->size) != 0) abort();
  }
}

static size_t total(const struct iovec *parts, int many) {
  size_t length = 0;
  for (int at = 0; at < many; at++) length += parts[at].iov_len;
  return length;
}

static void tear(int fd, const struct iovec *parts, int many, off_t at, size_t length) {
  for (int part = 0; part < many && length > 0; part++) {
    size_t taken = parts[part].iov_len < length ? parts[part].iov_len : length;
    real_pwrite(fd, parts[part].iov_base, taken, at);
    at += (off_t)taken;
    length -= taken;
  }
}

/* Before every call that counts, with the lock held. */
static void step(const char *call, const char *file, int fd, const struct iovec *parts, int many, off_t at) {
  size_t length = total(parts, many);
  count++;
  if (log_fd >= 0) dprintf(log_fd, "%d %s %s %zu\n", count, call, file, length);
  if (count != kill_at) return;
  off_t end = (at + (off_t)length / 2) / SECTOR * SECTOR;
  if (strcmp(how, "torn") == 0 && end > at) tear(fd, parts, many, at, end - at);
  if (strcmp(how, "cut") == 0) lose(1);
  if (strcmp(how, "some") == 0) lose(2);
  kill(getpid(), SIGKILL);
  pause();
}

static off_t place(int fd) {
  struct stat file;
  if (fcntl(fd, F_GETFL) & O_APPEND) return fstat(fd, &file) == 0 ? file.st_size : 0;
  return lseek(fd, 0, SEEK_CUR);
}

/* `fd` may be of a socket or a terminal: those do not count. */
#define WRITING(name, parts, many, at, call)                     \
  do {                                                           \
    char path[PATH_MAX];                                         \
    if (kill_at < 0) begin();                                    \
    const char *file = counted(fd, path);                        \
    if (!file) return call;                                      \
    pthread_mutex_lock(&lock);                                   \
    off_t from = at;                                             \
    step(name, file, fd, parts, many, from);                     \
    keep(fd, total(parts, many), from);                          \
    ssize_t done = call;                                         \
    if (fcntl(fd, F_GETFL) & O_DSYNC) latest_is_flushed();       \
    pthread_mutex_unlock(&lock);                                 \
    return done;                                                 \
  } while (0)

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
  struct iovec part = {(void *)bytes, length};
  WRITING("pwrite", &part, 1, at, real_pwrite(fd, bytes, length, at));
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

ssize_t write(int fd, const void *bytes, size_t length) {
  static ssize_t (*call)(int, const void *, size_t);
  if (!call) call = real("write");
  struct iovec part = {(void *)bytes, length};
  WRITING("write", &part, 1, place(fd), call(fd, bytes, length));
}

ssize_t writev(int fd, const struct iovec *parts, int many) {
  static ssize_t (*call)(int, const struct iovec *, int);
  if (!call) call = real("writev");
  WRITING("writev", parts, many, place(fd), call(fd, parts, many));
}

ssize_t pwritev64(int fd, const struct iovec *parts, int many, off_t at) {
  static ssize_t (*call)(int, const struct iovec *, int, off_t);
  if (!call) call = real("pwritev64");
  WRITING("pwritev", parts, many, at, call(fd, parts, many, at));
}

#define FLUSHING(name, call)                  \
  do {                                        \
    char path[PATH_MAX];                      \
    if (kill_at < 0) begin();                 \
    const char *file = counted(fd, path);     \
    if (!file) return call;                   \
    pthread_mutex_lock(&lock);                \
    step(name, file, fd, NULL, 0, 0);         \
    int done = call;                          \
    if (done == 0) flushed(fd);               \
    pthread_mutex_unlock(&lock);              \
    return done;                              \
  } while (0)

int fdatasync(int fd) {
  static int (*call)(int);
  if (!call) call = real("fdatasync");
  FLUSHING("fdatasync", call(fd));
}

int fsync(int fd) {
  static int (*call)(int);
  if (!call) call = real("fsync");
  FLUSHING("fsync", call(fd));
}

int ftruncate64(int fd, off_t length) {
  static int (*call)(int, off_t);
  char path[PATH_MAX];
  if (!call) call = real("ftruncate64");
  if (kill_at < 0) begin();
  const char *file = counted(fd, path);
  if (!file) return call(fd, length);
  pthread_mutex_lock(&lock);
  step("ftruncate", file, fd, NULL, 0, 0);
  int done = call(fd, length);
  pthread_mutex_unlock(&lock);
  return done;
}

/* From below a path to below a path. */
int rename(const char *from, const char *to) {
  static int (*call)(const char *, const char *);
  if (!call) call = real("rename");
  if (kill_at < 0) begin();
  if (!below || strncmp(to, below, strlen(below)) != 0) return call(from, to);
  pthread_mutex_lock(&lock);
  step("rename", to + strlen(below), -1, NULL, 0, 0);
  int done = call(from, to);
  pthread_mutex_unlock(&lock);
  return done;
}
