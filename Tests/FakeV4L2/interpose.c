// Stands between the program and libc: calls about a fake camera are answered here, all others go on.
#define _GNU_SOURCE
#include "fake.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

// --- Names

static const char by_path[] = "/dev/v4l/by-path", by_id[] = "/dev/v4l/by-id";

static void link_name(const struct device *d, int is_id, char *text, size_t size) {
    if (is_id) snprintf(text, size, "usb-%s_%d-video-index%d", d->card, d->number, d->is_meta);
    else snprintf(text, size, "platform-fake-usb-0:%d:1.0-video-index%d", d->number, d->is_meta);
}

// The camera that a path names, plugged in or not; is_link tells whether by a link.
static struct device *named(const char *path, int *is_link) {
    *is_link = 0;
    if (!path || strncmp(path, "/dev/v", 6)) return 0;
    int count;
    struct device *all = fake_devices(&count);
    for (int i = 0; i < count; i++) {
        char node[32], name[96], link[160];
        snprintf(node, sizeof node, "/dev/video%d", all[i].number);
        if (!strcmp(path, node)) return &all[i];
        for (int is_id = 0; is_id < 2; is_id++) {
            link_name(&all[i], is_id, name, sizeof name);
            snprintf(link, sizeof link, "%s/%s", is_id ? by_id : by_path, name);
            if (!strcmp(path, link)) return *is_link = 1, &all[i];
        }
    }
    return 0;
}

static struct device *at(const char *path) {
    int is_link;
    return named(path, &is_link);
}

// --- Opening and closing

static int open_fake(struct device *d, int flags) {
    pthread_mutex_lock(&fake_lock);
    int fd = device_open(d, flags);
    pthread_mutex_unlock(&fake_lock);
    return fd;
}

#define MODE_ARGUMENT \
    mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, int); va_end(list); } \
    struct device *d = at(path); \
    if (d) return open_fake(d, flags)
EXPORT int open(const char *path, int flags, ...) { MODE_ARGUMENT; REAL(int, "open", const char *, int, ...); return real(path, flags, mode); }
EXPORT int open64(const char *path, int flags, ...) { MODE_ARGUMENT; REAL(int, "open64", const char *, int, ...); return real(path, flags, mode); }
EXPORT int openat(int folder, const char *path, int flags, ...) { MODE_ARGUMENT; REAL(int, "openat", int, const char *, int, ...); return real(folder, path, flags, mode); }
EXPORT int openat64(int folder, const char *path, int flags, ...) { MODE_ARGUMENT; REAL(int, "openat64", int, const char *, int, ...); return real(folder, path, flags, mode); }
EXPORT int __open_2(const char *path, int flags) { return open(path, flags); }
EXPORT int __open64_2(const char *path, int flags) { return open64(path, flags); }

EXPORT int close(int fd) {
    struct device *d = fake_find(fd);
    if (d) {
        pthread_mutex_lock(&fake_lock);
        device_close(d, fd);
        pthread_mutex_unlock(&fake_lock);
    }
    REAL(int, "close", int);
    return real(fd);
}

// --- Talking to the driver

static int ioctl_fake(struct device *d, int fd, unsigned long request, void *argument) {
    pthread_mutex_lock(&fake_lock);
    // Callers may pass a sign-extended int.
    int result = device_ioctl(d, fd, (unsigned)request, argument), code = errno;
    pthread_mutex_unlock(&fake_lock);
    if (getenv("FAKE_V4L2_TRACE"))
        fprintf(stderr, "fake camera: video%d fd %d ioctl %lu = %d%s%s\n", d->number, fd, request & 0xFF, result, result ? " " : "", result ? strerror(code) : "");
    errno = code;
    return result;
}

EXPORT int ioctl(int fd, unsigned long request, ...) {
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    struct device *d = fake_find(fd);
    if (d) return ioctl_fake(d, fd, request, argument);
    REAL(int, "ioctl", int, unsigned long, ...);
    return real(fd, request, argument);
}

// The descriptor to map instead, -1 when the camera is gone.
static int memory_of(struct device *d, int fd) {
    pthread_mutex_lock(&fake_lock);
    int memory = device_is_gone(d, fd) || d->owner != fd ? -1 : d->memory;
    pthread_mutex_unlock(&fake_lock);
    return memory;
}

