// The reason for this door: Swift's Glibc module leaves <sys/timex.h> out, and with it adjtimex().
#include <sys/timex.h>
