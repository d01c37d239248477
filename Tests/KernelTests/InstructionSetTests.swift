import Glibc
import Kernels
import Testing

/// Without binutils there is nothing to disassemble with.
private let objdump = "/usr/bin/objdump"

#if arch(x86_64)
@Suite(.enabled(if: access(objdump, X_OK) == 0, "needs \(objdump) (binutils)")) struct InstructionSetTests {
    /// Disassembles what the linker made of the kernels, this very test program, and calls `visit(symbol)` for every
    /// function and `visitWide(symbol)` for every instruction that needs AVX or FMA.
    private func disassemble(visit: (Substring) -> Void, visitWide: (Substring) -> Void) throws {
        let command = "\(objdump) -d --no-show-raw-insn /proc/\(getpid())/exe | grep -E '>:$|%ymm|%zmm|vfmadd'"
        let stream = popen(command, "r")
        let pipe = try #require(stream)
        defer { pclose(pipe) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var symbol: Substring = ""
        while getline(&line, &capacity, pipe) > 0, let bytes = line {
            let text = String(cString: bytes)
            if let open = text.firstIndex(of: "<"), text.hasSuffix(">:\n") {
                symbol = text[text.index(after: open)...].dropLast(3)
                visit(symbol)
            } else {
                visitWide(symbol)
            }
        }
    }

    @Test("a processor without AVX meets none: of all Swift code only the V3, V4 and VNNI kernels have any")
    func nothingWideInTheBase() throws {
        var guilty: Set<Substring> = [], baseFunctions = 0, wide = 0
        try disassemble { symbol in
            baseFunctions += symbol.hasPrefix("$s11KernelsBase") ? 1 : 0
        } visitWide: { symbol in
            if ["$s9KernelsV3", "$s9KernelsV4", "$s11KernelsVNNI"].contains(where: symbol.hasPrefix) {
                wide += 1
            } else if symbol.hasPrefix("$s") || symbol.hasPrefix("CKernels") {
                // C libraries in this program (a TLS library's assembly, say) choose by cpuid on their own.
                guilty.insert(symbol)
            }
        }
        // Both counts prove that the disassembly was understood at all.
        #expect(baseFunctions > 20 && wide > 1000)
        #expect(guilty.isEmpty, "AVX in \(guilty.sorted())")
    }
}
#endif
