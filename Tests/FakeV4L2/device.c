// Plays the driver: the ioctls of a UVC camera on videobuf2, and a thread that fills buffers at the frame rate.
#define _GNU_SOURCE
#include "fake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t fake_changed = PTHREAD_COND_INITIALIZER;

enum { IDLE_FLAGS = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC };

static int fail(int code) {
    errno = code;
    return -1;
}

struct device *fake_find(int fd) {
    int count;
    struct device *all = fake_devices(&count);
    for (int i = 0; fd >= 0 && i < count; i++)
        for (int k = 0; k < MOST_OPENS; k++)
            if (__atomic_load_n(&all[i].opens[k].fd, __ATOMIC_RELAXED) == fd) return &all[i];
    return 0;
}

int device_is_gone(const struct device *d, int fd) {
    for (int k = 0; k < MOST_OPENS; k++)
        if (d->opens[k].fd == fd) return d->opens[k].generation != d->generation || !d->is_plugged;
    return 1;
}

// libv4l2 looks at V4L2_BUF_FLAG_MAPPED before it lets a format change.
void device_note_map(struct device *d, void *address, unsigned long offset) {
    int index = d->buffer_bytes ? offset / d->buffer_bytes : 0;
    if (index < d->buffer_count) d->mappings[index] = address;
}

void device_note_unmap(void *address) {
    int count;
    struct device *all = fake_devices(&count);
    for (int i = 0; address && i < count; i++)
        for (int k = 0; k < MOST_BUFFERS; k++)
            if (all[i].mappings[k] == address) all[i].mappings[k] = 0;
}

static void tell(const struct device *d, int index, struct v4l2_buffer *b) {
    *b = d->buffers[index];
    if (d->mappings[index]) b->flags |= V4L2_BUF_FLAG_MAPPED;
}

static void wake(int fd) {
    uint64_t one = 1;
    if (fd >= 0 && write(fd, &one, sizeof one) < 0) { /* full: it is readable already */ }
    pthread_cond_broadcast(&fake_changed);
}

static void drain(int fd) {
    uint64_t value;
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (read(fd, &value, sizeof value) == sizeof value) {}
    fcntl(fd, F_SETFL, flags);
}

// A call that does not return: for so many milliseconds, or for ever. Other calls go on, as in a kernel.
static void hang(long milliseconds) {
    if (!milliseconds) return;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds > 0 ? milliseconds / 1000 : 1L << 30;
    until.tv_nsec += milliseconds > 0 ? milliseconds % 1000 * 1000000 : 0;
    if (until.tv_nsec >= 1000000000L) until.tv_nsec -= 1000000000L, until.tv_sec++;
    while (pthread_cond_timedwait(&fake_changed, &fake_lock, &until) != ETIMEDOUT) {}
}

static void stop_stream(struct device *d) {
    d->is_streaming = d->has_failed = d->has_glitch = 0;
    d->stream++;
    d->waiting_count = d->filled_count = 0;
    for (int i = 0; i < d->buffer_count; i++) d->buffers[i].flags = IDLE_FLAGS;
    if (d->owner >= 0) drain(d->owner);
    pthread_cond_broadcast(&fake_changed);
}

static void free_buffers(struct device *d) {
    stop_stream(d);
    if (d->map) munmap(d->map, d->buffer_bytes * d->buffer_count);
    if (d->memory >= 0) close(d->memory);
    d->map = 0;
    d->memory = -1;
    d->buffer_count = 0;
    memset(d->mappings, 0, sizeof d->mappings);
    d->owner = -1;
}

// --- What a picture holds

