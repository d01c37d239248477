// Reads FAKE_V4L2 and the folders of pictures.
#define _GNU_SOURCE
#include "fake.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct device devices[MOST_DEVICES];
static int device_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t fourcc(const char *text) {
    uint32_t code = 0;
    for (int i = 3; i >= 0; i--) code = code << 8 | (unsigned char)(i < (int)strlen(text) ? text[i] : ' ');
    return code;
}

// The size that the first SOF segment of a JPEG tells (ITU-T T.81, B.2.2).
static struct size jpeg_size(const unsigned char *b, size_t n) {
    for (size_t i = 2; i + 9 < n && b[i] == 0xFF; i += 2 + (b[i + 2] << 8 | b[i + 3]))
        if (b[i + 1] >= 0xC0 && b[i + 1] <= 0xC3) return (struct size){b[i + 7] << 8 | b[i + 8], b[i + 5] << 8 | b[i + 6]};
    return (struct size){0, 0};
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void load_picture(struct device *d, const char *folder, const char *name) {
    static const struct { const char *ending, *format; } kinds[] = {
        {".jpg", "MJPG"}, {".jpeg", "MJPG"}, {".yuyv", "YUYV"}, {".nv12", "NV12"}, {".grey", "GREY"},
        {".h264", "H264"}, {".hevc", "HEVC"}, {".nv16", "NV16"}, {".rgb3", "RGB3"}};
    const char *ending = strrchr(name, '.'), *format = 0;
    for (size_t i = 0; ending && i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(ending, kinds[i].ending)) format = kinds[i].format;
    if (!format) return;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) return;
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    unsigned char *bytes = length > 0 ? malloc(length) : 0;
    if (bytes && fread(bytes, 1, length, file) == (size_t)length) {
        d->pictures = realloc(d->pictures, (d->picture_count + 1) * sizeof *d->pictures);
        struct picture *p = &d->pictures[d->picture_count++];
        *p = (struct picture){bytes, length, fourcc(format), {0, 0}, 0};
        if (!strcmp(format, "MJPG")) p->size = jpeg_size(bytes, length);
    }
    fclose(file);
}

