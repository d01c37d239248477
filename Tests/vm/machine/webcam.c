// A USB webcam as the kernel's driver uvcvideo sees it: USB video class 1.0, 640x360 YUYV, 5 pictures a second, over a bulk
// endpoint. The kernel's gadgetfs makes a device of this process: it is plugged in while the process lives.
// Usage: webcam FOLDER/CONTROLLER        (FOLDER: where gadgetfs is mounted, CONTROLLER: the one file there)
//
// Bulk, because the host controller dummy_hcd, which is wired to the device, does not carry isochronous transfers.
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <linux/usb/ch9.h>
#include <linux/usb/gadgetfs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { width = 640, height = 360, frame_bytes = width * height * 2, frames_per_second = 5 };
// Of one transfer, its header of two bytes included.
enum { payload_bytes = 16384, header_bytes = 2 };
// Requests and selectors of the video class.
enum { set_cur = 0x01, get_cur = 0x81, get_min, get_max, get_res, get_len, get_info, get_def };
enum { probe_control = 1, commit_control = 2, control_bytes = 26, streaming_interface = 1 };

#define WORD(x) (x) & 255, (x) >> 8 & 255
#define LONG(x) (x) & 255, (x) >> 8 & 255, (x) >> 16 & 255, (x) >> 24 & 255
#define INTERVAL (10000000 / frames_per_second)
#define CONTROL_DESCRIPTORS_BYTES (13 + 18 + 9)
#define STREAM_DESCRIPTORS_BYTES (14 + 27 + 30)
#define ENDPOINT(most) 7, USB_DT_ENDPOINT, 0x81, USB_ENDPOINT_XFER_BULK, WORD(most), 0
#define CONFIGURATION(most)                                                                                            \
    9, USB_DT_CONFIG, WORD(9 + 8 + 9 + CONTROL_DESCRIPTORS_BYTES + 9 + STREAM_DESCRIPTORS_BYTES + 7), 2, 1, 0, 0x80, 50, \
        /* both interfaces are one function */ 8, USB_DT_INTERFACE_ASSOCIATION, 0, 2, USB_CLASS_VIDEO, 3, 0, 0,          \
        /* control: a camera that leads to the stream, without controls */ 9, USB_DT_INTERFACE, 0, 0, 0, USB_CLASS_VIDEO, 1, 0, 0, \
        13, 0x24, 1, WORD(0x100), WORD(CONTROL_DESCRIPTORS_BYTES), LONG(6000000), 1, streaming_interface,              \
        18, 0x24, 2, 1, WORD(0x201), 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0,                                               \
        9, 0x24, 3, 3, WORD(0x101), 0, 1, 0,                                                                           \
        /* the stream: one format with one size and one rate */ 9, USB_DT_INTERFACE, streaming_interface, 0, 1, USB_CLASS_VIDEO, 2, 0, 0, \
        14, 0x24, 1, 1, WORD(14 + 27 + 30), 0x81, 0, 3, 0, 0, 0, 1, 0,                                                 \
        27, 0x24, 4, 1, 1, 'Y', 'U', 'Y', '2', 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71, 16, 1, 0, 0, 0, 0, \
        30, 0x24, 5, 1, 0, WORD(width), WORD(height), LONG(frame_bytes * 8 * frames_per_second),                       \
        LONG(frame_bytes * 8 * frames_per_second), LONG(frame_bytes), LONG(INTERVAL), 1, LONG(INTERVAL), ENDPOINT(most)

static const unsigned char full_speed[] = {CONFIGURATION(64)}, high_speed[] = {CONFIGURATION(512)};
static const unsigned char device[] = {
    18, USB_DT_DEVICE, WORD(0x200), USB_CLASS_MISC, 2, 1, 64, WORD(0x1d6b), WORD(0x0102), WORD(0x100), 1, 2, 3, 1};
static const char *const strings[] = {"", "Porchlight", "Test Webcam", "1"};

static char endpoint_path[256];
static int endpoint = -1;
static volatile int streams;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// Grey that gets brighter to the right, with a sensor's noise: without it every picture would be the same one.
static void draw(unsigned char *frame) {
    for (int at = 0; at < frame_bytes; at += 2) {
        frame[at] = 40 + at / 2 % width / 4 + (rand() >> 8 & 7);
        frame[at + 1] = 128;
    }
}