static unsigned raw_bytes(uint32_t format, struct size s) {
    switch (format) {
    case V4L2_PIX_FMT_MJPEG: case V4L2_PIX_FMT_H264: case V4L2_PIX_FMT_HEVC: return 0;
    case V4L2_PIX_FMT_NV12: case V4L2_PIX_FMT_YUV420: case V4L2_PIX_FMT_YVU420: case V4L2_PIX_FMT_NV21: return s.width * s.height * 3 / 2;
    case V4L2_PIX_FMT_YUYV: case V4L2_PIX_FMT_UYVY: case V4L2_PIX_FMT_YVYU: case V4L2_PIX_FMT_VYUY: case V4L2_PIX_FMT_NV16: case V4L2_PIX_FMT_YUV422P:
    case V4L2_PIX_FMT_Y10: case V4L2_PIX_FMT_Y12: case V4L2_PIX_FMT_Y14: case V4L2_PIX_FMT_Y16: return s.width * s.height * 2;
    case V4L2_PIX_FMT_RGB24: case V4L2_PIX_FMT_BGR24: case V4L2_PIX_FMT_NV24: case V4L2_PIX_FMT_NV42: return s.width * s.height * 3;
    default: return s.width * s.height;  // GREY and 8-bit Bayer
    }
}

static int is_video(uint32_t format) { return format == V4L2_PIX_FMT_H264 || format == V4L2_PIX_FMT_HEVC; }

// Bytes from row to row of the first plane.
static unsigned row_bytes(uint32_t format, unsigned width) {
    switch (format) {
    case V4L2_PIX_FMT_YUYV: case V4L2_PIX_FMT_UYVY: case V4L2_PIX_FMT_YVYU: case V4L2_PIX_FMT_VYUY:
    case V4L2_PIX_FMT_Y10: case V4L2_PIX_FMT_Y12: case V4L2_PIX_FMT_Y14: case V4L2_PIX_FMT_Y16: return width * 2;
    case V4L2_PIX_FMT_RGB24: case V4L2_PIX_FMT_BGR24: return width * 3;
    default: return width;
    }
}

static int fits(const struct device *d, const struct picture *p, int any_size) {
    if (p->format != d->format || p->is_other != fault_at(d, "other", 0)) return 0;
    if (is_video(p->format)) return 1;
    if (p->format != V4L2_PIX_FMT_MJPEG) return p->length == raw_bytes(d->format, d->size);
    return any_size || (p->size.width == d->size.width && p->size.height == d->size.height);
}

// The picture to send now; null: a pattern.
static const struct picture *choose(struct device *d) {
    int resize = fault_at(d, "resize", 0), any_size = 0, count = 0;
    for (int i = 0; i < d->picture_count; i++) count += fits(d, &d->pictures[i], 0);
    if (!count || resize) any_size = 1, count = 0;
    for (int i = 0; any_size && i < d->picture_count; i++)
        count += fits(d, &d->pictures[i], 1) && !(resize && fits(d, &d->pictures[i], 0));
    if (!count) return 0;
    long frozen = fault_since(d, "frozen");
    unsigned long place = frozen < 0 ? d->produced : (unsigned long)frozen;
    if (d->has_range) place = d->first + place % (d->last - d->first + 1);
    if (place >= (unsigned long)count && d->end == END_HOLD) place = count - 1;
    place %= count;
    for (int i = 0; i < d->picture_count; i++)
        if (fits(d, &d->pictures[i], any_size) && !(resize && fits(d, &d->pictures[i], 0)) && place-- == 0) return &d->pictures[i];
    return 0;
}

static int has_ended(const struct device *d) {
    unsigned long count = 0;
    for (int i = 0; i < d->picture_count; i++) count += fits(d, &d->pictures[i], 0);
    return d->end == END_UNPLUG && count && d->produced >= count;
}

static size_t write_pattern(struct device *d, unsigned char *to) {
    size_t n = raw_bytes(d->format, d->size);
    if (!n) return 1;  // video cannot be made here: a byte that means nothing
    unsigned shift = d->produced * 4;
    if (d->format == V4L2_PIX_FMT_YUYV)
        for (size_t k = 0; k + 1 < n; k += 2) to[k] = 16 + (k / 2 + shift) % 220, to[k + 1] = 128;
    else
        for (size_t k = 0; k < n; k++) to[k] = k < (size_t)d->size.width * d->size.height ? 16 + (k + shift) % 220 : 128;
    return n;
}

// Copies a JPEG without its DHT segments.
static size_t copy_without_tables(unsigned char *to, const unsigned char *from, size_t n) {
    size_t i = 2, out = 2;
    memcpy(to, from, 2);
    while (i + 4 < n && from[i] == 0xFF && from[i + 1] != 0xDA) {
        size_t length = 2 + (from[i + 2] << 8 | from[i + 3]);
        if (i + length > n) break;
        if (from[i + 1] != 0xC4) memcpy(to + out, from + i, length), out += length;
        i += length;
    }
    memcpy(to + out, from + i, n - i);
    return out + n - i;
}