static void load_pictures(struct device *d, const char *folder, int is_other) {
    int before = d->picture_count;
    struct dirent **entries;
    int count = scandir(folder, &entries, 0, by_name);
    if (count < 0) fprintf(stderr, "fake camera: no folder %s\n", folder);
    for (int i = 0; i < count; i++) {
        load_picture(d, folder, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    for (int i = before; i < d->picture_count; i++) d->pictures[i].is_other = is_other;
}

// NAME@N, NAME@N-M, NAME@N+, NAME; then :ARG.
void fake_read_fault(struct fault *f, char *text) {
    *f = (struct fault){.to = ~0UL, .argument = FOR_EVER};
    char *colon = strchr(text, ':'), *at = strchr(text, '@');
    if (colon) { f->argument = atol(colon + 1); *colon = 0; }
    if (at) {
        char *end;
        f->from = f->to = strtoul(at + 1, &end, 10);
        if (*end == '+') f->to = ~0UL;
        if (*end == '-') f->to = strtoul(end + 1, 0, 10);
        *at = 0;
    }
    snprintf(f->name, sizeof f->name, "%s", text);
}

static void add_fault(struct device *d, char *text) {
    if (d->fault_count < MOST_FAULTS) fake_read_fault(&d->faults[d->fault_count++], text);
}

static void each(char *list, struct device *d, void (*add)(struct device *, char *)) {
    char *rest = 0;
    for (char *word = strtok_r(list, ",", &rest); word; word = strtok_r(0, ",", &rest)) add(d, word);
}

static void add_format(struct device *d, char *text) {
    if (d->format_count < MOST_FORMATS) d->formats[d->format_count++] = fourcc(text);
}

static void add_size(struct device *d, char *text) {
    struct size s;
    if (d->size_count < MOST_SIZES && sscanf(text, "%ux%u", &s.width, &s.height) == 2) d->sizes[d->size_count++] = s;
}

static void read_word(struct device *d, char *word) {
    char *value = strchr(word, '=');
    if (!value) {
        if (!strcmp(word, "meta")) d->is_meta = 1;
        else d->number = atoi(word);
        return;
    }
    *value++ = 0;
    if (!strcmp(word, "frames")) load_pictures(d, value, 0);
    else if (!strcmp(word, "other")) load_pictures(d, value, 1);
    else if (!strcmp(word, "formats")) each(value, d, add_format);
    else if (!strcmp(word, "sizes")) each(value, d, add_size);
    else if (!strcmp(word, "fps")) d->top_rate = atoi(value);
    else if (!strcmp(word, "bandwidth")) d->bandwidth = strtoul(value, 0, 10);
    else if (!strcmp(word, "card")) snprintf(d->card, sizeof d->card, "%s", value);
    else if (!strcmp(word, "faults")) each(value, d, add_fault);
    else if (!strcmp(word, "control")) snprintf(d->control, sizeof d->control, "%s", value);
    else if (!strcmp(word, "end")) d->end = !strcmp(value, "hold") ? END_HOLD : !strcmp(value, "unplug") ? END_UNPLUG : END_LOOP;
    else fprintf(stderr, "fake camera: unknown word %s\n", word);
}

static void read_device(char *text) {
    struct device *d = &devices[device_count];
    *d = (struct device){.number = -1, .top_rate = 30, .is_plugged = 1, .owner = -1, .memory = -1, .card = "Fake_Camera"};
    for (int i = 0; i < MOST_OPENS; i++) d->opens[i].fd = -1;
    char *rest = 0;
    for (char *word = strtok_r(text, " \t\n", &rest); word; word = strtok_r(0, " \t\n", &rest)) read_word(d, word);
    if (d->number < 0) return;
    if (!d->size_count) d->sizes[d->size_count++] = (struct size){640, 480};
    int jpegs = 0;
    for (int i = 0; i < d->picture_count; i++) jpegs += d->pictures[i].format == V4L2_PIX_FMT_MJPEG;
    if (!d->format_count) d->formats[d->format_count++] = jpegs && jpegs == d->picture_count ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
    int kept = 0;  // a JPEG cannot be made here
    for (int i = 0; i < d->format_count; i++)
        if (d->formats[i] != V4L2_PIX_FMT_MJPEG || jpegs) d->formats[kept++] = d->formats[i];
    d->format_count = kept;
    d->format = d->formats[0];
    d->size = d->sizes[0];
    if (!d->top_rate) d->top_rate = 1;
    d->rate = d->top_rate;
    device_count++;
}

static void read_environment(void) {
    const char *text = getenv("FAKE_V4L2");
    char *copy = text ? strdup(text) : 0, *rest = 0;
    for (char *part = copy ? strtok_r(copy, ";", &rest) : 0; part && device_count < MOST_DEVICES; part = strtok_r(0, ";", &rest))
        read_device(part);
    free(copy);
    int has_control = 0;
    for (int i = 0; i < device_count; i++) has_control |= *devices[i].control;
    if (has_control) fake_watch_control();
}

// Reading the folders comes back here through the calls that are intercepted.
static __thread int is_reading;

struct device *fake_devices(int *count) {
    if (is_reading) return *count = 0, devices;
    is_reading = 1;
    pthread_once(&once, read_environment);
    is_reading = 0;
    *count = device_count;
    return devices;
}

static int is_now(const struct device *d, const struct fault *f, const char *name) {
    return !strcmp(f->name, name) && d->produced >= f->from && d->produced <= f->to;
}

int fault_at(const struct device *d, const char *name, long *argument) {
    const struct fault *found = 0;
    for (int i = 0; !found && i < d->fault_count; i++)
        if (is_now(d, &d->faults[i], name)) found = &d->faults[i];
    for (int i = 0; !found && i < d->live_count; i++)
        if (is_now(d, &d->live[i], name)) found = &d->live[i];
    if (found && argument) *argument = found->argument;
    return found != 0;
}

// The fault of that name which is not used up; null when there is none.
static struct fault *of_call(struct device *d, const char *name) {
    for (int i = 0; i < d->fault_count; i++)
        if (!strcmp(d->faults[i].name, name) && d->faults[i].argument) return &d->faults[i];
    for (int i = 0; i < d->live_count; i++)
        if (!strcmp(d->live[i].name, name) && d->live[i].argument) return &d->live[i];
    return 0;
}

long fault_since(const struct device *d, const char *name) {
    for (int i = 0; i < d->fault_count; i++) {
        const struct fault *f = &d->faults[i];
        if (!strcmp(f->name, name) && d->produced >= f->from && d->produced <= f->to) return (long)f->from;
    }
    return -1;
}

int fault_of_call(struct device *d, const char *name) {
    struct fault *f = of_call(d, name);
    if (f && f->argument > 0) f->argument--;
    return f != 0;
}

long hang_of_call(struct device *d, const char *name) {
    struct fault *f = of_call(d, name);
    long milliseconds = f ? f->argument : 0;
    if (f) f->argument = 0;
    return milliseconds;
}
