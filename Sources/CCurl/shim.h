// The door to libcurl: HTTP, SMTP, MIME and TLS towards the outside. Nothing here has logic or state. The program is not linked
// with libcurl: who sends looks up its functions while it runs, so here are their types, as libcurl's own header has them.
#pragma once
#include <curl/curl.h>

typedef __typeof__(&curl_global_init) CCurl_global_init;
typedef __typeof__(&curl_easy_init) CCurl_easy_init;
typedef __typeof__(&curl_easy_perform) CCurl_easy_perform;
typedef __typeof__(&curl_easy_cleanup) CCurl_easy_cleanup;
typedef __typeof__(&curl_easy_strerror) CCurl_easy_strerror;
typedef __typeof__(&curl_slist_append) CCurl_slist_append;
typedef __typeof__(&curl_slist_free_all) CCurl_slist_free_all;
typedef __typeof__(&curl_mime_init) CCurl_mime_init;
typedef __typeof__(&curl_mime_free) CCurl_mime_free;
typedef __typeof__(&curl_mime_addpart) CCurl_mime_addpart;
typedef __typeof__(&curl_mime_data) CCurl_mime_data;
// What a part of a message is called: curl_mime_name, _filename, _type and _encoder.
typedef __typeof__(&curl_mime_name) CCurl_mime_word;

// Swift does not import variadic functions: `setopt` and `getinfo` are the addresses of curl_easy_setopt and curl_easy_getinfo.
typedef __typeof__(&curl_easy_setopt) CCurl_easy_setopt;
typedef __typeof__(&curl_easy_getinfo) CCurl_easy_getinfo;
static inline CURLcode CCurl_setNumber(void *setopt, CURL *handle, CURLoption option, long value) {
    return ((CCurl_easy_setopt)setopt)(handle, option, value);
}
static inline CURLcode CCurl_setText(void *setopt, CURL *handle, CURLoption option, const char *value) {
    return ((CCurl_easy_setopt)setopt)(handle, option, value);
}
static inline CURLcode CCurl_setPointer(void *setopt, CURL *handle, CURLoption option, void *value) {
    return ((CCurl_easy_setopt)setopt)(handle, option, value);
}
static inline CURLcode CCurl_setList(void *setopt, CURL *handle, CURLoption option, struct curl_slist *value) {
    return ((CCurl_easy_setopt)setopt)(handle, option, value);
}
static inline CURLcode CCurl_setMIME(void *setopt, CURL *handle, curl_mime *value) {
    return ((CCurl_easy_setopt)setopt)(handle, CURLOPT_MIMEPOST, value);
}
static inline CURLcode CCurl_setWriter(void *setopt, CURL *handle, curl_write_callback value, void *context) {
    CURLcode code = ((CCurl_easy_setopt)setopt)(handle, CURLOPT_WRITEDATA, context);
    return code == CURLE_OK ? ((CCurl_easy_setopt)setopt)(handle, CURLOPT_WRITEFUNCTION, value) : code;
}
static inline CURLcode CCurl_setProgress(void *setopt, CURL *handle, curl_xferinfo_callback value, void *context) {
    CURLcode code = ((CCurl_easy_setopt)setopt)(handle, CURLOPT_XFERINFODATA, context);
    return code == CURLE_OK ? ((CCurl_easy_setopt)setopt)(handle, CURLOPT_XFERINFOFUNCTION, value) : code;
}
static inline CURLcode CCurl_number(void *getinfo, CURL *handle, CURLINFO info, long *value) {
    return ((CCurl_easy_getinfo)getinfo)(handle, info, value);
}
static inline CURLcode CCurl_seconds(void *getinfo, CURL *handle, CURLINFO info, curl_off_t *value) {
    return ((CCurl_easy_getinfo)getinfo)(handle, info, value);
}
static inline CURLcode CCurl_text(void *getinfo, CURL *handle, CURLINFO info, char **value) {
    return ((CCurl_easy_getinfo)getinfo)(handle, info, value);
}

// Macros that are expressions.
static const long CCurl_GLOBAL_DEFAULT = CURL_GLOBAL_DEFAULT;
static const long CCurl_USESSL_ALL = CURLUSESSL_ALL;
static const int CCurl_ERROR_SIZE = CURL_ERROR_SIZE;