static void fill(struct device *d, struct v4l2_buffer *b) {
    unsigned char *to = d->map + b->index * d->buffer_bytes;
    const struct picture *p = choose(d);
    size_t n = d->buffer_bytes;
    if (!p) n = write_pattern(d, to);
    else if (p->format == V4L2_PIX_FMT_MJPEG && p->length <= n && fault_at(d, "nodht", 0)) n = copy_without_tables(to, p->bytes, p->length);
    else memcpy(to, p->bytes, n = p->length < n ? p->length : n);
    b->flags = IDLE_FLAGS | V4L2_BUF_FLAG_DONE;
    if (fault_at(d, "garbage", 0))
        for (size_t k = n / 3; k < 2 * n / 3; k++) to[k] = (unsigned char)(k * 2654435761u >> 13);
    if (fault_at(d, "truncate", 0)) n /= 3;
    if (fault_at(d, "error", 0)) b->flags |= V4L2_BUF_FLAG_ERROR, n /= 2;
    if (fault_at(d, "marked", 0)) b->flags |= V4L2_BUF_FLAG_ERROR;
    long argument = 0;
    if (fault_at(d, "cut", &argument)) n = n / 100 * (size_t)(argument > 0 ? argument : 97);
    if (fault_at(d, "stale", &argument))
        for (size_t k = argument > 0 ? argument : 2000; k && n < d->buffer_bytes; k--) to[n++] = (unsigned char)(1 + k * 2654435761u % 254);
    if (fault_at(d, "empty", 0)) n = 0;
    b->bytesused = n;
    b->sequence = d->sequence;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    b->timestamp.tv_sec = now.tv_sec - (fault_at(d, "backwards", 0) ? 1 : 0);
    b->timestamp.tv_usec = now.tv_nsec / 1000;
    if (fault_at(d, "nostamp", 0)) b->flags &= ~V4L2_BUF_FLAG_TIMESTAMP_MASK, b->timestamp.tv_sec = b->timestamp.tv_usec = 0;
}

// --- The sensor

void device_pull(struct device *d) {
    d->is_plugged = 0;
    d->generation++;
    int owner = d->owner;
    stop_stream(d);
    wake(owner);
}

static void unplug(struct device *d, long milliseconds) {
    device_pull(d);
    if (milliseconds <= 0) return;
    pthread_mutex_unlock(&fake_lock);
    usleep(milliseconds * 1000);
    pthread_mutex_lock(&fake_lock);
    d->is_plugged = 1;
}

// One picture; 0 ends the stream's thread.
static int tick(struct device *d) {
    long argument = 0;
    if (has_ended(d)) return unplug(d, 0), 0;
    if (fault_at(d, "unplug", &argument)) return d->produced++, unplug(d, argument), 0;
    if (fault_at(d, "stall", 0)) return d->produced++, 0;
    if (fault_at(d, "eio", 0)) return d->produced++, d->has_failed = 1, wake(d->owner), 0;
    if (fault_at(d, "late", &argument)) {
        int stream = d->stream;
        pthread_mutex_unlock(&fake_lock);
        usleep(argument * 1000);
        pthread_mutex_lock(&fake_lock);
        if (!d->is_streaming || d->stream != stream) return 0;
    }
    if (fault_at(d, "glitch", 0)) d->has_glitch = 1;
    if (fault_at(d, "hang", &argument) && !d->is_hanging) d->hang = argument;
    if (!d->waiting_count || fault_at(d, "drop", 0)) {
        d->produced++;
        d->sequence++;
        return 1;
    }
    int index = d->waiting[0];
    memmove(d->waiting, d->waiting + 1, --d->waiting_count * sizeof(int));
    fill(d, &d->buffers[index]);
    d->filled[d->filled_count++] = index;
    d->produced++;
    d->sequence++;
    wake(d->owner);
    return 1;
}

