// OpenBLAS's C interface. Included through this file because distributions put <cblas.h> into different folders,
// which pkg-config (openblas.pc) adds to the search path, and a module map needs a fixed name.
#pragma once
#include <cblas.h>

// Planning a network takes much memory for a moment; Swift's Glibc module leaves <malloc.h> out.
#include <malloc.h>
