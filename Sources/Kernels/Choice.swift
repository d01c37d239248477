import CKernels
@_exported public import KernelTypes
import KernelsBase

#if arch(x86_64)
import KernelsV3
import KernelsV4
import KernelsVNNI
#elseif arch(arm64)
import KernelsDotProduct
#endif

extension KernelTable {
    /// The fastest that this processor can run.
    package static let best: KernelTable = available[0]

    /// The plain ones: one pixel at a time, no vectors. They are the truth that the others are tested against.
    package static let scalar: KernelTable = scalarTable()

    /// All that this processor can run, fastest first; the last one is `scalar`.
    package static let available: [KernelTable] = {
        var tables: [KernelTable] = []
        #if arch(x86_64)
        let level = CKernels_level()
        if level >= 5 { tables.append(KernelsVNNI.kernelTable()) }
        if level >= 4 { tables.append(KernelsV4.kernelTable()) }
        if level >= 3 { tables.append(KernelsV3.kernelTable()) }
        #elseif arch(arm64)
        if CKernels_level() >= 1 { tables.append(KernelsDotProduct.kernelTable()) }
        #endif
        tables.append(KernelsBase.kernelTable())
        tables.append(scalar)
        return tables
    }()

    /// "best" or the name of an available one; nil when this processor does not have it or nobody has it.
    package static func named(_ name: String) -> KernelTable? {
        name == "best" ? best : available.first { $0.name == name }
    }
}