static void *sensor(void *argument) {
    struct device *d = argument;
    pthread_mutex_lock(&fake_lock);
    int stream = d->stream;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    do {
        next.tv_nsec += 1000000000L / (d->live_rate ? d->live_rate : d->rate);
        if (next.tv_nsec >= 1000000000L) next.tv_nsec -= 1000000000L, next.tv_sec++;
        pthread_mutex_unlock(&fake_lock);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, 0);
        pthread_mutex_lock(&fake_lock);
    } while (d->is_streaming && d->stream == stream && tick(d));
    pthread_mutex_unlock(&fake_lock);
    return 0;
}

static int start_stream(struct device *d, int fd) {
    if (d->owner != fd || !d->buffer_count) return fail(EINVAL);
    if (d->is_streaming) return 0;
    unsigned long load = (is_video(d->format) ? d->size.width * d->size.height / 20
        : d->format == V4L2_PIX_FMT_MJPEG ? d->size.width * d->size.height / 3 : raw_bytes(d->format, d->size)) * (unsigned long)d->rate;
    if (fault_of_call(d, "nospace") || (d->bandwidth && load > d->bandwidth)) return fail(ENOSPC);
    d->is_streaming = 1;
    d->sequence = 0;
    pthread_t thread;
    int code = pthread_create(&thread, 0, sensor, d);
    if (code) return d->is_streaming = 0, fail(code);
    pthread_detach(thread);
    return 0;
}

// --- The ioctls

