// While the file that FAKE_DISK_HANG names exists, writes and syncs to files whose path holds FAKE_DISK_PATH do not return,
// as with an SD card that has died or a share whose server is gone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

static void hang(int fd) {
    const char *flag = getenv("FAKE_DISK_HANG"), *part = getenv("FAKE_DISK_PATH");
    char link[64], path[4096];
    if (!flag || !part || access(flag, F_OK)) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    while (strstr(path, part) && !access(flag, F_OK)) usleep(20000);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    hang(fd);
    return real(fd, bytes, count);
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    hang(fd);
    return real(fd, bytes, count, offset);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    hang(fd);
    return real(fd, bytes, count, offset);
}

EXPORT int fsync(int fd) {
    REAL(int, "fsync", int);
    hang(fd);
    return real(fd);
}

EXPORT int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    hang(fd);
    return real(fd);
}
