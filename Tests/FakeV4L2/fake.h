// What the files of the fake camera share.
#pragma once
#include <linux/videodev2.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { MOST_DEVICES = 8, MOST_OPENS = 16, MOST_BUFFERS = 32, MOST_FAULTS = 64, MOST_SIZES = 16, MOST_FORMATS = 8, MOST_LIVE_FAULTS = 16 };
enum { FOR_EVER = -1 };
enum end { END_LOOP, END_HOLD, END_UNPLUG };

struct size { unsigned width, height; };

struct fault {
    char name[16];
    unsigned long from, to;  // pictures
    long argument;           // FOR_EVER when absent
};

struct picture {
    unsigned char *bytes;
    size_t length;
    uint32_t format;
    struct size size;  // of JPEGs; 0 for raw ones
    int is_other;      // sent while the fault `other` lasts
};

struct open_file {
    int fd;          // an eventfd that counts filled buffers; -1: free
    int generation;  // of the plug when it was opened
};

struct device {
    // From the environment.
    int number, is_meta;
    char card[32];
    uint32_t formats[MOST_FORMATS];
    int format_count;
    struct size sizes[MOST_SIZES];
    int size_count;
    unsigned top_rate;
    unsigned long bandwidth;
    enum end end;
    struct fault faults[MOST_FAULTS];
    int fault_count;
    struct picture *pictures;
    int picture_count;
    char control[256];  // path of a file with what a test says while it runs; empty: none
    struct stat control_seen;

    // Guarded by `fake_lock`.
    int is_plugged, generation;
    struct fault live[MOST_LIVE_FAULTS];  // as long as they stand in the control file
    int live_count, has_range;
    unsigned live_rate;         // pictures per second whatever was agreed; 0: as agreed
    unsigned long first, last;  // the pictures that are shown in a loop, if has_range
    struct open_file opens[MOST_OPENS];
    uint32_t format;
    struct size size;
    unsigned rate;
    int owner;  // the fd that has the buffers; -1: none
    int is_streaming, stream, has_failed, has_glitch;
    int is_hanging;
    long hang;  // of the next DQBUF in milliseconds; 0: none
    unsigned long produced;  // pictures since the program started
    unsigned sequence;
    int buffer_count;
    size_t buffer_bytes;
    int memory;  // memfd behind the buffers
    unsigned char *map;
    struct v4l2_buffer buffers[MOST_BUFFERS];
    void *mappings[MOST_BUFFERS];  // where the program mapped them
    int waiting[MOST_BUFFERS], waiting_count;  // to be filled
    int filled[MOST_BUFFERS], filled_count;
};

extern pthread_mutex_t fake_lock;
extern pthread_cond_t fake_changed;

// spec.c: devices as the environment describes them, made at the first call.
struct device *fake_devices(int *count);
int fault_at(const struct device *, const char *name, long *argument);  // at the picture that is next
void fake_read_fault(struct fault *, char *text);
long fault_since(const struct device *, const char *name);              // its first picture; -1: not now
int fault_of_call(struct device *, const char *name);                    // counts itself down
long hang_of_call(struct device *, const char *name);                    // milliseconds, once; 0: none

// control.c
void fake_watch_control(void);

// device.c; all but fake_find and device_note_unmap need fake_lock.
struct device *fake_find(int fd);
int device_open(struct device *, int flags);
void device_close(struct device *, int fd);
int device_ioctl(struct device *, int fd, unsigned long request, void *argument);
void device_note_map(struct device *, void *address, unsigned long offset);
void device_note_unmap(void *address);
void device_pull(struct device *);  // out of its socket
int device_is_gone(const struct device *, int fd);