static int query_capability(const struct device *d, struct v4l2_capability *c) {
    memset(c, 0, sizeof *c);
    strcpy((char *)c->driver, "uvcvideo");
    memcpy(c->card, d->card, sizeof d->card);
    snprintf((char *)c->bus_info, sizeof c->bus_info, "usb-fake-%d", d->number);
    c->version = 0x060100;
    c->device_caps = (d->is_meta ? V4L2_CAP_META_CAPTURE : V4L2_CAP_VIDEO_CAPTURE) | V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT;
    c->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static int offers(const struct device *d, uint32_t format) {
    for (int i = 0; i < d->format_count; i++)
        if (d->formats[i] == format) return 1;
    return 0;
}

static void describe(struct device *d, struct v4l2_pix_format *p) {
    unsigned raw = raw_bytes(d->format, d->size);
    memset(p, 0, sizeof *p);
    p->width = d->size.width;
    p->height = d->size.height;
    p->pixelformat = d->format;
    p->field = V4L2_FIELD_NONE;
    p->bytesperline = raw ? row_bytes(d->format, p->width) : 0;
    p->sizeimage = raw ? raw : p->width * p->height * 2;
    p->colorspace = raw ? V4L2_COLORSPACE_SRGB : V4L2_COLORSPACE_JPEG;
    if (fault_of_call(d, "sizezero")) p->sizeimage = 0;
    if (fault_of_call(d, "shortrows")) p->bytesperline = p->width / 2;
}

static int set_format(struct device *d, int fd, struct v4l2_format *f, int is_trial) {
    if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
    if (!is_trial && ((d->owner >= 0 && d->buffer_count) || fault_of_call(d, "busy"))) return fail(EBUSY);
    (void)fd;
    uint32_t format = d->format;
    struct size size = d->size;
    if (offers(d, f->fmt.pix.pixelformat)) d->format = f->fmt.pix.pixelformat;
    unsigned best = ~0u;
    for (int i = 0; i < d->size_count; i++) {
        unsigned distance = abs((int)d->sizes[i].width - (int)f->fmt.pix.width) + abs((int)d->sizes[i].height - (int)f->fmt.pix.height);
        if (distance < best) best = distance, d->size = d->sizes[i];
    }
    describe(d, &f->fmt.pix);
    if (is_trial) d->format = format, d->size = size;
    return 0;
}

static int set_rate(struct device *d, struct v4l2_streamparm *p, int is_get) {
    if (p->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
    if (fault_of_call(d, "noparm")) return fail(ENOTTY);
    struct v4l2_fract wanted = p->parm.capture.timeperframe;
    if (!is_get && wanted.numerator && wanted.denominator) {
        unsigned rate = wanted.denominator / wanted.numerator;
        d->rate = rate < 1 ? 1 : rate > d->top_rate ? d->top_rate : rate;
    }
    memset(&p->parm, 0, sizeof p->parm);
    p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    p->parm.capture.timeperframe = (struct v4l2_fract){1, d->rate};
    p->parm.capture.readbuffers = 2;
    return 0;
}

static int request_buffers(struct device *d, int fd, struct v4l2_requestbuffers *r) {
    if (r->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || r->memory != V4L2_MEMORY_MMAP) return fail(EINVAL);
    if ((d->owner >= 0 && d->owner != fd) || d->is_streaming) return fail(EBUSY);
    free_buffers(d);
    int count = r->count > MOST_BUFFERS ? MOST_BUFFERS : (int)r->count;
    for (int i = 0; i < d->fault_count; i++)
        if (!strcmp(d->faults[i].name, "buffers") && count > d->faults[i].argument) count = d->faults[i].argument;
    r->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP;
    r->count = count;
    if (!count) return 0;
    size_t length = d->size.width * d->size.height * 3;
    d->buffer_bytes = (length + 4095) & ~4095UL;
    d->memory = memfd_create("fake-camera", MFD_CLOEXEC);
    if (d->memory < 0 || ftruncate(d->memory, d->buffer_bytes * count)) return fail(ENOMEM);
    void *map = mmap(0, d->buffer_bytes * count, PROT_READ | PROT_WRITE, MAP_SHARED, d->memory, 0);
    if (map == MAP_FAILED) return fail(ENOMEM);
    d->map = map;
    d->buffer_count = count;
    d->owner = fd;
    for (int i = 0; i < count; i++)
        d->buffers[i] = (struct v4l2_buffer){.index = i, .type = r->type, .memory = r->memory, .length = d->buffer_bytes,
            .m.offset = i * d->buffer_bytes, .flags = IDLE_FLAGS, .field = V4L2_FIELD_NONE};
    return 0;
}

static int queue(struct device *d, int fd, struct v4l2_buffer *b) {
    if (d->owner != fd || (int)b->index >= d->buffer_count || b->memory != V4L2_MEMORY_MMAP) return fail(EINVAL);
    struct v4l2_buffer *own = &d->buffers[b->index];
    if (own->flags & (V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE)) return fail(EINVAL);
    if (d->has_failed) return fail(EIO);
    own->flags = IDLE_FLAGS | V4L2_BUF_FLAG_QUEUED;
    d->waiting[d->waiting_count++] = b->index;
    b->flags = own->flags;
    return 0;
}

static int dequeue(struct device *d, int fd, struct v4l2_buffer *b) {
    if (d->owner != fd || !d->is_streaming) return fail(EINVAL);
    int is_nonblocking = fcntl(fd, F_GETFL) & O_NONBLOCK;
    while (!d->filled_count && !d->has_failed && d->is_streaming) {
        if (is_nonblocking) return fail(EAGAIN);
        pthread_cond_wait(&fake_changed, &fake_lock);
        if (device_is_gone(d, fd)) return fail(ENODEV);
    }
    long milliseconds = d->hang;
    d->hang = 0;
    d->is_hanging = 1;
    hang(milliseconds);
    d->is_hanging = 0;
    if (!d->is_streaming) return fail(EINVAL);
    if (d->has_failed) return fail(EIO);
    if (d->has_glitch) return d->has_glitch = 0, fail(EIO);
    uint64_t value;
    if (read(fd, &value, sizeof value) < 0) { /* counted down already */ }
    struct v4l2_buffer *own = &d->buffers[d->filled[0]];
    memmove(d->filled, d->filled + 1, --d->filled_count * sizeof(int));
    own->flags &= ~(V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_QUEUED);
    tell(d, own->index, b);
    own->flags = IDLE_FLAGS;
    return 0;
}

static int enumerate(struct device *d, unsigned long request, void *argument) {
    if (request == VIDIOC_ENUM_FMT) {
        struct v4l2_fmtdesc *f = argument;
        if ((int)f->index >= d->format_count || f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
        uint32_t format = d->formats[f->index];
        f->pixelformat = format;
        f->flags = !raw_bytes(format, d->sizes[0]) ? V4L2_FMT_FLAG_COMPRESSED : 0;
        snprintf((char *)f->description, sizeof f->description, "Fake %.4s", (char *)&format);
        return 0;
    }
    if (fault_of_call(d, "nosizes")) return fail(ENOTTY);
    if (request == VIDIOC_ENUM_FRAMESIZES) {
        struct v4l2_frmsizeenum *f = argument;
        if ((int)f->index >= d->size_count || !offers(d, f->pixel_format)) return fail(EINVAL);
        f->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        f->discrete.width = d->sizes[f->index].width;
        f->discrete.height = d->sizes[f->index].height;
        return 0;
    }
    struct v4l2_frmivalenum *f = argument;
    static const unsigned divisors[] = {1, 2, 6};
    if (f->index > 2 || !offers(d, f->pixel_format) || d->top_rate < divisors[f->index]) return fail(EINVAL);
    f->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    f->discrete = (struct v4l2_fract){1, d->top_rate / divisors[f->index]};
    return 0;
}

static int input(unsigned long request, void *argument) {
    if (request == VIDIOC_G_INPUT) return *(int *)argument = 0;
    if (request == VIDIOC_S_INPUT) return *(int *)argument ? fail(EINVAL) : 0;
    struct v4l2_input *in = argument;
    if (in->index) return fail(EINVAL);
    memset(in, 0, sizeof *in);
    strcpy((char *)in->name, "Camera 1");
    in->type = V4L2_INPUT_TYPE_CAMERA;
    return 0;
}

int device_ioctl(struct device *d, int fd, unsigned long request, void *argument) {
    if (device_is_gone(d, fd)) return fail(ENODEV);
    if (request == VIDIOC_QUERYCAP) return query_capability(d, argument);
    if (d->is_meta) return fail(ENOTTY);
    switch (request) {
    case VIDIOC_ENUM_FMT: case VIDIOC_ENUM_FRAMESIZES: case VIDIOC_ENUM_FRAMEINTERVALS: return enumerate(d, request, argument);
    case VIDIOC_G_FMT: {
        struct v4l2_format *f = argument;
        if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
        describe(d, &f->fmt.pix);
        return 0;
    }
    case VIDIOC_S_FMT: return set_format(d, fd, argument, 0);
    case VIDIOC_TRY_FMT: return set_format(d, fd, argument, 1);
    case VIDIOC_G_PARM: return set_rate(d, argument, 1);
    case VIDIOC_S_PARM: return set_rate(d, argument, 0);
    case VIDIOC_ENUMINPUT: case VIDIOC_G_INPUT: case VIDIOC_S_INPUT: return input(request, argument);
    case VIDIOC_G_PRIORITY: *(int *)argument = V4L2_PRIORITY_DEFAULT; return 0;
    case VIDIOC_S_PRIORITY: return 0;
    case VIDIOC_REQBUFS: return request_buffers(d, fd, argument);
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *b = argument;
        if ((int)b->index >= d->buffer_count) return fail(EINVAL);
        tell(d, b->index, b);
        return 0;
    }
    case VIDIOC_QBUF: return queue(d, fd, argument);
    case VIDIOC_DQBUF: return dequeue(d, fd, argument);
    case VIDIOC_STREAMON: return start_stream(d, fd);
    case VIDIOC_STREAMOFF: hang(hang_of_call(d, "hangoff")); stop_stream(d); return 0;
    default: return fail(ENOTTY);  // controls, events, standards: as a driver without them
    }
}

int device_open(struct device *d, int flags) {
    if (!d->is_plugged) return fail(ENOENT);
    if (fault_of_call(d, "denied")) return fail(EACCES);
    for (int k = 0; k < MOST_OPENS; k++) {
        if (d->opens[k].fd >= 0) continue;
        int fd = eventfd(0, EFD_SEMAPHORE | (flags & O_NONBLOCK ? EFD_NONBLOCK : 0) | (flags & O_CLOEXEC ? EFD_CLOEXEC : 0));
        d->opens[k] = (struct open_file){fd, d->generation};
        return fd;
    }
    return fail(EMFILE);
}

void device_close(struct device *d, int fd) {
    hang(hang_of_call(d, "hangclose"));
    if (d->owner == fd) free_buffers(d);
    for (int k = 0; k < MOST_OPENS; k++)
        if (d->opens[k].fd == fd) d->opens[k].fd = -1;
}