#define MAP(name, offset_type) \
    EXPORT void *name(void *address, size_t length, int protection, int flags, int fd, offset_type offset) { \
        struct device *d = fake_find(fd); \
        if (d && (fd = memory_of(d, fd)) < 0) return errno = ENODEV, MAP_FAILED; \
        REAL(void *, #name, void *, size_t, int, int, int, offset_type); \
        void *result = real(address, length, protection, flags, fd, offset); \
        if (d && result != MAP_FAILED) { \
            pthread_mutex_lock(&fake_lock); \
            device_note_map(d, result, offset); \
            pthread_mutex_unlock(&fake_lock); \
        } \
        return result; \
    }
MAP(mmap, off_t)
MAP(mmap64, off64_t)

EXPORT int munmap(void *address, size_t length) {
    device_note_unmap(address);
    REAL(int, "munmap", void *, size_t);
    return real(address, length);
}

static int answer_for(struct device *d, int fd) {
    pthread_mutex_lock(&fake_lock);
    int answer = device_is_gone(d, fd) ? POLLERR | POLLHUP : d->owner != fd || d->has_failed || !d->is_streaming ? POLLERR : 0;
    pthread_mutex_unlock(&fake_lock);
    return answer;
}

// The eventfd tells when a buffer is filled; errors and hang-ups are put in here, before and after waiting.
EXPORT int poll(struct pollfd *list, nfds_t count, int timeout) {
    REAL(int, "poll", struct pollfd *, nfds_t, int);
    int ours = 0, broken = 0;
    for (nfds_t i = 0; i < count; i++) {
        struct device *d = fake_find(list[i].fd);
        if (!d) continue;
        ours = 1;
        list[i].events &= ~(POLLOUT | POLLWRNORM);
        broken |= answer_for(d, list[i].fd);
    }
    int result = real(list, count, broken ? 0 : timeout);
    if (!ours || result < 0) return result;
    result = 0;
    for (nfds_t i = 0; i < count; i++) {
        struct device *d = fake_find(list[i].fd);
        int answer = d ? answer_for(d, list[i].fd) : 0;
        if (answer) list[i].revents = answer;
        result += list[i].revents != 0;
    }
    return result;
}

// --- Looking at nodes

static void describe(const struct device *d, mode_t *mode, dev_t *node) {
    *mode = S_IFCHR | 0660;
    *node = makedev(81, d->number);
}

static int look(const char *path, int follow, mode_t *mode, dev_t *node) {
    int is_link;
    struct device *d = named(path, &is_link);
    if (!d) return 0;
    if (!d->is_plugged) return errno = ENOENT, -1;
    describe(d, mode, node);
    if (is_link && !follow) *mode = S_IFLNK | 0777;
    return 1;
}

#define STAT(name, structure, follow) \
    EXPORT int name(const char *path, struct structure *facts) { \
        mode_t mode; dev_t node; \
        int found = look(path, follow, &mode, &node); \
        if (found < 0) return -1; \
        if (found) { memset(facts, 0, sizeof *facts); facts->st_mode = mode; facts->st_rdev = node; return 0; } \
        REAL(int, #name, const char *, struct structure *); \
        return real(path, facts); \
    }
STAT(stat, stat, 1)
STAT(stat64, stat64, 1)
STAT(lstat, stat, 0)
STAT(lstat64, stat64, 0)

EXPORT int statx(int folder, const char *path, int flags, unsigned mask, struct statx *facts) {
    mode_t mode;
    dev_t node;
    int found = look(path, !(flags & AT_SYMLINK_NOFOLLOW), &mode, &node);
    if (found < 0) return -1;
    if (found) {
        memset(facts, 0, sizeof *facts);
        facts->stx_mask = STATX_TYPE | STATX_MODE;
        facts->stx_mode = mode;
        facts->stx_rdev_major = major(node);
        facts->stx_rdev_minor = minor(node);
        return 0;
    }
    REAL(int, "statx", int, const char *, int, unsigned, struct statx *);
    return real(folder, path, flags, mask, facts);
}

#define FSTAT(name, structure) \
    EXPORT int name(int fd, struct structure *facts) { \
        struct device *d = fake_find(fd); \
        if (d) { memset(facts, 0, sizeof *facts); describe(d, &facts->st_mode, &facts->st_rdev); return 0; } \
        REAL(int, #name, int, struct structure *); \
        return real(fd, facts); \
    }
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)

EXPORT int access(const char *path, int how) {
    struct device *d = at(path);
    if (d) return d->is_plugged ? 0 : (errno = ENOENT, -1);
    REAL(int, "access", const char *, int);
    return real(path, how);
}

EXPORT ssize_t readlink(const char *path, char *text, size_t size) {
    int is_link;
    struct device *d = named(path, &is_link);
    if (d) {
        char target[32];
        if (!d->is_plugged) return errno = ENOENT, -1;
        if (!is_link) return errno = EINVAL, -1;
        size_t length = snprintf(target, sizeof target, "../../video%d", d->number);
        if (length > size) length = size;
        memcpy(text, target, length);
        return length;
    }
    REAL(ssize_t, "readlink", const char *, char *, size_t);
    return real(path, text, size);
}

// libv4l asks sysfs for the name of a node that it was given by descriptor.
#define FOPEN(name) \
    EXPORT FILE *name(const char *path, const char *mode) { \
        int number, end = 0, count; \
        struct device *all = fake_devices(&count); \
        if (path && sscanf(path, "/sys/dev/char/81:%d/uevent%n", &number, &end) == 1 && end && !path[end]) \
            for (int i = 0; i < count; i++) \
                if (all[i].number == number) { \
                    FILE *file = tmpfile(); \
                    if (file) fprintf(file, "MAJOR=81\nMINOR=%d\nDEVNAME=video%d\n", number, number), rewind(file); \
                    return file; \
                } \
        REAL(FILE *, #name, const char *, const char *); \
        return real(path, mode); \
    }
FOPEN(fopen)
FOPEN(fopen64)

// --- Listing folders

enum listing { NOTHING, NODES, PATH_LINKS, ID_LINKS };
static struct { DIR *folder; enum listing listing; int next; } listings[16];
static pthread_mutex_t listing_lock = PTHREAD_MUTEX_INITIALIZER;

EXPORT DIR *opendir(const char *path) {
    REAL(DIR *, "opendir", const char *);
    int count;
    fake_devices(&count);
    enum listing listing = !count ? NOTHING
        : !strcmp(path, "/dev") || !strcmp(path, "/dev/") ? NODES
        : !strcmp(path, by_path) ? PATH_LINKS : !strcmp(path, by_id) ? ID_LINKS : NOTHING;
    DIR *folder = real(path);
    // The folders of links exist only where udev made them; any folder will do as a handle.
    if (!folder && listing > NODES) folder = real("/");
    if (!folder || listing == NOTHING) return folder;
    pthread_mutex_lock(&listing_lock);
    for (int i = 0; i < 16; i++)
        if (!listings[i].folder) {
            listings[i].folder = folder, listings[i].listing = listing, listings[i].next = 0;
            break;
        }
    pthread_mutex_unlock(&listing_lock);
    return folder;
}

EXPORT int closedir(DIR *folder) {
    REAL(int, "closedir", DIR *);
    pthread_mutex_lock(&listing_lock);
    for (int i = 0; i < 16; i++)
        if (listings[i].folder == folder) listings[i].folder = 0;
    pthread_mutex_unlock(&listing_lock);
    return real(folder);
}

// The name of the next fake entry; 0 when there is none.
static int next_name(int slot, char *text, size_t size) {
    int count;
    struct device *all = fake_devices(&count);
    while (listings[slot].next < count) {
        struct device *d = &all[listings[slot].next++];
        if (!d->is_plugged) continue;
        if (listings[slot].listing == NODES) snprintf(text, size, "video%d", d->number);
        else link_name(d, listings[slot].listing == ID_LINKS, text, size);
        return 1;
    }
    return 0;
}

static int slot_of(DIR *folder) {
    for (int i = 0; i < 16; i++)
        if (listings[i].folder == folder) return i;
    return -1;
}

#define READDIR(name, structure) \
    EXPORT struct structure *name(DIR *folder) { \
        REAL(struct structure *, #name, DIR *); \
        static __thread struct structure entry; \
        pthread_mutex_lock(&listing_lock); \
        int slot = slot_of(folder), found = 0; \
        if (slot >= 0 && (found = next_name(slot, entry.d_name, sizeof entry.d_name))) \
            entry.d_type = listings[slot].listing == NODES ? DT_CHR : DT_LNK; \
        int is_only_fake = slot >= 0 && listings[slot].listing != NODES; \
        pthread_mutex_unlock(&listing_lock); \
        if (found) return &entry; \
        return is_only_fake ? 0 : real(folder); \
    }
READDIR(readdir, dirent)
READDIR(readdir64, dirent64)

// --- libv4l2 goes through syscall(2)

EXPORT long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a[6];
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    struct device *d;
    switch (number) {
    case SYS_openat:
        if ((d = at((const char *)a[1]))) return open_fake(d, a[2]);
        break;
#ifdef SYS_open
    case SYS_open:
        if ((d = at((const char *)a[0]))) return open_fake(d, a[1]);
        break;
#endif
    case SYS_ioctl:
        if ((d = fake_find(a[0]))) return ioctl_fake(d, a[0], a[1], (void *)a[2]);
        break;
    case SYS_mmap:
        if (fake_find(a[4])) return (long)mmap((void *)a[0], a[1], a[2], a[3], a[4], a[5]);
        break;
    case SYS_munmap:
        device_note_unmap((void *)a[0]);
        break;
    case SYS_close:
        if (fake_find(a[0])) return close(a[0]);
        break;
    }
    REAL(long, "syscall", long, ...);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
