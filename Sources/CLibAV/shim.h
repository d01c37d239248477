#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

// Pictures are the largest blocks of memory; Swift's Glibc module leaves <malloc.h> out.
#include <malloc.h>

// A field that newer versions replace by a flag.
static inline int CLibAV_isKeyFrame(const AVFrame *frame) {
#ifdef AV_FRAME_FLAG_KEY
    return (frame->flags & AV_FRAME_FLAG_KEY) != 0;
#else
    return frame->key_frame;
#endif
}

// Swift does not import macros that are expressions.
static const int CLibAV_EAGAIN = AVERROR(EAGAIN);
static const int CLibAV_EOF = AVERROR_EOF;
static const int CLibAV_INVALID_DATA = AVERROR_INVALIDDATA;
static const int CLibAV_OUT_OF_MEMORY = AVERROR(ENOMEM);
static const int64_t CLibAV_NO_TIMESTAMP = AV_NOPTS_VALUE;
static const int CLibAV_MMAP_THRESHOLD = M_MMAP_THRESHOLD;
static const int CLibAV_TRIM_THRESHOLD = M_TRIM_THRESHOLD;
static const int CLibAV_ARENA_MAX = M_ARENA_MAX;
static const int CLibAV_EXPLODE = AV_EF_EXPLODE;
