// Swift's libraries of Debian sid use these few names of glibc 2.38 and libstdc++ 13. Debian 12 has older ones.
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ios>

extern "C" {
long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }
long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }
unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }

int __isoc23_sscanf(const char *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int count = vsscanf(text, format, arguments);
    va_end(arguments);
    return count;
}

// As in OpenBSD's manual: what is written always ends with a zero; the result is the length that was wanted.
size_t strlcpy(char *destination, const char *source, size_t size) {
    const size_t wanted = strlen(source);
    if (size != 0) {
        const size_t copied = wanted < size ? wanted : size - 1;
        memcpy(destination, source, copied);
        destination[copied] = '\0';
    }
    return wanted;
}

size_t strlcat(char *destination, const char *source, size_t size) {
    const size_t used = strnlen(destination, size);
    if (used == size) { return size + strlen(source); }
    return used + strlcpy(destination + used, source, size - used);
}
}

// From libstdc++ 13 on the library itself makes std::cout ready; before, each file that includes <iostream> did.
void makeStreamsReady() asm("_ZSt21ios_base_library_initv");
void makeStreamsReady() { static std::ios_base::Init streams; }