// Sends pictures for as long as somebody wants them.
static void *send_pictures(void *unused) {
    static unsigned char frame[frame_bytes], payload[payload_bytes];
    unsigned char toggle = 0;
    for (;; toggle ^= 1) {
        usleep(1000000 / frames_per_second);
        if (!streams) continue;
        draw(frame);
        for (int sent = 0; sent < frame_bytes && streams;) {
            int part = frame_bytes - sent < payload_bytes - header_bytes ? frame_bytes - sent : payload_bytes - header_bytes;
            payload[0] = header_bytes;
            payload[1] = 0x80 | toggle | (sent + part == frame_bytes ? 2 : 0);
            memcpy(payload + header_bytes, frame + sent, part);
            if (write(endpoint, payload, part + header_bytes) < 0) {
                if (errno == ESHUTDOWN) streams = 0;
                break;
            }
            sent += part;
        }
    }
    return unused;
}

// What is agreed upon: there is one choice.
static int terms(unsigned char *to) {
    const unsigned char all[control_bytes] = {
        1, 0, 1, 1, LONG(INTERVAL), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, LONG(frame_bytes), LONG(payload_bytes)};
    memcpy(to, all, sizeof all);
    return sizeof all;
}

// The answer's length, or -1 for what is not known.
static int answer(const struct usb_ctrlrequest *setup, unsigned char *to) {
    int selector = setup->wValue >> 8;
    if ((setup->bRequestType & USB_TYPE_MASK) == USB_TYPE_STANDARD) {
        int number = setup->wValue & 255;
        if (setup->bRequest != USB_REQ_GET_DESCRIPTOR || selector != USB_DT_STRING || number > 3) return -1;
        int length = 2;
        if (number == 0) {
            to[length++] = 9, to[length++] = 4; // American English
        } else {
            for (const char *letter = strings[number]; *letter; letter++) to[length++] = *letter, to[length++] = 0;
        }
        to[0] = length, to[1] = USB_DT_STRING;
        return length;
    }
    if (setup->wIndex != streaming_interface || (selector != probe_control && selector != commit_control)) return -1;
    switch (setup->bRequest) {
    case get_cur: case get_min: case get_max: case get_def: return terms(to);
    case get_res: memset(to, 0, control_bytes); return control_bytes;
    case get_len: to[0] = control_bytes, to[1] = 0; return 2;
    case get_info: to[0] = 3; return 1;
    default: return -1;
    }
}

static void open_endpoint(void) {
    if (endpoint >= 0) return;
    const unsigned char descriptors[] = {LONG(1), ENDPOINT(64), ENDPOINT(512)};
    endpoint = open(endpoint_path, O_RDWR);
    if (endpoint < 0 || write(endpoint, descriptors, sizeof descriptors) < 0) fail(endpoint_path);
}

// Answers a request of the host. Reading nothing acknowledges what was sent to us; the wrong direction refuses it.
static void handle(int control, const struct usb_ctrlrequest *setup) {
    unsigned char buffer[256];
    int is_in = setup->bRequestType & USB_DIR_IN;
    if (is_in) {
        int length = answer(setup, buffer);
        if (length > setup->wLength) length = setup->wLength;
        if (length < 0 ? read(control, buffer, 0) : write(control, buffer, length)) {}
    } else if ((setup->bRequestType & USB_TYPE_MASK) == USB_TYPE_STANDARD) {
        if (setup->bRequest == USB_REQ_SET_CONFIGURATION && setup->wValue) open_endpoint();
        if (read(control, buffer, 0)) {}
    } else if (setup->wIndex == streaming_interface && setup->bRequest == set_cur && setup->wLength <= sizeof buffer) {
        if (read(control, buffer, setup->wLength) > 0 && setup->wValue >> 8 == commit_control) streams = 1;
    } else if (write(control, buffer, 0)) {
    }
}

int main(int count, char **words) {
    if (count != 2) return 64;
    snprintf(endpoint_path, sizeof endpoint_path, "%.*s/ep1in-bulk", (int)(strrchr(words[1], '/') - words[1]), words[1]);
    int control = open(words[1], O_RDWR);
    if (control < 0) fail(words[1]);
    unsigned char all[4 + sizeof full_speed + sizeof high_speed + sizeof device] = {0};
    memcpy(all + 4, full_speed, sizeof full_speed);
    memcpy(all + 4 + sizeof full_speed, high_speed, sizeof high_speed);
    memcpy(all + 4 + sizeof full_speed + sizeof high_speed, device, sizeof device);
    if (write(control, all, sizeof all) < 0) fail("descriptors");
    pthread_t sender;
    if (pthread_create(&sender, NULL, send_pictures, NULL)) fail("thread");
    for (;;) {
        struct usb_gadgetfs_event events[5];
        ssize_t length = read(control, events, sizeof events);
        if (length < 0 && errno != EINTR && errno != EAGAIN && errno != EL2HLT && errno != EIDRM) fail("events");
        for (int at = 0; at < length / (ssize_t)sizeof *events; at++) {
            if (events[at].type == GADGETFS_DISCONNECT) streams = 0;
            if (events[at].type == GADGETFS_SETUP) handle(control, &events[at].u.setup);
        }
    }
}
