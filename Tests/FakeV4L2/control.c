// What a test says while the camera runs: the words of a small file, read again whenever it changes.
#define _GNU_SOURCE
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_MICROSECONDS = 20000 };

static void obey(struct device *d, char *text) {
    int is_plugged = 1;
    d->live_count = 0;
    d->live_rate = 0;
    d->first = d->last = 0;
    d->has_range = 0;
    char *rest = 0;
    for (char *word = strtok_r(text, " \t\n", &rest); word; word = strtok_r(0, " \t\n", &rest)) {
        if (!strcmp(word, "gone")) is_plugged = 0;
        else if (sscanf(word, "rate=%u", &d->live_rate) == 1) continue;
        else if (sscanf(word, "show=%lu-%lu", &d->first, &d->last) == 2) d->has_range = d->last >= d->first;
        else if (d->live_count < MOST_LIVE_FAULTS) fake_read_fault(&d->live[d->live_count++], word);
    }
    if (d->is_plugged && !is_plugged) device_pull(d);
    d->is_plugged = is_plugged;
}

// True when the file is another one than at the last look.
static int has_changed(struct device *d) {
    struct stat facts;
    if (stat(d->control, &facts)) return 0;
    if (facts.st_ino == d->control_seen.st_ino && facts.st_mtim.tv_sec == d->control_seen.st_mtim.tv_sec
        && facts.st_mtim.tv_nsec == d->control_seen.st_mtim.tv_nsec) return 0;
    d->control_seen = facts;
    return 1;
}

static void look(struct device *d) {
    if (!*d->control || !has_changed(d)) return;
    FILE *file = fopen(d->control, "r");
    if (!file) return;
    char text[512];
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    pthread_mutex_lock(&fake_lock);
    obey(d, text);
    pthread_mutex_unlock(&fake_lock);
}

static void *watch(void *argument) {
    (void)argument;
    int count;
    struct device *all = fake_devices(&count);
    while (1) {
        for (int i = 0; i < count; i++) look(&all[i]);
        usleep(LOOK_MICROSECONDS);
    }
    return 0;
}

void fake_watch_control(void) {
    pthread_t thread;
    if (!pthread_create(&thread, 0, watch, 0)) pthread_detach(thread);
}
